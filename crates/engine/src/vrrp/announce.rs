//! When announcements go out: sets of gratuitous ARPs and neighbour advertisements, in pieces
//! small enough never to hold up an advert (section 9 of the behaviour list).

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use vipd_config::model::{Config, Family};

use crate::effect::Placed;
use crate::{Effect, Instant};

/// Most addresses announced in one call of the router.
pub(crate) const CHUNK: usize = 256;

/// Jobs for which room is kept.
const KEPT: usize = 16;

/// All announcements that wait to be sent.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Announcer {
    /// Gaps of interfaces that no group names.
    gaps: Gaps,
    /// `garp_group`: the gaps of an interface, and the clock it shares.
    groups: BTreeMap<Arc<str>, (Gaps, Arc<str>)>,
    /// Without pacing, as fast as chunks go: sets of which nothing was sent, or part of the
    /// first round.
    first: VecDeque<Job>,
    /// Further rounds.
    repeats: VecDeque<Job>,
    /// How many addresses may still be announced in this call of the router.
    budget: usize,
    /// When the chunk before the waiting ones went out.
    last: Instant,
    /// With pacing: a lane for each clock (an interface, or the first one of a group) and family.
    lanes: BTreeMap<(Arc<str>, Family), Lane>,
}

/// Gaps between announcements; zero for none.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Gaps {
    garp: Duration,
    gna: Duration,
}

impl Gaps {
    fn of(self, family: Family) -> Duration {
        match family {
            Family::V4 => self.garp,
            Family::V6 => self.gna,
        }
    }
}

/// The queue of one clock.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Lane {
    /// When the next message may go.
    at: Instant,
    gap: Duration,
    jobs: VecDeque<Job>,
}

/// One set: every address `rounds` times.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Job {
    owner: u32,
    addresses: Arc<[Placed]>,
    /// Index of the next address of this round.
    next: usize,
    rounds: u32,
}

impl Job {
    /// Takes up to `most` addresses of the current round. True when the whole set is out.
    fn take(&mut self, most: usize) -> (Arc<[Placed]>, bool) {
        let end = self.addresses.len().min(self.next.saturating_add(most));
        let piece = if self.next == 0 && end == self.addresses.len() {
            self.addresses.clone()
        } else {
            self.addresses
                .get(self.next..end)
                .unwrap_or_default()
                .into()
        };
        self.next = end;
        if self.next == self.addresses.len() {
            self.next = 0;
            self.rounds -= 1;
        }
        (piece, self.rounds == 0)
    }
}

impl Announcer {
    /// Takes the pacing from a configuration.
    pub(crate) fn configure(&mut self, config: &Config) {
        self.gaps = Gaps {
            garp: config.global.garp_interval,
            gna: config.global.gna_interval,
        };
        self.groups.clear();
        for group in &config.garp_groups {
            let gaps = Gaps {
                garp: group.garp_interval,
                gna: group.gna_interval,
            };
            let names: Vec<Arc<str>> = group.interfaces.iter().map(|n| n.as_str().into()).collect();
            let Some(clock) = names.first().cloned() else {
                continue;
            };
            for name in names {
                let place = self.groups.entry(name);
                place.or_insert_with(|| (gaps, clock.clone()));
            }
        }
    }

    /// Gaps on an interface, and the clock they are counted by.
    fn pace(&self, interface: &Arc<str>) -> (Gaps, Arc<str>) {
        let group = self.groups.get(interface).cloned();
        group.unwrap_or_else(|| (self.gaps, interface.clone()))
    }

