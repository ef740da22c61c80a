//! Virtual services (rfc.md IPVS-3, IPVS-7, IPVS-8).

use std::net::{IpAddr, Ipv4Addr};

use netlink_packet_core::DefaultNla;

use super::attribute::{
    Attribute, address, address_of, family, is_v6, number_u16, number_u32, port, port_of, text,
    u16_of, u32_of,
};
use super::{ListedService, Statistics, statistics};
use crate::netlink::generic::{self, nested};

const AF: u16 = 1;
const PROTOCOL: u16 = 2;
const ADDR: u16 = 3;
const PORT: u16 = 4;
const FWMARK: u16 = 5;
const SCHED_NAME: u16 = 6;
const FLAGS: u16 = 7;
const TIMEOUT: u16 = 8;
const NETMASK: u16 = 9;
const STATS: u16 = 10;
const PE_NAME: u16 = 11;
const STATS64: u16 = 12;

/// By what a service is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ServiceKey {
    /// Packets to an address.
    Address {
        /// IP protocol: TCP 6, UDP 17, SCTP 132.
        protocol: u8,
        /// Address.
        address: IpAddr,
        /// Port; 0: all, for a persistent service.
        port: u16,
    },
    /// Packets with a firewall mark.
    Mark {
        /// The mark, not 0.
        mark: u32,
        /// It is for IPv6.
        is_v6: bool,
    },
}

/// Flags of a service, `IP_VS_SVC_F_*`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ServiceFlags(pub u32);

impl ServiceFlags {
    /// A client stays on its destination.
    pub const PERSISTENT: Self = Self(1);
    /// It is in the kernel's table. Kernels say so; nobody else needs to.
    pub const HASHED: Self = Self(2);
    /// Each packet goes its own way (UDP).
    pub const ONE_PACKET: Self = Self(4);
    /// First flag of the scheduler; `sh-fallback`, `mh-fallback`.
    pub const SCHEDULER_1: Self = Self(8);
    /// Second flag of the scheduler; `sh-port`, `mh-port`.
    pub const SCHEDULER_2: Self = Self(0x10);
    /// Third flag of the scheduler.
    pub const SCHEDULER_3: Self = Self(0x20);

    /// Those of either.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those that are not in `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether all of `other` are in it.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// How many clients count as one for persistence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Granularity {
    /// Those whose addresses differ only where this mask is 0.
    V4(Ipv4Addr),
    /// Those whose addresses begin with the same bits, 1 to 128.
    V6(u8),
}

impl Granularity {
    /// Each client for itself.
    pub const fn single(is_v6: bool) -> Self {
        if is_v6 {
            Self::V6(128)
        } else {
            Self::V4(Ipv4Addr::BROADCAST)
        }
    }

    fn number(self) -> u32 {
        match self {
            Self::V4(mask) => u32::from_ne_bytes(mask.octets()),
            Self::V6(length) => length.into(),
        }
    }

    fn parse(number: u32, is_v6: bool) -> Self {
        if is_v6 {
            Self::V6(u8::try_from(number).unwrap_or(128))
        } else {
            Self::V4(number.to_ne_bytes().into())
        }
    }
}

/// A virtual service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// By what it is known.
    pub key: ServiceKey,
    /// Name of the scheduler, up to 15 bytes, such as `wlc`. The kernel loads its module.
    pub scheduler: String,
    /// Flags.
    pub flags: ServiceFlags,
    /// How long a client stays on its destination, seconds; 0 without persistence.
    pub timeout: u32,
    /// How many clients count as one.
    pub granularity: Granularity,
    /// Name of the engine that knows clients by more than their address, such as `sip`.
    pub engine: Option<String>,
}

impl ServiceKey {
    /// Whether it is for IPv6.
    pub const fn is_v6(&self) -> bool {
        match self {
            Self::Address { address, .. } => address.is_ipv6(),
            Self::Mark { is_v6, .. } => *is_v6,
        }
    }

    pub(super) fn attributes(&self) -> Vec<Attribute> {
        let mut list = vec![u16_of(AF, family(self.is_v6()))];
        match *self {
            Self::Mark { mark, .. } => list.push(u32_of(FWMARK, mark)),
            Self::Address {
                protocol,
                address,
                port,
            } => {
                list.push(u16_of(PROTOCOL, protocol.into()));
                list.push(address_of(ADDR, address));
                list.push(port_of(PORT, port));
            }
        }
        list
    }
}

impl Service {
    pub(super) fn attributes(&self) -> Vec<Attribute> {
        let mut list = self.key.attributes();
        list.push(generic::text(SCHED_NAME, &self.scheduler));
        list.extend(self.engine.iter().map(|name| generic::text(PE_NAME, name)));
        let mut flags = self.flags.0.to_ne_bytes().to_vec();
        flags.extend(u32::MAX.to_ne_bytes());
        list.push(DefaultNla::new(FLAGS, flags));
        list.push(u32_of(TIMEOUT, self.timeout));
        list.push(u32_of(NETMASK, self.granularity.number()));
        list
    }
}

impl ListedService {
    /// Reads what is inside of a service's attribute. `None`: it is not like any service.
    pub(super) fn parse(value: &[u8]) -> Option<Self> {
        let (mut af, mut protocol, mut at, mut service_port, mut mark) = (None, 0, None, 0, None);
        let (mut scheduler, mut flags, mut timeout) = (String::new(), 0, 0);
        let (mut netmask, mut engine) = (u32::MAX, None);
        let (mut old, mut new) = (None, None);
        for (kind, value) in nested(value) {
            match kind {
                AF => af = number_u16(value),
                PROTOCOL => protocol = number_u16(value)?,
                ADDR => at = Some(value),
                PORT => service_port = port(value)?,
                FWMARK => mark = number_u32(value),
                SCHED_NAME => scheduler = text(value),
                FLAGS => flags = number_u32(value)?,
                TIMEOUT => timeout = number_u32(value)?,
                NETMASK => netmask = number_u32(value)?,
                PE_NAME => engine = Some(text(value)).filter(|name| !name.is_empty()),
                STATS => old = Some(Statistics::parse(value, statistics::Width::Mixed)),
                STATS64 => new = Some(Statistics::parse(value, statistics::Width::Wide)),
                _ => {}
            }
        }
        let is_v6 = is_v6(af?)?;
        let key = match mark {
            Some(mark) => ServiceKey::Mark { mark, is_v6 },
            None => ServiceKey::Address {
                protocol: u8::try_from(protocol).ok()?,
                address: address(at?, is_v6)?,
                port: service_port,
            },
        };
        Some(Self {
            service: Service {
                key,
                scheduler,
                flags: ServiceFlags(flags).without(ServiceFlags::HASHED),
                timeout,
                granularity: Granularity::parse(netmask, is_v6),
                engine,
            },
            statistics: new.or(old).unwrap_or_default(),
        })
    }
}
