//! `ha_suspend`: no checks while the address of a service is on another node.

use std::net::IpAddr;
use std::sync::Arc;

use super::check::Phase;
use super::service::Service;
use super::telling::Teller;
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
        let config = Arc::clone(&self.config);
        let Some(vs) = Self::configured(&config, place) else {
            return;
        };
        let Some(service) = self.services.get(place as usize) else {
            return;
        };
        let is_suspended = service.is_suspended;
        let lists: Vec<_> = service.servers.iter().map(|s| s.checks.clone()).collect();
        let teller = Teller::new(&config, vs);
        for (rs, checks) in vs.servers.iter().zip(lists) {
            if !checks.is_empty() {
                let what = if is_suspended {
                    What::Suspended
                } else {
                    What::Activated
                };
                effects.push(Effect::Report(teller.of_server(rs, what)));
            }
            for id in checks {
                if is_suspended {
                    self.abandon(id, effects);
                } else if self.checks.get(id).is_some_and(|c| c.phase == Phase::Idle) {
                    self.activate(now, id);
                }
            }
        }
    }
}
