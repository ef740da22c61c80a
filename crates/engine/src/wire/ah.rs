//! The `IPsec` authentication header before a version 2 advert (AH-1 to AH-5): HMAC-MD5-96 as
//! keepalived has it.

use std::net::Ipv4Addr;

use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;

use super::PROTOCOL_VRRP;
use super::ipv4::HEADER_BYTES as IP_HEADER_BYTES;

/// Length of the header with its check value.
pub const HEADER_BYTES: usize = 24;
/// Length of the check value.
pub const ICV_BYTES: usize = 12;
/// Length of the key: the password field, zeros included (AH-4).
pub const KEY_BYTES: usize = 8;
/// Payload length as the header counts it: 32 bit words, less two (AH-1).
const PAYLOAD_WORDS: u8 = 4;
/// Where the check value stands in the header.
const ICV: std::ops::Range<usize> = 12..HEADER_BYTES;

/// What an authentication header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Security parameters index: the sender's address (AH-5).
    pub spi: Ipv4Addr,
    /// Number of the packet.
    pub sequence: u32,
    /// Check value as sent.
    pub icv: [u8; ICV_BYTES],
}

/// Reads a header. `None` when there is not a whole one, when it has another length, or when
/// no VRRP message follows it.
pub fn parse(bytes: &[u8]) -> Option<Header> {
    let head = bytes.first_chunk::<HEADER_BYTES>()?;
    if head[0] != PROTOCOL_VRRP || head[1] != PAYLOAD_WORDS {
        return None;
    }
    let mut icv = [0; ICV_BYTES];
    icv.copy_from_slice(&head[ICV]);
    Some(Header {
        spi: Ipv4Addr::new(head[4], head[5], head[6], head[7]),
        sequence: u32::from_be_bytes([head[8], head[9], head[10], head[11]]),
        icv,
    })
}

/// Writes a header whose check value is zero: [`sign`] fills it in.
pub fn emit(spi: Ipv4Addr, sequence: u32, out: &mut Vec<u8>) {
    out.extend_from_slice(&[PROTOCOL_VRRP, PAYLOAD_WORDS, 0, 0]);
    out.extend_from_slice(&spi.octets());
    out.extend_from_slice(&sequence.to_be_bytes());
    out.extend_from_slice(&[0; ICV_BYTES]);
}

/// The check value of a packet, IP header first, with `ip_bytes` of it. Whatever stands in the
/// place of the check value counts as zero. `None` when the packet has no such place.
///
/// Class, fragment offset and checksum of the IP header count as zero, and the TTL of a unicast
/// packet (AH-3: keepalived keeps that of a multicast packet, other than RFC 2402).
pub fn icv(
    key: [u8; KEY_BYTES],
    is_unicast: bool,
    packet: &[u8],
    ip_bytes: usize,
) -> Option<[u8; ICV_BYTES]> {
    let (ip, rest) = packet.split_at_checked(ip_bytes)?;
    let (head, options) = ip.split_first_chunk::<IP_HEADER_BYTES>()?;
    let (ah, message) = rest.split_first_chunk::<HEADER_BYTES>()?;
    let mut head = *head;
    head[1] = 0;
    head[6..8].fill(0);
    if is_unicast {
        head[8] = 0;
    }
    head[10..12].fill(0);
    let mut mac = Hmac::<Md5>::new_from_slice(&key).ok()?;
    for part in [&head, options, &ah[..ICV.start], &[0; ICV_BYTES], message] {
        mac.update(part);
    }
    let digest = mac.finalize().into_bytes();
    digest.first_chunk().copied()
}

/// Puts the check value into a packet that has a header of [`emit`] after `ip_bytes`.
pub fn sign(key: [u8; KEY_BYTES], is_unicast: bool, packet: &mut [u8], ip_bytes: usize) {
    if let Some(icv) = icv(key, is_unicast, packet, ip_bytes)
        && let Some(place) = packet.get_mut(ip_bytes + ICV.start..ip_bytes + ICV.end)
    {
        place.copy_from_slice(&icv);
    }
}

/// Whether two check values are equal, in a time that says nothing about where they differ.
pub fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Packets of keepalived 2.2.7 with `auth_pass secret`: two to the group, one to a peer
    /// with a TTL of 64.
    const RECORDED: [(bool, &str); 3] = [
        (
            false,
            "45c0004000010000ff33d0ad0a090001e0000012700400000a09000100000001\
             aec552529b11799fac35594e214d640102016e430a0900640000000000000000",
        ),
        (
            false,
            "45c0004000020000ff33d0ac0a090001e0000012700400000a09000100000002\
             4060aceb3091381323c069a4214d640102016e430a0900640000000000000000",
        ),
        (
            true,
            "45c0004000020000403365b50a0900010a090002700400000a09000100000002\
             ed71aafda066667fcb6b2c72214d640102016e430a0900640000000000000000",
        ),
    ];

    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
        let pair =
            |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
        digits.chunks(2).map(pair).collect()
    }

    #[test]
    fn check_values_are_those_of_recorded_packets() {
        for (number, (is_unicast, hex)) in RECORDED.iter().enumerate() {
            let packet = bytes(hex);
            let header = parse(&packet[20..]).unwrap();
            assert_eq!(header.spi, Ipv4Addr::new(10, 9, 0, 1));
            assert_eq!(header.sequence, [1, 2, 2][number]);
            let ours = icv(*b"secret\0\0", *is_unicast, &packet, 20);
            assert_eq!(ours, Some(header.icv), "packet {number}");
            let other = icv(*b"Secret\0\0", *is_unicast, &packet, 20);
            assert_ne!(other, Some(header.icv), "packet {number}");
            // AH-3
            let quirk = icv(*b"secret\0\0", !*is_unicast, &packet, 20);
            assert_ne!(quirk, Some(header.icv), "packet {number}");
        }
    }

    #[test]
    fn a_packet_is_built_as_recorded() {
        let recorded = bytes(RECORDED[0].1);
        let mut built = recorded[..20].to_vec();
        emit(Ipv4Addr::new(10, 9, 0, 1), 1, &mut built);
        built.extend_from_slice(&recorded[44..]);
        sign(*b"secret\0\0", false, &mut built, 20);
        assert_eq!(built, recorded);
    }

    #[test]
    fn other_headers_are_none() {
        let packet = bytes(RECORDED[0].1);
        assert!(parse(&packet[20..43]).is_none());
        for at in [20, 21] {
            let mut wrong = packet.clone();
            wrong[at] += 1;
            assert!(parse(&wrong[20..]).is_none());
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..90), ip in 0..64_usize) {
            let _ = parse(&bytes);
            let _ = icv([0; 8], true, &bytes, ip);
        }
    }
}
