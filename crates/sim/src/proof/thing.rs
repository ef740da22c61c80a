//! Things that can fail, and how that is done to a world.

use std::collections::BTreeSet;

use vipd_config::model::{Check, Config, Instance, Tracked};

use crate::action::Action;
use crate::machine::Machine;

/// Something that can fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thing {
    /// Node that it belongs to; of a link the first.
    pub node: usize,
    /// What it is.
    pub kind: Kind,
    /// What makes it fail.
    pub fail: Vec<Action>,
    /// What makes it well again.
    pub heal: Vec<Action>,
}

/// Kinds of things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The machine: it goes off.
    Node,
    /// The daemon: it is stopped in an orderly way.
    Daemon,
    /// A network interface: it goes down.
    Interface(String),
    /// What tracked scripts look at; scripts that look at the same fail together.
    Check {
        /// What is looked at.
        target: Check,
        /// The scripts, in the order of the file.
        scripts: Vec<String>,
    },
    /// A port of the host that is followed by `track_port`: nobody listens any more.
    Port {
        /// Its name, by which it is tracked.
        name: String,
        /// Its number.
        number: u16,
    },
    /// The path to another node: nothing passes either way.
    Link(usize),
}

impl Thing {
    /// Whether both can fail one after the other: a machine that is off has nothing left to fail.
    pub(super) fn goes_with(&self, other: &Self) -> bool {
        let swallows = |big: &Self, small: &Self| match (&big.kind, &small.kind) {
            (Kind::Node, Kind::Link(peer)) => small.node == big.node || *peer == big.node,
            (Kind::Node, _) | (Kind::Daemon, Kind::Check { .. } | Kind::Port { .. }) => {
                small.node == big.node
            }
            _ => false,
        };
        !swallows(self, other) && !swallows(other, self)
    }

    /// An instance of the node of this thing follows it by tracking it.
    pub fn is_tracked_by(&self, config: &Config, instance: &Instance) -> bool {
        let named = |list: &[Tracked], wanted: &dyn Fn(&str) -> bool| {
            list.iter().any(|tracked| wanted(&tracked.name))
        };
        let groups = config
            .sync_groups
            .iter()
            .filter(|group| group.members.contains(&instance.name));
        match &self.kind {
            Kind::Check { scripts, .. } => {
                let wanted = |name: &str| scripts.iter().any(|script| script == name);
                named(&instance.track_scripts, &wanted)
                    || groups
                        .into_iter()
                        .any(|group| named(&group.track_scripts, &wanted))
            }
            Kind::Interface(nic) => {
                let wanted = |name: &str| name == nic;
                named(&instance.track_interfaces, &wanted)
                    || groups
                        .into_iter()
                        .any(|group| named(&group.track_interfaces, &wanted))
            }
            Kind::Port { name: port, .. } => {
                let wanted = |name: &str| name == port;
                named(&instance.track_ports, &wanted)
                    || groups
                        .into_iter()
                        .any(|group| named(&group.track_ports, &wanted))
            }
            Kind::Node | Kind::Daemon | Kind::Link(_) => false,
        }
    }
}

/// Everything that can fail: of each node the machine, the daemon, interfaces and checks; then
/// the links.
pub(super) fn things(machines: &[Machine]) -> Vec<Thing> {
    let mut things = Vec::new();
    for (node, machine) in machines.iter().enumerate() {
        things.push(Thing {
            node,
            kind: Kind::Node,
            fail: vec![Action::PowerOff(node)],
            heal: vec![Action::Start(node)],
        });
        things.push(Thing {
            node,
            kind: Kind::Daemon,
            fail: vec![Action::Stop(node)],
            heal: vec![Action::Start(node)],
        });
        things.extend(machine.nics.iter().map(|nic| Thing {
            node,
            kind: Kind::Interface(nic.name.clone()),
            fail: vec![Action::Down(node, nic.name.clone())],
            heal: vec![Action::Up(node, nic.name.clone())],
        }));
        things.extend(checks(node, &machine.config));
        things.extend(ports(node, &machine.config));
    }
    for node in 0..machines.len() {
        for peer in node + 1..machines.len() {
            things.push(Thing {
                node,
                kind: Kind::Link(peer),
                fail: vec![Action::Partition(node, peer)],
                heal: vec![Action::Rejoin(node, peer)],
            });
        }
    }
    things
}

/// What the scripts of a node look at, each once.
fn checks(node: usize, config: &Config) -> Vec<Thing> {
    let turned = reversed(config);
    let mut things: Vec<Thing> = Vec::new();
    for script in &config.scripts {
        let failing = Action::Fail(node, script.name.clone());
        let well = Action::Recover(node, script.name.clone());
        let (fail, heal) = if turned.contains(script.name.as_str()) {
            (well, failing)
        } else {
            (failing, well)
        };
        let same = things.iter_mut().find_map(|thing| match &mut thing.kind {
            Kind::Check { target, scripts } if *target == script.check => {
                Some((scripts, &mut thing.fail, &mut thing.heal))
            }
            Kind::Node
            | Kind::Daemon
            | Kind::Interface(_)
            | Kind::Check { .. }
            | Kind::Port { .. }
            | Kind::Link(_) => None,
        });
        if let Some((scripts, fails, heals)) = same {
            scripts.push(script.name.clone());
            fails.push(fail);
            heals.push(heal);
        } else {
            things.push(Thing {
                node,
                kind: Kind::Check {
                    target: script.check.clone(),
                    scripts: vec![script.name.clone()],
                },
                fail: vec![fail],
                heal: vec![heal],
            });
        }
    }
    things
}

/// The ports that a node follows.
fn ports(node: usize, config: &Config) -> Vec<Thing> {
    let turned = reversed(config);
    let ports = config.ports.iter();
    ports
        .map(|port| {
            let name = &port.name;
            let mut fail = Action::Fail(node, name.clone());
            let mut heal = Action::Recover(node, name.clone());
            if turned.contains(name.as_str()) {
                std::mem::swap(&mut fail, &mut heal);
            }
            Thing {
                node,
                kind: Kind::Port {
                    name: name.clone(),
                    number: port.port.number,
                },
                fail: vec![fail],
                heal: vec![heal],
            }
        })
        .collect()
}

/// Scripts and ports whose result is turned round wherever they are tracked: their success is the failure.
pub(super) fn reversed(config: &Config) -> BTreeSet<&str> {
    let instances = config.instances.iter();
    let groups = config.sync_groups.iter();
    let instances = instances.flat_map(|i| i.track_scripts.iter().chain(&i.track_ports));
    let groups = groups.flat_map(|g| g.track_scripts.iter().chain(&g.track_ports));
    let lines = || instances.clone().chain(groups.clone());
    let straight: BTreeSet<&str> = lines()
        .filter(|tracked| !tracked.weight.reverse)
        .map(|tracked| tracked.name.as_str())
        .collect();
    lines()
        .filter(|tracked| tracked.weight.reverse)
        .map(|tracked| tracked.name.as_str())
        .filter(|name| !straight.contains(name))
        .collect()
}
