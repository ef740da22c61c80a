//! Route netlink: links, addresses and their changes; requests in batches.
//!
//! Synchronous and typed: one [`Route`] socket for requests and lists, one a monitor
//! for changes. Messages are coded by `netlink-packet-route`; what is read from the kernel is
//! read leniently, so that an attribute nobody knows yet does no harm.

pub mod create;
pub mod socket;

pub use socket::{Answer, Route};
