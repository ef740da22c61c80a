//! Netlink: links, addresses and their changes, IPVS, nftables; requests in batches.
//!
//! Synchronous and typed: one [`Route`] socket for requests and lists, one [`Monitor`]
//! for changes; [`ipvs::Ipvs`] for the load balancer. Messages are coded by
//! `netlink-packet-route` and `-core`; what is read from the kernel is read leniently, so that
//! an attribute nobody knows yet does no harm.

pub mod address;
pub mod create;
mod generic;
pub mod ipvlan;
pub mod ipvs;
pub mod link;
pub mod listener;
pub mod macvlan;
pub mod monitor;
pub mod nftables;
pub mod routing;
pub mod rule;
pub mod socket;

pub use address::{Address, NewAddress, NewAddressFlags};
pub use ipvlan::Ipvlan;
pub use link::Link;
pub use listener::{Death, Deaths, Listener, Listeners, Transport};
pub use macvlan::Macvlan;
pub use monitor::{Change, Monitor};
pub use nftables::Nftables;
pub use routing::{Hop, NewRoute, RouteAdding, RoutingKey};
pub use rule::{NewRule, NewRuleAction};
pub use socket::{Answer, Route};
