//! A pair of nodes with a sync group over two networks, and everything that can happen to it, in
//! every order up to a number of events: in the end the members are together, and the better one
//! of those that can be master is master, alone.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use vipd_config::model::{Config, SyncGroup, VirtualAddress};

use super::world::{config, instance, interface, seconds};
use crate::event::State::{self, Backup, Fault, Master};
use crate::input::PacketMeta;
use crate::vrrp::{Router, SocketSpec};
use crate::{Effect, Input, Instant};

const NETWORKS: [&str; 2] = ["eth0", "eth1"];
/// Each more takes ten times as long. 5, which are 111,111 courses, were tried once.
const EVENTS: u32 = 3;
const LATENCY: Duration = Duration::from_micros(300);
/// Longest that a pair may take to find its end: the down time of both, one after the other.
const SETTLES: Duration = Duration::from_secs(10);

/// What can happen.
#[derive(Clone, Copy, Debug)]
enum Happening {
    /// An interface of a node goes down, or comes up again.
    Link {
        node: usize,
        network: usize,
    },
    /// A network carries nothing any more, or carries again.
    Cut {
        network: usize,
    },
    /// The daemon of a node dies, and another one starts.
    Crash {
        node: usize,
    },
    Wait(Duration),
}

/// Two nodes and two networks between them.
#[derive(Clone)]
struct Pair {
    now: Instant,
    configs: [Config; 2],
    routers: [Router; 2],
    is_up: [[bool; 2]; 2],
    is_cut: [bool; 2],
    flying: Vec<(Instant, usize, usize, Vec<u8>)>,
}

fn grouped(priority: u8) -> Config {
    let mut grouped = config(instance(priority));
    let mut second = instance(priority);
    second.name = "VI_2".to_owned();
    second.vrid = 52;
    second.interface = Some(NETWORKS[1].to_owned());
    second.addresses = vec![VirtualAddress::new([10, 2, 0, 100].into())];
    grouped.instances.push(second);
    grouped.sync_groups = vec![SyncGroup {
        name: "G".to_owned(),
        members: vec!["VI_1".to_owned(), "VI_2".to_owned()],
        ..SyncGroup::default()
    }];
    grouped
}

fn address(node: usize) -> Ipv4Addr {
    Ipv4Addr::new(10, 0, 0, if node == 0 { 1 } else { 2 })
}

fn network_of(socket: &SocketSpec) -> Option<usize> {
    let (name, _) = socket.interface.as_ref()?;
    NETWORKS.iter().position(|network| network == name)
}

impl Pair {
    /// Node 0 is the better one. Both have started.
    fn new() -> Self {
        let configs = [grouped(150), grouped(100)];
        let mut pair = Self {
            now: Instant(1_000_000_000),
            routers: configs.each_ref().map(Router::new),
            configs,
            is_up: [[true; 2]; 2],
            is_cut: [false; 2],
            flying: Vec::new(),
        };
        (0..2).for_each(|node| pair.start(node));
        pair
    }

    fn start(&mut self, node: usize) {
        self.routers[node] = Router::new(&self.configs[node]);
        (0..2).for_each(|network| self.tell_link(node, network));
        self.input(node, Input::Start { restored: vec![] });
    }

    fn tell_link(&mut self, node: usize, network: usize) {
        let mut told = interface(address(node).octets()[3]);
        NETWORKS[network].clone_into(&mut told.name);
        told.index += u32::from(network == 1);
        told.is_up = self.is_up[node][network];
        self.input(node, Input::Interface(told));
    }

