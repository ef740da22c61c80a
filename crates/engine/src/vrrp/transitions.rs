//! How an instance enters and leaves its states: the order of what is done (section 4, end).

use std::sync::Arc;
use std::time::Duration;

use vipd_config::model::{Family, Routing, VirtualAddress};

use super::fault::Fault;
use super::instance::{Instance, Mastership, Role, Turn};
use super::settings::Settings;
use crate::effect::Placed;
use crate::event::{Note, State};
use crate::{Effect, Instant};

/// Timer of an owner that starts: keepalived has it pass through BACKUP.
const AT_ONCE: Duration = Duration::from_micros(1);
/// Up to this many addresses are told one by one when announced.
const TELL_EACH: usize = 16;

impl Instance {
    /// Init to BACKUP: with the full down time (V2-31, V3-31), an owner at once (V2-30, V3-30).
    pub(super) fn begin(&mut self, turn: &mut Turn<'_>) {
        let wait = if self.is_owner() {
            AT_ONCE
        } else {
            self.down_time()
        };
        let from = self.state();
        self.listen(turn.start() + wait);
        if self.is_owner() {
            // It is master before anybody could be told of BACKUP.
            self.since = turn.now;
        } else {
            self.changed(from, turn);
        }
        self.save(turn);
    }

    /// FAULT to BACKUP: own interval again, full down time; an owner after one interval.
    pub(super) fn recover(&mut self, turn: &mut Turn<'_>) {
        self.restore_interval(turn);
        let wait = if self.is_owner() {
            self.settings.interval + self.skew()
        } else {
            self.down_time()
        };
        self.listen(turn.start() + wait);
        self.changed(State::Fault, turn);
        self.announce_source(turn);
        self.save(turn);
    }

    /// BACKUP, with a fresh down timer.
    fn listen(&mut self, master_down: Instant) {
        self.wants_master = self.state() == State::Init && self.settings.wants_master;
        self.role = Role::Backup {
            master_down,
            preempt_from: None,
        };
    }

    /// BACKUP to MASTER (V2-33, V3-33): advert, addresses, announcements (V3-70), then tell.
    pub(crate) fn become_master(&mut self, turn: &mut Turn<'_>) {
        let from = self.state();
        let garp = self.settings.garp;
        self.counters.become_master += 1;
        self.sequence.begin();
        self.role = Role::Master(Mastership {
            settled: false,
            advertise: next_beat(turn.now, self.settings.interval),
            sent: turn.now,
            second_set: soon(turn.now, garp.master_delay),
            lower_set: None,
            refresh: soon(turn.now, garp.refresh),
            extra: self.next_extra(turn.now),
            rival_until: None,
        });
        self.send_advert(self.priority, turn);
        self.set_addresses(turn);
        self.order_set(garp.master_repeat, turn);
        turn.announcer.flush(turn.now, turn.effects);
        self.changed(from, turn);
        self.restore_interval(turn);
        self.tell_addresses(true, turn);
        self.tell_announcements(turn);
        self.save(turn);
    }

    /// When announcements where no adverts go out are due again.
    pub(super) fn next_extra(&self, now: Instant) -> Option<Instant> {
        self.settings.extra().map(|extra| now + extra.every)
    }

    /// MASTER to BACKUP. `goodbye`: with an advert of priority 0.
    pub(crate) fn yield_to(&mut self, wait: Duration, goodbye: bool, turn: &mut Turn<'_>) {
        self.listen(turn.now + wait);
        self.lay_down(State::Backup, goodbye, turn);
    }

    /// Any state to FAULT. A master says goodbye.
    pub(super) fn fall(&mut self, faults: &[Fault], turn: &mut Turn<'_>) {
        let from = match self.role {
            Role::Fault { .. } => State::Init,
            Role::Init | Role::Backup { .. } | Role::Master(_) => self.state(),
        };
        self.role = Role::Fault { silent: false };
        self.master = None;
        for fault in faults {
            self.note(Note::Faulty(fault.clone()), turn);
        }
        if from == State::Master {
            self.lay_down(State::Fault, true, turn);
        } else {
            self.changed(from, turn);
            if from == State::Backup {
                self.clear_as_faulty_owner(turn);
            }
            self.save(turn);
        }
    }

