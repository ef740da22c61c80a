//! Adverts going out.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use vipd_config::model::{AuthKind, Family, Transport, Version};

use super::instance::{Instance, Turn};
use super::receive::auth_type;
use super::settings::Settings;
use crate::Effect;
use crate::effect::Transmit;
use crate::wire::advert::{AUTH_BYTES, Addresses, Advert, Body, Cover};
use crate::wire::{Checksum, ah, hmac, ipv4};

/// Where the id and the checksum of an IPv4 header stand.
const IP_ID: std::ops::Range<usize> = 4..6;
const IP_CHECKSUM: std::ops::Range<usize> = 10..12;
/// Multicast group that old senders put into the checksum of unicast adverts (V3-7).
const GROUP_V4: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 18);

/// The last advert sent to the multicast group, to be sent again.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct LastAdvert {
    /// Priority in it; none when there is none.
    priority: Option<u8>,
    bytes: Vec<u8>,
}

impl LastAdvert {
    /// None yet, with room for the first one where it will be kept: what lives long is not to lie
    /// between what a takeover leaves behind.
    pub(super) fn none_yet(settings: &Settings) -> Self {
        let room = if settings.repeats_adverts() {
            settings.advert_bytes()
        } else {
            0
        };
        Self {
            priority: None,
            bytes: Vec::with_capacity(room),
        }
    }

    fn of(&mut self, priority: u8) -> Option<&mut Vec<u8>> {
        (self.priority == Some(priority)).then_some(&mut self.bytes)
    }

    fn keep(&mut self, priority: u8, bytes: &[u8]) {
        self.priority = Some(priority);
        self.bytes.clear();
        self.bytes.extend_from_slice(bytes);
    }

    /// It does not hold any more.
    pub(super) fn forget(&mut self) {
        self.priority = None;
    }
}

impl Instance {
    /// Sends an advert to the group or to every peer. All copies share one IPv4 id. False when
    /// there is no socket to send from.
    pub(super) fn send_advert(&mut self, priority: u8, turn: &mut Turn<'_>) -> bool {
        let (Some(socket), Some(source)) = (self.socket, self.source) else {
            return false;
        };
        if self.settings.ah_key().is_some() {
            let Some((_, saves)) = self.sequence.take() else {
                return false;
            };
            if saves {
                self.save(turn);
            }
        }
        if let Some((rules, _)) = self.settings.signs() {
            self.signing.take(turn.wall(), rules);
        }
        self.counters.advert_sent += 1;
        // V3-9: leaving.
        if priority == 0 {
            self.counters.pri_zero_sent += 1;
        }
        self.ip_id = self.ip_id.checked_add(1).unwrap_or(1);
        match &self.settings.transport {
            Transport::Multicast { group } => {
                let to = *group;
                let bytes = self.multicast_bytes(priority, source, to);
                turn.effects
                    .push(Effect::Send(Transmit { socket, to, bytes }));
            }
            Transport::Unicast { peers, .. } => {
                for peer in peers {
                    let to = peer.address;
                    let bytes = self.build(priority, source, to);
                    turn.effects
                        .push(Effect::Send(Transmit { socket, to, bytes }));
                }
            }
        }
        true
    }

    /// The advert to the group, TTL 255 (V2-1, V3-1): built once, then only its id changes.
    fn multicast_bytes(&mut self, priority: u8, source: IpAddr, to: IpAddr) -> Vec<u8> {
        if !self.settings.repeats_adverts() {
            return self.build(priority, source, to);
        }
        if let Some(bytes) = self.last_advert.of(priority) {
            if to.is_ipv4() {
                renew_id(bytes, self.ip_id);
            }
            return bytes.clone();
        }
        let bytes = self.build(priority, source, to);
        if priority != 0 {
            self.last_advert.keep(priority, &bytes);
        }
        bytes
    }

