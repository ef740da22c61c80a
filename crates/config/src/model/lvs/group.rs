//! `virtual_server_group`: addresses, ports and firewall marks that make one service.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};

use crate::model::Family;

/// `virtual_server_group`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VirtualServerGroup {
    /// Its name.
    pub name: String,
    /// Its lines, in file order. Never empty.
    pub entries: Vec<GroupEntry>,
}

impl VirtualServerGroup {
    /// The one family of its addresses, if it has addresses.
    pub fn family(&self) -> Option<Family> {
        self.entries.iter().find_map(|entry| match entry {
            GroupEntry::Addresses(addresses) => Some(addresses.family()),
            GroupEntry::Mark { family, .. } => *family,
        })
    }
}

/// A line of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum GroupEntry {
    /// Addresses with one port.
    Addresses(Addresses),
    /// `fwmark`
    Mark {
        /// The mark.
        mark: u32,
        /// `inet` or `inet6`; that of the real servers when not given.
        family: Option<Family>,
    },
}

/// All addresses from one to another, both included, with one port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Addresses {
    /// The first. Of the same family as the last, and not greater.
    pub first: IpAddr,
    /// The last.
    pub last: IpAddr,
    /// The port; 0 is any.
    pub port: u16,
}

impl Addresses {
    /// Most addresses of one line; what is more is left out. More services than this on one
    /// machine are a mistake in the mask.
    pub const MOST: u32 = 65_536;

    /// Their family.
    pub fn family(&self) -> Family {
        if self.first.is_ipv4() {
            Family::V4
        } else {
            Family::V6
        }
    }

    /// How many they are, at most [`Self::MOST`].
    pub fn count(&self) -> u32 {
        let more = number(self.last).saturating_sub(number(self.first));
        u32::try_from(more.saturating_add(1)).map_or(Self::MOST, |count| count.min(Self::MOST))
    }

    /// The addresses, in order.
    pub fn iter(&self) -> impl Iterator<Item = IpAddr> + use<> {
        let (first, start) = (self.first, number(self.first));
        (0..self.count()).map(move |offset| {
            let at = start.saturating_add(u128::from(offset));
            match first {
                IpAddr::V4(_) => Ipv4Addr::from(u32::try_from(at).unwrap_or(u32::MAX)).into(),
                IpAddr::V6(_) => Ipv6Addr::from(at).into(),
            }
        })
    }
}

/// The address as a number.
fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    }
}
