//! Lines of routes and rules: their words, and the interfaces they name. Values are not read yet.

use std::net::IpAddr;

use crate::diagnostic::{Class, Diagnostic};
use crate::interpret::report::Report;
use crate::interpret::single;
use crate::interpret::statement::{At, Statement};
use crate::interpret::suggest::suggest;
use crate::interpret::value::likely;
use crate::line::Word;
use crate::tables::Lacking;

/// Words of a route that stand alone.
const ROUTE_FLAGS: [&str; 18] = [
    "add",
    "anycast",
    "append",
    "blackhole",
    "broadcast",
    "inet",
    "inet6",
    "local",
    "multicast",
    "nat",
    "no_track",
    "onlink",
    "prepend",
    "prohibit",
    "throw",
    "unicast",
    "unreachable",
    "xresolve",
];

/// Words of a route that a value follows, after `lock`, `inet` or `inet6` if that is there.
const ROUTE_VALUES: [&str; 37] = [
    "advmss",
    "congctl",
    "cwnd",
    "dev",
    "dsfield",
    "expires",
    "fastopen_no_cookie",
    "features",
    "from",
    "gw",
    "hoplimit",
    "initcwnd",
    "initrwnd",
    "metric",
    "mtu",
    "oif",
    "or",
    "pref",
    "preference",
    "priority",
    "protocol",
    "quickack",
    "realms",
    "reordering",
    "rto_min",
    "rtt",
    "rttvar",
    "scope",
    "src",
    "ssthresh",
    "table",
    "tos",
    "track_group",
    "ttl-propagate",
    "via",
    "vrf",
    "window",
];

/// Words of a route after which its form is another.
const ROUTE_TAILS: [&str; 3] = ["as", "encap", "nexthop"];

/// Words of a rule that stand alone.
const RULE_FLAGS: [&str; 10] = [
    "blackhole",
    "inet",
    "inet6",
    "l3mdev",
    "no_track",
    "nop",
    "not",
    "prohibit",
    "type",
    "unreachable",
];

/// Words of a rule that a value follows.
const RULE_VALUES: [&str; 25] = [
    "dev",
    "dport",
    "dsfield",
    "from",
    "fwmark",
    "goto",
    "iif",
    "ipproto",
    "lookup",
    "oif",
    "order",
    "preference",
    "priority",
    "protocol",
    "realms",
    "sport",
    "sup_group",
    "sup_pl",
    "suppress_ifgroup",
    "suppress_prefixlength",
    "table",
    "to",
    "tos",
    "track_group",
    "tunnel-id",
];

/// Words of a rule that say what it does.
const RULE_ACTIONS: [&str; 8] = [
    "blackhole",
    "goto",
    "l3mdev",
    "lookup",
    "nop",
    "prohibit",
    "table",
    "unreachable",
];

/// Words of a rule that give its priority.
const RULE_PREFERENCES: [&str; 3] = ["order", "preference", "priority"];

/// Words that an interface follows.
const BEFORE_INTERFACE: [&str; 3] = ["dev", "iif", "oif"];

/// Old words of a route, with what to write instead.
const OLD: [(&str, &str); 2] = [("gw", "via"), ("or", "nexthop")];

/// A route. `tracked`: its loss matters, so it must name an interface.
pub(crate) fn route(
    report: &mut Report,
    statement: &Statement<'_>,
    tracked: bool,
) -> Vec<At<String>> {
    let mut destination = None;
    let mut words = statement.words;
    while let Some((word, rest)) = words.split_first() {
        let text = word.text.as_str();
        words = rest;
        if ROUTE_TAILS.contains(&text) {
            break;
        } else if let Some((old, new)) = OLD.iter().find(|(old, _)| *old == text) {
            let message = format!("`{old}` is an old word for routes");
            report
                .general("deprecated-keyword", word.span, message)
                .help = Some(format!("write `{new}`"));
            words = value(word, rest, report);
        } else if ROUTE_VALUES.contains(&text) {
            words = value(word, rest, report);
        } else if is_network(text) {
            destination = Some(text);
        } else if text != "to" && !ROUTE_FLAGS.contains(&text) {
            let known = ROUTE_FLAGS
                .into_iter()
                .chain(ROUTE_VALUES)
                .chain(ROUTE_TAILS);
            unknown(word, "route", known, report);
        }
    }
    let has = |names: &[&str]| {
        statement
            .words
            .iter()
            .any(|word| names.contains(&word.text.as_str()))
    };
    if destination.is_none() {
        report.general(
            "incomplete-route",
            statement.span,
            "the route has no destination; it is left out",
        );
    } else if tracked && !has(&["dev", "oif", "no_track", "nexthop", "vrf"]) {
        let message = "the route names no interface, so its loss is not noticed";
        let notice = Diagnostic::new("route-without-interface", Class::Notice, message)
            .at(statement.span)
            .help("add `dev INTERFACE`, or `no_track` if that is meant");
        report.add(notice);
    }
    foreign_protocol(statement, tracked, report);
    interfaces(statement)
}

