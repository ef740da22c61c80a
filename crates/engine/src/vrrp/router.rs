//! All virtual routers of a node as one machine.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use vipd_config::model::{Check, Config};

use super::announce::Announcer;
use super::group::Group;
use super::instance::{Instance, Turn, Wish};
use super::link_delays::LinkDelays;
use super::links::Links;
use super::receive::{Packet, Receiver};
use super::schedule::Schedule;
use super::settings::Target;
use super::sockets::{SocketSpec, Sockets};
use super::statics::Statics;
use super::status::InstanceStatus;
use super::timer::Timer;
use super::watches::Watches;
use crate::event::{Event, Note, State};
use crate::input::{Interface, PacketMeta, ScriptOutcome};
use crate::tracking::script::Tally;
use crate::{Effect, Input, Instant};

/// All virtual routers of a node: one machine, one way in, one list of effects out.
#[derive(Clone, Debug)]
pub struct Router {
    pub(super) phase: Phase,
    pub(super) log_unknown_vrids: bool,
    pub(super) startup_delay: Duration,
    /// `vip_restore`: what others remove is put back.
    pub(super) restores: bool,
    pub(super) statics: Statics,
    /// In configuration order; an instance's number is its place.
    pub(super) instances: Vec<Instance>,
    /// Who listens on a socket for a virtual router.
    pub(super) listeners: BTreeMap<(u32, u8), u32>,
    /// Who may hold an address.
    pub(super) holders: BTreeSet<(IpAddr, u32)>,
    pub(super) scripts: BTreeMap<Arc<str>, ScriptEntry>,
    pub(super) watches: Watches,
    pub(super) link_delays: LinkDelays,
    pub(super) groups: Vec<Group>,
    pub(super) schedule: Schedule,
    /// Instances whose deadline may have changed.
    pub(super) touched: Vec<u32>,
    pub(super) shared: Shared,
}

/// What instances share; lent to them for a turn.
#[derive(Clone, Debug, Default)]
pub(super) struct Shared {
    pub(super) epoch: Instant,
    /// Nanoseconds that the wall clock is ahead of the monotonic one.
    pub(super) wall_ahead: i64,
    pub(super) links: Links,
    pub(super) announcer: Announcer,
    pub(super) sockets: Sockets,
}

/// A tracked script.
#[derive(Clone, Debug)]
pub(super) struct ScriptEntry {
    pub(super) tally: Tally,
    /// What it runs: a reload that changes this starts from nothing.
    pub(super) check: Check,
    /// Instances that track it.
    pub(super) users: Vec<u32>,
}

/// Where in its life a router is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Waits for [`Input::Start`].
    New,
    /// Works.
    Running,
    /// Has left.
    Stopped,
}

impl Shared {
    /// Lends everything for a turn.
    pub(super) fn turn<'a>(&'a mut self, now: Instant, effects: &'a mut Vec<Effect>) -> Turn<'a> {
        Turn {
            now,
            epoch: self.epoch,
            wall_ahead: self.wall_ahead,
            links: &self.links,
            announcer: &mut self.announcer,
            sockets: &mut self.sockets,
            effects,
        }
    }
}

impl Router {
    /// A router for a configuration. Nothing happens before [`Input::Start`].
    pub fn new(config: &Config) -> Self {
        let mut router = Self {
            phase: Phase::New,
            log_unknown_vrids: false,
            startup_delay: Duration::ZERO,
            restores: true,
            statics: Statics::new(&config.statics),
            instances: Vec::new(),
            listeners: BTreeMap::new(),
            holders: BTreeSet::new(),
            scripts: BTreeMap::new(),
            watches: Watches::default(),
            link_delays: LinkDelays::default(),
            groups: Vec::new(),
            schedule: Schedule::default(),
            touched: Vec::new(),
            shared: Shared::default(),
        };
        router.take_globals(config);
        let numbered = (0..).zip(router.settings(config));
        router.instances = numbered
            .map(|(id, settings)| Instance::new(id, settings))
            .collect();
        router.take_groups(config);
        router.index();
        router
    }

