//! Addresses that the daemon puts on interfaces.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// Scope of an address, `RT_SCOPE_*`.
pub type Scope = u8;

/// One entry of `virtual_ipaddress` or `virtual_ipaddress_excluded`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VirtualAddress {
    /// The address.
    pub address: IpAddr,
    /// Prefix length: 0 to 32 or 128. With a `peer` it is the peer's.
    pub prefix_len: u8,
    /// `dev`; the interface of the instance when not given.
    pub interface: Option<String>,
    /// `scope`; global (0) when not given.
    pub scope: Scope,
    /// `brd`.
    pub broadcast: Option<std::net::Ipv4Addr>,
    /// `label`.
    pub label: Option<String>,
    /// `peer`.
    pub peer: Option<IpAddr>,
    /// `preferred_lft`, seconds; forever when not given.
    pub preferred_lifetime: Option<u32>,
    /// Flag words.
    pub flags: AddressFlags,
    /// `use_vmac`: on a virtual MAC address whatever the instance says.
    pub use_vmac: bool,
    /// `no_track`: its loss is of no consequence.
    pub no_track: bool,
    /// `track_group`, of static addresses.
    pub track_group: Option<String>,
}

impl VirtualAddress {
    /// A plain address with its full prefix length, as one word in `virtual_ipaddress` gives.
    pub fn new(address: IpAddr) -> Self {
        Self {
            address,
            prefix_len: if address.is_ipv4() { 32 } else { 128 },
            interface: None,
            scope: 0,
            broadcast: None,
            label: None,
            peer: None,
            preferred_lifetime: None,
            flags: AddressFlags::default(),
            use_vmac: false,
            no_track: false,
            track_group: None,
        }
    }
}

/// Flag words of an address entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an independent flag of the kernel"
)]
pub struct AddressFlags {
    /// `home` (IPv6).
    pub home: bool,
    /// `-nodad` (IPv6).
    pub nodad: bool,
    /// `mngtmpaddr` (IPv6).
    pub mngtmpaddr: bool,
    /// `noprefixroute`.
    pub noprefixroute: bool,
    /// `autojoin`.
    pub autojoin: bool,
}
