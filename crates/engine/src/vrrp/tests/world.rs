//! A link with routers on it: packets take 100 µs, timers are exact, nothing is random.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use vipd_config::model::{Config, Family, Instance, Version, VirtualAddress};

use crate::effect::Transmit;
use crate::event::{Detail, State};
use crate::input::{Interface, PacketMeta, ScriptOutcome};
use crate::vrrp::{InstanceStatus, Router, Snapshot};
use crate::wire::advert::{Addresses, Advert, Body, Cover};
use crate::wire::ipv4;
use crate::{Effect, Event, Input, Instant};

const LATENCY: Duration = Duration::from_micros(100);

/// One router and what it has done.
pub(super) struct Node {
    pub(super) router: Router,
    pub(super) address: Ipv4Addr,
    /// Addresses the kernel would have from it.
    pub(super) held: BTreeSet<IpAddr>,
    /// Everything it asked for, with the time.
    pub(super) effects: Vec<(Instant, Effect)>,
    /// Most addresses it announced in one call.
    pub(super) most_announced: usize,
    /// Its last word on each instance.
    pub(super) saved: BTreeMap<String, Snapshot>,
    /// Neither hears nor speaks.
    pub(super) is_cut: bool,
    /// Does not run: neither timers nor packets reach it.
    pub(super) is_paused: bool,
}

/// A link with routers on it.
pub(super) struct World {
    pub(super) now: Instant,
    pub(super) nodes: Vec<Node>,
    flying: Vec<(Instant, usize, Transmit)>,
}

/// A configuration with one instance.
pub(super) fn config(instance: Instance) -> Config {
    Config {
        instances: vec![instance],
        ..Config::default()
    }
}

/// `VI_1` on eth0 with VRID 51 and 10.0.0.100.
pub(super) fn instance(priority: u8) -> Instance {
    let mut instance = Instance::new("VI_1", "eth0", 51);
    instance.priority = priority;
    instance.addresses = vec![VirtualAddress::new(IpAddr::from([10, 0, 0, 100]))];
    instance
}

/// The same over IPv6 and version 3.
pub(super) fn instance_v6(priority: u8) -> Instance {
    let mut instance = instance(priority);
    instance.family = Family::V6;
    instance.version = Version::V3;
    instance.transport = vipd_config::model::Transport::Multicast {
        group: "ff02::12".parse().unwrap(),
    };
    let addresses = ["fe80::100", "2001:db8::100"];
    instance.addresses = addresses
        .map(|a| VirtualAddress::new(a.parse().unwrap()))
        .into();
    instance
}

/// eth0 of the node with this last byte.
pub(super) fn interface(last: u8) -> Interface {
    Interface {
        name: "eth0".to_owned(),
        index: 2,
        is_up: true,
        arps: true,
        multicasts: true,
        mtu_bytes: 1500,
        mac: vec![2, 0, 0, 0, 0, last],
        ipv4: vec![(Ipv4Addr::new(10, 0, 0, last), 24)],
        ipv6: vec![(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, last.into()), 64)],
    }
}

/// Seconds as a span.
pub(super) fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

impl World {
    /// Nodes 10.0.0.1, 10.0.0.2, … with these configurations; none has started.
    pub(super) fn new(configs: &[Config]) -> Self {
        let node = |(config, last): (&Config, u8)| {
            let mut router = Router::new(config);
            let input = Input::Interface(interface(last));
            router.handle(Instant(0), input, &mut Vec::new());
            Node {
                router,
                address: Ipv4Addr::new(10, 0, 0, last),
                held: BTreeSet::new(),
                effects: Vec::new(),
                most_announced: 0,
                saved: BTreeMap::new(),
                is_cut: false,
                is_paused: false,
            }
        };
        Self {
            now: Instant(1_000_000_000),
            nodes: configs.iter().zip(1_u8..).map(node).collect(),
            flying: Vec::new(),
        }
    }

    /// A world where every node has started.
    pub(super) fn started(configs: &[Config]) -> Self {
        let mut world = Self::new(configs);
        for node in 0..configs.len() {
            world.start(node);
        }
        world
    }

    pub(super) fn start(&mut self, node: usize) {
        self.input(node, Input::Start { restored: vec![] });
    }

    /// Gives a node an input now.
    pub(super) fn input(&mut self, node: usize, input: Input<'_>) {
        let mut effects = Vec::new();
        self.nodes[node]
            .router
            .handle(self.now, input, &mut effects);
        let announced = effects.iter().map(|effect| match effect {
            Effect::Announce(list) => list.len(),
            _ => 0,
        });
        let most = &mut self.nodes[node].most_announced;
        *most = (*most).max(announced.sum());
        for effect in effects {
            self.perform(node, effect);
        }
    }

