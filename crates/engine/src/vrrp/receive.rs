//! The receive checks, in keepalived's order (section 5 of the behaviour list, V2-50 to V2-61,
//! V3-50 to V3-61). A packet wrong in two ways is counted by the first check only.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use vipd_config::model::{AuthKind, Family, OldChecksum, Transport, Version};

use super::counters::Counters;
use super::rejection::Rejection;
use super::sequence::Sequence;
use super::settings::{OWNER, Settings};
use super::signing::Signing;
use crate::effect::Placed;
use crate::input::PacketMeta;
use crate::wire::advert::{AUTH_BYTES, Cover, Header, each_address};
use crate::wire::{PROTOCOL_AH, ah, hmac, ipv4};

/// Shortest payload of an Ethernet frame: shorter packets come padded.
const ETHERNET_LEAST_BYTES: usize = 46;

/// A packet taken apart far enough to know whose it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Packet<'a> {
    pub(crate) source: IpAddr,
    destination: Option<IpAddr>,
    ttl: Option<u8>,
    /// The IPv4 header.
    pub(super) ip: Option<ipv4::Header>,
    /// The authentication header.
    pub(super) ah: Option<ah::Header>,
    pub(crate) header: Header,
    /// All that came.
    pub(super) whole: &'a [u8],
    /// From the VRRP header on.
    pub(super) message: &'a [u8],
    /// Length of all that came.
    received: usize,
}

impl<'a> Packet<'a> {
    /// Takes a packet apart. `None` when it has not even the headers.
    pub(crate) fn read(meta: &PacketMeta, bytes: &'a [u8]) -> Option<Self> {
        let received = bytes.len();
        if meta.source.is_ipv6() {
            return Some(Self {
                source: meta.source,
                destination: meta.destination,
                ttl: meta.ttl,
                ip: None,
                ah: None,
                whole: bytes,
                header: Header::parse(bytes)?,
                message: bytes,
                received,
            });
        }
        let ip = ipv4::parse(bytes)?;
        let payload = bytes.get(ip.header_bytes..)?;
        let (ah, message) = if ip.protocol == PROTOCOL_AH {
            let ah = ah::parse(payload)?;
            (Some(ah), payload.get(ah::HEADER_BYTES..)?)
        } else {
            (None, payload)
        };
        Some(Self {
            source: IpAddr::V4(ip.source),
            destination: Some(IpAddr::V4(ip.destination)),
            ttl: Some(ip.ttl),
            ip: Some(ip),
            ah,
            whole: bytes,
            header: Header::parse(message)?,
            message,
            received,
        })
    }
}

/// An advert that passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Heard {
    pub(crate) source: IpAddr,
    pub(crate) priority: u8,
    /// The sender's interval; version 2: ours, since others are dropped.
    pub(crate) interval: Duration,
}

/// What the checks found.
#[derive(Clone, Debug)]
pub(crate) struct Findings {
    /// The advert, when it passed.
    pub(crate) heard: Option<Heard>,
    /// Why not, and reservations.
    pub(crate) reasons: Vec<Rejection>,
    /// The sender is a unicast peer with the old kind of checksum (V3-7).
    pub(crate) old_checksum: bool,
}

/// What the checks must know of an instance besides its settings.
#[derive(Debug)]
pub(crate) struct Receiver<'a> {
    pub(crate) settings: &'a Settings,
    /// Effective priority.
    pub(crate) priority: u8,
    /// Interval that a version 3 advert is compared with.
    pub(crate) interval: Duration,
    /// Sender of the last accepted advert.
    pub(crate) last_sender: Option<IpAddr>,
    /// Numbers of authenticated adverts.
    pub(crate) sequence: &'a mut Sequence,
    /// Stamps of signed adverts.
    pub(crate) signing: &'a mut Signing,
    /// The wall clock as a stamp.
    pub(crate) wall: u64,
}

