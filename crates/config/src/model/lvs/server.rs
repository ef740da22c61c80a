//! `virtual_server` and `real_server`.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

use serde::{Deserialize, Serialize};

use super::Checker;
use crate::model::{Command, Family};

/// What a virtual server is known by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ServiceKey {
    /// `virtual_server ADDRESS [PORT]`
    Address {
        /// The address.
        address: IpAddr,
        /// The port; 0 is any.
        port: u16,
        /// `protocol`
        protocol: ServiceProtocol,
    },
    /// `virtual_server fwmark N`
    Mark {
        /// The mark.
        mark: u32,
        /// `ip_family`, or that of the real servers.
        family: Family,
    },
    /// `virtual_server group NAME`
    Group {
        /// Name of the `virtual_server_group`, which exists.
        name: String,
        /// `protocol`
        protocol: ServiceProtocol,
    },
}

/// Protocol of a service.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum ServiceProtocol {
    /// TCP
    Tcp,
    /// UDP, as without a word.
    #[default]
    Udp,
    /// SCTP
    Sctp,
}

impl ServiceProtocol {
    /// Its name in logs and FIFOs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Sctp => "sctp",
        }
    }

    /// Its number in IP.
    pub const fn number(self) -> u8 {
        match self {
            Self::Tcp => 6,
            Self::Udp => 17,
            Self::Sctp => 132,
        }
    }
}

impl ServiceKey {
    /// The protocol; a firewall mark has none.
    pub const fn protocol(&self) -> Option<ServiceProtocol> {
        match self {
            Self::Address { protocol, .. } | Self::Group { protocol, .. } => Some(*protocol),
            Self::Mark { .. } => None,
        }
    }
}

/// As logs, FIFOs and mails name it: `[192.0.2.1]:tcp:80`, `FWM 7`, `[GROUP]:0`.
impl fmt::Display for ServiceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address {
                address,
                port,
                protocol,
            } => write!(f, "[{address}]:{}:{port}", protocol.name()),
            Self::Mark { mark, .. } => write!(f, "FWM {mark}"),
            Self::Group { name, .. } => write!(f, "[{name}]:0"),
        }
    }
}

/// `virtual_server`: a service that IPVS spreads over real servers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a keyword of its own"
)]
pub struct VirtualServer {
    /// What it is known by.
    pub key: ServiceKey,
    /// `lb_algo`
    pub scheduler: Scheduler,
    /// `flag-1` and its kin.
    pub flags: SchedulerFlags,
    /// `ops`: every UDP packet is scheduled anew.
    pub one_packet: bool,
    /// `persistence_timeout` and its kin.
    pub persistence: Option<Persistence>,
    /// `lb_kind`: default of the real servers, which have it filled in.
    pub forwarding: Forwarding,
    /// `ha_suspend`: no checks while the address is not on this node. Only with a key that is an
    /// address or a group.
    pub ha_suspend: bool,
    /// `omega`: tells of real servers and quorum going down at stop.
    pub omega: bool,
    /// `quorum`: least weight of living servers for the service to be up. At least 1, at most all
    /// weights together.
    pub quorum: u32,
    /// `hysteresis`: how much more brings it back, how much less loses it. Less than `quorum`.
    pub hysteresis: u32,
    /// `quorum_up`
    pub quorum_up: Option<Box<Command>>,
    /// `quorum_down`
    pub quorum_down: Option<Box<Command>>,
    /// `sorry_server`
    pub sorry: Option<Box<SorryServer>>,
    /// `smtp_alert`: mails of quorum lost and found.
    pub smtp_alert: bool,
    /// `snmp_name`
    pub snmp_name: Option<Box<str>>,
    /// `real_server` blocks, in file order. Addresses with port are unique. Never empty.
    pub servers: Vec<RealServer>,
}

/// `real_server`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RealServer {
    /// Its address.
    pub address: IpAddr,
    /// Its port: that of the service without NAT; 0 for services by mark or group without NAT.
    pub port: u16,
    /// `weight`: its share of connections, at most 2,147,483,647. What checkers say comes on top.
    pub weight: u32,
    /// `lvs_method`
    pub forwarding: Forwarding,
    /// `uthreshold`: no new connections above this many. 0: no limit.
    pub upper_threshold: u32,
    /// `lthreshold`: new connections again below this many.
    pub lower_threshold: u32,
    /// `inhibit_on_failure`: weight 0 instead of removal when it is down.
    pub inhibit_on_failure: bool,
    /// `notify_up`
    pub notify_up: Option<Box<Command>>,
    /// `notify_down`
    pub notify_down: Option<Box<Command>>,
    /// `smtp_alert`: mails of changes.
    pub smtp_alert: bool,
    /// `snmp_name`
    pub snmp_name: Option<Box<str>>,
    /// Its checks, in file order; without any it is always up.
    pub checkers: Vec<Checker>,
}

