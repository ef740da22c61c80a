//! The table of IPVS: what is in it, and what can be done to it.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use vipd_config::model::Family;
use vipd_config::model::lvs::{
    Forwarding, Persistence, Scheduler, SchedulerFlags, ServiceProtocol, SyncDaemon, Timeouts,
};

/// What the kernel knows a service by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ServiceId {
    /// By address.
    Address {
        /// The address.
        address: IpAddr,
        /// The port; 0 is any.
        port: u16,
        /// The protocol.
        protocol: ServiceProtocol,
    },
    /// By firewall mark.
    Mark {
        /// The mark.
        mark: u32,
        /// Family of the packets.
        family: Family,
    },
}

impl ServiceId {
    /// Family of the packets.
    pub fn family(&self) -> Family {
        match self {
            Self::Address { address, .. } => family_of(*address),
            Self::Mark { family, .. } => *family,
        }
    }
}

/// As for log lines: `[192.0.2.1]:tcp:80`, `FWM 7`.
impl fmt::Display for ServiceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address {
                address,
                port,
                protocol,
            } => write!(f, "[{address}]:{}:{port}", protocol.name()),
            Self::Mark { mark, .. } => write!(f, "FWM {mark}"),
        }
    }
}

/// As for log lines: `[192.0.2.1]:80`.
impl fmt::Display for DestinationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}]:{}", self.address, self.port)
    }
}

/// Family of an address.
pub fn family_of(address: IpAddr) -> Family {
    if address.is_ipv4() {
        Family::V4
    } else {
        Family::V6
    }
}

/// What the kernel knows a destination of one service by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DestinationId {
    /// Its address.
    pub address: IpAddr,
    /// Its port.
    pub port: u16,
}

/// How a service is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceSettings {
    /// Scheduler.
    pub scheduler: Scheduler,
    /// Its flags.
    pub flags: SchedulerFlags,
    /// Every packet is scheduled anew.
    pub one_packet: bool,
    /// Clients stay with their server.
    pub persistence: Option<Persistence>,
}

/// How a destination is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DestinationSettings {
    /// Forwarding method.
    pub forwarding: Forwarding,
    /// Weight, at most 2,147,483,647.
    pub weight: u32,
    /// No new connections above this many; 0: no limit.
    pub upper_threshold: u32,
    /// New connections again below this many.
    pub lower_threshold: u32,
}

/// A service that is in the kernel's table, with all its destinations.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Present {
    /// Which.
    pub id: ServiceId,
    /// How it is; `None` when it is so as no configuration could have it.
    pub settings: Option<ServiceSettings>,
    /// Its destinations; no settings: likewise.
    pub destinations: Vec<(DestinationId, Option<DestinationSettings>)>,
}

/// A table of nftables that gives packets firewall marks by where they go (`nftables_ipvs`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkTable {
    /// Its name.
    pub name: String,
    /// Priority of its chain.
    pub priority: i32,
    /// It counts packets (`nftables_counters`).
    pub counts: bool,
    /// Which packets get which mark. No two of them meet.
    pub marks: Vec<Marked>,
}

/// Packets that get a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marked {
    /// The first address that they go to. Of the same family as the last, and not greater.
    pub first: IpAddr,
    /// The last one.
    pub last: IpAddr,
    /// Their port.
    pub port: u16,
    /// Their protocol.
    pub protocol: ServiceProtocol,
    /// The mark.
    pub mark: u32,
}

/// What the sync daemon does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SyncRole {
    /// Sends connections.
    Master,
    /// Receives them.
    Backup,
}

impl fmt::Display for SyncRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Master => "master",
            Self::Backup => "backup",
        })
    }
}

/// Something to be done to IPVS.
///
/// What is there already, or is gone already, is no error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operation {
    /// Empties the whole table.
    Flush,
    /// Adds a service.
    AddService(ServiceId, Box<ServiceSettings>),
    /// Changes one that is there.
    SetService(ServiceId, Box<ServiceSettings>),
    /// Removes one, with its destinations.
    RemoveService(ServiceId),
    /// Adds a destination.
    AddDestination(ServiceId, DestinationId, DestinationSettings),
    /// Changes one that is there.
    SetDestination(ServiceId, DestinationId, DestinationSettings),
    /// Removes one.
    RemoveDestination(ServiceId, DestinationId),
    /// Sets timeouts, those that are given. Whoever performs it remembers how they were.
    SetTimeouts(Timeouts),
    /// Puts timeouts back as they were before [`Self::SetTimeouts`].
    RestoreTimeouts,
    /// Has packets to the addresses of groups marked so, or no longer (`nftables_ipvs`).
    Mark(Option<Box<MarkTable>>),
    /// Starts the sync daemon in one role.
    StartSync(SyncRole, Box<SyncDaemon>),
    /// Stops it.
    StopSync(SyncRole),
}
