//! A reload of an unchanged configuration does nothing: no packet, no address, no announcement,
//! no change of state. One of a changed configuration (same instances) still changes no state
//! and says no good-bye.

use std::collections::{BTreeMap, BTreeSet};

use super::Checker;
use crate::action::Action;
use crate::record::{Given, Record, What};
use crate::world::World;

/// The checker.
#[derive(Debug, Default)]
pub(super) struct QuietReload {
    /// What each node did since it last was done with an input.
    done: BTreeMap<usize, Vec<What>>,
    /// Nodes that stood still and have handled nothing since: they have a stall to notice first.
    drowsy: BTreeSet<usize>,
    /// Nodes that are given a changed configuration.
    changing: BTreeSet<usize>,
}

impl Checker for QuietReload {
    fn name(&self) -> &'static str {
        "reloads are quiet"
    }

    fn see(&mut self, world: &World, record: &Record) -> Result<(), String> {
        let Some(node) = record.node else {
            return Ok(());
        };
        match &record.what {
            What::Handled { input, .. } => return self.judge(world, node, *input),
            What::Action(Action::Reconfigure(..)) => {
                self.changing.insert(node);
            }
            What::Action(_) => {
                self.changing.remove(&node);
            }
            What::Resumed => {
                self.drowsy.insert(node);
            }
            What::Sent { .. }
            | What::AddressAdded { .. }
            | What::AddressRemoved { .. }
            | What::Announced { .. }
            | What::Priority { .. }
            | What::State { .. } => self.done.entry(node).or_default().push(record.what.clone()),
            _ => {}
        }
        Ok(())
    }
}

impl QuietReload {
    fn judge(&mut self, world: &World, node: usize, input: Given) -> Result<(), String> {
        let done = self.done.remove(&node).unwrap_or_default();
        let drowsy = self.drowsy.remove(&node);
        if input != Given::Reconfigure || drowsy {
            return Ok(());
        }
        let changed = self.changing.remove(&node);
        let wrong = done.iter().find(|what| !changed || is_loud(what));
        wrong.map_or(Ok(()), |what| {
            Err(format!("{}: {what:?}", world.nodes()[node].name))
        })
    }
}

/// What not even a changed configuration may do.
fn is_loud(what: &What) -> bool {
    match what {
        What::State { .. } => true,
        What::Sent { advert, .. } => advert.priority == 0,
        _ => false,
    }
}
