//! The start of a router, fresh or in the footsteps of an earlier process.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use vipd_config::model::{Config, Routing, SyncGroup};

use super::instance::{Instance, Mastership, Role, Turn};
use super::router::{Phase, Router, ScriptEntry};
use super::settings::{Identity, Settings, Target};
use super::snapshot::Snapshot;
use super::transitions::{next_beat, soon};
use crate::effect::Placed;
use crate::event::{Event, Note, State};
use crate::tracking::script::Tally;
use crate::{Effect, Instant};

impl Router {
    /// First words: left-over VIPs go, then every instance enters its first state (section 1).
    pub(super) fn start(
        &mut self,
        now: Instant,
        restored: Vec<Snapshot>,
        effects: &mut Vec<Effect>,
    ) {
        if self.phase != Phase::New {
            return;
        }
        self.phase = Phase::Running;
        let is_fresh = restored.is_empty();
        self.shared.epoch = if is_fresh {
            now + self.startup_delay
        } else {
            now
        };
        if is_fresh && !self.startup_delay.is_zero() {
            effects.push(Effect::Report(Event::StartDelayed {
                delay: self.startup_delay,
            }));
        }
        if is_fresh {
            self.statics.remove(effects);
        }
        self.statics.add(effects);
        let snapshots = self.match_snapshots(restored, effects);
        self.restore_scripts(&snapshots);
        self.restore_watches(now, &snapshots, effects);
        for (instance, snapshot) in self.instances.iter().zip(&snapshots) {
            let is_master = snapshot.as_ref().is_some_and(|s| s.state == State::Master);
            if !is_master && !instance.is_owner() {
                instance.clear_leftovers(&mut self.shared.turn(now, effects));
            }
        }
        self.restore_groups(&snapshots);
        self.take_verdicts();
        self.hold_waiting_groups();
        let mark = effects.len();
        for id in 0..self.instances.len() {
            let snapshot = snapshots.get(id).and_then(Option::as_ref);
            self.begin(now, id, snapshot, effects);
            if let Some(instance) = self.instances.get(id)
                && snapshot.is_none()
            {
                instance.clear_as_faulty_owner(&mut self.shared.turn(now, effects));
            }
        }
        self.sync_groups(now, effects);
        Self::groups_first(mark, effects);
    }

    /// Looks up how the scripts stand that instances track.
    pub(super) fn take_verdicts(&mut self) {
        for instance in &mut self.instances {
            let trackers = instance.settings.trackers.iter();
            // One that has not begun is not told of a failure that is only assumed: it waits.
            let waits = matches!(instance.role, Role::Init | Role::Fault { silent: true });
            for (tracked, verdict) in trackers.zip(&mut instance.verdicts) {
                match &tracked.what {
                    Target::Script(name) => {
                        let tally = self.scripts.get(name).map(|script| &script.tally);
                        let counts =
                            |tally: &&Tally| !(waits && tracked.weight == 0 && tally.is_assumed());
                        *verdict = tally
                            .filter(counts)
                            .and_then(Tally::verdict)
                            .map(Into::into);
                    }
                    Target::Watched(key) => *verdict = self.watches.verdict(key),
                    Target::Interface(_) => {}
                }
            }
        }
    }

    /// Brings one instance to life.
    pub(super) fn begin(
        &mut self,
        now: Instant,
        place: usize,
        snapshot: Option<&Snapshot>,
        effects: &mut Vec<Effect>,
    ) {
        let Some(instance) = self.instances.get_mut(place) else {
            return;
        };
        let mut turn = self.shared.turn(now, effects);
        instance.since = now;
        instance.rebind(&mut turn);
        if let Some(snapshot) = snapshot {
            instance.carry_on(snapshot, &mut turn);
        }
        instance.review(&mut turn);
        let (id, vrid, socket) = (instance.id, instance.settings.vrid, instance.socket);
        self.relisten(id, vrid, None, socket);
        self.touched.push(id);
    }

