//! What can happen to the load balancer: everything it is ever told.

use std::net::IpAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use vipd_config::model::Config;

use super::effect::{CheckId, Saved};
use super::table::Present;
use crate::input::ScriptOutcome;

/// Something that happened.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Input {
    /// The process starts. Addresses, files and sessions are told before this.
    Start {
        /// What is in the kernel's table now.
        table: Vec<Present>,
        /// What an earlier process had saved; empty at a first start.
        restored: Vec<Saved>,
    },
    /// A deadline may have passed. A tick that comes early or twice does no harm.
    Tick,
    /// A check ended.
    Checked {
        /// The check.
        check: CheckId,
        /// The attempt, as [`super::Probe::attempt`] numbered it. Another one is passed over.
        attempt: u64,
        /// How it ended.
        outcome: Outcome,
    },
    /// An address came to this node, or left it (`ha_suspend`).
    Address {
        /// The address.
        address: IpAddr,
        /// It is here.
        is_here: bool,
    },
    /// The number in a `track_file` changed, or was read first.
    File {
        /// Name of the `track_file`.
        file: String,
        /// The number in it.
        value: i64,
    },
    /// A BFD session (`bfd_instance`) came up or went down.
    Session {
        /// Its name.
        session: String,
        /// It is up.
        is_up: bool,
    },
    /// The `vrrp_instance` that the sync daemon follows became master, or is so no longer.
    Director {
        /// It is master here.
        is_master: bool,
    },
    /// The table was read anew: what is otherwise than it should be is put right.
    Table(Vec<Present>),
    /// A reload: this configuration is valid and holds from now on.
    Reconfigure(Arc<Config>),
    /// The process is to end. [`super::Effect::Stopped`] comes last.
    Stop {
        /// The table stays as it is (`-I`).
        keep_table: bool,
    },
}

/// How a check ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// All as it should be.
    Success,
    /// Something was amiss: what, in words, for the log; may be empty.
    Failure(String),
    /// The command of a `MISC_CHECK` ended.
    Script(ScriptOutcome),
}
