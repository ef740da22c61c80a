//! nftables: tables, chains, sets and rules of our own, changed in batches that hold as a whole or
//! not at all.
//!
//! Our own few messages: what is kept for this elsewhere knows neither counters nor copies of
//! packets. Only written, never listed: who makes a table knows what is in it, and one left behind
//! by an earlier process is replaced in the batch that makes its successor, so that no packet ever
//! meets half of it.

mod attributes;
mod expression;
mod socket;

use self::attributes::Attributes;
pub use self::expression::{Expression, MetaKey, Register, Verdict};
pub use self::socket::Nftables;

/// `NFNL_SUBSYS_NFTABLES`
const SUBSYSTEM: u16 = 10;
/// `NFNL_MSG_BATCH_BEGIN`
const BATCH_BEGIN: u16 = 0x10;
/// `NFNL_MSG_BATCH_END`
const BATCH_END: u16 = 0x11;
/// `NFT_MSG_NEWTABLE`
const NEW_TABLE: u16 = 0;
/// `NFT_MSG_DELTABLE`
const DELETE_TABLE: u16 = 2;
/// `NFT_MSG_NEWCHAIN`
const NEW_CHAIN: u16 = 3;
/// `NFT_MSG_NEWRULE`
const NEW_RULE: u16 = 6;
/// `NFT_MSG_NEWSET`
const NEW_SET: u16 = 9;
/// `NFT_MSG_NEWSETELEM`
const NEW_ELEMENT: u16 = 12;
/// `NFT_MSG_DELSETELEM`
const DELETE_ELEMENT: u16 = 14;

/// `NLM_F_REQUEST`
const REQUEST: u16 = 0x1;
/// `NLM_F_ACK`
const ACK: u16 = 0x4;
/// `NLM_F_CREATE`
const CREATE: u16 = 0x400;
/// `NLM_F_APPEND`
const APPEND: u16 = 0x800;

/// `NF_ACCEPT`
const POLICY_ACCEPT: u32 = 1;
/// `NFT_SET_INTERVAL`
const SET_INTERVAL: u32 = 4;
/// `NFT_SET_MAP`
const SET_MAP: u32 = 8;
/// `NFT_SET_CONCAT`
const SET_CONCAT: u32 = 0x80;

/// Which packets a table sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    fn number(self) -> u8 {
        match self {
            Self::V4 => 2,
            Self::V6 => 10,
        }
    }
}

/// A table by its name.
#[derive(Clone, Copy, Debug)]
pub struct Table<'a> {
    /// Packets it sees.
    pub family: Family,
    /// Its name.
    pub name: &'a str,
}

/// Where packets come by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hook {
    /// On their way to this host.
    Input,
    /// On their way out of it.
    Output,
}

impl Hook {
    /// `NF_INET_LOCAL_IN`, `NF_INET_LOCAL_OUT`
    fn number(self) -> u32 {
        match self {
            Self::Input => 1,
            Self::Output => 3,
        }
    }
}

/// What keys and values of a set are, as `nft` shows them. Numbers are those of `nft`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `ipv4_addr`
    Ipv4,
    /// `ipv6_addr`
    Ipv6,
    /// `iface_index`
    Interface,
    /// `icmpv6_type`
    Icmpv6Type,
    /// `ipv6_addr . iface_index`
    Ipv6OnInterface,
    /// `ipv4_addr . inet_service`, the port followed by two bytes of nothing
    Ipv4WithPort,
    /// `ipv6_addr . inet_service`, likewise
    Ipv6WithPort,
    /// `mark`
    Mark,
}

impl Kind {
    fn number(self) -> u32 {
        match self {
            Self::Ipv4 => 7,
            Self::Ipv6 => 8,
            Self::Interface => 20,
            Self::Icmpv6Type => 29,
            // Six bits for each part.
            Self::Ipv6OnInterface => (8 << 6) + 20,
            Self::Ipv4WithPort => (7 << 6) + 13,
            Self::Ipv6WithPort => (8 << 6) + 13,
            Self::Mark => 19,
        }
    }

    fn bytes(self) -> u32 {
        match self {
            Self::Ipv4 | Self::Interface | Self::Mark => 4,
            Self::Ipv6 => 16,
            Self::Icmpv6Type => 1,
            Self::Ipv4WithPort => 8,
            Self::Ipv6OnInterface | Self::Ipv6WithPort => 20,
        }
    }

    /// Bytes of each part of a key.
    fn parts(self) -> &'static [u32] {
        match self {
            Self::Ipv4WithPort => &[4, 2],
            Self::Ipv6WithPort => &[16, 2],
            Self::Ipv4
            | Self::Ipv6
            | Self::Interface
            | Self::Icmpv6Type
            | Self::Ipv6OnInterface
            | Self::Mark => &[],
        }
    }
}

