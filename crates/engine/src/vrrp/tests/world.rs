//! A link with routers on it: packets take 100 µs, timers are exact, nothing is random.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use vipd_config::model::{Config, Family, Instance, VirtualAddress};

use crate::effect::Transmit;
use crate::event::{Detail, State};
use crate::input::{Interface, PacketMeta, ScriptOutcome};
use crate::vrrp::{InstanceStatus, Router, Snapshot};
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

/// VI_1 on eth0 with VRID 51 and 10.0.0.100.
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
    instance.version = vipd_config::model::Version::V3;
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
        for effect in effects {
            self.perform(node, effect);
        }
    }

    fn perform(&mut self, node: usize, effect: Effect) {
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
            Effect::Send(transmit) if !this.is_cut => {
                self.flying
                    .push((self.now + LATENCY, node, transmit.clone()));
            }
            Effect::Save(snapshot) => {
                this.saved
                    .insert(snapshot.instance.clone(), snapshot.clone());
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

enum Next {
    Arrival(usize),
    Deadline(usize),
}