    /// The only way in: one input, its effects appended to `effects`, nothing left pending.
    pub fn handle(&mut self, now: Instant, input: Input<'_>, effects: &mut Vec<Effect>) {
        self.shared.announcer.begin_call();
        match input {
            Input::Start { restored } => self.start(now, restored, effects),
            Input::Tick => self.tick(now, effects),
            Input::Packet {
                socket,
                meta,
                bytes,
            } => self.packet(now, socket, &meta, &bytes, effects),
            Input::Interface(interface) => self.interface_told(now, interface, effects),
            Input::InterfaceGone { name } => self.interface_lost(now, &name, effects),
            Input::AddressRemoved {
                interface, address, ..
            } => self.address_removed(now, &interface, address, effects),
            Input::RoutingRemoved(routing) => self.routing_removed(now, &routing, effects),
            Input::ScriptResult { script, outcome } => {
                self.script_result(now, &script, outcome, effects);
            }
            Input::Watched {
                kind,
                name,
                reading,
            } => self.watched(now, kind, &name, reading, effects),
            Input::WallClock { nanos_ahead } => self.wall_clock(now, nanos_ahead, effects),
            Input::Reconfigure(config) => self.reconfigure(now, &config, effects),
            Input::Stop => self.stop(now, effects),
        }
        self.settle(now, effects);
    }

    /// When to call [`Router::handle`] with [`Input::Tick`], and why.
    pub fn deadline(&self) -> Option<(Instant, Timer)> {
        let instance = self.schedule.first().and_then(|(_, id)| {
            let instance = self.instances.get(id as usize)?;
            instance.deadline()
        });
        let announcer = self.shared.announcer.deadline();
        let announcer = announcer.map(|at| (at, Timer::Announce));
        let delays = [self.watches.deadline(), self.link_delays.deadline()];
        let watch = delays.into_iter().flatten().min();
        let watch = watch.map(|at| (at, Timer::Delay));
        // Of those due at the same moment the first.
        let all = [instance, announcer, watch].into_iter().flatten();
        all.min_by_key(|(at, _)| *at)
    }

    /// The sockets wanted now.
    pub fn sockets(&self) -> Vec<SocketSpec> {
        self.shared.sockets.list()
    }

    /// State and counters of every instance, in configuration order.
    pub fn status(&self) -> Vec<InstanceStatus> {
        let links = &self.shared.links;
        self.instances.iter().map(|i| i.status(links)).collect()
    }

    /// State and effective priority of every instance, in configuration order.
    pub fn standings(&self) -> impl Iterator<Item = (State, u8)> {
        self.instances.iter().map(|i| (i.state(), i.priority))
    }

    /// Sets all counters to zero.
    pub fn clear_counters(&mut self) {
        for instance in &mut self.instances {
            instance.counters = super::Counters::default();
        }
    }

    /// Deadlines and sockets after an input; announcements that may go at once.
    fn settle(&mut self, now: Instant, effects: &mut Vec<Effect>) {
        if self.phase != Phase::Running {
            return;
        }
        self.sync_groups(now, effects);
        let mut touched = std::mem::take(&mut self.touched);
        for id in touched.drain(..) {
            let at = self.instances.get(id as usize).and_then(Instance::deadline);
            self.schedule.set(id, at.map(|(at, _)| at));
        }
        self.touched = touched;
        self.shared.announcer.flush(now, effects);
        if self.shared.sockets.take_changed() {
            effects.push(Effect::SocketsChanged);
        }
    }

    fn tick(&mut self, now: Instant, effects: &mut Vec<Effect>) {
        self.watches_due(now, effects);
        self.links_due(now, effects);
        for id in self.schedule.due(now) {
            let Some(instance) = self.instances.get_mut(id as usize) else {
                continue;
            };
            self.touched.push(id);
            let mut turn = self.shared.turn(now, effects);
            match instance.due(&mut turn) {
                Wish::None => {}
                Wish::Master => self.grant(now, id, effects),
            }
        }
    }

