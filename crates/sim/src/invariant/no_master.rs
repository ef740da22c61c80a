//! A healthy node that hears no better master is master itself before long.
//!
//! So never is everybody backup while a healthy, connected candidate exists. A backup waits for
//! `Master_Down_Interval` from the last advert that it may accept (V2-33, V2-35); `timing` says how
//! long that can be. The wait begins anew when it hears such an advert, starts, stood still, or
//! anything that its own health depends on changes.

use std::collections::{BTreeMap, BTreeSet};

use vipd_engine::Instant;
use vipd_engine::event::State;

use super::{Checker, is_break, timing};
use crate::action::Action;
use crate::node::Node;
use crate::record::{Record, What};
use crate::world::World;

/// The checker: when the wait of each instance of each node began.
#[derive(Debug, Default)]
pub(super) struct NoMaster {
    since: BTreeMap<(usize, usize), Instant>,
    /// Instances whose master has said good-bye (priority 0): only the skew time is left (V2-34).
    hurrying: BTreeSet<(usize, usize)>,
    /// Whether an instance and those with it can serve, as long as nothing is done to its node.
    able: BTreeMap<(usize, usize), bool>,
}

impl Checker for NoMaster {
    fn name(&self) -> &'static str {
        "a healthy node that hears no better master takes over"
    }

    fn see(&mut self, world: &World, record: &Record) -> Result<(), String> {
        if may_heal_or_break(&record.what) {
            self.able.clear();
        }
        let Some(node) = record.node else {
            if record.what == What::Action(Action::Heal) {
                self.since.clear();
            }
            return Ok(());
        };
        match &record.what {
            What::Heard {
                instance, advert, ..
            } => {
                let own = world.nodes()[node].standings[*instance];
                let config = &world.nodes()[node].config.instances[*instance];
                let ignored = config.preempts
                    && config.preempt_delay.is_zero()
                    && advert.priority < own.priority;
                if !ignored || advert.priority == 0 {
                    self.wait((node, *instance), record.at);
                }
                if advert.priority == 0 && own.state == State::Backup {
                    self.hurrying.insert((node, *instance));
                }
            }
            What::State { instance, .. } => {
                self.wait((node, *instance), record.at);
            }
            What::Action(Action::Reload(_)) => {}
            what if is_break(what) || matches!(what, What::Action(_)) => {
                for instance in 0..world.nodes()[node].config.instances.len() {
                    self.wait((node, instance), record.at);
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
            for instance in 0..node.config.instances.len() {
                self.judge(world, number, instance)?;
            }
        }
        Ok(())
    }
}

impl NoMaster {
    /// The wait begins anew.
    fn wait(&mut self, key: (usize, usize), at: Instant) {
        self.since.insert(key, at);
        self.hurrying.remove(&key);
    }

    fn judge(&mut self, world: &World, number: usize, instance: usize) -> Result<(), String> {
        let node = &world.nodes()[number];
        let now = world.now();
        let since = self.since.entry((number, instance)).or_insert(now);
        let mut is_able = || {
            let known = self.able.entry((number, instance));
            *known.or_insert_with(|| can_serve(node, instance))
        };
        let waits = node.standings[instance].state != State::Master
            && node.unsettled_until <= now
            && is_able();
        if !waits {
            *since = now;
            self.hurrying.remove(&(number, instance));
            return Ok(());
        }
        let together = together_with(node, instance);
        // A member of a group waits for the last of all members.
        let from = together
            .iter()
            .filter_map(|&i| self.since.get(&(number, i)))
            .max();
        let from = from.copied().unwrap_or(now).max(node.unsettled_until);
        let hurries = |i| together.len() == 1 && self.hurrying.contains(&(number, i));
        let bounds = together.iter().map(|&i| {
            if hurries(i) {
                timing::longest_skew(world, number, i)
            } else {
                timing::longest_down(world, number, i)
            }
        });
        let bound = bounds.max().unwrap_or_default() * if together.len() > 1 { 2 } else { 1 };
        let waited = now.since(from);
        if waited > bound {
            return Err(format!(
                "{}: {} is {:?} though it is healthy and heard no better master for {waited:?}; at most {bound:?} expected",
                node.name, node.config.instances[instance].name, node.standings[instance].state
            ));
        }
        Ok(())
    }
}

/// What may be followed by another answer of `can_serve`.
fn may_heal_or_break(what: &What) -> bool {
    !matches!(
        what,
        What::Handled { .. }
            | What::Heard { .. }
            | What::Sent { .. }
            | What::Lost { .. }
            | What::Report(_)
            | What::Script { .. }
            | What::Announced { .. }
    )
}

/// The instances of a node that change state with this one, itself included.
fn together_with(node: &Node, instance: usize) -> Vec<usize> {
    let config = &node.config;
    let name = &config.instances[instance].name;
    let Some(group) = config.sync_groups.iter().find(|g| g.members.contains(name)) else {
        return vec![instance];
    };
    let members = config.instances.iter().enumerate();
    members
        .filter(|(_, i)| group.members.contains(&i.name))
        .map(|(index, _)| index)
        .collect()
}

/// Nothing keeps an instance and those that change state with it from being master.
pub(super) fn can_serve(node: &Node, instance: usize) -> bool {
    together_with(node, instance)
        .iter()
        .all(|&i| is_healthy(node, i))
}

/// Nothing that is tracked with weight 0 is in trouble.
fn is_healthy(node: &Node, instance: usize) -> bool {
    let own = &node.config.instances[instance];
    let groups = node
        .config
        .sync_groups
        .iter()
        .filter(|g| g.members.contains(&own.name));
    let of_groups = || groups.clone();
    let scripts = { own.track_scripts.iter() }
        .chain(&own.track_ports)
        .chain(of_groups().flat_map(|g| g.track_scripts.iter().chain(&g.track_ports)));
    let nics = { own.track_interfaces.iter() }.chain(of_groups().flat_map(|g| &g.track_interfaces));
    let processes =
        { own.track_processes.iter() }.chain(of_groups().flat_map(|g| &g.track_processes));
    let mut files = { own.track_files.iter() }.chain(of_groups().flat_map(|g| &g.track_files));
    let watched_well = processes
        .filter(|p| p.weight.value == 0)
        .all(|p| node.has_process(&p.name) != p.weight.reverse)
        && files.all(|file| node.file_adds(file).is_some());
    let home_up = node.nic_of(instance).is_some_and(|(_, nic)| nic.is_up);
    let vips_up = node
        .addresses_of(instance)
        .all(|(nic, _)| node.nic_is_up(nic));
    let scripts_well = scripts
        .filter(|s| s.weight.value == 0)
        .all(|s| node.failing.contains(&s.name) == s.weight.reverse);
    let nics_well = nics
        .filter(|t| t.weight.value == 0)
        .all(|t| node.nic_is_up(&t.name) != t.weight.reverse);
    let addresses_well = vips_up || !own.tracks_primary;
    home_up && addresses_well && scripts_well && nics_well && watched_well
}
