//! The words of a route or a rule, taken one after the other.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::diagnostic::{Class, Diagnostic};
use crate::interpret::names::{Kind, number_of};
use crate::interpret::report::Report;
use crate::interpret::single;
use crate::interpret::statement::{At, Statement};
use crate::interpret::suggest::suggest;
use crate::interpret::value::likely;
use crate::line::{Span, Word};
use crate::model::{Family, Prefix, family};
use crate::tables::Lacking;

/// Words that mean every address.
const EVERYWHERE: [&str; 3] = ["default", "any", "all"];

/// What is left of a line. Where something gives `None`, a message has been made and the
/// whole line is left out, as keepalived does.
pub(super) struct Phrase<'r, 'w> {
    /// Where messages go.
    pub(super) report: &'r mut Report,
    /// `route` or `rule`.
    pub(super) what: &'static str,
    /// The words that have not been read.
    pub(super) rest: &'w [Word<'w>],
    /// The line.
    pub(super) span: Span,
    /// Family so far.
    pub(super) family: Option<Family>,
    /// Interfaces so far.
    pub(super) interfaces: Vec<At<String>>,
}

impl<'r, 'w> Phrase<'r, 'w> {
    pub(super) fn new(
        report: &'r mut Report,
        what: &'static str,
        statement: &Statement<'w>,
    ) -> Self {
        Self {
            report,
            what,
            rest: statement.words,
            span: statement.span,
            family: None,
            interfaces: Vec::new(),
        }
    }

