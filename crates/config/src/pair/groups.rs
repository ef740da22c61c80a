//! Sync groups: the same virtual routers must go together on all nodes.

use std::collections::BTreeSet;

use super::{Node, VirtualRouter, wrong};
use crate::diagnostic::Diagnostic;
use crate::line::Span;
use crate::model::SyncGroup;

/// Groups that have a virtual router in common but not all.
pub(super) fn check(nodes: &[Node], routers: &[VirtualRouter], found: &mut Vec<Diagnostic>) {
    for (second, node) in nodes.iter().enumerate().skip(1) {
        for (router, members) in routers.iter().enumerate() {
            let Some(first) = first_on_both(members, second) else {
                continue;
            };
            let here = group_of(nodes, first, members);
            let there = group_of(nodes, second, members);
            let set = |node: usize, group: Option<&SyncGroup>| -> BTreeSet<usize> {
                group.map_or_else(BTreeSet::new, |group| {
                    routers_of(nodes, routers, node, group)
                })
            };
            let (ours, theirs) = (set(first, here), set(second, there));
            // Each group is spoken of once: at its first virtual router.
            let begins = |set: &BTreeSet<usize>| set.first().is_none_or(|at| *at == router);
            let alone = |set: &BTreeSet<usize>| set.len() < 2;
            if ours == theirs
                || alone(&ours) && alone(&theirs)
                || !(begins(&ours) && begins(&theirs))
            {
                continue;
            }
            let name = &instance_name(nodes, first, members);
            let problem = wrong(
                "pair-sync-group",
                format!(
                    "`{name}` goes together with {} on {}, and with {} on {}: they can end up master on different nodes",
                    others(nodes, routers, &ours, router),
                    nodes[first].name,
                    others(nodes, routers, &theirs, router),
                    node.name
                ),
            );
            let places = [
                place(nodes, first, here, members),
                place(nodes, second, there, members),
            ];
            found.push(
                super::both(problem, places, [&nodes[first], node])
                    .help("give the group the same members on all nodes"),
            );
        }
    }
}

/// The first node of a virtual router, when this one takes part too.
fn first_on_both(members: &VirtualRouter, node: usize) -> Option<usize> {
    let first = members.first()?.0;
    (first < node && members.iter().any(|(n, _)| *n == node)).then_some(first)
}

fn instance_name(nodes: &[Node], node: usize, members: &VirtualRouter) -> String {
    let member = members.iter().find(|(n, _)| *n == node);
    member.map_or_else(String::new, |&(n, i)| {
        nodes[n].config.instances[i].name.clone()
    })
}

fn group_of<'a>(nodes: &'a [Node], node: usize, members: &VirtualRouter) -> Option<&'a SyncGroup> {
    let name = instance_name(nodes, node, members);
    let groups = nodes[node].config.sync_groups.iter();
    { groups }.find(|group| group.members.contains(&name))
}

fn routers_of(
    nodes: &[Node],
    routers: &[VirtualRouter],
    node: usize,
    group: &SyncGroup,
) -> BTreeSet<usize> {
    let routers = routers.iter().enumerate();
    routers
        .filter(|(_, members)| {
            members.iter().any(|&(n, i)| {
                n == node && group.members.contains(&nodes[n].config.instances[i].name)
            })
        })
        .map(|(index, _)| index)
        .collect()
}

/// Names of the other virtual routers in a set.
fn others(
    nodes: &[Node],
    routers: &[VirtualRouter],
    set: &BTreeSet<usize>,
    router: usize,
) -> String {
    let names: Vec<String> = set
        .iter()
        .filter(|&&other| other != router)
        .filter_map(|&other| routers[other].first())
        .map(|&(n, i)| format!("`{}`", nodes[n].config.instances[i].name))
        .collect();
    if names.is_empty() {
        "nothing".to_owned()
    } else {
        names.join(", ")
    }
}

/// The name of the group, else that of the instance.
fn place(nodes: &[Node], node: usize, group: Option<&SyncGroup>, members: &VirtualRouter) -> Span {
    let places = &nodes[node].places;
    let group = group.and_then(|group| places.groups.get(&group.name));
    let instance = places.instances.get(&instance_name(nodes, node, members));
    group
        .map(|group| group.name)
        .or(instance.map(|instance| instance.name))
        .unwrap_or_default()
}
