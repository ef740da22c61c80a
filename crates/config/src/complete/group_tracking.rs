//! What a group tracks, beside what its members track by themselves.
//!
//! What holds for a member (keepalived 2.2.7): what only the member tracks has its own weight with
//! `sync_group_tracking_weight`, and none without; what both track counts once, with the weight of
//! the group, or with none when one of the two has none.

use crate::complete::Scene;
use crate::diagnostic::{Class, Diagnostic};
use crate::interpret::draft::{GroupDraft, TrackedDraft};
use crate::interpret::report::Report;
use crate::line::Span;
use crate::model::{Instance, SyncGroup, Tracked, Weight};

/// What is tracked, as far as keepalived's messages differ.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Interface,
    Process,
    Other,
}

/// Weights of a group that has an owner (priority 255) among its members: the priority of an owner
/// is fixed, so keepalived clears them for all.
pub(super) fn of_owner(
    draft: &GroupDraft,
    group: &mut SyncGroup,
    members: &[usize],
    instances: &[Instance],
    report: &mut Report,
) {
    let mut members = members.iter().map(|index| &instances[*index]);
    let Some(owner) = members.find(|instance| instance.priority == 255) else {
        return;
    };
    let lists = [
        &mut group.track_interfaces,
        &mut group.track_scripts,
        &mut group.track_ports,
        &mut group.track_files,
        &mut group.track_processes,
    ];
    let weighted = lists.into_iter().flatten();
    for tracked in weighted.filter(|tracked| tracked.weight.value != 0) {
        let mut lines = draft.tracking.names();
        let line = lines.find(|line| line.value == tracked.name);
        let message = format!(
            "`{}`, a member of `vrrp_sync_group {}`, is the owner of its addresses (priority 255), so `{}` has no weight: its failure means FAULT",
            owner.name, group.name, tracked.name
        );
        let span = line.map_or(draft.name.span, |line| line.span);
        report.general("weight-of-owner", span, message).help =
            Some("leave the weight out, or give the member a priority below 255".to_owned());
        tracked.weight = cleared(tracked.weight);
    }
}

/// Gives what a member tracks by itself the weight that it has there.
pub(super) fn settle(
    draft: &GroupDraft,
    group: &SyncGroup,
    instance: &mut Instance,
    scene: &Scene<'_>,
    report: &mut Report,
) {
    own_interface(draft, group, instance, report);
    let Instance {
        name: owner,
        track_interfaces,
        track_scripts,
        track_ports,
        track_files,
        track_processes,
        ..
    } = instance;
    let pairs = [
        (track_interfaces, &group.track_interfaces, Kind::Interface),
        (track_scripts, &group.track_scripts, Kind::Other),
        (track_ports, &group.track_ports, Kind::Other),
        (track_files, &group.track_files, Kind::Other),
        (track_processes, &group.track_processes, Kind::Process),
    ];
    for (own, shared, kind) in pairs {
        for tracked in own {
            let of_group = shared.iter().find(|line| line.name == tracked.name);
            let is_cleared = tracked.weight.value != 0 && !group.tracking_weight;
            let problem = match of_group {
                Some(of_group) => {
                    by_both(class(kind, is_cleared), owner, group, (tracked, of_group))
                }
                None if is_cleared => weight_in_group(owner, group, tracked),
                None => continue,
            };
            report.add(problem.at(place(owner, &tracked.name, scene)));
            tracked.weight = match of_group {
                Some(of_group) if tracked.weight.value != 0 => of_group.weight,
                Some(_) | None => cleared(tracked.weight),
            };
        }
    }
}

fn cleared(weight: Weight) -> Weight {
    Weight { value: 0, ..weight }
}

/// Where an instance tracks something.
fn place(owner: &str, name: &str, scene: &Scene<'_>) -> Span {
    let mut blocks = scene.draft.instances.iter();
    let block = blocks.find(|block| block.name.value == owner);
    let mut lines = block.into_iter().flat_map(|block| block.tracking.names());
    let line = lines.find(|line| line.value == name);
    line.map(|line| line.span).unwrap_or_default()
}

/// What keepalived 2.2.7 counts with `-t` of what both track.
fn class(kind: Kind, is_cleared: bool) -> Class {
    match kind {
        Kind::Interface => Class::General,
        Kind::Other if is_cleared => Class::General,
        Kind::Other | Kind::Process => Class::Notice,
    }
}

fn by_both(
    class: Class,
    owner: &str,
    group: &SyncGroup,
    (own, of_group): (&Tracked, &Tracked),
) -> Diagnostic {
    let holds = match (own.weight.value, of_group.weight.value) {
        (_, 0) => "its failure means FAULT, as the group gives it no weight".to_owned(),
        (0, _) => format!("its failure means FAULT for `{owner}`, which gives it no weight"),
        (_, weight) => format!("it counts once, with the weight {weight} of the group"),
    };
    let message = format!(
        "`{owner}` and its `vrrp_sync_group {}` both track `{}`: {holds}",
        group.name, own.name
    );
    Diagnostic::new("tracked-by-both", class, message).help("remove one of the two lines")
}

fn weight_in_group(owner: &str, group: &SyncGroup, tracked: &Tracked) -> Diagnostic {
    let message = format!(
        "`{owner}` is in `vrrp_sync_group {}`, so the weight of `{}` counts nothing: its failure means FAULT",
        group.name, tracked.name
    );
    Diagnostic::new("weight-in-group", Class::General, message)
        .help("add `sync_group_tracking_weight` to the group to keep weights")
}

/// A group that tracks the interface that a member follows anyway: for that member the line counts
/// nothing.
fn own_interface(draft: &GroupDraft, group: &SyncGroup, instance: &Instance, report: &mut Report) {
    let Some(own) = instance
        .interface
        .as_ref()
        .filter(|_| instance.tracks_primary)
    else {
        return;
    };
    let is_own = |line: &&TrackedDraft| line.name.value == *own;
    let Some(line) = draft.tracking.interfaces.iter().find(is_own) else {
        return;
    };
    let message = format!(
        "`{own}` is the interface of `{}`, a member of `vrrp_sync_group {}`, which follows it anyway; for this member the line counts nothing",
        instance.name, group.name
    );
    report.general("tracked-by-both", line.name.span, message);
}
