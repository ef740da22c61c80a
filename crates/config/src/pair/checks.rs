//! What both nodes track, and with which weights: priorities can only be compared when both
//! count alike.

use super::{Side, Two, wrong};
use crate::diagnostic::Diagnostic;
use crate::model::{Check, Tracked};

/// Checks of one instance on two nodes.
pub(super) fn check(two: Two<'_>, found: &mut Vec<Diagnostic>) {
    missing(two.a, two.b, found);
    missing(two.b, two.a, found);
    for here in tracked(two.a) {
        let there = same(two.a, here, two.b);
        if let Some(there) = there.filter(|there| there.weight != here.weight) {
            weights(two, here, there, found);
        }
    }
}

/// The scripts and ports that an instance tracks, by itself or through its group.
fn tracked(side: Side<'_>) -> impl Iterator<Item = &Tracked> {
    let groups = side.node.config.sync_groups.iter();
    let groups = groups.filter(move |group| group.members.contains(&side.instance.name));
    let of_groups = groups.flat_map(|group| group.track_scripts.iter().chain(&group.track_ports));
    let own = side.instance.track_scripts.iter();
    own.chain(&side.instance.track_ports).chain(of_groups)
}

/// What a script runs.
fn target<'a>(side: Side<'a>, name: &str) -> Option<&'a Check> {
    let scripts = side.node.config.scripts.iter();
    { scripts }
        .find(|script| script.name == name)
        .map(|script| &script.check)
}

/// The line on the other node with the same script: by its name, else by what it runs.
fn same<'a>(here: Side<'a>, line: &Tracked, there: Side<'a>) -> Option<&'a Tracked> {
    let by_name = tracked(there).find(|other| other.name == line.name);
    let what = target(here, &line.name);
    by_name.or_else(|| {
        tracked(there).find(|other| what.is_some() && target(there, &other.name) == what)
    })
}

fn missing(has: Side<'_>, other: Side<'_>, found: &mut Vec<Diagnostic>) {
    for line in tracked(has) {
        if same(has, line, other).is_some() {
            continue;
        }
        let name = &line.name;
        let place = place(has, name);
        let problem = if line.weight.value > 0 {
            wrong(
                "pair-check-missing",
                format!(
                    "`{name}` adds {} to the priority of {}, and {} has no such check: their priorities do not mean the same",
                    line.weight.value,
                    has.name(),
                    other.name()
                ),
            )
        } else {
            Diagnostic::hint(
                "pair-check-missing",
                format!(
                    "`{name}` is checked on {} only: nobody knows whether {} could do the work",
                    has.name(),
                    other.name()
                ),
            )
        };
        found.push(
            problem
                .at(place)
                .label(place, format!("on {}", has.name()))
                .label(other.places.name, format!("not on {}", other.name()))
                .help(format!("track it on {} too", other.name())),
        );
    }
}

fn weights(two: Two<'_>, here: &Tracked, there: &Tracked, found: &mut Vec<Diagnostic>) {
    let (a, b) = (place(two.a, &here.name), place(two.b, &there.name));
    let problem = Diagnostic::hint(
        "pair-check-weight",
        format!(
            "`{}` counts {} on {} and {} on {}",
            here.name,
            here.weight.value,
            two.a.name(),
            there.weight.value,
            two.b.name()
        ),
    );
    found.push(
        problem
            .at(a)
            .label(a, format!("{} on {}", here.weight.value, two.a.name()))
            .label(b, format!("{} on {}", there.weight.value, two.b.name())),
    );
}

/// The line that tracks a script: in the instance, else in its group.
fn place(side: Side<'_>, name: &str) -> crate::line::Span {
    let own = side
        .instance
        .track_scripts
        .iter()
        .any(|line| line.name == name);
    if own {
        return side.places.tracked(name);
    }
    let groups = side.node.config.sync_groups.iter();
    let places = groups.filter_map(|group| side.node.places.groups.get(&group.name));
    { places }
        .find_map(|places| places.tracked.get(name).copied())
        .unwrap_or(side.places.name)
}