    /// Finds the snapshot of each instance. What others held is taken away.
    fn match_snapshots(
        &self,
        restored: Vec<Snapshot>,
        effects: &mut Vec<Effect>,
    ) -> Vec<Option<Snapshot>> {
        let mut sorted: BTreeMap<Identity, Vec<Snapshot>> = BTreeMap::new();
        for snapshot in restored {
            let same = sorted.entry(snapshot.identity.clone()).or_default();
            same.push(snapshot);
        }
        let find = |instance: &Instance| {
            let same = sorted.get_mut(&instance.settings.identity())?;
            // After a renaming an older one may be left over: the one of our name counts.
            let ours = |snapshot: &Snapshot| *snapshot.instance == **instance.name();
            let place = same
                .iter()
                .position(ours)
                .or((!same.is_empty()).then_some(0))?;
            Some(same.swap_remove(place))
        };
        let matched: Vec<Option<Snapshot>> = self.instances.iter().map(find).collect();
        let wanted = self.wanted_by_masters(&matched);
        let kept = self.kept_by_masters(&matched);
        let leftover = sorted.values().flatten().chain(matched.iter().flatten());
        for snapshot in leftover {
            let held = snapshot.held.iter().flat_map(|list| list.iter());
            let stray: Arc<[Placed]> = held
                .filter(|p| !wanted.contains(&(p.interface.clone(), p.address.address)))
                .cloned()
                .collect();
            let routing: Arc<[Routing]> = snapshot
                .routing
                .iter()
                .flat_map(|list| list.iter())
                .filter(|one| !kept.contains(one))
                .cloned()
                .collect();
            if !routing.is_empty() {
                effects.push(Effect::RemoveRouting {
                    instance: Arc::from(snapshot.instance.as_str()),
                    routing,
                });
            }
            if !stray.is_empty() {
                effects.push(Effect::RemoveAddresses {
                    instance: Arc::from(snapshot.instance.as_str()),
                    addresses: stray,
                });
            }
        }
        matched
    }

    /// Addresses that restored masters hold on to.
    fn wanted_by_masters(
        &self,
        snapshots: &[Option<Snapshot>],
    ) -> BTreeSet<(Arc<str>, std::net::IpAddr)> {
        let pairs = self.instances.iter().zip(snapshots);
        pairs
            .filter(|(_, s)| s.as_ref().is_some_and(|s| s.state == State::Master))
            .flat_map(|(instance, _)| instance.settings.every_address())
            .map(|placed| (placed.interface.clone(), placed.address.address))
            .collect()
    }

    /// Routes and rules that restored masters hold on to.
    fn kept_by_masters(&self, snapshots: &[Option<Snapshot>]) -> Vec<&Routing> {
        let pairs = self.instances.iter().zip(snapshots);
        pairs
            .filter(|(_, s)| s.as_ref().is_some_and(|s| s.state == State::Master))
            .flat_map(|(instance, _)| instance.settings.routing.iter())
            .collect()
    }

    fn restore_scripts(&mut self, snapshots: &[Option<Snapshot>]) {
        for (name, verdict) in snapshots.iter().flatten().flat_map(|s| &s.scripts) {
            if let Some(script) = self.scripts.get_mut(name.as_str()) {
                script.tally.restore(*verdict);
            }
        }
    }

    /// Takes what is not of an instance from a configuration. Scripts whose command is the
    /// same keep their state.
    pub(super) fn take_globals(&mut self, config: &Config) {
        self.log_unknown_vrids = config.global.log_unknown_vrids;
        self.startup_delay = config.global.startup_delay;
        self.restores = config.global.vip_restore;
        self.shared.announcer.configure(config);
        self.watches.configure(config);
        self.link_delays.configure(config);
        let mut old = std::mem::take(&mut self.scripts);
        for script in &config.scripts {
            let tally = match old.remove(script.name.as_str()) {
                Some(mut entry) if entry.check == script.check => {
                    entry.tally.reconfigure(script);
                    entry.tally
                }
                _ => Tally::new(script),
            };
            let entry = ScriptEntry {
                tally,
                check: script.check.clone(),
                users: Vec::new(),
            };
            self.scripts.insert(Arc::from(script.name.as_str()), entry);
        }
    }

    /// The settings of every instance of a configuration, in its order.
    pub(super) fn settings(&self, config: &Config) -> Vec<Settings> {
        let mut group_of: BTreeMap<&str, &SyncGroup> = BTreeMap::new();
        for group in &config.sync_groups {
            for member in &group.members {
                group_of.entry(member).or_insert(group);
            }
        }
        let instances = config.instances.iter();
        let settings = instances.map(|instance| {
            let group = group_of.get(instance.name.as_str()).copied();
            self.without_unknown(Settings::new(instance, group))
        });
        settings.collect()
    }

    /// Leaves out what is tracked and does not exist: it would never give a result.
    fn without_unknown(&self, mut settings: Settings) -> Settings {
        let is_known = |what: &Target| match what {
            Target::Script(name) => self.scripts.contains_key(name),
            Target::Watched(key) => self.watches.has(key),
            Target::Interface(_) => true,
        };
        let trackers = std::mem::take(&mut settings.trackers).into_vec();
        settings.trackers = trackers
            .into_iter()
            .filter(|tracked| is_known(&tracked.what))
            .collect();
        settings
    }

