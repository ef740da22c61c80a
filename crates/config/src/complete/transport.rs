//! How adverts travel: source, multicast group or unicast peers.

use crate::complete::Scene;
use crate::complete::addresses::family_of;
use crate::complete::global::group_of;
use crate::interpret::draft::InstanceDraft;
use crate::interpret::report::Report;
use crate::model::{Family, Instance, Transport, UnicastPeer};

/// Source and transport.
pub(super) fn complete(
    draft: &InstanceDraft,
    instance: &mut Instance,
    scene: &Scene<'_>,
    report: &mut Report,
) {
    source(draft, instance, report);
    let peers = peers(draft, instance, report);
    if !peers.is_empty() || draft.unicast_fault_no_peer {
        instance.transport = Transport::Unicast {
            peers,
            ttl: draft.unicast_ttl.unwrap_or(255),
            check_source: draft.check_unicast_src || scene.draft.global.check_unicast_src,
            fault_without_peer: draft.unicast_fault_no_peer,
        };
        return;
    }
    let list = draft.peers.as_ref().map(|peers| peers.span);
    let word = draft
        .unicast_word
        .or(list)
        .or_else(|| report.empty_list("unicast_peer", &draft.lines));
    if let Some(span) = word {
        report
            .general(
                "unicast-without-peers",
                span,
                "a unicast keyword, and no peer in `unicast_peer`: adverts go to the multicast group",
            )
            .help = Some("add a block `unicast_peer { ADDRESS }` with the other nodes".to_owned());
    }
    instance.transport = Transport::Multicast {
        group: group(draft, instance, scene, report),
    };
}

fn source(draft: &InstanceDraft, instance: &mut Instance, report: &mut Report) {
    let Some(source) = draft.source else { return };
    if family_of(source.value) == instance.family {
        instance.source = Some(source.value);
    } else {
        report.general(
            "other-family",
            source.span,
            format!(
                "`{}` is not of the address family of `{}`; it is not used",
                source.value, instance.name
            ),
        );
    }
}

fn peers(draft: &InstanceDraft, instance: &Instance, report: &mut Report) -> Vec<UnicastPeer> {
    let mut peers = Vec::new();
    for peer in draft.peers.iter().flat_map(|peers| &peers.value) {
        if family_of(peer.value.address) == instance.family {
            peers.push(peer.value.clone());
        } else {
            report.general(
                "other-family",
                peer.span,
                format!(
                    "`{}` is not of the address family of `{}`; this peer is left out",
                    peer.value.address, instance.name
                ),
            );
        }
    }
    peers
}

fn group(
    draft: &InstanceDraft,
    instance: &Instance,
    scene: &Scene<'_>,
    report: &mut Report,
) -> std::net::IpAddr {
    let default = group_of(&scene.draft.global, instance.family == Family::V6);
    let Some(group) = draft.group else {
        return default;
    };
    if !group.value.is_multicast() {
        report.general(
            "not-multicast",
            group.span,
            format!(
                "`{}` is not a multicast address; {default} is used",
                group.value
            ),
        );
        return default;
    }
    if family_of(group.value) != instance.family {
        report.general(
            "other-family",
            group.span,
            format!(
                "`{}` is not of the address family of `{}`; {default} is used",
                group.value, instance.name
            ),
        );
        return default;
    }
    group.value
}
