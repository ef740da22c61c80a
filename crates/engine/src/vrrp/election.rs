//! Who is master: what timers and adverts of others mean to an instance (sections 2 to 4).

use std::net::IpAddr;
use std::time::Duration;

use vipd_config::model::Version;

use super::instance::{Instance, Role, Turn, Wish};
use super::receive::Heard;
use super::settings::OWNER;
use super::transitions::{next_beat, soon};
use crate::event::{Event, Note};
use crate::{Effect, Instant};

/// Bit for what is told once, beside those of rejections.
const HEARD_OURSELVES: u32 = 1 << 31;

/// So many adverts that are no better than ours are told and answered in a second; what is
/// beyond that is a flood, and our own adverts say enough. Two masters at 10 ms stay below it.
const ANSWERS_PER_SECOND: u32 = 200;

/// A timer is not late before this.
const SHORT_PATIENCE: Duration = Duration::from_millis(20);

/// On a busy machine any process may be held up for so long.
const SHORT_DELAY: Duration = Duration::from_millis(100);

impl Instance {
    /// V2-33, V3-33: the master was silent for the down time.
    pub(super) fn master_is_down(&mut self, at: Instant, turn: &mut Turn<'_>) -> Wish {
        if self.is_too_late(at, turn.now) {
            let late = turn.now.since(at);
            let wait = self.after_silence();
            self.overslept = true;
            self.set_master_down(turn.now + wait);
            self.note(Note::Overslept { late }, turn);
            return Wish::None;
        }
        self.note(Note::TimedOut, turn);
        if self.demoted {
            self.demoted = false;
            self.note(Note::OwnerAgain, turn);
            self.review(turn);
        }
        match self.role {
            Role::Backup { .. } => Wish::Master,
            Role::Init | Role::Fault { .. } | Role::Master(_) => Wish::None,
        }
    }

    /// Whether a timer ran so late that somebody else has long taken over. What the sockets
    /// still hold is heard first then. Once only: a machine that is always late must serve.
    fn is_too_late(&self, at: Instant, now: Instant) -> bool {
        let late = now.since(at);
        let patience = match self.settings.timer_expired_backup {
            None => self.master_interval,
            Some(others) => self.lead_over(others).min(self.master_interval),
        };
        !self.overslept && !self.is_owner() && late > patience.max(SHORT_PATIENCE)
    }

    /// How much earlier than one of this priority it takes over.
    fn lead_over(&self, others: u8) -> Duration {
        self.skew_of(others).saturating_sub(self.skew())
    }

    /// How long an instance listens that may have slept: adverts of a master come within an
    /// interval, and skew keeps two such from speaking at once. With `timer_expired_backup`
    /// the full down time, as keepalived has it.
    fn after_silence(&self) -> Duration {
        if self.settings.timer_expired_backup.is_some() {
            self.down_time()
        } else {
            self.master_interval + self.skew()
        }
    }

    /// The router holds the wish to be master back: wait for another down time.
    pub(crate) fn wait_again(&mut self, turn: &Turn<'_>) {
        let down = self.down_time();
        self.set_master_down(turn.start() + down);
    }

    fn set_master_down(&mut self, at: Instant) {
        if let Role::Backup { master_down, .. } = &mut self.role {
            *master_down = at;
        }
    }

    /// Section 3.
    pub(super) fn hear_as_backup(&mut self, heard: &Heard, turn: &mut Turn<'_>) {
        if heard.priority == 0 {
            // V2-34, V3-34.
            if !self.is_flooded(turn.now) {
                self.note(Note::HeardPriorityZero { as_master: false }, turn);
            }
            let skew = self.skew();
            self.set_master_down(turn.start() + skew);
            return;
        }
        let delays = self.delays_preemption(turn.now);
        if self.settings.preempts && heard.priority < self.priority && !delays {
            // V2-36, V3-36: the timer runs on.
            let note = Note::DiscardedLower {
                sender: heard.source,
                theirs: heard.priority,
            };
            if !self.is_flooded(turn.now) {
                self.note(note, turn);
            }
            return;
        }
        // V2-35, V3-35; addresses are not compared here (V3-43).
        self.wants_master = false;
        self.learn_interval(heard, turn);
        self.turn_preempt_delay(heard, turn);
        self.note_master(heard);
        self.overslept = false;
        let down = self.down_time();
        self.set_master_down(turn.start() + down);
    }

    /// Whether `preempt_delay` still protects a lower master.
    fn delays_preemption(&self, now: Instant) -> bool {
        let Role::Backup { preempt_from, .. } = self.role else {
            return false;
        };
        !self.settings.preempt_delay.is_zero() && preempt_from.is_none_or(|from| now < from)
    }