    /// Builds everything that is looked up by instance number.
    pub(super) fn index(&mut self) {
        let addresses = |i: &Instance| -> Vec<std::net::IpAddr> {
            i.settings
                .every_address()
                .map(|p| p.address.address)
                .collect()
        };
        self.holders = BTreeSet::new();
        for instance in &self.instances {
            let list = addresses(instance);
            self.holders
                .extend(list.into_iter().map(|a| (a, instance.id)));
        }
        let virtual_addresses = self.holders.iter().map(|(address, _)| *address).collect();
        let sources = self.instances.iter().filter_map(|i| i.settings.source);
        self.shared
            .links
            .reset(virtual_addresses, sources.collect());
        self.listeners.clear();
        for script in self.scripts.values_mut() {
            script.users.clear();
        }
        self.watches.forget_users();
        for instance in &self.instances {
            for name in instance.settings.every_interface() {
                self.shared.links.add_user(name, instance.id);
            }
            for link in instance.settings.virtual_links() {
                for name in [&link.base, &link.name] {
                    let name = Arc::from(name.as_str());
                    self.shared.links.add_user(&name, instance.id);
                }
            }
            for tracked in &instance.settings.trackers {
                match &tracked.what {
                    Target::Script(name) => {
                        if let Some(script) = self.scripts.get_mut(name) {
                            script.users.push(instance.id);
                        }
                    }
                    Target::Watched(key) => self.watches.add_user(key, instance.id),
                    Target::Interface(_) => {}
                }
            }
            if let Some(socket) = instance.socket {
                let key = (socket, instance.settings.vrid);
                self.listeners.insert(key, instance.id);
            }
        }
        let count = self.instances.len();
        self.schedule.reset(count);
        self.touched.clear();
        self.touched.extend(self.instances.iter().map(|i| i.id));
    }
}

impl Instance {
    /// An owner's VIPs stay at the start, for it is master at once. One that cannot be must not
    /// sit on them while another is; but an address that is all the interface has is no VIP of
    /// an earlier run.
    pub(super) fn clear_as_faulty_owner(&self, turn: &mut Turn<'_>) {
        let is_faulty = matches!(self.role, Role::Fault { .. });
        if self.is_owner() && is_faulty && self.source.is_some() {
            self.clear_leftovers(turn);
        }
    }

    /// Nor must one sit on them that ends before it was master.
    pub(super) fn clear_as_waiting_owner(&self, turn: &mut Turn<'_>) {
        let waits = matches!(self.role, Role::Backup { .. });
        if self.is_owner() && waits && self.source.is_some() {
            self.clear_leftovers(turn);
        }
    }

    /// VIPs that an earlier run left behind (section 1).
    fn clear_leftovers(&self, turn: &mut Turn<'_>) {
        let settings = &self.settings;
        let is_there = |placed: &&Placed| {
            let link = turn.links.get(&placed.interface);
            link.is_some_and(|link| link.index.is_some())
        };
        self.remove_routing(turn);
        let mut any = !settings.routing.is_empty();
        for list in [&settings.addresses, &settings.excluded] {
            let there = list.iter().filter(is_there).count();
            if there == 0 {
                continue;
            }
            let addresses = if there == list.len() {
                list.clone()
            } else {
                list.iter().filter(is_there).cloned().collect()
            };
            any = true;
            turn.effects.push(Effect::RemoveAddresses {
                instance: settings.name.clone(),
                addresses,
            });
        }
        if any {
            self.tell_addresses(false, turn);
        }
    }

    /// Takes the state of an earlier process. A master speaks at once and takes nothing away;
    /// nobody is notified of what has not changed.
    fn carry_on(&mut self, snapshot: &Snapshot, turn: &mut Turn<'_>) {
        self.demoted = snapshot.demoted;
        self.priority = snapshot.priority;
        self.master_interval = snapshot.master_interval.max(Duration::from_millis(1));
        self.master = snapshot.master;
        self.sequence.restore(snapshot.sequence);
        self.signing.restore(snapshot.signing.clone(), turn);
        match snapshot.state {
            State::Init => return,
            State::Fault => self.role = Role::Fault { silent: false },
            State::Backup => {
                let down = self.down_time();
                self.wants_master = false;
                self.role = Role::Backup {
                    master_down: turn.now + down,
                    preempt_from: None,
                };
            }
            State::Master if self.was_deposed(snapshot.silence) => {
                // As it would have found out itself.
                self.role = Role::Master(self.fresh_mastership(turn));
                self.holds_addresses = true;
                self.give_way_after(snapshot.silence, turn);
                return;
            }
            State::Master => self.go_on_as_master(turn),
        }
        self.note(Note::CarriesOn(snapshot.state), turn);
        self.save(turn);
    }

    fn fresh_mastership(&self, turn: &Turn<'_>) -> Mastership {
        Mastership {
            settled: false,
            advertise: next_beat(turn.now, self.settings.interval),
            sent: turn.now,
            second_set: None,
            lower_set: None,
            refresh: soon(turn.now, self.settings.garp.refresh),
            extra: self.next_extra(turn.now),
            rival_until: None,
        }
    }

    fn go_on_as_master(&mut self, turn: &mut Turn<'_>) {
        let garp = self.settings.garp;
        self.sequence.begin();
        self.role = Role::Master(self.fresh_mastership(turn));
        self.send_advert(self.priority, turn);
        self.set_addresses(turn);
        self.order_set(garp.master_repeat, turn);
    }
}
