//! What nodes want done, done to this world: packets, addresses, announcements.

use std::net::IpAddr;
use std::sync::Arc;

use vipd_config::model::Family;
use vipd_engine::effect::{Placed, Transmit};
use vipd_engine::input::PacketMeta;
use vipd_engine::{Effect, Input};

use crate::frame::Frame;
use crate::node::{NicState, Node, Waiting};
use crate::record::What;
use crate::world::{Pending, World};

impl World {
    /// Does one thing that the engine of a node wants.
    pub(crate) fn perform(&mut self, node: usize, effect: Effect) {
        match effect {
            Effect::Send(transmit) => self.send(node, transmit),
            Effect::AddAddresses { addresses, .. } => self.add(node, &addresses),
            Effect::RemoveAddresses { addresses, .. } => self.remove(node, &addresses),
            Effect::AddRouting { routing, .. } => {
                let there = &mut self.nodes[node].routing;
                for one in routing.iter() {
                    if !there.contains(one) {
                        there.push(one.clone());
                    }
                }
            }
            Effect::RemoveRouting { routing, .. } => {
                let there = &mut self.nodes[node].routing;
                there.retain(|one| !routing.contains(one));
            }
            Effect::Announce(addresses) => self.announce(node, &addresses),
            Effect::Report(event) => self.record(Some(node), What::Report(event)),
            Effect::Save(snapshot) => {
                let name = snapshot.instance.clone();
                self.nodes[node].saved.insert(name, *snapshot);
            }
            Effect::SocketsChanged => {
                if let Some(router) = &self.nodes[node].process {
                    self.nodes[node].sockets = router.sockets();
                }
            }
            // Nothing here talks to VIPs or depends on hardware addresses: machines are made
            // without.
            Effect::Refuse { .. }
            | Effect::Accept { .. }
            | Effect::MakeLink(_)
            | Effect::RemoveLink(_)
            | Effect::Stopped => {}
        }
    }

    fn send(&mut self, node: usize, transmit: Transmit) {
        let (nic, segment, left) = match out_of(&self.nodes[node], transmit.socket) {
            Ok((name, nic)) => (
                name.clone(),
                nic.segment.clone(),
                self.nodes[node].nic_is_up(name),
            ),
            Err(message) => return self.record(Some(node), What::BadPacket(message)),
        };
        let to = transmit.to;
        let socket = self.nodes[node].sockets.iter();
        let socket = { socket }.find(|spec| spec.id == transmit.socket);
        let read = Frame::sent(node, segment, socket, transmit);
        let frame = match read {
            Ok(frame) => Arc::new(frame),
            Err(message) => return self.record(Some(node), What::BadPacket(message)),
        };
        let advert = frame.advert;
        self.record(Some(node), What::Sent { to, left, advert });
        for (receiver, its_nic) in self.receivers(&frame, &nic) {
            let arrivals = if left {
                self.network.carry(self.now, &frame.segment, node, receiver)
            } else {
                Vec::new()
            };
            if arrivals.is_empty() {
                self.record(
                    Some(node),
                    What::Lost {
                        to: receiver,
                        advert,
                    },
                );
            }
            for at in arrivals {
                let frame = match self.network.spoil(&frame.bytes, frame.header_bytes()) {
                    Some(bytes) => Arc::new(Frame {
                        bytes,
                        spoiled: true,
                        ..(*frame).clone()
                    }),
                    None => frame.clone(),
                };
                self.later(at, Pending::Arrive(receiver, its_nic.clone(), frame));
            }
        }
    }

    /// Nodes that a packet is for, each with the interface where it comes in. Multicast reaches
    /// everybody on the segment but the sender; unicast whoever has the address as its own.
    fn receivers(&self, frame: &Frame, sender_nic: &str) -> Vec<(usize, String)> {
        let mut found = Vec::new();
        for (number, node) in self.nodes.iter().enumerate() {
            for (name, nic) in &node.nics {
                let is_sender = number == frame.from && name == sender_nic;
                let reached = if frame.to.is_multicast() {
                    nic.segment == frame.segment
                } else {
                    nic.owns(frame.to)
                };
                if reached && !is_sender {
                    found.push((number, name.clone()));
                }
            }
        }
        found
    }

    /// A packet comes to an interface.
    pub(crate) fn arrive(&mut self, node: usize, nic: String, frame: &Arc<Frame>) {
        let receiver = &mut self.nodes[node];
        let lost = !receiver.powered || !receiver.nic_is_up(&nic) || !receiver.runs();
        let lost = lost
            || if receiver.paused_until.is_some() {
                !receiver.keep(Waiting::Frame(nic, frame.clone()))
            } else {
                self.hear(node, &nic, frame);
                false
            };
        if lost {
            let advert = frame.advert;
            self.record(Some(frame.from), What::Lost { to: node, advert });
            self.inspect();
        }
    }