    fn perform(&mut self, node: usize, effect: Effect) {
        let is_alone = self.nodes.len() == 1;
        let this = &mut self.nodes[node];
        match &effect {
            Effect::AddAddresses { addresses, .. } => {
                this.held
                    .extend(addresses.iter().map(|p| p.address.address));
            }
            Effect::RemoveAddresses { addresses, .. } => {
                for placed in addresses.iter() {
                    this.held.remove(&placed.address.address);
                }
            }
            Effect::Send(transmit) if !this.is_cut && !is_alone => {
                self.flying
                    .push((self.now + LATENCY, node, transmit.clone()));
            }
            Effect::Save(snapshot) => {
                this.saved
                    .insert(snapshot.instance.clone(), Snapshot::clone(snapshot));
            }
            _ => {}
        }
        self.nodes[node].effects.push((self.now, effect));
    }

    /// Lets time pass.
    pub(super) fn run(&mut self, span: Duration) {
        let end = self.now + span;
        while let Some((at, what)) = self.next().filter(|(at, _)| *at <= end) {
            self.now = self.now.max(at);
            match what {
                Next::Arrival(index) => {
                    let (_, from, transmit) = self.flying.remove(index);
                    self.deliver(from, &transmit);
                }
                Next::Deadline(node) => self.input(node, Input::Tick),
            }
        }
        self.now = end;
    }

    fn next(&self) -> Option<(Instant, Next)> {
        let arrivals = self.flying.iter().enumerate();
        let arrivals = arrivals.map(|(index, (at, ..))| (*at, Next::Arrival(index)));
        let running = self.nodes.iter().enumerate().filter(|(_, n)| !n.is_paused);
        let deadlines = running.filter_map(|(index, node)| {
            let (at, _) = node.router.deadline()?;
            Some((at, Next::Deadline(index)))
        });
        arrivals.chain(deadlines).min_by_key(|(at, _)| *at)
    }

    fn deliver(&mut self, from: usize, transmit: &Transmit) {
        let sender = self.nodes[from].address;
        for node in 0..self.nodes.len() {
            let this = &self.nodes[node];
            if node == from || this.is_cut || this.is_paused {
                continue;
            }
            let family = if transmit.to.is_ipv4() {
                Family::V4
            } else {
                Family::V6
            };
            let for_us = transmit.to.is_multicast() || transmit.to == IpAddr::V4(this.address);
            let sockets = this.router.sockets();
            let socket = sockets.iter().find(|socket| socket.family == family);
            let Some(socket) = socket.filter(|_| for_us).map(|socket| socket.id) else {
                continue;
            };
            let source = match family {
                Family::V4 => IpAddr::V4(sender),
                Family::V6 => {
                    let last = sender.octets()[3].into();
                    IpAddr::V6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, last))
                }
            };
            self.packet(node, socket, source, transmit.to, &transmit.bytes);
        }
    }

    /// Gives a node a packet on a socket.
    pub(super) fn packet(
        &mut self,
        node: usize,
        socket: u32,
        source: IpAddr,
        destination: IpAddr,
        bytes: &[u8],
    ) {
        let meta = PacketMeta {
            source,
            destination: Some(destination),
            ttl: Some(255),
        };
        let input = Input::Packet {
            socket,
            meta,
            bytes: Cow::Borrowed(bytes),
        };
        self.input(node, input);
    }

    /// A script of a node ended.
    pub(super) fn script(&mut self, node: usize, script: &str, outcome: ScriptOutcome) {
        let script = script.to_owned();
        self.input(node, Input::ScriptResult { script, outcome });
    }

    /// The state of a node's first instance.
    pub(super) fn state(&self, node: usize) -> State {
        self.status(node).state
    }

    pub(super) fn status(&self, node: usize) -> InstanceStatus {
        self.nodes[node].router.status().remove(0)
    }

    /// States of every node's first instance.
    pub(super) fn states(&self) -> Vec<State> {
        (0..self.nodes.len()).map(|node| self.state(node)).collect()
    }

    /// What a node would have logged with `-D -D` since the last call, and forgets it with
    /// everything else it did.
    pub(super) fn log(&mut self, node: usize) -> Vec<String> {
        let effects = std::mem::take(&mut self.nodes[node].effects);
        let events = effects.iter().filter_map(|(_, effect)| match effect {
            Effect::Report(event) if event.detail() < Detail::Silent => Some(event),
            _ => None,
        });
        events.map(Event::to_string).collect()
    }

    /// Adverts a node has sent: when, and the packets.
    pub(super) fn sent(&self, node: usize) -> Vec<(Instant, Vec<u8>)> {
        let effects = self.nodes[node].effects.iter();
        let sent = effects.filter_map(|(at, effect)| match effect {
            Effect::Send(transmit) => Some((*at, transmit.bytes.clone())),
            _ => None,
        });
        sent.collect()
    }

    /// How many addresses a node has announced.
    pub(super) fn announced(&self, node: usize) -> usize {
        let effects = self.nodes[node].effects.iter();
        let counts = effects.map(|(_, effect)| match effect {
            Effect::Announce(list) => list.len(),
            _ => 0,
        });
        counts.sum()
    }
}

