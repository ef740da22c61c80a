//! One machine while it runs.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use vipd_config::model::{Config, Routing};
use vipd_engine::event::State;
use vipd_engine::input::Interface;
use vipd_engine::tracking::watch::Kind;
use vipd_engine::vrrp::{InstanceStatus, Router, Snapshot, SocketSpec, Timer};
use vipd_engine::{Input, Instant};

use crate::clock::Clock;
use crate::frame::Frame;
use crate::machine::Machine;

/// How much a node that stands still takes in: about what a socket buffer of the kernel holds.
const INBOX_LIMIT: usize = 256;

/// Prefix length of the own addresses of IPv6.
const IPV6_PREFIX: u8 = 64;

/// What the wall clocks show when a world begins: nanoseconds since 1970.
const WALL_AT_START: i64 = 1_800_000_000_000_000_000;

/// A machine of the world.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// The configuration its daemon has.
    pub config: Config,
    /// Its interfaces, by name.
    pub nics: BTreeMap<String, NicState>,
    /// Routes and rules that it has, in order.
    pub routing: Vec<Routing>,
    /// State and effective priority of each instance, as the engine shows them.
    pub standings: Vec<Standing>,
    /// Scripts that fail when they are run, and ports on which nobody listens.
    pub failing: BTreeSet<String>,
    /// What processes and files are, where that is not what is well for them.
    pub readings: BTreeMap<(Kind, String), i64>,
    /// Whether the machine stands still, and until when.
    pub paused_until: Option<Instant>,
    /// Since when it has stood still, or did last.
    pub(crate) paused_since: Instant,
    /// Nanoseconds that its wall clock is ahead of its monotonic one.
    pub wall_ahead: i64,
    /// Until then it may not know how it is itself: scripts have still to run.
    pub unsettled_until: Instant,
    pub(crate) clock: Clock,
    pub(crate) process: Option<Router>,
    pub(crate) sockets: Vec<SocketSpec>,
    pub(crate) saved: BTreeMap<String, Snapshot>,
    pub(crate) inbox: VecDeque<Waiting>,
    /// Scripts that were due while it stood still, with the life of the daemon that runs them.
    pub(crate) late_scripts: Vec<(u32, usize)>,
    /// When the engine wants to be called, on the world's clock.
    pub(crate) wake: Option<(Instant, Timer)>,
    /// Counts starts and ends of the daemon; what was planned in an earlier life is void.
    pub(crate) life: u32,
    /// Ticks in a row at the same moment.
    pub(crate) restless: u32,
    /// The daemon (its supervisor) runs, whether or not the VRRP process does right now.
    pub(crate) daemon_runs: bool,
    /// Whether the machine is on.
    pub(crate) powered: bool,
}

/// What waits for a node that stands still.
#[derive(Clone, Debug)]
pub(crate) enum Waiting {
    /// A packet at an interface.
    Frame(String, Arc<Frame>),
    /// Anything else.
    Input(Input<'static>),
}

/// An interface now.
#[derive(Clone, Debug)]
pub struct NicState {
    /// Segment it is plugged into.
    pub segment: String,
    /// The kernel has it.
    pub is_there: bool,
    /// Up and with carrier.
    pub is_up: bool,
    /// Its own address.
    pub primary: (Ipv4Addr, u8),
    /// Its own addresses of IPv6.
    pub ipv6: Vec<Ipv6Addr>,
    /// Addresses added later, in order.
    pub added: Vec<(IpAddr, u8)>,
    pub(crate) index: u32,
    mac: [u8; 6],
}

/// How an instance stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Its state.
    pub state: State,
    /// Its effective priority.
    pub priority: u8,
}

impl Node {
    pub(crate) fn new(number: usize, machine: Machine) -> Self {
        let host = u8::try_from(number).unwrap_or(u8::MAX);
        let nics = (1u8..)
            .zip(machine.nics)
            .map(|(index, nic)| {
                let state = NicState {
                    segment: nic.segment,
                    is_there: true,
                    is_up: true,
                    primary: (nic.address, nic.prefix_len),
                    ipv6: nic.ipv6,
                    added: Vec::new(),
                    index: u32::from(index) + 1,
                    mac: [2, 0, 0, 0, host, index],
                };
                (nic.name, state)
            })
            .collect();
        let origin = (number as u64 + 1) * 1_000_000_000_000;
        Self {
            name: machine.name,
            routing: Vec::new(),
            standings: vec![Standing::default(); machine.config.instances.len()],
            config: machine.config,
            nics,
            failing: BTreeSet::new(),
            readings: BTreeMap::new(),
            paused_until: None,
            paused_since: Instant::default(),
            wall_ahead: WALL_AT_START.saturating_sub_unsigned(origin),
            unsettled_until: Instant::default(),
            clock: Clock::new(origin, machine.drift_ppm),
            process: None,
            sockets: Vec::new(),
            saved: BTreeMap::new(),
            inbox: VecDeque::new(),
            late_scripts: Vec::new(),
            wake: None,
            life: 0,
            restless: 0,
            daemon_runs: false,
            powered: true,
        }
    }

