//! What a configuration asks for: services, and checks that are shared where they are equal.

use std::collections::BTreeMap;
use std::sync::Arc;

use vipd_config::model::Config;
use vipd_config::model::lvs::{Checker, RealServer};

use super::check::{Check, Phase, Place, Standing};
use super::checks::Sameness;
use super::service::{Server, Service};
use super::{Balancer, CheckId, Instant};

impl Balancer {
    /// Takes a configuration for the first time.
    pub(super) fn plan(&mut self, config: Arc<Config>) {
        let mut known = BTreeMap::new();
        self.marks.assign(&config.lvs);
        for (service, vs) in (0..).zip(&config.lvs.servers) {
            let mut planned = Service::new(vs, &config.lvs, self.marks.of(&vs.key));
            let suspended_with = vs.ha_suspend.then_some(service);
            for (server, rs) in (0..).zip(&vs.servers) {
                let place = Place { service, server };
                let server = self.plan_server(rs, place, suspended_with, &mut known, None);
                planned.servers.push(server);
            }
            self.services.push(planned);
        }
        self.config = config;
        self.index();
    }

    /// Who stands behind which service of the kernel.
    pub(super) fn index(&mut self) {
        self.owners.clear();
        for (place, service) in (0..).zip(&self.services) {
            for id in &service.ids {
                self.owners.entry(*id).or_default().push(place);
            }
        }
    }

    /// A real server with its checks: those that are known, or new ones.
    pub(super) fn plan_server(
        &mut self,
        rs: &RealServer,
        place: Place,
        suspended_with: Option<u32>,
        known: &mut BTreeMap<Sameness, CheckId>,
        before: Option<&Server>,
    ) -> Server {
        let checks = rs.checkers.iter();
        let checks = checks.map(|checker| {
            let id = self.plan_check(checker, suspended_with, known, before);
            if let Some(check) = self.checks.get_mut(id) {
                check.users.push(place);
            }
            id
        });
        Server {
            checks: checks.collect(),
            is_alive: before.is_some_and(|before| before.is_alive),
            weight: before.map_or(rs.weight, |before| before.weight),
        }
    }

    fn plan_check(
        &mut self,
        checker: &Checker,
        suspended_with: Option<u32>,
        known: &mut BTreeMap<Sameness, CheckId>,
        before: Option<&Server>,
    ) -> CheckId {
        let mut check = Check::new(checker, suspended_with);
        let sameness = Sameness::of(&check);
        if let Some(sameness) = &sameness
            && let Some(id) = known.get(sameness)
        {
            return *id;
        }
        if let Some(before) = before {
            let own = before.checks.iter();
            let own = own.filter_map(|id| Some((*id, self.checks.get(*id)?)));
            let alike: Vec<(CheckId, &Check)> =
                own.filter(|(_, other)| other.kind == check.kind).collect();
            let same = alike.iter().find(|(_, other)| {
                sameness.is_none() && other.schedule == check.schedule && other.users.is_empty()
            });
            if let Some((id, _)) = same {
                return *id;
            }
            check.standing = match alike.first() {
                Some((_, other)) => other.standing,
                // Until it has run the server stays as it is.
                None if check.asks() => Standing {
                    is_up: before.is_alive,
                    ..check.standing
                },
                None => check.standing,
            };
        }
        let id = self.checks.add(check);
        if let Some(sameness) = sameness {
            known.insert(sameness, id);
        }
        id
    }

    /// A check that should be made and is not is made from now on: after a while that spreads
    /// those of a start in time.
    pub(super) fn activate(&mut self, now: Instant, id: CheckId) {
        self.schedule(now + super::start::FIRST_AFTER, id);
    }

    /// The same for one that rested: without the while that a start leaves everything.
    pub(super) fn resume(&mut self, now: Instant, id: CheckId) {
        self.schedule(now, id);
    }

    fn schedule(&mut self, from: Instant, id: CheckId) {
        let Some(check) = self.checks.get(id) else {
            return;
        };
        let is_suspended = |service: u32| {
            let service = self.services.get(service as usize);
            service.is_some_and(|service| service.is_suspended)
        };
        let rests = check.suspended_with.is_some_and(is_suspended);
        if check.asks() && check.phase == Phase::Idle && !rests {
            let at = from + self.spread.within(check.schedule.warmup);
            self.checks.set_phase(id, Phase::Waiting(at));
        }
    }
}
