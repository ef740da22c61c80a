//! Ports of this host: `3306`, `tcp 0.0.0.0:80`, `udp [::]:53`.

use std::net::SocketAddr;

use crate::interpret::draft::{PortDraft, PortLineDraft};
use crate::interpret::report::Report;
use crate::interpret::statement::{At, Statement};
use crate::interpret::tracking::{PORTS, options, weight_of};
use crate::line::Word;
use crate::model::{Port, PortProtocol};

/// A port at the begin of some words, and how many of them it takes.
fn port(words: &[Word<'_>]) -> Option<(Port, usize)> {
    let protocol = match words.first()?.text {
        "tcp" => Some(PortProtocol::Tcp),
        "udp" => Some(PortProtocol::Udp),
        _ => None,
    };
    let place = usize::from(protocol.is_some());
    let text = words.get(place)?.text;
    let (address, number) = match text.parse::<SocketAddr>() {
        Ok(end) => (Some(end.ip()), end.port()),
        Err(_) if text.starts_with('+') => return None,
        Err(_) => (None, text.parse().ok()?),
    };
    let port = Port {
        protocol: protocol.unwrap_or(PortProtocol::Tcp),
        address,
        number,
    };
    (number != 0).then_some((port, place + 1))
}

/// A line of `track_port`: a port, or the name of a `vrrp_track_port`; then perhaps a weight.
pub(crate) fn line(report: &mut Report, statement: &Statement<'_>) -> Option<PortLineDraft> {
    let first = statement.words.first()?;
    let found = port(statement.words);
    if found.is_none() && looks_like_port(first.text) {
        return refuse(statement.words, report);
    }
    let taken = found.map_or(1, |(_, taken)| taken);
    let name = found.map_or_else(|| first.text.to_owned(), |(port, _)| port.to_string());
    let rest = statement.words.get(taken..).unwrap_or_default();
    Some(PortLineDraft {
        weight: options(report, rest, &name, PORTS),
        name: At::new(name, first.span),
        port: found.map(|(port, _)| port),
    })
}

/// Meant as a port, not as a name.
fn looks_like_port(text: &str) -> bool {
    ["tcp", "udp"].contains(&text)
        || text.starts_with('[')
        || text.starts_with(|c: char| c.is_ascii_digit())
}

fn refuse<T>(words: &[Word<'_>], report: &mut Report) -> Option<T> {
    let texts: Vec<&str> = words.iter().map(|word| word.text).collect();
    let message = format!(
        "`{}` is no port: expected `[tcp|udp] [ADDRESS:]PORT` with a port from 1 to 65535; it is ignored",
        texts.join(" ")
    );
    let span = words.first().map(|word| word.span).unwrap_or_default();
    report.general("invalid-port", span, message).help =
        Some("write `3306`, `tcp 0.0.0.0:80` or `udp [::]:53`".to_owned());
    None
}

/// `port [tcp|udp] [ADDRESS:]PORT`
pub(crate) fn defined(draft: &mut PortDraft, report: &mut Report, statement: &Statement<'_>) {
    let words = statement.values();
    match port(words) {
        Some((port, taken)) if taken == words.len() => draft.port = Some(port),
        _ => {
            report.refuse("port");
            refuse::<()>(words, report);
        }
    }
}

/// `weight N [reverse]`
pub(crate) fn weight(draft: &mut PortDraft, report: &mut Report, statement: &Statement<'_>) {
    if let Some(weight) = weight_of(statement.values(), "weight", 253, report) {
        draft.weight = weight.value;
    }
}