impl Receiver<'_> {
    /// All checks, and the counters they move.
    pub(crate) fn check(&mut self, packet: &Packet<'_>, counters: &mut Counters) -> Findings {
        let mut findings = Findings {
            heard: None,
            reasons: Vec::new(),
            old_checksum: false,
        };
        if self.settings.hmac.is_some() && !self.is_signed(packet) {
            // Also where it is allowed: a step on the way to enforcing it.
            counters.hmac_missing += 1;
        }
        if let Err(reason) = self.pass(packet, &mut findings) {
            findings.reasons.push(reason);
        } else {
            counters.advert_rcvd += 1;
            if packet.header.priority == 0 {
                counters.pri_zero_rcvd += 1;
            }
            findings.heard = Some(Heard {
                source: packet.source,
                priority: packet.header.priority,
                interval: match self.settings.version {
                    Version::V2 => self.settings.interval,
                    Version::V3 => sent_interval(&packet.header),
                },
            });
        }
        for reason in &findings.reasons {
            count(*reason, counters);
        }
        findings
    }

    fn pass(&mut self, packet: &Packet<'_>, findings: &mut Findings) -> Result<(), Rejection> {
        self.check_length(packet)?;
        self.check_ttl(packet)?;
        self.check_version(packet)?;
        self.check_signature(packet, findings)?;
        if self.settings.version == Version::V2 {
            self.check_authentication(packet)?;
            if let Some(key) = self.settings.ah_key() {
                self.check_ah(key, packet)?;
            }
            self.check_seconds(packet)?;
        }
        check_type(packet)?;
        self.check_total_length(packet)?;
        if self.settings.version == Version::V3 {
            self.check_interval(packet, findings)?;
        }
        self.check_sum(packet, findings)?;
        self.check_kind(packet)?;
        if self.settings.owner_ignore_adverts && self.priority == OWNER {
            return Err(Rejection::Owner);
        }
        self.check_addresses(packet, findings);
        self.check_peer(packet)
    }

    /// Length the message must have.
    pub(super) fn wanted_bytes(&self, packet: &Packet<'_>) -> usize {
        packet.header.message_bytes(self.settings.family)
    }

    /// V2-52, V3-53. What Ethernet pads a short packet with is no error.
    fn check_length(&self, packet: &Packet<'_>) -> Result<(), Rejection> {
        let ip_bytes = packet.received - packet.message.len();
        let length = packet.received;
        let wanted = ip_bytes + self.wanted_bytes(packet);
        let padded = length > wanted && length <= ETHERNET_LEAST_BYTES;
        if length == wanted || padded || self.is_signed(packet) {
            Ok(())
        } else {
            Err(Rejection::Length { length, wanted })
        }
    }

    /// V2-50, V3-50: only multicast has to come from the same link.
    fn check_ttl(&self, packet: &Packet<'_>) -> Result<(), Rejection> {
        match packet.ttl {
            Some(ttl) if ttl != 255 && !self.settings.is_unicast() => Err(Rejection::Ttl(ttl)),
            _ => Ok(()),
        }
    }

    /// V2-51, V3-51, X-4.
    fn check_version(&self, packet: &Packet<'_>) -> Result<(), Rejection> {
        let (found, wanted) = (packet.header.version, number(self.settings.version));
        if found == wanted {
            Ok(())
        } else {
            Err(Rejection::Version { found, wanted })
        }
    }

    /// V2-10, V2-12, V2-55. The data of type 0 does not count (V2-11).
    fn check_authentication(&self, packet: &Packet<'_>) -> Result<(), Rejection> {
        let found = packet.header.auth_type();
        if found > 2 {
            return Err(Rejection::AuthTypeUnknown(found));
        }
        let wanted = auth_type(self.settings);
        if found != wanted {
            return Err(Rejection::AuthTypeMismatch { found, wanted });
        }
        match self.settings.authentication {
            Some(auth) if auth.kind == AuthKind::Pass && self.settings.family == Family::V4 => {
                let end = self.wanted_bytes(packet);
                let data = packet.message.get(end - AUTH_BYTES..end);
                if data == Some(auth.key.as_slice()) {
                    Ok(())
                } else {
                    Err(Rejection::Password)
                }
            }
            _ => Ok(()),
        }
    }

    /// V2-57: two routers of different intervals would both become master.
    fn check_seconds(&self, packet: &Packet<'_>) -> Result<(), Rejection> {
        let (ours, theirs) = (self.settings.interval.as_secs(), packet.header.seconds());
        if u64::from(theirs) == ours {
            Ok(())
        } else {
            Err(Rejection::Interval { ours, theirs })
        }
    }

    fn check_total_length(&self, packet: &Packet<'_>) -> Result<(), Rejection> {
        let Some(ip) = packet.ip else {
            return Ok(());
        };
        let ah = packet.ah.map_or(0, |_| ah::HEADER_BYTES);
        let trailer = if self.is_signed(packet) {
            hmac::TRAILER_BYTES
        } else {
            0
        };
        let needed = ip.header_bytes + ah + self.wanted_bytes(packet) + trailer;
        if usize::from(ip.total_bytes) >= needed {
            Ok(())
        } else {
            Err(Rejection::TotalLength {
                header: ip.total_bytes,
                length: packet.received,
            })
        }
    }

    /// V3-60: a difference is told and counted only. V3-58: no interval at all is refused,
    /// since learning it would leave no down time.
    fn check_interval(
        &self,
        packet: &Packet<'_>,
        findings: &mut Findings,
    ) -> Result<(), Rejection> {
        let theirs = sent_interval(&packet.header);
        if theirs.is_zero() {
            return Err(Rejection::IntervalZero);
        }
        if theirs != self.interval {
            findings.reasons.push(Rejection::IntervalDiffers {
                ours: self.interval,
                theirs,
            });
        }
        Ok(())
    }

    /// V2-53, V3-54, V3-6, V3-7. The kernel has checked that of IPv6.
    fn check_sum(&self, packet: &Packet<'_>, findings: &mut Findings) -> Result<(), Rejection> {
        let Some(ip) = packet.ip else {
            return Ok(());
        };
        let version = packet.header.version;
        let message = packet.message.get(..self.wanted_bytes(packet));
        let message = message.unwrap_or(packet.message);
        if self.settings.version == Version::V2 {
            return right(Cover::Message.sum(message) == 0, version);
        }
        // With v3_checksum_as_v2 keepalived refuses none.
        if self.settings.v3_checksum_as_v2 {
            return Ok(());
        }
        let cover = |destination| Cover::PseudoV4 {
            source: ip.source,
            destination,
        };
        if cover(ip.destination).sum(message) == 0 {
            return Ok(());
        }
        let old = self.settings.is_unicast()
            && self.settings.old_checksum != OldChecksum::Never
            && cover(Ipv4Addr::new(224, 0, 0, 18)).sum(message) == 0;
        findings.old_checksum = old;
        right(old, version)
    }

    fn check_kind(&self, packet: &Packet<'_>) -> Result<(), Rejection> {
        let wanted_unicast = self.settings.is_unicast();
        match packet.destination {
            Some(to) if to.is_multicast() == wanted_unicast => {
                Err(Rejection::Kind { wanted_unicast })
            }
            _ => Ok(()),
        }
    }

    /// V2-56, V3-61: as keepalived, only told and counted.
    fn check_addresses(&self, packet: &Packet<'_>, findings: &mut Findings) {
        if self.settings.skip_check_adv_addr && self.last_sender == Some(packet.source) {
            return;
        }
        let (ours, theirs) = (&self.settings.addresses, packet.header.count);
        if ours.len() != usize::from(theirs) {
            findings.reasons.push(Rejection::AddressCount {
                ours: ours.len(),
                theirs,
            });
            return;
        }
        // Both lists are nearly always in the same order: one look each.
        let sent = || each_address(self.settings.family, theirs, packet.message);
        let differs = |(ours, theirs): (&Placed, IpAddr)| ours.address.address != theirs;
        if !ours.iter().zip(sent()).any(differs) {
            return;
        }
        let sent: BTreeSet<IpAddr> = sent().collect();
        let addresses = ours.iter().map(|placed| placed.address.address);
        if let Some(address) = addresses.clone().find(|address| !sent.contains(address)) {
            let vrid = self.settings.vrid;
            findings
                .reasons
                .push(Rejection::AddressMissing { vrid, address });
        }
    }

    /// U-1, U-2.
    fn check_peer(&self, packet: &Packet<'_>) -> Result<(), Rejection> {
        let Transport::Unicast {
            peers,
            check_source,
            ..
        } = &self.settings.transport
        else {
            return Ok(());
        };
        let peer = peers.iter().find(|peer| peer.address == packet.source);
        let Some(peer) = peer else {
            return if *check_source {
                Err(Rejection::NotPeer(packet.source))
            } else {
                Ok(())
            };
        };
        let (min, max) = (peer.min_ttl.unwrap_or(0), peer.max_ttl.unwrap_or(255));
        match packet.ttl {
            Some(ttl) if !(min..=max).contains(&ttl) => Err(Rejection::PeerTtl { ttl, min, max }),
            _ => Ok(()),
        }
    }
}

