//! Numbers of commands and attributes (rfc.md IPVS-1 to IPVS-6), and how values are coded.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use netlink_packet_core::{DefaultNla, Emitable};

/// An attribute that is sent.
pub(super) type Attribute = DefaultNla;

/// Commands.
pub(super) mod command {
    pub(crate) const NEW_SERVICE: u8 = 1;
    pub(crate) const SET_SERVICE: u8 = 2;
    pub(crate) const DEL_SERVICE: u8 = 3;
    pub(crate) const GET_SERVICE: u8 = 4;
    pub(crate) const NEW_DEST: u8 = 5;
    pub(crate) const SET_DEST: u8 = 6;
    pub(crate) const DEL_DEST: u8 = 7;
    pub(crate) const GET_DEST: u8 = 8;
    pub(crate) const NEW_DAEMON: u8 = 9;
    pub(crate) const DEL_DAEMON: u8 = 10;
    pub(crate) const GET_DAEMON: u8 = 11;
    pub(crate) const SET_CONFIG: u8 = 12;
    pub(crate) const GET_CONFIG: u8 = 13;
    pub(crate) const GET_INFO: u8 = 15;
    pub(crate) const ZERO: u8 = 16;
    pub(crate) const FLUSH: u8 = 17;
}

/// Attributes of a message.
pub(super) mod top {
    pub(crate) const SERVICE: u16 = 1;
    pub(crate) const DEST: u16 = 2;
    pub(crate) const DAEMON: u16 = 3;
    pub(crate) const TIMEOUT_TCP: u16 = 4;
    pub(crate) const TIMEOUT_TCP_FIN: u16 = 5;
    pub(crate) const TIMEOUT_UDP: u16 = 6;
}

/// Attributes of the answer to a question for the version.
pub(super) mod info {
    pub(crate) const VERSION: u16 = 1;
    pub(crate) const CONN_TAB_SIZE: u16 = 2;
}

pub(super) fn u8_of(kind: u16, value: u8) -> Attribute {
    DefaultNla::new(kind, vec![value])
}

pub(super) fn u16_of(kind: u16, value: u16) -> Attribute {
    DefaultNla::new(kind, value.to_ne_bytes().to_vec())
}

/// A number in the order of bytes of the network, such as a port.
pub(super) fn port_of(kind: u16, value: u16) -> Attribute {
    DefaultNla::new(kind, value.to_be_bytes().to_vec())
}

pub(super) fn u32_of(kind: u16, value: u32) -> Attribute {
    DefaultNla::new(kind, value.to_ne_bytes().to_vec())
}

/// An address in a field of 16 bytes.
pub(super) fn address_of(kind: u16, address: IpAddr) -> Attribute {
    let mut value = match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    };
    value.resize(16, 0);
    DefaultNla::new(kind, value)
}

/// An attribute that holds others.
pub(super) fn list_of(kind: u16, inside: &[Attribute]) -> Attribute {
    let mut value = vec![0; inside.buffer_len()];
    inside.emit(&mut value);
    DefaultNla::new(kind, value)
}

pub(super) fn number_u16(value: &[u8]) -> Option<u16> {
    value.first_chunk().map(|bytes| u16::from_ne_bytes(*bytes))
}

pub(super) fn port(value: &[u8]) -> Option<u16> {
    value.first_chunk().map(|bytes| u16::from_be_bytes(*bytes))
}

pub(super) fn number_u32(value: &[u8]) -> Option<u32> {
    value.first_chunk().map(|bytes| u32::from_ne_bytes(*bytes))
}

/// A number that kernels send in 4 or in 8 bytes.
pub(super) fn number_u64(value: &[u8]) -> Option<u64> {
    match value.first_chunk() {
        Some(bytes) => Some(u64::from_ne_bytes(*bytes)),
        None => number_u32(value).map(u64::from),
    }
}

/// An address in a field that is long enough for either family.
pub(super) fn address(value: &[u8], is_v6: bool) -> Option<IpAddr> {
    if is_v6 {
        let octets: &[u8; 16] = value.first_chunk()?;
        return Some(Ipv6Addr::from(*octets).into());
    }
    let octets: &[u8; 4] = value.first_chunk()?;
    Some(Ipv4Addr::from(*octets).into())
}

/// Text up to the zero byte that ends it.
pub(super) fn text(value: &[u8]) -> String {
    let length = value.iter().position(|byte| *byte == 0);
    String::from_utf8_lossy(&value[..length.unwrap_or(value.len())]).into_owned()
}

/// Whether a family is that of IPv6; `None`: neither of the two.
pub(super) fn is_v6(family: u16) -> Option<bool> {
    match i32::from(family) {
        libc::AF_INET => Some(false),
        libc::AF_INET6 => Some(true),
        _ => None,
    }
}

/// The number of the family of an address.
#[expect(clippy::cast_possible_truncation, reason = "2 and 10")]
pub(super) const fn family(is_v6: bool) -> u16 {
    if is_v6 {
        libc::AF_INET6 as u16
    } else {
        libc::AF_INET as u16
    }
}
