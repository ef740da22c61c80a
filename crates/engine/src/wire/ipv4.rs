//! The IPv4 header that stands before an advert.

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use super::Checksum;

/// Length of a header without options.
pub const HEADER_BYTES: usize = 20;

/// What of an IPv4 header matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Length of the header with its options, bytes.
    pub header_bytes: usize,
    /// Length of header and payload as the header says, bytes.
    pub total_bytes: u16,
    /// Time to live.
    pub ttl: u8,
    /// Protocol of the payload.
    pub protocol: u8,
    /// Sender.
    pub source: Ipv4Addr,
    /// Destination.
    pub destination: Ipv4Addr,
}

/// Reads a header. `None` when there is not a whole one, or it is not version 4.
pub fn parse(bytes: &[u8]) -> Option<Header> {
    let head = bytes.first_chunk::<HEADER_BYTES>()?;
    let header_bytes = usize::from(head[0] & 0x0f) * 4;
    if head[0] >> 4 != 4 || header_bytes < HEADER_BYTES || bytes.len() < header_bytes {
        return None;
    }
    Some(Header {
        header_bytes,
        total_bytes: u16::from_be_bytes([head[2], head[3]]),
        ttl: head[8],
        protocol: head[9],
        source: Ipv4Addr::new(head[12], head[13], head[14], head[15]),
        destination: Ipv4Addr::new(head[16], head[17], head[18], head[19]),
    })
}

/// Writes a header as keepalived does (V2-7): class 0xC0, no DF, no options, its own checksum.
///
/// `id` is never 0 for a VRRP packet: the kernel would put one of its own. `total_bytes`
/// counts the header too.
pub fn emit(header: &Header, id: u16, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(&[0x45, 0xc0]);
    out.extend_from_slice(&header.total_bytes.to_be_bytes());
    out.extend_from_slice(&id.to_be_bytes());
    out.extend_from_slice(&[0, 0, header.ttl, header.protocol, 0, 0]);
    out.extend_from_slice(&header.source.octets());
    out.extend_from_slice(&header.destination.octets());
    let sum = Checksum::default().with(&out[start..]).finish();
    out[start + 10..start + 12].copy_from_slice(&sum.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// V2-7.
    #[test]
    fn header_is_built_as_recorded() {
        // The header of a recorded advert: 10.0.0.1 to 224.0.0.18, id 1, 40 bytes in all.
        let header = Header {
            header_bytes: 20,
            total_bytes: 40,
            ttl: 255,
            protocol: 112,
            source: Ipv4Addr::new(10, 0, 0, 1),
            destination: Ipv4Addr::new(224, 0, 0, 18),
        };
        let mut bytes = Vec::new();
        emit(&header, 1, &mut bytes);
        assert_eq!(bytes[..10], [0x45, 0xc0, 0, 40, 0, 1, 0, 0, 255, 112]);
        assert_eq!(Checksum::default().with(&bytes).finish(), 0);
        assert_eq!(parse(&bytes), Some(header));
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            if let Some(header) = parse(&bytes) {
                prop_assert!(header.header_bytes <= bytes.len());
            }
        }
    }
}
