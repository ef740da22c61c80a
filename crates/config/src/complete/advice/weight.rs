//! Weights that cannot do what they are for.

use crate::interpret::draft::InstanceDraft;
use crate::interpret::report::Report;
use crate::model::Instance;

/// Priorities of two nodes are seldom nearer to each other than ten, and often farther away.
const SMALL: i32 = 10;

/// Looks at one instance.
pub(super) fn advise(draft: &InstanceDraft, instance: &Instance, report: &mut Report) {
    let base = i32::from(instance.priority);
    let tracked = instance
        .track_scripts
        .iter()
        .chain(&instance.track_interfaces)
        .chain(&instance.track_ports);
    for tracked in tracked.filter(|tracked| tracked.weight.value != 0) {
        let weight = i32::from(tracked.weight.value);
        let mut names = draft.tracking.names();
        let span = names
            .find(|name| name.value == tracked.name)
            .map_or(draft.name.span, |name| name.span);
        let name = &tracked.name;
        if weight < 0 && base + weight < 1 {
            report
                .hint(
                    "weight-below-one",
                    span,
                    format!("{base} and {weight} is held at 1, not 0: the node stays a candidate while `{name}` fails"),
                )
                .help = Some("leave the weight out: then a failure means FAULT, and the node is no candidate".to_owned());
        } else if weight > 0 && base + weight > 254 {
            report
                .hint(
                    "weight-above-254",
                    span,
                    format!("{base} and {weight} is held at 254: `{name}` counts less than it says, and when it fails the priority is {base} still"),
                )
                .help = Some(format!("write `weight -{weight}`, if a failure is to make this node weaker than the others"));
        }
        if weight.abs() < SMALL {
            let healthy = (base + weight.max(0)).min(254);
            report
                .hint(
                    "small-weight",
                    span,
                    format!("when `{name}` fails, the priority is {} and not {healthy}: that moves the addresses only if the priority of another node is between", (healthy - weight.abs()).max(1)),
                )
                .help = Some("check the files of all nodes together: `vipd check FILE FILE` says what happens".to_owned());
        }
        if !instance.preempts {
            report
                .hint(
                    "weight-with-nopreempt",
                    span,
                    format!("nodes with `nopreempt` do not take over from a master that `{name}` has made weaker"),
                )
                .help = Some("leave the weight out: then a failure means FAULT, and another node takes over".to_owned());
        }
    }
}
