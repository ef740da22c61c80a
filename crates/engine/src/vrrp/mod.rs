//! The virtual router redundancy protocol: instances, elections, announcements.

mod announce;
mod authenticity;
mod binding;
mod counters;
mod election;
mod fault;
mod group;
mod instance;
mod link_delays;
mod links;
mod losses;
mod receive;
mod rejection;
mod reload;
mod router;
mod schedule;
mod send;
mod sequence;
mod settings;
mod signing;
mod snapshot;
mod sockets;
mod start;
mod statics;
mod status;
mod timer;
mod transitions;
mod virtual_links;
mod watches;

pub use counters::Counters;
pub use fault::Fault;
pub use rejection::Rejection;
pub use router::Router;
pub use sequence::Sequence;
pub use settings::{Identity, Vmac};
pub use signing::Signing;
pub use snapshot::Snapshot;
pub use sockets::SocketSpec;
pub use status::{InstanceStatus, TrackerStatus};
pub use timer::Timer;

#[cfg(test)]
mod tests;