    fn packet(
        &mut self,
        now: Instant,
        socket: u32,
        meta: &PacketMeta,
        bytes: &[u8],
        effects: &mut Vec<Effect>,
    ) {
        let Some(packet) = Packet::read(meta, bytes) else {
            return;
        };
        // V2-54, V3-55; a socket is of one family (V3-10).
        let listener = self.listeners.get(&(socket, packet.header.vrid));
        let Some(id) = listener.copied() else {
            self.tell_unknown(socket, &packet, effects);
            return;
        };
        let Some(instance) = self.instances.get_mut(id as usize) else {
            return;
        };
        instance.receive(&packet, &mut self.shared.turn(now, effects));
        let heard_lower = std::mem::take(&mut instance.heard_lower);
        self.touched.push(id);
        if heard_lower {
            self.announce_mates(now, id, effects);
        }
    }

    fn tell_unknown(&self, socket: u32, packet: &Packet<'_>, effects: &mut Vec<Effect>) {
        if !self.log_unknown_vrids || self.phase != Phase::Running {
            return;
        }
        let interface = self.shared.sockets.interface(socket).unwrap_or_default();
        effects.push(Effect::Report(Event::UnknownVrid {
            vrid: packet.header.vrid,
            interface: interface.to_owned(),
            sender: packet.source,
        }));
    }

    pub(super) fn interface(
        &mut self,
        now: Instant,
        interface: Interface,
        effects: &mut Vec<Effect>,
    ) {
        // Made again under the same name: what was on the old one is gone.
        let old = self.shared.links.get(&interface.name).and_then(|l| l.index);
        if old.is_some_and(|index| index != interface.index) {
            self.interface_gone(now, &interface.name, effects);
        }
        let name = interface.name.clone();
        let was_up = self.shared.links.is_up(&name);
        if self.shared.links.update(interface) {
            self.follow_link(now, &name, effects);
        }
        if !was_up && self.shared.links.is_up(&name) {
            self.restore_on(now, &name, effects);
        }
    }

    /// An interface has come up: what goes with it is added again.
    fn restore_on(&mut self, now: Instant, name: &str, effects: &mut Vec<Effect>) {
        if self.phase != Phase::Running {
            return;
        }
        self.statics.restore_on(name, effects);
        for id in self.shared.links.users(name) {
            if let Some(instance) = self.instances.get(id as usize)
                && instance.state() == State::Master
            {
                instance.set_routing(&mut self.shared.turn(now, effects));
            }
        }
    }

    pub(super) fn interface_gone(&mut self, now: Instant, name: &str, effects: &mut Vec<Effect>) {
        if self.shared.links.remove(name) {
            self.follow_link(now, name, effects);
        }
    }

    /// An interface is not what it was: everybody who cares looks again.
    fn follow_link(&mut self, now: Instant, name: &str, effects: &mut Vec<Effect>) {
        if self.phase != Phase::Running {
            return;
        }
        for id in self.shared.links.users(name) {
            let Some(instance) = self.instances.get_mut(id as usize) else {
                continue;
            };
            let (old, was) = (instance.socket, instance.state());
            let mut turn = self.shared.turn(now, effects);
            instance.rebind(&mut turn);
            instance.have_links_on(name, &mut turn);
            instance.review(&mut turn);
            let (new, vrid) = (instance.socket, instance.settings.vrid);
            let group = instance.newly_faulty(was);
            self.relisten(id, vrid, old, new);
            self.touched.push(id);
            if let Some(group) = group {
                self.sync_group(now, group, effects);
            }
        }
    }

