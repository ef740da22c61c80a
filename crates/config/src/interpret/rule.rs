//! Lines of routing rules: words that say which packets, and what is done with them.

use crate::interpret::names::{Kind, long_number_of, number_of};
use crate::interpret::phrase::{Anywhere, Phrase};
use crate::interpret::report::Report;
use crate::interpret::statement::{At, Statement};
use crate::line::Word;
use crate::model::{Family, PROTOCOL_KEEPALIVED, Rule, RuleAction};

/// Words, for advice.
const WORDS: [&str; 36] = [
    "blackhole",
    "dev",
    "dport",
    "dsfield",
    "from",
    "fwmark",
    "goto",
    "iif",
    "inet",
    "inet6",
    "ipproto",
    "l3mdev",
    "lookup",
    "no_track",
    "nop",
    "not",
    "oif",
    "order",
    "preference",
    "priority",
    "prohibit",
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
    "type",
    "uidrange",
    "unreachable",
];

/// IP protocols by name.
const IP_PROTOCOLS: [(&str, u8); 12] = [
    ("icmp", 1),
    ("igmp", 2),
    ("tcp", 6),
    ("udp", 17),
    ("dccp", 33),
    ("gre", 47),
    ("esp", 50),
    ("ah", 51),
    ("ipv6-icmp", 58),
    ("ospf", 89),
    ("vrrp", 112),
    ("sctp", 132),
];

/// The priority of the first rule that has none.
pub(crate) const FIRST_PRIORITY: u32 = 16384;

/// A rule as far as it has been read.
struct Reading<'r, 'w> {
    phrase: Phrase<'r, 'w>,
    rule: Rule,
    action: Option<RuleAction>,
    priority: Option<u32>,
}

/// Reads a rule. With it come the interfaces that the line names.
pub(crate) fn rule(
    report: &mut Report,
    statement: &Statement<'_>,
) -> (Option<Rule>, Vec<At<String>>) {
    let mut reading = Reading {
        phrase: Phrase::new(report, "rule", statement),
        rule: Rule::new(Family::V4, 0, RuleAction::Nop),
        action: None,
        priority: None,
    };
    let read = reading.words();
    let rule = read.and_then(|()| reading.finish());
    (rule, reading.phrase.interfaces)
}

impl Reading<'_, '_> {
    fn words(&mut self) -> Option<()> {
        while let Some(word) = self.phrase.next() {
            if !self.flag(word) {
                self.valued(word)?;
            }
        }
        Some(())
    }

    /// Words that stand alone.
    fn flag(&mut self, word: &Word<'_>) -> bool {
        match word.text {
            "inet" => self.phrase.family = Some(Family::V4),
            "inet6" => self.phrase.family = Some(Family::V6),
            "not" => self.rule.inverted = true,
            "no_track" => self.rule.no_track = true,
            "type" => {}
            "l3mdev" => self.action = Some(RuleAction::Domain),
            "nop" => self.action = Some(RuleAction::Nop),
            "blackhole" => self.action = Some(RuleAction::Blackhole),
            "unreachable" => self.action = Some(RuleAction::Unreachable),
            "prohibit" => self.action = Some(RuleAction::Prohibit),
            _ => return false,
        }
        true
    }

    fn valued(&mut self, word: &Word<'_>) -> Option<()> {
        let (rule, phrase) = (&mut self.rule, &mut self.phrase);
        match word.text {
            "from" => rule.source = prefix(phrase, word)?.narrow(),
            "to" => rule.destination = prefix(phrase, word)?.narrow(),
            "table" | "lookup" => {
                let table = phrase.named(word, Kind::Table)?;
                if table == 0 {
                    return phrase.clash(word.span, "a table is at least 1");
                }
                self.action = Some(RuleAction::Table(table));
            }
            "goto" => self.action = Some(RuleAction::Goto(phrase.number(word, u32::MAX)?)),
            "preference" | "order" | "priority" => {
                self.priority = Some(phrase.number(word, u32::MAX)?);
            }
            "tos" | "dsfield" => rule.tos = phrase.named_byte(word, Kind::Service)?,
            "realms" => rule.realms = Some(phrase.realms(word)?),
            "suppress_prefixlength" | "sup_pl" => {
                rule.suppress_prefix = Some(phrase.number(word, 128)?);
            }
            "suppress_ifgroup" | "sup_group" => {
                rule.suppress_group = Some(phrase.named(word, Kind::Group)?);
            }
            "iif" | "dev" => rule.input = Some(phrase.interface(word)?),
            "oif" => rule.output = Some(phrase.interface(word)?),
            "protocol" => rule.protocol = phrase.named_byte(word, Kind::Protocol)?,
            "track_group" => rule.track_group = Some(phrase.value(word)?.text.to_owned()),
            _ => return self.special(word),
        }
        Some(())
    }

