//! Names that numbers of routing have: the files of iproute2 (`rt_tables` and its like).

use std::collections::BTreeMap;

use crate::files::Files;
use crate::line::Lines;

/// Where iproute2 keeps what comes with it.
const USR: &str = "/usr/share/iproute2";
/// Where it looks for what overrides that.
const ETC: &str = "/etc/iproute2";

/// Names with their numbers.
type Known = &'static [(&'static str, u32)];

/// Kinds of names, each with its files and what is known without files.
const KINDS: [(Kind, &str, Known); 6] = [
    (
        Kind::Table,
        "rt_tables",
        &[("default", 253), ("main", 254), ("local", 255)],
    ),
    (Kind::Protocol, "rt_protos", PROTOCOLS),
    (
        Kind::Scope,
        "rt_scopes",
        &[
            ("global", 0),
            ("universe", 0),
            ("site", 200),
            ("link", 253),
            ("host", 254),
            ("nowhere", 255),
        ],
    ),
    (Kind::Service, "rt_dsfield", &[]),
    (Kind::Realm, "rt_realms", &[]),
    (Kind::Group, "group", &[("default", 0)]),
];

/// Who makes routes.
const PROTOCOLS: Known = &[
    ("redirect", 1),
    ("kernel", 2),
    ("boot", 3),
    ("static", 4),
    ("gated", 8),
    ("ra", 9),
    ("mrt", 10),
    ("zebra", 11),
    ("bird", 12),
    ("dnrouted", 13),
    ("xorp", 14),
    ("ntk", 15),
    ("dhcp", 16),
    ("keepalived", 18),
    ("babel", 42),
    ("bgp", 186),
    ("isis", 187),
    ("ospf", 188),
    ("rip", 189),
    ("eigrp", 192),
];

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// A routing table.
    Table,
    /// Who made a route.
    Protocol,
    /// How far an address or a route reaches.
    Scope,
    /// A type of service.
    Service,
    /// A realm.
    Realm,
    /// A group of interfaces.
    Group,
}

impl Kind {
    /// Largest number.
    fn largest(self) -> u32 {
        match self {
            Self::Table | Self::Group => u32::MAX,
            Self::Protocol | Self::Scope | Self::Service => 255,
            Self::Realm => 0xffff,
        }
    }
}

/// All names; none before they are read.
#[derive(Debug, Default)]
pub(crate) struct Names {
    known: BTreeMap<(Kind, String), u32>,
    is_read: bool,
}

impl Names {
    /// Reads the files, from the directories that `iproute_usr_dir` and `iproute_etc_dir` give.
    pub(crate) fn read(files: &dyn Files, lines: &Lines) -> Self {
        let usr = directory(lines, "iproute_usr_dir").unwrap_or(USR);
        let etc = directory(lines, "iproute_etc_dir").unwrap_or(ETC);
        let mut names = Self {
            is_read: true,
            ..Self::default()
        };
        for (kind, file, known) in KINDS {
            for (name, number) in known {
                names.known.insert((kind, (*name).to_owned()), *number);
            }
            for base in [usr, etc] {
                names.file(files, kind, &format!("{base}/{file}"));
                let beside = format!("{base}/{file}.d");
                let mut more = files.list(&beside);
                more.retain(|name| name.strip_suffix(".conf").is_some());
                more.sort();
                for name in more {
                    names.file(files, kind, &format!("{beside}/{name}"));
                }
            }
        }
        names
    }

    /// The files have been read.
    pub(crate) fn is_read(&self) -> bool {
        self.is_read
    }

    /// Lines of `NUMBER NAME`; `#` begins a comment. A file that cannot be read has no names.
    fn file(&mut self, files: &dyn Files, kind: Kind, path: &str) {
        let Ok(bytes) = files.read(path) else { return };
        for line in String::from_utf8_lossy(&bytes).lines() {
            let line = line.split('#').next().unwrap_or_default();
            let mut words = line.split_whitespace();
            if let (Some(number), Some(name)) = (words.next(), words.next())
                && let Some(number) = number_of(number).filter(|n| *n <= kind.largest())
            {
                self.known.insert((kind, name.to_owned()), number);
            }
        }
    }

    /// The number that a word means: a number itself, or a name.
    pub(crate) fn find(&self, kind: Kind, word: &str) -> Option<u32> {
        let named = self.known.get(&(kind, word.to_owned())).copied();
        let number = || number_of(word).filter(|number| *number <= kind.largest());
        named.or_else(number)
    }
}

/// The last directory that a keyword gives.
fn directory<'a>(lines: &'a Lines, keyword: &str) -> Option<&'a str> {
    (0..lines.len())
        .rev()
        .find_map(|index| match lines.first_words(index) {
            [Some(first), directory] if first == keyword => directory,
            _ => None,
        })
}

/// A decimal, octal or hexadecimal number, as the C library reads it.
pub(crate) fn number_of(text: &str) -> Option<u32> {
    u32::try_from(long_number_of(text)?).ok()
}

/// The same, of 64 bits.
pub(crate) fn long_number_of(text: &str) -> Option<u64> {
    let (digits, radix) = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => (&text[2..], 16),
        [b'0', _, ..] => (&text[1..], 8),
        _ => (text, 10),
    };
    let begins_well = digits.starts_with(|c: char| c.is_ascii_hexdigit());
    u64::from_str_radix(digits, radix)
        .ok()
        .filter(|_| begins_well)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::MemoryFiles;

    #[test]
    fn names_come_from_files_and_numbers_from_themselves() {
        let mut files = MemoryFiles::new();
        files.add(
            "/usr/share/iproute2/rt_tables",
            "1 one\n2\ttwo # old\n#3 three\n",
        );
        files.add("/etc/iproute2/rt_tables", "0x20 two\n");
        files.add("/etc/iproute2/rt_tables.d/site.conf", "400 site\n");
        files.add("/etc/iproute2/rt_tables.d/README", "9 nine\n");
        let names = Names::read(&files, &Lines::default());
        let table = |word| names.find(Kind::Table, word);
        assert_eq!(
            ["one", "two", "three", "site", "nine", "main"].map(table),
            [Some(1), Some(32), None, Some(400), None, Some(254)]
        );
        assert_eq!(
            ["7", "010", "0x1f", "+7", "x"].map(table),
            [Some(7), Some(8), Some(31), None, None]
        );
        assert_eq!(names.find(Kind::Protocol, "bgp"), Some(186));
        assert_eq!(names.find(Kind::Protocol, "256"), None);
    }
}
