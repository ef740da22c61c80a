//! Packets to VIPs that must be dropped (`no_accept`, strict mode), and packets of the kernel's own
//! that must not leave by an interface with a virtual MAC address: what is wanted, what the kernel
//! has of it, and the changes from one to the other.
//!
//! Memberships of multicast groups are reported from the interface below instead, so that
//! switches do not learn the virtual MAC address at a backup; routers are not solicited at all.

mod ruleset;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use vipd_config::model::{self, VirtualLink};
use vipd_engine::effect::Placed;
use vipd_linux::netlink::Nftables;
use vipd_linux::netlink::nftables::{Batch, Family, Table};

use super::interfaces::Interfaces;

/// An address with its interface, as the engine names it.
type Place = (Arc<str>, IpAddr);

/// What the tables are to hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Contents {
    /// IPv4 VIPs.
    v4: BTreeSet<Ipv4Addr>,
    /// IPv6 VIPs that are not link-local.
    v6: BTreeSet<Ipv6Addr>,
    /// Link-local ones, each with the number of its interface.
    link_local: BTreeSet<(Ipv6Addr, u32)>,
    /// Interfaces with virtual MAC addresses that report IPv4 memberships, each with the one
    /// below, by number.
    reports_v4: BTreeSet<(u32, u32)>,
    /// Those with IPv6.
    reports_v6: BTreeSet<(u32, u32)>,
}

/// Parts of the tables that are there. A part stays until the end, as in keepalived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a part of its own")]
struct Parts {
    v4: bool,
    v6: bool,
    link_local: bool,
    reports_v4: bool,
    reports_v6: bool,
}

impl Parts {
    /// What is needed to hold these.
    fn of(contents: &Contents) -> Self {
        Self {
            v4: !contents.v4.is_empty(),
            v6: !contents.v6.is_empty() || !contents.link_local.is_empty(),
            link_local: !contents.link_local.is_empty(),
            reports_v4: !contents.reports_v4.is_empty(),
            reports_v6: !contents.reports_v6.is_empty(),
        }
    }

    fn and(self, other: Self) -> Self {
        Self {
            v4: self.v4 || other.v4,
            v6: self.v6 || other.v6,
            link_local: self.link_local || other.link_local,
            reports_v4: self.reports_v4 || other.reports_v4,
            reports_v6: self.reports_v6 || other.reports_v6,
        }
    }
}

/// The tables of this process.
#[derive(Debug, Default)]
pub(super) struct Firewall {
    settings: model::Firewall,
    /// Opened when it is first needed: that loads a part of the kernel.
    socket: Option<Nftables>,
    /// Addresses to which packets are dropped, and for how many instances.
    refused: BTreeMap<Place, u32>,
    /// Interfaces with virtual MAC addresses.
    made: Vec<VirtualLink>,
    parts: Parts,
    contents: Contents,
    /// Tables of an earlier process, or of earlier settings, are there perhaps.
    stale: Option<String>,
    /// What a predecessor did is not to be touched yet.
    waits: bool,
}

impl Firewall {
    /// What an earlier process left behind goes. The successor of a crashed one leaves it as it is
    /// until [`Self::release`], when it is known what of it must stay.
    pub(super) fn new(settings: &model::Firewall, takes_over: bool) -> Self {
        Self {
            settings: settings.clone(),
            stale: Nftables::is_loaded().then(|| settings.table.clone()),
            waits: takes_over,
            ..Self::default()
        }
    }

    /// All that masters want was told.
    pub(super) fn release(&mut self, interfaces: &Interfaces) -> io::Result<()> {
        self.waits = false;
        self.settle(interfaces)
    }

    /// From now on these settings hold: tables are made again if they are others.
    pub(super) fn configure(
        &mut self,
        settings: &model::Firewall,
        interfaces: &Interfaces,
    ) -> io::Result<()> {
        let old = std::mem::replace(&mut self.settings, settings.clone());
        if old != self.settings && self.parts != Parts::default() {
            self.stale = Some(old.table);
        }
        self.settle(interfaces)
    }