    fn input(&mut self, node: usize, input: Input<'_>) {
        let mut effects = Vec::new();
        self.routers[node].handle(self.now, input, &mut effects);
        for effect in effects {
            let Effect::Send(transmit) = effect else {
                continue;
            };
            let sockets = self.routers[node].sockets();
            let socket = sockets.iter().find(|socket| socket.id == transmit.socket);
            let on = socket.and_then(network_of);
            let Some(network) = on.filter(|on| self.is_up[node][*on] && !self.is_cut[*on]) else {
                continue;
            };
            let at = self.now + LATENCY;
            self.flying.push((at, node, network, transmit.bytes));
        }
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Link { node, network } => {
                self.is_up[node][network] ^= true;
                self.tell_link(node, network);
            }
            Happening::Cut { network } => self.is_cut[network] ^= true,
            Happening::Crash { node } => self.start(node),
            Happening::Wait(span) => self.run(span),
        }
    }

    fn run(&mut self, span: Duration) {
        let end = self.now + span;
        loop {
            let arrival = self.flying.first().map(|(at, ..)| *at);
            let deadline = |node: usize| Some((self.routers[node].deadline()?.0, node));
            let due = [0, 1].into_iter().filter_map(deadline).min();
            let due = due.filter(|(at, _)| *at <= end);
            match (arrival.filter(|at| *at <= end), due) {
                (Some(at), due) if due.is_none_or(|(first, _)| at <= first) => {
                    self.now = self.now.max(at);
                    self.arrive();
                }
                (_, Some((at, node))) => {
                    self.now = self.now.max(at);
                    self.input(node, Input::Tick);
                }
                (_, None) => break,
            }
        }
        self.now = end;
    }

    fn arrive(&mut self) {
        let (_, from, network, bytes) = self.flying.remove(0);
        let to = 1 - from;
        let sockets = self.routers[to].sockets();
        let socket = sockets.iter().find(|s| network_of(s) == Some(network));
        let Some(socket) = socket.filter(|_| self.is_up[to][network]).map(|s| s.id) else {
            return;
        };
        let meta = PacketMeta {
            source: IpAddr::V4(address(from)),
            destination: Some(IpAddr::V4(Ipv4Addr::new(224, 0, 0, 18))),
            ttl: Some(255),
        };
        let bytes = Cow::Owned(bytes);
        self.input(
            to,
            Input::Packet {
                socket,
                meta,
                bytes,
            },
        );
    }

    /// States of the members, by node.
    fn states(&self) -> [Vec<State>; 2] {
        let states = |router: &Router| router.standings().map(|(state, _)| state).collect();
        self.routers.each_ref().map(states)
    }

    /// What the states must be once everything has settled.
    fn expected(&self) -> [Vec<State>; 2] {
        let fit = self.is_up.map(|links| links == [true; 2]);
        // A member that hears a better master holds the others back.
        let hears = self.is_cut != [true; 2];
        let state = |node: usize| match (fit[node], node) {
            (false, _) => Fault,
            (true, 0) => Master,
            (true, _) if fit[0] && hears => Backup,
            (true, _) => Master,
        };
        [0, 1].map(|node| vec![state(node); 2])
    }
}

fn happenings() -> Vec<Happening> {
    let mut all = Vec::new();
    for node in 0..2 {
        all.extend((0..2).map(|network| Happening::Link { node, network }));
        all.push(Happening::Crash { node });
    }
    all.extend((0..2).map(|network| Happening::Cut { network }));
    all.extend([0.4, 3.8].map(|span| Happening::Wait(seconds(span))));
    all
}

/// Tries everything that may follow; how many courses were looked at.
fn explore(pair: &Pair, course: &mut Vec<Happening>, events: u32) -> u32 {
    let mut settled = pair.clone();
    settled.run(SETTLES);
    assert_eq!(settled.states(), pair.expected(), "after {course:?}");
    if events == 0 {
        return 1;
    }
    let mut courses = 1;
    for happening in happenings() {
        let mut next = pair.clone();
        next.happen(happening);
        course.push(happening);
        courses += explore(&next, course, events - 1);
        course.pop();
    }
    courses
}

#[test]
fn whatever_happens_to_a_group_it_ends_together_and_one_node_is_master() {
    let mut pair = Pair::new();
    pair.run(seconds(8.0));
    assert_eq!(pair.states(), [vec![Master; 2], vec![Backup; 2]]);
    let courses = explore(&pair, &mut Vec::new(), EVENTS);
    let expected: u32 = (0..=EVENTS).map(|length| 10_u32.pow(length)).sum();
    assert_eq!(courses, expected, "every order of {EVENTS} events");
}
