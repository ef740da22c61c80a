//! Interfaces of the machine, as far as instances care.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use vipd_config::model::Family;

use crate::input::Interface;

/// What is known of one interface.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Link {
    /// Kernel's index; none while there is no such interface.
    pub(crate) index: Option<u32>,
    pub(crate) is_up: bool,
    pub(crate) arps: bool,
    pub(crate) mtu_bytes: u32,
    /// First IPv4 address that is not a VIP.
    pub(crate) ipv4: Option<Ipv4Addr>,
    /// First link-local IPv6 address that is not a VIP.
    pub(crate) ipv6: Option<Ipv6Addr>,
    /// Configured source addresses that are present.
    pub(crate) present: BTreeSet<IpAddr>,
    /// Instances that care for it.
    pub(crate) users: Vec<u32>,
}

/// All interfaces, by name.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Links {
    known: BTreeMap<Arc<str>, Link>,
    /// Every VIP of every instance: never a source address.
    virtual_addresses: BTreeSet<IpAddr>,
    /// Every configured source address.
    sources: BTreeSet<IpAddr>,
    /// The kernel's last word, to look at again when a reload changes what is a VIP.
    told: BTreeMap<Arc<str>, Interface>,
}

impl Links {
    /// Forgets who uses what, for a new configuration.
    pub(crate) fn reset(&mut self, virtual_addresses: BTreeSet<IpAddr>, sources: BTreeSet<IpAddr>) {
        self.virtual_addresses = virtual_addresses;
        self.sources = sources;
        self.known.clear();
        for (name, interface) in &self.told {
            let link = summary(interface, &self.virtual_addresses, &self.sources);
            self.known.insert(name.clone(), link);
        }
    }

    /// Notes that `instance` cares for an interface.
    pub(crate) fn add_user(&mut self, name: &Arc<str>, instance: u32) {
        let users = &mut self.known.entry(name.clone()).or_default().users;
        if users.last() != Some(&instance) {
            users.push(instance);
        }
    }

    /// An interface by name.
    pub(crate) fn get(&self, name: &str) -> Option<&Link> {
        self.known.get(name)
    }

    /// Whether an interface is there and up.
    pub(crate) fn is_up(&self, name: &str) -> bool {
        self.get(name).is_some_and(|link| link.is_up)
    }

    /// Takes in the kernel's word. True when it means something to the users.
    pub(crate) fn update(&mut self, interface: Interface) -> bool {
        let name: Arc<str> = Arc::from(interface.name.as_str());
        let mut link = summary(&interface, &self.virtual_addresses, &self.sources);
        let old = self.known.entry(name.clone()).or_default();
        let users = std::mem::take(&mut old.users);
        let changed = *old != link;
        link.users = users;
        *old = link;
        self.told.insert(name, interface);
        changed
    }

    /// An interface went away. True when it was there.
    pub(crate) fn remove(&mut self, name: &str) -> bool {
        self.told.remove(name);
        let Some(link) = self.known.get_mut(name) else {
            return false;
        };
        let users = std::mem::take(&mut link.users);
        let was_there = link.index.is_some();
        *link = Link {
            users,
            ..Link::default()
        };
        was_there
    }

    /// Who cares for an interface.
    pub(crate) fn users(&self, name: &str) -> Vec<u32> {
        self.get(name).map_or_else(Vec::new, |l| l.users.clone())
    }
}

impl Link {
    /// Whether adverts can be sent from this address on it.
    pub(crate) fn has(&self, address: Ipv6Addr) -> bool {
        self.ipv6 == Some(address) || self.present.contains(&IpAddr::V6(address))
    }

    /// Source address of adverts of a family.
    pub(crate) fn primary(&self, family: Family) -> Option<IpAddr> {
        match family {
            Family::V4 => self.ipv4.map(IpAddr::V4),
            Family::V6 => self.ipv6.map(IpAddr::V6),
        }
    }
}

/// What of the kernel's word matters.
fn summary(
    interface: &Interface,
    virtual_addresses: &BTreeSet<IpAddr>,
    sources: &BTreeSet<IpAddr>,
) -> Link {
    let ipv4 = interface.ipv4.iter().map(|(address, _)| *address);
    let ipv6 = interface.ipv6.iter().map(|(address, _)| *address);
    let all = ipv4
        .clone()
        .map(IpAddr::V4)
        .chain(ipv6.clone().map(IpAddr::V6));
    Link {
        index: Some(interface.index),
        is_up: interface.is_up,
        arps: interface.arps,
        mtu_bytes: interface.mtu_bytes,
        ipv4: ipv4
            .clone()
            .find(|address| !virtual_addresses.contains(&IpAddr::V4(*address))),
        ipv6: ipv6.clone().find(|address| {
            is_link_local(*address) && !virtual_addresses.contains(&IpAddr::V6(*address))
        }),
        present: all.filter(|address| sources.contains(address)).collect(),
        users: Vec::new(),
    }
}

/// Whether an address is in `fe80::/10`.
pub(crate) fn is_link_local(address: Ipv6Addr) -> bool {
    address.segments()[0] & 0xffc0 == 0xfe80
}
