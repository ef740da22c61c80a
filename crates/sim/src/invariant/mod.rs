//! What must hold in every world, whatever happens in it. One small file each.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a checker cares for a few kinds of records only"
)]

mod bounds;
mod early_takeover;
mod no_master;
mod process_restart;
mod quiet_reload;
mod reports;
mod settled;
mod silent_master;
mod stray_address;
mod timing;
mod together;
mod two_masters;

#[cfg(test)]
mod tests;

use std::fmt;

use vipd_engine::Instant;

use crate::record::{Record, What};
use crate::world::World;

/// Watches a world for one invariant.
pub trait Checker: fmt::Debug {
    /// Name of the invariant.
    fn name(&self) -> &'static str;

    /// Sees a record. The world is as it was right after the input that made the record, or after
    /// the last of several inputs given at one moment by one cause.
    fn see(&mut self, _world: &World, _record: &Record) -> Result<(), String> {
        Ok(())
    }

    /// Looks at the world after each step, for what depends on the time.
    fn look(&mut self, _world: &World) -> Result<(), String> {
        Ok(())
    }

    /// Looks at the world when all faults are over and everything had time to settle.
    fn conclude(&mut self, _world: &World) -> Result<(), String> {
        Ok(())
    }
}

/// An invariant that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// When.
    pub at: Instant,
    /// Name of the invariant.
    pub invariant: &'static str,
    /// How it did not hold.
    pub message: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}: {}", self.invariant, self.at, self.message)
    }
}

/// All checkers, fresh.
pub fn all() -> Vec<Box<dyn Checker>> {
    vec![
        Box::new(bounds::Bounds::default()),
        Box::new(reports::Reports::default()),
        Box::new(two_masters::TwoMasters::default()),
        Box::new(no_master::NoMaster::default()),
        Box::new(early_takeover::EarlyTakeover::default()),
        Box::new(silent_master::SilentMaster::default()),
        Box::new(stray_address::StrayAddress::default()),
        Box::new(quiet_reload::QuietReload::default()),
        Box::new(process_restart::ProcessRestart::default()),
        Box::new(together::Together::default()),
        Box::new(settled::Settled::default()),
    ]
}

/// True for records after which everything known of a node's past is void.
fn is_break(what: &What) -> bool {
    matches!(
        what,
        What::Started(_) | What::Killed | What::Stopped | What::Paused | What::Resumed
    )
}
