//! `auth_hmac`: what one node signs, the other must accept, also while keys are changed.

use super::{Side, Two, wrong};
use crate::diagnostic::Diagnostic;
use crate::line::Span;
use crate::model::{AntiReplay, AuthHmac, HmacMode};

/// Two nodes that must understand each other both ways.
pub(super) fn check(two: Two<'_>, found: &mut Vec<Diagnostic>) {
    accepted(two.a, two.b, found);
    accepted(two.b, two.a, found);
    if let (Some(a), Some(b)) = (&two.a.instance.hmac, &two.b.instance.hmac) {
        rollout(two, a, b, found);
        windows(two, a, b, found);
    }
}

/// Adverts of one node as the other takes them.
fn accepted(from: Side<'_>, to: Side<'_>, found: &mut Vec<Diagnostic>) {
    let signs = from.instance.hmac.as_ref();
    let signs = signs.filter(|hmac| hmac.mode != HmacMode::ReceiveOnly);
    let expects = to.instance.hmac.as_ref();
    let (why, places, help) = match (signs, expects) {
        (Some(ours), Some(theirs)) => {
            let id = ours.active_key;
            let what = match theirs.keys.get(&id) {
                Some(key) if Some(key) == ours.keys.get(&id) => return,
                Some(_) => "has other bytes",
                None => "is not known",
            };
            (
                format!(
                    "{} signs with key {id}, which {what} on {}",
                    from.name(),
                    to.name()
                ),
                [word(from, "active_key"), word(to, "auth_hmac")],
                format!(
                    "give {} the same key {id} first, and then let {} sign with it",
                    to.name(),
                    from.name()
                ),
            )
        }
        (Some(_), None) => (
            format!(
                "{} signs its adverts, and {} has no `auth_hmac`",
                from.name(),
                to.name()
            ),
            [word(from, "auth_hmac"), to.places.name],
            format!(
                "give {} the keys first, with `mode receive_only` on all nodes until all have them",
                to.name()
            ),
        ),
        (None, Some(theirs)) if theirs.mode == HmacMode::Enforce => (
            format!(
                "{} wants signed adverts (`mode enforce`), and {} does not sign",
                to.name(),
                from.name()
            ),
            [word(from, "mode"), word(to, "mode")],
            format!(
                "use `mode permissive` on {} until all nodes sign",
                to.name()
            ),
        ),
        (None, _) => return,
    };
    let message = format!(
        "{why}: {} drops the adverts of {}, and both are master",
        to.name(),
        from.name()
    );
    let problem = wrong("pair-hmac", message);
    found.push(super::both(problem, places, [from.node, to.node]).help(help));
}

/// Keys that only one of them knows, while none signs with them.
fn rollout(two: Two<'_>, a: &AuthHmac, b: &AuthHmac, found: &mut Vec<Diagnostic>) {
    for (has, lacks, ours, theirs) in [(two.a, two.b, a, b), (two.b, two.a, b, a)] {
        let mut odd = ours.keys.keys();
        let odd = odd.find(|id| **id != ours.active_key && !theirs.keys.contains_key(id));
        let Some(id) = odd else { continue };
        let message = format!(
            "key {id} is on {} only: no node can sign with it until {} knows it too",
            has.name(),
            lacks.name()
        );
        let problem = Diagnostic::hint("pair-hmac-keys", message);
        let places = [word(has, "auth_hmac"), word(lacks, "auth_hmac")];
        found.push(super::both(problem, places, [has.node, lacks.node]));
    }
}

/// How far the clocks may be apart.
fn windows(two: Two<'_>, a: &AuthHmac, b: &AuthHmac, found: &mut Vec<Diagnostic>) {
    let timed = [a, b]
        .iter()
        .all(|hmac| hmac.anti_replay == AntiReplay::Time);
    if !timed || a.time_window == b.time_window {
        return;
    }
    let message = format!(
        "the clocks may be {} s apart for {} and {} s for {}: one may drop what the other accepts, and then both are master",
        a.time_window.as_secs_f64(),
        two.a.name(),
        b.time_window.as_secs_f64(),
        two.b.name()
    );
    let problem = Diagnostic::hint("pair-time-window", message);
    let places = [word(two.a, "auth_hmac"), word(two.b, "auth_hmac")];
    found.push(
        super::both(problem, places, [two.a.node, two.b.node])
            .help("write the same `time_window` on all nodes, and keep their clocks together"),
    );
}

/// The place of a word of the block, else of the block, else of the instance.
fn word(side: Side<'_>, keyword: &str) -> Span {
    let places = side.places;
    places
        .given(keyword)
        .unwrap_or_else(|| places.word("auth_hmac"))
}
