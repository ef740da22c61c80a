//! Things that can fail, and how that is done to a world.

use std::collections::BTreeSet;

use vipd_config::model::{Check, Config, Instance, SyncGroup, Tracked};
use vipd_engine::tracking::watch::Kind as Watched;

use crate::action::Action;
use crate::machine::Machine;
use crate::watched;

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
    /// Processes that are followed by `track_process`: none of them runs any more, or one too
    /// many does.
    Process(String),
    /// A file that is followed by `track_file`: it says a number that means FAULT.
    File {
        /// Its name, by which it is tracked.
        name: String,
        /// The number.
        number: i64,
    },
    /// The path to another node: nothing passes either way.
    Link(usize),
}

impl Thing {
    /// Whether both can fail one after the other: a machine that is off has nothing left to fail.
    pub(super) fn goes_with(&self, other: &Self) -> bool {
        let swallows = |big: &Self, small: &Self| match (&big.kind, &small.kind) {
            (Kind::Node, Kind::Link(peer)) => small.node == big.node || *peer == big.node,
            (Kind::Node, _) => small.node == big.node,
            (Kind::Daemon, small_kind) => small_kind.is_tracked() && small.node == big.node,
            _ => false,
        };
        !swallows(self, other) && !swallows(other, self)
    }

    /// An instance of the node of this thing follows it by tracking it.
    pub fn is_tracked_by(&self, config: &Config, instance: &Instance) -> bool {
        lines(config, instance, &self.kind).next().is_some()
    }
}

impl Kind {
    /// Whether instances follow it only when they track it.
    fn is_tracked(&self) -> bool {
        match self {
            Self::Check { .. } | Self::Port { .. } | Self::Process(_) | Self::File { .. } => true,
            Self::Node | Self::Daemon | Self::Interface(_) | Self::Link(_) => false,
        }
    }

    /// Whether it goes by this name where it is tracked.
    fn is_named(&self, name: &str) -> bool {
        match self {
            Self::Check { scripts, .. } => scripts.iter().any(|script| script == name),
            Self::Interface(own)
            | Self::Port { name: own, .. }
            | Self::Process(own)
            | Self::File { name: own, .. } => own == name,
            Self::Node | Self::Daemon | Self::Link(_) => false,
        }
    }

    /// What an instance tracks of this kind.
    fn of_instance<'c>(&self, instance: &'c Instance) -> &'c [Tracked] {
        match self {
            Self::Check { .. } => &instance.track_scripts,
            Self::Interface(_) => &instance.track_interfaces,
            Self::Port { .. } => &instance.track_ports,
            Self::Process(_) => &instance.track_processes,
            Self::File { .. } => &instance.track_files,
            Self::Node | Self::Daemon | Self::Link(_) => &[],
        }
    }

    /// What a group tracks of this kind.
    fn of_group<'c>(&self, group: &'c SyncGroup) -> &'c [Tracked] {
        match self {
            Self::Check { .. } => &group.track_scripts,
            Self::Interface(_) => &group.track_interfaces,
            Self::Port { .. } => &group.track_ports,
            Self::Process(_) => &group.track_processes,
            Self::File { .. } => &group.track_files,
            Self::Node | Self::Daemon | Self::Link(_) => &[],
        }
    }
}

/// The lines of an instance and its group that track a thing.
pub(super) fn lines<'c>(
    config: &'c Config,
    instance: &'c Instance,
    kind: &'c Kind,
) -> impl Iterator<Item = &'c Tracked> {
    let groups = config.sync_groups.iter();
    let own = { groups }.filter(|group| group.members.contains(&instance.name));
    let lines = kind.of_instance(instance).iter();
    lines
        .chain(own.flat_map(|group| kind.of_group(group)))
        .filter(|line| kind.is_named(&line.name))
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
        things.extend(watched(node, &machine.config));
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
            | Kind::Process(_)
            | Kind::File { .. }
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

/// The processes and files that a node follows.
fn watched(node: usize, config: &Config) -> impl Iterator<Item = Thing> {
    let turned = reversed_processes(config);
    watched::all(config).map(move |(watched, name, readings)| {
        let (kind, turned) = match watched {
            Watched::File => {
                let number = readings.failed;
                (
                    Kind::File {
                        name: name.to_owned(),
                        number,
                    },
                    false,
                )
            }
            Watched::Port | Watched::Process => {
                (Kind::Process(name.to_owned()), turned.contains(name))
            }
        };
        let set = |reading| vec![Action::Set(node, watched, name.to_owned(), reading)];
        let (mut fail, mut heal) = (set(readings.failed), set(readings.well));
        if turned {
            std::mem::swap(&mut fail, &mut heal);
        }
        Thing {
            node,
            kind,
            fail,
            heal,
        }
    })
}

/// Scripts and ports whose result is turned round wherever they are tracked: their success is the failure.
fn reversed(config: &Config) -> BTreeSet<&str> {
    let instances = config.instances.iter();
    let groups = config.sync_groups.iter();
    let instances = instances.flat_map(|i| i.track_scripts.iter().chain(&i.track_ports));
    let groups = groups.flat_map(|g| g.track_scripts.iter().chain(&g.track_ports));
    turned(instances.chain(groups))
}

/// As [`reversed`], of processes.
fn reversed_processes(config: &Config) -> BTreeSet<&str> {
    let instances = config.instances.iter().flat_map(|i| &i.track_processes);
    let groups = config.sync_groups.iter().flat_map(|g| &g.track_processes);
    turned(instances.chain(groups))
}

fn turned<'c>(lines: impl Iterator<Item = &'c Tracked> + Clone) -> BTreeSet<&'c str> {
    let straight: BTreeSet<&str> = lines
        .clone()
        .filter(|tracked| !tracked.weight.reverse)
        .map(|tracked| tracked.name.as_str())
        .collect();
    lines
        .filter(|tracked| tracked.weight.reverse)
        .map(|tracked| tracked.name.as_str())
        .filter(|name| !straight.contains(name))
        .collect()
}
