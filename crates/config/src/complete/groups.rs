//! `vrrp_sync_group` blocks.

use std::collections::BTreeMap;

use crate::complete::{Scene, group_tracking, notify, ports, tracking, watched};
use crate::interpret::draft::GroupDraft;
use crate::interpret::report::Report;
use crate::interpret::statement::At;
use crate::interpret::value;
use crate::model::{InitialState, Instance, SyncGroup};

/// All groups that have members. What members track by themselves may get another weight.
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
        let mut found = members(draft, &mut places, report);
        let mut members: Vec<String> = Vec::new();
        members.extend(found.iter().map(|index| instances[*index].name.clone()));
        if members.is_empty() {
            continue;
        }
        same_state(&found, instances);
        let name = draft.name.value.clone();
        let mut group = SyncGroup {
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
        };
        group_tracking::of_owner(draft, &mut group, &found, instances, report);
        found.sort_unstable();
        for index in found {
            group_tracking::settle(draft, &group, &mut instances[index], scene, report);
        }
        groups.push(group);
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
    let near = report.nearest(&member.value, places.keys().map(String::as_str));
    let problem = report.general(
        "unknown-member",
        member.span,
        format!(
            "there is no `vrrp_instance {}`; it is left out of `{group}`",
            member.value
        ),
    );
    if let Some(near) = near {
        problem.help = Some(format!("did you mean `{near}`?"));
        problem.fix = value::likely(member.span, near);
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
