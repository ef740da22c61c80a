//! Lines of routes: `[TYPE] DESTINATION [words]`.

use crate::diagnostic::{Class, Diagnostic};
use crate::interpret::encap;
use crate::interpret::names::Kind;
use crate::interpret::phrase::{Anywhere, Phrase};
use crate::interpret::report::Report;
use crate::interpret::statement::{At, Statement};
use crate::line::Word;
use crate::model::{Adding, Family, NextHop, PROTOCOL_KEEPALIVED, Prefix, Route};

/// Kinds of routes, each with its `RTN_*`.
const KINDS: [(&str, u8); 11] = [
    ("unicast", 1),
    ("local", 2),
    ("broadcast", 3),
    ("anycast", 4),
    ("multicast", 5),
    ("blackhole", 6),
    ("unreachable", 7),
    ("prohibit", 8),
    ("throw", 9),
    ("nat", 10),
    ("xresolve", 11),
];

/// Metrics that are plain numbers, each with its `RTAX_*`; those that `lock` may precede come first.
const METRICS: [(&str, u16); 12] = [
    ("mtu", 2),
    ("ssthresh", 6),
    ("cwnd", 7),
    ("advmss", 8),
    ("reordering", 9),
    ("window", 3),
    ("hoplimit", 10),
    ("initcwnd", 11),
    ("initrwnd", 14),
    ("quickack", 15),
    ("fastopen_no_cookie", 17),
    ("features", 12),
];

/// Metrics that are times, each with its `RTAX_*` and how many of the kernel's units a
/// millisecond has.
const TIMES: [(&str, u16, u32); 3] = [("rtt", 4, 8), ("rttvar", 5, 4), ("rto_min", 13, 1)];

/// `RTAX_CC_ALGO`
const CONGESTION_CONTROL: u16 = 16;
/// Shortest time in these metrics, milliseconds.
const TIME_MIN: u32 = 200;

/// Other words, for advice.
const WORDS: [&str; 32] = [
    "add",
    "append",
    "as",
    "congctl",
    "dev",
    "dsfield",
    "encap",
    "expires",
    "from",
    "gw",
    "inet",
    "inet6",
    "metric",
    "nexthop",
    "no_track",
    "oif",
    "onlink",
    "or",
    "pref",
    "preference",
    "prepend",
    "priority",
    "protocol",
    "realms",
    "scope",
    "src",
    "table",
    "to",
    "tos",
    "track_group",
    "via",
    "vrf",
];

/// A route as far as it has been read.
struct Reading<'r, 'w> {
    phrase: Phrase<'r, 'w>,
    route: Route,
    destination: Option<Anywhere>,
    /// `or`
    second: Option<NextHop>,
}

/// Reads a route. `tracked`: its loss matters. With it come the interfaces that the line names.
pub(crate) fn route(
    report: &mut Report,
    statement: &Statement<'_>,
    tracked: bool,
) -> (Option<Route>, Vec<At<String>>) {
    let nowhere = Anywhere::All.or_all(Family::V4);
    let mut reading = Reading {
        phrase: Phrase::new(report, "route", statement),
        route: Route::new(nowhere),
        destination: None,
        second: None,
    };
    let read = reading.words();
    let route = read.and_then(|()| reading.finish(tracked));
    (route, reading.phrase.interfaces)
}

impl Reading<'_, '_> {
    fn words(&mut self) -> Option<()> {
        while let Some(word) = self.phrase.next() {
            self.word(word)?;
        }
        Some(())
    }

    /// Reads what a word says.
    fn word(&mut self, word: &Word<'_>) -> Option<()> {
        let text = word.text;
        if let Some((_, kind)) = KINDS.iter().find(|(name, _)| *name == text) {
            self.route.kind = *kind;
            return Some(());
        }
        if self.flag(text) {
            return Some(());
        }
        if let Some((_, number)) = METRICS.iter().find(|(name, _)| *name == text) {
            return self.metric(word, *number);
        }
        if let Some((_, number, units)) = TIMES.iter().find(|(name, ..)| *name == text) {
            return self.time(word, *number, *units);
        }
        self.valued(word)
    }

    /// Words that stand alone.
    fn flag(&mut self, text: &str) -> bool {
        let (route, phrase) = (&mut self.route, &mut self.phrase);
        match text {
            "inet" => phrase.family = Some(Family::V4),
            "inet6" => phrase.family = Some(Family::V6),
            "add" => route.adding = Adding::Alone,
            "append" => route.adding = Adding::Append,
            "prepend" => route.adding = Adding::Prepend,
            "onlink" => route.onlink = true,
            "no_track" => route.no_track = true,
            "to" => {}
            _ => return false,
        }
        true
    }

