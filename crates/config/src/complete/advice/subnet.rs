//! Prefix lengths that do not go together.

use std::net::IpAddr;

use crate::complete::Scene;
use crate::interpret::draft::InstanceDraft;
use crate::interpret::report::Report;
use crate::interpret::statement::At;
use crate::model::{Instance, VirtualAddress};
use crate::prefix;

/// Of an instance with more addresses, only so many are compared with each other.
const COMPARED: usize = 64;

/// Looks at one instance.
pub(super) fn advise(
    draft: &InstanceDraft,
    instance: &Instance,
    scene: &Scene<'_>,
    report: &mut Report,
) {
    let all = draft.addresses.iter().chain(&draft.excluded);
    let entries: Vec<&At<VirtualAddress>> = all
        .filter(|entry| entry.value.peer.is_none() && !is_host(&entry.value))
        .take(COMPARED)
        .collect();
    if let Some(entry) = entries.first().filter(|_| draft.own_interface.is_some()) {
        let message = format!(
            "`{}/{}` on an interface of its own makes a second route to that network, beside the one of the interface below",
            entry.value.address, entry.value.prefix_len
        );
        let longest = if entry.value.address.is_ipv4() {
            32
        } else {
            128
        };
        report.hint("network-twice", entry.span, message).help = Some(format!(
            "write `/{longest}`: with `use_vmac` and `use_ipvlan` the interface below has the route"
        ));
        return;
    }
    if among_themselves(&entries, report) {
        return;
    }
    let interfaces = scene.host.interfaces.as_ref();
    let interface = interfaces
        .zip(instance.interface.as_ref())
        .and_then(|(interfaces, name)| interfaces.get(name));
    for &(address, length) in interface.iter().flat_map(|i| &i.addresses) {
        let other = entries
            .iter()
            .find(|entry| entry.value.interface.is_none() && differ(&entry.value, address, length));
        let Some(entry) = other else { continue };
        let message = format!(
            "`{}/{}` is in the network of {address}/{length} and has another prefix length: while this node is master it has two routes to some of its neighbours",
            entry.value.address, entry.value.prefix_len
        );
        report.hint("network-overlap", entry.span, message).help =
            Some(format!("write `{}/{length}`", entry.value.address));
        return;
    }
}

/// Two addresses of the instance; true when a message was made.
fn among_themselves(entries: &[&At<VirtualAddress>], report: &mut Report) -> bool {
    for (index, entry) in entries.iter().enumerate() {
        let first = entries[..index].iter().find(|first| {
            first.value.interface == entry.value.interface
                && differ(&first.value, entry.value.address, entry.value.prefix_len)
        });
        let Some(first) = first else { continue };
        let message = format!(
            "`{}/{}` and `{}/{}` are in one network and have different prefix lengths",
            first.value.address,
            first.value.prefix_len,
            entry.value.address,
            entry.value.prefix_len
        );
        let problem = report.hint("network-overlap", entry.span, message);
        problem
            .labels
            .push((first.span, "the other one".to_owned()));
        problem.help = Some("write the length of the network that they are in at both".to_owned());
        return true;
    }
    false
}

/// One network holds the other and is not the same.
fn differ(one: &VirtualAddress, address: IpAddr, length: u8) -> bool {
    let longest = if address.is_ipv4() { 32 } else { 128 };
    length != one.prefix_len
        && length < longest
        && prefix::holds(one.address, one.prefix_len.min(length), address)
}

/// It brings no network with it.
fn is_host(entry: &VirtualAddress) -> bool {
    entry.prefix_len >= if entry.address.is_ipv4() { 32 } else { 128 }
}
