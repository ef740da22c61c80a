//! `lvs_sync_daemon`: the nodes send each other the connections that they balance.

use super::{Node, both, wrong};
use crate::diagnostic::Diagnostic;
use crate::line::Span;

/// What the daemon of a node uses.
struct Daemon<'a> {
    interface: &'a str,
    /// `id`, else the number of the instance it follows.
    id: String,
    port: &'a str,
    group: &'a str,
    place: Span,
}

/// Daemons that do not hear each other.
pub(super) fn check(nodes: &[Node], found: &mut Vec<Diagnostic>) {
    let Some((first, a)) = nodes.iter().find_map(|node| Some((node, daemon(node)?))) else {
        return;
    };
    for node in nodes {
        if std::ptr::eq(node, first) {
            continue;
        }
        let Some(b) = daemon(node) else {
            let message = format!(
                "connections are shared by {} only: after a takeover {} knows none of them",
                first.name, node.name
            );
            let problem = Diagnostic::hint("pair-sync-daemon", message).at(a.place);
            found.push(problem.help(format!("write `lvs_sync_daemon` on {} too", node.name)));
            continue;
        };
        for (word, ours, theirs) in [
            ("id", a.id.as_str(), b.id.as_str()),
            ("port", a.port, b.port),
            ("group", a.group, b.group),
        ] {
            if ours != theirs {
                let message = format!(
                    "`lvs_sync_daemon` has {word} {ours} on {} and {theirs} on {}: neither learns the connections of the other",
                    first.name, node.name
                );
                let problem = wrong("pair-sync-daemon", message);
                found.push(both(problem, [a.place, b.place], [first, node]));
            }
        }
        if a.interface != b.interface {
            let message = format!(
                "`lvs_sync_daemon` uses {} on {} and {} on {}: are both on one network segment?",
                a.interface, first.name, b.interface, node.name
            );
            let problem = Diagnostic::hint("pair-sync-daemon", message);
            found.push(both(problem, [a.place, b.place], [first, node]));
        }
    }
}

fn daemon(node: &Node) -> Option<Daemon<'_>> {
    let (words, place) = node.places.sync_daemon.as_ref()?;
    let after = |word: &str| {
        let at = words.iter().position(|known| known == word)?;
        words.get(at + 1).map(String::as_str)
    };
    let instance = after("inst").or_else(|| words.get(1).map(String::as_str));
    let mut instances = node.config.instances.iter();
    let vrid = instances.find(|known| Some(known.name.as_str()) == instance);
    Some(Daemon {
        interface: words.first()?,
        id: match (after("id"), vrid) {
            (Some(id), _) => id.to_owned(),
            (None, Some(instance)) => instance.vrid.to_string(),
            (None, None) => "0".to_owned(),
        },
        port: after("port").unwrap_or("8848"),
        group: after("group").unwrap_or("224.0.0.81"),
        place: *place,
    })
}
