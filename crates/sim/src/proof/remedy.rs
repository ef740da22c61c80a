//! The smallest change that makes a failure move the master. Each is tried with the engine
//! before it is offered.

use std::time::Duration;

use vipd_config::model::{Config, Tracked};

use super::stage::Stage;
use super::thing::{Thing, lines};
use super::{Outcome, VirtualRouter};

/// Something that would help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remedy {
    /// What to change.
    pub change: Change,
    /// How long after the failure the other is master then.
    pub after: Duration,
}

/// A change of the files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Another weight for something tracked.
    Weight {
        /// The nodes on which it is changed.
        nodes: Vec<usize>,
        /// What is tracked.
        tracked: String,
        /// The weight now.
        from: i16,
        /// The weight then.
        to: i16,
    },
    /// Another priority of the standby.
    Priority {
        /// Its node.
        node: usize,
        /// Its instance.
        instance: usize,
        /// The priority now.
        from: u8,
        /// The priority then.
        to: u8,
    },
    /// No weight: a failure means FAULT.
    NoWeight {
        /// The node.
        node: usize,
        /// What is tracked.
        tracked: String,
    },
}

/// The numbers that decided.
struct Numbers {
    master: usize,
    other: usize,
    other_base: u8,
    /// By how much the master was ahead while the thing failed, and 1: what is missing.
    missing: i16,
}

/// What would make the failure of this thing move the master.
pub(super) fn find(
    stage: &Stage,
    routers: &[VirtualRouter],
    outcome: &Outcome,
    thing: &Thing,
) -> Vec<Remedy> {
    let Some(numbers) = numbers(outcome) else {
        return Vec::new();
    };
    let router = &routers[outcome.router];
    let changes = [
        weight(stage, router, thing, &numbers),
        priority(router, &numbers),
        no_weight(stage, router, thing, &numbers),
    ];
    let changes = changes.into_iter().flatten();
    changes
        .filter_map(|change| {
            let after = try_out(stage, routers, outcome, thing, &change)?;
            Some(Remedy { change, after })
        })
        .collect()
}

fn numbers(outcome: &Outcome) -> Option<Numbers> {
    let &[master] = &outcome.before[..] else {
        return None;
    };
    let fit = outcome.members.iter().filter_map(|member| {
        let (priority, is_fit) = member.failed?;
        is_fit.then_some((member, priority))
    });
    let fit: Vec<_> = fit.collect();
    let (_, ours) = fit.iter().find(|(member, _)| member.node == master)?;
    let others = fit.iter().filter(|(member, _)| member.node != master);
    let (best, theirs) = others.max_by_key(|(_, priority)| *priority)?;
    Some(Numbers {
        master,
        other: best.node,
        other_base: best.base,
        missing: i16::from(*ours) - i16::from(*theirs) + 1,
    })
}

/// The lines of an instance of a node, and of its group, that track this thing.
fn lines_of<'a>(
    stage: &'a Stage,
    node: usize,
    instance: usize,
    thing: &'a Thing,
) -> impl Iterator<Item = &'a Tracked> {
    let config = &stage.machines[node].config;
    lines(config, &config.instances[instance], &thing.kind)
}

fn member_of(router: &VirtualRouter, node: usize) -> Option<usize> {
    let members = router.members.iter();
    { members }
        .find(|(n, _)| *n == node)
        .map(|(_, instance)| *instance)
}

/// A weight that is as much larger as is missing. What a success adds is added on every node that
/// has the same check; where that does not help, a failure takes away instead.
fn weight(
    stage: &Stage,
    router: &VirtualRouter,
    thing: &Thing,
    numbers: &Numbers,
) -> Option<Change> {
    let instance = member_of(router, numbers.master)?;
    let line = lines_of(stage, numbers.master, instance, thing).next()?;
    let from = line.weight.value;
    if from == 0 {
        return None;
    }
    let alike = |&&(node, instance): &&(usize, usize)| {
        lines_of(stage, node, instance, thing)
            .any(|other| other.name == line.name && other.weight.value == from)
    };
    let nodes: Vec<usize> = router
        .members
        .iter()
        .filter(alike)
        .map(|(node, _)| *node)
        .collect();
    let adds = from > 0 && nodes.contains(&numbers.other);
    let to = if from < 0 {
        from - numbers.missing
    } else if adds {
        from + numbers.missing
    } else {
        -numbers.missing
    };
    (-253..=253).contains(&to).then(|| Change::Weight {
        nodes: if adds { nodes } else { vec![numbers.master] },
        tracked: line.name.clone(),
        from,
        to,
    })
}

fn priority(router: &VirtualRouter, numbers: &Numbers) -> Option<Change> {
    let to = i16::from(numbers.other_base) + numbers.missing;
    Some(Change::Priority {
        node: numbers.other,
        instance: member_of(router, numbers.other)?,
        from: numbers.other_base,
        to: u8::try_from(to).ok().filter(|to| *to < 255)?,
    })
}

fn no_weight(
    stage: &Stage,
    router: &VirtualRouter,
    thing: &Thing,
    numbers: &Numbers,
) -> Option<Change> {
    let instance = member_of(router, numbers.master)?;
    let line = lines_of(stage, numbers.master, instance, thing).next()?;
    (line.weight.value != 0).then(|| Change::NoWeight {
        node: numbers.master,
        tracked: line.name.clone(),
    })
}

/// Runs the cluster with the change: how long after the failure another is master. None when the
/// change does not help, or makes another node the master while all is well.
fn try_out(
    stage: &Stage,
    routers: &[VirtualRouter],
    outcome: &Outcome,
    thing: &Thing,
    change: &Change,
) -> Option<Duration> {
    let mut machines = stage.machines.clone();
    let router = &routers[outcome.router];
    match change {
        Change::Weight {
            nodes, tracked, to, ..
        } => {
            for node in nodes {
                set_weight(&mut machines[*node].config, router, *node, tracked, *to);
            }
        }
        Change::Priority {
            node, instance, to, ..
        } => {
            machines[*node].config.instances[*instance].priority = *to;
        }
        Change::NoWeight { node, tracked } => {
            set_weight(&mut machines[*node].config, router, *node, tracked, 0);
        }
    }
    let changed = Stage::new(machines);
    let (rest, courses) = changed.calm();
    if courses[outcome.router].masters != outcome.before {
        return None;
    }
    let (_, courses) = changed.fail(&rest, thing, outcome.router);
    let course = &courses[outcome.router];
    let moved = course.masters.len() == 1 && course.masters != outcome.before;
    moved.then(|| course.since.unwrap_or_default())
}

fn set_weight(config: &mut Config, router: &VirtualRouter, node: usize, name: &str, to: i16) {
    let Some(instance) = member_of(router, node) else {
        return;
    };
    let instance = &mut config.instances[instance];
    let groups = config.sync_groups.iter_mut();
    let groups = groups.filter(|group| group.members.contains(&instance.name));
    let group_lines = groups.flat_map(|group| {
        group
            .track_scripts
            .iter_mut()
            .chain(&mut group.track_interfaces)
            .chain(&mut group.track_ports)
            .chain(&mut group.track_processes)
    });
    let own = instance
        .track_scripts
        .iter_mut()
        .chain(&mut instance.track_interfaces)
        .chain(&mut instance.track_ports)
        .chain(&mut instance.track_processes);
    let lines = own.chain(group_lines);
    for tracked in lines.filter(|tracked| tracked.name == name) {
        tracked.weight.value = to;
    }
}
