//! The daemon: a supervisor that parses, watches and runs scripts, and a VRRP process that
//! performs what the engine decides.

pub mod checker;
pub mod host;
pub mod messages;
pub mod supervisor;
pub mod vrrp;
