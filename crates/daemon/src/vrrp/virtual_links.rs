//! Interfaces of our own: made, taken over from an earlier run, removed; and the settings that
//! they need.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{IpAddr, Ipv6Addr};

use vipd_config::model::{Config, Family, IpvlanReach, VirtualLink};
use vipd_engine::Instant;
use vipd_engine::effect::WantedLink;
use vipd_linux::netlink::address::is_there_already;
use vipd_linux::netlink::macvlan::index_of;
use vipd_linux::netlink::{Ipvlan, Macvlan, NewAddress, Route};
use vipd_linux::{Error, sysctl};

use super::firewall::Firewall;
use super::kernel::Kernel;
use super::kernel_settings::KernelSettings;
use super::process::Process;
use crate::messages::{ChangedSetting, FromVrrp};

/// On an interface that holds IPv4 addresses under a virtual MAC address.
const OWN: [(&str, &str); 4] = [
    // Asked for an address, only the interface that has it answers.
    ("arp_ignore", "1"),
    // What comes from our own addresses on the interface below is taken.
    ("accept_local", "1"),
    // The way back is by the interface below.
    ("rp_filter", "0"),
    ("promote_secondaries", "1"),
];

/// On the interface below it, so that it does not answer for those addresses with its own MAC.
const BELOW: [(&str, &str); 2] = [("arp_ignore", "1"), ("arp_filter", "1")];

/// What there is of our own.
#[derive(Debug, Default)]
pub(super) struct VirtualLinks {
    made: BTreeMap<String, WantedLink>,
    /// Removals that wait in line.
    going: BTreeSet<String>,
}

impl VirtualLinks {
    /// The order to remove an interface is in line. Until then it may be wanted again.
    pub(super) fn will_go(&mut self, name: &str) {
        self.going.insert(name.to_owned());
    }

    /// Makes an interface, or takes over one that is there. Whether it is a new one.
    fn make(
        &mut self,
        (kernel, settings): (&mut Kernel, &mut KernelSettings),
        wanted: &WantedLink,
    ) -> io::Result<bool> {
        let link = &wanted.link;
        self.going.remove(&link.name);
        let base = index_of(&link.base)?;
        let is_new = !take_over(kernel, link, base)?;
        let route = &mut kernel.route;
        if is_new {
            let name = &link.name;
            let below = kernel.interfaces.by_name(&link.base);
            let group = link.group.or(below.map(|below| below.group));
            let group = group.unwrap_or_default();
            // A bridge or bond of the base is no matter of this one.
            let domain = below.map(|below| below.master);
            let is_domain = |index: &u32| kernel.interfaces.is_domain(*index);
            let master = domain.filter(is_domain).unwrap_or_default();
            match flags(link) {
                Some(flags) => route.make_ipvlan(&Ipvlan {
                    name,
                    base,
                    flags,
                    group,
                    master,
                })?,
                None => route.make_macvlan(&Macvlan {
                    name,
                    base,
                    mac: link.mac,
                    group,
                    master,
                })?,
            }
        }
        self.made.insert(link.name.clone(), wanted.clone());
        let index = index_of(&link.name)?;
        // An ipvlan sends from what the kernel gives it, unless it has an address.
        if link.ipvlan.is_none() {
            route.make_no_addresses(index)?;
        }
        let set = self.set(link, settings);
        route.set_up(index)?;
        if let Some(source) = wanted.source {
            add_source(route, index, source)?;
        }
        if let Some(address) = link.ipvlan.and_then(|ipvlan| ipvlan.address) {
            add_own(route, index, address)?;
        }
        set?;
        Ok(is_new)
    }

    /// The settings that an interface needs, on it and on others.
    fn set(&self, link: &VirtualLink, settings: &mut KernelSettings) -> io::Result<()> {
        let (name, base) = (&link.name, &link.base);
        if !link.ipv6 {
            match sysctl::write(&format!("ipv6/conf/{name}/disable_ipv6"), "1") {
                // A kernel without IPv6.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                answer => drop(answer?),
            }
        }
        if link.family == Family::V6 || link.ipvlan.is_some() {
            return Ok(());
        }
        for (setting, value) in OWN {
            sysctl::write(&format!("ipv4/conf/{name}/{setting}"), value)?;
        }
        for (setting, value) in BELOW {
            settings.change(format!("ipv4/conf/{base}/{setting}"), value)?;
        }
        self.relax_reverse_path(name, settings)
    }

    /// The filter of reverse paths is off on our interfaces, which it cannot be while it is on
    /// for all: what is for all becomes the least of each other one.
    fn relax_reverse_path(&self, own: &str, settings: &mut KernelSettings) -> io::Result<()> {
        let all = sysctl::read("ipv4/conf/all/rp_filter")?;
        if all == "0" {
            return Ok(());
        }
        for name in sysctl::ipv4_interfaces()? {
            let setting = format!("ipv4/conf/{name}/rp_filter");
            let is_ours = name == own || self.made.contains_key(&name);
            if !is_ours && sysctl::read(&setting)? < all {
                settings.change(setting, &all)?;
            }
        }
        settings.change("ipv4/conf/all/rp_filter".to_owned(), "0")
    }

    /// Takes an interface away. None when it is not ours any more, or wanted again.
    fn remove(&mut self, kernel: &mut Kernel, name: &str) -> Option<(WantedLink, io::Result<()>)> {
        if !self.going.remove(name) {
            return None;
        }
        let gone = self.made.remove(name)?;
        let removed = match index_of(name) {
            Ok(index) => kernel.route.remove_link(index),
            // With the interface it was on, or by somebody else.
            Err(_) => Ok(()),
        };
        Some((gone, removed))
    }