    /// The packet of one advert to one destination.
    fn build(&self, priority: u8, source: IpAddr, to: IpAddr) -> Vec<u8> {
        let advert = advert(&self.settings, priority);
        let mut bytes = Vec::new();
        match (source, to) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => {
                bytes = self.build_v4(&advert, source, destination);
            }
            (IpAddr::V6(source), IpAddr::V6(destination)) => {
                let cover = Cover::PseudoV6 {
                    source,
                    destination,
                };
                advert.emit(cover, &mut bytes);
                self.sign(source.into(), &mut bytes);
            }
            // The configuration has peers and addresses of one family only.
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => {}
        }
        bytes
    }

    /// Puts the signature of `auth_hmac` behind a message, with the stamp taken last.
    fn sign(&self, source: IpAddr, message: &mut Vec<u8>) {
        let Some((rules, secret)) = self.settings.signs() else {
            return;
        };
        let trailer = hmac::Trailer {
            key: rules.active_key,
            stamp: self.signing.last(),
        };
        hmac::sign(secret, trailer, source, message);
    }

    /// The packet over IPv4, with its header and the authentication header.
    fn build_v4(&self, advert: &Advert, source: Ipv4Addr, destination: Ipv4Addr) -> Vec<u8> {
        let mut message = Vec::new();
        advert.emit(self.cover(source, destination), &mut message);
        self.sign(source.into(), &mut message);
        let key = self.settings.ah_key();
        let ah = key.map_or(0, |_| ah::HEADER_BYTES);
        let length = ipv4::HEADER_BYTES + ah + message.len();
        let header = ipv4::Header {
            header_bytes: ipv4::HEADER_BYTES,
            total_bytes: u16::try_from(length).unwrap_or(u16::MAX),
            ttl: self.settings.hop_limit(),
            protocol: self.settings.protocol(),
            source,
            destination,
        };
        let mut bytes = Vec::with_capacity(length);
        ipv4::emit(&header, self.ip_id, &mut bytes);
        if let Some(key) = key {
            ah::emit(source, self.sequence.last(), &mut bytes);
            bytes.extend_from_slice(&message);
            let is_unicast = self.settings.is_unicast();
            ah::sign(key, is_unicast, &mut bytes, ipv4::HEADER_BYTES);
        } else {
            bytes.extend_from_slice(&message);
        }
        bytes
    }

    /// What the checksum over IPv4 covers (V2-4, V3-6).
    fn cover(&self, source: Ipv4Addr, destination: Ipv4Addr) -> Cover {
        if self.settings.version == Version::V2 || self.settings.v3_checksum_as_v2 {
            return Cover::Message;
        }
        Cover::PseudoV4 {
            source,
            destination: if self.old_checksum && self.settings.is_unicast() {
                GROUP_V4
            } else {
                destination
            },
        }
    }
}

/// The advert of an instance as a value. VIPs in configuration order.
fn advert(settings: &Settings, priority: u8) -> Advert {
    let addresses = settings.addresses.iter().map(|p| p.address.address);
    let addresses = match settings.family {
        Family::V4 => Addresses::V4(addresses.filter_map(only_v4).collect()),
        Family::V6 => Addresses::V6(addresses.filter_map(only_v6).collect()),
    };
    let body = match settings.version {
        Version::V2 => Body::V2 {
            auth_type: auth_type(settings),
            seconds: u8::try_from(settings.interval.as_secs()).unwrap_or(u8::MAX),
            auth_data: match settings.authentication {
                Some(auth) if auth.kind == AuthKind::Pass => auth.key,
                _ => [0; AUTH_BYTES],
            },
        },
        Version::V3 => Body::V3 {
            centiseconds: centiseconds(settings.interval),
        },
    };
    Advert {
        vrid: settings.vrid,
        priority,
        body,
        addresses,
    }
}

fn only_v4(address: IpAddr) -> Option<Ipv4Addr> {
    match address {
        IpAddr::V4(address) => Some(address),
        IpAddr::V6(_) => None,
    }
}

fn only_v6(address: IpAddr) -> Option<Ipv6Addr> {
    match address {
        IpAddr::V4(_) => None,
        IpAddr::V6(address) => Some(address),
    }
}

/// An interval as version 3 sends it: 1 to 4095.
fn centiseconds(interval: Duration) -> u16 {
    u16::try_from(interval.as_millis() / 10)
        .unwrap_or(4095)
        .clamp(1, 4095)
}

/// Gives a packet its next id, and its header the checksum that follows.
fn renew_id(packet: &mut [u8], id: u16) {
    let Some(header) = packet.get_mut(..ipv4::HEADER_BYTES) else {
        return;
    };
    header[IP_ID].copy_from_slice(&id.to_be_bytes());
    header[IP_CHECKSUM].fill(0);
    let sum = Checksum::default().with(header).finish();
    header[IP_CHECKSUM].copy_from_slice(&sum.to_be_bytes());
}
