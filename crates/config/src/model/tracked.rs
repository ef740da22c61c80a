//! Things that instances and groups track.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Command;

/// `vrrp_script`: something that is run again and again and says whether all is well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackScript {
    /// Its name, by which instances track it.
    pub name: String,
    /// What is run.
    pub check: Check,
    /// `interval`: from start to start.
    pub interval: Duration,
    /// `timeout`: after this the run is killed and counts as failed; `interval` when not given.
    pub timeout: Duration,
    /// `weight`: default of the tracking instances.
    pub weight: Weight,
    /// `rise`: successes needed to count as up. At least 1.
    pub rise: u32,
    /// `fall`: failures needed to count as down. At least 1.
    pub fall: u32,
    /// `init_fail`: counts as down until the first success.
    pub init_fail: bool,
}

/// What a `vrrp_script` runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Check {
    /// A program; exit status 0 is success.
    Run(Command),
    /// `</dev/tcp/HOST/PORT`: success when a TCP connection can be made. No shell is involved.
    Connect {
        /// Host name or address.
        host: String,
        /// Port number.
        port: u16,
    },
    /// `</path`: success when the file can be opened for reading.
    Open(String),
}

/// A port of this host on which something must wait for clients: `vrrp_track_port`, or a line of
/// `track_port` that says it all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackPort {
    /// Its name, by which instances track it: given, or the port in words (`tcp 0.0.0.0:80`).
    pub name: String,
    /// Which port.
    pub port: Port,
    /// `weight`: default of the tracking instances.
    pub weight: Weight,
    /// `rise_delay`: how long somebody must listen before it counts as up.
    pub rise_delay: Duration,
    /// `fall_delay`: how long nobody must listen before it counts as down.
    pub fall_delay: Duration,
}

/// A port of this host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Port {
    /// How clients come.
    pub protocol: PortProtocol,
    /// Clients of this address must be served, unspecified (`0.0.0.0`, `::`): those of all
    /// addresses of its family. None: a socket with whatever address will do.
    pub address: Option<IpAddr>,
    /// Its number, 1 to 65535.
    pub number: u16,
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let protocol = match self.protocol {
            PortProtocol::Tcp => "tcp",
            PortProtocol::Udp => "udp",
        };
        match self.address {
            None => write!(f, "{protocol} {}", self.number),
            Some(address) => {
                let end = SocketAddr::new(address, self.number);
                write!(f, "{protocol} {end}")
            }
        }
    }
}

/// How clients come to a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum PortProtocol {
    /// A listening socket.
    Tcp,
    /// A bound socket.
    Udp,
}

/// `track_file`: a file with a number in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackFile {
    /// Its name, by which instances and health checks track it.
    pub name: String,
    /// `file`: its path.
    pub path: String,
    /// `weight`: default of those that track it; 1 when not given.
    pub weight: Weight,
    /// `init_file`: how it is made at the start.
    pub init: Option<InitFile>,
}

/// `init_file`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InitFile {
    /// What is written into it.
    pub value: i32,
    /// Also when there is a file already.
    pub overwrite: bool,
}

/// `vrrp_track_process`: processes of this machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackProcess {
    /// Its name, by which instances track it.
    pub name: String,
    /// `process`: name of the process (its first 15 bytes count), or with `full_command` the
    /// first word of its command line.
    pub command: String,
    /// `full_command`, or arguments that matter.
    pub full_command: bool,
    /// Arguments its command line must have.
    pub arguments: Arguments,
    /// `weight`: default of the tracking instances.
    pub weight: Weight,
    /// `quorum`: fewest that must run, at least 1; 0 when `quorum_max` is 0.
    pub quorum: u32,
    /// `quorum_max`: most that may run.
    pub quorum_max: Option<u32>,
    /// `fork_delay`: how long a change must last that new processes bring.
    pub fork_delay: Duration,
    /// `terminate_delay`: how long a change must last that the end of processes brings.
    pub terminate_delay: Duration,
}

/// What the arguments of a process must be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Arguments {
    /// Whatever they are.
    #[default]
    Any,
    /// Just these.
    Exact(Vec<String>),
    /// These, of which the last may be longer (`param_match initial`).
    Initial(Vec<String>),
    /// These first, then whatever others (`param_match partial`).
    Partial(Vec<String>),
}

/// What a tracked thing adds to the priority; 0 means FAULT instead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weight {
    /// -253 to 253 (files and processes: -254 to 254).
    pub value: i16,
    /// `reverse`: what it would add is taken off; with a weight of 0 the result is turned round.
    pub reverse: bool,
}

/// A thing tracked by name, with the weight that holds here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tracked {
    /// Name of the interface, script, port, file or process.
    pub name: String,
    /// Weight for this instance.
    pub weight: Weight,
}
