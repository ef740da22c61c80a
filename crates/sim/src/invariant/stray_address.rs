//! VIPs are on a master, and on no other node that runs.

use std::collections::BTreeSet;

use vipd_engine::event::State;

use super::Checker;
use crate::record::{Given, Record, What};
use crate::world::World;

/// The checker: nodes whose engine has started. Before that, addresses of an earlier life may
/// still be there.
#[derive(Debug, Default)]
pub(super) struct StrayAddress {
    started: BTreeSet<usize>,
}

impl Checker for StrayAddress {
    fn name(&self) -> &'static str {
        "addresses are where the master is"
    }

    fn see(&mut self, world: &World, record: &Record) -> Result<(), String> {
        let Some(node) = record.node else {
            return Ok(());
        };
        match &record.what {
            What::Handled {
                input: Given::Start,
                ..
            } => {
                self.started.insert(node);
            }
            What::Killed | What::Started(_) => {
                self.started.remove(&node);
            }
            What::Stopped => {
                self.started.remove(&node);
                return judge(world, node, true);
            }
            _ => {}
        }
        if matches!(record.what, What::Handled { .. }) && self.started.contains(&node) {
            return judge(world, node, false);
        }
        Ok(())
    }
}

fn judge(world: &World, number: usize, stopped: bool) -> Result<(), String> {
    let node = &world.nodes()[number];
    if !node.inbox.is_empty() || node.runs() == stopped {
        return Ok(());
    }
    for (index, instance) in node.config.instances.iter().enumerate() {
        // An address owner is master in a moment, and leaves its addresses where they are.
        if instance.priority == 255 && node.standings[index].state == State::Backup {
            continue;
        }
        let is_master = !stopped && node.standings[index].state == State::Master;
        for (nic, address) in node.addresses_of(index) {
            let is_there = node.nics.get(nic).is_some_and(|nic| nic.has(address));
            if is_there != is_master && node.nics.contains_key(nic) {
                let (not, state) = if is_there {
                    ("", "")
                } else {
                    ("not ", "though ")
                };
                return Err(format!(
                    "{}: {address} is {not}on {nic}, {state}{} is {}",
                    node.name,
                    instance.name,
                    if stopped {
                        "stopped".to_owned()
                    } else {
                        node.standings[index].state.to_string()
                    },
                ));
            }
        }
    }
    Ok(())
}
