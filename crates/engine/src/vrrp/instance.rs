//! One virtual router: the state machine of RFC 3768 and RFC 9568 as keepalived lives it.
//!
//! A state owns its timers, so a timer of another state cannot fire. The router calls, in the
//! order of what happens: [`Instance::review`] when something tracked or an interface changed,
//! [`Instance::hear`] for an accepted advert, [`Instance::due`] at its deadline.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use vipd_config::model::{Family, OldChecksum, Transport, Version};

use super::announce::Announcer;
use super::counters::Counters;
use super::fault::Fault;
use super::links::Links;
use super::losses::Losses;
use super::receive::Heard;
use super::rejection::Rejection;
use super::send::LastAdvert;
use super::sequence::Sequence;
use super::settings::{OWNER, Settings, Target};
use super::signing::{self, Signing};
use super::sockets::Sockets;
use super::timer::Timer;
use crate::event::{Event, Note, State};
use crate::tracking::standing::Standing;
use crate::{Effect, Instant};

/// What an instance may look at and use while it decides: one turn of the router.
#[derive(Debug)]
pub(crate) struct Turn<'a> {
    pub(crate) now: Instant,
    /// No timer counts from before this moment (`vrrp_startup_delay`).
    pub(crate) epoch: Instant,
    /// Nanoseconds that the wall clock is ahead of `now`.
    pub(crate) wall_ahead: i64,
    pub(crate) links: &'a Links,
    pub(crate) announcer: &'a mut Announcer,
    pub(crate) sockets: &'a mut Sockets,
    pub(crate) effects: &'a mut Vec<Effect>,
}

impl Turn<'_> {
    /// The moment timers count from.
    pub(crate) fn start(&self) -> Instant {
        self.now.max(self.epoch)
    }

    /// The wall clock as a stamp of `auth_hmac`.
    pub(crate) fn wall(&self) -> u64 {
        signing::stamp(self.now.0.saturating_add_signed(self.wall_ahead))
    }
}

/// One virtual router on this node.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
pub(crate) struct Instance {
    /// Its number in the router.
    pub(crate) id: u32,
    pub(crate) settings: Settings,
    pub(crate) role: Role,
    /// Effective priority.
    pub(crate) priority: u8,
    /// Another owner was found: the base priority is 254 until it is gone.
    pub(crate) demoted: bool,
    /// Results of what is tracked, in the order of the settings. None: not known yet.
    pub(crate) verdicts: Box<[Option<Standing>]>,
    /// Interval by which the down time is reckoned: learned in version 3 (V3-21).
    pub(crate) master_interval: Duration,
    /// Sender and priority of the last accepted advert.
    pub(crate) master: Option<(IpAddr, u8)>,
    /// Source address of adverts, when there is one.
    pub(crate) source: Option<IpAddr>,
    pub(crate) socket: Option<u32>,
    /// Receive buffer that it has added to that socket, bytes.
    pub(super) buffer: Option<u32>,
    /// The kernel has our VIPs, as far as we know.
    pub(crate) holds_addresses: bool,
    /// Id of the last IPv4 packet.
    pub(crate) ip_id: u16,
    /// The last advert sent to the multicast group, to be sent again.
    pub(super) last_advert: LastAdvert,
    /// Numbers of its authenticated adverts.
    pub(crate) sequence: Sequence,
    /// Stamps of its signed adverts.
    pub(crate) signing: Box<Signing>,
    /// Its sync group, by number.
    pub(crate) group: Option<u32>,
    /// Another member of the group cannot run.
    pub(crate) group_fault: bool,
    /// Scripts of a member of the group have given no result yet.
    pub(crate) group_waits: bool,
    /// A lower master was heard in this turn: the group announces as well.
    pub(crate) heard_lower: bool,
    /// It would be master if its group let it.
    pub(crate) wants_master: bool,
    /// A unicast peer uses the old kind of checksum (V3-7).
    pub(crate) old_checksum: bool,
    /// Kinds of rejections told already.
    pub(super) told: u32,
    /// Worse adverts answered since the first moment.
    pub(super) answered: (Instant, u32),
    /// What others removed.
    pub(super) losses: Losses,
    /// When it gave way because it had stalled, until another master is heard.
    pub(super) stalled: Option<Instant>,
    /// The last silence was noticed late and a new one awaited: not twice in a row.
    pub(super) overslept: bool,
    pub(crate) counters: Counters,
    /// When the state changed last.
    pub(crate) since: Instant,
}

