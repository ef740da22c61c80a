//! `vrrp_sync_group` blocks.

use std::collections::BTreeMap;

use crate::complete::{Scene, notify, ports, tracking, watched};
use crate::interpret::draft::GroupDraft;
use crate::interpret::report::Report;
use crate::interpret::statement::At;
use crate::interpret::suggest::nearest;
use crate::interpret::value;
use crate::model::{InitialState, Instance, SyncGroup, Tracked, Weight};

/// All groups that have members. What members track by themselves may lose its weight.
pub(super) fn complete(
    scene: &Scene<'_>,
    instances: &mut [Instance],
    report: &mut Report,
) -> Vec<SyncGroup> {
    let mut groups: Vec<SyncGroup> = Vec::new();
    let mut places = if scene.draft.groups.is_empty() {
        BTreeMap::new()
    } else {
        places(instances)
    };
    for draft in &scene.draft.groups {
        if draft.name.value.is_empty() {
            continue;
        }
        let found = members(draft, &mut places, report);
        let mut members: Vec<String> = Vec::new();
        members.extend(found.iter().map(|index| instances[*index].name.clone()));
        if members.is_empty() {
            continue;
        }
        if !draft.tracking_weight {
            without_weights(draft, &found, instances, scene, report);
        }
        same_state(&found, instances);
        let name = draft.name.value.clone();
        groups.push(SyncGroup {
            track_interfaces: tracking::interfaces(&draft.tracking, &name, None, scene, report),
            track_scripts: tracking::scripts(&draft.tracking, &name, scene, report),
            track_ports: ports::tracked(&draft.tracking.ports, &name, &scene.ports, report),
            track_files: watched::tracked_files(&draft.tracking.files, &name, scene, report),
            track_processes: watched::tracked_processes(
                &draft.tracking.processes,
                &name,
                scene,
                report,
            ),
            tracking_weight: draft.tracking_weight,
            notify: notify::complete(&draft.notify, &scene.draft.global, &name, report),
            members,
            name,
        });
        tracking::sessions(&draft.tracking, &draft.name.value, scene, report);
    }
    groups
}

/// Where an instance is in the list of all, and the group that it is a member of.
type Place<'a> = (usize, Option<&'a str>);

/// Instances by name.
fn places<'a>(instances: &[Instance]) -> BTreeMap<String, Place<'a>> {
    let names = instances.iter().map(|instance| instance.name.clone());
    names.zip((0..).map(|index| (index, None))).collect()
}

/// The members of a group, in its order.
fn members<'a>(
    draft: &'a GroupDraft,
    places: &mut BTreeMap<String, Place<'a>>,
    report: &mut Report,
) -> Vec<usize> {
    let name = draft.name.value.as_str();
    let mut members = Vec::new();
    let span = draft
        .members
        .as_ref()
        .map_or(draft.name.span, |members| members.span);
    for member in draft.members.iter().flat_map(|members| &members.value) {
        match places.get_mut(&member.value) {
            None => unknown_member(member, name, places, report),
            Some((index, group @ None)) => {
                *group = Some(name);
                members.push(*index);
            }
            Some((_, Some(other))) => {
                let message = if *other == name {
                    format!("`{}` is a member of `{name}` already", member.value)
                } else {
                    format!(
                        "`{}` is a member of `{other}` already; it is left out of `{name}`",
                        member.value
                    )
                };
                report.general("member-of-two-groups", member.span, message);
            }
        }
    }
    match members.len() {
        0 => {
            report.general(
                "empty-group",
                span,
                format!("`vrrp_sync_group {name}` has no member; it is left out"),
            );
        }
        1 => {
            report.general(
                "group-of-one",
                span,
                format!("`vrrp_sync_group {name}` has only one member, so it changes nothing"),
            );
        }
        _ => {}
    }
    members
}

fn unknown_member(
    member: &At<String>,
    group: &str,
    places: &BTreeMap<String, Place<'_>>,
    report: &mut Report,
) {
    let problem = report.general(
        "unknown-member",
        member.span,
        format!(
            "there is no `vrrp_instance {}`; it is left out of `{group}`",
            member.value
        ),
    );
    let mut known: Vec<_> = places.iter().collect();
    known.sort_unstable_by_key(|(_, (index, _))| *index);
    let known = known.iter().map(|(name, _)| name.as_str());
    if let Some(near) = nearest(&member.value, known) {
        problem.help = Some(format!("did you mean `{near}`?"));
        problem.fix = value::likely(member.span, near);
    }
}

/// keepalived clears the weights of what members track by themselves.
fn without_weights(
    draft: &GroupDraft,
    members: &[usize],
    instances: &mut [Instance],
    scene: &Scene<'_>,
    report: &mut Report,
) {
    let mut members = members.to_vec();
    members.sort_unstable();
    for index in members {
        let instance = &mut instances[index];
        let lists = [
            &instance.track_interfaces,
            &instance.track_scripts,
            &instance.track_ports,
            &instance.track_files,
            &instance.track_processes,
        ];
        let weighs = |tracked: &Tracked| tracked.weight.value != 0;
        if !lists.into_iter().flatten().any(weighs) {
            continue;
        }
        let mut blocks = scene.draft.instances.iter();
        let source = blocks.find(|known| known.name.value == instance.name);
        let tracked = instance
            .track_interfaces
            .iter_mut()
            .chain(&mut instance.track_scripts)
            .chain(&mut instance.track_ports)
            .chain(&mut instance.track_files)
            .chain(&mut instance.track_processes);
        for tracked in tracked.filter(|tracked| tracked.weight.value != 0) {
            let line = source
                .into_iter()
                .flat_map(|source| source.tracking.names())
                .find(|name| name.value == tracked.name)
                .map_or(draft.name.span, |name| name.span);
            report
                .general(
                    "weight-in-group",
                    line,
                    format!(
                        "`{}` is in `vrrp_sync_group {}`, so the weight of `{}` counts nothing: its failure means FAULT",
                        instance.name, draft.name.value, tracked.name
                    ),
                )
                .help = Some("add `sync_group_tracking_weight` to the group to keep weights".to_owned());
            tracked.weight = Weight {
                value: 0,
                reverse: tracked.weight.reverse,
            };
        }
    }
}

/// A group hopes for MASTER only when all its members do.
fn same_state(members: &[usize], instances: &mut [Instance]) {
    let mut each = members.iter();
    if each.all(|index| instances[*index].priority == 255) {
        return;
    }
    for index in members {
        instances[*index].initial_state = InitialState::Backup;
    }
}
