//! Load balancing: virtual servers, the real servers behind them, and how these are checked.

mod checker;
mod global;
mod group;
mod server;

use serde::{Deserialize, Serialize};

pub use checker::{
    BfdCheck, Binding, Checker, CheckerKind, Connection, DnsCheck, DnsType, FileCheck, HttpCheck,
    HttpVersion, MiscCheck, Pattern, RangeOfCodes, Schedule, SmtpCheck, Tls, UdpCheck, Url,
};
pub use global::{
    FlushOnStop, LvsGlobal, NftablesIpvs, ProcessSettings, ReceiveBuffer, Ssl, SyncDaemon, Timeouts,
};
pub use group::{Addresses, GroupEntry, VirtualServerGroup};
pub use server::{
    Forwarding, Netmask, Persistence, RealServer, Scheduler, SchedulerFlags, ServiceKey,
    ServiceProtocol, SorryServer, Tunnel, TunnelChecksum, VirtualServer,
};

/// Everything about load balancing in a set of configuration files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lvs {
    /// Its words of `global_defs`.
    pub global: LvsGlobal,
    /// `SSL`
    pub ssl: Ssl,
    /// `virtual_server_group` blocks, in file order. Names are unique.
    pub groups: Vec<VirtualServerGroup>,
    /// `virtual_server` blocks, in file order. Keys are unique.
    pub servers: Vec<VirtualServer>,
}

impl Lvs {
    /// The group of that name.
    pub fn group(&self, name: &str) -> Option<&VirtualServerGroup> {
        self.groups.iter().find(|group| group.name == name)
    }
}
