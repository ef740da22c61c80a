//! What has happened, in the words that logs, scripts, FIFOs, mails and `vipd status` share.

mod lost;
mod note;

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::input::ScriptOutcome;
use crate::tracking::standing::Standing;
use crate::tracking::watch::Kind;
use crate::vrrp::Rejection;

pub use lost::Lost;
pub use note::Note;

/// State of an instance or a sync group, as users know it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum State {
    /// Not started yet.
    #[default]
    Init,
    /// Listens.
    Backup,
    /// Holds the VIPs.
    Master,
    /// Cannot hold the VIPs.
    Fault,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Init => "INIT",
            Self::Backup => "BACKUP",
            Self::Master => "MASTER",
            Self::Fault => "FAULT",
        })
    }
}

/// When a log line is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Detail {
    /// Always.
    Always,
    /// With `-D`.
    Detail,
    /// With `-D -D`.
    Extra,
    /// Never logged: only scripts, FIFOs, mails and status want it.
    Silent,
}

/// Something that happened. `Display` is the log line, worded as keepalived words it;
/// [`Event::detail`] says when it is logged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// An instance changed state (or entered its first).
    StateChanged {
        /// The instance.
        instance: String,
        /// State it left.
        from: State,
        /// State it is in.
        to: State,
        /// Effective priority now.
        priority: u8,
    },
    /// An instance has left its state because the daemon stops (notify STOP).
    InstanceStopped {
        /// The instance.
        instance: String,
        /// Effective priority.
        priority: u8,
    },
    /// An instance was removed by a reload (notify FAULT, or DELETED with `notify_deleted`).
    InstanceDeleted {
        /// The instance.
        instance: String,
        /// Effective priority.
        priority: u8,
    },
    /// A sync group changed state.
    GroupChanged {
        /// The group.
        group: String,
        /// State it is in.
        to: State,
    },
    /// After a reload an instance is in this state still (`fifo_write_vrrp_states_on_reload`).
    StateHeld {
        /// The instance.
        instance: String,
        /// The state.
        state: State,
        /// Effective priority.
        priority: u8,
    },
    /// The same of a sync group.
    GroupHeld {
        /// The group.
        group: String,
        /// The state.
        state: State,
    },
    /// A sync group ends because the daemon stops.
    GroupStopped {
        /// The group.
        group: String,
    },
    /// A master heard an advert of lower priority and forces a new election.
    LowerPriorityHeard {
        /// The instance.
        instance: String,
        /// Who sent it.
        sender: IpAddr,
        /// Its priority.
        theirs: u8,
        /// Our effective priority.
        ours: u8,
    },
    /// The effective priority changed.
    PriorityChanged {
        /// The instance.
        instance: String,
        /// State it is in.
        state: State,
        /// Priority before.
        from: u8,
        /// Priority now.
        to: u8,
    },
    /// Something about the course of one instance.
    Instance {
        /// The instance.
        instance: String,
        /// What.
        note: Note,
    },
    /// A packet was not accepted, or accepted with a reservation.
    Rejected {
        /// The instance.
        instance: String,
        /// Who sent it.
        sender: IpAddr,
        /// Why.
        reason: Rejection,
    },
    /// An advert came for a virtual router that is not configured.
    UnknownVrid {
        /// Its number.
        vrid: u8,
        /// Where it came in.
        interface: String,
        /// Who sent it.
        sender: IpAddr,
    },
    /// A tracked script ended otherwise than last time.
    ScriptReturned {
        /// The script.
        script: String,
        /// Its exit status.
        status: i32,
    },
    /// A tracked script counts as up or down from now on.
    ScriptVerdict {
        /// The script.
        script: String,
        /// How the deciding run ended.
        outcome: ScriptOutcome,
    },
    /// A watched thing counts so from now on.
    WatchVerdict {
        /// What kind of thing.
        kind: Kind,
        /// Its name.
        name: String,
        /// What it counts as.
        standing: Standing,
    },
    /// A sync group takes its members along.
    GroupSyncs {
        /// The group.
        group: String,
        /// State the members go to.
        to: State,
    },
    /// Something static was removed by somebody else and is put back.
    StaticRestored(Lost),
    /// Instances start their timers later (`vrrp_startup_delay`).
    StartDelayed {
        /// How long.
        delay: Duration,
    },
}

