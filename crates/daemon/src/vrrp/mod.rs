//! The VRRP process: one thread, one readiness loop, around `vipd_engine::vrrp::Router`.
//!
//! It does what the engine decides and tells the engine what happens; it decides nothing
//! itself. It waits for nothing but readiness: not for the supervisor, not for a script, not
//! for a slow log. Adverts go out at once; changes of addresses and announcements are worked
//! off in slices, so that thousands of them never hold up an advert.
//!
//! ```text
//!            sockets, netlink, supervisor, timer
//!                          |
//!               Input      v      Effect
//!            ---------> Router ---------+--> packets (sendmmsg, at once)
//!                                       +--> queue: addresses, announcements, reports
//! ```
//!
//! *Invariant*: after the start this process opens no file.

mod addresses;
mod announcements;
mod firewall;
mod interfaces;
mod kernel;
mod kernel_settings;
mod lateness;
mod linkbeat;
mod parent;
mod perform;
mod ports;
mod process;
mod queue;
mod routing;
mod sockets;
mod start;
mod troubles;
mod virtual_links;
mod watches;

use std::os::fd::OwnedFd;

/// Runs the process on its end of the socket pair to the supervisor, until it is told to stop
/// or the supervisor is gone. Returns the exit status.
///
/// The first message must be [`crate::messages::ToVrrp::Configure`].
pub fn run(socket: OwnedFd) -> u8 {
    start::run(socket)
}
