//! Where packets are dropped or sent another way.

use serde::{Deserialize, Serialize};

/// Packets that a firewall must drop or send another way: nftables, in tables of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Firewall {
    /// `nftables`: name of the tables.
    pub table: String,
    /// `nftables_priority`: place of the chains among those of others.
    pub priority: i32,
    /// `nftables_counters`: rules count what they match.
    pub counters: bool,
    /// Without `disable_local_igmp`: memberships of groups are reported from the interface below
    /// one with a virtual MAC address; with it not at all.
    pub moves_reports: bool,
}

impl Default for Firewall {
    fn default() -> Self {
        Self {
            table: "keepalived".to_owned(),
            priority: -1,
            counters: false,
            moves_reports: true,
        }
    }
}