impl Event {
    /// When it is logged.
    pub fn detail(&self) -> Detail {
        match self {
            Self::Instance { note, .. } => note.detail(),
            // Notes and group events of the same moment carry their log lines.
            Self::InstanceStopped { .. }
            | Self::InstanceDeleted { .. }
            | Self::LowerPriorityHeard { .. }
            | Self::GroupChanged { .. }
            | Self::StateHeld { .. }
            | Self::GroupHeld { .. }
            | Self::GroupStopped { .. } => Detail::Silent,
            Self::Rejected { reason, .. } => reason.detail(),
            Self::GroupSyncs { .. }
            | Self::StateChanged { .. }
            | Self::PriorityChanged { .. }
            | Self::UnknownVrid { .. }
            | Self::ScriptReturned { .. }
            | Self::ScriptVerdict { .. }
            | Self::WatchVerdict { .. }
            | Self::StaticRestored(_)
            | Self::StartDelayed { .. } => Detail::Always,
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StateChanged {
                instance, from, to, ..
            } => {
                write!(f, "({instance}) Entering {to} STATE")?;
                if *from == State::Init {
                    f.write_str(" (init)")?;
                }
                Ok(())
            }
            Self::InstanceStopped { instance, .. } => write!(f, "({instance}) stopped"),
            Self::InstanceDeleted { instance, .. } => write!(f, "({instance}) removed"),
            Self::GroupChanged { group, to } => write!(f, "VRRP_Group({group}) now in {to} state"),
            Self::StateHeld {
                instance, state, ..
            } => write!(f, "({instance}) is in {state} STATE still"),
            Self::GroupHeld { group, state } => {
                write!(f, "VRRP_Group({group}) is in {state} state still")
            }
            Self::GroupStopped { group } => write!(f, "VRRP_Group({group}) stopped"),
            Self::LowerPriorityHeard {
                instance,
                sender,
                theirs,
                ours,
            } => write!(
                f,
                "({instance}) Received advert from {sender} with lower priority {theirs}, ours {ours}, forcing new election"
            ),
            Self::PriorityChanged {
                instance, from, to, ..
            } => write!(
                f,
                "({instance}) Changing effective priority from {from} to {to}"
            ),
            Self::Instance { instance, note } => write!(f, "({instance}) {note}"),
            Self::Rejected {
                instance, reason, ..
            } => write!(f, "({instance}) {reason}"),
            Self::UnknownVrid {
                vrid,
                interface,
                sender,
            } => write!(
                f,
                "Unknown VRID({vrid}) received on interface({interface}) from {sender}. ignoring..."
            ),
            Self::ScriptReturned { script, status } => {
                write!(f, "Script `{script}` now returning {status}")
            }
            Self::ScriptVerdict { script, outcome } => {
                write!(f, "VRRP_Script({script}) {outcome}")
            }
            Self::WatchVerdict {
                kind,
                name,
                standing,
            } => watch_verdict(f, *kind, name, *standing),
            Self::GroupSyncs { group, to } => {
                write!(f, "VRRP_Group({group}) Syncing instances to {to} state")
            }
            Self::StaticRestored(lost) => write!(f, "Restoring deleted static {lost}"),
            Self::StartDelayed { delay } => {
                write!(f, "Delaying startup for {} seconds", delay.as_secs_f64())
            }
        }
    }
}

impl fmt::Display for ScriptOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exited(0) => f.write_str("succeeded"),
            Self::Exited(status) => write!(f, "failed (exited with status {status})"),
            Self::Signalled(signal) => write!(f, "failed (due to signal {signal})"),
            Self::TimedOut => f.write_str("timed_out"),
            Self::Failed => f.write_str("failed"),
        }
    }
}

fn watch_verdict(
    f: &mut fmt::Formatter<'_>,
    kind: Kind,
    name: &str,
    standing: Standing,
) -> fmt::Result {
    match (kind, standing) {
        (_, Standing::Number(number)) => write!(f, "tracked {} {name} says {number}", kind.word()),
        (Kind::Port, Standing::Up) => write!(f, "VRRP_Port({name}) has a listener"),
        (Kind::Port, Standing::Down) => write!(f, "VRRP_Port({name}) has no listener"),
        (_, Standing::Up) => write!(f, "Quorum gained for tracked {} {name}", kind.word()),
        (_, Standing::Down) => write!(f, "Quorum lost for tracked {} {name}", kind.word()),
    }
}
