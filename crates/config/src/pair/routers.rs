//! Which instances of which nodes are meant to be one virtual router.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::Node;
use crate::model::Instance;

/// Members of a virtual router: node and instance index, in the order of the nodes.
pub type VirtualRouter = Vec<(usize, usize)>;

/// What two instances have in common, weighed: the number most, then addresses, then names.
/// Without a number or an address in common, a name is enough only on the same interface.
fn likeness(one: &Instance, other: &Instance) -> u32 {
    if one.family != other.family {
        return 0;
    }
    let number = one.vrid == other.vrid;
    let addresses = share_addresses(one, other);
    let name = one.name == other.name;
    let interface = one.interface == other.interface;
    if !(number || addresses || name && interface) {
        return 0;
    }
    8 * u32::from(number)
        + 6 * u32::from(addresses)
        + 3 * u32::from(name)
        + 2 * u32::from(interface)
}

/// All addresses of an instance.
pub(super) fn addresses(instance: &Instance) -> BTreeSet<IpAddr> {
    let all = instance
        .addresses
        .iter()
        .chain(&instance.excluded_addresses);
    all.map(|address| address.address).collect()
}

fn share_addresses(one: &Instance, other: &Instance) -> bool {
    !addresses(one).is_disjoint(&addresses(other))
}

/// Finds them: node by node, the most alike first.
pub fn virtual_routers(nodes: &[Node]) -> Vec<VirtualRouter> {
    let mut routers: Vec<VirtualRouter> = Vec::new();
    for (node, here) in nodes.iter().enumerate() {
        let mut pairs: Vec<(u32, usize, usize)> = Vec::new();
        for (index, instance) in here.config.instances.iter().enumerate() {
            for (router, members) in routers.iter().enumerate() {
                let likeness = members
                    .iter()
                    .map(|&(n, i)| likeness(&nodes[n].config.instances[i], instance))
                    .max();
                pairs.extend(likeness.filter(|l| *l > 0).map(|l| (l, router, index)));
            }
        }
        pairs.sort_by_key(|&(likeness, router, index)| (u32::MAX - likeness, router, index));
        let mut placed = BTreeSet::new();
        let mut taken = BTreeSet::new();
        for (_, router, index) in pairs {
            if !placed.contains(&index) && taken.insert(router) {
                placed.insert(index);
                routers[router].push((node, index));
            }
        }
        let rest = (0..here.config.instances.len()).filter(|index| !placed.contains(index));
        routers.extend(rest.map(|index| vec![(node, index)]));
    }
    routers
}
