//! Another configuration: who stays keeps its state, and the table changes where it has to.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use vipd_config::model::Config;
use vipd_config::model::lvs::{RealServer, ServiceKey, Timeouts, VirtualServer};

use super::Balancer;
use super::check::{Phase, Place};
use super::checks::Sameness;
use super::follow::Turn;
use super::service::{Server, Service};
use super::telling::Teller;
use crate::Instant;
use crate::lvs::{CheckId, DestinationId, Effect, MarkTable, Operation, Quorum, SavedKey, What};

/// How things were before.
struct Old {
    config: Arc<Config>,
    services: Vec<Service>,
    places: BTreeMap<ServiceKey, u32>,
    marks: Option<Box<MarkTable>>,
}

impl Old {
    fn service(&self, key: &ServiceKey) -> Option<(&VirtualServer, &Service)> {
        let place = *self.places.get(key)? as usize;
        Some((
            self.config.lvs.servers.get(place)?,
            self.services.get(place)?,
        ))
    }
}

/// What a reload changed.
#[derive(Default)]
struct Changes {
    /// Virtual servers that were not there before.
    new: BTreeSet<u32>,
    /// Real servers that were not there before, of virtual servers that were.
    joined: Vec<Place>,
    /// Real servers that were there, and how they turned.
    turns: Vec<(Place, Turn)>,
    /// Real servers with other checks than before, or that are new: these may share checks that
    /// have run.
    rechecked: Vec<Place>,
    quorums: BTreeMap<u32, Quorum>,
    /// Virtual servers whose checks begin or cease to rest.
    moved: Vec<u32>,
}

impl Balancer {
    /// A reload.
    pub(super) fn reconfigure(
        &mut self,
        now: Instant,
        config: Arc<Config>,
        effects: &mut Vec<Effect>,
    ) {
        let old = self.set_aside(config);
        let mut changes = self.replan(&old);
        for id in self.checks.ids() {
            let check = self.checks.get(id);
            if check.is_some_and(|check| check.users.is_empty()) {
                self.abandon(id, effects);
                self.checks.remove(id);
            }
        }
        self.index();
        self.hear_all();
        self.recount(&mut changes);
        tell_gone(&old, &self.config, effects);
        self.change_sorry(&old, &mut changes, effects);
        self.reset_marks(&old, effects);
        self.align(effects);
        self.tell_changes(now, &changes, effects);
        self.reset_timeouts(&old.config, effects);
        self.reset_sync(&old.config, effects);
        self.tell_new_checks(&changes, effects);
        for id in self.checks.ids() {
            self.activate(now, id);
        }
    }

    /// Tells which checks of virtual servers that were there are new.
    fn tell_new_checks(&self, changes: &Changes, effects: &mut Vec<Effect>) {
        let is_new = |id: CheckId| {
            let check = self.checks.get(id);
            check.is_some_and(|check| check.phase == Phase::Idle)
        };
        for service in self.places() {
            let is_told = changes.new.contains(&service) || changes.moved.contains(&service);
            let service_now = self.services.get(service as usize);
            if !is_told && service_now.is_some_and(|service| !service.is_suspended) {
                self.tell_checks(service, &What::Suspended, is_new, effects);
            }
        }
    }

    /// Puts what there is aside; checks stay, but nobody wants them yet.
    fn set_aside(&mut self, config: Arc<Config>) -> Old {
        let marks = self.mark_table();
        let config = std::mem::replace(&mut self.config, config);
        let keys = config.lvs.servers.iter().map(|vs| vs.key.clone());
        Old {
            places: keys.zip(0..).collect(),
            services: std::mem::take(&mut self.services),
            config,
            marks,
        }
    }

    /// Checks that may be shared, as seen from the new configuration.
    fn known_checks(&mut self, old: &Old) -> BTreeMap<Sameness, CheckId> {
        let keys = self.config.lvs.servers.iter().map(|vs| &vs.key);
        let places: BTreeMap<&ServiceKey, u32> = keys.zip(0..).collect();
        let mut known = BTreeMap::new();
        for id in self.checks.ids() {
            let Some(check) = self.checks.get_mut(id) else {
                continue;
            };
            check.users.clear();
            if let Some(service) = check.suspended_with {
                let vs = Self::configured(&old.config, service);
                check.suspended_with = vs.and_then(|vs| places.get(&vs.key).copied());
                if check.suspended_with.is_none() {
                    continue;
                }
            }
            if let Some(sameness) = Sameness::of(check) {
                known.insert(sameness, id);
            }
        }
        known
    }

