//! A master that runs is never silent for longer than its advertisement interval (V2-38, V3-38).

use std::collections::BTreeMap;
use std::time::Duration;

use vipd_engine::Instant;
use vipd_engine::event::State;

use super::{Checker, is_break};
use crate::record::{Record, What};
use crate::world::World;

/// The checker: when each instance of each node last sent, or began to.
#[derive(Debug, Default)]
pub(super) struct SilentMaster {
    since: BTreeMap<(usize, usize), Instant>,
}

impl Checker for SilentMaster {
    fn name(&self) -> &'static str {
        "a master is never silent"
    }

    fn see(&mut self, world: &World, record: &Record) -> Result<(), String> {
        let Some(node) = record.node else {
            return Ok(());
        };
        let all = 0..world.nodes()[node].config.instances.len();
        match &record.what {
            What::Sent { advert, .. } => {
                let instances = &world.nodes()[node].config.instances;
                for index in all.filter(|&index| instances[index].vrid == advert.vrid) {
                    self.since.insert((node, index), record.at);
                }
            }
            What::State { instance, .. } => {
                self.since.insert((node, *instance), record.at);
            }
            what if is_break(what) => {
                for index in all {
                    self.since.insert((node, index), record.at);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn look(&mut self, world: &World) -> Result<(), String> {
        for (number, node) in world
            .nodes()
            .iter()
            .enumerate()
            .filter(|(_, n)| n.is_awake())
        {
            for (index, instance) in node.config.instances.iter().enumerate() {
                if node.standings[index].state != State::Master {
                    continue;
                }
                let interval = instance.advert_interval;
                let late = world.settings().lateness * 2 + Duration::from_micros(100);
                let bound = interval + interval / 1000 + late;
                let since = self
                    .since
                    .get(&(number, index))
                    .copied()
                    .unwrap_or_default();
                let silent = world.now().since(since);
                if silent > bound {
                    return Err(format!(
                        "{}: {} is master and sent nothing for {silent:?}; at most {bound:?} expected",
                        node.name, instance.name
                    ));
                }
            }
        }
        Ok(())
    }
}
