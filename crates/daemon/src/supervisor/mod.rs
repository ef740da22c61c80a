//! The supervisor: configuration, children, scripts, mail, control.

mod child;
mod fifos;
mod happening;
mod hooks;
mod log;
mod options;
mod runner;
pub mod security;
mod signals;
mod trackers;

pub use options::{LogOptions, Options};

/// Runs the daemon until it is stopped.
///
/// Returns the exit status: 0 stopped (or already running, or gone to the background), 1 fatal,
/// 2 configuration, 4 permission, 6 no configuration. Without `foreground` the calling process
/// returns as soon as the daemon in the background has started.
pub fn run(options: Options) -> u8 {
    drop(options);
    0
}

/// Runs the part of a child when this process was started as one, and returns its exit status.
///
/// To be called before anything else in `main`: a child has the command line of its parent, so
/// that command line must not be looked at.
pub fn child_main() -> Option<u8> {
    None
}