/// What `nft` wants to be told of numbers in the order of this machine, to show them right.
fn byte_order((place, kind): (u8, Option<Kind>)) -> Vec<u8> {
    match kind {
        Some(Kind::Interface | Kind::Mark) => [&[place, 4][..], &1_u32.to_ne_bytes()].concat(),
        _ => Vec::new(),
    }
}

/// A set or, with values, a map.
#[derive(Clone, Copy, Debug)]
pub struct Set<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its keys.
    pub keys: Kind,
    /// Values of a map.
    pub values: Option<Kind>,
    /// Its elements never change.
    pub is_constant: bool,
    /// Each of its elements goes from one key to another, both included; see [`Range`].
    pub has_ranges: bool,
    /// Each of its elements counts the packets that it was found for.
    pub counts: bool,
}

/// A key, and in a map its value, as their bytes.
pub type Element = (Vec<u8>, Option<Vec<u8>>);

/// The first and the last key of an element that stands for all between, and in a map its value.
pub type Range = ([Vec<u8>; 2], Option<Vec<u8>>);

/// Changes that are made together.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    bytes: Vec<u8>,
    /// Where the last message begins.
    last: usize,
    count: u32,
}

impl Batch {
    /// Whether nothing is to be changed.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Makes a table; one that is there is left as it is.
    pub fn add_table(&mut self, table: Table<'_>) {
        let body = |a: &mut Attributes<'_>| a.text(1, table.name);
        self.push(NEW_TABLE, CREATE, table.family, body);
    }

    /// Removes a table with all that is in it, whether it is there or not.
    pub fn delete_table(&mut self, table: Table<'_>) {
        self.add_table(table);
        let body = |a: &mut Attributes<'_>| a.text(1, table.name);
        self.push(DELETE_TABLE, 0, table.family, body);
    }

    /// Makes a chain of rules. With a hook packets come to it by themselves, at this priority,
    /// and go on after it; without one by `goto` only.
    pub fn add_chain(&mut self, table: Table<'_>, name: &str, at: Option<(Hook, i32)>) {
        self.push(NEW_CHAIN, CREATE, table.family, |a| {
            a.text(1, table.name);
            a.text(3, name);
            if let Some((hook, priority)) = at {
                a.nested(4, |a| {
                    a.number(1, hook.number());
                    a.number(2, priority.cast_unsigned());
                });
                a.number(5, POLICY_ACCEPT);
                a.text(7, "filter");
            }
        });
    }

    /// Makes a set.
    pub fn add_set(&mut self, table: Table<'_>, set: Set<'_>) {
        let id = self.count;
        self.push(NEW_SET, CREATE, table.family, |a| {
            a.text(1, table.name);
            a.text(2, set.name);
            // `NFT_SET_CONSTANT`
            let constant = if set.is_constant { 2 } else { 0 };
            let map = set.values.map_or(0, |_| SET_MAP);
            let parts = set.keys.parts();
            let ranges = match (set.has_ranges, parts) {
                (false, _) => 0,
                (true, []) => SET_INTERVAL,
                (true, _) => SET_INTERVAL | SET_CONCAT,
            };
            a.number(3, constant | map | ranges);
            a.number(4, set.keys.number());
            a.number(5, set.keys.bytes());
            if let Some(values) = set.values {
                a.number(6, values.number());
                a.number(7, values.bytes());
            }
            if set.has_ranges && !parts.is_empty() {
                // Where in a key each part begins and ends.
                a.nested(9, |a| {
                    a.nested(2, |a| {
                        for bytes in parts {
                            a.nested(1, |a| a.number(1, *bytes));
                        }
                    });
                });
            }
            a.number(10, id);
            let orders = [(0, Some(set.keys)), (1, set.values)];
            let orders: Vec<u8> = orders.into_iter().flat_map(byte_order).collect();
            if !orders.is_empty() {
                a.bytes(13, &orders);
            }
            if set.counts {
                a.nested(17, |a| Expression::Count.write(a));
            }
        });
    }

