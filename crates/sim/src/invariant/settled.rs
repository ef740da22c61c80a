//! When all faults are over: exactly one master for each virtual router that anybody can serve;
//! it is the best that insists; the VIPs are there and nowhere else; it announced them last; and
//! every effective priority is base plus weights.

use std::collections::BTreeMap;

use vipd_config::model::Tracked;
use vipd_engine::Instant;
use vipd_engine::event::State;

use super::{Checker, no_master::can_serve};
use crate::node::Node;
use crate::record::{Record, What};
use crate::world::World;

/// Node and instance.
type Member = (usize, usize);

/// The checker.
#[derive(Debug, Default)]
pub(super) struct Settled {
    /// When an instance last heard an advert (not priority 0) of a node.
    heard: BTreeMap<(Member, usize), Instant>,
    /// When an instance became master.
    master_since: BTreeMap<Member, Instant>,
}

impl Checker for Settled {
    fn name(&self) -> &'static str {
        "all is settled"
    }

    fn see(&mut self, _world: &World, record: &Record) -> Result<(), String> {
        match (&record.what, record.node) {
            (
                What::Heard {
                    instance,
                    from,
                    advert,
                },
                Some(node),
            ) if advert.priority > 0 => {
                self.heard.insert(((node, *instance), *from), record.at);
            }
            (
                What::State {
                    instance,
                    to: State::Master,
                    ..
                },
                Some(node),
            ) => {
                self.master_since.insert((node, *instance), record.at);
            }
            _ => {}
        }
        Ok(())
    }

    fn conclude(&mut self, world: &World) -> Result<(), String> {
        for members in &world.routers().members {
            let awake = members
                .iter()
                .copied()
                .filter(|&(n, _)| world.nodes()[n].is_awake());
            let candidates: Vec<Member> = awake
                .filter(|&(n, i)| can_serve(&world.nodes()[n], i))
                .collect();
            let masters: Vec<Member> = members
                .iter()
                .copied()
                .filter(|&(n, i)| world.nodes()[n].standings[i].state == State::Master)
                .filter(|&(n, _)| world.nodes()[n].runs())
                .collect();
            for &(node, instance) in &candidates {
                check_priority(&world.nodes()[node], instance)?;
            }
            match (masters.as_slice(), candidates.is_empty()) {
                ([], true) => {}
                ([master], false) => self.check_master(world, *master, members, &candidates)?,
                _ => {
                    return Err(format!(
                        "masters: {}; healthy: {}",
                        names(world, &masters),
                        names(world, &candidates)
                    ));
                }
            }
        }
        Ok(())
    }
}

impl Settled {
    fn check_master(
        &self,
        world: &World,
        master: Member,
        members: &[Member],
        candidates: &[Member],
    ) -> Result<(), String> {
        let node = &world.nodes()[master.0];
        if !candidates.contains(&master) {
            return Err(format!("{} is master and not healthy", node.name));
        }
        let own = node.standings[master.1].priority;
        for &(other, instance) in candidates {
            let rival = &world.nodes()[other];
            let theirs = rival.standings[instance].priority;
            if rival.config.instances[instance].preempts && theirs > own {
                return Err(format!(
                    "{} is master with {own}, though {} preempts with {theirs}",
                    node.name, rival.name
                ));
            }
        }
        for (nic, address) in node.addresses_of(master.1) {
            let elsewhere = members.iter().filter(|&&(other, _)| other != master.0);
            for &(other, _) in elsewhere {
                let other = &world.nodes()[other];
                if other.is_awake() && other.has_address(address) {
                    return Err(format!("{address} is on {} too", other.name));
                }
            }
            if !node.has_address(address) {
                return Err(format!("{address} is not on the master {}", node.name));
            }
            self.check_announced(world, master, nic, address)?;
        }
        Ok(())
    }

    /// Somebody else may have announced later only if the master had no way to know: it was
    /// master already and has heard nothing of that node since.
    fn check_announced(
        &self,
        world: &World,
        master: Member,
        nic: &str,
        address: std::net::IpAddr,
    ) -> Result<(), String> {
        let node = &world.nodes()[master.0];
        let Some(nic) = node.nics.get(nic) else {
            return Ok(());
        };
        let Some((last, at)) = world.last_announcement(&nic.segment, address) else {
            return Err(format!("{address} was never announced"));
        };
        let heard_since = self
            .heard
            .get(&(master, last))
            .is_some_and(|&heard| heard > at);
        let master_since = self.master_since.get(&master).copied().unwrap_or_default();
        if last != master.0 && (heard_since || master_since > at) {
            return Err(format!(
                "{} is master, but {} announced {address} last, at {at}",
                node.name,
                world.nodes()[last].name
            ));
        }
        Ok(())
    }
}

/// Base plus all weights that count now, kept within 1 to 254; an owner stays 255.
fn check_priority(node: &Node, instance: usize) -> Result<(), String> {
    let config = &node.config.instances[instance];
    let group = node
        .config
        .sync_groups
        .iter()
        .find(|g| g.members.contains(&config.name));
    let mut total = i32::from(config.priority);
    let counts = |up: bool, weight: vipd_config::model::Weight| {
        let value = i32::from(weight.value);
        let sign = if weight.reverse { -1 } else { 1 };
        if (value > 0) == up { sign * value } else { 0 }
    };
    total += tracked(&config.track_scripts, group.map(|g| &g.track_scripts))
        .chain(tracked(&config.track_ports, group.map(|g| &g.track_ports)))
        .map(|s| counts(!node.failing.contains(&s.name), s.weight))
        .sum::<i32>();
    total += tracked(&config.track_interfaces, group.map(|g| &g.track_interfaces))
        .map(|t| counts(node.nic_is_up(&t.name), t.weight))
        .sum::<i32>();
    total += tracked(&config.track_processes, group.map(|g| &g.track_processes))
        .map(|p| counts(node.has_process(&p.name), p.weight))
        .sum::<i32>();
    total += tracked(&config.track_files, group.map(|g| &g.track_files))
        .map(|file| node.file_adds(file).unwrap_or_default())
        .sum::<i32>();
    let expected = if config.priority == 255 {
        255
    } else {
        total.clamp(1, 254)
    };
    let shown = i32::from(node.standings[instance].priority);
    if shown != expected {
        return Err(format!(
            "{}: effective priority of {} is {shown}, {expected} expected",
            node.name, config.name
        ));
    }
    Ok(())
}

/// What a member tracks, and what its group tracks besides: what both track counts once, with the
/// weight that the configuration has settled for the member.
fn tracked<'c>(
    own: &'c [Tracked],
    of_group: Option<&'c Vec<Tracked>>,
) -> impl Iterator<Item = &'c Tracked> {
    let of_group = of_group.into_iter().flatten();
    let is_other = |line: &&Tracked| own.iter().all(|known| known.name != line.name);
    own.iter()
        .chain(of_group.filter(move |line| is_other(line)))
}

fn names(world: &World, members: &[Member]) -> String {
    let names: Vec<&str> = members
        .iter()
        .map(|&(n, _)| world.nodes()[n].name.as_str())
        .collect();
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}
