//! Blocks that are only recorded: names, and what keepalived finds missing in them.

use crate::complete::Scene;
use crate::diagnostic::{Class, Diagnostic};
use crate::interpret::draft::DelayedInterface;
use crate::interpret::report::Report;
use crate::interpret::tree::Tree;

/// Blocks whose second definition under a name is an error.
const UNIQUE: [&str; 1] = ["bfd_instance"];

/// Looks at every recorded block.
pub(super) fn check(scene: &Scene<'_>, report: &mut Report) {
    let trees = &scene.draft.recorded;
    for (index, tree) in trees.iter().enumerate() {
        let first = UNIQUE.contains(&tree.keyword).then(|| {
            trees[..index]
                .iter()
                .find(|known| known.keyword == tree.keyword && known.name() == tree.name())
        });
        if let Some(first) = first.flatten() {
            report
                .general(
                    "repeated-name",
                    tree.span,
                    format!(
                        "`{} {}` is defined already; this second block is left out",
                        tree.keyword,
                        tree.name()
                    ),
                )
                .labels
                .push((first.span, "defined here".to_owned()));
        }
        match tree.keyword {
            "bfd_instance" if !tree.has("neighbour_ip") => {
                needs(tree, "neighbor_ip", report);
            }
            _ => {}
        }
    }
    used_interfaces(scene, report);
}

fn needs(tree: &Tree, keyword: &str, report: &mut Report) {
    if !tree.has(keyword) {
        report.general(
            "incomplete-block",
            tree.span,
            format!(
                "`{} {}` has no `{keyword}`; it is left out",
                tree.keyword,
                tree.name()
            ),
        );
    }
}

/// Interfaces of `interface_up_down_delays`.
fn used_interfaces(scene: &Scene<'_>, report: &mut Report) {
    for DelayedInterface { name, .. } in &scene.draft.delayed_interfaces {
        if scene.host.lacks(&name.value) {
            let message = format!("there is no interface `{}` on this machine", name.value);
            report.add(Diagnostic::new("unknown-interface", Class::Fatal, message).at(name.span));
        }
    }
}
