//! The members of a sync group are in one state whenever an input is handled.

use super::Checker;
use crate::record::{Given, Record, What};
use crate::world::World;

/// The checker.
#[derive(Debug, Default)]
pub(super) struct Together {}

impl Checker for Together {
    fn name(&self) -> &'static str {
        "members of a group are in one state"
    }

    fn see(&mut self, world: &World, record: &Record) -> Result<(), String> {
        let (What::Handled { input, .. }, Some(node)) = (&record.what, record.node) else {
            return Ok(());
        };
        // Told of interfaces before it starts, none has a state.
        let node = &world.nodes()[node];
        if !node.runs() || matches!(input, Given::Stop) {
            return Ok(());
        }
        for group in &node.config.sync_groups {
            let all = node.config.instances.iter().zip(&node.standings);
            let mut members = all.filter(|(instance, _)| group.members.contains(&instance.name));
            let Some((first, standing)) = members.next() else {
                continue;
            };
            if let Some((other, differing)) = members.find(|(_, s)| s.state != standing.state) {
                return Err(format!(
                    "{}: {} is {}, but {} is {}",
                    node.name, first.name, standing.state, other.name, differing.state
                ));
            }
        }
        Ok(())
    }
}