    /// What a master does on leaving, whatever comes next.
    fn lay_down(&mut self, to: State, goodbye: bool, turn: &mut Turn<'_>) {
        debug_assert_eq!(self.state(), to);
        self.counters.release_master += 1;
        let said_goodbye = goodbye && self.send_advert(0, turn);
        turn.announcer.cancel(self.id);
        let held = self.holds_addresses;
        self.remove_addresses(turn);
        self.changed(State::Master, turn);
        if said_goodbye {
            self.note(Note::SentPriorityZero, turn);
        }
        if held {
            self.tell_addresses(false, turn);
        }
        self.save(turn);
    }

    /// The daemon stops, or a reload removes the instance: a master says priority 0 (V2-37, V3-37),
    /// a backup nothing (V2-32, V3-32), and the VIPs are gone.
    pub(crate) fn leave(&mut self, turn: &mut Turn<'_>) {
        let was_master = self.state() == State::Master;
        if was_master {
            self.counters.release_master += 1;
            if self.send_advert(0, turn) {
                self.note(Note::SentPriorityZero, turn);
            }
        }
        turn.announcer.cancel(self.id);
        if self.holds_addresses {
            self.remove_addresses(turn);
            self.tell_addresses(false, turn);
        } else {
            self.clear_as_waiting_owner(turn);
        }
        self.role = Role::Init;
    }

    /// Asks for every VIP, route and rule.
    pub(super) fn set_addresses(&mut self, turn: &mut Turn<'_>) {
        self.holds_addresses = true;
        self.refuse(&self.settings, turn);
        for addresses in [&self.settings.addresses, &self.settings.excluded] {
            if !addresses.is_empty() {
                turn.effects.push(Effect::AddAddresses {
                    instance: self.settings.name.clone(),
                    addresses: addresses.clone(),
                });
            }
        }
        self.set_routing(turn);
    }

    /// Asks for every route and rule.
    pub(super) fn set_routing(&self, turn: &mut Turn<'_>) {
        if !self.settings.routing.is_empty() {
            turn.effects.push(Effect::AddRouting {
                instance: self.settings.name.clone(),
                routing: self.settings.routing.clone(),
            });
        }
    }

    /// Has every route and rule taken away.
    pub(super) fn remove_routing(&self, turn: &mut Turn<'_>) {
        if !self.settings.routing.is_empty() {
            turn.effects.push(Effect::RemoveRouting {
                instance: self.settings.name.clone(),
                routing: self.settings.routing.clone(),
            });
        }
    }

    /// Has every rule, route and VIP taken away.
    pub(crate) fn remove_addresses(&mut self, turn: &mut Turn<'_>) {
        self.holds_addresses = false;
        self.remove_routing(turn);
        for addresses in [&self.settings.addresses, &self.settings.excluded] {
            if !addresses.is_empty() {
                turn.effects.push(Effect::RemoveAddresses {
                    instance: self.settings.name.clone(),
                    addresses: addresses.clone(),
                });
            }
        }
        self.accept(&self.settings, turn);
    }

    /// Has packets to the VIPs of these settings dropped, if they want it.
    pub(super) fn refuse(&self, settings: &Settings, turn: &mut Turn<'_>) {
        for addresses in refused(settings) {
            turn.effects.push(Effect::Refuse {
                instance: self.settings.name.clone(),
                addresses,
            });
        }
    }

    /// Has packets to the VIPs of these settings let through again.
    pub(super) fn accept(&self, settings: &Settings, turn: &mut Turn<'_>) {
        for addresses in refused(settings) {
            turn.effects.push(Effect::Accept {
                instance: self.settings.name.clone(),
                addresses,
            });
        }
    }

