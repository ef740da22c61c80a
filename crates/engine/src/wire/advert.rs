//! The VRRP advertisement, versions 2 and 3 (V2-2, V3-2).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};
use vipd_config::model::{Family, Version};

use super::{Checksum, PROTOCOL_VRRP};

/// Length of what stands before the addresses (V3-3), in version 2 over IPv6 too (V2-60).
pub const HEADER_BYTES: usize = 8;
/// Length of the authentication data of version 2 over IPv4, always present (V2-3).
pub const AUTH_BYTES: usize = 8;
/// Type of an advertisement, the only type there is.
pub const TYPE_ADVERTISEMENT: u8 = 1;
/// Where the checksum stands.
const CHECKSUM: std::ops::Range<usize> = 6..8;

/// Why bytes are not an advert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Malformed {
    /// There is not even a whole header.
    NoHeader {
        /// Length found, bytes.
        length: usize,
    },
    /// The length does not fit the number of addresses.
    Length {
        /// Length found, bytes.
        length: usize,
        /// Length wanted, bytes.
        wanted: usize,
    },
    /// Neither version 2 nor 3.
    Version(u8),
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoHeader { length } => {
                write!(f, "{length} bytes are too few for a VRRP header")
            }
            Self::Length { length, wanted } => {
                write!(f, "length is {length} bytes where {wanted} are needed")
            }
            Self::Version(version) => write!(f, "version {version} is neither 2 nor 3"),
        }
    }
}

/// The fixed part of an advert, as it stands in the packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Version, 0 to 15.
    pub version: u8,
    /// Type, 0 to 15.
    pub kind: u8,
    /// Virtual router.
    pub vrid: u8,
    /// Priority: 0 leaves, 255 is the owner.
    pub priority: u8,
    /// Number of addresses.
    pub count: u8,
    /// Fifth and sixth byte: authentication type and interval in seconds (version 2), or
    /// 4 reserved bits and the interval in centiseconds (version 3).
    pub timing: [u8; 2],
    /// Checksum as sent.
    pub checksum: u16,
}

impl Header {
    /// Reads the fixed part. `None` when there is not a whole one.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let head = bytes.first_chunk::<HEADER_BYTES>()?;
        Some(Self {
            version: head[0] >> 4,
            kind: head[0] & 0x0f,
            vrid: head[1],
            priority: head[2],
            count: head[3],
            timing: [head[4], head[5]],
            checksum: u16::from_be_bytes([head[6], head[7]]),
        })
    }

    /// Length the whole message must have: header, addresses, and authentication data of
    /// version 2 over IPv4.
    pub fn message_bytes(&self, family: Family) -> usize {
        let address = match family {
            Family::V4 => 4,
            Family::V6 => 16,
        };
        let auth = if self.version == 2 && family == Family::V4 {
            AUTH_BYTES
        } else {
            0
        };
        HEADER_BYTES + address * usize::from(self.count) + auth
    }

    /// Version 2: the authentication type.
    pub fn auth_type(&self) -> u8 {
        self.timing[0]
    }

    /// Version 2: the advert interval, seconds.
    pub fn seconds(&self) -> u8 {
        self.timing[1]
    }

    /// Version 3: the advert interval, centiseconds, 0 to 4095; reserved bits are ignored.
    pub fn centiseconds(&self) -> u16 {
        u16::from_be_bytes(self.timing) & 0x0fff
    }
}

/// An advert as a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advert {
    /// Virtual router.
    pub vrid: u8,
    /// Priority: 0 leaves, 255 is the owner.
    pub priority: u8,
    /// What differs between the versions.
    pub body: Body,
    /// Virtual addresses, all of one family, at most 255.
    pub addresses: Addresses,
}

/// What differs between the versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Body {
    /// Version 2.
    V2 {
        /// 0 none, 1 simple text, 2 AH.
        auth_type: u8,
        /// Interval, seconds.
        seconds: u8,
        /// Authentication data; not sent over IPv6.
        auth_data: [u8; AUTH_BYTES],
    },
    /// Version 3.
    V3 {
        /// Interval, centiseconds, 12 bits.
        centiseconds: u16,
    },
}

/// Addresses of one family.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Addresses {
    /// IPv4.
    V4(Vec<Ipv4Addr>),
    /// IPv6.
    V6(Vec<Ipv6Addr>),
}

impl Addresses {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::V4(list) => list.len(),
            Self::V6(list) => list.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Their family.
    pub fn family(&self) -> Family {
        match self {
            Self::V4(_) => Family::V4,
            Self::V6(_) => Family::V6,
        }
    }
}

/// How the checksum of a version 3 message over IPv4 is made (V3-6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cover {
    /// The message alone: version 2, and version 3 as RFC 9568 has it.
    Message,
    /// With the IPv4 pseudo header: version 3 as RFC 5798 and the deployed base have it.
    PseudoV4 {
        /// Sender.
        source: Ipv4Addr,
        /// Destination.
        destination: Ipv4Addr,
    },
    /// With the IPv6 pseudo header.
    PseudoV6 {
        /// Sender.
        source: Ipv6Addr,
        /// Destination.
        destination: Ipv6Addr,
    },
}

