//! The signature that `auth_hmac` puts behind an advert: 28 bytes, HMAC-SHA256 cut to 16. An
//! extension of keepalived, in no RFC.
//!
//! ```text
//! | type 1 | key id | 0 | 0 | seconds of UTC | 1/65536 s | counter | MAC, 16 bytes |
//! ```

use std::net::IpAddr;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Length of the signature with what stands before it.
pub const TRAILER_BYTES: usize = 28;
/// Length of what stands before the MAC.
const HEAD_BYTES: usize = 12;
/// Length of the MAC.
const MAC_BYTES: usize = TRAILER_BYTES - HEAD_BYTES;
/// The only type there is.
const TYPE: u8 = 1;
/// Where the checksum stands in an advert: it counts as zero.
const CHECKSUM: std::ops::Range<usize> = 6..8;

/// What stands before the MAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trailer {
    /// Number of the key.
    pub key: u8,
    /// Time and counter as one number: seconds, 1/65536 of a second, counter.
    pub stamp: u64,
}

impl Trailer {
    /// Reads what stands before the MAC. `None` when it is of another length or type.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; TRAILER_BYTES] = bytes.try_into().ok()?;
        if bytes[0] != TYPE {
            return None;
        }
        Some(Self {
            key: bytes[1],
            stamp: u64::from_be_bytes(*bytes[4..].first_chunk()?),
        })
    }

    fn head(self) -> [u8; HEAD_BYTES] {
        let mut head = [0; HEAD_BYTES];
        head[..2].copy_from_slice(&[TYPE, self.key]);
        head[4..].copy_from_slice(&self.stamp.to_be_bytes());
        head
    }
}

/// Puts the signature behind an advert.
pub fn sign(secret: &[u8], trailer: Trailer, source: IpAddr, message: &mut Vec<u8>) {
    if let Some(mac) = code(secret, source, message, &trailer.head()) {
        message.extend_from_slice(&trailer.head());
        message.extend_from_slice(&mac.finalize().into_bytes()[..MAC_BYTES]);
    }
}

/// Whether the signature behind an advert is right; `message` is the advert without it.
pub fn is_right(secret: &[u8], source: IpAddr, message: &[u8], trailer: &[u8]) -> bool {
    let Some((head, mac)) = trailer.split_at_checked(HEAD_BYTES) else {
        return false;
    };
    // Compared in a time that does not say how much is right.
    mac.len() == MAC_BYTES
        && code(secret, source, message, head)
            .is_some_and(|code| code.verify_truncated_left(mac).is_ok())
}

/// The code over pseudo header, advert with checksum zero, trailer with MAC zero.
fn code(secret: &[u8], source: IpAddr, message: &[u8], head: &[u8]) -> Option<Hmac<Sha256>> {
    let mut pseudo = [0; 20];
    pseudo[0] = if source.is_ipv4() { 4 } else { 6 };
    pseudo[1] = message.first()? >> 4;
    pseudo[2] = *message.get(1)?;
    match source {
        IpAddr::V4(source) => pseudo[4..8].copy_from_slice(&source.octets()),
        IpAddr::V6(source) => pseudo[4..].copy_from_slice(&source.octets()),
    }
    let mut code = Hmac::<Sha256>::new_from_slice(secret).ok()?;
    code.update(&pseudo);
    code.update(message.get(..CHECKSUM.start)?);
    code.update(&[0; 2]);
    code.update(message.get(CHECKSUM.end..)?);
    code.update(head);
    code.update(&[0; MAC_BYTES]);
    Some(code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::advert::{Addresses, Advert, Body, Cover};
    use proptest::prelude::*;

    const TRAILER: Trailer = Trailer {
        key: 1,
        stamp: 0x6800_0000_8000_0000,
    };

    fn secret() -> Vec<u8> {
        (0..32).collect()
    }

    fn advert(addresses: Addresses) -> Vec<u8> {
        let advert = Advert {
            vrid: 51,
            priority: 200,
            body: Body::V3 { centiseconds: 100 },
            addresses,
        };
        let mut message = Vec::new();
        advert.emit(Cover::Message, &mut message);
        message
    }

    fn signed(source: &str, mut message: Vec<u8>) -> (Vec<u8>, String) {
        sign(&secret(), TRAILER, source.parse().unwrap(), &mut message);
        let mac = u128::from_be_bytes(*message.last_chunk().unwrap());
        let mac = format!("{mac:032x}");
        (message, mac)
    }

    /// The vectors of keepalived's own test.
    #[test]
    fn signatures_are_those_of_keepalived() {
        let v4 = advert(Addresses::V4(vec!["192.0.2.100".parse().unwrap()]));
        let (message, mac) = signed("198.51.100.10", v4);
        assert_eq!(mac, "1b84bc4e8e43892dc6d98448f8ee2265");
        assert_eq!(message.len(), 12 + TRAILER_BYTES);
        assert_eq!(message[12..24], [1, 1, 0, 0, 0x68, 0, 0, 0, 0x80, 0, 0, 0]);
        let v6 = advert(Addresses::V6(vec!["fe80::100".parse().unwrap()]));
        let (_, mac) = signed("fe80::10", v6);
        assert_eq!(mac, "c8c56146ebfd66ee10ec4d8186461b78");
    }

    #[test]
    fn every_bit_is_covered_but_those_of_the_checksum() {
        let source = "198.51.100.10".parse().unwrap();
        let v4 = advert(Addresses::V4(vec!["192.0.2.100".parse().unwrap()]));
        let (message, _) = signed("198.51.100.10", v4);
        let right = |message: &[u8]| is_right(&secret(), source, &message[..12], &message[12..]);
        assert!(right(&message));
        for bit in 0..message.len() * 8 {
            let mut changed = message.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            // Type and version are looked at elsewhere; only the version is in the pseudo header.
            assert_eq!(right(&changed), CHECKSUM.contains(&(bit / 8)), "bit {bit}");
        }
        let other = "198.51.100.11".parse().unwrap();
        assert!(!is_right(&secret(), other, &message[..12], &message[12..]));
        assert!(!is_right(b"other", source, &message[..12], &message[12..]));
        assert_eq!(Trailer::parse(&message[12..]), Some(TRAILER));
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(a in proptest::collection::vec(any::<u8>(), 0..40), b in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = Trailer::parse(&a);
            prop_assert!(!is_right(b"secret", IpAddr::from([10, 0, 0, 1]), &a, &b));
        }
    }
}
