//! Interfaces: what the kernel has, what the engine was told of it, what it must be told next.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use vipd_config::model::{Config, Instance, Routing, Tracked};
use vipd_engine::input::Interface;
use vipd_linux::netlink::{Address, Link};

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
        let made = config.instances.iter().flat_map(|i| &i.virtual_links);
        let made = made.map(|link| link.name.clone());
        Self {
            all: config.instances.iter().any(|i| i.interface.is_none()),
            names: named(config)
                .map(|(name, _)| name.to_owned())
                .chain(made)
                .collect(),
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
    let addresses = config.statics.addresses.iter();
    let addresses = addresses.filter_map(|address| address.interface.as_deref());
    let routing = config.statics.routing.iter().flat_map(Routing::interfaces);
    let statics = addresses
        .chain(routing)
        .map(|name| (name, "a static address, route or rule".to_owned()));
    config
        .instances
        .iter()
        .flat_map(named_by)
        .chain(groups)
        .chain(statics)
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
        .chain(instance.domain.as_deref())
        .chain(names_of(&instance.track_interfaces))
        .chain(vips.filter_map(|vip| vip.interface.as_deref()))
        .chain(instance.routing.iter().flat_map(Routing::interfaces))
        // What we make ourselves need not be there.
        .filter(|name| instance.virtual_links.iter().all(|link| link.name != *name))
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
    /// Whether those have a link that are asked for it.
    beats: BTreeMap<String, bool>,
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

    /// Whether a link is up: as the kernel says, or for one that is asked, as it says itself.
    fn is_up(&self, link: &Link) -> bool {
        match self.beats.get(&link.name) {
            Some(has_link) => link.is_on && *has_link,
            None => link.is_up,
        }
    }

    /// These are asked for their link, with these answers; others are not. The log lines of
    /// those that have changed.
    pub(super) fn beats(&mut self, beats: BTreeMap<String, bool>) -> Vec<String> {
        if self.beats == beats {
            return Vec::new();
        }
        let before = std::mem::replace(&mut self.beats, beats);
        let mut lines = Vec::new();
        for (name, link) in self.links.values().map(|link| (&link.name, link)) {
            let (old, new) = (before.get(name), self.beats.get(name));
            if old == new {
                continue;
            }
            self.changed.insert(link.index);
            if let (Some(_), Some(new)) = (old, new) {
                let state = if *new { "up" } else { "down" };
                lines.push(format!("Linkbeat reports {name} {state}"));
            }
        }
        lines
    }

    /// Whether a link is a routing domain (VRF).
    pub(super) fn is_domain(&self, index: u32) -> bool {
        let link = self.links.get(&index);
        link.is_some_and(|link| link.table.is_some())
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

    /// A link is new or changed. The log line when one that matters has gone up or down.
    pub(super) fn link(&mut self, link: Link) -> Option<String> {
        let (index, name, is_up) = (link.index, link.name.clone(), link.is_up);
        let before = self.links.insert(index, link);
        if before.as_ref() == self.links.get(&index) {
            return None;
        }
        let flips = before.as_ref().is_some_and(|before| before.is_up != is_up);
        let told = (flips && self.wanted.has(&name)).then(|| {
            let state = if is_up { "up" } else { "down" };
            format!("Netlink reports {name} {state}")
        });
        if let Some(before) = before.filter(|before| before.name != name) {
            self.indexes.remove(&before.name);
        }
        self.indexes.insert(name, index);
        self.changed.insert(index);
        told
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

    /// What the engine must be told, in order. `list` reads the addresses of one link, or of all.
    pub(super) fn news<E>(
        &mut self,
        list: impl FnOnce(Option<u32>) -> Result<Vec<Address>, E>,
    ) -> Result<Vec<News>, E> {
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
        let addresses = list(only)?;
        for index in wanted {
            if let Some(link) = self.links.get(&index) {
                let mut interface = interface_of(link, &addresses);
                interface.is_up = self.is_up(link);
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

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    fn link(name: &str, index: u32, is_up: bool) -> Link {
        Link {
            name: name.into(),
            index,
            is_up,
            is_on: is_up,
            arps: true,
            multicasts: true,
            is_ethernet: true,
            forwards_ipv6: false,
            mtu_bytes: 1500,
            mac: vec![2, 0, 0, 0, 0, 1],
            base: 0,
            is_macvlan: false,
            ipvlan: None,
            master: 0,
            table: None,
            group: 0,
        }
    }

    /// A config that names these interfaces.
    fn naming(names: &[&str]) -> Config {
        let mut instance = Instance::new("A", names[0], 1);
        instance.track_interfaces = names[1..]
            .iter()
            .map(|name| Tracked {
                name: (*name).into(),
                weight: vipd_config::model::Weight::default(),
            })
            .collect();
        Config {
            instances: vec![instance],
            ..Config::default()
        }
    }

    /// What is told, as text: `name#index up|down addresses` or `name gone`.
    fn told(interfaces: &mut Interfaces, addresses: &[(u32, [u8; 4])]) -> Vec<String> {
        let list = |_| {
            let all = addresses.iter().map(|&(index, address)| Address {
                index,
                address: address.into(),
                prefix_len: 24,
                is_tentative: false,
            });
            Ok::<Vec<Address>, Infallible>(all.collect())
        };
        let Ok(news) = interfaces.news(list);
        news.iter()
            .map(|news| match news {
                News::Interface(one) => {
                    let state = if one.is_up { "up" } else { "down" };
                    let addresses = one.ipv4.iter().map(|(address, _)| format!(" {address}"));
                    let addresses: String = addresses.collect();
                    format!("{}#{} {state}{addresses}", one.name, one.index)
                }
                News::Gone(name) => format!("{name} gone"),
            })
            .collect()
    }

    #[test]
    fn only_what_is_named_is_told_and_only_once() {
        let mut interfaces = Interfaces::default();
        interfaces.replace(vec![
            link("lo", 1, true),
            link("eth0", 2, true),
            link("eth1", 3, false),
        ]);
        interfaces.want(&naming(&["eth0", "eth1", "eth7"]));
        let addresses = [(1, [127, 0, 0, 1]), (2, [10, 0, 0, 1])];
        let first = told(&mut interfaces, &addresses);
        assert_eq!(first, ["eth0#2 up 10.0.0.1", "eth1#3 down"]);
        assert_eq!(interfaces.link(link("eth0", 2, true)), None);
        interfaces.readdressed(2);
        interfaces.readdressed(1);
        assert!(told(&mut interfaces, &addresses).is_empty());
        let line = interfaces.link(link("eth1", 3, true));
        assert_eq!(line.as_deref(), Some("Netlink reports eth1 up"));
        assert_eq!(told(&mut interfaces, &addresses), ["eth1#3 up"]);
    }

    #[test]
    fn all_are_told_when_an_instance_has_no_interface() {
        let mut interfaces = Interfaces::default();
        interfaces.replace(vec![link("lo", 1, true), link("eth0", 2, true)]);
        let mut config = naming(&["eth0"]);
        config.instances[0].interface = None;
        interfaces.want(&config);
        assert_eq!(told(&mut interfaces, &[]), ["lo#1 up", "eth0#2 up"]);
    }

    #[test]
    fn an_interface_that_is_made_again_is_another_one() {
        let mut interfaces = Interfaces::default();
        interfaces.replace(vec![link("eth0", 2, true)]);
        interfaces.want(&naming(&["eth0"]));
        told(&mut interfaces, &[]);
        interfaces.gone(2);
        interfaces.link(link("eth0", 9, true));
        assert_eq!(told(&mut interfaces, &[]), ["eth0 gone", "eth0#9 up"]);
        assert_eq!(interfaces.by_name("eth0").map(|link| link.index), Some(9));
    }

    #[test]
    fn a_renamed_interface_is_gone_under_its_old_name() {
        let mut interfaces = Interfaces::default();
        interfaces.replace(vec![link("eth0", 2, true)]);
        interfaces.want(&naming(&["eth0", "wan"]));
        told(&mut interfaces, &[]);
        interfaces.link(link("wan", 2, true));
        assert_eq!(told(&mut interfaces, &[]), ["eth0 gone", "wan#2 up"]);
        interfaces.gone(2);
        assert_eq!(told(&mut interfaces, &[]), ["wan gone"]);
    }

    #[test]
    fn a_reload_tells_of_what_it_names_anew() {
        let mut interfaces = Interfaces::default();
        interfaces.replace(vec![link("eth0", 2, true), link("eth1", 3, true)]);
        interfaces.want(&naming(&["eth0"]));
        told(&mut interfaces, &[]);
        interfaces.want(&naming(&["eth0", "eth1"]));
        assert_eq!(told(&mut interfaces, &[]), ["eth1#3 up"]);
    }
}
