//! Who is to be master: priorities, states, preemption.

use super::{Two, wrong};
use crate::diagnostic::Diagnostic;
use crate::model::InitialState;

/// The priority of the owner of the addresses.
const OWNER: u8 = 255;

/// Two nodes that want the same, or of which one undoes what the other is for.
pub(super) fn check(two: Two<'_>, found: &mut Vec<Diagnostic>) {
    states(two, found);
    nopreempt(two, found);
}

fn states(two: Two<'_>, found: &mut Vec<Diagnostic>) {
    let (a, b) = (two.a.instance, two.b.instance);
    let equal = a.priority == b.priority && a.priority != OWNER;
    let masters =
        a.initial_state == InitialState::Master && b.initial_state == InitialState::Master;
    if masters && !(a.priority == OWNER && b.priority == OWNER) {
        let who = if equal {
            "the one with the higher address wins, and the addresses move at each start"
        } else {
            "the priority decides, and the addresses move at each start"
        };
        let problem = Diagnostic::hint(
            "pair-two-masters",
            format!("both nodes have `state MASTER`: {who}"),
        )
        .help("write `state BACKUP` on all nodes but one");
        found.push(two.differ(problem, "state", [&"MASTER", &"MASTER"]));
    }
    if equal {
        let problem = Diagnostic::hint(
            "pair-equal-priorities",
            format!(
                "both nodes have priority {}: who becomes master depends on their addresses",
                a.priority
            ),
        )
        .help("give the node that is to be master a higher priority");
        found.push(two.differ(problem, "priority", [&a.priority, &b.priority]));
    }
}

/// Two owners of the addresses.
pub(super) fn owners(two: Two<'_>, found: &mut Vec<Diagnostic>) {
    if two.a.instance.priority != OWNER || two.b.instance.priority != OWNER {
        return;
    }
    let problem = wrong(
        "pair-two-owners",
        "both nodes have priority 255, the owner of the addresses, who never yields: both are master",
    )
    .help("write a lower `priority` on one of them");
    found.push(two.differ(problem, "priority", [&OWNER, &OWNER]));
}

/// `nopreempt` on the node that would not preempt anyway.
fn nopreempt(two: Two<'_>, found: &mut Vec<Diagnostic>) {
    let (a, b) = (two.a.instance, two.b.instance);
    if a.preempts == b.preempts || a.priority == b.priority {
        return;
    }
    let (strong, weak) = if a.priority > b.priority {
        (two.a, two.b)
    } else {
        (two.b, two.a)
    };
    if weak.instance.preempts {
        return;
    }
    let problem = Diagnostic::hint(
        "pair-nopreempt",
        format!(
            "`nopreempt` is on {} only, whose priority is lower: {} takes the addresses back whenever it returns",
            weak.name(),
            strong.name()
        ),
    )
    .at(weak.places.word("nopreempt"))
    .label(weak.places.word("nopreempt"), format!("on {}", weak.name()))
    .label(strong.places.word("priority"), format!("{} preempts", strong.name()))
    .help(format!("write `nopreempt` with `state BACKUP` on {}, or leave it out", strong.name()));
    found.push(problem);
}
