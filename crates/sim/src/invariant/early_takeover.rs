//! Nobody takes over from a master that it hears.
//!
//! A backup that accepted an advert stays backup for at least its number of advertisement
//! intervals (V2-22, V3-23 without the skew time), unless the master said good-bye (priority 0),
//! or somebody removed a VIP. The same holds from its start, for all but the address owner.

use std::collections::BTreeMap;
use std::time::Duration;

use vipd_engine::Instant;
use vipd_engine::event::State;

use super::Checker;
use crate::action::Action;
use crate::frame::Advert;
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
                self.heard(world, record.at, (node, *instance), advert);
            }
            What::Started(false) => self.begin(world, node, record.at),
            What::Action(Action::DeleteAddress(..)) => {
                self.not_before.retain(|&(n, _), _| n != node);
            }
            What::State {
                instance,
                from: State::Fault,
                to: State::Backup,
                ..
            } => self.wait_own(world, (node, *instance), record.at),
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
    fn heard(&mut self, world: &World, at: Instant, key: (usize, usize), advert: &Advert) {
        let own = world.nodes()[key.0].standings[key.1];
        let config = &world.nodes()[key.0].config.instances[key.1];
        let accepted = !config.preempts || advert.priority >= own.priority;
        if advert.priority == 0 {
            self.not_before.remove(&key);
        } else if own.state == State::Backup && accepted {
            let learned = match advert.version {
                2 => config.advert_interval,
                _ => advert.interval,
            };
            let wait = learned * u32::from(config.down_timer_adverts);
            self.not_before.insert(key, at + shortened(wait));
        } else if !config.preempt_delay.is_zero() || is_grouped(world, key) {
            // Perhaps accepted, and its interval learned; or a reason to go along with a group.
            self.not_before.remove(&key);
        }
    }

    fn begin(&mut self, world: &World, node: usize, at: Instant) {
        for instance in 0..world.nodes()[node].config.instances.len() {
            self.wait_own(world, (node, instance), at);
        }
    }

    /// At the start and after a fault the own interval counts. A member of a group goes along
    /// with the first whose wait is over.
    fn wait_own(&mut self, world: &World, key: (usize, usize), at: Instant) {
        let config = &world.nodes()[key.0].config.instances[key.1];
        let wait = config.advert_interval * u32::from(config.down_timer_adverts);
        if is_grouped(world, key) {
            self.not_before.remove(&key);
        } else {
            self.not_before.insert(key, at + shortened(wait));
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

fn is_grouped(world: &World, (node, instance): (usize, usize)) -> bool {
    let config = &world.nodes()[node].config;
    let name = &config.instances[instance].name;
    let mut groups = config.sync_groups.iter();
    groups.any(|group| group.members.contains(name))
}

/// A clock may run fast, and a version 3 interval is rounded on the wire.
fn shortened(wait: Duration) -> Duration {
    wait.saturating_sub(wait / 100 + Duration::from_millis(1))
}
