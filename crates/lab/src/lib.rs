//! Hosts in network namespaces on one machine, for tests, demo and benchmarks.

pub mod service;

use std::ffi::OsString;

/// Web service of a host: `PORT NAME`. Returns the exit status.
pub fn web(words: &[OsString]) -> u8 {
    let _ = words;
    1
}

/// First process of a host. Returns the exit status.
pub fn init(words: &[OsString]) -> u8 {
    let _ = words;
    1
}