    /// The first lower advert starts `preempt_delay`, a higher one stops it (V3-26).
    fn turn_preempt_delay(&mut self, heard: &Heard, turn: &mut Turn<'_>) {
        let delay = self.settings.preempt_delay;
        let is_lower = heard.priority < self.priority;
        let Role::Backup { preempt_from, .. } = &mut self.role else {
            return;
        };
        if delay.is_zero() || is_lower == preempt_from.is_some() {
            return;
        }
        *preempt_from = is_lower.then(|| turn.now + delay);
        let note = if is_lower {
            Note::PreemptDelayStarts(delay)
        } else {
            Note::PreemptDelayStops
        };
        self.note(note, turn);
    }

    /// Version 3: the down time goes by the master's interval (V3-21).
    fn learn_interval(&mut self, heard: &Heard, turn: &mut Turn<'_>) {
        if self.settings.version == Version::V2 || heard.interval == self.master_interval {
            return;
        }
        let from = std::mem::replace(&mut self.master_interval, heard.interval);
        let to = heard.interval;
        self.note(Note::IntervalLearned { from, to }, turn);
        // A successor must wait as long for this master.
        self.save(turn);
    }

    /// Section 4.
    pub(super) fn hear_as_master(&mut self, heard: &Heard, turn: &mut Turn<'_>) {
        let (ours, theirs) = (self.priority, heard.priority);
        // V2-42, V3-42: numbers in network order.
        let by_address = self.source.map(|own| compare(heard.source, own));
        if theirs < ours && self.is_flooded(turn.now) {
            return;
        }
        if theirs == 0 {
            // V2-39, V3-39.
            self.note(Note::HeardPriorityZero { as_master: true }, turn);
            self.send_and_restart(turn);
        } else if theirs > ours {
            let note = Note::HeardHigher {
                sender: heard.source,
                theirs,
                ours,
            };
            self.give_way(heard, note, turn);
        } else if theirs < ours {
            self.answer_lower(heard, turn);
        } else if by_address == Some(std::cmp::Ordering::Equal) {
            // Once until state or master changes, like whatever is wrong with a packet.
            if self.told & HEARD_OURSELVES == 0 {
                self.told |= HEARD_OURSELVES;
                self.note(Note::HeardOurselves, turn);
            }
        } else if by_address == Some(std::cmp::Ordering::Greater) {
            let note = Note::HeardHigherAddress {
                sender: heard.source,
                priority: ours,
            };
            if ours == OWNER {
                self.demoted = true;
                self.review(turn);
            }
            self.give_way(heard, note, turn);
        } else if ours == OWNER {
            self.meet_rival(heard, turn);
        } else {
            self.answer_lower(heard, turn);
        }
    }

    /// V2-40, V3-40: another one is the better master.
    fn give_way(&mut self, heard: &Heard, note: Note, turn: &mut Turn<'_>) {
        if self.settings.higher_prio_send_advert {
            self.send_advert(self.priority, turn);
        }
        self.note(note, turn);
        self.learn_interval(heard, turn);
        self.note_master(heard);
        let down = self.down_time();
        self.yield_to(down, false, turn);
    }

    /// V2-41, V3-41: a worse one. As keepalived in both versions: advert and announcements.
    fn answer_lower(&mut self, heard: &Heard, turn: &mut Turn<'_>) {
        if self.settings.ah_key().is_some() {
            self.sequence.skip();
            self.note(Note::SequenceTakenOver, turn);
        }
        if !self.settings.lower_prio_no_advert {
            self.send_and_restart(turn);
        }
        let note = Note::HeardLower {
            sender: heard.source,
            theirs: heard.priority,
            ours: self.priority,
            answered: !self.settings.lower_prio_no_advert,
        };
        self.note(note, turn);
        self.announce_after_lower(turn);
        self.heard_lower = true;
        turn.effects.push(Effect::Report(Event::LowerPriorityHeard {
            instance: self.settings.name.to_string(),
            sender: heard.source,
            theirs: heard.priority,
            ours: self.priority,
        }));
    }

    /// Counts an advert that is no better than ours; whether there are too many of them.
    fn is_flooded(&mut self, now: Instant) -> bool {
        let (since, count) = &mut self.answered;
        if now.since(*since) >= Duration::from_secs(1) {
            (*since, *count) = (now, 0);
        }
        *count = count.saturating_add(1);
        *count > ANSWERS_PER_SECOND
    }

    /// A set of announcements because of a lower master, and another one later (section 9).
    pub(crate) fn announce_after_lower(&mut self, turn: &mut Turn<'_>) {
        let garp = self.settings.garp;
        let Role::Master(mastership) = &mut self.role else {
            return;
        };
        if garp.lower_prio_repeat == 0 {
            return;
        }
        mastership.lower_set = soon(turn.now, garp.lower_prio_delay);
        self.order_set(garp.lower_prio_repeat, turn);
        self.tell_announcements(turn);
    }

