//! Why a packet was not accepted, or accepted with a reservation: the receive checks' verdicts.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::event::Detail;

/// What was wrong with a packet. `Display` is worded as keepalived words it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rejection {
    /// The length is not that of an advert with that number of addresses.
    Length {
        /// Length found, bytes, with the IPv4 header.
        length: usize,
        /// Length wanted, likewise.
        wanted: usize,
    },
    /// TTL or hop limit is not 255.
    Ttl(u8),
    /// Another version than ours.
    Version {
        /// Version found.
        found: u8,
        /// Ours.
        wanted: u8,
    },
    /// An authentication type that does not exist.
    AuthTypeUnknown(u8),
    /// Another authentication type than ours.
    AuthTypeMismatch {
        /// Type found.
        found: u8,
        /// Ours.
        wanted: u8,
    },
    /// A wrong password.
    Password,
    /// The authentication header names somebody else than the sender (AH-5).
    Spi {
        /// Whom it names.
        found: Ipv4Addr,
        /// The sender.
        wanted: Ipv4Addr,
    },
    /// The authentication header does not fit the packet and our password.
    Digest,
    /// The packet is no newer than one that was accepted (AH-6).
    Replayed {
        /// Its number.
        number: u32,
        /// The last one accepted or sent.
        last: u32,
    },
    /// The advert is not signed and has to be.
    Unsigned,
    /// It is signed with a key that we do not have.
    SignatureKey(u8),
    /// The signature is wrong.
    Signature,
    /// The clocks are apart by more than the window, or it is as old as that.
    SignatureStale {
        /// Seconds that it is ahead of our clock.
        seconds: i64,
    },
    /// It is no newer than one that was accepted.
    SignatureReplayed,
    /// Likewise, by a second or more: a recording, or its sender began anew after its clock was
    /// set back.
    SignatureBehind {
        /// The sender.
        sender: IpAddr,
        /// Whole seconds that it is older than the last one accepted of this sender.
        seconds: i64,
    },
    /// The clocks are apart by more than half the window. The advert counts.
    SignatureSkewed {
        /// Seconds that it is ahead of our clock.
        seconds: i64,
    },
    /// Version 2: another interval than ours.
    Interval {
        /// Ours, seconds.
        ours: u64,
        /// Interval found, seconds.
        theirs: u8,
    },
    /// Not an advertisement.
    Type(u8),
    /// The IP header says less than there must be.
    TotalLength {
        /// What it says, bytes.
        header: u16,
        /// What came, bytes.
        length: usize,
    },
    /// Version 3: no interval at all (V3-58).
    IntervalZero,
    /// A wrong checksum.
    Checksum {
        /// Version, 2 or 3.
        version: u8,
    },
    /// A multicast packet for a unicast instance, or the reverse.
    Kind {
        /// The instance is unicast.
        wanted_unicast: bool,
    },
    /// We own the addresses and ignore others.
    Owner,
    /// The sender is no unicast peer of ours.
    NotPeer(IpAddr),
    /// The sender's packets must come with another TTL.
    PeerTtl {
        /// TTL found.
        ttl: u8,
        /// Least allowed.
        min: u8,
        /// Most allowed.
        max: u8,
    },
    /// Version 3: another interval than ours. The advert counts.
    IntervalDiffers {
        /// Ours.
        ours: Duration,
        /// Interval found.
        theirs: Duration,
    },
    /// Another number of addresses than ours. The advert counts.
    AddressCount {
        /// Ours.
        ours: usize,
        /// Number found.
        theirs: u8,
    },
    /// An address of ours is not in the advert. The advert counts.
    AddressMissing {
        /// The virtual router.
        vrid: u8,
        /// The address of ours that is not in the advert.
        address: IpAddr,
    },
}

impl Rejection {
    /// Whether the advert counts all the same.
    pub fn is_reservation(&self) -> bool {
        matches!(
            self,
            Self::IntervalDiffers { .. }
                | Self::AddressCount { .. }
                | Self::AddressMissing { .. }
                | Self::SignatureSkewed { .. }
        )
    }

    /// When it is logged.
    pub(crate) fn detail(&self) -> Detail {
        if matches!(self, Self::IntervalDiffers { .. }) {
            // Learning it is told as well.
            Detail::Detail
        } else if matches!(self, Self::Owner) {
            // Configured so.
            Detail::Extra
        } else {
            Detail::Always
        }
    }

