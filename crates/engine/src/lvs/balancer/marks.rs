//! Firewall marks in place of the addresses of groups (`nftables_ipvs`): one service of the kernel
//! for each group and protocol, however many addresses the group has.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use vipd_config::model::lvs::{
    Addresses, GroupEntry, Lvs, NftablesIpvs, ServiceKey, ServiceProtocol, VirtualServerGroup,
};

use crate::lvs::{MarkTable, Marked};

/// Which marks were given out.
#[derive(Clone, Debug, Default)]
pub(super) struct Marks {
    given: BTreeMap<ServiceKey, u32>,
}

impl Marks {
    /// A virtual server had this mark already.
    pub(super) fn inherit(&mut self, key: ServiceKey, mark: u32) {
        self.given.insert(key, mark);
    }

    /// The mark of a virtual server; none when its addresses stand for it.
    pub(super) fn of(&self, key: &ServiceKey) -> Option<u32> {
        self.given.get(key).copied()
    }

    /// Another configuration: those who have a mark keep it, those who need one get the lowest
    /// that nobody has.
    pub(super) fn assign(&mut self, lvs: &Lvs) {
        let before = std::mem::take(&mut self.given);
        let Some(settings) = &lvs.global.nftables else {
            return;
        };
        let wanting: Vec<&ServiceKey> = lvs
            .servers
            .iter()
            .map(|vs| &vs.key)
            .filter(|key| group_to_mark(lvs, key).is_some())
            .collect();
        let mut taken = configured(lvs);
        for key in &wanting {
            let mark = before.get(*key).copied();
            let mark = mark.filter(|mark| *mark >= settings.start_mark);
            if let Some(mark) = mark.filter(|mark| taken.insert(*mark)) {
                self.given.insert((*key).clone(), mark);
            }
        }
        let mut next = settings.start_mark;
        for key in wanting {
            if self.given.contains_key(key) {
                continue;
            }
            while !taken.insert(next) {
                next = next.saturating_add(1);
            }
            self.given.insert(key.clone(), next);
        }
    }

    /// The table of nftables that gives packets their marks; none when it is to be none.
    pub(super) fn table(&self, lvs: &Lvs, counts: bool) -> Option<MarkTable> {
        let NftablesIpvs {
            table, priority, ..
        } = lvs.global.nftables.as_ref()?;
        if self.given.is_empty() {
            return None;
        }
        let mut kept = Kept::default();
        let mut marks = Vec::new();
        for vs in &lvs.servers {
            let mark = self.of(&vs.key);
            let ServiceKey::Group { protocol, .. } = &vs.key else {
                continue;
            };
            let (Some(mark), Some(group)) = (mark, group_to_mark(lvs, &vs.key)) else {
                continue;
            };
            for entry in &group.entries {
                if let GroupEntry::Addresses(addresses) = entry {
                    kept.add(*addresses, *protocol, mark, &mut marks);
                }
            }
        }
        Some(MarkTable {
            name: table.clone(),
            priority: *priority,
            counts,
            marks,
        })
    }
}

/// The group whose addresses get a mark: one that names none itself.
fn group_to_mark<'a>(lvs: &'a Lvs, key: &ServiceKey) -> Option<&'a VirtualServerGroup> {
    let ServiceKey::Group { name, .. } = key else {
        return None;
    };
    let names_one = |entry: &GroupEntry| matches!(entry, GroupEntry::Mark { .. });
    let group = lvs.group(name);
    group.filter(|group| !group.entries.iter().any(names_one))
}

/// Marks that the configuration names.
fn configured(lvs: &Lvs) -> BTreeSet<u32> {
    let servers = lvs.servers.iter().filter_map(|vs| match vs.key {
        ServiceKey::Mark { mark, .. } => Some(mark),
        ServiceKey::Address { .. } | ServiceKey::Group { .. } => None,
    });
    let entries = lvs.groups.iter().flat_map(|group| &group.entries);
    let entries = entries.filter_map(|entry| match entry {
        GroupEntry::Mark { mark, .. } => Some(*mark),
        GroupEntry::Addresses(_) => None,
    });
    servers.chain(entries).collect()
}

/// Ranges that have their mark already: protocol, port, IPv6, first address; and the last.
#[derive(Default)]
struct Kept(BTreeMap<(ServiceProtocol, u16, bool, u128), u128>);