/// State with its timers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Role {
    /// Before the start.
    Init,
    /// Something keeps it from running.
    Fault {
        /// Nobody was told: scripts have given no result yet.
        silent: bool,
    },
    /// Listens.
    Backup {
        /// When the master counts as gone.
        master_down: Instant,
        /// End of `preempt_delay`, once it has begun.
        preempt_from: Option<Instant>,
    },
    /// Holds the VIPs.
    Master(Mastership),
}

/// Timers of a master.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mastership {
    /// A periodic advert has gone out: the work of taking over is done.
    pub(crate) settled: bool,
    /// Next advert.
    pub(crate) advertise: Instant,
    /// When the last advert went out.
    pub(crate) sent: Instant,
    /// Second set of announcements.
    pub(crate) second_set: Option<Instant>,
    /// Second set after an advert of lower priority.
    pub(crate) lower_set: Option<Instant>,
    /// Next refresh.
    pub(crate) refresh: Option<Instant>,
    /// Next announcements where no adverts go out.
    pub(crate) extra: Option<Instant>,
    /// Another owner was heard; still heard after this moment, we give way.
    pub(crate) rival_until: Option<Instant>,
}

impl Mastership {
    /// What comes next.
    fn deadline(&self) -> (Instant, Timer) {
        let announce = [self.second_set, self.lower_set, self.refresh, self.extra];
        match announce.into_iter().flatten().min() {
            Some(at) if at < self.advertise => (at, Timer::Announce),
            _ => (self.advertise, Timer::Advertise),
        }
    }
}

/// What an instance asks of the router after its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Wish {
    /// Nothing.
    None,
    /// To become master. The router decides: a sync group may hold it back.
    Master,
}

impl Instance {
    /// An instance that has not started.
    pub(crate) fn new(id: u32, settings: Settings) -> Self {
        Self {
            id,
            role: Role::Init,
            priority: settings.priority,
            demoted: false,
            verdicts: vec![None; settings.trackers.len()].into(),
            master_interval: settings.interval,
            master: None,
            source: None,
            socket: None,
            buffer: None,
            holds_addresses: false,
            ip_id: 0,
            last_advert: LastAdvert::none_yet(&settings),
            sequence: Sequence::default(),
            signing: Box::default(),
            group: None,
            group_fault: false,
            group_waits: false,
            heard_lower: false,
            wants_master: settings.wants_master,
            old_checksum: settings.old_checksum == OldChecksum::Always,
            told: 0,
            answered: (Instant::default(), 0),
            losses: Losses::default(),
            stalled: None,
            overslept: false,
            counters: Counters::default(),
            since: Instant::default(),
            settings,
        }
    }

    /// Its state as users know it.
    pub(crate) fn state(&self) -> State {
        match self.role {
            Role::Init => State::Init,
            Role::Fault { .. } => State::Fault,
            Role::Backup { .. } => State::Backup,
            Role::Master(_) => State::Master,
        }
    }

    /// When [`Instance::due`] is to be called, and why.
    pub(crate) fn deadline(&self) -> Option<(Instant, Timer)> {
        match &self.role {
            Role::Init | Role::Fault { .. } => None,
            Role::Backup { master_down, .. } => Some((*master_down, Timer::MasterDown)),
            Role::Master(mastership) => Some(mastership.deadline()),
        }
    }

    /// A deadline has come, or not: early calls do nothing.
    pub(crate) fn due(&mut self, turn: &mut Turn<'_>) -> Wish {
        self.notice_stall(turn);
        match &self.role {
            Role::Init | Role::Fault { .. } => Wish::None,
            Role::Backup { master_down, .. } => {
                let at = *master_down;
                if at <= turn.now {
                    self.master_is_down(at, turn)
                } else {
                    Wish::None
                }
            }
            Role::Master(mastership) => {
                if mastership.advertise <= turn.now {
                    self.advertise_again(turn);
                }
                self.announce_again(turn);
                Wish::None
            }
        }
    }

