//! Interfaces: what the kernel has, what the engine was told of it, what it must be told next.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use vipd_config::model::{Config, Instance, Tracked};
use vipd_engine::input::Interface;
use vipd_linux::Error;
use vipd_linux::netlink::{Address, Link, Route};

/// Which interfaces the engine is told of.
#[derive(Debug, Default, PartialEq, Eq)]
struct Wanted {
    /// All: an instance has no interface of its own, its source address may be anywhere.
    all: bool,
    /// These names.
    names: BTreeSet<String>,
}

impl Wanted {
    fn of(config: &Config) -> Self {
        Self {
            all: config.instances.iter().any(|i| i.interface.is_none()),
            names: named(config).map(|(name, _)| name.to_owned()).collect(),
        }
    }

    fn has(&self, name: &str) -> bool {
        self.all || self.names.contains(name)
    }
}

/// Every interface that a configuration names, with a phrase that says where.
pub(super) fn named(config: &Config) -> impl Iterator<Item = (&str, String)> {
    let groups = config.sync_groups.iter().flat_map(|group| {
        let place = format!("track_interface of vrrp_sync_group {}", group.name);
        names_of(&group.track_interfaces).map(move |name| (name, place.clone()))
    });
    config.instances.iter().flat_map(named_by).chain(groups)
}

fn named_by(instance: &Instance) -> impl Iterator<Item = (&str, String)> {
    let place = format!("vrrp_instance {}", instance.name);
    let vips = instance
        .addresses
        .iter()
        .chain(&instance.excluded_addresses);
    instance
        .interface
        .as_deref()
        .into_iter()
        .chain(names_of(&instance.track_interfaces))
        .chain(vips.filter_map(|vip| vip.interface.as_deref()))
        .map(move |name| (name, place.clone()))
}

fn names_of(tracked: &[Tracked]) -> impl Iterator<Item = &str> {
    tracked.iter().map(|tracked| tracked.name.as_str())
}

/// What the engine is to be told.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum News {
    /// It exists and looks like this.
    Interface(Interface),
    /// It is gone.
    Gone(String),
}

/// All interfaces of the network namespace.
#[derive(Debug, Default)]
pub(super) struct Interfaces {
    wanted: Wanted,
    links: BTreeMap<u32, Link>,
    indexes: BTreeMap<String, u32>,
    /// What the engine knows, by name.
    told: BTreeMap<String, Interface>,
    /// Links that have changed since.
    changed: BTreeSet<u32>,
}

impl Interfaces {
    /// From now on the engine is told of the interfaces that this configuration names.
    pub(super) fn want(&mut self, config: &Config) {
        let wanted = Wanted::of(config);
        if wanted == self.wanted {
            return;
        }
        self.told.retain(|name, _| wanted.has(name));
        self.wanted = wanted;
        let missing = self
            .links
            .values()
            .filter(|link| self.wanted.has(&link.name) && !self.told.contains_key(&link.name));
        self.changed.extend(missing.map(|link| link.index));
    }

    /// A link of this name.
    pub(super) fn by_name(&self, name: &str) -> Option<&Link> {
        self.links.get(self.indexes.get(name)?)
    }

    /// Name of a link, for messages.
    pub(super) fn name_of(&self, index: u32) -> Option<&str> {
        Some(&self.links.get(&index)?.name)
    }

    /// Replaces what is known by a fresh list.
    pub(super) fn replace(&mut self, links: Vec<Link>) {
        self.links.clear();
        self.indexes.clear();
        self.changed = links.iter().map(|link| link.index).collect();
        for link in links {
            self.indexes.insert(link.name.clone(), link.index);
            self.links.insert(link.index, link);
        }
    }

    /// A link is new or changed.
    pub(super) fn link(&mut self, link: Link) {
        let (index, name) = (link.index, link.name.clone());
        let before = self.links.insert(index, link);
        if before.as_ref() == self.links.get(&index) {
            return;
        }
        if let Some(before) = before.filter(|before| before.name != name) {
            self.indexes.remove(&before.name);
        }
        self.indexes.insert(name, index);
        self.changed.insert(index);
    }

    /// A link is gone.
    pub(super) fn gone(&mut self, index: u32) {
        if let Some(link) = self.links.remove(&index) {
            // A new link may have the name already.
            if self.indexes.get(&link.name) == Some(&index) {
                self.indexes.remove(&link.name);
            }
            self.changed.insert(index);
        }
    }

    /// Addresses of a link have changed.
    pub(super) fn readdressed(&mut self, index: u32) {
        self.changed.insert(index);
    }

    /// What the engine must be told, in order; reads the addresses of what has changed.
    pub(super) fn news(&mut self, route: &mut Route) -> Result<Vec<News>, Error> {
        if self.changed.is_empty() {
            return Ok(Vec::new());
        }
        let mut news = self.vanished();
        let changed = std::mem::take(&mut self.changed);
        let wanted: Vec<u32> = changed
            .into_iter()
            .filter(|index| {
                self.links
                    .get(index)
                    .is_some_and(|link| self.wanted.has(&link.name))
            })
            .collect();
        let Some(&first) = wanted.first() else {
            return Ok(news);
        };
        let only = (wanted.len() == 1).then_some(first);
        let addresses = route.addresses(only)?;
        for index in wanted {
            if let Some(link) = self.links.get(&index) {
                let interface = interface_of(link, &addresses);
                if self.told.get(&interface.name) != Some(&interface) {
                    self.told.insert(interface.name.clone(), interface.clone());
                    news.push(News::Interface(interface));
                }
            }
        }
        Ok(news)
    }

    /// Interfaces that the engine knows and that are no more, or are another one now.
    fn vanished(&mut self) -> Vec<News> {
        let indexes = &self.indexes;
        let is_gone = |told: &Interface| indexes.get(&told.name) != Some(&told.index);
        let gone: Vec<String> = self
            .told
            .values()
            .filter(|told| is_gone(told))
            .map(|told| told.name.clone())
            .collect();
        self.told.retain(|_, told| !is_gone(told));
        gone.into_iter().map(News::Gone).collect()
    }
}

fn interface_of(link: &Link, addresses: &[Address]) -> Interface {
    let mut interface = Interface {
        name: link.name.clone(),
        index: link.index,
        is_up: link.is_up,
        arps: link.arps,
        multicasts: link.multicasts,
        mtu_bytes: link.mtu_bytes,
        mac: link.mac.clone(),
        ipv4: Vec::new(),
        ipv6: Vec::new(),
    };
    // A tentative address cannot be sent from yet; the kernel tells when it can.
    let usable = addresses
        .iter()
        .filter(|address| address.index == link.index && !address.is_tentative);
    for found in usable {
        match found.address {
            IpAddr::V4(address) => interface.ipv4.push((address, found.prefix_len)),
            IpAddr::V6(address) => interface.ipv6.push((address, found.prefix_len)),
        }
    }
    interface
}
