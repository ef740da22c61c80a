//! Links: what the kernel says of an interface.

use netlink_packet_core::{NlaBuffer, NlasIterator};
use netlink_packet_route::link::{
    LinkAttribute, LinkExtentMask, LinkFlags, LinkHeader, LinkLayerType, LinkMessage,
};
use netlink_packet_route::{AddressFamily, RouteNetlinkMessage};

use super::{Answer, Route};
use crate::Error;

/// `RTM_NEWLINK`
pub(super) const NEW: u16 = libc::RTM_NEWLINK;
/// `RTM_DELLINK`
pub(super) const GONE: u16 = libc::RTM_DELLINK;

/// `IFLA_INET6_CONF`, inside `AF_INET6` of `IFLA_AF_SPEC`: a row of numbers.
const INET6_CONF: u16 = 2;
/// `IFLA_INFO_KIND`, inside `IFLA_LINKINFO`.
const INFO_KIND: u16 = 1;
/// `IFLA_INFO_DATA`, inside `IFLA_LINKINFO`.
const INFO_DATA: u16 = 2;
/// `IFLA_IPVLAN_MODE` and `IFLA_IPVLAN_FLAGS`, inside that.
const IPVLAN_MODE: u16 = 1;
const IPVLAN_FLAGS: u16 = 2;
/// `IFLA_VRF_TABLE`, likewise.
const VRF_TABLE: u16 = 1;
/// Masks the flag bits out of a kind of attribute (`NLA_TYPE_MASK`).
const KIND_MASK: u16 = 0x3fff;

/// An interface.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of its own of the kernel"
)]
pub struct Link {
    /// Its name.
    pub name: String,
    /// Kernel's index.
    pub index: u32,
    /// `IFF_UP` and `IFF_RUNNING`: switched on, and with carrier.
    pub is_up: bool,
    /// `IFF_UP`: switched on.
    pub is_on: bool,
    /// Neither `IFF_NOARP` nor loopback.
    pub arps: bool,
    /// `IFF_MULTICAST`.
    pub multicasts: bool,
    /// Ethernet frames can be sent on it.
    pub is_ethernet: bool,
    /// Routes IPv6, so neighbour advertisements carry the router flag.
    pub forwards_ipv6: bool,
    /// Largest packet, bytes.
    pub mtu_bytes: u32,
    /// Hardware address, 6 bytes on Ethernet; empty when it has none.
    pub mac: Vec<u8>,
    /// Index of the interface it sits on; 0 when on none.
    pub base: u32,
    /// A macvlan.
    pub is_macvlan: bool,
    /// Mode (0 for L2) and flags (see [`super::Ipvlan::flags`]) of an ipvlan.
    pub ipvlan: Option<(u16, u16)>,
    /// Index of the interface that it is a part of, such as a bridge or VRF; 0 for none.
    pub master: u32,
    /// Routing table of a VRF.
    pub table: Option<u32>,
    /// Number of its group.
    pub group: u32,
}

impl Link {
    /// Reads an `ifinfomsg`; none when it is malformed, or about a port of a bridge.
    pub(super) fn read(payload: &[u8]) -> Option<Self> {
        let header = LinkHeader::parse(payload).ok()?;
        if header.interface_family != AddressFamily::Unspec {
            return None;
        }
        let has = |flag| header.flags.contains(flag);
        let mut link = Self {
            name: String::new(),
            index: header.index,
            is_up: has(LinkFlags::Up | LinkFlags::Running),
            is_on: has(LinkFlags::Up),
            arps: !header
                .flags
                .intersects(LinkFlags::Noarp | LinkFlags::Loopback),
            multicasts: has(LinkFlags::Multicast),
            is_ethernet: header.link_layer_type == LinkLayerType::Ether,
            forwards_ipv6: false,
            mtu_bytes: 0,
            mac: Vec::new(),
            base: 0,
            is_macvlan: false,
            ipvlan: None,
            master: 0,
            table: None,
            group: 0,
        };
        for attribute in NlasIterator::new(payload.get(16..)?).map_while(Result::ok) {
            link.take(&attribute);
        }
        (!link.name.is_empty()).then_some(link)
    }

    fn take(&mut self, attribute: &NlaBuffer<&[u8]>) {
        let value = attribute.value();
        match attribute.kind() & KIND_MASK {
            libc::IFLA_IFNAME => {
                let name = value.split(|byte| *byte == 0).next().unwrap_or_default();
                self.name = String::from_utf8_lossy(name).into_owned();
            }
            libc::IFLA_ADDRESS => self.mac = value.to_vec(),
            libc::IFLA_MTU => {
                if let Some(bytes) = value.first_chunk() {
                    self.mtu_bytes = u32::from_ne_bytes(*bytes);
                }
            }
            libc::IFLA_LINK => {
                if let Some(index) = value.first_chunk() {
                    self.base = u32::from_ne_bytes(*index);
                }
            }
            libc::IFLA_MASTER => {
                if let Some(index) = value.first_chunk() {
                    self.master = u32::from_ne_bytes(*index);
                }
            }
            libc::IFLA_GROUP => {
                if let Some(number) = value.first_chunk() {
                    self.group = u32::from_ne_bytes(*number);
                }
            }
            libc::IFLA_LINKINFO => {
                let kind = nested(value, INFO_KIND).unwrap_or_default();
                let kind = kind.strip_suffix(&[0]).unwrap_or(kind);
                self.is_macvlan = kind == b"macvlan";
                let data = nested(value, INFO_DATA).unwrap_or_default();
                self.ipvlan = (kind == b"ipvlan").then(|| {
                    let number = |kind| nested(data, kind).and_then(<[u8]>::first_chunk);
                    let number = |kind| number(kind).map_or(0, |two| u16::from_ne_bytes(*two));
                    (number(IPVLAN_MODE), number(IPVLAN_FLAGS))
                });
                if kind == b"vrf" {
                    let table = nested(data, VRF_TABLE).and_then(<[u8]>::first_chunk);
                    self.table = table.map(|bytes| u32::from_ne_bytes(*bytes));
                }
            }
            libc::IFLA_AF_SPEC => {
                self.forwards_ipv6 = forwards_ipv6(value).unwrap_or(false);
            }
            _ => {}
        }
    }
}

/// The first number (`forwarding`) of the row in `AF_INET6`, `IFLA_INET6_CONF`.
fn forwards_ipv6(families: &[u8]) -> Option<bool> {
    let inet6 = nested(families, u16::try_from(libc::AF_INET6).ok()?)?;
    let row = nested(inet6, INET6_CONF)?;
    Some(i32::from_ne_bytes(*row.first_chunk()?) != 0)
}

/// The value of the attribute of this kind.
fn nested(attributes: &[u8], kind: u16) -> Option<&[u8]> {
    let found = NlasIterator::new(attributes)
        .map_while(Result::ok)
        .find(|attribute| attribute.kind() & KIND_MASK == kind)?;
    let length = usize::from(found.length());
    found.into_inner().get(4..length)
}

impl Route {
    /// All interfaces, in the kernel's order.
    pub fn links(&mut self) -> Result<Vec<Link>, Error> {
        // The kernel gathers its counters from all processors, and nobody here wants them.
        let mut request = LinkMessage::default();
        let without = LinkAttribute::ExtMask(vec![LinkExtentMask::SkipStats]);
        request.attributes.push(without);
        self.dump(
            RouteNetlinkMessage::GetLink(request),
            |Answer { kind, payload }| (kind == NEW).then(|| Link::read(payload))?,
        )
    }
}
