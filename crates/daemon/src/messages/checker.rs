//! What the supervisor and the checker process say to each other.

use serde::{Deserialize, Serialize};
use vipd_config::model::Config;
use vipd_config::model::lvs::{MiscCheck, Timeouts};
use vipd_engine::input::ScriptOutcome;
use vipd_engine::lvs::{CheckId, Event, Saved, SavedKey, ServiceStatus, Told};

use super::Reading;
use crate::checker::probe::Material;

/// From the supervisor to the checker process.
#[derive(Debug, Serialize, Deserialize)]
pub enum ToChecker {
    /// The first message: what to do, and what an earlier process left.
    Configure {
        /// What of the configuration concerns it.
        config: Box<Config>,
        /// What goes with it.
        known: SupervisorKnows,
        /// State to carry on from; empty at a first start.
        restored: Vec<Saved>,
        /// Timeouts of the kernel as they were before an earlier process set them.
        timeouts_before: Option<Timeouts>,
        /// `net.ipv4.ping_group_range` as it was before an earlier process widened it.
        pings_before: Option<String>,
        /// `-I`: the table stays as it is at the end.
        keep_table: bool,
        /// `net_namespace_ipvs`: where the table is, when that is not where the process is.
        network: Option<TableNetwork>,
    },
    /// A reload.
    Reconfigure {
        /// What of the configuration concerns it.
        config: Box<Config>,
        /// What goes with it.
        known: SupervisorKnows,
    },
    /// The number in a `track_file` is not what it was.
    File(Reading),
    /// The `vrrp_instance` that the sync daemon follows became master, or is so no longer.
    Director {
        /// It is master here.
        is_master: bool,
    },
    /// The command of a `MISC_CHECK` ended.
    Checked {
        /// The check.
        check: CheckId,
        /// The attempt.
        attempt: u64,
        /// How it ended.
        outcome: ScriptOutcome,
    },
    /// Answer with [`FromChecker::Status`].
    Status,
    /// Answer with [`FromChecker::Alive`].
    Ping,
    /// Leave in an orderly way and end.
    Stop,
}

/// Network namespace of the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TableNetwork {
    /// The one that `ip netns` has under this name.
    Named(String),
    /// The one in which the daemon was started, which the supervisor holds.
    First {
        /// The supervisor.
        pid: u32,
        /// Under this descriptor of its own.
        descriptor: i32,
    },
}

/// What the supervisor finds out for the checker process, which opens no file.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct SupervisorKnows {
    /// What the `SSL` block names.
    pub material: Material,
    /// Numbers in all files that are watched.
    pub files: Vec<Reading>,
    /// Whether the `vrrp_instance` that the sync daemon follows is master here; none when it
    /// follows none.
    pub is_master: Option<bool>,
}

/// From the checker process to the supervisor.
#[derive(Debug, Serialize, Deserialize)]
pub enum FromChecker {
    /// The configuration is in effect (after `Configure` and `Reconfigure`).
    Ready,
    /// Something happened.
    Report(Event),
    /// Something failed that people should know of; the text is a whole log line.
    Trouble(String),
    /// Somebody is to be told.
    Tell(Told),
    /// Run the command of a `MISC_CHECK`, and answer with [`ToChecker::Checked`].
    Run {
        /// The check.
        check: CheckId,
        /// The attempt.
        attempt: u64,
        /// What is run.
        command: Box<MiscCheck>,
    },
    /// The command that runs for this check is wanted no longer.
    Abandon(CheckId),
    /// State to keep for a successor.
    Save(Saved),
    /// It is worth nothing any more.
    Forget(SavedKey),
    /// Timeouts of the kernel were changed; so they were before.
    TimeoutsBefore(Timeouts),
    /// `net.ipv4.ping_group_range` was widened; so it was before.
    PingsBefore(String),
    /// It can do nothing now (this kernel has no IPVS), and ends. The text is a whole log line.
    Unable(String),
    /// Answer to [`ToChecker::Status`]: every virtual server, in the order of the file.
    Status(Vec<ServiceStatus>),
    /// Answer to [`ToChecker::Ping`].
    Alive,
    /// It has left in an orderly way and ends now.
    Stopped,
}
