//! What can happen: everything the engine is ever told.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};
use vipd_config::model::{Config, Routing};

use crate::tracking::watch::Kind;
use crate::vrrp::Snapshot;

/// Something that happened, given to [`crate::vrrp::Router::handle`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Input<'a> {
    /// The process starts. Interfaces are told before this ([`Input::Interface`]).
    ///
    /// With snapshots (after a crash or an upgrade of the process) instances carry on in
    /// the state they were in, masters at once and without removing anything.
    Start {
        /// State of instances of an earlier process, by name; empty at a first start.
        restored: Vec<Snapshot>,
    },
    /// A deadline may have passed. A tick that comes early or twice does no harm.
    Tick,
    /// A packet came in on the socket that [`crate::vrrp::SocketSpec`] describes.
    Packet {
        /// Where it came in, as listed by `Router::sockets`.
        socket: u32,
        /// How the packet arrived.
        meta: PacketMeta,
        /// IPv4: from the IP header on. IPv6: from the VRRP header on.
        #[serde(borrow)]
        bytes: Cow<'a, [u8]>,
    },
    /// An interface exists and looks like this now.
    Interface(Interface),
    /// An interface is gone.
    InterfaceGone {
        /// Its name.
        name: String,
    },
    /// An address that an instance may own was removed by somebody else.
    AddressRemoved {
        /// Interface it was on.
        interface: String,
        /// The address.
        address: IpAddr,
        /// Its prefix length.
        prefix_len: u8,
    },
    /// How far the wall clock is ahead of the clock that everything here goes by. Told before
    /// [`Input::Start`] and whenever it changes.
    WallClock {
        /// Nanoseconds since 1970 in UTC, less the [`crate::Instant`] of the same moment.
        nanos_ahead: i64,
    },
    /// A route or a rule was removed by somebody else.
    RoutingRemoved(Box<Routing>),
    /// A tracked script ended.
    ScriptResult {
        /// Its name.
        script: String,
        /// How it ended.
        outcome: ScriptOutcome,
    },
    /// Something watched was looked at. Told before [`Input::Start`] of everything that is
    /// watched, before [`Input::Reconfigure`] of what the new configuration has watched, and
    /// at each change.
    Watched {
        /// What kind of thing.
        kind: Kind,
        /// Its name.
        name: String,
        /// What was read: how many listen on a port (1 stands for any number), how many of the
        /// processes run, the number in a file.
        reading: i64,
    },
    /// A reload: this configuration is valid and holds from now on.
    Reconfigure(Box<Config>),
    /// The process is to end: leave in an orderly way. [`crate::Effect::Stopped`] comes last.
    Stop,
}

/// What the socket said about a packet.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct PacketMeta {
    /// Sender.
    pub source: IpAddr,
    /// Where it was sent to, when known.
    pub destination: Option<IpAddr>,
    /// TTL or hop limit, when known (IPv4: also in the header).
    pub ttl: Option<u8>,
}

/// The state of an interface as the kernel tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interface {
    /// Its name.
    pub name: String,
    /// Kernel's index; changes when the interface is made again.
    pub index: u32,
    /// Administratively up and with carrier (`IFF_UP` and `IFF_RUNNING`).
    pub is_up: bool,
    /// Takes part in ARP (not `IFF_NOARP` or loopback).
    pub arps: bool,
    /// Can do multicast (`IFF_MULTICAST`).
    pub multicasts: bool,
    /// Largest packet, bytes.
    pub mtu_bytes: u32,
    /// Hardware address, 6 bytes on Ethernet.
    pub mac: Vec<u8>,
    /// IPv4 addresses, in the kernel's order, VIPs included: (address, prefix length).
    pub ipv4: Vec<(Ipv4Addr, u8)>,
    /// IPv6 addresses, likewise.
    pub ipv6: Vec<(Ipv6Addr, u8)>,
}

/// How a run of a tracked script ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ScriptOutcome {
    /// It exited with this status; 0 is success.
    Exited(i32),
    /// A signal ended it.
    Signalled(i32),
    /// It ran longer than its timeout and was killed.
    TimedOut,
    /// It could not be started, or the connection or file could not be opened.
    Failed,
}
