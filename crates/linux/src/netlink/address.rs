//! Addresses: lists, and adding and removing them by the thousand.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use netlink_packet_core::{NLM_F_CREATE, NLM_F_EXCL, NetlinkMessage, NlasIterator};
use netlink_packet_route::address::{
    AddressAttribute, AddressFlags, AddressHeader, AddressMessage, CacheInfo,
};
use netlink_packet_route::{AddressFamily, RouteNetlinkMessage};

use super::{Answer, Route};
use crate::Error;

/// `RTM_NEWADDR`
pub(super) const NEW: u16 = libc::RTM_NEWADDR;
/// `RTM_DELADDR`
pub(super) const GONE: u16 = libc::RTM_DELADDR;

/// A lifetime that never ends (`INFINITY_LIFE_TIME`), seconds.
const FOREVER: u32 = u32::MAX;

/// An address as it is to be on an interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAddress {
    /// Kernel's index of the interface.
    pub index: u32,
    /// The address itself (`IFA_LOCAL`).
    pub address: IpAddr,
    /// Prefix length; with a peer it is the peer's.
    pub prefix_len: u8,
    /// The other end, of the same family (`IFA_ADDRESS`).
    pub peer: Option<IpAddr>,
    /// Broadcast address (`IFA_BROADCAST`).
    pub broadcast: Option<Ipv4Addr>,
    /// Label (`IFA_LABEL`), IPv4 only; begins with the name of the interface.
    pub label: Option<String>,
    /// `RT_SCOPE_*`; the kernel decides for IPv6.
    pub scope: u8,
    /// Seconds until the address is deprecated; forever when not given.
    pub preferred_lifetime: Option<u32>,
    /// Seconds until the kernel removes it; forever when not given.
    pub valid_lifetime: Option<u32>,
    /// Kernel's flags.
    pub flags: NewAddressFlags,
}

impl NewAddress {
    /// An address with its full prefix length and no options.
    pub fn new(index: u32, address: IpAddr) -> Self {
        Self {
            index,
            address,
            prefix_len: if address.is_ipv4() { 32 } else { 128 },
            peer: None,
            broadcast: None,
            label: None,
            scope: 0,
            preferred_lifetime: None,
            valid_lifetime: None,
            flags: NewAddressFlags::default(),
        }
    }

    /// The request that adds it. It fails with `EEXIST` if it is there.
    pub fn add(&self) -> NetlinkMessage<RouteNetlinkMessage> {
        let mut message = self.bare();
        if let Some(peer) = self.peer {
            message.attributes.push(AddressAttribute::Address(peer));
        }
        if let Some(broadcast) = self.broadcast {
            let attribute = AddressAttribute::Broadcast(broadcast);
            message.attributes.push(attribute);
        }
        if let Some(label) = &self.label {
            let attribute = AddressAttribute::Label(label.clone());
            message.attributes.push(attribute);
        }
        if self.preferred_lifetime.is_some() || self.valid_lifetime.is_some() {
            let mut cache = CacheInfo::default();
            cache.ifa_valid = self.valid_lifetime.unwrap_or(FOREVER);
            cache.ifa_preferred = self.preferred_lifetime.unwrap_or(cache.ifa_valid);
            message.attributes.push(AddressAttribute::CacheInfo(cache));
        }
        let flags = self.flags.bits();
        if !flags.is_empty() {
            message.attributes.push(AddressAttribute::Flags(flags));
        }
        let mut request = NetlinkMessage::from(RouteNetlinkMessage::NewAddress(message));
        request.header.flags = NLM_F_CREATE | NLM_F_EXCL;
        request
    }

    /// The request that removes it. It fails with `EADDRNOTAVAIL` if it is not there.
    pub fn remove(&self) -> NetlinkMessage<RouteNetlinkMessage> {
        let mut message = self.bare();
        // The kernel compares the prefix with this one, so it must be the peer if there is one.
        let address = self.peer.unwrap_or(self.address);
        message.attributes.push(AddressAttribute::Address(address));
        NetlinkMessage::from(RouteNetlinkMessage::DelAddress(message))
    }

    fn bare(&self) -> AddressMessage {
        let mut message = AddressMessage::default();
        message.header = AddressHeader {
            family: family_of(self.address),
            prefix_len: self.prefix_len,
            scope: self.scope.into(),
            index: self.index,
            ..AddressHeader::default()
        };
        message.attributes = vec![AddressAttribute::Local(self.address)];
        message
    }
}

