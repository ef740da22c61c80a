//! `vrrp_sync_group` blocks.

use crate::complete::{Scene, notify, ports, tracking, watched};
use crate::interpret::draft::GroupDraft;
use crate::interpret::report::Report;
use crate::interpret::suggest::nearest;
use crate::interpret::value;
use crate::model::{InitialState, Instance, SyncGroup, Weight};

/// All groups that have members. What members track by themselves may lose its weight.
pub(super) fn complete(
    scene: &Scene<'_>,
    instances: &mut [Instance],
    report: &mut Report,
) -> Vec<SyncGroup> {
    let mut groups: Vec<SyncGroup> = Vec::new();
    for draft in &scene.draft.groups {
        if draft.name.value.is_empty() {
            continue;
        }
        let members = members(draft, &groups, instances, report);
        if members.is_empty() {
            continue;
        }
        if !draft.tracking_weight {
            without_weights(draft, &members, instances, scene, report);
        }
        same_state(&members, instances);
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

fn members(
    draft: &GroupDraft,
    groups: &[SyncGroup],
    instances: &[Instance],
    report: &mut Report,
) -> Vec<String> {
    let name = &draft.name.value;
    let mut members: Vec<String> = Vec::new();
    let span = draft
        .members
        .as_ref()
        .map_or(draft.name.span, |members| members.span);
    for member in draft.members.iter().flat_map(|members| &members.value) {
        let other = groups
            .iter()
            .find(|group| group.members.contains(&member.value));
        if let Some(other) = other {
            report.general(
                "member-of-two-groups",
                member.span,
                format!(
                    "`{}` is a member of `{}` already; it is left out of `{name}`",
                    member.value, other.name
                ),
            );
        } else if members.contains(&member.value) {
            report.general(
                "member-of-two-groups",
                member.span,
                format!("`{}` is a member of `{name}` already", member.value),
            );
        } else if instances
            .iter()
            .any(|instance| instance.name == member.value)
        {
            members.push(member.value.clone());
        } else {
            let problem = report.general(
                "unknown-member",
                member.span,
                format!(
                    "there is no `vrrp_instance {}`; it is left out of `{name}`",
                    member.value
                ),
            );
            let known = instances.iter().map(|instance| instance.name.as_str());
            if let Some(near) = nearest(&member.value, known) {
                problem.help = Some(format!("did you mean `{near}`?"));
                problem.fix = value::likely(member.span, near);
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

/// keepalived clears the weights of what members track by themselves.
fn without_weights(
    draft: &GroupDraft,
    members: &[String],
    instances: &mut [Instance],
    scene: &Scene<'_>,
    report: &mut Report,
) {
    for instance in instances
        .iter_mut()
        .filter(|instance| members.contains(&instance.name))
    {
        let source = scene
            .draft
            .instances
            .iter()
            .find(|known| known.name.value == instance.name);
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
fn same_state(members: &[String], instances: &mut [Instance]) {
    let of_group = |instance: &&mut Instance| members.contains(&instance.name);
    let owners = instances
        .iter()
        .filter(|instance| members.contains(&instance.name))
        .all(|instance| instance.priority == 255);
    if owners {
        return;
    }
    for instance in instances.iter_mut().filter(of_group) {
        instance.initial_state = InitialState::Backup;
    }
}
