//! When announcements go out: sets of gratuitous ARPs and neighbour advertisements, in pieces
//! small enough never to hold up an advert (section 9 of the behaviour list).

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use vipd_config::model::{Family, Global};

use crate::effect::Placed;
use crate::{Effect, Instant};

/// Most addresses announced in one call of the router.
pub(crate) const CHUNK: usize = 256;

/// All announcements that wait to be sent.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Announcer {
    garp_interval: Duration,
    gna_interval: Duration,
    /// Without pacing, as fast as chunks go: sets of which nothing was sent, or part of the
    /// first round.
    first: VecDeque<Job>,
    /// Further rounds.
    repeats: VecDeque<Job>,
    /// How many addresses may still be announced in this call of the router.
    budget: usize,
    /// When the chunk before the waiting ones went out.
    last: Instant,
    /// With pacing: a lane for each interface and family.
    lanes: BTreeMap<(Arc<str>, Family), Lane>,
}

/// The queue of one interface.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Lane {
    /// When the next message may go.
    at: Instant,
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
    pub(crate) fn configure(&mut self, global: &Global) {
        self.garp_interval = global.garp_interval;
        self.gna_interval = global.gna_interval;
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
        if self.garp_interval.is_zero() && self.gna_interval.is_zero() {
            self.first.push_back(Job {
                owner,
                addresses: addresses.clone(),
                next: 0,
                rounds,
            });
            return;
        }
        let mut sorted: BTreeMap<(Arc<str>, Family), Vec<Placed>> = BTreeMap::new();
        for placed in addresses.iter() {
            let lane = (placed.interface.clone(), family(placed));
            sorted.entry(lane).or_default().push(placed.clone());
        }
        for (key, list) in sorted {
            let job = Job {
                owner,
                addresses: list.into(),
                next: 0,
                rounds,
            };
            if self.interval(key.1).is_zero() {
                self.first.push_back(job);
            } else {
                let lane = self.lanes.entry(key).or_insert(Lane {
                    at: now,
                    jobs: VecDeque::new(),
                });
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
    }

    fn flush_lanes(&mut self, now: Instant, effects: &mut Vec<Effect>) {
        let (garp, gna) = (self.garp_interval, self.gna_interval);
        let budget = &mut self.budget;
        for ((_, family), lane) in &mut self.lanes {
            let interval = match family {
                Family::V4 => garp,
                Family::V6 => gna,
            };
            while lane.at <= now && *budget > 0 {
                let Some(job) = lane.jobs.front_mut() else {
                    break;
                };
                let (piece, done) = job.take(1);
                *budget -= 1;
                effects.push(Effect::Announce(piece));
                lane.at = now.max(lane.at) + interval;
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

    fn interval(&self, family: Family) -> Duration {
        match family {
            Family::V4 => self.garp_interval,
            Family::V6 => self.gna_interval,
        }
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
