//! What has happened, in the words that logs, scripts, FIFOs, mails and `vipd status` share.

use serde::{Deserialize, Serialize};

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
        sender: std::net::IpAddr,
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
}

impl Event {
    /// When it is logged.
    pub fn detail(&self) -> Detail {
        Detail::Always
    }
}
