//! What keeps an instance from running.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use vipd_config::model::Family;

use crate::tracking::watch::Kind;

/// A reason for the FAULT state. All must be gone for it to end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fault {
    /// An interface is down or missing.
    Interface(String),
    /// The interface has no address that adverts could come from.
    NoSource(Family),
    /// The configured source address is not on the interface (`track_src_ip`).
    SourceGone(IpAddr),
    /// A tracked script says so.
    Script(String),
    /// A watched thing is down.
    Watched(Kind, String),
    /// Another member of the sync group cannot run.
    Group,
    /// Unicast without peers (`unicast_fault_no_peer`).
    NoPeer,
    /// Authentication by header is for IPv4.
    Unsupported,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Interface(name) => write!(f, "interface {name} down"),
            Self::NoSource(Family::V4) => f.write_str("no IPv4 address for interface"),
            Self::NoSource(Family::V6) => f.write_str("no link-local IPv6 address for interface"),
            Self::SourceGone(address) => write!(f, "source address {address} not on interface"),
            Self::Script(name) => write!(f, "due to script {name}"),
            Self::Watched(kind, name) => write!(f, "due to {} {name}", kind.word()),
            Self::Group => f.write_str("another member of the sync group is in FAULT"),
            Self::NoPeer => f.write_str("no unicast peer"),
            Self::Unsupported => f.write_str("authentication type AH needs IPv4"),
        }
    }
}