impl Kept {
    /// Adds what of a range has no mark yet: of groups that overlap the first one has it.
    fn add(
        &mut self,
        range: Addresses,
        protocol: ServiceProtocol,
        mark: u32,
        marks: &mut Vec<Marked>,
    ) {
        let is_v6 = range.first.is_ipv6();
        let at = |first| (protocol, range.port, is_v6, first);
        let (first, last) = (number(range.first), number(range.last));
        let below = self.0.range(at(0)..=at(last)).rev();
        let met: Vec<(u128, u128)> = below
            .map(|((.., first), last)| (*first, *last))
            .take_while(|(_, last)| *last >= first)
            .collect();
        let mut from = first;
        let mut pieces = Vec::new();
        for (met_first, met_last) in met.into_iter().rev() {
            if from < met_first {
                pieces.push((from, met_first - 1));
            }
            from = from.max(met_last.saturating_add(1));
        }
        if from <= last {
            pieces.push((from, last));
        }
        for (first, last) in pieces {
            self.0.insert(at(first), last);
            marks.push(Marked {
                first: address(first, is_v6),
                last: address(last, is_v6),
                port: range.port,
                protocol,
                mark,
            });
        }
    }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u32::from(address).into(),
        IpAddr::V6(address) => address.into(),
    }
}

fn address(number: u128, is_v6: bool) -> IpAddr {
    if is_v6 {
        Ipv6Addr::from(number).into()
    } else {
        Ipv4Addr::from(u32::try_from(number).unwrap_or(u32::MAX)).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lvs(start: u32, blocks: &str) -> Lvs {
        let servers: Vec<String> = blocks
            .split(';')
            .filter_map(|block| {
                let (name, entries) = block.trim().split_once(": ")?;
                let (name, protocol) = name.split_once(' ').unwrap_or((name, "TCP"));
                let entries = entries.replace(", ", "\n");
                Some(format!(
                    "virtual_server_group {name} {{\n{entries}\n}}\n\
                     virtual_server group {name} {{\n lb_algo rr\n lb_kind NAT\n \
                     protocol {protocol}\n real_server 192.0.2.1 80 {{\n }}\n}}\n"
                ))
            })
            .collect();
        let servers = servers.concat();
        let text = format!(
            "global_defs {{\n nftables_ipvs\n nftables_ipvs_start_fwmark {start}\n}}\n{servers}"
        );
        let files = vipd_config::files::MemoryFiles::single("a.conf", text);
        let environment = vipd_config::reader::Environment::default();
        let host = vipd_config::Host::unknown("here");
        vipd_config::load(&files, "a.conf", &environment, &host)
            .config
            .lvs
            .clone()
    }

    /// What is marked, in the order in which it was given out.
    fn given(marks: &mut Marks, lvs: &Lvs) -> Vec<String> {
        marks.assign(lvs);
        let table = marks.table(lvs, false);
        let list = table.iter().flat_map(|table| &table.marks);
        list.map(|m| format!("{}-{}:{} {}", m.first, m.last, m.port, m.mark))
            .collect()
    }

    #[test]
    fn groups_keep_their_marks_and_new_ones_get_the_lowest_that_is_free() {
        let mut marks = Marks::default();
        let before = lvs(7, "a: 10.0.0.1 80; b: 10.0.0.2 80; c: 10.0.0.3-9 80");
        assert_eq!(
            given(&mut marks, &before),
            [
                "10.0.0.1-10.0.0.1:80 7",
                "10.0.0.2-10.0.0.2:80 8",
                "10.0.0.3-10.0.0.9:80 9"
            ]
        );
        let after = lvs(
            7,
            "c: 10.0.0.3-8 80; d: 10.0.1.1 80; e: 10.0.1.2 80; a: 10.0.0.1 80",
        );
        assert_eq!(
            given(&mut marks, &after),
            [
                "10.0.0.3-10.0.0.8:80 9",
                "10.0.1.1-10.0.1.1:80 8",
                "10.0.1.2-10.0.1.2:80 10",
                "10.0.0.1-10.0.0.1:80 7"
            ]
        );
        assert_eq!(given(&mut marks, &Lvs::default()), [""; 0]);
    }

    #[test]
    fn a_mark_that_the_file_names_is_given_to_nobody_else() {
        let lvs = lvs(5, "a: fwmark 5, 10.0.0.1 80; b: 10.0.0.2 80; c: fwmark 6");
        assert_eq!(
            given(&mut Marks::default(), &lvs),
            ["10.0.0.2-10.0.0.2:80 7"]
        );
    }

    #[test]
    fn of_groups_that_overlap_the_first_has_the_address() {
        let lvs = lvs(
            1,
            "a: 10.0.0.5 80, 10.0.0.7-8 80; b: 10.0.0.1-20 80; c: 10.0.0.5-6 81; d: 10.0.0.7 80",
        );
        assert_eq!(
            given(&mut Marks::default(), &lvs),
            [
                "10.0.0.5-10.0.0.5:80 1",
                "10.0.0.7-10.0.0.8:80 1",
                "10.0.0.1-10.0.0.4:80 2",
                "10.0.0.6-10.0.0.6:80 2",
                "10.0.0.9-10.0.0.20:80 2",
                "10.0.0.5-10.0.0.6:81 3"
            ]
        );
    }
}
