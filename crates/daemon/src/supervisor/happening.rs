//! Everything that can happen to the supervisor, as it arrives at its one loop.

use std::path::PathBuf;
use std::process::ExitStatus;

use tokio::sync::mpsc;
use vipd_engine::input::ScriptOutcome;

use super::hooks::HookEnded;
use super::misc_checks::MiscEnded;
use super::signals::Signal;
use super::watching::Seen;
use crate::messages::{FromChecker, FromVrrp};

/// Happenings that may wait for the loop; who has more to tell waits.
pub(crate) const WAITING_MAX: usize = 1024;

/// Something that happened.
#[derive(Debug)]
pub(crate) enum Happening {
    /// A signal came.
    Signal(Signal),
    /// The VRRP process of this number says something.
    Vrrp {
        /// Which start of the process, so that a dead one's words are not taken for its successor's.
        generation: u64,
        /// What it says.
        message: Box<FromVrrp>,
    },
    /// The VRRP process of this number has ended; it has said all it had to say.
    VrrpEnded {
        /// Which start of the process.
        generation: u64,
        /// How it ended; none when that cannot be known.
        status: Option<ExitStatus>,
    },
    /// The checker process says something.
    Checker {
        /// Which start of the process said it.
        generation: u64,
        /// What it says.
        message: Box<FromChecker>,
    },
    /// The checker process has ended.
    CheckerEnded {
        /// Which start of the process ended.
        generation: u64,
        /// How, if anybody knows.
        status: Option<ExitStatus>,
    },
    /// The command of a `MISC_CHECK` ended.
    Misc(MiscEnded),
    /// A tracked script ended.
    Script {
        /// Its name.
        name: String,
        /// How.
        outcome: ScriptOutcome,
    },
    /// Something watched was looked at.
    Seen(Seen),
    /// A tracked script or something watched gives trouble; the text is a whole log line.
    Trouble(String),
    /// The moment has come that this file has said (`reload_time_file`).
    TimeToReload {
        /// The file.
        path: PathBuf,
    },
    /// A notify script ended.
    Hook(HookEnded),
    /// The script that reads a FIFO ended.
    FifoReaderEnded {
        /// Path of the FIFO.
        path: String,
    },
    /// A mail is through, or given up; the text is a log line.
    Mail(String),
}

/// Where happenings are sent.
pub(crate) type Inbox = mpsc::Sender<Happening>;
