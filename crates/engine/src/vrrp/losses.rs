//! What somebody else removed is put back (section 12).

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use vipd_config::model::Routing;

use super::instance::{Instance, Turn};
use super::router::Router;
use crate::effect::Placed;
use crate::event::{Lost, Note, State};
use crate::{Effect, Instant};

/// What an instance holds is put back so often in [`RESTORE_SPAN`], then it gives way.
const RESTORE_LIMIT: u32 = 3;
/// See [`RESTORE_LIMIT`].
const RESTORE_SPAN: Duration = Duration::from_secs(10);

/// What takes one thing away often takes others with it: so close together it counts as once.
const AT_ONCE: Duration = Duration::from_millis(50);

/// Counts what somebody else removes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Losses {
    /// Begin of the span.
    since: Instant,
    /// The last one that counted, milliseconds after that.
    last_millis: u32,
    /// How many in the span.
    count: u32,
}

impl Losses {
    /// One more; how many that makes.
    fn count(&mut self, now: Instant) -> u32 {
        if now.since(self.since) > RESTORE_SPAN {
            (self.since, self.count) = (now, 0);
        }
        let span = now.since(self.since);
        let last = Duration::from_millis(self.last_millis.into());
        if self.count == 0 || span.saturating_sub(last) > AT_ONCE {
            self.last_millis = u32::try_from(span.as_millis()).unwrap_or(u32::MAX);
            self.count += 1;
        }
        self.count
    }
}

impl Router {
    /// Somebody else removed an address.
    pub(super) fn address_removed(
        &mut self,
        now: Instant,
        interface: &str,
        address: IpAddr,
        effects: &mut Vec<Effect>,
    ) {
        self.statics.lose_address(interface, address, effects);
        let holders = self.holders.range((address, 0)..=(address, u32::MAX));
        let holders: Vec<u32> = holders.map(|(_, id)| *id).collect();
        let restores = self.restores;
        for id in holders {
            if let Some(instance) = self.instances.get_mut(id as usize) {
                let mut turn = self.shared.turn(now, effects);
                instance.lose_address(interface, address, restores, &mut turn);
                self.touched.push(id);
            }
        }
    }

    /// Somebody else removed a route or a rule.
    pub(super) fn routing_removed(
        &mut self,
        now: Instant,
        routing: &Routing,
        effects: &mut Vec<Effect>,
    ) {
        self.statics
            .lose_routing(routing, &self.shared.links, effects);
        let restores = self.restores;
        for instance in &mut self.instances {
            if instance.settings.routing.contains(routing) {
                let mut turn = self.shared.turn(now, effects);
                instance.lose_routing(routing, restores, &mut turn);
                self.touched.push(instance.id);
            }
        }
    }
}

impl Instance {
    /// A VIP was removed: it is put back at once, and announced.
    fn lose_address(
        &mut self,
        interface: &str,
        address: IpAddr,
        restores: bool,
        turn: &mut Turn<'_>,
    ) {
        let is_lost =
            |placed: &&Placed| placed.address.address == address && *placed.interface == *interface;
        let lost = self.settings.every_address().find(is_lost).cloned();
        let Some(placed) = lost.filter(|placed| !placed.address.no_track) else {
            return;
        };
        let lost = Lost::Address {
            address,
            interface: interface.to_owned(),
        };
        if !self.puts_back(lost, restores, turn) {
            return;
        }
        let addresses: Arc<[_]> = [placed].into();
        turn.effects.push(Effect::AddAddresses {
            instance: self.settings.name.clone(),
            addresses: addresses.clone(),
        });
        // The kernel has removed routes that used it as their source, and says nothing of it.
        self.set_routing(turn);
        let rounds = self.settings.garp.master_repeat;
        turn.announcer.order(turn.now, self.id, &addresses, rounds);
    }

    /// A route or a rule was removed: it is put back at once.
    fn lose_routing(&mut self, routing: &Routing, restores: bool, turn: &mut Turn<'_>) {
        if !routing.no_track() && self.puts_back(Lost::routing(routing), restores, turn) {
            turn.effects.push(Effect::AddRouting {
                instance: self.settings.name.clone(),
                routing: [routing.clone()].into(),
            });
        }
    }

    /// Whether what a master has lost is to be put back. If that does not last, or with
    /// `vip_restore off`, the instance gives way for a moment as keepalived does.
    fn puts_back(&mut self, lost: Lost, restores: bool, turn: &mut Turn<'_>) -> bool {
        if self.state() != State::Master {
            return false;
        }
        let count = self.losses.count(turn.now);
        if restores && count <= RESTORE_LIMIT {
            self.note(Note::Restored(lost), turn);
            return true;
        }
        let again = restores;
        self.note(Note::Lost { lost, again }, turn);
        let skew = self.skew();
        self.yield_to(skew, true, turn);
        false
    }
}