    /// Words whose values have a form of their own.
    fn special(&mut self, word: &Word<'_>) -> Option<()> {
        match word.text {
            "fwmark" => {
                let value = self.phrase.value(word)?;
                let (mark, bits) = match value.text.split_once('/') {
                    Some((mark, bits)) => (number_of(mark), Some(number_of(bits))),
                    None => (number_of(value.text), None),
                };
                if mark.is_none() || bits == Some(None) {
                    return self.phrase.bad(value, "a mark, or a mark and a mask");
                }
                (self.rule.mark, self.rule.mark_mask) = (mark, bits.flatten());
            }
            "tunnel-id" => {
                let value = self.phrase.value(word)?;
                let Some(id) = long_number_of(value.text) else {
                    return self.phrase.bad(value, "the number of a tunnel");
                };
                self.rule.tunnel = Some(id);
            }
            "uidrange" => self.rule.users = Some(range(&mut self.phrase, word, false)?),
            "sport" => self.rule.source_ports = Some(ports(&mut self.phrase, word)?),
            "dport" => self.rule.destination_ports = Some(ports(&mut self.phrase, word)?),
            "ipproto" => {
                let value = self.phrase.value(word)?;
                let named = IP_PROTOCOLS.iter().find(|(name, _)| *name == value.text);
                let number = || number_of(value.text).and_then(|n| u8::try_from(n).ok());
                let Some(protocol) = named.map(|(_, number)| *number).or_else(number) else {
                    return self.phrase.bad(value, "an IP protocol");
                };
                self.rule.ip_protocol = Some(protocol);
            }
            _ => return self.phrase.unknown(word, WORDS.into_iter()),
        }
        Some(())
    }

    /// What depends on more than one word.
    fn finish(&mut self) -> Option<Rule> {
        let span = self.phrase.span;
        let Some(action) = self.action else {
            let message = "the rule says nothing to do, such as `table N`; it is left out";
            let report = &mut *self.phrase.report;
            report.general("incomplete-route", span, message);
            return None;
        };
        self.rule.action = action;
        self.rule.family = self.phrase.family.unwrap_or(Family::V4);
        self.conflicts(action)?;
        let report = &mut *self.phrase.report;
        self.rule.priority = self.priority.unwrap_or_else(|| {
            let number = report.rule_priority;
            report.rule_priority = number.saturating_sub(1);
            let message = format!("the rule has no preference; {number} is used");
            let problem = report.general("rule-without-preference", span, message);
            problem.help = Some("add `preference N`".to_owned());
            number
        });
        if self.rule.protocol != PROTOCOL_KEEPALIVED && !self.rule.no_track {
            let message =
                "a rule that is watched is of protocol `keepalived`; the other one is ignored";
            let problem = report.general("route-protocol", span, message);
            problem.help = Some("leave the word out, or add `no_track`".to_owned());
            self.rule.protocol = PROTOCOL_KEEPALIVED;
        }
        Some(self.rule.clone())
    }

    fn conflicts(&mut self, action: RuleAction) -> Option<()> {
        let (rule, span) = (&self.rule, self.phrase.span);
        if let RuleAction::Goto(target) = action {
            if self.priority.is_none() {
                return self.phrase.clash(span, "`goto` needs a preference");
            }
            if self.priority >= Some(target) {
                return self.phrase.clash(span, "`goto` leads backwards");
            }
        }
        let suppresses = rule.suppress_prefix.is_some() || rule.suppress_group.is_some();
        if suppresses && !matches!(action, RuleAction::Table(_)) {
            return self
                .phrase
                .clash(span, "only a rule with `table` can suppress");
        }
        if rule.family == Family::V6 && rule.realms.is_some() {
            return self.phrase.clash(span, "`realms` is for IPv4");
        }
        if rule.family == Family::V4 && rule.suppress_prefix > Some(32) {
            return self
                .phrase
                .clash(span, "an IPv4 prefix has at most 32 bits");
        }
        Some(())
    }
}

/// A network after a word.
fn prefix(phrase: &mut Phrase<'_, '_>, word: &Word<'_>) -> Option<Anywhere> {
    let value = phrase.value(word)?;
    phrase.prefix(value)
}

/// `A-B`, or with `single` also `A`.
fn range(phrase: &mut Phrase<'_, '_>, word: &Word<'_>, single: bool) -> Option<(u32, u32)> {
    let value = phrase.value(word)?;
    let ends = match value.text.split_once('-') {
        Some((from, to)) => number_of(from).zip(number_of(to)),
        None if single => number_of(value.text).map(|one| (one, one)),
        None => None,
    };
    match ends.filter(|(from, to)| from <= to) {
        Some(ends) => Some(ends),
        None => phrase.bad(value, "a range, such as `10-20`"),
    }
}

fn ports(phrase: &mut Phrase<'_, '_>, word: &Word<'_>) -> Option<(u16, u16)> {
    let (from, to) = range(phrase, word, true)?;
    match (u16::try_from(from), u16::try_from(to)) {
        (Ok(from), Ok(to)) => Some((from, to)),
        _ => phrase.clash(word.span, "a port is at most 65535"),
    }
}