    fn valued(&mut self, word: &Word<'_>) -> Option<()> {
        let (route, phrase) = (&mut self.route, &mut self.phrase);
        match word.text {
            "src" => route.preferred_source = Some(phrase.address(word)?),
            "via" => route.gateway = Some(phrase.gateway(word)?),
            "gw" => {
                self.old(word, "via");
                self.route.gateway = Some(self.phrase.gateway(word)?);
            }
            "or" => {
                self.old(word, "nexthop");
                let gateway = self.phrase.gateway(word)?;
                self.second = Some(NextHop {
                    gateway: Some(gateway),
                    ..NextHop::default()
                });
            }
            "from" => {
                let value = phrase.value(word)?;
                if let Anywhere::In(prefix) = phrase.prefix(value)? {
                    route.source = Some(prefix);
                }
            }
            "tos" | "dsfield" => route.tos = phrase.named_byte(word, Kind::Service)?,
            "table" => route.table = phrase.named(word, Kind::Table)?,
            "protocol" => route.protocol = phrase.named_byte(word, Kind::Protocol)?,
            "scope" => route.scope = phrase.named_byte(word, Kind::Scope)?,
            "metric" | "priority" | "preference" => {
                route.metric = Some(phrase.number(word, u32::MAX)?);
            }
            "dev" | "oif" => route.interface = Some(phrase.interface(word)?),
            "expires" => route.expires = Some(phrase.number(word, u32::MAX)?),
            "realms" => route.realms = Some(phrase.realms(word)?),
            "track_group" => route.track_group = Some(phrase.value(word)?.text.to_owned()),
            _ => return self.special(word),
        }
        Some(())
    }

    /// Words whose values have a form of their own.
    fn special(&mut self, word: &Word<'_>) -> Option<()> {
        match word.text {
            "congctl" => {
                let locked = self.phrase.takes("lock");
                let name = self.phrase.value(word)?;
                self.lock(locked, CONGESTION_CONTROL);
                self.route.congestion_control = Some(name.text.to_owned());
            }
            "pref" => {
                let value = self.phrase.value(word)?;
                let preference = match value.text {
                    "medium" | "0" => 0,
                    "high" | "1" => 1,
                    "low" | "3" => 3,
                    _ => return self.phrase.bad(value, "low, medium or high"),
                };
                self.route.preference = Some(preference);
            }
            "nexthop" => self.next_hop()?,
            "encap" => self.route.encapsulation = Some(encap::encapsulation(&mut self.phrase)?),
            "vrf" => self.route.domain = Some(self.phrase.interface(word)?),
            "as" => {
                if self
                    .phrase
                    .rest
                    .first()
                    .is_some_and(|next| next.text == "to")
                {
                    self.phrase.next();
                }
                self.phrase.value(word)?;
                self.phrase.ignored(word, "it is for MPLS alone");
            }
            "ttl-propagate" => {
                let value = self.phrase.value(word)?;
                if !["enabled", "disabled"].contains(&value.text) {
                    return self.phrase.bad(value, "enabled or disabled");
                }
                self.phrase
                    .ignored(word, "the kernel has it for MPLS alone");
            }
            _ => return self.destination(word),
        }
        Some(())
    }

    /// A word that is none of the others.
    fn destination(&mut self, word: &Word<'_>) -> Option<()> {
        let text = word.text;
        let is_network =
            text.contains(['.', ':', '/']) || ["default", "any", "all"].contains(&text);
        if self.destination.is_some() || !is_network {
            let metrics = METRICS.iter().map(|(name, _)| *name);
            let times = TIMES.iter().map(|(name, ..)| *name);
            let kinds = KINDS.iter().map(|(name, _)| *name);
            let known = WORDS.into_iter().chain(metrics).chain(times).chain(kinds);
            return self.phrase.unknown(word, known);
        }
        self.destination = Some(self.phrase.prefix(word)?);
        Some(())
    }

    fn old(&mut self, word: &Word<'_>, new: &str) {
        let message = format!("`{}` is an old word for routes", word.text);
        let report = &mut *self.phrase.report;
        let problem = report.general("deprecated-keyword", word.span, message);
        problem.help = Some(format!("write `{new}`"));
    }

    fn lock(&mut self, locked: bool, number: u16) {
        if locked {
            self.route.locks |= 1 << number;
        }
    }

    fn metric(&mut self, word: &Word<'_>, number: u16) -> Option<()> {
        if word.text == "features" {
            let value = self.phrase.value(word)?;
            if value.text != "ecn" {
                return self.phrase.bad(value, "a feature: only `ecn` is known");
            }
            self.route.metrics.push((number, 1));
            return Some(());
        }
        let locked = self.phrase.takes("lock");
        let largest = match word.text {
            "hoplimit" => 255,
            "quickack" | "fastopen_no_cookie" => 1,
            _ => u32::MAX,
        };
        let value = self.phrase.number(word, largest)?;
        self.lock(locked, number);
        self.route.metrics.push((number, value));
        Some(())
    }