    /// An advert passed the checks.
    pub(crate) fn hear(&mut self, heard: &Heard, turn: &mut Turn<'_>) {
        match self.role {
            Role::Init | Role::Fault { .. } => {}
            Role::Backup { .. } => self.hear_as_backup(heard, turn),
            Role::Master(_) => self.hear_as_master(heard, turn),
        }
    }

    /// Tells of a packet that failed a check, each kind once until state or master changes.
    pub(crate) fn tell_rejection(
        &mut self,
        sender: IpAddr,
        reason: Rejection,
        turn: &mut Turn<'_>,
    ) {
        if self.told & reason.bit() != 0 {
            return;
        }
        self.told |= reason.bit();
        turn.effects.push(Effect::Report(Event::Rejected {
            instance: self.settings.name.to_string(),
            sender,
            reason,
        }));
    }

    /// Whether this instance owns the addresses (priority 255 and not demoted).
    pub(crate) fn is_owner(&self) -> bool {
        self.settings.priority == OWNER && !self.demoted
    }

    /// Skew time (V2-21, V3-22).
    pub(crate) fn skew(&self) -> Duration {
        self.skew_of(self.priority)
    }

    /// Skew time of a node with this priority.
    pub(crate) fn skew_of(&self, priority: u8) -> Duration {
        let interval = match self.settings.version {
            Version::V2 => Duration::from_secs(1),
            Version::V3 => self.master_interval,
        };
        skew(interval, priority)
    }

    /// Master down time (V2-22, V3-23).
    pub(crate) fn down_time(&self) -> Duration {
        self.master_interval
            .saturating_mul(u32::from(self.settings.down_adverts))
            .saturating_add(self.skew())
    }

    /// Everything that keeps it from running, from what is known now.
    pub(crate) fn faults(&self, links: &Links) -> Vec<Fault> {
        let mut faults = self.own_faults(links);
        if self.group_fault {
            faults.push(Fault::Group);
        }
        faults
    }

    /// The same without what comes from its sync group.
    pub(crate) fn own_faults(&self, links: &Links) -> Vec<Fault> {
        let mut faults = Vec::new();
        self.add_own_faults(links, &mut faults);
        for (tracked, verdict) in self.settings.trackers.iter().zip(&self.verdicts) {
            if verdict.is_some_and(|v| v.is_fault(tracked.weight, tracked.reverse)) {
                faults.push(match &tracked.what {
                    Target::Interface(name) => Fault::Interface(name.to_string()),
                    Target::Script(name) => Fault::Script(name.to_string()),
                    Target::Watched((kind, name)) => Fault::Watched(*kind, name.to_string()),
                });
            }
        }
        faults
    }

    fn add_own_faults(&self, links: &Links, faults: &mut Vec<Fault>) {
        if self.settings.ah_key().is_some() && self.settings.family == Family::V6 {
            faults.push(Fault::Unsupported);
        }
        if let Some(name) = &self.settings.interface {
            let link = links.get(name);
            let is_missing = link.is_none_or(|link| link.index.is_none());
            let is_down = self.settings.tracks_primary && !links.is_up(name);
            if is_missing || is_down {
                faults.push(Fault::Interface(name.to_string()));
            }
        }
        self.add_virtual_faults(links, faults);
        if self.source.is_none() {
            faults.push(Fault::NoSource(self.settings.family));
        } else if let (true, Some(source)) = (self.settings.track_source, self.settings.source) {
            let link = self.settings.source_interface().and_then(|n| links.get(n));
            if link.is_some_and(|link| !link.present.contains(&source)) {
                faults.push(Fault::SourceGone(source));
            }
        }
        if let Transport::Unicast {
            peers,
            fault_without_peer: true,
            ..
        } = &self.settings.transport
            && peers.is_empty()
        {
            faults.push(Fault::NoPeer);
        }
    }

    /// Whether a script that can bring it down has given no result yet.
    pub(crate) fn awaits_scripts(&self) -> bool {
        let mut trackers = self.settings.trackers.iter().zip(&self.verdicts);
        trackers.any(|(tracked, verdict)| {
            tracked.weight == 0 && verdict.is_none() && matches!(tracked.what, Target::Script(_))
        })
    }