    /// Says that VIPs, routes and rules are set or removed.
    pub(crate) fn tell_addresses(&self, sets: bool, turn: &mut Turn<'_>) {
        let refuses = !self.settings.accepts && self.settings.every_address().next().is_some();
        if sets && refuses {
            self.note(Note::Refuses, turn);
        }
        if !sets {
            self.tell_routing(true, |rules| Note::RemovesRouting { rules }, turn);
            self.tell_routing(false, |rules| Note::RemovesRouting { rules }, turn);
        }
        let lists = [
            (false, &self.settings.addresses),
            (true, &self.settings.excluded),
        ];
        for (excluded, list) in lists {
            if list.is_empty() {
                continue;
            }
            let note = if sets {
                Note::SetsAddresses { excluded }
            } else {
                Note::RemovesAddresses { excluded }
            };
            self.note(note, turn);
        }
        if sets {
            self.tell_routing(false, |rules| Note::SetsRouting { rules }, turn);
            self.tell_routing(true, |rules| Note::SetsRouting { rules }, turn);
        } else if refuses {
            self.note(Note::Accepts, turn);
        }
    }

    fn tell_routing(&self, rules: bool, note: fn(bool) -> Note, turn: &mut Turn<'_>) {
        let mut routing = self.settings.routing.iter();
        if routing.any(|one| matches!(one, Routing::Rule(_)) == rules) {
            self.note(note(rules), turn);
        }
    }

    /// Orders a set of announcements of every VIP (L2-6).
    pub(crate) fn order_set(&self, rounds: u32, turn: &mut Turn<'_>) {
        for list in [&self.settings.addresses, &self.settings.excluded] {
            turn.announcer.order(turn.now, self.id, list, rounds);
        }
    }

    /// Says that a set was ordered.
    pub(super) fn tell_announcements(&self, turn: &mut Turn<'_>) {
        let count = self.settings.every_address().count();
        if count > TELL_EACH {
            self.note(Note::AnnouncesMany { count }, turn);
            return;
        }
        for placed in self.settings.every_address() {
            let note = Note::Announces {
                address: placed.address.address,
                interface: placed.interface.to_string(),
            };
            self.note(note, turn);
        }
    }

    /// A unicast instance that comes out of FAULT tells where its own address lives, since
    /// switches may have forgotten (section 9).
    fn announce_source(&self, turn: &mut Turn<'_>) {
        let (Some(source), Some(interface)) = (self.source, &self.settings.interface) else {
            return;
        };
        if self.settings.is_unicast() && self.settings.family == Family::V4 {
            turn.effects.push(Effect::Announce(
                [Placed {
                    interface: interface.clone(),
                    address: VirtualAddress::new(source),
                }]
                .into(),
            ));
        }
    }

    /// Forgets a learned interval (section 2).
    fn restore_interval(&mut self, turn: &mut Turn<'_>) {
        let from = std::mem::replace(&mut self.master_interval, self.settings.interval);
        if from != self.settings.interval {
            let to = self.settings.interval;
            self.note(Note::IntervalRestored { from, to }, turn);
        }
    }
}

/// Lists of VIPs to which packets are dropped; none where they are accepted.
fn refused(settings: &Settings) -> impl Iterator<Item = Arc<[Placed]>> {
    let lists = [&settings.addresses, &settings.excluded].map(Arc::clone);
    let refuses = !settings.accepts;
    lists
        .into_iter()
        .filter(move |list| refuses && !list.is_empty())
}

/// A moment after a delay; none when there is no delay.
pub(super) fn soon(now: Instant, delay: Duration) -> Option<Instant> {
    (!delay.is_zero()).then(|| now + delay)
}

/// When the next advert goes out: one interval from now, or a little earlier, on a moment that
/// instances of the same interval share. So one wake-up serves many, and no peer ever waits
/// longer than the interval. The beat is 1/50 of the interval, at most 20 ms.
pub(super) fn next_beat(now: Instant, interval: Duration) -> Instant {
    let beat = (interval / 50).min(Duration::from_millis(20));
    let beat = u64::try_from(beat.as_nanos()).unwrap_or(u64::MAX).max(1);
    let at = now + interval;
    Instant(at.0 - at.0 % beat)
}