/// V2-58, V3-52.
fn check_type(packet: &Packet<'_>) -> Result<(), Rejection> {
    match packet.header.kind {
        crate::wire::advert::TYPE_ADVERTISEMENT => Ok(()),
        kind => Err(Rejection::Type(kind)),
    }
}

fn right(is_right: bool, version: u8) -> Result<(), Rejection> {
    if is_right {
        Ok(())
    } else {
        Err(Rejection::Checksum { version })
    }
}

/// A version as the packet has it.
pub(crate) fn number(version: Version) -> u8 {
    match version {
        Version::V2 => 2,
        Version::V3 => 3,
    }
}

/// Authentication type of an instance as the packet has it.
pub(crate) fn auth_type(settings: &Settings) -> u8 {
    match settings.authentication {
        None => 0,
        Some(auth) => match auth.kind {
            AuthKind::Pass => 1,
            AuthKind::Ah => 2,
        },
    }
}

/// The interval in a version 3 advert.
fn sent_interval(header: &Header) -> Duration {
    Duration::from_millis(u64::from(header.centiseconds()) * 10)
}

/// Moves the counters of a verdict.
fn count(reason: Rejection, counters: &mut Counters) {
    count_signature(reason, counters);
    let counter = match reason {
        Rejection::Length { .. } | Rejection::TotalLength { .. } => &mut counters.packet_len_err,
        Rejection::Ttl(_) => &mut counters.ip_ttl_err,
        Rejection::Version { .. } => &mut counters.version_err,
        Rejection::AuthTypeUnknown(_) => &mut counters.invalid_authtype,
        Rejection::AuthTypeMismatch { .. } => &mut counters.authtype_mismatch,
        Rejection::Password
        | Rejection::Spi { .. }
        | Rejection::Digest
        | Rejection::Replayed { .. }
        | Rejection::Unsigned
        | Rejection::SignatureKey(_)
        | Rejection::Signature
        | Rejection::SignatureStale { .. }
        | Rejection::SignatureReplayed
        | Rejection::SignatureBehind { .. } => &mut counters.auth_failure,
        Rejection::Interval { .. }
        | Rejection::IntervalZero
        | Rejection::IntervalDiffers { .. } => &mut counters.advert_interval_err,
        Rejection::Type(_) => &mut counters.invalid_type_rcvd,
        Rejection::Checksum { .. } => &mut counters.checksum_err,
        Rejection::Kind { .. }
        | Rejection::Owner
        | Rejection::NotPeer(_)
        | Rejection::PeerTtl { .. } => &mut counters.unwanted,
        Rejection::AddressCount { .. } | Rejection::AddressMissing { .. } => {
            &mut counters.addr_list_err
        }
        Rejection::SignatureSkewed { .. } => return,
    };
    *counter += 1;
}

/// What is counted of signatures, apart from `auth_failure`.
fn count_signature(reason: Rejection, counters: &mut Counters) {
    if matches!(reason, Rejection::Signature | Rejection::SignatureKey(_)) {
        counters.hmac_wrong += 1;
    } else if matches!(reason, Rejection::SignatureStale { .. }) {
        counters.hmac_stale += 1;
    } else if matches!(
        reason,
        Rejection::SignatureReplayed | Rejection::SignatureBehind { .. }
    ) {
        counters.hmac_replayed += 1;
    } else if matches!(reason, Rejection::SignatureSkewed { .. }) {
        counters.hmac_skewed += 1;
    }
}