    /// `[lock] N`, in the kernel's units, or `Nms`, `Ns`.
    fn time(&mut self, word: &Word<'_>, number: u16, units: u32) -> Option<()> {
        let locked = self.phrase.takes("lock");
        let value = self.phrase.value(word)?;
        let text = value.text;
        let (digits, factor) = match (text.strip_suffix("ms"), text.strip_suffix('s')) {
            (Some(digits), _) => (digits, units),
            (None, Some(digits)) => (digits, units.saturating_mul(1000)),
            (None, None) => (text, 1),
        };
        let Ok(count) = digits.parse::<u32>() else {
            return self.phrase.bad(value, "a time, such as `300ms`");
        };
        let mut time = count.saturating_mul(factor);
        let least = TIME_MIN * units;
        if time < least {
            let message = format!(
                "`{}` is less than {TIME_MIN} ms; {TIME_MIN} ms are used",
                value.text
            );
            let report = &mut *self.phrase.report;
            report.general("route-time-too-short", value.span, message);
            time = least;
        }
        self.lock(locked, number);
        self.route.metrics.push((number, time));
        Some(())
    }

    /// `via ADDRESS dev IF weight N onlink realms R`, after `nexthop`.
    fn next_hop(&mut self) -> Option<()> {
        let mut hop = NextHop::default();
        while let Some(word) = self.phrase.rest.first() {
            match word.text {
                "nexthop" => break,
                "as" => return self.phrase.without_effect(word),
                _ => {}
            }
            self.phrase.next();
            match word.text {
                "via" => hop.gateway = Some(self.phrase.gateway(word)?),
                "dev" | "oif" => hop.interface = Some(self.phrase.interface(word)?),
                "onlink" => hop.onlink = true,
                "encap" => hop.encapsulation = Some(encap::encapsulation(&mut self.phrase)?),
                "realms" => hop.realms = Some(self.phrase.realms(word)?),
                "weight" => {
                    let weight = self.phrase.number(word, 256)?;
                    let Some(hops) = weight.checked_sub(1).and_then(|n| u8::try_from(n).ok())
                    else {
                        return self.phrase.clash(word.span, "a weight is at least 1");
                    };
                    hop.hops = hops;
                }
                _ => {
                    let known = [
                        "via", "dev", "encap", "onlink", "realms", "weight", "nexthop",
                    ];
                    return self.phrase.unknown(word, known.into_iter());
                }
            }
        }
        self.route.next_hops.push(hop);
        Some(())
    }

    /// What depends on more than one word.
    fn finish(&mut self, tracked: bool) -> Option<Route> {
        let span = self.phrase.span;
        let Some(destination) = self.destination else {
            let message = "the route has no destination; it is left out";
            let report = &mut *self.phrase.report;
            report.general("incomplete-route", span, message);
            return None;
        };
        let family = self.phrase.family.unwrap_or(Family::V4);
        self.route.family = family;
        self.route.destination = destination.or_all(family);
        if let Some(second) = self.second.take() {
            let first = NextHop {
                gateway: self.route.gateway.take(),
                interface: self.route.interface.clone(),
                ..NextHop::default()
            };
            self.route.next_hops.splice(0..0, [first, second]);
        }
        self.families(family)?;
        if tracked {
            self.can_be_tracked();
        }
        Some(self.route.clone())
    }

    fn families(&mut self, family: Family) -> Option<()> {
        let (route, span) = (&self.route, self.phrase.span);
        if family == Family::V4 && (route.expires.is_some() || route.preference.is_some()) {
            let message = "`expires` and `pref` are for IPv6";
            return self.phrase.clash(span, message);
        }
        if family == Family::V6 && route.realms.is_some() {
            return self.phrase.clash(span, "`realms` is for IPv4");
        }
        let is_whole = |prefix: &Prefix| prefix.len > 0;
        if family == Family::V4 && route.source.as_ref().is_some_and(is_whole) {
            return self.phrase.clash(span, "`from` is for IPv6");
        }
        Some(())
    }

    /// keepalived knows the loss of a route only by its interface and by its own protocol.
    fn can_be_tracked(&mut self) {
        let (route, report) = (&mut self.route, &mut *self.phrase.report);
        if route.no_track {
            return;
        }
        if route.protocol != PROTOCOL_KEEPALIVED {
            let message =
                "a route that is watched is of protocol `keepalived`; the other one is ignored";
            report
                .general("route-protocol", self.phrase.span, message)
                .help = Some("leave the word out, or add `no_track`".to_owned());
            route.protocol = PROTOCOL_KEEPALIVED;
        }
        let over_interfaces = route.next_hops.iter().any(|hop| hop.interface.is_some());
        if route.interface.is_none() {
            route.no_track = true;
        }
        if route.interface.is_none() && !over_interfaces {
            let message = "the route names no interface, so its loss is not noticed";
            let notice = Diagnostic::new("route-without-interface", Class::Notice, message)
                .at(self.phrase.span)
                .help("add `dev INTERFACE`, or `no_track` if that is meant");
            report.add(notice);
        }
    }
}
