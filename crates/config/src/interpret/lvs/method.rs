//! `lb_kind` and its kin: `NAT`, `DR`, `TUN [type ipip|gre|gue port N] [nocsum|csum|remcsum]`.

use crate::interpret::report::Report;
use crate::interpret::single::unknown_choice;
use crate::interpret::statement::Statement;
use crate::interpret::value;
use crate::line::Word;
use crate::model::lvs::{Forwarding, Tunnel, TunnelChecksum};
use crate::tables::int;

/// Names of the methods.
const METHODS: &[&str] = &["NAT", "DR", "TUN"];

/// The method; `None`: a message has been made and the line is ignored.
pub(crate) fn method(report: &mut Report, statement: &Statement<'_>) -> Option<Forwarding> {
    let word = statement.value()?;
    let rest = statement.words.get(2..).unwrap_or_default();
    let method = match word.text {
        "NAT" => Forwarding::Nat,
        "DR" => Forwarding::DirectRoute,
        "TUN" => return tunnel(rest, report).map(Forwarding::Tunnel),
        _ => {
            unknown_choice(word, METHODS, statement.keyword(), report);
            return None;
        }
    };
    if let Some(extra) = rest.first() {
        let message = format!(
            "`{}` means nothing after `{}`; it is ignored",
            extra.text, word.text
        );
        report.general("unknown-choice", extra.span, message);
    }
    Some(method)
}

/// What was said of a tunnel.
struct Words<'a> {
    kind: &'a str,
    port: Option<u16>,
    checksum: Option<&'a Word<'a>>,
}

fn tunnel(rest: &[Word<'_>], report: &mut Report) -> Option<Tunnel> {
    let words = tunnel_words(rest, report)?;
    let checksum = words.checksum.map_or("", |word| word.text);
    let span = rest.first().map(|word| word.span).unwrap_or_default();
    let mut refuse = |why: &str| {
        let message = format!("{why}; the line is ignored");
        report.general("bad-tunnel", span, message);
        None
    };
    match (words.kind, words.port, checksum) {
        ("gue", None, _) => refuse("a gue tunnel needs a port: `type gue port N`"),
        ("ipip" | "gre", Some(_), _) => refuse("only a gue tunnel has a port"),
        ("ipip", _, "csum" | "remcsum") => refuse("an ipip tunnel has no checksum"),
        ("gre", _, "remcsum") => refuse("a gre tunnel has no remote checksum"),
        ("gue", Some(port), checksum) => Some(Tunnel::Gue {
            port,
            checksum: match checksum {
                "csum" => TunnelChecksum::Full,
                "remcsum" => TunnelChecksum::Remote,
                _ => TunnelChecksum::None,
            },
        }),
        ("gre", _, checksum) => Some(Tunnel::Gre {
            has_checksum: checksum == "csum",
        }),
        _ => Some(Tunnel::Ipip),
    }
}

fn tunnel_words<'a>(rest: &'a [Word<'a>], report: &mut Report) -> Option<Words<'a>> {
    let mut found = Words {
        kind: "ipip",
        port: None,
        checksum: None,
    };
    let mut words = rest.iter();
    while let Some(word) = words.next() {
        match word.text {
            "type" => {
                let kind = words.next();
                found.kind = kind.map_or("ipip", |kind| kind.text);
                if let Some(kind) = kind.filter(|_| !["ipip", "gue", "gre"].contains(&found.kind)) {
                    unknown_choice(kind, &["ipip", "gue", "gre"], "type", report);
                    return None;
                }
            }
            "port" => {
                let form = int(1..=65_535);
                let port = value::int(words.next()?, "port", &form, "", report)?;
                found.port = u16::try_from(port.value).ok();
            }
            "nocsum" | "csum" | "remcsum" => found.checksum = Some(word),
            _ => {
                let known = &["type", "port", "nocsum", "csum", "remcsum"];
                unknown_choice(word, known, "TUN", report);
                return None;
            }
        }
    }
    Some(found)
}
