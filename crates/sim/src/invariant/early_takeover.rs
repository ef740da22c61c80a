//! Nobody takes over from a master that it hears.
//!
//! A backup that accepted an advert stays backup for at least its number of advertisement
//! intervals (V2-22, V3-23 without the skew time), unless the master said good-bye (priority 0),
//! or somebody removed a VIP. The same holds from its start, for all but the address owner.

use std::collections::BTreeMap;
use std::time::Duration;

use vipd_engine::Instant;
use vipd_engine::event::State;

use super::{Checker, timing};
use crate::action::Action;
use crate::record::{Record, What};
use crate::world::World;

/// The checker: until when each instance of each node has to stay backup.
#[derive(Debug, Default)]
pub(super) struct EarlyTakeover {
    not_before: BTreeMap<(usize, usize), Instant>,
}

impl Checker for EarlyTakeover {
    fn name(&self) -> &'static str {
        "nobody takes over from a master it hears"
    }

    fn see(&mut self, world: &World, record: &Record) -> Result<(), String> {
        let Some(node) = record.node else {
            return Ok(());
        };
        match &record.what {
            What::Heard {
                instance, advert, ..
            } => {
                let own = world.nodes()[node].standings[*instance];
                let config = &world.nodes()[node].config.instances[*instance];
                let key = (node, *instance);
                if advert.priority == 0 {
                    self.not_before.remove(&key);
                } else if own.state == State::Backup
                    && (!config.preempts || advert.priority >= own.priority)
                {
                    let learned = match advert.version {
                        2 => config.advert_interval,
                        _ => advert.interval,
                    };
                    let wait = learned * u32::from(config.down_timer_adverts);
                    self.not_before.insert(key, record.at + shortened(wait));
                }
            }
            What::Started(false) => self.begin(world, node, record.at),
            What::Action(Action::DeleteAddress(..)) => {
                self.not_before.retain(|&(n, _), _| n != node);
            }
            What::State {
                instance,
                to: State::Master,
                from,
                priority,
            } => {
                return self.judge(world, record.at, (node, *instance), (*from, *priority));
            }
            _ => {}
        }
        Ok(())
    }
}

impl EarlyTakeover {
    fn begin(&mut self, world: &World, node: usize, at: Instant) {
        for (index, config) in world.nodes()[node].config.instances.iter().enumerate() {
            let wait = timing::interval(world, node, index) * u32::from(config.down_timer_adverts);
            self.not_before.insert((node, index), at + shortened(wait));
        }
    }

    fn judge(
        &self,
        world: &World,
        at: Instant,
        key: (usize, usize),
        (from, priority): (State, u8),
    ) -> Result<(), String> {
        let node = &world.nodes()[key.0];
        let config = &node.config.instances[key.1];
        let bound = self.not_before.get(&key).copied().unwrap_or_default();
        // A restored process shows its old state at once, coming from INIT.
        let restored =
            from == State::Init && config.priority != 255 && node.saved.contains_key(&config.name);
        if at >= bound || config.priority == 255 || restored {
            return Ok(());
        }
        Err(format!(
            "{}: {} became master with priority {priority}, {:?} too early",
            node.name,
            config.name,
            bound.since(at)
        ))
    }
}

/// A clock may run fast, and a version 3 interval is rounded on the wire.
fn shortened(wait: Duration) -> Duration {
    wait.saturating_sub(wait / 100 + Duration::from_millis(1))
}
