//! A reload of an unchanged configuration does nothing: no packet, no address, no announcement,
//! no change of state.

use std::collections::{BTreeMap, BTreeSet};

use super::Checker;
use crate::record::{Given, Record, What};
use crate::world::World;

/// The checker: what each node did since it last was done with an input.
#[derive(Debug, Default)]
pub(super) struct QuietReload {
    done: BTreeMap<usize, What>,
    /// Nodes that stood still and have handled nothing since: they have a stall to notice first.
    drowsy: BTreeSet<usize>,
}

impl Checker for QuietReload {
    fn name(&self) -> &'static str {
        "an unchanged configuration reloads quietly"
    }

    fn see(&mut self, world: &World, record: &Record) -> Result<(), String> {
        let Some(node) = record.node else {
            return Ok(());
        };
        match &record.what {
            What::Handled { input, .. } => {
                let done = self.done.remove(&node);
                let drowsy = self.drowsy.remove(&node);
                match done {
                    Some(done) if *input == Given::Reconfigure && !drowsy => {
                        Err(format!("{}: {done:?}", world.nodes()[node].name))
                    }
                    _ => Ok(()),
                }
            }
            What::Resumed => {
                self.drowsy.insert(node);
                Ok(())
            }
            What::Sent { .. }
            | What::AddressAdded { .. }
            | What::AddressRemoved { .. }
            | What::Announced { .. }
            | What::Priority { .. }
            | What::State { .. } => {
                self.done.insert(node, record.what.clone());
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
