//! What instances and groups track.

use crate::complete::Scene;
use crate::complete::interfaces;
use crate::interpret::draft::{TrackedDraft, TrackingDraft};
use crate::interpret::report::Report;
use crate::interpret::tree::Tree;
use crate::load::Program;
use crate::model::{Instance, Tracked, Weight};

/// The scripts of a `track_script` block that are defined before it.
pub(super) fn scripts(
    tracking: &TrackingDraft,
    owner: &str,
    scene: &Scene<'_>,
    report: &mut Report,
) -> Vec<Tracked> {
    let mut found = Vec::new();
    for tracked in &tracking.scripts {
        let known = scene
            .scripts
            .iter()
            .find(|script| script.name == tracked.name.value && script.order < tracked.order);
        match known {
            Some(script) => push(&mut found, tracked, script.weight, owner, report),
            None => script_not_found(tracked, owner, scene, report),
        }
    }
    found
}

fn push(
    found: &mut Vec<Tracked>,
    tracked: &TrackedDraft,
    default: Weight,
    owner: &str,
    report: &mut Report,
) {
    let name = tracked.name.value.clone();
    if found.iter().any(|known| known.name == name) {
        let message = format!("`{owner}` tracks `{name}` already; this line is ignored");
        report.general("tracked-twice", tracked.name.span, message);
        return;
    }
    let weight = tracked.weight.map_or(default, |weight| weight.value);
    found.push(Tracked { name, weight });
}

fn script_not_found(tracked: &TrackedDraft, owner: &str, scene: &Scene<'_>, report: &mut Report) {
    let name = &tracked.name.value;
    let drafts = &scene.draft.scripts;
    let later = drafts.iter().find(|script| script.name.value == *name);
    let near = match later {
        Some(_) => None,
        None => report.nearest(name, drafts.iter().map(|script| script.name.value.as_str())),
    };
    let problem = report.general(
        "unknown-script",
        tracked.name.span,
        match later {
            Some(script) if script.script.is_some() => {
                format!("`vrrp_script {name}` is defined only after this line; `{owner}` does not track it")
            }
            Some(_) => format!("`vrrp_script {name}` has no command; `{owner}` does not track it"),
            None => format!("there is no `vrrp_script {name}`; `{owner}` does not track it"),
        },
    );
    match later {
        Some(script) => {
            problem
                .labels
                .push((script.name.span, "defined here".to_owned()));
            if script.script.is_some() {
                problem.help = Some("move the `vrrp_script` block before the instance".to_owned());
            }
        }
        None => {
            if let Some(near) = near {
                problem.help = Some(format!("did you mean `{near}`?"));
                problem.fix = crate::interpret::value::likely(tracked.name.span, near);
            }
        }
    }
}

/// BFD sessions: only that they are defined before.
pub(super) fn sessions(
    tracking: &TrackingDraft,
    owner: &str,
    scene: &Scene<'_>,
    report: &mut Report,
) {
    for tracked in &tracking.bfds {
        let name = &tracked.name.value;
        let is_meant = |tree: &&Tree| {
            tree.keyword == "bfd_instance" && tree.name() == name && tree.order < tracked.order
        };
        if !scene.draft.recorded.iter().any(|tree| is_meant(&tree)) {
            let message = format!(
                "no `bfd_instance {name}` is defined before this line; `{owner}` does not track it"
            );
            report.general("unknown-tracked", tracked.name.span, message);
        }
    }
}

/// The interfaces of a `track_interface` block. `own` is the interface of the instance, and whether
/// the instance follows it.
pub(super) fn interfaces(
    tracking: &TrackingDraft,
    owner: &str,
    own: Option<(&str, bool)>,
    scene: &Scene<'_>,
    report: &mut Report,
) -> Vec<Tracked> {
    let mut found = Vec::new();
    for tracked in &tracking.interfaces {
        let name = &tracked.name;
        interfaces::exists(name, format_args!("`{owner}` tracks it"), scene, report);
        if let Some((_, follows)) = own.filter(|(own, _)| *own == name.value) {
            let way = if follows {
                "anyway"
            } else {
                "without `dont_track_primary` only"
            };
            report.general(
                "own-interface-tracked",
                name.span,
                format!("`{}` is the interface of `{owner}`, which follows it {way}; the line is ignored", name.value),
            );
            continue;
        }
        push(&mut found, tracked, Weight::default(), owner, report);
    }
    found
}

/// The priority of an owner is fixed, so keepalived forgets what it tracks with a weight.
pub(super) fn forget_weighted(
    tracking: &TrackingDraft,
    instance: &mut Instance,
    scene: &Scene<'_>,
    report: &mut Report,
) {
    if instance.priority != 255 {
        return;
    }
    files_without_weight(tracking, instance, report);
    let lists = [
        &mut instance.track_scripts,
        &mut instance.track_interfaces,
        &mut instance.track_ports,
    ];
    for tracked in lists {
        tracked.retain(|tracked| {
            // A script that cannot be run is not tracked anyway, and that is said elsewhere.
            if tracked.weight.value == 0 || is_missing(&tracked.name, scene) {
                return true;
            }
            let name = tracking.names().find(|name| name.value == tracked.name);
            let message = format!(
                "the owner of the addresses (priority 255) tracks nothing with a weight; `{}` is not tracked",
                tracked.name
            );
            let span = name.map(|name| name.span).unwrap_or_default();
            report.general("weight-of-owner", span, message).help =
                Some("leave the weight out, or give the node a priority below 255".to_owned());
            false
        });
    }
}

/// A file that an owner tracks with a weight is a fault while its number is not 0.
fn files_without_weight(tracking: &TrackingDraft, instance: &mut Instance, report: &mut Report) {
    for tracked in &mut instance.track_files {
        if tracked.weight.value == 0 {
            continue;
        }
        tracked.weight.value = 0;
        let mut names = tracking.files.iter().map(|line| &line.name);
        let name = names.find(|name| name.value == tracked.name);
        let message = format!(
            "the owner of the addresses (priority 255) cannot change its priority: FAULT while the number in `{}` is not 0",
            tracked.name
        );
        let span = name.map(|name| name.span).unwrap_or_default();
        report.general("weight-of-owner", span, message).help =
            Some("write `weight 0`, or give the node a priority below 255".to_owned());
    }
}

/// The script of that name has a program that is not there.
fn is_missing(name: &str, scene: &Scene<'_>) -> bool {
    let mut scripts = scene.draft.scripts.iter();
    let script = scripts.find(|script| script.name.value == name);
    let command = script.and_then(|script| script.script.as_ref());
    let program = command.and_then(|command| command.value.argv.first());
    program.is_some_and(|program| scene.host.program(program) == Program::Missing)
}