    /// Adds a rule at the end of a chain.
    pub fn add_rule(&mut self, table: Table<'_>, chain: &str, rule: &[Expression<'_>]) {
        self.push(NEW_RULE, CREATE | APPEND, table.family, |a| {
            a.text(1, table.name);
            a.text(2, chain);
            a.nested(4, |a| {
                for expression in rule {
                    a.nested(1, |a| expression.write(a));
                }
            });
        });
    }

    /// Puts elements into a set. One that is there already does no harm.
    pub fn add_elements(&mut self, table: Table<'_>, set: &str, elements: &[Element]) {
        self.elements(NEW_ELEMENT, CREATE, (table, set), elements);
    }

    /// Puts ranges into a set that has them. None may meet another.
    pub fn add_ranges(&mut self, table: Table<'_>, set: &str, ranges: &[Range]) {
        for part in ranges.chunks(512) {
            self.push(NEW_ELEMENT, CREATE, table.family, |a| {
                a.text(1, table.name);
                a.text(2, set);
                a.nested(3, |a| {
                    for ([first, last], value) in part {
                        a.nested(1, |a| {
                            a.nested(1, |a| a.bytes(1, first));
                            if let Some(value) = value {
                                a.nested(2, |a| a.bytes(1, value));
                            }
                            a.nested(10, |a| a.bytes(1, last));
                        });
                    }
                });
            });
        }
    }

    /// Takes elements out of a set. All must be there.
    pub fn delete_elements(&mut self, table: Table<'_>, set: &str, elements: &[Element]) {
        self.elements(DELETE_ELEMENT, 0, (table, set), elements);
    }

    fn elements(
        &mut self,
        kind: u16,
        flags: u16,
        (table, set): (Table<'_>, &str),
        elements: &[Element],
    ) {
        // A list is one attribute, and its length has 16 bits.
        for part in elements.chunks(512) {
            self.push(kind, flags, table.family, |a| {
                a.text(1, table.name);
                a.text(2, set);
                a.nested(3, |a| {
                    for (key, value) in part {
                        a.nested(1, |a| {
                            a.nested(1, |a| a.bytes(1, key));
                            if let Some(value) = value {
                                a.nested(2, |a| a.bytes(1, value));
                            }
                        });
                    }
                });
            });
        }
    }

    fn push(
        &mut self,
        kind: u16,
        flags: u16,
        family: Family,
        body: impl FnOnce(&mut Attributes<'_>),
    ) {
        if self.count == 0 {
            self.message(BATCH_BEGIN, REQUEST, (0, SUBSYSTEM), |_| {});
        }
        self.count += 1;
        let kind = SUBSYSTEM << 8 | kind;
        self.message(kind, REQUEST | flags, (family.number(), 0), body);
    }

    /// A message with its headers, `nlmsghdr` and `nfgenmsg`. Its number is its place.
    fn message(
        &mut self,
        kind: u16,
        flags: u16,
        (family, resource): (u8, u16),
        body: impl FnOnce(&mut Attributes<'_>),
    ) {
        self.last = self.bytes.len();
        self.bytes.extend([0; 4]);
        self.bytes.extend(kind.to_ne_bytes());
        self.bytes.extend(flags.to_ne_bytes());
        self.bytes.extend(self.count.to_ne_bytes());
        self.bytes.extend([0; 4]);
        self.bytes.extend([family, 0]);
        self.bytes.extend(resource.to_be_bytes());
        body(&mut Attributes::new(&mut self.bytes));
        let length = u32::try_from(self.bytes.len() - self.last).unwrap_or(u32::MAX);
        self.bytes[self.last..self.last + 4].copy_from_slice(&length.to_ne_bytes());
    }

    /// The whole, ready to be sent: the last change asks for an answer.
    fn finish(mut self) -> Vec<u8> {
        let flags = &mut self.bytes[self.last + 6..self.last + 8];
        let acked = u16::from_ne_bytes([flags[0], flags[1]]) | ACK;
        flags.copy_from_slice(&acked.to_ne_bytes());
        self.message(BATCH_END, REQUEST, (0, SUBSYSTEM), |_| {});
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::netlink::socket::next_message;

    const TABLE: Table<'_> = Table {
        family: Family::V4,
        name: "keepalived",
    };

    /// Kind and flags of each message.
    fn messages(bytes: &[u8]) -> Vec<(u16, u16)> {
        let mut rest = bytes;
        let next = || next_message(&mut rest).map(|m| (m.message_type(), m.flags()));
        std::iter::from_fn(next).collect()
    }

    #[test]
    fn the_last_change_of_a_batch_asks_for_an_answer() {
        let mut batch = Batch::default();
        assert!(batch.is_empty());
        batch.delete_table(TABLE);
        batch.add_elements(TABLE, "vips", &[(vec![10, 0, 0, 1], None)]);
        let bytes = batch.finish();
        assert_eq!(bytes.len() % 4, 0);
        let seen = messages(&bytes);
        let wanted = [
            (BATCH_BEGIN, REQUEST),
            (0xa00, REQUEST | CREATE),
            (0xa02, REQUEST),
            (0xa0c, REQUEST | CREATE | ACK),
            (BATCH_END, REQUEST),
        ];
        assert_eq!(seen, wanted);
    }

    #[test]
    fn many_elements_are_told_in_several_messages() {
        let elements: Vec<Element> = (0..1025_u32)
            .map(|n| (n.to_be_bytes().into(), None))
            .collect();
        let mut batch = Batch::default();
        batch.add_elements(TABLE, "vips", &elements);
        assert_eq!(messages(&batch.finish()).len(), 5);
    }
}
