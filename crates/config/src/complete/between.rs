//! Checks between instances.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::complete::blocks;
use crate::interpret::draft::{Draft, InstanceDraft};
use crate::interpret::report::Report;
use crate::model::{Family, Instance, Transport};

/// What tells instances apart on the network; first what differs most often.
type Key<'a> = (u8, Family, Option<IpAddr>, &'a str);

/// Two instances that the network could not tell apart end the daemon.
pub(super) fn check(draft: &Draft, instances: &[Instance], report: &mut Report) {
    let mut seen: BTreeMap<Key<'_>, (&Instance, &InstanceDraft)> = BTreeMap::new();
    for (instance, block) in instances.iter().zip(blocks(draft)) {
        let Some(interface) = &instance.interface else {
            continue;
        };
        // An instance with `use_vmac` sends on an interface of its own.
        if instance.vrid == 0 || block.own_interface.is_some() {
            continue;
        }
        let channel = match &instance.transport {
            Transport::Multicast { group } => Some(*group),
            Transport::Unicast { .. } => instance.source,
        };
        let key = (instance.vrid, instance.family, channel, interface.as_str());
        let Some((first, first_block)) = seen.insert(key, (instance, block)) else {
            continue;
        };
        let family = match instance.family {
            Family::V4 => "IPv4",
            Family::V6 => "IPv6",
        };
        let place = |block: &InstanceDraft| block.vrid.map_or(block.name.span, |vrid| vrid.span);
        let (here, there) = (place(block), place(first_block));
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
