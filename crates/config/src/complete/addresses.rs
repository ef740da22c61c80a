//! The addresses of an instance.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::net::IpAddr;

use crate::complete::{Scene, interfaces};
use crate::interpret::draft::InstanceDraft;
use crate::interpret::report::Report;
use crate::interpret::statement::At;
use crate::model::{Family, Instance, Version, VirtualAddress};

/// Most addresses that the count in an advert can tell.
const MOST: usize = 255;

/// Family of an address.
pub(super) fn family_of(address: IpAddr) -> Family {
    if address.is_ipv4() {
        Family::V4
    } else {
        Family::V6
    }
}

/// The family of the first thing in the block that has one.
pub(super) fn family(draft: &InstanceDraft, report: &mut Report) -> Family {
    let place = |at: &At<IpAddr>| (at.span.file, at.span.line, at.span.column);
    let first_address = draft
        .addresses
        .first()
        .map(|at| At::new(at.value.address, at.span));
    let first_peer = draft.peers.as_ref().and_then(|peers| peers.value.first());
    let first_peer = first_peer.map(|at| At::new(at.value.address, at.span));
    let first = [first_address, draft.source, first_peer, draft.group]
        .into_iter()
        .flatten()
        .min_by_key(place);
    let Some(native) = draft.native_ipv6 else {
        return first.map_or(Family::V4, |first| family_of(first.value));
    };
    match first {
        Some(first)
            if first.value.is_ipv4()
                && place(&first) < (native.file, native.line, native.column) =>
        {
            report.general(
                "native-ipv6-with-ipv4",
                native,
                "`native_ipv6` comes after an IPv4 address; it is ignored",
            );
            Family::V4
        }
        _ => Family::V6,
    }
}

/// Both lists of addresses.
pub(super) fn complete(
    draft: &InstanceDraft,
    instance: &mut Instance,
    scene: &Scene<'_>,
    report: &mut Report,
) {
    let name = &draft.name.value;
    instance.addresses.reserve_exact(draft.addresses.len());
    let mut listed: BTreeMap<IpAddr, &At<VirtualAddress>> = BTreeMap::new();
    for entry in &draft.addresses {
        let address = entry.value.address;
        if family_of(address) != instance.family {
            other_family(entry, instance.family, report);
            continue;
        }
        match listed.entry(address) {
            Entry::Occupied(known) if known.get().span != entry.span => {
                twice(entry, known.get(), report);
                continue;
            }
            Entry::Occupied(_) => {}
            Entry::Vacant(place) => drop(place.insert(entry)),
        }
        on_interface(entry, name, scene, report);
        instance.addresses.push(settled(&entry.value));
    }
    for entry in &draft.excluded {
        on_interface(entry, name, scene, report);
        let address = settled(&entry.value);
        if listed.insert(address.address, entry).is_some() {
            report.general(
                "repeated-address",
                entry.span,
                format!(
                    "`{}` is listed already; this entry is left out",
                    address.address
                ),
            );
        } else {
            instance.excluded_addresses.push(address);
        }
    }
    move_excess(draft, instance, scene, report);
    none(draft, instance, report);
}

/// The interface that an address names must be there.
fn on_interface(entry: &At<VirtualAddress>, owner: &str, scene: &Scene<'_>, report: &mut Report) {
    if let Some(interface) = &entry.value.interface {
        let name = At::new(interface.clone(), entry.span);
        interfaces::exists(
            &name,
            format_args!("an address of `{owner}` is to be on it"),
            scene,
            report,
        );
    }
}

/// What is always so for the kernel, as keepalived 2.2.7 has it: addresses of IPv6 are there at
/// once, without duplicate address detection, whether `-nodad` is given or not, and one without a
/// prefix is never chosen as a source (its preferred lifetime is 0).
pub(super) fn settled(entry: &VirtualAddress) -> VirtualAddress {
    let mut address = entry.clone();
    if address.address.is_ipv6() {
        address.flags.nodad = true;
        if address.prefix_len == 128 && address.preferred_lifetime.is_none() {
            address.preferred_lifetime = Some(0);
        }
    }
    if address.preferred_lifetime == Some(u32::MAX) {
        address.preferred_lifetime = None;
    }
    address
}

