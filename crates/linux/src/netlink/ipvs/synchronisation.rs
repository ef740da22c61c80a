//! Settings of the whole table: timeouts, and the daemons that copy connections (rfc.md IPVS-5).

use std::net::{IpAddr, Ipv4Addr};

use netlink_packet_core::DefaultNla;

use super::attribute::{
    Attribute, address, number_u16, number_u32, text, top, u8_of, u16_of, u32_of,
};
use crate::netlink::generic::{self, nested};

const STATE: u16 = 1;
const MCAST_IFN: u16 = 2;
const SYNC_ID: u16 = 3;
const SYNC_MAXLEN: u16 = 4;
const MCAST_GROUP: u16 = 5;
const MCAST_GROUP6: u16 = 6;
const MCAST_PORT: u16 = 7;
const MCAST_TTL: u16 = 8;

/// Seconds after which idle connections are forgotten. As a change, 0 leaves what is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timeouts {
    /// TCP, established.
    pub tcp: u32,
    /// TCP, after a FIN.
    pub tcp_fin: u32,
    /// UDP.
    pub udp: u32,
}

impl Timeouts {
    pub(super) fn attributes(self) -> Vec<Attribute> {
        vec![
            u32_of(top::TIMEOUT_TCP, self.tcp),
            u32_of(top::TIMEOUT_TCP_FIN, self.tcp_fin),
            u32_of(top::TIMEOUT_UDP, self.udp),
        ]
    }

    pub(super) fn parse<'a>(attributes: impl Iterator<Item = (u16, &'a [u8])>) -> Self {
        let mut found = Self::default();
        for (kind, value) in attributes {
            let place = match kind {
                top::TIMEOUT_TCP => &mut found.tcp,
                top::TIMEOUT_TCP_FIN => &mut found.tcp_fin,
                top::TIMEOUT_UDP => &mut found.udp,
                _ => continue,
            };
            *place = number_u32(value).unwrap_or(0);
        }
        found
    }
}

/// Which way connections are copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SyncRole {
    /// From here to others.
    Master,
    /// From others to here.
    Backup,
}

impl SyncRole {
    pub(super) const fn number(self) -> u32 {
        match self {
            Self::Master => 1,
            Self::Backup => 2,
        }
    }
}

/// A daemon of the kernel that copies connections between machines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncDaemon {
    /// Which way.
    pub role: SyncRole,
    /// Interface on which they are sent, or heard.
    pub interface: String,
    /// Number that both ends have, 0 to 255.
    pub id: u8,
    /// Bytes of a packet at most; 0: what the interface takes.
    pub max_length: u16,
    /// Group that is sent to; `None`: 224.0.0.81.
    pub group: Option<IpAddr>,
    /// UDP port; 0: 8848.
    pub port: u16,
    /// Time to live of what is sent; 0: 1.
    pub ttl: u8,
}

impl SyncDaemon {
    pub(super) fn attributes(&self) -> Vec<Attribute> {
        let mut list = vec![
            u32_of(STATE, self.role.number()),
            generic::text(MCAST_IFN, &self.interface),
            u32_of(SYNC_ID, self.id.into()),
        ];
        // What is not given is the kernel's choice; old kernels know none of these.
        list.extend((self.max_length != 0).then(|| u16_of(SYNC_MAXLEN, self.max_length)));
        list.extend(self.group.map(|group| match group {
            IpAddr::V4(group) => DefaultNla::new(MCAST_GROUP, group.octets().to_vec()),
            IpAddr::V6(group) => DefaultNla::new(MCAST_GROUP6, group.octets().to_vec()),
        }));
        list.extend((self.port != 0).then(|| u16_of(MCAST_PORT, self.port)));
        list.extend((self.ttl != 0).then(|| u8_of(MCAST_TTL, self.ttl)));
        list
    }

    /// Reads what is inside of a daemon's attribute. `None`: it is not like any daemon.
    pub(super) fn parse(value: &[u8]) -> Option<Self> {
        let mut role = None;
        let mut found = Self {
            role: SyncRole::Backup,
            interface: String::new(),
            id: 0,
            max_length: 0,
            group: None,
            port: 0,
            ttl: 0,
        };
        for (kind, value) in nested(value) {
            match kind {
                STATE => {
                    role = match number_u32(value)? {
                        1 => Some(SyncRole::Master),
                        2 => Some(SyncRole::Backup),
                        _ => None,
                    }
                }
                MCAST_IFN => found.interface = text(value),
                SYNC_ID => found.id = u8::try_from(number_u32(value)?).ok()?,
                SYNC_MAXLEN => found.max_length = number_u16(value)?,
                MCAST_GROUP => {
                    let octets: &[u8; 4] = value.first_chunk()?;
                    found.group = Some(Ipv4Addr::from(*octets).into());
                }
                MCAST_GROUP6 => found.group = Some(address(value, true)?),
                MCAST_PORT => found.port = number_u16(value)?,
                MCAST_TTL => found.ttl = *value.first()?,
                _ => {}
            }
        }
        found.role = role?;
        Some(found)
    }
}