    /// The VRRP process is there.
    pub fn runs(&self) -> bool {
        self.process.is_some()
    }

    /// What its engine says of its instances; empty when it does not run.
    pub fn status(&self) -> Vec<InstanceStatus> {
        self.process.as_ref().map_or_else(Vec::new, Router::status)
    }

    /// How many adverts each instance has refused for their signature; empty when none of them
    /// asks for one.
    pub(crate) fn refused(&self) -> Vec<u64> {
        if self.config.instances.iter().all(|i| i.hmac.is_none()) {
            return Vec::new();
        }
        let status = self.status();
        status.iter().map(|s| s.counters.auth_failure).collect()
    }

    /// It runs and does not stand still.
    pub fn is_awake(&self) -> bool {
        self.runs() && self.paused_until.is_none()
    }

    /// The interface an instance speaks on.
    pub fn nic_of(&self, instance: usize) -> Option<(&String, &NicState)> {
        let instance = &self.config.instances[instance];
        self.nics
            .iter()
            .find(|(name, nic)| match &instance.interface {
                Some(wanted) => *name == wanted,
                None => instance.source.is_some_and(|source| nic.owns(source)),
            })
    }

    /// Whether an interface is there and up.
    pub fn nic_is_up(&self, name: &str) -> bool {
        self.nics
            .get(name)
            .is_some_and(|nic| nic.is_there && nic.is_up)
    }

    /// Whether an address is on one of its interfaces.
    pub fn has_address(&self, address: IpAddr) -> bool {
        self.nics.values().any(|nic| nic.has(address))
    }

    /// Every address that an instance puts up, with the interface it belongs to.
    pub fn addresses_of(&self, instance: usize) -> impl Iterator<Item = (&str, IpAddr)> {
        let instance = &self.config.instances[instance];
        let home = instance.interface.as_deref();
        let all = instance
            .addresses
            .iter()
            .chain(&instance.excluded_addresses);
        all.map(move |a| (a.interface.as_deref().or(home).unwrap_or(""), a.address))
    }

    /// How long an interface, a script or the start of the daemon can take to show in the
    /// state of instances: the slowest script has run often enough, the longest
    /// delay is over.
    pub fn reaction_time(&self) -> Duration {
        let scripts = self.config.scripts.iter();
        let slowest = scripts.map(|s| s.interval * (s.rise.max(s.fall) + 1)).max();
        let ports = self.config.ports.iter();
        let laziest = ports.map(|p| p.rise_delay.max(p.fall_delay)).max();
        let processes = self.config.processes.iter();
        let slack = processes.map(|p| p.fork_delay.max(p.terminate_delay)).max();
        let longest = slowest.max(laziest).max(slack);
        longest.unwrap_or_default() + self.config.global.startup_delay
    }

    /// Lets something wait; false when it is a packet and the buffer is full.
    pub(crate) fn keep(&mut self, waiting: Waiting) -> bool {
        let dropped = self.inbox.len() >= INBOX_LIMIT && matches!(waiting, Waiting::Frame(..));
        if !dropped {
            self.inbox.push_back(waiting);
        }
        !dropped
    }

    pub(crate) fn interface(&self, name: &str) -> Option<Interface> {
        let nic = self.nics.get(name).filter(|nic| nic.is_there);
        nic.map(|nic| nic.interface(name))
    }
}

impl NicState {
    /// Whether an address is on it.
    pub fn has(&self, address: IpAddr) -> bool {
        self.owns(address) || self.added.iter().any(|&(a, _)| a == address)
    }

    /// Whether an address was on it from the beginning.
    pub fn owns(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(address) => self.primary.0 == address,
            IpAddr::V6(address) => self.ipv6.contains(&address),
        }
    }

    fn interface(&self, name: &str) -> Interface {
        let v4 = self
            .added
            .iter()
            .filter_map(|&(address, prefix)| match address {
                IpAddr::V4(address) => Some((address, prefix)),
                IpAddr::V6(_) => None,
            });
        let v6 = self
            .added
            .iter()
            .filter_map(|&(address, prefix)| match address {
                IpAddr::V4(_) => None,
                IpAddr::V6(address) => Some((address, prefix)),
            });
        Interface {
            name: name.to_owned(),
            index: self.index,
            is_up: self.is_up,
            arps: true,
            multicasts: true,
            mtu_bytes: 1500,
            mac: self.mac.to_vec(),
            ipv4: std::iter::once(self.primary).chain(v4).collect(),
            ipv6: { self.ipv6.iter() }
                .map(|&address| (address, IPV6_PREFIX))
                .chain(v6)
                .collect(),
        }
    }
}
