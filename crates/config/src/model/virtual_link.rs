//! Interfaces that the daemon makes itself: virtual MAC addresses.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{Family, Instance, VirtualAddress};

/// What makes an interface of the daemon's own an ipvlan: `use_ipvlan`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Ipvlan {
    /// Who hears whom on the same base.
    pub reach: IpvlanReach,
    /// Its address, from which adverts are sent, with its prefix length. Without it there is the
    /// link-local address that the kernel gives it, and no IPv4.
    pub address: Option<(IpAddr, u8)>,
}

/// Who hears what is sent on an ipvlan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum IpvlanReach {
    /// `bridge`: others on the same base, too.
    #[default]
    Bridge,
    /// `private`: none of them.
    Private,
    /// `vepa`: those to which a switch outside sends it back.
    Vepa,
}

/// An interface of the daemon's own on top of another one: `use_vmac`, `use_ipvlan`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct VirtualLink {
    /// Its name. Unique in a configuration.
    pub name: String,
    /// The interface that it sits on.
    pub base: String,
    /// Family of the addresses it is for.
    pub family: Family,
    /// Its hardware address: 00-00-5E-00-01-{VRID} or 00-00-5E-00-02-{VRID} (V2-5, V3-8)
    /// unless configured.
    pub mac: [u8; 6],
    /// It is an ipvlan, with the hardware address of the base instead of `mac`, for adverts alone:
    /// addresses stay on the base. None for one with a virtual hardware address.
    pub ipvlan: Option<Ipvlan>,
    /// Adverts go out on it, and come in.
    pub sends: bool,
    /// Number of its group of interfaces; that of the base when not given.
    pub group: Option<u32>,
    /// IPv4 addresses are held beside it.
    pub ipv4: bool,
    /// IPv6 stays on. On an interface that holds IPv4 addresses alone it is switched off.
    pub ipv6: bool,
}

impl Instance {
    /// The interface that an address belongs on, before virtual MAC addresses come in.
    fn base_of<'a>(&'a self, address: &'a VirtualAddress) -> Option<&'a str> {
        address.interface.as_deref().or(self.interface.as_deref())
    }

    /// The interface under the virtual one that an address is to go on, and the family of that;
    /// none when it goes on an interface as it is.
    ///
    /// Where `use_vmac` holds: an address of the instance's family on its own interface goes
    /// on the instance's own virtual interface; others only with `use_vmac_addr`, or with
    /// `use_vmac` in their entry.
    pub(crate) fn virtual_place<'a>(
        &'a self,
        address: &'a VirtualAddress,
    ) -> Option<(&'a str, Family)> {
        let base = self.base_of(address)?;
        let family = super::family(address.address);
        let is_own = Some(base) == self.interface.as_deref() && family == self.family;
        let wants = if is_own {
            self.uses_vmac || address.use_vmac
        } else {
            self.uses_vmac_addr || address.use_vmac
        };
        wants.then_some((base, family))
    }

    /// The interface that an address goes on.
    pub fn place_of<'a>(&'a self, address: &'a VirtualAddress) -> Option<&'a str> {
        let link = self.virtual_place(address).and_then(|(base, family)| {
            let mut links = self.virtual_links.iter();
            links.find(|link| link.base == base && link.family == family)
        });
        match link {
            Some(link) => Some(&link.name),
            None => self.base_of(address),
        }
    }

    /// The interface that adverts go out on: the own one, or the virtual one on it.
    pub fn sends_on(&self) -> Option<&str> {
        let link = self.virtual_links.iter().find(|link| link.sends);
        link.map(|link| &*link.name).or(self.interface.as_deref())
    }
}