impl RealServer {
    /// As logs, FIFOs and mails name it: `[192.0.2.1]:tcp:80`, with `none` for no protocol.
    pub fn label(&self, protocol: Option<ServiceProtocol>) -> String {
        let protocol = protocol.map_or("none", ServiceProtocol::name);
        format!("[{}]:{protocol}:{}", self.address, self.port)
    }
}

/// `sorry_server`: used while the quorum is lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SorryServer {
    /// Its address.
    pub address: IpAddr,
    /// Its port, as that of a real server.
    pub port: u16,
    /// `sorry_server_lvs_method`
    pub forwarding: Forwarding,
    /// `sorry_server_inhibit`: weight 0 instead of removal when it is not needed.
    pub inhibit: bool,
}

impl SorryServer {
    /// As logs name it.
    pub fn label(&self, protocol: Option<ServiceProtocol>) -> String {
        let protocol = protocol.map_or("none", ServiceProtocol::name);
        format!("[{}]:{protocol}:{}", self.address, self.port)
    }
}

/// `lb_algo`: how a real server is picked for a connection.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum Scheduler {
    /// Round robin.
    Rr,
    /// Weighted round robin.
    Wrr,
    /// Least connections.
    Lc,
    /// Weighted least connections.
    #[default]
    Wlc,
    /// Locality-based least connections.
    Lblc,
    /// The same with replication.
    Lblcr,
    /// Source hashing.
    Sh,
    /// Maglev hashing.
    Mh,
    /// Destination hashing.
    Dh,
    /// Weighted failover.
    Fo,
    /// Weighted overflow.
    Ovf,
    /// Shortest expected delay.
    Sed,
    /// Never queue.
    Nq,
    /// Power of two choices.
    Twos,
}

impl Scheduler {
    /// All of them, in the order of the manual.
    pub const ALL: [Self; 14] = [
        Self::Rr,
        Self::Wrr,
        Self::Lc,
        Self::Wlc,
        Self::Lblc,
        Self::Lblcr,
        Self::Sh,
        Self::Mh,
        Self::Dh,
        Self::Fo,
        Self::Ovf,
        Self::Sed,
        Self::Nq,
        Self::Twos,
    ];

    /// The name that file and kernel have for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rr => "rr",
            Self::Wrr => "wrr",
            Self::Lc => "lc",
            Self::Wlc => "wlc",
            Self::Lblc => "lblc",
            Self::Lblcr => "lblcr",
            Self::Sh => "sh",
            Self::Mh => "mh",
            Self::Dh => "dh",
            Self::Fo => "fo",
            Self::Ovf => "ovf",
            Self::Sed => "sed",
            Self::Nq => "nq",
            Self::Twos => "twos",
        }
    }

    /// The scheduler of that name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }
}

/// Flags of the scheduler. For `sh` and `mh` the first is `-fallback`, the second `-port`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchedulerFlags {
    /// `flag-1`
    pub first: bool,
    /// `flag-2`
    pub second: bool,
    /// `flag-3`
    pub third: bool,
}

/// Clients stay with their server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Persistence {
    /// `persistence_timeout`: for how long, 1 to 2,678,400 seconds.
    pub timeout_s: u32,
    /// `persistence_granularity`: which clients count as one.
    pub netmask: Netmask,
    /// `persistence_engine`: what tells clients apart, such as `sip`.
    pub engine: Option<Box<str>>,
}

/// Which part of an address counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Netmask {
    /// The bits set in this mask.
    V4(Ipv4Addr),
    /// So many bits, 1 to 128.
    V6(u8),
}

/// `lb_kind`: how packets reach real servers.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum Forwarding {
    /// With another destination address.
    #[default]
    Nat,
    /// To the hardware address of the real server.
    DirectRoute,
    /// In another packet.
    Tunnel(Tunnel),
}

impl Forwarding {
    /// The real server gets packets with the port of the service.
    pub const fn keeps_port(self) -> bool {
        !matches!(self, Self::Nat)
    }
}

/// `TUN type ...`
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum Tunnel {
    /// IP in IP.
    #[default]
    Ipip,
    /// Generic UDP encapsulation.
    Gue {
        /// UDP port, at least 1.
        port: u16,
        /// Checksum.
        checksum: TunnelChecksum,
    },
    /// GRE, with or without a checksum.
    Gre {
        /// `csum`
        has_checksum: bool,
    },
}

/// Checksum of a GUE tunnel.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum TunnelChecksum {
    /// `nocsum`
    #[default]
    None,
    /// `csum`
    Full,
    /// `remcsum`: remote checksum offload.
    Remote,
}
