//! Numbers, addresses and modes that lead to trouble on the network.

use crate::complete::Scene;
use crate::interpret::draft::InstanceDraft;
use crate::interpret::report::Report;
use crate::model::{AuthKind, Family, Instance, Transport};

/// Looks at one instance.
pub(super) fn advise(
    draft: &InstanceDraft,
    instance: &Instance,
    scene: &Scene<'_>,
    report: &mut Report,
) {
    common_number(draft, report);
    bare_addresses(draft, instance, report);
    strict(draft, instance, scene, report);
    peers(draft, instance, scene, report);
    if let Some(flag) = draft.skip_check_adv_addr.filter(|on| !on) {
        report.hint(
            "skip-check-false",
            draft.name.span,
            format!("keepalived takes `skip_check_adv_addr {flag}` for true; so does vipd: leave the line out instead"),
        );
    }
}

/// 51 stands in every sample: two clusters on one network disturb each other with it.
fn common_number(draft: &InstanceDraft, report: &mut Report) {
    if let Some(vrid) = draft.vrid.filter(|vrid| vrid.value == 51) {
        report
            .hint(
                "common-virtual-router-id",
                vrid.span,
                "51 is the number of every sample: another cluster on the same network may use it too",
            )
            .help = Some("choose another number from 1 to 255, the same on all nodes of this cluster".to_owned());
    }
}

/// Addresses without prefix length are added with the longest one.
fn bare_addresses(draft: &InstanceDraft, instance: &Instance, report: &mut Report) {
    let bare: Vec<_> = draft
        .addresses
        .iter()
        .filter(|entry| report.bare_addresses.contains(&entry.span) && entry.value.peer.is_none())
        .filter(|entry| {
            instance
                .addresses
                .iter()
                .any(|known| known.address == entry.value.address)
        })
        .collect();
    let Some(first) = bare.first() else { return };
    let length = first.value.prefix_len;
    let others = match bare.len() {
        1 => String::new(),
        count => format!(" (and {} more)", count - 1),
    };
    let message = format!(
        "`{}` has no prefix length{others}, so it is added as /{length}",
        first.value.address
    );
    let span = first.span;
    report.hint("no-prefix-length", span, message).help =
        Some("that is right for most; write the length of the network, such as `/24`, where the address must also give a route to it".to_owned());
}

/// A strict instance that is not the owner answers nothing on its addresses.
fn strict(draft: &InstanceDraft, instance: &Instance, scene: &Scene<'_>, report: &mut Report) {
    if !instance.strict || instance.accept {
        return;
    }
    let place = draft.strict.or(scene.draft.global.strict);
    report
        .hint(
            "strict-drops",
            place.map_or(draft.name.span, |strict| strict.span),
            format!("strict mode drops every packet to the addresses of `{}`, so no service answers on them", instance.name),
        )
        .help = Some("leave strict mode out; with version 3 the word `accept` helps too".to_owned());
}

fn peers(draft: &InstanceDraft, instance: &Instance, scene: &Scene<'_>, report: &mut Report) {
    let Transport::Unicast { peers, .. } = &instance.transport else {
        return;
    };
    let interfaces = scene.host.interfaces.as_ref();
    let own = |address| {
        instance.source == Some(address)
            || interfaces.is_some_and(|interfaces| {
                interfaces.values().any(|interface| {
                    interface
                        .addresses
                        .iter()
                        .any(|(known, _)| *known == address)
                })
            })
    };
    for peer in draft.peers.iter().flat_map(|peers| &peers.value) {
        if own(peer.value.address) {
            report
                .hint(
                    "peer-is-self",
                    peer.span,
                    format!(
                        "`{}` is an address of this node: it would send adverts to itself",
                        peer.value.address
                    ),
                )
                .help = Some("list only the other nodes".to_owned());
        }
    }
    let addresses = interfaces
        .zip(instance.interface.as_ref())
        .and_then(|(interfaces, name)| interfaces.get(name))
        .map_or(0, |interface| {
            let same =
                |address: &std::net::IpAddr| address.is_ipv4() == (instance.family == Family::V4);
            interface
                .addresses
                .iter()
                .filter(|(address, _)| same(address))
                .count()
        });
    if instance.source.is_none() && addresses > 1 && !peers.is_empty() {
        report
            .hint(
                "no-unicast-source",
                draft.name.span,
                format!(
                    "`{}` has no `unicast_src_ip`, and its interface has several addresses",
                    instance.name
                ),
            )
            .help = Some("add `unicast_src_ip ADDRESS`, the one that the peers list".to_owned());
    }
    if let Some(kind) = draft.auth_type.filter(|kind| kind.value == AuthKind::Ah) {
        report.hint(
            "ah-with-unicast",
            kind.span,
            "`auth_type AH` with unicast breaks where anything on the way changes the header",
        );
    }
}
