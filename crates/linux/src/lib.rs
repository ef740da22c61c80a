//! The kernel: netlink, raw and packet sockets, processes, namespaces, sandbox.
//!
//! The only crate with `unsafe`; every block says why it is sound. Knows nothing of the daemon.
#![allow(
    unsafe_code,
    reason = "system calls that nix does not wrap; each block says why it is sound"
)]

pub mod alarm;
pub mod arp;
pub mod clock;
pub mod datagrams;
pub mod descriptors;
pub mod error;
pub mod files;
pub mod folders;
pub mod heap;
pub mod limits;
pub mod linkbeat;
pub mod local_time;
pub mod memory;
pub mod namespace;
pub mod netlink;
pub mod ping_range;
pub mod poll;
pub mod probe_socket;
pub mod process;
pub mod processes;
pub mod sandbox;
pub mod secrets;
pub mod sysctl;
pub mod users;
pub mod vrrp_socket;

pub use error::Error;