    /// Orders a set of announcements: each address `rounds` times.
    pub(crate) fn order(
        &mut self,
        now: Instant,
        owner: u32,
        addresses: &Arc<[Placed]>,
        rounds: u32,
    ) {
        if addresses.is_empty() || rounds == 0 {
            return;
        }
        let is_paced = !(self.gaps.garp.is_zero() && self.gaps.gna.is_zero());
        if !is_paced && self.groups.is_empty() {
            self.first.push_back(Job {
                owner,
                addresses: addresses.clone(),
                next: 0,
                rounds,
            });
            return;
        }
        let mut sorted: BTreeMap<(Arc<str>, Family, Duration), Vec<Placed>> = BTreeMap::new();
        for placed in addresses.iter() {
            let (gaps, clock) = self.pace(&placed.interface);
            let family = family(placed);
            // What needs no gap needs no clock.
            let gap = gaps.of(family);
            sorted
                .entry((clock, family, gap))
                .or_default()
                .push(placed.clone());
        }
        for ((clock, family, gap), list) in sorted {
            let job = Job {
                owner,
                addresses: list.into(),
                next: 0,
                rounds,
            };
            if gap.is_zero() {
                self.first.push_back(job);
            } else {
                let lane = self.lanes.entry((clock, family)).or_insert(Lane {
                    at: now,
                    gap,
                    jobs: VecDeque::new(),
                });
                lane.gap = gap;
                lane.jobs.push_back(job);
            }
        }
    }

    /// Forgets what an instance has ordered: it is master no more.
    pub(crate) fn cancel(&mut self, owner: u32) {
        self.first.retain(|job| job.owner != owner);
        self.repeats.retain(|job| job.owner != owner);
        for lane in self.lanes.values_mut() {
            lane.jobs.retain(|job| job.owner != owner);
        }
    }

    /// Forgets everything, since instances are numbered anew.
    pub(crate) fn clear(&mut self) {
        self.first.clear();
        self.repeats.clear();
        for lane in self.lanes.values_mut() {
            lane.jobs.clear();
        }
    }

    /// Instances have other numbers now; orders of those that are gone are forgotten.
    pub(crate) fn renumber(&mut self, numbers: &BTreeMap<u32, u32>) {
        let lanes = self.lanes.values_mut().map(|lane| &mut lane.jobs);
        for jobs in lanes.chain([&mut self.first, &mut self.repeats]) {
            jobs.retain_mut(|job| {
                let number = numbers.get(&job.owner);
                job.owner = number.copied().unwrap_or(job.owner);
                number.is_some()
            });
        }
    }

    /// A call of the router begins: [`CHUNK`] addresses may be announced in it.
    pub(crate) fn begin_call(&mut self) {
        self.budget = CHUNK;
    }

    /// Sends what may be sent now.
    pub(crate) fn flush(&mut self, now: Instant, effects: &mut Vec<Effect>) {
        self.flush_lanes(now, effects);
        // Every first round goes before any second one, so that no neighbour waits long.
        while self.budget > 0 {
            let is_first = !self.first.is_empty();
            let queue = if is_first {
                &mut self.first
            } else {
                &mut self.repeats
            };
            let Some(mut job) = queue.pop_front() else {
                break;
            };
            let (piece, done) = job.take(self.budget);
            self.budget -= piece.len();
            effects.push(Effect::Announce(piece));
            if done {
                continue;
            }
            if job.next == 0 {
                self.repeats.push_back(job);
            } else {
                queue.push_front(job);
            }
        }
        self.last = now;
        for queue in [&mut self.first, &mut self.repeats] {
            if queue.is_empty() {
                queue.shrink_to(KEPT);
            }
        }
    }

    fn flush_lanes(&mut self, now: Instant, effects: &mut Vec<Effect>) {
        let budget = &mut self.budget;
        for lane in self.lanes.values_mut() {
            while lane.at <= now && *budget > 0 {
                let Some(job) = lane.jobs.front_mut() else {
                    break;
                };
                let (piece, done) = job.take(1);
                *budget -= 1;
                effects.push(Effect::Announce(piece));
                lane.at = now.max(lane.at) + lane.gap;
                if done {
                    lane.jobs.pop_front();
                }
            }
        }
        // An idle lane is kept until its gap is over.
        self.lanes
            .retain(|_, lane| !lane.jobs.is_empty() || lane.at > now);
    }

    /// When [`Announcer::flush`] has something to do again.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        if !self.first.is_empty() || !self.repeats.is_empty() {
            return Some(self.last);
        }
        let waiting = self.lanes.values().filter(|lane| !lane.jobs.is_empty());
        waiting.map(|lane| lane.at).min()
    }
}

/// Family of an address.
fn family(placed: &Placed) -> Family {
    if placed.address.address.is_ipv4() {
        Family::V4
    } else {
        Family::V6
    }
}
