//! The checker process: health checks of real servers, and the table of IPVS.
//!
//! One thread, one loop around `vipd_engine::lvs::Balancer`. [`looks::Looks`] makes the checks that
//! the engine orders, many at once; [`probe`] is one of them. Commands of a `MISC_CHECK` are run by
//! the supervisor: this process may not. It opens no file.
//!
//! ```text
//!    supervisor   ends of checks   addresses   deadline
//!         \\             |             |          /
//!          +-------------+------+------+---------+
//!                    Input      v      Effect
//!                  --------> Balancer --------+--> checks, operations on the table
//!                                             +--> reports and orders for the supervisor
//! ```

mod addresses;
pub mod looks;
mod mending;
pub mod parent;
pub mod probe;
mod process;
mod start;
pub mod table;

use std::os::fd::OwnedFd;

/// Runs the process on its end of the socket pair to the supervisor, until it is told to stop
/// or the supervisor is gone. Returns the exit status.
///
/// The first message must be [`crate::messages::ToChecker::Configure`].
pub fn run(socket: OwnedFd) -> u8 {
    start::run(socket)
}