    /// All with a virtual hardware address.
    fn list(&self) -> Vec<VirtualLink> {
        let made = self.made.values().map(|wanted| &wanted.link);
        made.filter(|link| link.ipvlan.is_none()).cloned().collect()
    }

    /// Whether an interface of ours needs a setting.
    pub(super) fn needs(&self, setting: &ChangedSetting) -> bool {
        let v4 = self.made.values().map(|wanted| &wanted.link);
        let mut v4 = v4.filter(|link| link.family == Family::V4 && link.ipvlan.is_none());
        if setting.name.ends_with("/rp_filter") {
            return v4.next().is_some();
        }
        v4.any(|link| {
            let prefix = format!("ipv4/conf/{}/", link.base);
            setting.name.starts_with(&prefix)
        })
    }
}

/// Whether an interface of this name is there and serves. One of the right kind that does not
/// fit is removed; one of another kind belongs to somebody else.
fn take_over(kernel: &mut Kernel, link: &VirtualLink, base: u32) -> io::Result<bool> {
    let Some(found) = kernel.interfaces.by_name(&link.name) else {
        return Ok(false);
    };
    // What was heard of it may be old.
    if index_of(&link.name).is_ok_and(|index| index == found.index) {
        let flags = flags(link);
        let (is_kind, kind) = match flags {
            Some(_) => (found.ipvlan.is_some(), "ipvlan"),
            None => (found.is_macvlan, "macvlan"),
        };
        if !is_kind {
            return Err(io::Error::new(
                io::ErrorKind::AlreadyExists,
                format!("there is an interface of this name that is no {kind}"),
            ));
        }
        let is_same = match flags {
            Some(flags) => found.ipvlan == Some((0, flags)),
            None => found.mac == link.mac,
        };
        if found.base == base && is_same {
            return Ok(true);
        }
        kernel.route.remove_link(found.index)?;
    }
    Ok(false)
}

/// Flags of an ipvlan.
fn flags(link: &VirtualLink) -> Option<u16> {
    link.ipvlan.map(|ipvlan| match ipvlan.reach {
        IpvlanReach::Bridge => 0,
        IpvlanReach::Private => 1,
        IpvlanReach::Vepa => 2,
    })
}

/// The address of an ipvlan. Over IPv6 it is deprecated as any other source of adverts.
fn add_own(route: &mut Route, index: u32, (own, length): (IpAddr, u8)) -> io::Result<()> {
    let mut address = NewAddress::new(index, own);
    address.prefix_len = length;
    if own.is_ipv6() {
        address.flags.nodad = true;
        address.preferred_lifetime = Some(0);
    }
    match route.request(address.add()) {
        Err(error) if is_there_already(&error) => Ok(()),
        answer => answer,
    }
}

/// The address that adverts are sent from. It is of use to nobody else, so it is deprecated.
fn add_source(route: &mut Route, index: u32, source: Ipv6Addr) -> io::Result<()> {
    let mut address = NewAddress::new(index, source.into());
    address.prefix_len = 64;
    address.flags.nodad = true;
    address.preferred_lifetime = Some(0);
    match route.request(address.add()) {
        Err(error) if is_there_already(&error) => Ok(()),
        answer => answer,
    }
}

/// Kind of an interface of ours, as keepalived calls it.
fn kind(link: &VirtualLink) -> &'static str {
    if link.ipvlan.is_some() {
        "ipvlan"
    } else {
        "VMAC"
    }
}

impl Process {
    /// Makes what a configuration needs, before the engine hears of it.
    pub(super) fn prepare_links(&mut self, now: Instant, config: &Config) -> Result<(), Error> {
        let wanted = self.router.wanted_links(config);
        if wanted.is_empty() {
            return Ok(());
        }
        for wanted in &wanted {
            self.make_link(wanted);
        }
        // What was heard of them meanwhile is older than what is true now.
        self.resync(now)?;
        self.change_firewall(Firewall::settle);
        Ok(())
    }

    /// Makes one interface.
    pub(super) fn make_link(&mut self, wanted: &WantedLink) {
        let before = self.settings.changed().to_vec();
        let name = &wanted.link.name;
        let tools = (&mut self.kernel, &mut self.settings);
        match self.virtual_links.make(tools, wanted) {
            Ok(true) => {
                let kind = kind(&wanted.link);
                let text = format!(
                    "({}): Success creating {kind} interface {name}",
                    wanted.instance
                );
                self.parent.tell(&FromVrrp::Note(text));
            }
            Ok(false) => {}
            Err(error) => {
                let place = format!("make virtual interface {name} on {}", wanted.link.base);
                self.trouble(&place, &error.to_string());
            }
        }
        if self.settings.changed() != before {
            self.keep_changed();
        }
        self.firewall.made(self.virtual_links.list());
    }

    /// Takes one away.
    pub(super) fn remove_link(&mut self, name: &str) {
        match self.virtual_links.remove(&mut self.kernel, name) {
            Some((gone, Ok(()))) => {
                let kind = kind(&gone.link);
                let text = format!(
                    "({}) Success removing {kind} interface {name}",
                    gone.instance
                );
                self.parent.tell(&FromVrrp::Note(text));
            }
            Some((_, Err(error))) => {
                let place = format!("remove virtual interface {name}");
                self.trouble(&place, &error.to_string());
            }
            None => return,
        }
        self.restore_settings();
        self.firewall.made(self.virtual_links.list());
        self.change_firewall(Firewall::settle);
    }
}
