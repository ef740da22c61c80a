//! Static addresses, routes and rules: there from start to stop, put back when others remove them.

use std::net::IpAddr;
use std::sync::Arc;

use vipd_config::model::{self, Routing};

use super::links::Links;
use crate::Effect;
use crate::effect::Placed;
use crate::event::{Event, Lost};

/// What is there from start to stop.
#[derive(Clone, Debug)]
pub(super) struct Statics {
    addresses: Arc<[Placed]>,
    routing: Arc<[Routing]>,
    /// In place of the name of an instance.
    owner: Arc<str>,
}

impl Default for Statics {
    fn default() -> Self {
        Self::new(&model::Statics::default())
    }
}

impl Statics {
    pub(super) fn new(config: &model::Statics) -> Self {
        let placed = config.addresses.iter().filter_map(|address| {
            Some(Placed {
                interface: Arc::from(address.interface.as_deref()?),
                address: address.clone(),
            })
        });
        Self {
            addresses: placed.collect(),
            routing: config.routing.iter().cloned().collect(),
            owner: Arc::from(""),
        }
    }

    /// Has everything added: addresses, routes, rules.
    pub(super) fn add(&self, effects: &mut Vec<Effect>) {
        self.put(self.addresses.clone(), self.routing.clone(), effects);
    }

    /// Has everything taken away, in the other order.
    pub(super) fn remove(&self, effects: &mut Vec<Effect>) {
        self.take(self.addresses.clone(), self.routing.clone(), effects);
    }

    /// Goes on with these: only what differs is touched.
    pub(super) fn replace(&mut self, new: Self, effects: &mut Vec<Effect>) {
        let old = std::mem::replace(self, new);
        let missing = |a: &Self, b: &Self| {
            let addresses = a.addresses.iter();
            let addresses = addresses.filter(|placed| !b.addresses.contains(placed));
            let routing = a.routing.iter().filter(|one| !b.routing.contains(one));
            (addresses.cloned().collect(), routing.cloned().collect())
        };
        let (addresses, routing) = missing(&old, self);
        self.take(addresses, routing, effects);
        let (addresses, routing) = missing(self, &old);
        self.put(addresses, routing, effects);
    }

    /// An interface is up again: what the kernel took away with it comes back.
    pub(super) fn restore_on(&self, interface: &str, effects: &mut Vec<Effect>) {
        let addresses = self.addresses.iter();
        let addresses = addresses.filter(|placed| *placed.interface == *interface);
        let routing = self.routing.iter();
        let routing = routing.filter(|one| one.interfaces().any(|name| name == interface));
        let (addresses, routing) = (addresses.cloned().collect(), routing.cloned().collect());
        self.put(addresses, routing, effects);
    }

    /// Somebody else removed an address.
    pub(super) fn lose_address(&self, interface: &str, address: IpAddr, effects: &mut Vec<Effect>) {
        let is_it =
            |placed: &&Placed| placed.address.address == address && *placed.interface == *interface;
        let Some(placed) = self.addresses.iter().find(is_it) else {
            return;
        };
        if placed.address.no_track {
            return;
        }
        let interface = interface.to_owned();
        tell(Lost::Address { address, interface }, effects);
        // The kernel has removed routes that used it as their source, and says nothing of it.
        self.put([placed.clone()].into(), self.routing.clone(), effects);
    }

    /// Somebody else removed a route or a rule.
    pub(super) fn lose_routing(&self, routing: &Routing, links: &Links, effects: &mut Vec<Effect>) {
        // What is down is added when it comes up.
        let is_up = routing.interfaces().all(|name| links.is_up(name));
        if is_up && !routing.no_track() && self.routing.contains(routing) {
            tell(Lost::routing(routing), effects);
            self.put([].into(), [routing.clone()].into(), effects);
        }
    }

    fn put(&self, addresses: Arc<[Placed]>, routing: Arc<[Routing]>, effects: &mut Vec<Effect>) {
        let instance = self.owner.clone();
        if !addresses.is_empty() {
            effects.push(Effect::AddAddresses {
                instance: instance.clone(),
                addresses,
            });
        }
        if !routing.is_empty() {
            effects.push(Effect::AddRouting { instance, routing });
        }
    }

    fn take(&self, addresses: Arc<[Placed]>, routing: Arc<[Routing]>, effects: &mut Vec<Effect>) {
        let instance = self.owner.clone();
        if !routing.is_empty() {
            effects.push(Effect::RemoveRouting {
                instance: instance.clone(),
                routing,
            });
        }
        if !addresses.is_empty() {
            effects.push(Effect::RemoveAddresses {
                instance,
                addresses,
            });
        }
    }
}

fn tell(lost: Lost, effects: &mut Vec<Effect>) {
    effects.push(Effect::Report(Event::StaticRestored(lost)));
}