fn other_family(entry: &At<VirtualAddress>, family: Family, report: &mut Report) {
    let family = match family {
        Family::V4 => "IPv4",
        Family::V6 => "IPv6",
    };
    report
        .general(
            "other-family",
            entry.span,
            format!("`{}` does not fit: the instance is {family} by what comes first in it; the entry is left out", entry.value.address),
        )
        .help = Some("put it into `virtual_ipaddress_excluded`, or into an instance of its own".to_owned());
}

fn twice(entry: &At<VirtualAddress>, known: &At<VirtualAddress>, report: &mut Report) {
    report
        .general(
            "repeated-address",
            entry.span,
            format!(
                "`{}` is listed already; this entry is left out",
                entry.value.address
            ),
        )
        .labels
        .push((known.span, "first listed here".to_owned()));
}

/// More addresses than one advert can carry go into the other list.
fn move_excess(
    draft: &InstanceDraft,
    instance: &mut Instance,
    scene: &Scene<'_>,
    report: &mut Report,
) {
    let mtu = scene
        .host
        .interfaces
        .as_ref()
        .zip(instance.interface.as_ref())
        .and_then(|(interfaces, name)| interfaces.get(name))
        .map(|interface| interface.mtu as usize);
    let room = mtu.map_or(MOST, |mtu| match (instance.family, instance.version) {
        (Family::V4, Version::V2) => mtu.saturating_sub(20 + 8 + 8) / 4,
        (Family::V4, Version::V3) => mtu.saturating_sub(20 + 8) / 4,
        (Family::V6, _) => mtu.saturating_sub(40 + 8) / 16,
    });
    let most = room.min(MOST);
    if instance.addresses.len() <= most {
        return;
    }
    let count = instance.addresses.len();
    let excess = instance.addresses.split_off(most);
    instance.excluded_addresses.splice(0..0, excess);
    let span = draft
        .addresses
        .get(most)
        .map_or(draft.name.span, |entry| entry.span);
    report.general(
        "too-many-addresses",
        span,
        format!("{count} addresses do not fit into an advert; those after the first {most} are treated as `virtual_ipaddress_excluded`"),
    );
}

/// No address at all.
fn none(draft: &InstanceDraft, instance: &Instance, report: &mut Report) {
    if !instance.addresses.is_empty() {
        return;
    }
    let name = &draft.name.value;
    if let Some(span) = draft.no_addresses.filter(|_| instance.strict) {
        report.general(
            "strict-needs-address",
            span,
            "strict mode needs an address; `no_virtual_ipaddress` is ignored",
        );
    } else if draft.no_addresses.is_some() {
        return;
    }
    let help = "add a block `virtual_ipaddress { ADDRESS }`";
    if instance.version == Version::V3 || instance.strict {
        let problem = report.unusable(
            "no-address",
            draft.name.span,
            format!("`{name}` has no address in `virtual_ipaddress`, and version 3 needs one; the daemon refuses to start"),
        );
        problem.help = Some(help.to_owned());
    } else {
        let problem = report.general(
            "no-address",
            draft.name.span,
            format!("`{name}` has no address in `virtual_ipaddress`; it runs without"),
        );
        problem.help = Some(help.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_ipv6_need_no_word_to_be_there_at_once() {
        let settled = |text: &str, prefix_len, preferred| {
            let mut entry = VirtualAddress::new(text.parse().unwrap());
            entry.prefix_len = prefix_len;
            entry.preferred_lifetime = preferred;
            let address = settled(&entry);
            (address.flags.nodad, address.preferred_lifetime)
        };
        assert_eq!(settled("fd09::1", 128, None), (true, Some(0)));
        assert_eq!(settled("fd09::1", 64, None), (true, None));
        assert_eq!(settled("fd09::1", 128, Some(7)), (true, Some(7)));
        assert_eq!(settled("fd09::1", 128, Some(u32::MAX)), (true, None));
        assert_eq!(settled("10.0.0.1", 32, None), (false, None));
    }
}
