//! No two masters that can hear each other for longer than the protocol allows.
//!
//! Of two masters, the worse (lower priority, or equal priority and lower address: V2-40, V3-40)
//! yields as soon as it hears the better one, and the better one speaks at least once in each
//! of its intervals. So the bound is one interval of the better one, plus the time a packet is
//! under way. Each advert of the better one that was lost, and each time one of them stood still
//! or started, begins the wait anew.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use vipd_config::model::Family;
use vipd_engine::Instant;
use vipd_engine::event::State;

use super::{Checker, is_break, timing};
use crate::record::{Record, What};
use crate::world::World;

/// The checker.
#[derive(Debug, Default)]
pub(super) struct TwoMasters {
    /// For node and instance: since when nothing has changed there.
    calm_since: BTreeMap<(usize, usize), Instant>,
    /// For sending instance and hearing node: when an advert was last lost.
    lost: BTreeMap<(usize, usize, usize), Instant>,
}

impl Checker for TwoMasters {
    fn name(&self) -> &'static str {
        "no two masters that hear each other"
    }

    fn see(&mut self, world: &World, record: &Record) -> Result<(), String> {
        let Some(node) = record.node else {
            return Ok(());
        };
        match &record.what {
            What::State { instance, .. } | What::Priority { instance, .. } => {
                self.calm_since.insert((node, *instance), record.at);
            }
            What::Lost { to, advert } => {
                for instance in sending(world, node, advert.vrid) {
                    self.lost.insert((node, instance, *to), record.at);
                }
            }
            What::Heard { instance, from, .. } => {
                return yields(world, record, (node, *instance), *from);
            }
            what if is_break(what) => {
                for instance in 0..world.nodes()[node].config.instances.len() {
                    self.calm_since.insert((node, instance), record.at);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn look(&mut self, world: &World) -> Result<(), String> {
        for members in &world.routers().members {
            for (at, &one) in members.iter().enumerate() {
                for &other in members.iter().skip(at + 1) {
                    self.judge(world, one, other)?;
                }
            }
        }
        Ok(())
    }
}

impl TwoMasters {
    fn judge(
        &self,
        world: &World,
        one: (usize, usize),
        other: (usize, usize),
    ) -> Result<(), String> {
        if !(is_awake_master(world, one) && is_awake_master(world, other)) {
            return Ok(());
        }
        let (better, worse) = if rank(world, one) > rank(world, other) {
            (one, other)
        } else {
            (other, one)
        };
        let bound = timing::interval(world, better.0, better.1);
        let bound = bound + timing::slack(world, bound);
        let since = [
            self.calm_since.get(&better),
            self.calm_since.get(&worse),
            self.lost.get(&(better.0, better.1, worse.0)),
        ];
        let since = since
            .into_iter()
            .flatten()
            .max()
            .copied()
            .unwrap_or_default();
        let lasted = world.now().since(since);
        if lasted > bound {
            return Err(describe(world, better, worse, lasted, bound));
        }
        Ok(())
    }
}

fn describe(
    world: &World,
    better: (usize, usize),
    worse: (usize, usize),
    lasted: Duration,
    bound: Duration,
) -> String {
    let name = |(node, instance): (usize, usize)| {
        let node = &world.nodes()[node];
        format!(
            "{} ({} {})",
            node.name, node.config.instances[instance].name, node.standings[instance].priority
        )
    };
    format!(
        "{} and {} are both master for {lasted:?}, though nothing was lost; at most {bound:?} expected",
        name(better),
        name(worse)
    )
}

/// An instance that has heard a better advert is not master.
fn yields(
    world: &World,
    record: &Record,
    (node, instance): (usize, usize),
    from: usize,
) -> Result<(), String> {
    let What::Heard { advert, .. } = &record.what else {
        return Ok(());
    };
    let own = world.nodes()[node].standings[instance];
    if own.state != State::Master || advert.priority <= own.priority || own.priority == 255 {
        return Ok(());
    }
    Err(format!(
        "{} is master with priority {} after it heard {} from {}",
        world.nodes()[node].name,
        own.priority,
        advert.priority,
        world.nodes()[from].name
    ))
}

fn is_awake_master(world: &World, (node, instance): (usize, usize)) -> bool {
    let node = &world.nodes()[node];
    node.is_awake() && node.standings[instance].state == State::Master
}

/// Who wins: the higher priority, then the higher address.
fn rank(world: &World, (node, instance): (usize, usize)) -> (u8, Option<IpAddr>) {
    let node = &world.nodes()[node];
    let config = &node.config.instances[instance];
    let address = node
        .nic_of(instance)
        .and_then(|(_, nic)| match config.family {
            Family::V4 => Some(nic.primary.0.into()),
            Family::V6 => config.source.or(nic.ipv6.first().map(|&own| own.into())),
        });
    (node.standings[instance].priority, address)
}

fn sending(world: &World, node: usize, vrid: u8) -> Vec<usize> {
    let instances = world.nodes()[node].config.instances.iter().enumerate();
    instances
        .filter(|(_, i)| i.vrid == vrid)
        .map(|(index, _)| index)
        .collect()
}
