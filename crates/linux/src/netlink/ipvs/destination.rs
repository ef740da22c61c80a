//! Destinations: the real servers of a service (rfc.md IPVS-4, IPVS-7).

use std::net::IpAddr;

use super::attribute::{
    Attribute, address, address_of, family, is_v6, number_u16, number_u32, port, port_of, u8_of,
    u16_of, u32_of,
};
use super::{ListedDestination, Statistics, statistics};
use crate::netlink::generic::nested;

const ADDR: u16 = 1;
const PORT: u16 = 2;
const FWD_METHOD: u16 = 3;
const WEIGHT: u16 = 4;
const U_THRESH: u16 = 5;
const L_THRESH: u16 = 6;
const ACTIVE_CONNS: u16 = 7;
const INACT_CONNS: u16 = 8;
const PERSIST_CONNS: u16 = 9;
const STATS: u16 = 10;
const ADDR_FAMILY: u16 = 11;
const STATS64: u16 = 12;
const TUN_TYPE: u16 = 13;
const TUN_PORT: u16 = 14;
const TUN_FLAGS: u16 = 15;

/// Bits of the method of forwarding that are the method.
const METHOD: u32 = 7;

/// By what a destination is known within its service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DestinationKey {
    /// Address.
    pub address: IpAddr,
    /// Port; 0 with a firewall mark.
    pub port: u16,
}

/// How packets get to a destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forwarding {
    /// Addresses are translated (NAT).
    Masquerade,
    /// To this machine itself.
    Local,
    /// Inside of other packets.
    Tunnel(Tunnel),
    /// As they are, on the link (DR).
    Route,
    /// Past the load balancer.
    Bypass,
}

/// The form of packets that carry others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tunnel {
    /// What carries them.
    pub kind: TunnelKind,
    /// UDP port of the other end, for GUE; otherwise 0.
    pub port: u16,
    /// Checksums: 0 none, 1 of the outer packet, 2 remote (GUE).
    pub flags: u16,
}

/// What carries packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TunnelKind {
    /// IP in IP.
    Ipip,
    /// Generic UDP encapsulation.
    Gue,
    /// Generic routing encapsulation.
    Gre,
}

impl Tunnel {
    /// IP in IP, which has no options.
    pub const IPIP: Self = Self {
        kind: TunnelKind::Ipip,
        port: 0,
        flags: 0,
    };
}

/// A destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Destination {
    /// By what it is known.
    pub key: DestinationKey,
    /// How packets get there.
    pub forwarding: Forwarding,
    /// Share of the connections, up to 2147483647; 0: it gets no new ones.
    pub weight: u32,
    /// Number of connections from which it gets no more; 0: none.
    pub upper_threshold: u32,
    /// Number of connections below which it gets some again; 0: three quarters of the upper one.
    pub lower_threshold: u32,
}

impl DestinationKey {
    pub(super) fn attributes(&self) -> Vec<Attribute> {
        vec![
            u16_of(ADDR_FAMILY, family(self.address.is_ipv6())),
            address_of(ADDR, self.address),
            port_of(PORT, self.port),
        ]
    }
}

impl Destination {
    pub(super) fn attributes(&self) -> Vec<Attribute> {
        let mut list = self.key.attributes();
        list.push(u32_of(FWD_METHOD, self.forwarding.number()));
        list.push(u32_of(WEIGHT, self.weight));
        list.push(u32_of(U_THRESH, self.upper_threshold));
        list.push(u32_of(L_THRESH, self.lower_threshold));
        if let Forwarding::Tunnel(tunnel) = self.forwarding {
            list.push(u8_of(TUN_TYPE, tunnel.kind.number()));
            list.push(port_of(TUN_PORT, tunnel.port));
            list.push(u16_of(TUN_FLAGS, tunnel.flags));
        }
        list
    }
}

impl Forwarding {
    const fn number(self) -> u32 {
        match self {
            Self::Masquerade => 0,
            Self::Local => 1,
            Self::Tunnel(_) => 2,
            Self::Route => 3,
            Self::Bypass => 4,
        }
    }

    fn parse(number: u32, tunnel: Tunnel) -> Option<Self> {
        match number & METHOD {
            0 => Some(Self::Masquerade),
            1 => Some(Self::Local),
            2 => Some(Self::Tunnel(tunnel)),
            3 => Some(Self::Route),
            4 => Some(Self::Bypass),
            _ => None,
        }
    }
}

impl TunnelKind {
    const fn number(self) -> u8 {
        match self {
            Self::Ipip => 0,
            Self::Gue => 1,
            Self::Gre => 2,
        }
    }

    const fn parse(number: u8) -> Option<Self> {
        match number {
            0 => Some(Self::Ipip),
            1 => Some(Self::Gue),
            2 => Some(Self::Gre),
            _ => None,
        }
    }
}

impl ListedDestination {
    /// Reads what is inside of a destination's attribute; `service_is_v6` is for kernels that do
    /// not say what family it is of. `None`: it is not like any destination.
    pub(super) fn parse(value: &[u8], service_is_v6: bool) -> Option<Self> {
        let (mut at, mut destination_port, mut method, mut af) = (None, 0, 0, None);
        let mut tunnel = Tunnel::IPIP;
        let mut listed = Self {
            destination: Destination {
                key: DestinationKey {
                    address: IpAddr::from([0, 0, 0, 0]),
                    port: 0,
                },
                forwarding: Forwarding::Masquerade,
                weight: 0,
                upper_threshold: 0,
                lower_threshold: 0,
            },
            active: 0,
            inactive: 0,
            persistent: 0,
            statistics: Statistics::default(),
        };
        let (mut old, mut new) = (None, None);
        for (kind, value) in nested(value) {
            match kind {
                ADDR => at = Some(value),
                PORT => destination_port = port(value)?,
                FWD_METHOD => method = number_u32(value)?,
                WEIGHT => listed.destination.weight = number_u32(value)?,
                U_THRESH => listed.destination.upper_threshold = number_u32(value)?,
                L_THRESH => listed.destination.lower_threshold = number_u32(value)?,
                ACTIVE_CONNS => listed.active = number_u32(value)?,
                INACT_CONNS => listed.inactive = number_u32(value)?,
                PERSIST_CONNS => listed.persistent = number_u32(value)?,
                STATS => old = Some(Statistics::parse(value, statistics::Width::Mixed)),
                STATS64 => new = Some(Statistics::parse(value, statistics::Width::Wide)),
                ADDR_FAMILY => af = number_u16(value),
                TUN_TYPE => tunnel.kind = TunnelKind::parse(*value.first()?)?,
                TUN_PORT => tunnel.port = port(value)?,
                TUN_FLAGS => tunnel.flags = number_u16(value)?,
                _ => {}
            }
        }
        let is_v6 = af.map_or(Some(service_is_v6), is_v6)?;
        listed.destination.key = DestinationKey {
            address: address(at?, is_v6)?,
            port: destination_port,
        };
        listed.destination.forwarding = Forwarding::parse(method, tunnel)?;
        listed.statistics = new.or(old).unwrap_or_default();
        Some(listed)
    }
}
