//! A VRRP process that is killed and started again from its snapshots carries on: a master is
//! master at once, says no good-bye (priority 0) and removes no address.

use std::collections::BTreeMap;

use vipd_engine::event::State;

use super::Checker;
use crate::action::Action;
use crate::record::{Given, Record, What};
use crate::world::World;

/// The checker.
#[derive(Debug, Default)]
pub(super) struct ProcessRestart {
    /// State of each instance of each node.
    states: BTreeMap<(usize, usize), State>,
    /// Nodes whose process was killed, with the instances that were master.
    killed: BTreeMap<usize, Vec<usize>>,
}

impl Checker for ProcessRestart {
    fn name(&self) -> &'static str {
        "a restarted process carries on"
    }

    fn see(&mut self, world: &World, record: &Record) -> Result<(), String> {
        let Some(node) = record.node else {
            return Ok(());
        };
        match &record.what {
            What::State { instance, to, .. } => {
                self.states.insert((node, *instance), *to);
            }
            What::Killed if world.nodes()[node].paused_until.is_none() => {
                let of_node = self.states.range((node, 0)..(node + 1, 0));
                let masters = of_node.filter(|(_, state)| **state == State::Master);
                self.killed
                    .insert(node, masters.map(|(&(_, index), _)| index).collect());
            }
            What::Started(restored) => {
                if !restored {
                    self.killed.remove(&node);
                }
                self.states.retain(|&(n, _), _| n != node);
            }
            // Whatever else is done to it meanwhile may well change its state.
            What::Action(action) if !matches!(action, Action::KillProcess(_)) => {
                self.killed.remove(&node);
            }
            What::Handled {
                input: Given::Start,
                ..
            } => return self.judge(world, node),
            What::Sent { advert, .. } if advert.priority == 0 => {
                return self.forbid(world, node, record);
            }
            What::AddressRemoved { .. } => return self.forbid(world, node, record),
            _ => {}
        }
        Ok(())
    }
}

impl ProcessRestart {
    fn judge(&mut self, world: &World, node: usize) -> Result<(), String> {
        let masters = self.killed.remove(&node).unwrap_or_default();
        let standings = &world.nodes()[node].standings;
        for instance in masters {
            if standings[instance].state != State::Master {
                return Err(format!(
                    "{}: {} was master and is {} in the new process",
                    world.nodes()[node].name,
                    world.nodes()[node].config.instances[instance].name,
                    standings[instance].state
                ));
            }
        }
        Ok(())
    }

    fn forbid(&self, world: &World, node: usize, record: &Record) -> Result<(), String> {
        if self.killed.get(&node).is_none_or(Vec::is_empty) {
            return Ok(());
        }
        Err(format!(
            "{}: {:?} by the new process",
            world.nodes()[node].name,
            record.what
        ))
    }
}
