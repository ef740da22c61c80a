//! Whole clusters in virtual time over the engine: nodes, links, faults, and what must hold.
//!
//! A [`World`] runs [`vipd_engine::vrrp::Router`] itself on every node, never a model of it. Time,
//! luck and everything around the engine are made here, so a run depends on its seed alone.
//!
//! ```text
//! machines ─┐                        ┌─ records ─ journal (text, one line each)
//! actions  ─┴─ World (clock, queue) ─┴─ checkers (invariants)
//! ```

mod act;
pub mod action;
pub mod clock;
pub mod frame;
pub mod invariant;
pub mod journal;
pub mod lanes;
pub mod machine;
pub mod network;
pub mod node;
mod perform;
mod process;
pub mod proof;
pub mod random;
pub mod record;
pub mod rng;
pub mod scenario;
pub mod watched;
pub mod world;

pub use action::Action;
pub use machine::Machine;
pub use record::{Record, What};
pub use world::{Settings, World};
