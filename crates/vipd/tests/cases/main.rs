//! The deployments that the project exists for, each played as its reader would follow it.
//!
//! The configuration files beside this one are those of five public write-ups, as printed, with
//! the values filled in that one of them leaves empty.

#![expect(clippy::expect_used, reason = "a test says what it expected")]
#![allow(
    unreachable_pub,
    reason = "the stage is shared by several test programs"
)]

mod cloud;
mod firewall;
mod mysql;
mod nginx;
mod pair;
mod ports;
mod process;
mod simplehttp;
mod tracking;
mod watched;

#[path = "../stage/mod.rs"]
mod stage;
