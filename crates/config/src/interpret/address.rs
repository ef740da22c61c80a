//! Lines of `virtual_ipaddress` and its like: `ADDRESS[/LENGTH] [words]`.

use std::net::{IpAddr, Ipv4Addr};

use crate::interpret::names::Kind;
use crate::interpret::report::Report;
use crate::interpret::statement::{At, Statement};
use crate::interpret::suggest::suggest;
use crate::interpret::value::{self, BadNumber, whole};
use crate::line::Word;
use crate::model::{AddressFlags, Scope, VirtualAddress};

/// Words that may follow an address.
pub(crate) const WORDS: [&str; 15] = [
    "-nodad",
    "autojoin",
    "brd",
    "broadcast",
    "dev",
    "home",
    "label",
    "mngtmpaddr",
    "no_track",
    "noprefixroute",
    "peer",
    "preferred_lft",
    "scope",
    "track_group",
    "use_vmac",
];

/// How many bytes the kernel keeps of an address label.
const LABEL_MAX: usize = 15;

/// What an entry is built from.
struct Entry<'r> {
    report: &'r mut Report,
    address: VirtualAddress,
    /// A prefix length was written with the address.
    sized: Option<&'r Word<'r>>,
    /// The word for the broadcast address.
    broadcast: Option<&'r Word<'r>>,
    text: &'r str,
}

/// Reads one line into a list.
pub(crate) fn add(
    list: &mut Vec<At<VirtualAddress>>,
    report: &mut Report,
    statement: &Statement<'_>,
) {
    if let Some(entry) = entry(report, statement) {
        if list.is_empty() {
            // Most lists have one.
            list.reserve_exact(1);
        }
        list.push(entry);
    }
}

/// Reads one line; `None`: a message has been made and the entry is dropped.
pub(crate) fn entry(report: &mut Report, statement: &Statement<'_>) -> Option<At<VirtualAddress>> {
    let first = statement.words.first()?;
    let (address, prefix) = parse(first.text).or_else(|| bad_address(first, report))?;
    let mut address = VirtualAddress::new(address);
    match prefix {
        Some(prefix) => address.prefix_len = prefix,
        None => drop(report.bare_addresses.insert(first.span)),
    }
    let mut entry = Entry {
        report,
        address,
        sized: prefix.map(|_| first),
        broadcast: None,
        text: first.text,
    };
    let mut words = statement.values();
    while let Some((option, rest)) = words.split_first() {
        let taken = entry.option(option, rest)?;
        words = rest.get(taken..).unwrap_or_default();
    }
    entry.settle_broadcast();
    Some(At::new(entry.address, first.span))
}

/// `ADDRESS[/LENGTH]`
pub(super) fn parse(text: &str) -> Option<(IpAddr, Option<u8>)> {
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().ok()?;
    let longest = if address.is_ipv4() { 32 } else { 128 };
    let prefix = match prefix {
        Some(prefix) if address.is_ipv4() && prefix.contains('.') => Some(mask(prefix)?),
        Some(prefix) => Some(
            u8::try_from(whole(prefix).ok()?)
                .ok()
                .filter(|n| *n <= longest)?,
        ),
        None => None,
    };
    Some((address, prefix))
}

/// A dotted mask as a prefix length.
fn mask(text: &str) -> Option<u8> {
    let bits = u32::from(text.parse::<Ipv4Addr>().ok()?);
    let ones = bits.leading_ones();
    (bits.count_ones() == ones).then(|| u8::try_from(ones).ok())?
}

fn bad_address<T>(word: &Word<'_>, report: &mut Report) -> Option<T> {
    let problem = report.general(
        "invalid-address",
        word.span,
        format!(
            "`{}` is not an address with an optional prefix length; the entry is left out",
            word.text
        ),
    );
    if word.text.contains(',') {
        problem.help = Some("each address stands on a line of its own, without commas".to_owned());
    }
    None
}

