//! What is reported is what is: the reported changes of an instance form one chain of states
//! that ends in the state it shows.

use std::collections::BTreeMap;

use vipd_engine::Event;
use vipd_engine::event::State;

use super::Checker;
use crate::record::{Record, What};
use crate::world::World;

/// The checker: the state last reported for each instance of each node.
#[derive(Debug, Default)]
pub(super) struct Reports {
    reported: BTreeMap<(usize, String), State>,
}

impl Checker for Reports {
    fn name(&self) -> &'static str {
        "reports tell the truth"
    }

    fn see(&mut self, world: &World, record: &Record) -> Result<(), String> {
        let Some(node) = record.node else {
            return Ok(());
        };
        match &record.what {
            What::Started(false) | What::Killed => self.reported.retain(|(n, _), _| *n != node),
            What::Report(Event::StateChanged {
                instance, from, to, ..
            }) => {
                let key = (node, instance.clone());
                let last = self.reported.insert(key, *to).unwrap_or(*from);
                if last != *from {
                    return Err(format!(
                        "{}: {instance} reports to leave {from:?}, but reported {last:?} before",
                        world.nodes()[node].name
                    ));
                }
            }
            What::Handled { .. } => return self.compare(world, node),
            _ => {}
        }
        Ok(())
    }
}

impl Reports {
    fn compare(&self, world: &World, node: usize) -> Result<(), String> {
        let node_now = &world.nodes()[node];
        if !node_now.runs() {
            return Ok(());
        }
        for (instance, standing) in node_now.config.instances.iter().zip(&node_now.standings) {
            let reported = self.reported.get(&(node, instance.name.clone()));
            if reported.is_some_and(|&state| state != standing.state) {
                return Err(format!(
                    "{}: {} is {:?}, but {reported:?} was reported last",
                    node_now.name, instance.name, standing.state
                ));
            }
        }
        Ok(())
    }
}
