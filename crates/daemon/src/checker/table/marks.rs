//! Firewall marks for the addresses of groups (`nftables_ipvs`): a table of nftables as keepalived
//! makes it, down to its names.
//!
//! The table is replaced as a whole, in one go: no packet ever meets half of it.

use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;

use vipd_config::model::lvs::ServiceProtocol;
use vipd_engine::lvs::{MarkTable, Marked};
use vipd_linux::netlink::Nftables;
use vipd_linux::netlink::nftables::{
    Batch, Expression, Family, Hook, Kind, MetaKey, Range, Register, Set, Table, Verdict,
};

const CHAIN: &str = "in";

/// What a packet's destination address is found by: offset and length in its header.
const V4_DESTINATION: (u32, u32) = (16, 4);
const V6_DESTINATION: (u32, u32) = (24, 16);
/// The same of its destination port, in all three protocols.
const PORT: (u32, u32) = (2, 2);

/// The table that is there.
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// Opened when it is first needed, or before.
    socket: Option<Nftables>,
    /// Its name.
    made: Option<String>,
}

impl Marks {
    /// With a socket that was opened in the network namespace of the table.
    pub(super) fn with(socket: Nftables) -> Self {
        Self {
            socket: Some(socket),
            made: None,
        }
    }

    /// Makes the table so, or removes it. One of an earlier process of the same name goes.
    pub(super) fn set(&mut self, wanted: Option<&MarkTable>) -> io::Result<()> {
        let mut batch = Batch::default();
        let stale = self.made.as_deref();
        for name in [stale, wanted.map(|table| table.name.as_str())] {
            for family in [Family::V4, Family::V6] {
                if let Some(name) = name {
                    batch.delete_table(Table { family, name });
                }
            }
        }
        if let Some(wanted) = wanted {
            write(&mut batch, wanted);
        }
        if batch.is_empty() {
            return Ok(());
        }
        Nftables::commit_by(&mut self.socket, batch)?;
        self.made = wanted.map(|table| table.name.clone());
        Ok(())
    }
}

/// Adds everything to an empty table.
fn write(batch: &mut Batch, wanted: &MarkTable) {
    for family in [Family::V4, Family::V6] {
        let is_here = |marked: &&Marked| marked.first.is_ipv4() == (family == Family::V4);
        let mut maps: BTreeMap<ServiceProtocol, Vec<Range>> = BTreeMap::new();
        for marked in wanted.marks.iter().filter(is_here) {
            let ranges = maps.entry(marked.protocol).or_default();
            let value = marked.mark.to_ne_bytes().to_vec();
            let keys = [marked.first, marked.last].map(|address| key(address, marked.port));
            ranges.push((keys, Some(value)));
        }
        if !maps.is_empty() {
            let name = &wanted.name;
            write_family(batch, Table { family, name }, wanted, &maps);
        }
    }
}

fn write_family(
    batch: &mut Batch,
    table: Table<'_>,
    wanted: &MarkTable,
    maps: &BTreeMap<ServiceProtocol, Vec<Range>>,
) {
    batch.add_table(table);
    let keys = match table.family {
        Family::V4 => Kind::Ipv4WithPort,
        Family::V6 => Kind::Ipv6WithPort,
    };
    for (protocol, ranges) in maps {
        let name = map_name(*protocol);
        let set = Set {
            name: &name,
            keys,
            values: Some(Kind::Mark),
            is_constant: false,
            has_ranges: true,
            counts: wanted.counts,
        };
        batch.add_set(table, set);
        batch.add_ranges(table, &name, ranges);
    }
    batch.add_chain(table, CHAIN, Some((Hook::Input, wanted.priority)));
    for protocol in maps.keys() {
        let name = map_name(*protocol);
        let number = [protocol.number()];
        let (destination, port) = match table.family {
            Family::V4 => (V4_DESTINATION, Register::OneSecond),
            Family::V6 => (V6_DESTINATION, Register::Two),
        };
        let mut rule = vec![
            Expression::Meta(Register::One, MetaKey::Protocol),
            Expression::Is(Register::One, &number),
            Expression::Network(Register::One, destination.0, destination.1),
            Expression::Transport(port, PORT.0, PORT.1),
            Expression::Map(Register::One, &name),
            Expression::SetMeta(MetaKey::Mark, Register::One),
        ];
        rule.extend(wanted.counts.then_some(Expression::Count));
        rule.push(Expression::Verdict(Verdict::Return));
        batch.add_rule(table, CHAIN, &rule);
    }
}

fn map_name(protocol: ServiceProtocol) -> String {
    format!("{}_map", protocol.name())
}

/// An address and a port, each padded to four bytes.
fn key(address: IpAddr, port: u16) -> Vec<u8> {
    let mut bytes = match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    };
    bytes.extend(port.to_be_bytes());
    bytes.extend([0, 0]);
    bytes
}
