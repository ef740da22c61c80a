//! Hosts in network namespaces on one machine, for tests, demo and benchmarks.
//!
//! A [`Lab`] makes [`Host`]s and [`Switch`]es; cables between them are [`Port`]s. Each host has
//! namespaces of its own for network, files, processes and host name, so real daemons run in it
//! with their real paths and names and notice nothing. Everything goes through netlink and system
//! calls; no program but this one is needed. When the program that made them ends, however it
//! ends, all hosts end with it, unless they are [`kept`].
//!
//! ```text
//!     host a [eth0]----port1 |        |
//!     host b [eth0]----port2 | switch |
//!     client [eth0]----port3 |        |
//! ```

pub mod capture;
mod command;
mod conversation;
mod error;
mod host;
mod init;
pub mod kept;
mod privilege;
pub mod prober;
mod service;
pub mod story;
mod switch;
mod watch;

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;

pub use capture::{Capture, Frame};
pub use command::{Command, Output, Process};
pub use error::{Error, Result};
pub use host::Host;
pub use init::init;
pub use nix::sys::signal::Signal;
pub use privilege::become_root_if_needed;
pub use prober::{Prober, Seen};
pub use switch::{Port, Switch};

/// Where the program that made the lab is found in each host, beside what is linked there.
pub const PROGRAM: &str = "/run/lab/bin/vipd";

/// Makes hosts.
#[derive(Clone, Debug)]
pub struct Lab {
    program: PathBuf,
}

impl Lab {
    /// A lab whose hosts are run by `program`: it must call [`init`] for its argument `lab-init`
    /// and [`web`] for `lab-web`.
    ///
    /// Fails when this process may not make namespaces; see [`become_root_if_needed`].
    pub fn new(program: impl Into<PathBuf>) -> Result<Self> {
        if !vipd_linux::namespace::may_make_namespaces() {
            let why = "this user may not make namespaces".to_owned();
            return Err(Error::Forbidden { why });
        }
        Ok(Self {
            program: program.into(),
        })
    }

    /// Makes a host without links but `lo`.
    pub fn host(&self, name: &str) -> Result<Host> {
        Host::make(&self.program, name)
    }

    /// Makes a switch without cables.
    pub fn switch(&self, name: &str) -> Result<Switch> {
        Switch::make(&self.program, name)
    }
}

/// Web service of a host: `PORT NAME`. Says `serving` once it does, and serves until killed.
/// Returns the exit status.
pub fn web(words: &[OsString]) -> u8 {
    let words: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
    let problem = match &words[..] {
        [port, name] => match port.parse() {
            Ok(port) => service::serve(port, name).to_string(),
            Err(_) => format!("{port} is not a port"),
        },
        _ => "wants a port and a name".to_owned(),
    };
    // There is nobody else to tell.
    let _ = writeln!(std::io::stderr(), "lab-web: {problem}");
    1
}