/// Only routes that say they are keepalived's own can be watched.
fn foreign_protocol(statement: &Statement<'_>, tracked: bool, report: &mut Report) {
    let mut pairs = statement.words.windows(2);
    let Some(word) = pairs
        .find(|pair| pair[0].text == "protocol")
        .map(|pair| &pair[1])
    else {
        return;
    };
    let watched = !statement.words.iter().any(|word| word.text == "no_track");
    if tracked && watched && !["keepalived", "18"].contains(&word.text.as_str()) {
        report
            .general(
                "route-protocol",
                word.span,
                format!(
                    "a route that is watched is of protocol `keepalived`; `{}` is ignored",
                    word.text
                ),
            )
            .help = Some("leave the word out, or add `no_track`".to_owned());
    }
}

/// A rule.
pub(crate) fn rule(report: &mut Report, statement: &Statement<'_>) -> Vec<At<String>> {
    let mut words = statement.words;
    while let Some((word, rest)) = words.split_first() {
        let text = word.text.as_str();
        words = rest;
        if RULE_VALUES.contains(&text) || text == "uidrange" {
            words = value(word, rest, report);
        } else if !RULE_FLAGS.contains(&text) {
            unknown(
                word,
                "rule",
                RULE_FLAGS.into_iter().chain(RULE_VALUES),
                report,
            );
        }
    }
    let has = |names: &[&str]| {
        statement
            .words
            .iter()
            .any(|word| names.contains(&word.text.as_str()))
    };
    if !has(&RULE_ACTIONS) {
        report.general(
            "incomplete-route",
            statement.span,
            "the rule says nothing to do, such as `table N`; it is left out",
        );
    } else if !has(&RULE_PREFERENCES) {
        report
            .general(
                "rule-without-preference",
                statement.span,
                "the rule has no preference; one from 16384 downwards is used",
            )
            .help = Some("add `preference N`".to_owned());
    }
    interfaces(statement)
}

/// Steps over the value of a word.
fn value<'a>(word: &Word, rest: &'a [Word], report: &mut Report) -> &'a [Word] {
    let qualified = rest.len() > 1 && ["lock", "inet", "inet6"].contains(&rest[0].text.as_str());
    let taken = if qualified { 2 } else { 1 };
    if rest.is_empty() {
        let alone = Statement {
            words: std::slice::from_ref(word),
            raw: "",
            opens: false,
            span: word.span,
        };
        single::missing(&alone, "a value", Lacking::Refuses, "", report);
    }
    rest.get(taken..).unwrap_or_default()
}

fn unknown(
    word: &Word,
    what: &str,
    known: impl Iterator<Item = &'static str> + Clone,
    report: &mut Report,
) {
    let message = format!("`{}` is no word of a {what}", word.text);
    let problem = report.general("unknown-option", word.span, message);
    if let Some(found) = suggest(&word.text, known) {
        problem.help = Some(format!("did you mean `{}`?", found.text()));
        problem.fix = likely(word.span, found.text());
    }
}

fn is_network(text: &str) -> bool {
    let address = text.split_once('/').map_or(text, |(address, _)| address);
    ["default", "any", "all"].contains(&text) || address.parse::<IpAddr>().is_ok()
}

/// The interfaces that a line names.
fn interfaces(statement: &Statement<'_>) -> Vec<At<String>> {
    statement
        .words
        .windows(2)
        .filter(|pair| BEFORE_INTERFACE.contains(&pair[0].text.as_str()))
        .map(|pair| At::new(pair[1].text.clone(), pair[1].span))
        .collect()
}

/// The first word of a line.
pub(crate) fn first(statement: &Statement<'_>) -> Option<At<String>> {
    let word = statement.words.first()?;
    Some(At::new(word.text.clone(), word.span))
}
