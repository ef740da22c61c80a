//! The supervisor: configuration, children, scripts, mail.
//!
//! ```text
//!   signals   child socket   child's end   scripts   FIFO readers   mail
//!       \          |             |            |            |         /
//!        +---------+------+------+------------+------------+--------+
//!                         v
//!              one inbox of `Happening`s
//!                         v
//!                 `Daemon::handle`  (the only way in; `tick` for deadlines)
//! ```
//!
//! All state is in `Daemon`. Tasks beside the loop wait for one thing each and hold no state that
//! anybody else wants to know.
//!
//! *Invariant*: only this process runs programs, and it never waits for one.

mod alarm;
mod checker_side;
mod child;
mod child_pid_file;
mod configuration;
mod daemon;
mod dumps;
mod fifos;
mod happening;
mod hooks;
mod kept_settings;
mod log;
mod mail;
mod material;
mod misc_checks;
mod options;
mod parts;
mod places;
mod pulse;
mod reload;
mod reload_file;
mod runner;
pub mod security;
mod service;
mod signals;
mod snapshots;
mod spare;
mod start;
mod stop;
mod timed_reload;
mod trackers;
mod vrrp_side;
mod watching;

pub use options::{LogOptions, Options, title};
pub use start::{child_main, run};