/// A router made by hand: it says what the test wants.
pub(super) struct Peer {
    pub(super) address: IpAddr,
    pub(super) interval: Duration,
    template: Instance,
    id: u16,
}

impl Peer {
    /// Somebody with the same configuration and a higher address.
    pub(super) fn of(instance: &Instance) -> Self {
        Self {
            address: match instance.family {
                Family::V4 => IpAddr::from([10, 0, 0, 9]),
                Family::V6 => "fe80::9".parse().unwrap(),
            },
            interval: instance.advert_interval,
            template: instance.clone(),
            id: 0,
        }
    }

    /// Takes an address below that of every node.
    pub(super) fn move_below(&mut self) {
        self.address = match self.template.family {
            Family::V4 => IpAddr::from([10, 0, 0, 0]),
            Family::V6 => "fe80::".parse().unwrap(),
        };
    }

    /// Sends the first node an advert of this priority.
    pub(super) fn say(&mut self, world: &mut World, priority: u8) {
        let bytes = self.advert(priority);
        self.send(world, &bytes);
    }

    /// Sends the first node these bytes.
    pub(super) fn send(&self, world: &mut World, bytes: &[u8]) {
        let group = match self.template.family {
            Family::V4 => IpAddr::from([224, 0, 0, 18]),
            Family::V6 => "ff02::12".parse().unwrap(),
        };
        let socket = world.nodes[0].router.sockets()[0].id;
        world.packet(0, socket, self.address, group, bytes);
    }

    /// The packet of an advert.
    pub(super) fn advert(&mut self, priority: u8) -> Vec<u8> {
        self.id += 1;
        let list = self.template.addresses.iter().map(|a| a.address);
        let addresses = match self.template.family {
            Family::V4 => Addresses::V4(list.filter_map(|a| a.to_string().parse().ok()).collect()),
            Family::V6 => Addresses::V6(list.filter_map(|a| a.to_string().parse().ok()).collect()),
        };
        let auth = self.template.authentication;
        let body = match self.template.version {
            Version::V2 => Body::V2 {
                auth_type: u8::from(auth.is_some()),
                seconds: u8::try_from(self.interval.as_secs()).unwrap(),
                auth_data: auth.map_or([0; 8], |auth| auth.key),
            },
            Version::V3 => Body::V3 {
                centiseconds: u16::try_from(self.interval.as_millis() / 10).unwrap(),
            },
        };
        let advert = Advert {
            vrid: self.template.vrid,
            priority,
            body,
            addresses,
        };
        packet(&advert, self.address, self.id)
    }
}

/// The packet of an advert to the group as a socket gives it.
pub(super) fn packet(advert: &Advert, source: IpAddr, id: u16) -> Vec<u8> {
    let mut bytes = Vec::new();
    match source {
        IpAddr::V4(source) => {
            let destination = Ipv4Addr::new(224, 0, 0, 18);
            let cover = match advert.body {
                Body::V2 { .. } => Cover::Message,
                Body::V3 { .. } => Cover::PseudoV4 {
                    source,
                    destination,
                },
            };
            let mut message = Vec::new();
            advert.emit(cover, &mut message);
            let header = ipv4::Header {
                header_bytes: 20,
                total_bytes: u16::try_from(20 + message.len()).unwrap(),
                ttl: 255,
                protocol: 112,
                source,
                destination,
            };
            ipv4::emit(&header, id, &mut bytes);
            bytes.extend_from_slice(&message);
        }
        IpAddr::V6(source) => {
            let destination = "ff02::12".parse().unwrap();
            let cover = Cover::PseudoV6 {
                source,
                destination,
            };
            advert.emit(cover, &mut bytes);
        }
    }
    bytes
}

/// Priority in a packet a node has sent, of either family.
pub(super) fn priority_of(packet: &[u8]) -> u8 {
    if packet[0] == 0x45 {
        let ah = if packet[9] == 51 { 24 } else { 0 };
        packet[22 + ah]
    } else {
        packet[2]
    }
}

enum Next {
    Arrival(usize),
    Deadline(usize),
}
