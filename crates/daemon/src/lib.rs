//! The daemon: a supervisor that parses, watches and runs scripts, a VRRP process and a checker
//! process that perform what the engine decides.

pub mod checker;
pub mod host;
pub mod messages;
mod readiness;
pub mod supervisor;
pub mod vrrp;