    /// Base priority with the weights of all that is tracked, 1 to 254; an owner's never
    /// changes (section 7). It stays while the number in a file is a fault.
    fn reckon_priority(&self) -> u8 {
        if self.is_owner() {
            return OWNER;
        }
        let base = i32::from(self.settings.priority);
        let weights = self.settings.trackers.iter().zip(&self.verdicts);
        let mut sum = base;
        for (tracked, verdict) in weights {
            let Some(standing) = *verdict else { continue };
            let (weight, reverse) = (tracked.weight, tracked.reverse);
            if weight != 0 && standing.is_fault(weight, reverse) {
                return self.priority;
            }
            sum += standing.adds(weight, reverse);
        }
        u8::try_from(sum.clamp(1, 254)).unwrap_or(254)
    }

    /// Looks at everything tracked again: priority first, then whether it can run.
    pub(crate) fn review(&mut self, turn: &mut Turn<'_>) {
        let priority = self.reckon_priority();
        if priority != self.priority {
            self.change_priority(priority, turn);
        }
        let faults = self.faults(turn.links);
        let awaits = self.group_waits || self.awaits_scripts();
        match self.role {
            Role::Init => {
                if !faults.is_empty() {
                    self.fall(&faults, turn);
                } else if awaits {
                    self.role = Role::Fault { silent: true };
                } else {
                    self.begin(turn);
                }
            }
            Role::Fault { silent } => {
                if faults.is_empty() && !awaits {
                    self.recover(turn);
                } else if silent && !faults.is_empty() {
                    self.fall(&faults, turn);
                }
            }
            Role::Backup { .. } | Role::Master(_) => {
                if !faults.is_empty() {
                    self.fall(&faults, turn);
                }
            }
        }
    }

    /// A new effective priority; a running down timer moves by what the down time changes.
    fn change_priority(&mut self, priority: u8, turn: &mut Turn<'_>) {
        let before = self.down_time();
        let from = std::mem::replace(&mut self.priority, priority);
        let after = self.down_time();
        if let Role::Backup { master_down, .. } = &mut self.role {
            *master_down = *master_down + after - before;
        }
        turn.effects.push(Effect::Report(Event::PriorityChanged {
            instance: self.settings.name.to_string(),
            state: self.state(),
            from,
            to: priority,
        }));
        if self.role != Role::Init {
            self.save(turn);
        }
    }

    /// The state has changed: told from now on, and kept for a successor.
    pub(super) fn changed(&mut self, from: State, turn: &mut Turn<'_>) {
        self.told = 0;
        self.overslept = false;
        self.since = turn.now;
        turn.effects.push(Effect::Report(Event::StateChanged {
            instance: self.settings.name.to_string(),
            from,
            to: self.state(),
            priority: self.priority,
        }));
    }

    /// Notes who is master; a new one makes errors worth telling again.
    pub(super) fn note_master(&mut self, heard: &Heard) {
        if self.master.is_none_or(|(sender, _)| sender != heard.source) {
            self.told = 0;
        }
        self.stalled = None;
        self.master = Some((heard.source, heard.priority));
    }

    /// Reports something about itself.
    pub(super) fn note(&self, note: Note, turn: &mut Turn<'_>) {
        turn.effects.push(Effect::Report(Event::Instance {
            instance: self.settings.name.to_string(),
            note,
        }));
    }

    /// Keeps its state for a successor.
    pub(crate) fn save(&mut self, turn: &mut Turn<'_>) {
        self.signing.saved(turn.wall_ahead);
        turn.effects.push(Effect::Save(Box::new(self.snapshot())));
    }

    /// Its name, to be shared.
    pub(crate) fn name(&self) -> &Arc<str> {
        &self.settings.name
    }
}

/// (256 - priority) / 256 of an interval, in whole microseconds as keepalived reckons.
fn skew(interval: Duration, priority: u8) -> Duration {
    let micros = interval.as_micros() * (256 - u128::from(priority)) / 256;
    Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
}
