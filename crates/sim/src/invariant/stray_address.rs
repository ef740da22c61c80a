//! VIPs, routes and rules are on a master, and on no other node that runs.

use std::collections::BTreeSet;
use std::net::IpAddr;

use vipd_config::model::Routing;
use vipd_engine::event::{Lost, State};

use super::Checker;
use crate::node::Node;
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
    let mut due: BTreeSet<(&str, IpAddr)> = BTreeSet::new();
    let mut allowed = BTreeSet::new();
    for (index, instance) in node.config.instances.iter().enumerate() {
        let state = node.standings[index].state;
        if state == State::Master && !stopped {
            due.extend(node.addresses_of(index));
        } else if state == State::Backup && instance.priority == 255 {
            // An owner that starts is master in a moment, and leaves its addresses where they are.
            allowed.extend(node.addresses_of(index));
        }
    }
    for (name, nic) in &node.nics {
        for &(address, _) in &nic.added {
            let key = (name.as_str(), address);
            if !due.remove(&key) && !allowed.contains(&key) {
                return Err(format!(
                    "{}: {address} is on {name} without a master",
                    node.name
                ));
            }
        }
    }
    judge_routing(node, stopped)?;
    match due.first() {
        Some((nic, address)) if node.nic_is_up(nic) => Err(format!(
            "{}: {address} is not on {nic} of the master",
            node.name
        )),
        _ => Ok(()),
    }
}

/// Routes and rules are those of the masters, no more and no less.
fn judge_routing(node: &Node, stopped: bool) -> Result<(), String> {
    let (mut due, mut allowed) = (Vec::new(), Vec::new());
    for (instance, standing) in node.config.instances.iter().zip(&node.standings) {
        if standing.state == State::Master && !stopped {
            due.extend(&instance.routing);
        } else if standing.state == State::Backup && instance.priority == 255 {
            allowed.extend(&instance.routing);
        }
    }
    let is_stray = |one: &&Routing| !due.contains(one) && !allowed.contains(one);
    if let Some(stray) = node.routing.iter().find(is_stray) {
        let lost = Lost::routing(stray);
        return Err(format!("{}: {lost} is there without a master", node.name));
    }
    match due.iter().find(|one| !node.routing.contains(one)) {
        Some(missing) => {
            let lost = Lost::routing(missing);
            Err(format!("{}: {lost} of the master is not there", node.name))
        }
        None => Ok(()),
    }
}