/// Flags of an address that its owner chooses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an independent flag of the kernel"
)]
pub struct NewAddressFlags {
    /// `IFA_F_NODAD`: usable at once, without asking whether somebody has it (IPv6).
    pub nodad: bool,
    /// `IFA_F_NOPREFIXROUTE`: no route to its prefix.
    pub noprefixroute: bool,
    /// `IFA_F_HOMEADDRESS` (IPv6).
    pub homeaddress: bool,
    /// `IFA_F_MANAGETEMPADDR` (IPv6).
    pub managetempaddr: bool,
    /// `IFA_F_MCAUTOJOIN`: joins multicast groups on Ethernet.
    pub mcautojoin: bool,
}

impl NewAddressFlags {
    fn bits(self) -> AddressFlags {
        [
            (self.nodad, AddressFlags::Nodad),
            (self.noprefixroute, AddressFlags::Noprefixroute),
            (self.homeaddress, AddressFlags::Homeaddress),
            (self.managetempaddr, AddressFlags::Managetempaddr),
            (self.mcautojoin, AddressFlags::Mcautojoin),
        ]
        .into_iter()
        .filter_map(|(wanted, flag)| wanted.then_some(flag))
        .fold(AddressFlags::empty(), AddressFlags::union)
    }
}

/// An address that an interface has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// Kernel's index of the interface.
    pub index: u32,
    /// The address itself, not its peer.
    pub address: IpAddr,
    /// Prefix length.
    pub prefix_len: u8,
    /// IPv6: not usable yet, or found to be in use by somebody else.
    pub is_tentative: bool,
}

impl Address {
    /// Reads an `ifaddrmsg`; none when it is malformed or of another family.
    pub(super) fn read(payload: &[u8]) -> Option<Self> {
        let header = AddressHeader::parse(payload).ok()?;
        let (mut local, mut address) = (None, None);
        let mut flags = u32::from(header.flags.bits());
        for attribute in NlasIterator::new(payload.get(8..)?).map_while(Result::ok) {
            match attribute.kind() {
                libc::IFA_LOCAL => local = ip_of(attribute.value()),
                libc::IFA_ADDRESS => address = ip_of(attribute.value()),
                libc::IFA_FLAGS => {
                    flags = u32::from_ne_bytes(*attribute.value().first_chunk()?);
                }
                _ => {}
            }
        }
        let unusable = AddressFlags::Tentative | AddressFlags::Dadfailed;
        Some(Self {
            index: header.index,
            address: local.or(address)?,
            prefix_len: header.prefix_len,
            is_tentative: AddressFlags::from_bits_retain(flags).intersects(unusable),
        })
    }
}

impl Route {
    /// Addresses of one interface, or of all, in the kernel's order.
    pub fn addresses(&mut self, index: Option<u32>) -> Result<Vec<Address>, Error> {
        let mut message = AddressMessage::default();
        message.header.index = index.unwrap_or(0);
        // An old kernel lists all whatever is asked for, so what comes is looked at again.
        self.dump(
            RouteNetlinkMessage::GetAddress(message),
            |Answer { kind, payload }| {
                let address = (kind == NEW).then(|| Address::read(payload))??;
                index
                    .is_none_or(|index| index == address.index)
                    .then_some(address)
            },
        )
    }
}

/// Whether adding an address failed only because it is there already.
pub fn is_there_already(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::EEXIST)
}

/// Whether removing an address failed only because it, or its whole interface, is not there.
pub fn is_not_there(error: &io::Error) -> bool {
    let absent = [libc::EADDRNOTAVAIL, libc::ENODEV];
    error
        .raw_os_error()
        .is_some_and(|code| absent.contains(&code))
}

fn family_of(address: IpAddr) -> AddressFamily {
    match address {
        IpAddr::V4(_) => AddressFamily::Inet,
        IpAddr::V6(_) => AddressFamily::Inet6,
    }
}

/// An address of 4 or 16 bytes.
pub(super) fn ip_of(bytes: &[u8]) -> Option<IpAddr> {
    match bytes.len() {
        4 => Some(Ipv4Addr::from(*bytes.first_chunk()?).into()),
        16 => Some(Ipv6Addr::from(*bytes.first_chunk()?).into()),
        _ => None,
    }
}
