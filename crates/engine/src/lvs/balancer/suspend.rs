//! `ha_suspend`: no checks while the address of a service is on another node.

use std::net::IpAddr;

use super::service::Service;
use super::{Balancer, Life};
use crate::Instant;
use crate::lvs::{Effect, What};

impl Balancer {
    /// An address came to this node, or left it.
    pub(super) fn address(
        &mut self,
        now: Instant,
        address: IpAddr,
        is_here: bool,
        effects: &mut Vec<Effect>,
    ) {
        let is_new = if is_here {
            self.heard.here.insert(address)
        } else {
            self.heard.here.remove(&address)
        };
        if !is_new || self.life != Life::Running {
            return;
        }
        for service in self.places() {
            if self.look_where(service) {
                self.follow_address(now, service, effects);
            }
        }
    }

    /// Looks whether the checks of a virtual server rest; returns whether that is new.
    pub(super) fn look_where(&mut self, place: u32) -> bool {
        let vs = Self::configured(&self.config, place).filter(|vs| vs.ha_suspend);
        let Some(service) = self.services.get_mut(place as usize) else {
            return false;
        };
        let (lvs, here) = (&self.config.lvs, &self.heard.here);
        let is_suspended = vs.is_some_and(|vs| !Service::is_among(vs, lvs, here));
        std::mem::replace(&mut service.is_suspended, is_suspended) != is_suspended
    }

    /// The checks of a virtual server rest from now on, or rest no longer.
    pub(super) fn follow_address(&mut self, now: Instant, place: u32, effects: &mut Vec<Effect>) {
        let Some(service) = self.services.get(place as usize) else {
            return;
        };
        let is_suspended = service.is_suspended;
        let checks = service
            .servers
            .iter()
            .flat_map(|server| server.checks.iter());
        let checks: Vec<_> = checks.copied().collect();
        self.tell_checks(place, &What::Suspended, |_| true, effects);
        for id in checks {
            if is_suspended {
                self.abandon(id, effects);
            } else {
                self.resume(now, id);
            }
        }
    }
}
