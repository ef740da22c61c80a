//! "The kernel said no", with what was tried and on what.

use std::io;

/// A system call failed.
#[derive(Debug, thiserror::Error)]
#[error("cannot {doing} {on}: {source}")]
pub struct Error {
    /// What was being done, such as `bind VRRP socket on`.
    pub doing: &'static str,
    /// To what, such as `eth0`.
    pub on: String,
    /// The kernel's answer.
    pub source: io::Error,
}

impl Error {
    /// Wraps an answer of the kernel.
    pub fn new(doing: &'static str, on: impl Into<String>, source: impl Into<io::Error>) -> Self {
        Self {
            doing,
            on: on.into(),
            source: source.into(),
        }
    }
}
