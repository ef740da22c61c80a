//! Everything that the supervisor and its children say to each other.
//!
//! On the wire each message is its length (`u32`, little endian) and its postcard encoding,
//! over a Unix stream socket pair that the child finds as descriptor 3.

use serde::{Deserialize, Serialize};
use vipd_config::model::Config;
use vipd_engine::input::ScriptOutcome;
use vipd_engine::vrrp::Snapshot;
use vipd_engine::{Event, Instant};

/// From the supervisor to the VRRP process.
#[derive(Debug, Serialize, Deserialize)]
pub enum ToVrrp {
    /// The first message: what to do, and what an earlier process left.
    Configure {
        /// The configuration.
        config: Box<Config>,
        /// States to carry on from; empty at a first start.
        restored: Vec<Snapshot>,
        /// Things from the command line.
        options: VrrpOptions,
    },
    /// A reload.
    Reconfigure(Box<Config>),
    /// A tracked script ended.
    Script {
        /// Its name.
        script: String,
        /// How it ended.
        outcome: ScriptOutcome,
    },
    /// Report the status of everything ([`FromVrrp::Status`]).
    Status {
        /// Clear the counters afterwards.
        clear: bool,
    },
    /// Leave in an orderly way and end.
    Stop,
}

/// Settings of the VRRP process that come from the command line.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct VrrpOptions {
    /// `-V`: leave VIPs where they are at stop.
    pub keep_addresses: bool,
    /// `-a`: report every address that comes or goes.
    pub monitor_addresses: bool,
}

/// From the VRRP process to the supervisor.
#[derive(Debug, Serialize, Deserialize)]
pub enum FromVrrp {
    /// The configuration is in effect (after `Configure` and `Reconfigure`).
    Ready,
    /// Something happened.
    Report {
        /// When.
        at: Instant,
        /// What.
        event: Event,
    },
    /// Something failed that people should know of; the text is a whole log line.
    Trouble(String),
    /// State to keep for a successor.
    Save(Snapshot),
    /// Answer to [`ToVrrp::Status`].
    Status(Vec<vipd_engine::vrrp::InstanceStatus>),
    /// It cannot go on with this configuration; the exit status of the daemon.
    Fatal {
        /// Why, as a log line.
        message: String,
        /// keepalived's exit status (2 configuration, 4 permission, 1 other).
        status: u8,
    },
    /// It has left in an orderly way and ends now.
    Stopped,
}