    /// Two owners, and our address is the higher one (V2-61, V3-56, V3-78): speak up; if the other
    /// is still there after two adverts and a bit, go on with priority 254.
    fn meet_rival(&mut self, heard: &Heard, turn: &mut Turn<'_>) {
        let interval = self.settings.interval;
        let wait = interval * 2 + interval.max(heard.interval) * 6 / 5;
        let Role::Master(mastership) = &mut self.role else {
            return;
        };
        match mastership.rival_until {
            // Silence of more than another such time: what was heard before is long over.
            Some(until) if turn.now >= until && turn.now.since(until) <= wait => {
                self.demoted = true;
                self.review(turn);
                self.hear(heard, turn);
            }
            Some(until) if turn.now < until => {}
            _ => {
                mastership.rival_until = Some(turn.now + wait);
                self.note(Note::TwoOwners, turn);
                self.send_and_restart(turn);
            }
        }
    }

    /// The periodic advert (V2-38, V3-38). Keeps its beat when called a little late.
    pub(super) fn advertise_again(&mut self, turn: &mut Turn<'_>) {
        let interval = self.settings.interval;
        let Role::Master(mastership) = &mut self.role else {
            return;
        };
        let on_time = mastership.advertise + interval;
        mastership.advertise = if on_time > turn.now {
            on_time
        } else {
            next_beat(turn.now, interval)
        };
        mastership.sent = turn.now;
        mastership.settled = true;
        if !self.send_advert(self.priority, turn) && self.sequence.is_used_up() {
            self.note(Note::SequenceUsedUp, turn);
            let down = self.down_time();
            self.yield_to(down, false, turn);
        }
    }

    /// An advert out of turn; the periodic one starts anew.
    fn send_and_restart(&mut self, turn: &mut Turn<'_>) {
        let interval = self.settings.interval;
        if let Role::Master(mastership) = &mut self.role {
            mastership.advertise = next_beat(turn.now, interval);
            mastership.sent = turn.now;
        }
        self.send_advert(self.priority, turn);
    }

    /// Sets of announcements whose time has come.
    pub(super) fn announce_again(&mut self, turn: &mut Turn<'_>) {
        let garp = self.settings.garp;
        let next_extra = self.next_extra(turn.now);
        let Role::Master(mastership) = &mut self.role else {
            return;
        };
        let now = turn.now;
        let is_due = |at: &mut Option<Instant>| at.take_if(|at| *at <= now).is_some();
        let mut rounds = 0;
        if is_due(&mut mastership.second_set) {
            rounds += garp.master_repeat;
        }
        if is_due(&mut mastership.lower_set) {
            rounds += garp.lower_prio_repeat;
        }
        if is_due(&mut mastership.refresh) {
            mastership.refresh = soon(now, garp.refresh);
            rounds += garp.refresh_repeat;
        }
        if is_due(&mut mastership.extra) {
            mastership.extra = next_extra;
            if let Some(extra) = self.settings.extra() {
                turn.announcer.order(now, self.id, &extra.addresses, 1);
            }
        }
        if rounds > 0 {
            self.order_set(rounds, turn);
            self.tell_announcements(turn);
        }
    }

    /// Whether backups have taken over from a master that was silent for so long. At intervals
    /// of a few milliseconds it goes on after a short delay: giving way would cost more.
    pub(super) fn was_deposed(&self, silence: Duration) -> bool {
        let wait = self.settings.interval * u32::from(self.settings.down_adverts);
        silence > wait.max(SHORT_DELAY)
    }

    /// A master that sent nothing for longer than any backup waits: it listens before it
    /// speaks again, and says no goodbye, since others hold the addresses by now.
    ///
    /// Not while the work of taking over may be what holds it up, and not again soon when
    /// nobody else was there: a machine that is always late must serve.
    pub(crate) fn notice_stall(&mut self, turn: &mut Turn<'_>) {
        let Role::Master(mastership) = &self.role else {
            return;
        };
        let silence = turn.now.since(mastership.sent);
        let is_again = |at: Instant| turn.now.since(at) < self.down_time() * 10;
        if !mastership.settled || self.stalled.is_some_and(is_again) {
            return;
        }
        if self.was_deposed(silence) {
            self.give_way_after(silence, turn);
        }
    }

    /// A master that was silent for so long that others have taken over.
    pub(super) fn give_way_after(&mut self, silence: Duration, turn: &mut Turn<'_>) {
        let wait = self.settings.interval + self.skew();
        self.stalled = Some(turn.now);
        self.note(Note::Stalled { silence }, turn);
        self.yield_to(wait, false, turn);
    }
}

/// Compares addresses as numbers in network order. Of one family always.
fn compare(a: IpAddr, b: IpAddr) -> std::cmp::Ordering {
    a.cmp(&b)
}
