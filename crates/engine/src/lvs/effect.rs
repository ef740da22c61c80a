//! What is to be done: everything the load balancer can ask for, in the order it must happen.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use vipd_config::model::Command;
use vipd_config::model::lvs::{CheckerKind, ServiceKey};

use super::event::Event;
use super::table::{DestinationId, Operation};

/// An order to whoever runs the load balancer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Effect {
    /// Start this check now; answer with [`super::Input::Checked`].
    Probe(Probe),
    /// The running attempt of this check is wanted no longer.
    Abandon(CheckId),
    /// Do this to the kernel's table. Those that follow one another make one batch.
    Kernel(Operation),
    /// Something worth logging.
    Report(Event),
    /// Somebody is to be told.
    Tell(Told),
    /// State to be kept by the supervisor, so that a successor can carry on.
    Save(Saved),
    /// A virtual or real server is gone from the configuration: what was saved of it is worth
    /// nothing.
    Forget(SavedKey),
    /// All is done after [`super::Input::Stop`]; the process may end.
    Stopped,
}

/// Number of a check. Real servers that want the same check share it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct CheckId(pub u32);

/// One attempt of a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    /// The check.
    pub check: CheckId,
    /// Number of the attempt; never used twice.
    pub attempt: u64,
    /// What is done.
    pub kind: Arc<CheckerKind>,
    /// Of an HTTP check: which of its URLs.
    pub url: u32,
}

/// Something to be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Told {
    /// Run a script. Nothing is added to its arguments.
    Script {
        /// Whom it speaks for: scripts of one subject run one after the other, in order.
        subject: String,
        /// The program.
        command: Box<Command>,
        /// The daemon is stopping: it has a second.
        is_last: bool,
    },
    /// Write this to the FIFOs for load balancing and for everything: a line with its end.
    Fifo(String),
    /// Send a mail.
    Mail {
        /// Subject.
        subject: String,
        /// Body, one line without its end.
        body: String,
    },
}

/// What state is kept under: each [`Saved`] replaces the one before it of the same key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SavedKey {
    /// The virtual server.
    pub service: ServiceKey,
    /// The real server; `None`: what is known of the virtual server itself.
    pub server: Option<DestinationId>,
}

/// What a successor needs to carry on with a virtual or a real server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saved {
    /// Of whom.
    pub key: SavedKey,
    /// How it is.
    pub state: SavedState,
}

/// How a virtual or a real server is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SavedState {
    /// A virtual server.
    Service {
        /// It has its quorum.
        has_quorum: bool,
        /// The firewall mark that its group has for `nftables_ipvs`.
        mark: Option<u32>,
    },
    /// A real server: its checks, in the order of the file.
    Server(Vec<SavedCheck>),
}

/// How a check of a real server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedCheck {
    /// It is up.
    pub is_up: bool,
    /// It had an outcome that counted.
    pub has_run: bool,
    /// What it does to the weight.
    pub offset: Offset,
}

/// What a check does to the weight of its real server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Offset {
    /// Nothing.
    #[default]
    None,
    /// This instead of what is configured (`misc_dynamic`). What several ask for adds up as
    /// differences from what is configured.
    Instead(i64),
    /// This on top (`FILE_CHECK`).
    Added(i64),
}
