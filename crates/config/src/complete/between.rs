//! Checks between instances.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::complete::span_of;
use crate::interpret::draft::{Draft, InstanceDraft};
use crate::interpret::report::Report;
use crate::model::{Family, Instance, Transport};

/// Two instances that the network could not tell apart end the daemon.
pub(super) fn check(draft: &Draft, instances: &[Instance], report: &mut Report) {
    let mut seen: BTreeMap<(&str, Family, u8, Option<IpAddr>), &Instance> = BTreeMap::new();
    let drafts: BTreeMap<&str, &InstanceDraft> = draft
        .instances
        .iter()
        .map(|block| (block.name.value.as_str(), block))
        .collect();
    // An instance with `use_vmac` sends on an interface of its own.
    let own_interface = |instance: &Instance| {
        let block = drafts.get(instance.name.as_str());
        block.is_some_and(|block| block.own_interface.is_some())
    };
    for instance in instances {
        let Some(interface) = instance.interface.as_deref() else {
            continue;
        };
        if instance.vrid == 0 || own_interface(instance) {
            continue;
        }
        let channel = match &instance.transport {
            Transport::Multicast { group } => Some(*group),
            Transport::Unicast { .. } => instance.source,
        };
        let Some(first) = seen.insert(
            (interface, instance.family, instance.vrid, channel),
            instance,
        ) else {
            continue;
        };
        let family = match instance.family {
            Family::V4 => "IPv4",
            Family::V6 => "IPv6",
        };
        let place = |instance: &Instance| {
            let source = draft
                .instances
                .iter()
                .find(|known| known.name.value == instance.name);
            source
                .and_then(|source| source.vrid)
                .map_or_else(|| span_of(draft, instance), |vrid| vrid.span)
        };
        let (here, there) = (place(instance), place(first));
        let problem = report.unusable(
            "repeated-virtual-router-id",
            here,
            format!(
                "`{}` and `{}` both use `virtual_router_id {}` with {family} on `{interface}`; the daemon refuses to start",
                first.name, instance.name, instance.vrid
            ),
        );
        problem
            .labels
            .push((there, format!("`{}` uses it here", first.name)));
        problem.help = Some("give each a number of its own, the same on all nodes".to_owned());
    }
}
