//! Blocks that are only recorded: names, and what keepalived finds missing in them.

use crate::complete::Scene;
use crate::diagnostic::{Class, Diagnostic};
use crate::interpret::report::Report;
use crate::interpret::tree::Tree;
use crate::interpret::value::whole;

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
            "virtual_server" => virtual_server(tree, report),
            "track_file" | "vrrp_track_file" => needs(tree, "file", report),
            "vrrp_track_process" => needs(tree, "process", report),
            "bfd_instance" if tree.find("neighbour_ip").is_none() => {
                needs(tree, "neighbor_ip", report);
            }
            _ => {}
        }
    }
    used_interfaces(scene, report);
}

fn needs(tree: &Tree, keyword: &str, report: &mut Report) {
    if tree.find(keyword).is_none() {
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

/// A virtual server without real servers, scheduler, method or protocol.
fn virtual_server(tree: &Tree, report: &mut Report) {
    let name = tree
        .head
        .iter()
        .map(|word| word.value.as_str())
        .collect::<Vec<_>>()
        .join(" ");
    if !tree
        .blocks
        .iter()
        .any(|block| block.keyword == "real_server")
    {
        report.general(
            "incomplete-block",
            tree.span,
            format!("`virtual_server {name}` has no `real_server`; it is left out"),
        );
        return;
    }
    let by_mark = tree.name() == "fwmark";
    let mut lacks = |names: [&str; 2], consequence: &str| {
        let given = tree.find(names[0]).or_else(|| tree.find(names[1]));
        let refused = given.is_some_and(|leaf| {
            report.diagnostics.iter().any(|known| {
                known.code == "unknown-choice"
                    && known.span.is_some_and(|span| {
                        (span.file, span.line) == (leaf.span.file, leaf.span.line)
                    })
            })
        });
        if given.is_none() || refused {
            report.general(
                "incomplete-block",
                tree.span,
                format!(
                    "`virtual_server {name}` has no {}`{}`; {consequence}",
                    if refused { "valid " } else { "" },
                    names[0]
                ),
            );
        }
    };
    if !by_mark {
        lacks(["protocol", "protocol"], "UDP is used");
    }
    lacks(["lb_algo", "lvs_sched"], "`wlc` is used");
    lacks(["lb_kind", "lvs_method"], "`NAT` is used");
    if let Some(protocol) = tree.find("protocol").filter(|_| by_mark) {
        report.general(
            "protocol-with-fwmark",
            protocol.span,
            "a service by firewall mark has no `protocol`; it is ignored",
        );
    }
    quorum(tree, &name, report);
    sorry_server(tree, report);
    for server in tree
        .blocks
        .iter()
        .filter(|block| block.keyword == "real_server")
    {
        for check in &server.blocks {
            checker(check, report);
        }
    }
}

/// The server of last resort is one of those whose failure calls for it.
fn sorry_server(tree: &Tree, report: &mut Report) {
    let Some(leaf) = tree.find("sorry_server") else {
        return;
    };
    let sorry: Vec<&str> = leaf.words.iter().map(String::as_str).collect();
    let same = tree.blocks.iter().find(|block| {
        let head: Vec<&str> = block.head.iter().map(|word| word.value.as_str()).collect();
        block.keyword == "real_server" && head == sorry
    });
    if let Some(server) = same {
        report
            .hint(
                "sorry-server-is-real",
                leaf.span,
                format!(
                    "`sorry_server {}` is a `real_server` of the same service: it cannot come back by itself",
                    sorry.join(" ")
                ),
            )
            .labels
            .push((server.span, "it stands here".to_owned()));
    }
}

fn quorum(tree: &Tree, name: &str, report: &mut Report) {
    let number = |tree: &Tree, keyword: &str| {
        tree.find(keyword)
            .and_then(|leaf| leaf.words.first())
            .and_then(|word| whole(word).ok())
    };
    let default = number(tree, "weight").unwrap_or(1);
    let total: i64 = tree
        .blocks
        .iter()
        .filter(|block| block.keyword == "real_server")
        .map(|server| number(server, "weight").unwrap_or(default))
        .fold(0, i64::saturating_add);
    let quorum = number(tree, "quorum").unwrap_or(1);
    if quorum > total {
        let span = tree.find("quorum").map_or(tree.span, |leaf| leaf.span);
        report.general(
            "quorum-too-high",
            span,
            format!("a quorum of {quorum} is more than all servers of `virtual_server {name}` have together ({total})"),
        );
    }
}

fn checker(check: &Tree, report: &mut Report) {
    let missing = match check.keyword {
        "MISC_CHECK" if check.find("misc_path").is_none() => "misc_path",
        "FILE_CHECK" if check.find("track_file").is_none() => "track_file",
        "BFD_CHECK" if check.find("name").is_none() => "name",
        "HTTP_GET" | "SSL_GET" if !check.blocks.iter().any(|block| block.keyword == "url") => "url",
        _ => return,
    };
    report.general(
        "incomplete-block",
        check.span,
        format!(
            "`{}` has no `{missing}`; the check is left out",
            check.keyword
        ),
    );
}

/// Interfaces of `interface_up_down_delays`.
fn used_interfaces(scene: &Scene<'_>, report: &mut Report) {
    for name in &scene.draft.delayed_interfaces {
        if scene.host.lacks(&name.value) {
            let message = format!("there is no interface `{}` on this machine", name.value);
            report.add(Diagnostic::new("unknown-interface", Class::Fatal, message).at(name.span));
        }
    }
}