    /// A bit for each kind, by which a kind is told only once.
    pub(crate) fn bit(&self) -> u32 {
        let number = match self {
            Self::Length { .. } => 1,
            Self::Ttl(_) => 2,
            Self::Version { .. } => 3,
            Self::AuthTypeUnknown(_) => 4,
            Self::AuthTypeMismatch { .. } => 5,
            Self::Password => 6,
            Self::Interval { .. } => 7,
            Self::Type(_) => 8,
            Self::TotalLength { .. } => 9,
            Self::IntervalZero => 10,
            Self::Checksum { .. } => 11,
            Self::Kind { .. } => 12,
            Self::Owner => 13,
            Self::NotPeer(_) => 14,
            Self::PeerTtl { .. } => 15,
            Self::IntervalDiffers { .. } => 16,
            Self::AddressCount { .. } => 17,
            Self::AddressMissing { .. } => 18,
            Self::Spi { .. } => 19,
            Self::Digest => 20,
            Self::Replayed { .. } => 21,
            Self::Unsigned => 22,
            Self::SignatureKey(_) => 23,
            Self::Signature => 24,
            Self::SignatureStale { .. } => 25,
            Self::SignatureReplayed => 26,
            Self::SignatureSkewed { .. } => 27,
            Self::SignatureBehind { .. } => 28,
        };
        1 << number
    }
}

impl fmt::Display for Rejection {
    #[expect(
        clippy::too_many_lines,
        reason = "a table: one line of log for each kind"
    )]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { length, wanted } => {
                let size = if length < wanted { "short" } else { "long" };
                write!(
                    f,
                    "vrrp packet too {size}, length {length} and expect {wanted}"
                )
            }
            Self::Ttl(ttl) => write!(f, "invalid TTL/HL. Received {ttl} and expect 255"),
            Self::Version { found, wanted } => {
                write!(f, "wrong version. Received {found} and expect {wanted}")
            }
            Self::AuthTypeUnknown(kind) => write!(f, "Invalid auth type: {kind}"),
            Self::AuthTypeMismatch { found, wanted } => {
                write!(f, "received a {found} auth, expecting {wanted}!")
            }
            Self::Password => f.write_str("received an invalid passwd!"),
            Self::Spi { found, wanted } => write!(
                f,
                "IPSEC AH : invalid IPSEC SPI value. {found} and expect {wanted}"
            ),
            Self::Digest => f.write_str(
                "IPSEC-AH : invalid IPSEC HMAC-MD5 value. Due to fields mutation or bad password !",
            ),
            Self::Replayed { number, last } => write!(
                f,
                "IPSEC-AH : sequence number {number} already processed. Packet dropped. Local({last})"
            ),
            Self::Unsigned => f.write_str("auth_hmac: the advert is not signed"),
            Self::SignatureKey(key) => write!(f, "auth_hmac: unknown key {key}"),
            Self::Signature => f.write_str("auth_hmac: wrong signature"),
            Self::SignatureStale { seconds } => write!(
                f,
                "auth_hmac: stale advert, its time is {seconds} seconds ahead of ours"
            ),
            Self::SignatureReplayed => f.write_str("auth_hmac: advert already processed"),
            Self::SignatureBehind { sender, seconds } => write!(
                f,
                "auth_hmac: advert already processed: {sender} signs with a time {seconds} seconds before that of its last one. If its clock was set back before it was started again, it is not heard until its clock has caught up: correct its clock; otherwise somebody repeats old adverts"
            ),
            Self::SignatureSkewed { seconds } => write!(
                f,
                "auth_hmac: clocks are apart, theirs is {seconds} seconds ahead of ours"
            ),
            Self::Interval { ours, theirs } => write!(
                f,
                "advertisement interval mismatch mine={ours} sec rcv'd={theirs} sec"
            ),
            Self::Type(kind) => write!(f, "Invalid packet type. {kind} and expect 1"),
            Self::TotalLength { header, length } => write!(
                f,
                "ip_tot_len mismatch against received length. {header} and received {length}"
            ),
            Self::IntervalZero => f.write_str("advertisement interval 0 is forbidden"),
            Self::Checksum { version } => write!(f, "Invalid VRRPv{version} checksum"),
            Self::Kind { wanted_unicast } => {
                let (wanted, found) = if *wanted_unicast {
                    ("un", "mult")
                } else {
                    ("mult", "un")
                };
                write!(
                    f,
                    "Expected {wanted}icast packet but received {found}icast packet"
                )
            }
            Self::Owner => f.write_str("ignoring advert since we are the address owner"),
            Self::NotPeer(sender) => {
                write!(f, "unicast source address {sender} not a unicast peer")
            }
            Self::PeerTtl { ttl, min, max } => {
                write!(f, "TTL/HL {ttl} not in range {min} - {max}")
            }
            Self::IntervalDiffers { ours, theirs } => write!(
                f,
                "advertisement interval changed: mine={} milli-sec, rcv'd={} milli-sec",
                ours.as_millis(),
                theirs.as_millis()
            ),
            Self::AddressCount { ours, theirs } => {
                write!(f, "expected {ours} VIPs but received {theirs}")
            }
            Self::AddressMissing { vrid, address } => write!(
                f,
                "ip address associated with VRID {vrid} not present in MASTER advert: {address}"
            ),
        }
    }
}
