//! The tables as keepalived makes them, down to their names and their order.

use std::collections::BTreeSet;

use vipd_config::model;
use vipd_linux::netlink::nftables::{
    Batch, Element, Expression, Family, Hook, Kind, MetaKey, Register, Set, Table, Verdict,
};

use super::{Contents, Parts};

const IN: &str = "in";
const OUT: &str = "out";
const IN_LINK_LOCAL: &str = "in_link_local";
const OUT_LINK_LOCAL: &str = "out_link_local";
const VIPS: &str = "vips";
const VIPS_LINK_LOCAL: &str = "vips_link_local";
const NEIGHBOUR_DISCOVERY: &str = "neighbor-discovery";
const REPORTERS: &str = "vmac_map";
const SOLICITORS: &str = "vmac_set";

/// Neighbour solicitation and advertisement.
const DISCOVERY_TYPES: [u8; 2] = [135, 136];
/// ICMP over IPv6.
const ICMPV6: u8 = 58;
/// Router solicitation.
const ROUTER_SOLICITATION: u8 = 133;
/// Report of multicast listeners, version 2.
const LISTENER_REPORT: u8 = 143;
/// IGMP.
const IGMP: u8 = 2;
/// Kind of interfaces with virtual MAC addresses, as long as the kernel has it.
const MACVLAN: [u8; 16] = *b"macvlan\0\0\0\0\0\0\0\0\0";
/// Bytes of `fe80::/10` and which bits count.
const LINK_LOCAL: [u8; 16] = [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const LINK_LOCAL_MASK: [u8; 16] = [0xff, 0xc0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/// Where an address stands in the IP header: offset and length.
type Field = (u32, u32);
const V4_SOURCE: Field = (12, 4);
const V4_DESTINATION: Field = (16, 4);
const V6_SOURCE: Field = (8, 16);
const V6_DESTINATION: Field = (24, 16);
/// Protocol in an IPv4 packet.
const V4_PROTOCOL: Field = (9, 1);
/// Next header of an IPv6 packet.
const V6_NEXT: Field = (6, 1);

/// Adds the parts that are `needed` to those that are there.
pub(super) fn add_parts(
    batch: &mut Batch,
    settings: &model::Firewall,
    there: Parts,
    needed: Parts,
) {
    let name = &settings.table;
    let mut writer = Writer {
        batch,
        settings,
        table: Table {
            family: Family::V4,
            name,
        },
    };
    if needed.reports_v4 && !there.reports_v4 {
        writer.reports_v4();
    }
    if needed.v4 && !there.v4 {
        writer.v4();
    }
    writer.table.family = Family::V6;
    if needed.reports_v6 && !there.reports_v6 {
        writer.reports_v6();
    }
    if needed.v6 && !there.v6 {
        writer.v6();
    }
    if needed.link_local && !there.link_local {
        writer.link_local();
    }
}

/// Changes what the sets hold.
pub(super) fn change(batch: &mut Batch, table: &str, from: &Contents, to: &Contents) {
    let [v4, v6] = [Family::V4, Family::V6].map(|family| Table {
        family,
        name: table,
    });
    let elements = |key: &[u8]| (key.to_vec(), None);
    differ(batch, (v4, VIPS), [&from.v4, &to.v4], |address| {
        elements(&address.octets())
    });
    differ(batch, (v6, VIPS), [&from.v6, &to.v6], |address| {
        elements(&address.octets())
    });
    let link_local = [&from.link_local, &to.link_local];
    differ(
        batch,
        (v6, VIPS_LINK_LOCAL),
        link_local,
        |(address, index)| elements(&[&address.octets()[..], &index.to_ne_bytes()].concat()),
    );
    let pair = |(own, below): &(u32, u32)| {
        let [own, below] = [own, below].map(|index| index.to_ne_bytes().to_vec());
        (own, Some(below))
    };
    let (from_v6, to_v6) = (&from.reports_v6, &to.reports_v6);
    differ(
        batch,
        (v4, REPORTERS),
        [&from.reports_v4, &to.reports_v4],
        pair,
    );
    differ(batch, (v6, REPORTERS), [from_v6, to_v6], pair);
    let own = |(own, _): &(u32, u32)| elements(&own.to_ne_bytes());
    differ(batch, (v6, SOLICITORS), [from_v6, to_v6], own);
}

fn differ<T: Ord>(
    batch: &mut Batch,
    (table, set): (Table<'_>, &str),
    [from, to]: [&BTreeSet<T>; 2],
    element: impl Fn(&T) -> Element,
) {
    let list = |a: &BTreeSet<T>, b: &BTreeSet<T>| -> Vec<Element> {
        a.difference(b).map(&element).collect()
    };
    batch.delete_elements(table, set, &list(from, to));
    batch.add_elements(table, set, &list(to, from));
}

/// Tests for interfaces with virtual MAC addresses.
const MADE: [Expression<'_>; 2] = [
    Expression::Meta(Register::One, MetaKey::OutputKind),
    Expression::Is(Register::One, &MACVLAN),
];

/// Tests for ICMP over IPv6 of a type, behind any extension headers.
fn icmpv6(kind: &[u8]) -> [Expression<'_>; 4] {
    [
        Expression::Meta(Register::One, MetaKey::Protocol),
        Expression::Is(Register::One, &[ICMPV6]),
        Expression::Transport(Register::One, 0, 1),
        Expression::Is(Register::One, kind),
    ]
}

/// Writes parts of one table.
struct Writer<'a, 'b> {
    batch: &'b mut Batch,
    settings: &'a model::Firewall,
    table: Table<'a>,
}

impl Writer<'_, '_> {
    /// Memberships of groups are reported from the interface below.
    fn reports_v4(&mut self) {
        self.out();
        self.map(REPORTERS);
        let (offset, length) = V4_PROTOCOL;
        let what = [
            Expression::Network(Register::One, offset, length),
            Expression::Is(Register::One, &[IGMP]),
        ];
        self.move_below(&what, V4_DESTINATION);
    }

    /// The same, and no solicitations of routers.
    fn reports_v6(&mut self) {
        self.out();
        self.map(REPORTERS);
        self.set(SOLICITORS, Kind::Interface);
        self.move_below(&icmpv6(&[LISTENER_REPORT]), V6_DESTINATION);
        let mut tests = icmpv6(&[ROUTER_SOLICITATION]).to_vec();
        tests.extend(MADE);
        tests.extend([
            Expression::Meta(Register::One, MetaKey::OutputInterface),
            Expression::In(Register::One, SOLICITORS),
        ]);
        self.rule(OUT, &tests, Verdict::Drop);
    }

    /// Sends these packets out by the interface below that which they were for.
    fn move_below(&mut self, what: &[Expression<'_>], (offset, length): Field) {
        let mut tests = what.to_vec();
        tests.extend(MADE);
        tests.extend([
            Expression::Network(Register::One, offset, length),
            Expression::Meta(Register::Two, MetaKey::OutputInterface),
            Expression::Map(Register::Two, REPORTERS),
            Expression::Copy,
        ]);
        self.rule(OUT, &tests, Verdict::Drop);
    }

    fn map(&mut self, name: &str) {
        self.batch.add_set(
            self.table,
            Set {
                name,
                keys: Kind::Interface,
                values: Some(Kind::Interface),
                is_constant: false,
                has_ranges: false,
                counts: false,
            },
        );
    }

    /// The table and the hook of what goes out.
    fn out(&mut self) {
        let priority = self.settings.priority;
        self.batch.add_table(self.table);
        self.batch
            .add_chain(self.table, OUT, Some((Hook::Output, priority)));
    }

    fn v4(&mut self) {
        self.chains();
        self.set(VIPS, Kind::Ipv4);
        self.drop_members(IN, V4_DESTINATION);
        self.drop_members(OUT, V4_SOURCE);
    }

    fn v6(&mut self) {
        self.chains();
        self.batch.add_chain(self.table, IN_LINK_LOCAL, None);
        self.batch.add_chain(self.table, OUT_LINK_LOCAL, None);
        self.set(VIPS, Kind::Ipv6);
        self.batch.add_set(
            self.table,
            Set {
                name: NEIGHBOUR_DISCOVERY,
                keys: Kind::Icmpv6Type,
                values: None,
                is_constant: true,
                has_ranges: false,
                counts: false,
            },
        );
        let types = DISCOVERY_TYPES.map(|kind| (vec![kind], None));
        self.batch
            .add_elements(self.table, NEIGHBOUR_DISCOVERY, &types);
        let ways = [
            (IN, V6_DESTINATION, IN_LINK_LOCAL),
            (OUT, V6_SOURCE, OUT_LINK_LOCAL),
        ];
        for (chain, field, link_local) in ways {
            self.accept_discovery(chain);
            self.branch_link_local(chain, field, link_local);
        }
        self.drop_members(IN, V6_DESTINATION);
        self.drop_members(OUT, V6_SOURCE);
    }

    fn link_local(&mut self) {
        self.set(VIPS_LINK_LOCAL, Kind::Ipv6OnInterface);
        let ways = [
            (IN_LINK_LOCAL, V6_DESTINATION, MetaKey::InputInterface),
            (OUT_LINK_LOCAL, V6_SOURCE, MetaKey::OutputInterface),
        ];
        for (chain, (offset, length), interface) in ways {
            let tests = [
                Expression::Network(Register::One, offset, length),
                Expression::Meta(Register::Two, interface),
                Expression::In(Register::One, VIPS_LINK_LOCAL),
            ];
            self.rule(chain, &tests, Verdict::Drop);
        }
    }

    /// The table and its two hooks.
    fn chains(&mut self) {
        let priority = self.settings.priority;
        self.out();
        self.batch
            .add_chain(self.table, IN, Some((Hook::Input, priority)));
    }

    fn set(&mut self, name: &str, keys: Kind) {
        self.batch.add_set(
            self.table,
            Set {
                name,
                keys,
                values: None,
                is_constant: false,
                has_ranges: false,
                counts: false,
            },
        );
    }

    /// Drops what has one of our VIPs in this field.
    fn drop_members(&mut self, chain: &str, (offset, length): Field) {
        let tests = [
            Expression::Network(Register::One, offset, length),
            Expression::In(Register::One, VIPS),
        ];
        self.rule(chain, &tests, Verdict::Drop);
    }

    /// Neighbours are always answered (V3-25), whatever else is not accepted (V2-44).
    fn accept_discovery(&mut self, chain: &str) {
        let tests = [
            Expression::Network(Register::One, V6_NEXT.0, V6_NEXT.1),
            Expression::Is(Register::One, &[ICMPV6]),
            Expression::Transport(Register::One, 0, 1),
            Expression::In(Register::One, NEIGHBOUR_DISCOVERY),
        ];
        self.rule(chain, &tests, Verdict::Accept);
    }

    fn branch_link_local(&mut self, chain: &str, (offset, length): Field, to: &str) {
        let tests = [
            Expression::Network(Register::One, offset, length),
            Expression::Mask(Register::One, &LINK_LOCAL_MASK),
            Expression::Is(Register::One, &LINK_LOCAL),
        ];
        self.rule(chain, &tests, Verdict::Goto(to));
    }

    fn rule(&mut self, chain: &str, tests: &[Expression<'_>], verdict: Verdict<'_>) {
        let mut rule = tests.to_vec();
        if self.settings.counters {
            rule.push(Expression::Count);
        }
        rule.push(Expression::Verdict(verdict));
        self.batch.add_rule(self.table, chain, &rule);
    }
}