    /// From now on these are the interfaces with virtual MAC addresses. [`Self::settle`] does
    /// what follows.
    pub(super) fn made(&mut self, links: Vec<VirtualLink>) {
        self.made = links;
    }

    /// Packets to and from these addresses are dropped from now on.
    pub(super) fn refuse(
        &mut self,
        addresses: &[Placed],
        interfaces: &Interfaces,
    ) -> io::Result<()> {
        for place in addresses.iter().map(place) {
            *self.refused.entry(place).or_default() += 1;
        }
        self.settle(interfaces)
    }

    /// Packets to and from these addresses are let through, unless another instance minds.
    pub(super) fn accept(
        &mut self,
        addresses: &[Placed],
        interfaces: &Interfaces,
    ) -> io::Result<()> {
        for place in addresses.iter().map(place) {
            if let Some(count) = self.refused.get_mut(&place) {
                *count -= 1;
                if *count == 0 {
                    self.refused.remove(&place);
                }
            }
        }
        self.settle(interfaces)
    }

    /// Makes the kernel's tables what is wanted, in one go. Nothing is done where they are.
    ///
    /// If that fails, since somebody else has removed them perhaps, they are made anew.
    pub(super) fn settle(&mut self, interfaces: &Interfaces) -> io::Result<()> {
        if self.waits {
            return Ok(());
        }
        let wanted = self.wanted(interfaces);
        if self.stale.is_none() && self.commit(&wanted).is_ok() {
            return Ok(());
        }
        if self.stale.is_none() {
            self.stale = Some(self.settings.table.clone());
        }
        self.commit(&wanted)
    }

    /// Removes all tables.
    pub(super) fn close(&mut self) -> io::Result<()> {
        self.refused.clear();
        self.made.clear();
        if self.stale.is_none() && self.parts == Parts::default() {
            return Ok(());
        }
        self.parts = Parts::default();
        self.stale = Some(self.settings.table.clone());
        self.commit(&Contents::default())
    }

    fn wanted(&self, interfaces: &Interfaces) -> Contents {
        let mut contents = Contents::default();
        for (interface, address) in self.refused.keys() {
            match address {
                IpAddr::V4(v4) => {
                    contents.v4.insert(*v4);
                }
                IpAddr::V6(v6) if v6.is_unicast_link_local() => {
                    let link = interfaces.by_name(interface);
                    contents
                        .link_local
                        .extend(link.map(|link| (*v6, link.index)));
                }
                IpAddr::V6(v6) => {
                    contents.v6.insert(*v6);
                }
            }
        }
        for link in &self.made {
            let numbers = [&link.name, &link.base].map(|name| interfaces.by_name(name));
            if let [Some(own), Some(below)] = numbers.map(|link| link.map(|link| link.index)) {
                if link.ipv4 && self.settings.moves_reports {
                    contents.reports_v4.insert((own, below));
                }
                if link.ipv6 {
                    contents.reports_v6.insert((own, below));
                }
            }
        }
        contents
    }

    fn commit(&mut self, wanted: &Contents) -> io::Result<()> {
        let needed = Parts::of(wanted).and(self.parts);
        let mut batch = Batch::default();
        let (mut parts, mut contents) = (self.parts, &self.contents);
        let nothing = Contents::default();
        if let Some(table) = &self.stale {
            for family in [Family::V4, Family::V6] {
                batch.delete_table(Table {
                    family,
                    name: table,
                });
            }
            (parts, contents) = (Parts::default(), &nothing);
        }
        ruleset::add_parts(&mut batch, &self.settings, parts, needed);
        ruleset::change(&mut batch, &self.settings.table, contents, wanted);
        if batch.is_empty() {
            return Ok(());
        }
        Nftables::commit_by(&mut self.socket, batch)?;
        self.stale = None;
        self.parts = needed;
        self.contents = wanted.clone();
        Ok(())
    }
}

fn place(placed: &Placed) -> Place {
    (placed.interface.clone(), placed.address.address)
}