impl<'r> Entry<'r> {
    /// Takes one option in; says how many of the words after it belong to it. `None`: the entry is dropped.
    fn option(&mut self, option: &'r Word<'r>, rest: &'r [Word<'r>]) -> Option<usize> {
        let flags: &mut AddressFlags = &mut self.address.flags;
        match option.text {
            "home" => flags.home = true,
            "-nodad" => flags.nodad = true,
            "mngtmpaddr" => flags.mngtmpaddr = true,
            "noprefixroute" => flags.noprefixroute = true,
            "autojoin" => flags.autojoin = true,
            "no_track" => self.address.no_track = true,
            "use_vmac" => self.address.use_vmac = true,
            "dev" | "scope" | "brd" | "broadcast" | "label" | "peer" | "preferred_lft"
            | "track_group" => {
                let Some(value) = rest.first() else {
                    self.report.general(
                        "missing-parameter",
                        option.span,
                        format!(
                            "`{}` has nothing after it; the address `{}` is left out",
                            option.text, self.text
                        ),
                    );
                    return None;
                };
                self.valued(option.text, value)?;
                return Some(1);
            }
            _ => self.unknown(option),
        }
        Some(0)
    }

    fn valued(&mut self, option: &str, value: &'r Word<'r>) -> Option<()> {
        match option {
            "dev" => self.device(value),
            "scope" => {
                self.scope(value);
                Some(())
            }
            "label" => self.label(value),
            "peer" => self.peer(value),
            "brd" | "broadcast" => {
                self.broadcast = Some(value);
                match value.text {
                    "+" | "-" => Some(()),
                    text if text.parse::<IpAddr>().is_ok() => Some(()),
                    _ => self.drop_entry("invalid-address", value, "is not a broadcast address"),
                }
            }
            "preferred_lft" => {
                self.preferred_lifetime(value);
                Some(())
            }
            _ => {
                self.address.track_group = Some(value.text.to_owned());
                Some(())
            }
        }
    }

    fn drop_entry(&mut self, code: &'static str, word: &Word<'_>, what: &str) -> Option<()> {
        self.report.general(
            code,
            word.span,
            format!(
                "`{}` {what}; the address `{}` is left out",
                word.text, self.text
            ),
        );
        None
    }

    fn device(&mut self, value: &Word<'_>) -> Option<()> {
        if self.address.interface.is_some() {
            return self.drop_entry("repeated-option", value, "is a second interface");
        }
        self.address.interface = Some(value.text.to_owned());
        Some(())
    }

    fn scope(&mut self, value: &Word<'_>) {
        let scope = self.report.names.find(Kind::Scope, value.text);
        match scope.and_then(|scope| Scope::try_from(scope).ok()) {
            Some(_) if self.address.address.is_ipv6() => {
                self.report.general(
                    "not-with-ipv6",
                    value.span,
                    format!(
                        "`scope` has no meaning for `{}`, an IPv6 address; it is ignored",
                        self.text
                    ),
                );
            }
            Some(scope) => self.address.scope = scope,
            None => {
                self.report.general(
                    "unknown-scope",
                    value.span,
                    format!("`{}` is not a scope: expected host, link, site, global or a number to 255; it is ignored", value.text),
                );
            }
        }
    }

    fn label(&mut self, value: &Word<'_>) -> Option<()> {
        if value.text.len() > LABEL_MAX {
            return self.drop_entry(
                "label-too-long",
                value,
                "is longer than the 15 bytes of a label",
            );
        }
        if self.address.address.is_ipv6() {
            self.report.general(
                "not-with-ipv6",
                value.span,
                format!(
                    "`label` has no meaning for `{}`, an IPv6 address; it is ignored",
                    self.text
                ),
            );
        } else {
            self.address.label = Some(value.text.to_owned());
        }
        Some(())
    }

    fn peer(&mut self, value: &Word<'_>) -> Option<()> {
        let Some((peer, prefix)) = parse(value.text) else {
            return self.drop_entry("invalid-address", value, "is not the address of a peer");
        };
        if peer.is_ipv4() != self.address.address.is_ipv4() {
            return self.drop_entry("other-family", value, "is of the other address family");
        }
        if let Some(sized) = self.sized {
            self.report.general(
                "prefix-with-peer",
                sized.span,
                format!(
                    "`{}` has a peer, so the prefix length goes with that; the one here is ignored",
                    sized.text
                ),
            );
        }
        let longest = if peer.is_ipv4() { 32 } else { 128 };
        self.address.peer = Some(peer);
        self.address.prefix_len = prefix.unwrap_or(longest);
        Some(())
    }

    fn preferred_lifetime(&mut self, value: &Word<'_>) {
        if value.text == "forever" {
            // The kernel's own number for it; told apart from a line that says nothing.
            self.address.preferred_lifetime = Some(u32::MAX);
            return;
        }
        match whole(value.text).map(u32::try_from) {
            Ok(Ok(lifetime)) => self.address.preferred_lifetime = Some(lifetime),
            Ok(Err(_)) | Err(BadNumber::NotANumber | BadNumber::OutOfRange) => {
                self.report.general(
                    "invalid-number",
                    value.span,
                    format!(
                        "`{}` is not a lifetime in seconds, nor `forever`; it is ignored",
                        value.text
                    ),
                );
            }
        }
    }

    fn unknown(&mut self, option: &Word<'_>) {
        let problem = self.report.general(
            "unknown-option",
            option.span,
            format!(
                "`{}` means nothing after the address `{}`; it is ignored",
                option.text, self.text
            ),
        );
        if parse(option.text).is_some() {
            problem.help = Some("each address stands on a line of its own".to_owned());
        } else if let Some(found) = suggest(option.text, WORDS.into_iter()) {
            problem.help = Some(format!("did you mean `{}`?", found.text()));
            problem.fix = value::likely(option.span, found.text());
        }
    }

    /// The broadcast address, known only when all words have been read.
    fn settle_broadcast(&mut self) {
        let Some(word) = self.broadcast else { return };
        let IpAddr::V4(address) = self.address.address else {
            return self.no_broadcast(word, "an IPv6 address has none");
        };
        match word.text {
            "-" if self.address.peer.is_some() || self.address.prefix_len > 30 => {}
            "+" if self.address.peer.is_some() => {
                self.no_broadcast(word, "an address with a peer has none");
            }
            "+" if self.address.prefix_len > 30 => {
                self.no_broadcast(word, "the prefix is longer than 30");
            }
            sign @ ("+" | "-") => {
                let host = u32::MAX
                    .checked_shr(u32::from(self.address.prefix_len))
                    .unwrap_or(0);
                let address = u32::from(address);
                let all_set = sign == "+";
                let broadcast = if all_set {
                    address | host
                } else {
                    address & !host
                };
                self.address.broadcast = Some(Ipv4Addr::from(broadcast));
            }
            text => match text.parse() {
                Ok(broadcast) => self.address.broadcast = Some(broadcast),
                Err(_) => self.no_broadcast(word, "it is of the other address family"),
            },
        }
    }

    fn no_broadcast(&mut self, word: &Word<'_>, why: &str) {
        self.report.general(
            "no-broadcast",
            word.span,
            format!(
                "the broadcast address of `{}` is left out: {why}",
                self.text
            ),
        );
    }
}
