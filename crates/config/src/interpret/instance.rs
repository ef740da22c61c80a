//! Handlers of `vrrp_instance` words that have a form of their own.

use std::net::IpAddr;

use crate::interpret::draft::InstanceDraft;
use crate::interpret::report::Report;
use crate::interpret::statement::{At, Statement};
use crate::interpret::suggest::suggest;
use crate::interpret::value;
use crate::line::Word;
use crate::model::{AuthKind, InitialState, UnicastPeer};
use crate::tables::int;

/// `state MASTER|BACKUP`: another word is BACKUP; the first one holds.
pub(crate) fn state(instance: &mut InstanceDraft, report: &mut Report, statement: &Statement<'_>) {
    let Some(word) = statement.value() else {
        return;
    };
    let found = match word.text {
        "MASTER" => InitialState::Master,
        "BACKUP" => InitialState::Backup,
        other => {
            let problem = report.general(
                "unknown-state",
                word.span,
                format!("`{other}` is not a state to start in: expected MASTER or BACKUP; BACKUP is used"),
            );
            let upper = other.to_ascii_uppercase();
            let likely = match upper.as_str() {
                "SLAVE" | "STANDBY" | "SECONDARY" | "PASSIVE" => Some("BACKUP"),
                "PRIMARY" | "ACTIVE" | "LEADER" => Some("MASTER"),
                upper => {
                    suggest(upper, ["MASTER", "BACKUP"].into_iter()).map(|found| found.keyword)
                }
            };
            if let Some(likely) = likely {
                problem.help = Some(format!("did you mean `{likely}`?"));
                // BACKUP is used as it is.
                problem.fix = match likely {
                    "BACKUP" => value::exact(word.span, likely),
                    likely => value::likely(word.span, likely),
                };
            }
            InitialState::Backup
        }
    };
    match &instance.state {
        Some(first) if first.value != found => {
            let first = first.span;
            report
                .general(
                    "repeated-keyword",
                    word.span,
                    format!(
                        "`state {}` contradicts an earlier line; the first one holds",
                        word.text
                    ),
                )
                .labels
                .push((first, "this one holds".to_owned()));
        }
        Some(_) => {}
        None => instance.state = Some(At::new(found, word.span)),
    }
}

/// `timer_expired_backup [PRIORITY]`
pub(crate) fn timer_expired_backup(
    instance: &mut InstanceDraft,
    report: &mut Report,
    statement: &Statement<'_>,
) {
    let priority = match statement.value() {
        None => Some(At::new(254, statement.keyword_span())),
        Some(word) => value::int(word, statement.keyword(), &int(1..=254), "off", report),
    };
    if let Some(priority) = priority {
        let value = u8::try_from(priority.value).unwrap_or(254);
        instance.timer_expired_backup = Some(At::new(value, priority.span));
    }
}

/// `auth_type PASS|AH`
pub(crate) fn auth_type(
    instance: &mut InstanceDraft,
    report: &mut Report,
    statement: &Statement<'_>,
) {
    let Some(word) = statement.value() else {
        return;
    };
    let kind = match word.text {
        "PASS" => AuthKind::Pass,
        "AH" => AuthKind::Ah,
        other => {
            let problem = report.general(
                "unknown-auth-type",
                word.span,
                format!("`{other}` is no kind of authentication: expected PASS or AH; the line is ignored"),
            );
            let upper = other.to_ascii_uppercase();
            if let Some(likely) = suggest(&upper, ["PASS", "AH"].into_iter()) {
                problem.help = Some(format!("did you mean `{}`?", likely.keyword));
                problem.fix = value::likely(word.span, likely.keyword);
            }
            return;
        }
    };
    instance.auth_type = Some(At::new(kind, word.span));
}

/// One line of `unicast_peer`: `ADDRESS [min_ttl N] [max_ttl N]`.
pub(crate) fn unicast_peer(
    instance: &mut InstanceDraft,
    report: &mut Report,
    statement: &Statement<'_>,
) {
    let Some(word) = statement.words.first() else {
        return;
    };
    let peers = instance
        .peers
        .get_or_insert_with(|| At::new(Vec::new(), statement.span));
    let address = word.text.parse::<IpAddr>().ok();
    let Some(address) = address.or_else(|| value::host_of(word, report)) else {
        report.general(
            "invalid-address",
            word.span,
            format!(
                "`{}` is not an IP address; this peer is left out",
                word.text
            ),
        );
        return;
    };
    let mut peer = UnicastPeer {
        address,
        min_ttl: None,
        max_ttl: None,
    };
    let mut words = statement.values();
    while let Some((option, rest)) = words.split_first() {
        words = peer_option(&mut peer, option, rest, report);
    }
    peers.value.push(At::new(peer, word.span));
}

/// Reads one option of a peer and returns what follows it.
fn peer_option<'a>(
    peer: &mut UnicastPeer,
    option: &Word<'_>,
    rest: &'a [Word<'a>],
    report: &mut Report,
) -> &'a [Word<'a>] {
    let slot = match option.text {
        "min_ttl" => &mut peer.min_ttl,
        "max_ttl" => &mut peer.max_ttl,
        other => {
            let problem = report.general(
                "unknown-option",
                option.span,
                format!("`{other}` means nothing after a peer: expected `min_ttl` or `max_ttl`; it is ignored"),
            );
            if other.parse::<IpAddr>().is_ok() {
                problem.help = Some("each peer stands on a line of its own".to_owned());
            }
            return rest;
        }
    };
    let Some(word) = rest.first() else {
        report.general(
            "missing-parameter",
            option.span,
            format!("`{}` has no number after it; it is ignored", option.text),
        );
        return rest;
    };
    if let Some(ttl) = value::int(word, option.text, &int(0..=255), "", report) {
        *slot = u8::try_from(ttl.value).ok();
    }
    &rest[1..]
}