    /// Services and checks of the new configuration.
    fn replan(&mut self, old: &Old) -> Changes {
        let mut changes = Changes::default();
        let mut known = self.known_checks(old);
        let config = Arc::clone(&self.config);
        self.marks.assign(&config.lvs);
        for (service, vs) in (0..).zip(&config.lvs.servers) {
            let mut planned = Service::new(vs, &config.lvs, self.marks.of(&vs.key));
            let before = old.service(&vs.key).map(|(_, before)| before);
            if let Some(before) = before {
                planned.has_quorum = before.has_quorum;
                planned.is_suspended = before.is_suspended;
            } else {
                changes.new.insert(service);
            }
            let suspended_with = vs.ha_suspend.then_some(service);
            for (server, rs) in (0..).zip(&vs.servers) {
                let place = Place { service, server };
                let at = DestinationId {
                    address: rs.address,
                    port: rs.port,
                };
                let was = before.and_then(|before| {
                    let at = before.place(at)? as usize;
                    before.servers.get(at)
                });
                let new = self.plan_server(rs, place, suspended_with, &mut known, was);
                if was.is_none_or(|was| was.checks != new.checks) {
                    changes.rechecked.push(place);
                }
                if was.is_some() {
                    changes.turns.push((place, Turn::default()));
                } else if before.is_some() {
                    changes.joined.push(place);
                }
                planned.servers.push(new);
            }
            planned.sum = planned.servers.iter().map(Server::counts).sum();
            self.services.push(planned);
        }
        changes
    }

    /// Who is alive now, and which quorums there are.
    fn recount(&mut self, changes: &mut Changes) {
        let config = Arc::clone(&self.config);
        for (place, turn) in &mut changes.turns {
            if let Some((_, rs)) = Self::configured_at(&config, *place)
                && let Some(found) = self.judge_server(*place, rs)
            {
                *turn = found;
            }
        }
        changes.turns.retain(|(_, turn)| turn.is_change());
        for place in &changes.joined {
            self.judge_silently(*place);
        }
        for (service, vs) in (0..).zip(&config.lvs.servers) {
            if changes.new.contains(&service) {
                self.judge_service(service);
            } else if let Some(mut quorum) = self.flip_quorum(service, vs) {
                quorum.at_start = true;
                changes.quorums.insert(service, quorum);
            }
            if self.look_where(service) {
                changes.moved.push(service);
            }
        }
    }

    /// Sorry servers that go, and others that come while the quorum is lost.
    fn change_sorry(&self, old: &Old, changes: &mut Changes, effects: &mut Vec<Effect>) {
        for (place, vs) in (0..).zip(&self.config.lvs.servers) {
            let Some((was, before)) = old.service(&vs.key) else {
                continue;
            };
            let label = |vs: &VirtualServer| {
                let sorry = vs.sorry.as_deref();
                sorry.map(|sorry| (sorry.address, sorry.port))
            };
            if label(was) == label(vs) {
                continue;
            }
            if before.is_sorry(was) {
                let teller = Teller::new(&old.config, was);
                effects.push(Effect::Report(teller.of_sorry(What::RemovingSorry)));
            }
            let Some(service) = self.services.get(place as usize) else {
                continue;
            };
            if service.is_sorry(vs) {
                let quorum = Quorum {
                    quorum: vs.quorum,
                    hysteresis: vs.hysteresis,
                    sum: service.sum,
                    at_start: true,
                };
                changes.quorums.insert(place, quorum);
            }
        }
    }