    /// Keeps the table of listeners right when an instance changes its socket.
    pub(super) fn relisten(&mut self, id: u32, vrid: u8, old: Option<u32>, new: Option<u32>) {
        if old == new {
            return;
        }
        if let Some(old) = old
            && self.listeners.get(&(old, vrid)) == Some(&id)
        {
            self.listeners.remove(&(old, vrid));
        }
        if let Some(new) = new {
            self.listeners.insert((new, vrid), id);
        }
    }

    fn script_result(
        &mut self,
        now: Instant,
        name: &str,
        outcome: ScriptOutcome,
        effects: &mut Vec<Effect>,
    ) {
        let Some(script) = self.scripts.get_mut(name) else {
            return;
        };
        let change = script.tally.count(outcome);
        if let Some(status) = change.returned {
            effects.push(Effect::Report(Event::ScriptReturned {
                script: name.to_owned(),
                status,
            }));
        }
        let Some(is_up) = change.verdict else {
            return;
        };
        effects.push(Effect::Report(Event::ScriptVerdict {
            script: name.to_owned(),
            outcome,
        }));
        if self.phase != Phase::Running {
            return;
        }
        for id in script.users.clone() {
            let Some(instance) = self.instances.get_mut(id as usize) else {
                continue;
            };
            let was = instance.state();
            instance.take_verdict(name, is_up);
            instance.review(&mut self.shared.turn(now, effects));
            // A successor believes the last snapshot of any user, also of one that it left as it was.
            instance.save(&mut self.shared.turn(now, effects));
            self.touched.push(id);
            if let Some(group) = instance.newly_faulty(was) {
                self.sync_group(now, group, effects);
            }
        }
    }

    fn stop(&mut self, now: Instant, effects: &mut Vec<Effect>) {
        if self.phase == Phase::Stopped {
            return;
        }
        self.phase = Phase::Stopped;
        for instance in &mut self.instances {
            let mut turn = self.shared.turn(now, effects);
            instance.leave(&mut turn);
            turn.effects.push(Effect::Report(Event::InstanceStopped {
                instance: instance.name().to_string(),
                priority: instance.priority,
            }));
        }
        let count = self.instances.len();
        self.schedule.reset(count);
        self.shared.announcer.clear();
        self.stop_groups(effects);
        self.statics.remove(effects);
        self.remove_links(&self.link_names(), effects);
        effects.push(Effect::Stopped);
    }
}

impl Instance {
    /// A packet for this virtual router: checks, then the state machine.
    fn receive(&mut self, packet: &Packet<'_>, turn: &mut Turn<'_>) {
        self.notice_stall(turn);
        let interval = match self.state() {
            State::Init | State::Fault => return,
            State::Backup => self.master_interval,
            State::Master => self.settings.interval,
        };
        let mut receiver = Receiver {
            settings: &self.settings,
            priority: self.priority,
            interval,
            last_sender: self.master.map(|(sender, _)| sender),
            sequence: &mut self.sequence,
            signing: &mut self.signing,
            wall: turn.wall(),
        };
        let mut counters = self.counters;
        let findings = receiver.check(packet, &mut counters);
        self.counters = counters;
        for reason in findings.reasons {
            self.tell_rejection(packet.source, reason, turn);
        }
        let Some(heard) = findings.heard else {
            return;
        };
        if findings.old_checksum && !self.old_checksum {
            self.old_checksum = true;
            self.note(Note::OldChecksum, turn);
        }
        self.hear(&heard, turn);
    }

    /// Its group, when it has fallen from this state just now: the others fall before anybody
    /// else is looked at.
    fn newly_faulty(&self, was: State) -> Option<u32> {
        let fell = was != State::Fault && self.state() == State::Fault;
        self.group.filter(|_| fell)
    }

    /// A tracked script counts otherwise from now on.
    fn take_verdict(&mut self, name: &str, is_up: bool) {
        for (tracked, verdict) in self.settings.trackers.iter().zip(&mut self.verdicts) {
            if matches!(&tracked.what, Target::Script(script) if **script == *name) {
                *verdict = Some(is_up.into());
            }
        }
    }
}