    /// The next word.
    pub(super) fn next(&mut self) -> Option<&'w Word<'w>> {
        let (word, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(word)
    }

    /// Takes the next word if it is this one.
    pub(super) fn takes(&mut self, text: &str) -> bool {
        let is_next = self.rest.first().is_some_and(|word| word.text == text);
        if is_next {
            self.next();
        }
        is_next
    }

    /// The word that must follow `keyword`.
    pub(super) fn value(&mut self, keyword: &Word<'_>) -> Option<&'w Word<'w>> {
        let value = self.next();
        if value.is_none() {
            let alone = Statement {
                words: std::slice::from_ref(keyword),
                raw: "",
                opens: false,
                span: keyword.span,
            };
            single::missing(&alone, "a value", Lacking::Refuses, "", self.report);
        }
        value
    }

    /// Says that a word is not what it should be.
    pub(super) fn bad<T>(&mut self, word: &Word<'_>, expected: &str) -> Option<T> {
        let message = format!(
            "`{}` is not {expected}; the {} is left out",
            word.text, self.what
        );
        self.report
            .general("invalid-route-value", word.span, message);
        None
    }

    /// Says that words do not go together.
    pub(super) fn clash<T>(&mut self, span: Span, message: &str) -> Option<T> {
        let message = format!("{message}; the {} is left out", self.what);
        self.report.general("route-conflict", span, message);
        None
    }

    /// A word that is known and that vipd cannot do: the line is left out, and named.
    pub(super) fn without_effect<T>(&mut self, word: &Word<'_>) -> Option<T> {
        let message = format!(
            "`{}` is without effect in this version of vipd; the {} is left out",
            word.text, self.what
        );
        let notice = Diagnostic::new("route-not-in-effect", Class::Notice, message);
        self.report.add(notice.at(word.span));
        let named = (word.text.to_owned(), word.span);
        self.report.not_in_effect.push(named);
        None
    }

    /// A word that keepalived ignores as well; the line holds without it.
    pub(super) fn ignored(&mut self, word: &Word<'_>, why: &str) {
        let message = format!("`{}` is ignored: {why}", word.text);
        let notice = Diagnostic::new("route-not-in-effect", Class::Notice, message);
        self.report.add(notice.at(word.span));
    }

    /// A word that nobody knows.
    pub(super) fn unknown<T>(
        &mut self,
        word: &Word<'_>,
        known: impl Iterator<Item = &'static str> + Clone,
    ) -> Option<T> {
        let message = format!(
            "`{}` is no word of a {}; it is left out",
            word.text, self.what
        );
        let problem = self.report.general("unknown-option", word.span, message);
        if let Some(found) = suggest(word.text, known) {
            problem.help = Some(format!("did you mean `{}`?", found.text()));
            problem.fix = likely(word.span, found.text());
        }
        None
    }

    /// A number up to `largest`.
    pub(super) fn number(&mut self, keyword: &Word<'_>, largest: u32) -> Option<u32> {
        let word = self.value(keyword)?;
        match number_of(word.text).filter(|number| *number <= largest) {
            Some(number) => Some(number),
            None => self.bad(word, &format!("a number from 0 to {largest}")),
        }
    }

    /// A number or a name of that kind.
    pub(super) fn named(&mut self, keyword: &Word<'_>, kind: Kind) -> Option<u32> {
        let word = self.value(keyword)?;
        match self.report.names.find(kind, word.text) {
            Some(number) => Some(number),
            None => self.bad(word, "a number or a known name"),
        }
    }

    /// A number or a name of that kind, up to 255.
    pub(super) fn named_byte(&mut self, keyword: &Word<'_>, kind: Kind) -> Option<u8> {
        self.named(keyword, kind).and_then(|n| u8::try_from(n).ok())
    }

    /// An interface.
    pub(super) fn interface(&mut self, keyword: &Word<'_>) -> Option<String> {
        let word = self.value(keyword)?;
        self.interfaces
            .push(At::new(word.text.to_owned(), word.span));
        Some(word.text.to_owned())
    }

    /// `[SOURCE/]DESTINATION`, as one number.
    pub(super) fn realms(&mut self, keyword: &Word<'_>) -> Option<u32> {
        let word = self.value(keyword)?;
        let names = &self.report.names;
        let realm = |text: &str| names.find(Kind::Realm, text);
        let realms = match word.text.split_once('/') {
            Some((source, destination)) => realm(source)
                .zip(realm(destination))
                .map(|(source, destination)| source << 16 | destination),
            None => realm(word.text),
        };
        realms.or_else(|| self.bad(word, "a realm, or two with `/` between"))
    }

    /// An address that must be of the line's family.
    pub(super) fn address(&mut self, keyword: &Word<'_>) -> Option<IpAddr> {
        let word = self.value(keyword)?;
        let Ok(address) = word.text.parse::<IpAddr>() else {
            return self.bad(word, "an address");
        };
        self.join(family(address), word)?;
        Some(address)
    }

    /// `[inet|inet6] ADDRESS`: a gateway, which may be of the other family when that is said.
    pub(super) fn gateway(&mut self, keyword: &Word<'_>) -> Option<IpAddr> {
        let said = match self.rest.first().map(|word| word.text) {
            Some("inet") => Some(Family::V4),
            Some("inet6") => Some(Family::V6),
            _ => None,
        };
        if said.is_some() {
            self.next();
        }
        let word = self.value(keyword)?;
        let Ok(address) = word.text.parse::<IpAddr>() else {
            return self.bad(word, "the address of a gateway");
        };
        match said {
            Some(said) if said != family(address) => {
                self.clash(word.span, "the gateway is not of the family that is said")
            }
            Some(_) => Some(address),
            None => {
                self.join(family(address), word)?;
                Some(address)
            }
        }
    }

    /// A network, or a word for all of them.
    pub(super) fn prefix(&mut self, word: &Word<'_>) -> Option<Anywhere> {
        if EVERYWHERE.contains(&word.text) {
            return Some(Anywhere::All);
        }
        match prefix_of(word.text) {
            Some(prefix) => {
                self.join(family(prefix.address), word)?;
                Some(Anywhere::In(prefix))
            }
            None => self.bad(word, "an address with an optional prefix length"),
        }
    }

    /// Everything in a line is of one family.
    pub(super) fn join(&mut self, family: Family, word: &Word<'_>) -> Option<()> {
        if *self.family.get_or_insert(family) == family {
            return Some(());
        }
        self.clash(
            word.span,
            "addresses of both families cannot stand together",
        )
    }
}

/// A network, or all.
#[derive(Clone, Copy, Debug)]
pub(super) enum Anywhere {
    /// Every address.
    All,
    /// These.
    In(Prefix),
}

impl Anywhere {
    /// The prefix; none for every address.
    pub(super) fn narrow(self) -> Option<Prefix> {
        match self {
            Self::All => None,
            Self::In(prefix) => Some(prefix),
        }
    }

    /// As a prefix, of length 0 for every address.
    pub(super) fn or_all(self, family: Family) -> Prefix {
        match (self, family) {
            (Self::In(prefix), _) => prefix,
            (Self::All, Family::V4) => Prefix {
                address: Ipv4Addr::UNSPECIFIED.into(),
                len: 0,
            },
            (Self::All, Family::V6) => Prefix {
                address: Ipv6Addr::UNSPECIFIED.into(),
                len: 0,
            },
        }
    }
}

/// `ADDRESS[/LENGTH]`
fn prefix_of(text: &str) -> Option<Prefix> {
    let (address, len) = super::address::parse(text)?;
    let longest = if address.is_ipv4() { 32 } else { 128 };
    Some(Prefix {
        address,
        len: len.unwrap_or(longest),
    })
}