    fn tell_changes(&mut self, now: Instant, changes: &Changes, effects: &mut Vec<Effect>) {
        let config = Arc::clone(&self.config);
        for (place, turn) in &changes.turns {
            if let Some((vs, rs)) = Self::configured_at(&config, *place) {
                let teller = Teller::new(&config, vs);
                turn.report(rs, &teller, true, effects);
                turn.tell(rs, &teller, effects);
                self.save_server(*place, effects);
            }
        }
        for place in &changes.rechecked {
            self.save_server(*place, effects);
        }
        for place in &changes.joined {
            if let Some((vs, rs)) = Self::configured_at(&config, *place)
                && self.is_alive(*place)
                && config.lvs.global.rs_init_notifies
            {
                Teller::new(&config, vs).server(rs, true, false, effects);
            }
        }
        for service in &changes.moved {
            if !changes.new.contains(service) {
                self.follow_address(now, *service, effects);
            }
        }
        for (service, quorum) in &changes.quorums {
            self.tell_quorum(*service, *quorum, false, effects);
        }
        for service in &changes.new {
            self.tell_start(*service, effects);
        }
    }

    /// Marks that are given to other packets than before, or in another way.
    fn reset_marks(&self, old: &Old, effects: &mut Vec<Effect>) {
        let table = self.mark_table();
        if table != old.marks {
            effects.push(Effect::Kernel(Operation::Mark(table)));
            for service in self.places() {
                self.save_service(service, effects);
            }
        }
    }

    fn reset_timeouts(&self, old: &Config, effects: &mut Vec<Effect>) {
        let (was, is) = (old.lvs.global.timeouts, self.config.lvs.global.timeouts);
        if was == is {
            return;
        }
        if was != Timeouts::default() {
            effects.push(Effect::Kernel(Operation::RestoreTimeouts));
        }
        if is != Timeouts::default() {
            effects.push(Effect::Kernel(Operation::SetTimeouts(is)));
        }
    }

    fn reset_sync(&self, old: &Config, effects: &mut Vec<Effect>) {
        let (was, is) = (
            &old.lvs.global.sync_daemon,
            &self.config.lvs.global.sync_daemon,
        );
        if was == is {
            return;
        }
        if was.is_some() {
            Self::stop_sync(effects);
        }
        self.start_sync(effects);
    }
}

/// Tells of those that are in the new configuration no longer.
fn tell_gone(old: &Old, new: &Config, effects: &mut Vec<Effect>) {
    let stays: BTreeMap<&ServiceKey, &VirtualServer> =
        new.lvs.servers.iter().map(|vs| (&vs.key, vs)).collect();
    for (vs, service) in old.config.lvs.servers.iter().zip(&old.services) {
        let teller = Teller::new(&old.config, vs);
        let Some(now) = stays.get(&vs.key) else {
            for (rs, server) in vs.servers.iter().zip(&service.servers) {
                if server.is_alive {
                    effects.push(Effect::Report(teller.of_server(rs, What::Removing)));
                }
            }
            teller.shut_down(service, "Removing", false, effects);
            forget_service(vs, effects);
            continue;
        };
        let kept: BTreeSet<_> = now.servers.iter().map(|rs| (rs.address, rs.port)).collect();
        for (rs, server) in vs.servers.iter().zip(&service.servers) {
            if kept.contains(&(rs.address, rs.port)) {
                continue;
            }
            effects.push(Effect::Report(teller.of_server(rs, What::NoLongerExists)));
            if server.is_alive {
                effects.push(Effect::Report(teller.of_server(rs, What::Removing)));
                teller.server(rs, false, false, effects);
                effects.extend(teller.server_mail(rs, false, "Removing"));
            }
            effects.push(Effect::Forget(key_of(vs, rs)));
        }
    }
}

fn forget_service(vs: &VirtualServer, effects: &mut Vec<Effect>) {
    for rs in &vs.servers {
        effects.push(Effect::Forget(key_of(vs, rs)));
    }
    effects.push(Effect::Forget(SavedKey {
        service: vs.key.clone(),
        server: None,
    }));
}

fn key_of(vs: &VirtualServer, rs: &RealServer) -> SavedKey {
    SavedKey {
        service: vs.key.clone(),
        server: Some(DestinationId {
            address: rs.address,
            port: rs.port,
        }),
    }
}
