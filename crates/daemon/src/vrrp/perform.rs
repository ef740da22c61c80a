//! What the engine wants is done: packets at once, the rest from the queue.

use std::sync::Arc;

use vipd_engine::event::Lost;
use vipd_engine::{Effect, Instant};
use vipd_linux::Error;
use vipd_linux::clock::monotonic_nanos;

use super::addresses::{Change, placed_address};
use super::announcements::{self, Frame};
use super::firewall::Firewall;
use super::interfaces::Interfaces;
use super::process::Process;
use super::queue::{Part, RoutingPart, Slice, Work};
use super::routing;
use super::sockets::place_of;
use crate::messages::FromVrrp;

/// Most VIPs per slice.
pub(super) const SLICE_MAX: usize = 256;
/// Fewest VIPs per slice.
const SLICE_MIN: usize = 8;

/// Time for slices per turn of the loop, nanoseconds: adverts wait no longer than about this.
const BUDGET: u64 = 2_000_000;

impl Process {
    /// Sends all packets and puts everything else in line: addresses, then announcements, then
    /// reports, each in the order of the effects.
    pub(super) fn perform(&mut self, now: Instant) {
        if self.effects.is_empty() {
            return;
        }
        let (mut announcements, mut reports) = (Vec::new(), Vec::new());
        let mut links = Vec::new();
        let mut sockets_changed = false;
        for effect in self.effects.drain(..) {
            match effect {
                Effect::Send(packet) => self.sockets.push(packet),
                Effect::AddAddresses { addresses, .. } => self.queue.push(Work::Add(addresses)),
                Effect::RemoveAddresses { addresses, .. } => {
                    if !self.keeps_addresses {
                        self.queue.push(Work::Remove(addresses));
                    }
                }
                Effect::Refuse { addresses, .. } => self.queue.push(Work::Refuse(addresses)),
                Effect::Accept { addresses, .. } => self.queue.push(Work::Accept(addresses)),
                Effect::AddRouting { routing, .. } => self.queue.push(Work::AddRouting(routing)),
                Effect::RemoveRouting { routing, .. } => {
                    if !self.keeps_addresses {
                        self.queue.push(Work::RemoveRouting(routing));
                    }
                }
                Effect::MakeLink(wanted) => links.push(wanted),
                Effect::RemoveLink(name) => {
                    if !self.keeps_addresses {
                        self.virtual_links.will_go(&name);
                        self.queue.push(Work::RemoveLink(name));
                    }
                }
                Effect::Announce(placed) => announcements.push(Work::Announce(placed)),
                Effect::Report(event) => reports.push(tell(FromVrrp::Report { at: now, event })),
                Effect::Save(snapshot) => reports.push(tell(FromVrrp::Save(snapshot))),
                Effect::SocketsChanged => sockets_changed = true,
                Effect::Stopped => reports.push(Work::End),
            }
        }
        for wanted in links {
            self.make_link(&wanted);
        }
        // New sockets before the packets, which may need them; old ones go after the last
        // packets that still need them.
        if sockets_changed {
            self.open_sockets();
        }
        self.send();
        if sockets_changed {
            self.sockets.close_others(&self.router.sockets());
        }
        self.queue.extend(announcements);
        self.queue.extend(reports);
    }

    fn open_sockets(&mut self) {
        let wanted = self.router.sockets();
        let (parent, troubles) = (&mut self.parent, &mut self.troubles);
        self.sockets.open(wanted, &self.poll, &mut |spec, error| {
            if troubles.is_new(place_of(spec), "open") {
                parent.tell(&FromVrrp::Trouble(error.to_string()));
            }
        });
    }

    /// Tries again what could not be opened; an interface has changed.
    pub(super) fn retry_sockets(&mut self) {
        let (parent, troubles) = (&mut self.parent, &mut self.troubles);
        self.sockets.retry(&self.poll, &mut |spec, error| {
            if troubles.is_new(place_of(spec), "open") {
                parent.tell(&FromVrrp::Trouble(error.to_string()));
            }
        });
    }

    fn send(&mut self) {
        let (parent, troubles) = (&mut self.parent, &mut self.troubles);
        let interfaces = &self.kernel.interfaces;
        self.sockets.send(&mut self.sender, &mut |spec, error| {
            let place = place_of(spec);
            // A farewell is tried on a dead link too; that it fails is no news.
            let is_dead = spec.interface.is_some()
                && !interfaces.by_name(place).is_some_and(|link| link.is_up);
            if !is_dead && troubles.is_new(place, &format!("send {}", error.kind())) {
                let text = format!("cannot send adverts on {place}: {error}");
                parent.tell(&FromVrrp::Trouble(text));
            }
        });
    }