    /// A node takes a packet from its sockets, as the kernel hands copies to each that fits.
    pub(crate) fn hear(&mut self, node: usize, nic: &str, frame: &Frame) {
        let family = if frame.to.is_ipv4() {
            Family::V4
        } else {
            Family::V6
        };
        let fits = |group: Option<IpAddr>, source: Option<IpAddr>| {
            if frame.to.is_multicast() {
                group == Some(frame.to)
            } else {
                source.is_none_or(|bound| bound == frame.to)
            }
        };
        let index = self.nodes[node].nics.get(nic).map(|nic| nic.index);
        let sockets: Vec<u32> = self.nodes[node]
            .sockets
            .iter()
            .filter(|s| {
                s.interface
                    .as_ref()
                    .is_none_or(|(_, bound)| Some(*bound) == index)
            })
            .filter(|s| (s.family, s.protocol) == (family, frame.protocol))
            .filter(|s| fits(s.group, s.source))
            .map(|s| s.id)
            .collect();
        let meta = PacketMeta {
            source: frame.advert.source,
            destination: Some(frame.to),
            ttl: Some(frame.ttl),
        };
        let refused_before = self.nodes[node].refused();
        for &socket in &sockets {
            let bytes = frame.bytes.as_slice().into();
            self.give(
                node,
                Input::Packet {
                    socket,
                    meta,
                    bytes,
                },
            );
        }
        if frame.spoiled {
            let (to, advert) = (node, frame.advert);
            self.record(Some(frame.from), What::Lost { to, advert });
            self.inspect();
        } else if !sockets.is_empty() {
            let refused = self.nodes[node].refused();
            for instance in instances_for(&self.nodes[node], nic, frame) {
                let (from, advert) = (frame.from, frame.advert);
                // A signature out of order: by chance of the network, or of a clock.
                if refused.get(instance) == refused_before.get(instance) {
                    let what = What::Heard {
                        instance,
                        from,
                        advert,
                    };
                    self.record(Some(node), what);
                } else {
                    self.record(Some(from), What::Lost { to: node, advert });
                }
            }
            self.inspect();
        }
    }

    fn add(&mut self, node: usize, addresses: &[Placed]) {
        for placed in addresses {
            let address = placed.address.address;
            let Some(nic) = self.nodes[node].nics.get_mut(&*placed.interface) else {
                continue;
            };
            if nic.has(address) || !nic.is_there {
                continue;
            }
            nic.added.push((address, placed.address.prefix_len));
            let nic = placed.interface.to_string();
            self.interface_changed(node, &nic);
            self.record(Some(node), What::AddressAdded { nic, address });
        }
    }

    fn remove(&mut self, node: usize, addresses: &[Placed]) {
        for placed in addresses {
            let address = placed.address.address;
            if self
                .take_address(node, &placed.interface, address)
                .is_some()
            {
                let nic = placed.interface.to_string();
                self.record(Some(node), What::AddressRemoved { nic, address });
            }
        }
    }

    /// Takes an address off an interface; its prefix length when it was there.
    pub(crate) fn take_address(&mut self, node: usize, nic: &str, address: IpAddr) -> Option<u8> {
        let added = &mut self.nodes[node].nics.get_mut(nic)?.added;
        let at = added.iter().position(|&(a, _)| a == address)?;
        let (_, prefix_len) = added.remove(at);
        self.interface_changed(node, nic);
        Some(prefix_len)
    }

    fn announce(&mut self, node: usize, addresses: &[Placed]) {
        for placed in addresses {
            let Some(nic) = self.nodes[node].nics.get(&*placed.interface) else {
                continue;
            };
            let address = placed.address.address;
            if nic.is_there && nic.is_up {
                let key = (nic.segment.clone(), address);
                self.announced.insert(key, (node, self.now));
                let nic = placed.interface.to_string();
                self.record(Some(node), What::Announced { nic, address });
            }
        }
    }
}

/// The interface that a socket of a node sends out of.
fn out_of(node: &Node, socket: u32) -> Result<(&String, &NicState), String> {
    let spec = node
        .sockets
        .iter()
        .find(|spec| spec.id == socket)
        .ok_or_else(|| format!("socket {socket} is not wanted"))?;
    let nic = match &spec.interface {
        Some((name, index)) => {
            let stale = |(_, nic): &(&String, &NicState)| nic.is_there && nic.index != *index;
            let nic = node.nics.get_key_value(name);
            if nic.as_ref().is_some_and(stale) {
                return Err(format!("socket {socket} is bound to an earlier {name}"));
            }
            nic
        }
        None => node
            .nics
            .iter()
            .find(|(_, nic)| spec.source.is_some_and(|s| nic.has(s))),
    };
    nic.ok_or_else(|| format!("socket {socket} has no interface"))
}

/// The instances of a node that a packet is meant for.
fn instances_for(node: &Node, nic: &str, frame: &Frame) -> Vec<usize> {
    let meant = |&index: &usize| {
        let instance = &node.config.instances[index];
        let multicast = matches!(
            instance.transport,
            vipd_config::model::Transport::Multicast { .. }
        );
        instance.vrid == frame.advert.vrid
            && (instance.family == Family::V4) == frame.to.is_ipv4()
            && multicast == frame.to.is_multicast()
            && node.nic_of(index).is_some_and(|(name, _)| name == nic)
    };
    (0..node.config.instances.len()).filter(meant).collect()
}
