//! A packet on a segment, and what a bystander can read in it.
//!
//! The reading here is on purpose not the engine's: a packet that the engine builds wrongly is
//! found even if the engine also reads it wrongly.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use vipd_engine::effect::Transmit;
use vipd_engine::vrrp::SocketSpec;

/// A packet on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Index of the node that sent it.
    pub from: usize,
    /// Segment it was sent on.
    pub segment: String,
    /// Where to.
    pub to: IpAddr,
    /// IPv4: from the IP header on. IPv6: from the VRRP header on.
    pub bytes: Vec<u8>,
    /// TTL or hop limit.
    pub ttl: u8,
    /// 112 VRRP or 51 AH.
    pub protocol: u8,
    /// What it said when it was sent.
    pub advert: Advert,
    /// It was changed on the way, and nobody may take it for an advert.
    pub spoiled: bool,
}

/// What an advert says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advert {
    /// Protocol version, 2 or 3.
    pub version: u8,
    /// Virtual router.
    pub vrid: u8,
    /// Priority; 0: the master leaves.
    pub priority: u8,
    /// Number of addresses.
    pub addresses: u8,
    /// Advertisement interval.
    pub interval: Duration,
    /// Sender, from the IP header.
    pub source: IpAddr,
}

/// Protocol number of VRRP.
const VRRP: u8 = 112;
/// Protocol number of the authentication header, and its length here in bytes.
const AH: (u8, usize) = (51, 24);
/// First byte of a signature of `auth_hmac`, and its length.
const SIGNATURE: (u8, usize) = (1, 28);

impl Frame {
    /// What a node sends on a segment, out of this socket.
    pub fn sent(
        from: usize,
        segment: String,
        socket: Option<&SocketSpec>,
        transmit: Transmit,
    ) -> Result<Self, String> {
        let Transmit { to, bytes, .. } = transmit;
        let (advert, ttl, protocol) = match to {
            IpAddr::V4(_) => {
                let byte = |at: usize| bytes.get(at).copied().unwrap_or_default();
                (Advert::read(&bytes)?, byte(8), byte(9))
            }
            IpAddr::V6(to) => {
                let socket = socket.ok_or("no socket")?;
                let Some(IpAddr::V6(source)) = socket.source else {
                    return Err("a socket of IPv6 without an address".to_owned());
                };
                let advert = Advert::read_v6(source, to, &bytes)?;
                (advert, socket.hop_limit, socket.protocol)
            }
        };
        Ok(Self {
            from,
            segment,
            to,
            bytes,
            ttl,
            protocol,
            advert,
            spoiled: false,
        })
    }

    /// Length of the IP header in its bytes.
    pub fn header_bytes(&self) -> usize {
        if self.to.is_ipv4() { 20 } else { 0 }
    }
}

impl Advert {
    /// Reads an IPv4 packet with an advert in it and checks everything that does not depend on
    /// the configuration of a receiver. RFC 3768 5, RFC 9568 5 (V2-2 to V2-4, V3-2, V3-6).
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        let (source, destination, payload) = read_ip(bytes)?;
        let body = match payload {
            (VRRP, body) => body,
            (protocol, body) if protocol == AH.0 => body
                .get(AH.1..)
                .ok_or_else(|| "authentication header cut short".to_owned())?,
            (other, _) => return Err(format!("protocol {other} is not VRRP")),
        };
        Self::read_message(body, source.into(), |version, body| {
            checksum_holds(version, source, destination, body)
        })
    }

    /// Reads the payload of an IPv6 packet. RFC 9568 5 (V3-2, V3-5).
    pub fn read_v6(source: Ipv6Addr, destination: Ipv6Addr, bytes: &[u8]) -> Result<Self, String> {
        Self::read_message(bytes, source.into(), |_, body| {
            let length = u32::try_from(body.len()).unwrap_or(0);
            let head = sum(u32::from(VRRP) + length, &source.octets());
            sum(sum(head, &destination.octets()), body) == 0xffff
        })
    }

    fn read_message(
        body: &[u8],
        source: IpAddr,
        checksum_holds: impl Fn(u8, &[u8]) -> bool,
    ) -> Result<Self, String> {
        let (address_bytes, password_bytes) = if source.is_ipv4() { (4, 8) } else { (16, 0) };
        let &[kind, vrid, priority, addresses, high, low, _, _, ..] = body else {
            return Err(format!("{} bytes of VRRP", body.len()));
        };
        if kind & 0x0f != 1 {
            return Err(format!("type {} is not an advertisement", kind & 0x0f));
        }
        let version = kind >> 4;
        let list = address_bytes * usize::from(addresses);
        let (length, interval) = match version {
            2 => (
                8 + list + password_bytes,
                Duration::from_secs(u64::from(low)),
            ),
            3 => {
                let centis = u64::from(u16::from_be_bytes([high & 0x0f, low]));
                (8 + list, Duration::from_millis(10 * centis))
            }
            other => return Err(format!("version {other}")),
        };
        let (body, rest) = body
            .split_at_checked(length)
            .ok_or_else(|| format!("{} bytes of VRRP, {length} expected", body.len()))?;
        let is_signature = rest.len() == SIGNATURE.1 && rest[0] == SIGNATURE.0;
        if !rest.is_empty() && !is_signature {
            return Err(format!("{} bytes behind {length} of VRRP", rest.len()));
        }
        if interval.is_zero() {
            return Err("advertisement interval 0".to_owned());
        }
        if !checksum_holds(version, body) {
            return Err("wrong VRRP checksum".to_owned());
        }
        Ok(Self {
            version,
            vrid,
            priority,
            addresses,
            interval,
            source,
        })
    }
}

