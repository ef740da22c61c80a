//! What is to be done: everything the load balancer can ask for, in the order it must happen.

use std::net::IpAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use vipd_config::model::Command;
use vipd_config::model::lvs::{CheckerKind, ServiceKey};

use super::event::Event;
use super::table::Operation;

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
    /// A real server is gone from the configuration: what was saved of it is worth nothing.
    Forget(ServiceKey, IpAddr, u16),
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
    /// Write this to the FIFOs for load balancing and for everything: a line, and a NUL byte.
    Fifo(String),
    /// Send a mail.
    Mail {
        /// Subject.
        subject: String,
        /// Body, one line without its end.
        body: String,
    },
}

/// What is remembered of a real server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saved {
    /// The virtual server.
    pub service: ServiceKey,
    /// Address of the real server.
    pub address: IpAddr,
    /// Its port.
    pub port: u16,
    /// Of each of its checks, in order: up or down.
    pub checks: Vec<bool>,
    /// The virtual server had its quorum.
    pub has_quorum: bool,
}