    /// Works off the queue for a while; whether the process has left.
    pub(super) fn work(&mut self) -> Result<bool, Error> {
        if self.queue.is_empty() {
            return Ok(false);
        }
        let until = monotonic_nanos() + BUDGET;
        while let Some(slice) = self.queue.next(self.slice) {
            match slice {
                Slice::Addresses(parts) => self.change_addresses(&parts)?,
                Slice::Routing(parts) => self.change_routing(&parts)?,
                Slice::Refuse(addresses) => {
                    self.change_firewall(|firewall, on| firewall.refuse(&addresses, on));
                }
                Slice::Accept(addresses) => {
                    self.change_firewall(|firewall, on| firewall.accept(&addresses, on));
                }
                Slice::ReleaseFirewall => self.change_firewall(Firewall::release),
                Slice::Announce(parts) => self.announce(&parts),
                Slice::RemoveLink(name) => self.remove_link(&name),
                Slice::Tell(message) => self.parent.tell(&message),
                Slice::End => {
                    self.change_firewall(|firewall, _| firewall.close());
                    self.close_settings();
                    return Ok(true);
                }
            }
            if monotonic_nanos() > until {
                break;
            }
        }
        Ok(false)
    }

    fn change_addresses(&mut self, parts: &[Part]) -> Result<(), Error> {
        let begun = monotonic_nanos();
        let mut changes = Vec::with_capacity(self.slice);
        for part in parts {
            for placed in part.placed() {
                match placed_address(placed, &self.kernel.interfaces) {
                    Some(address) if part.removes => changes.push(Change::Remove(address)),
                    Some(address) => changes.push(Change::Add(address)),
                    None if part.removes => {}
                    None => {
                        let place =
                            format!("add {} to {}", placed.address.address, placed.interface);
                        self.trouble(&place, "there is no such interface");
                    }
                }
            }
        }
        let mut failures = Vec::new();
        let route = &mut self.kernel.route;
        self.addresses
            .apply(route, &changes, &mut |change, error| {
                failures.push((change.place(), error.to_string()));
            })?;
        for ((doing, index), what) in failures {
            let name = self.kernel.interfaces.name_of(index).unwrap_or("?");
            let place = format!("{doing} {name}");
            self.trouble(&place, &what);
        }
        self.fit_slice(changes.len(), monotonic_nanos() - begun);
        Ok(())
    }

    /// Has rules of nftables changed.
    pub(super) fn change_firewall(
        &mut self,
        change: impl FnOnce(&mut Firewall, &Interfaces) -> std::io::Result<()>,
    ) {
        match change(&mut self.firewall, &self.kernel.interfaces) {
            Ok(()) => self.troubles.forget("change rules of nftables"),
            Err(error) => self.trouble("change rules of nftables", &error.to_string()),
        }
    }

    fn change_routing(&mut self, parts: &[RoutingPart]) -> Result<(), Error> {
        let begun = monotonic_nanos();
        let changes: Vec<routing::Change<'_>> = parts
            .iter()
            .flat_map(|part| {
                let removes = part.removes;
                part.list()
                    .map(move |routing| routing::Change { removes, routing })
            })
            .collect();
        let mut failures = Vec::new();
        let kernel = &mut self.kernel;
        self.routing.apply(
            &mut kernel.route,
            &kernel.interfaces,
            &changes,
            &mut |change, what| {
                let doing = if change.removes { "remove" } else { "add" };
                let place = format!("{doing} {}", Lost::routing(change.routing));
                failures.push((place, what.to_owned()));
            },
        )?;
        for (place, what) in failures {
            self.trouble(&place, &what);
        }
        self.fit_slice(changes.len(), monotonic_nanos() - begun);
        Ok(())
    }

    /// Makes slices larger or smaller, so that one takes about half the budget.
    fn fit_slice(&mut self, count: usize, nanos: u64) {
        if nanos > BUDGET {
            self.slice = (self.slice / 2).max(SLICE_MIN);
        } else if count >= self.slice && nanos < BUDGET / 2 {
            self.slice = (self.slice * 2).min(SLICE_MAX);
        }
    }

    fn announce(&mut self, parts: &[Part]) {
        let frames: Vec<Frame> = parts
            .iter()
            .flat_map(Part::placed)
            .filter_map(|placed| Frame::of(placed, &self.kernel.interfaces))
            .collect();
        let (parent, troubles) = (&mut self.parent, &mut self.troubles);
        let socket = &self.kernel.frames;
        announcements::send(socket, &mut self.sender, &frames, &mut |error| {
            if troubles.is_new("announcements", &error.kind().to_string()) {
                let text = format!("cannot announce virtual addresses: {error}");
                parent.tell(&FromVrrp::Trouble(text));
            }
        });
    }
}

fn tell(message: FromVrrp) -> Work {
    Work::Tell(Arc::new(message))
}