impl Cover {
    /// The checksum over `message` as it stands: 0 when it carries a right one.
    pub fn sum(self, message: &[u8]) -> u16 {
        let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
        let sum = Checksum::default().with(message);
        match self {
            Self::Message => sum,
            Self::PseudoV4 {
                source,
                destination,
            } => {
                let length = u16::try_from(length).unwrap_or(u16::MAX);
                sum.with_pseudo_v4(source, destination, PROTOCOL_VRRP, length)
            }
            Self::PseudoV6 {
                source,
                destination,
            } => sum.with_pseudo_v6(source, destination, PROTOCOL_VRRP, length),
        }
        .finish()
    }
}

impl Advert {
    /// Its version.
    pub fn version(&self) -> Version {
        match self.body {
            Body::V2 { .. } => Version::V2,
            Body::V3 { .. } => Version::V3,
        }
    }

    /// Reads a message of exactly the right length. The checksum is not looked at: that is
    /// [`Cover::sum`]'s.
    pub fn parse(family: Family, bytes: &[u8]) -> Result<Self, Malformed> {
        let header = Header::parse(bytes).ok_or(Malformed::NoHeader {
            length: bytes.len(),
        })?;
        if header.version != 2 && header.version != 3 {
            return Err(Malformed::Version(header.version));
        }
        let wanted = header.message_bytes(family);
        if bytes.len() != wanted {
            return Err(Malformed::Length {
                length: bytes.len(),
                wanted,
            });
        }
        let body = if header.version == 2 {
            let auth_data = match family {
                Family::V4 => bytes.last_chunk().copied().unwrap_or_default(),
                Family::V6 => [0; AUTH_BYTES],
            };
            Body::V2 {
                auth_type: header.auth_type(),
                seconds: header.seconds(),
                auth_data,
            }
        } else {
            Body::V3 {
                centiseconds: header.centiseconds(),
            }
        };
        Ok(Self {
            vrid: header.vrid,
            priority: header.priority,
            body,
            addresses: addresses(family, header.count, &bytes[HEADER_BYTES..]),
        })
    }

    /// Writes the message with the checksum that `cover` says. No more than 255 addresses
    /// are written.
    pub fn emit(&self, cover: Cover, out: &mut Vec<u8>) {
        let start = out.len();
        let count = u8::try_from(self.addresses.len()).unwrap_or(u8::MAX);
        let (version, timing) = match self.body {
            Body::V2 {
                auth_type, seconds, ..
            } => (2, [auth_type, seconds]),
            Body::V3 { centiseconds } => (3, (centiseconds & 0x0fff).to_be_bytes()),
        };
        out.extend_from_slice(&[version << 4 | TYPE_ADVERTISEMENT, self.vrid]);
        out.extend_from_slice(&[self.priority, count, timing[0], timing[1], 0, 0]);
        match &self.addresses {
            Addresses::V4(list) => {
                let list = list.iter().take(usize::from(count));
                out.extend(list.flat_map(Ipv4Addr::octets));
                if let Body::V2 { auth_data, .. } = self.body {
                    out.extend_from_slice(&auth_data);
                }
            }
            Addresses::V6(list) => {
                let list = list.iter().take(usize::from(count));
                out.extend(list.flat_map(Ipv6Addr::octets));
            }
        }
        let sum = cover.sum(&out[start..]);
        out[start..][CHECKSUM].copy_from_slice(&sum.to_be_bytes());
    }
}

/// The addresses of a message: `count` of them from `bytes`, or as many as there are.
fn addresses(family: Family, count: u8, bytes: &[u8]) -> Addresses {
    let count = usize::from(count);
    match family {
        Family::V4 => Addresses::V4(
            bytes
                .as_chunks::<4>()
                .0
                .iter()
                .take(count)
                .map(|&a| a.into())
                .collect(),
        ),
        Family::V6 => Addresses::V6(
            bytes
                .as_chunks::<16>()
                .0
                .iter()
                .take(count)
                .map(|&a| a.into())
                .collect(),
        ),
    }
}

/// Addresses in a message, one by one, without a copy. At most `count`.
pub fn each_address(family: Family, count: u8, bytes: &[u8]) -> impl Iterator<Item = IpAddr> + '_ {
    let size = match family {
        Family::V4 => 4,
        Family::V6 => 16,
    };
    let rest = bytes.get(HEADER_BYTES..).unwrap_or_default();
    rest.chunks_exact(size)
        .take(usize::from(count))
        .filter_map(|chunk| match <[u8; 4]>::try_from(chunk) {
            Ok(octets) => Some(IpAddr::from(octets)),
            Err(_) => <[u8; 16]>::try_from(chunk).ok().map(IpAddr::from),
        })
}

#[cfg(test)]
mod tests;