/// Source, destination, and protocol with payload.
type IpParts<'a> = (Ipv4Addr, Ipv4Addr, (u8, &'a [u8]));

fn read_ip(bytes: &[u8]) -> Result<IpParts<'_>, String> {
    let header = bytes.get(..20).ok_or("no whole IP header")?;
    let header_length = usize::from(header[0] & 0x0f) * 4;
    let total = usize::from(u16::from_be_bytes([header[2], header[3]]));
    if header[0] >> 4 != 4 || header_length < 20 {
        return Err("not an IPv4 header".to_owned());
    }
    if total != bytes.len() {
        return Err(format!("IP length {total}, {} bytes sent", bytes.len()));
    }
    let payload = bytes.get(header_length..).ok_or("no payload")?;
    let address =
        |at: usize| Ipv4Addr::new(header[at], header[at + 1], header[at + 2], header[at + 3]);
    Ok((address(12), address(16), (header[9], payload)))
}

/// Version 2 sums the message alone; version 3 with a pseudo-header, or (RFC 9568) alone.
fn checksum_holds(version: u8, source: Ipv4Addr, destination: Ipv4Addr, body: &[u8]) -> bool {
    let alone = sum(0, body);
    if version == 2 {
        return alone == 0xffff;
    }
    let length = u32::try_from(body.len()).unwrap_or(0);
    let head = sum(u32::from(VRRP) + length, &source.octets());
    let pseudo = sum(sum(head, &destination.octets()), body);
    pseudo == 0xffff || alone == 0xffff
}

fn sum(start: u32, bytes: &[u8]) -> u32 {
    let mut total = start;
    for pair in bytes.chunks(2) {
        let low = pair.get(1).copied().unwrap_or(0);
        total += u32::from(u16::from_be_bytes([pair[0], low]));
    }
    while total > 0xffff {
        total = (total & 0xffff) + (total >> 16);
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(source: [u8; 4], body: &[u8]) -> Vec<u8> {
        let total = u8::try_from(20 + body.len()).unwrap();
        let mut bytes = vec![0x45, 0xc0, 0, total, 0, 1, 0, 0, 255, 112, 0, 0];
        bytes.extend(source);
        bytes.extend([224, 0, 0, 18]);
        bytes.extend(body);
        bytes
    }

    #[test]
    fn reads_version_2_with_and_without_password() {
        let plain = b"\x21\x01\x64\x01\x00\x01\xba\x52\xc0\xa8\x00\x01\0\0\0\0\0\0\0\0";
        let pass = b"\x21\x01\x64\x01\x01\x01\x56\xf0\xc0\xa8\x00\x01\x31\x31\x31\x31\0\0\0\0";
        for body in [plain, pass] {
            let advert = Advert::read(&packet([192, 168, 0, 30], body)).unwrap();
            assert_eq!((advert.version, advert.vrid, advert.priority), (2, 1, 100));
            assert_eq!(advert.interval, Duration::from_secs(1));
        }
    }

    #[test]
    fn reads_version_3_with_either_checksum() {
        for low in [[0x08, 0x9a], [0xa9, 0xef]] {
            let mut body = *b"\x31\x01\x64\x01\x00\x64\0\0\xc0\xa8\x00\x01";
            body[6..8].copy_from_slice(&low);
            let advert = Advert::read(&packet([192, 168, 0, 30], &body)).unwrap();
            assert_eq!(advert.interval, Duration::from_secs(1));
            assert_eq!(advert.source, IpAddr::from([192, 168, 0, 30]));
        }
    }

    #[test]
    fn any_changed_bit_is_noticed() {
        let body = b"\x31\x01\x64\x01\x00\x64\x08\x9a\xc0\xa8\x00\x01";
        for bit in 0..body.len() * 8 {
            let mut changed = *body;
            changed[bit / 8] ^= 1 << (bit % 8);
            let read = Advert::read(&packet([192, 168, 0, 30], &changed));
            assert!(read.is_err(), "bit {bit}: {read:?}");
        }
    }
}
