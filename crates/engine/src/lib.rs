//! Decisions without I/O: deterministic state machines that are given inputs and the
//! time, and give back an ordered list of effects.
//!
//! The daemon, the simulator, `vipd check` and the tests all run this same code. It has
//! no clock, no threads, no randomness of its own, and knows nothing of Linux.

pub mod effect;
pub mod event;
pub mod input;
pub mod lvs;
pub mod notify;
pub mod time;
pub mod tracking;
pub mod vrrp;
pub mod wire;

pub use effect::Effect;
pub use event::Event;
pub use input::Input;
pub use time::Instant;
