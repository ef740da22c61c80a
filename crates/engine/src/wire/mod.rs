//! Packets: bytes to values and back, and nothing else.
//!
//! Everything read here comes from the network and is hostile: each parser answers any
//! bytes at all with a value or a reason, never with a panic.

pub mod advert;
pub mod ah;
pub mod arp;
pub mod hmac;
pub mod ipv4;
pub mod ndisc;

use std::net::{Ipv4Addr, Ipv6Addr};

/// Protocol number of VRRP (IPv4 protocol, IPv6 next header).
pub const PROTOCOL_VRRP: u8 = 112;
/// Protocol number of the `IPsec` authentication header.
pub const PROTOCOL_AH: u8 = 51;

/// One's complement sum over 16 bit words, as RFC 1071 has it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Checksum(u64);

impl Checksum {
    /// Adds bytes; an odd last byte counts as if a zero followed.
    #[must_use]
    pub fn with(mut self, bytes: &[u8]) -> Self {
        let mut words = bytes.chunks_exact(2);
        for word in &mut words {
            self.0 += u64::from(u16::from_be_bytes([word[0], word[1]]));
        }
        if let [last] = words.remainder() {
            self.0 += u64::from(*last) << 8;
        }
        self
    }

    /// Adds the IPv4 pseudo header for a message of `length` bytes (V3-6).
    #[must_use]
    pub fn with_pseudo_v4(
        self,
        source: Ipv4Addr,
        destination: Ipv4Addr,
        protocol: u8,
        length: u16,
    ) -> Self {
        self.with(&source.octets())
            .with(&destination.octets())
            .with(&[0, protocol])
            .with(&length.to_be_bytes())
    }

    /// Adds the IPv6 pseudo header for a message of `length` bytes (V3-5).
    #[must_use]
    pub fn with_pseudo_v6(
        self,
        source: Ipv6Addr,
        destination: Ipv6Addr,
        next_header: u8,
        length: u32,
    ) -> Self {
        self.with(&source.octets())
            .with(&destination.octets())
            .with(&length.to_be_bytes())
            .with(&[0, 0, 0, next_header])
    }

    /// The value of a checksum field. Over data that carries a right checksum it is 0.
    #[must_use]
    pub fn finish(self) -> u16 {
        let mut sum = self.0;
        while sum > 0xffff {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        !u16::try_from(sum).unwrap_or(u16::MAX)
    }
}
