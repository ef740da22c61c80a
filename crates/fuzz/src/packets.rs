//! Bytes from the network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use vipd_config::files::MemoryFiles;
use vipd_config::model::Family;
use vipd_config::reader::Environment;
use vipd_config::{Host, load};
use vipd_engine::input::{Interface, PacketMeta};
use vipd_engine::vrrp::Router;
use vipd_engine::wire::advert::{Advert, Body, Cover, Header};
use vipd_engine::wire::{ah, arp, hmac, ipv4, ndisc};
use vipd_engine::{Effect, Input, Instant};

/// Effects that one packet may have at most: some for each instance and address.
const EFFECTS_MAX: usize = 200;

/// Instances of every kind of packet.
pub(crate) const INSTANCES: &str = include_str!("instances.conf");

/// What is read is written the same, where the message leaves no choice.
pub(crate) fn advert(bytes: &[u8]) {
    for family in [Family::V4, Family::V6] {
        let Ok(advert) = Advert::parse(family, bytes) else {
            continue;
        };
        let header = Header::parse(bytes).expect_header();
        assert_eq!(header.message_bytes(family), bytes.len());
        assert_eq!(usize::from(header.count), advert.addresses.len());
        let mut written = Vec::new();
        advert.emit(Cover::Message, &mut written);
        if family == Family::V6 && matches!(advert.body, Body::V2 { .. }) {
            continue;
        }
        assert_eq!(written.len(), bytes.len());
        assert_eq!(
            Cover::Message.sum(&written),
            0,
            "a wrong checksum is written"
        );
        assert_eq!(
            Advert::parse(family, &written).ok(),
            Some(advert),
            "what was written is read differently"
        );
    }
}

/// `Header` of a message that was read.
trait ExpectHeader {
    fn expect_header(self) -> Header;
}

impl ExpectHeader for Option<Header> {
    fn expect_header(self) -> Header {
        match self {
            Some(header) => header,
            None => panic!("a message was read that has no header"),
        }
    }
}

/// IP header, authentication header, HMAC trailer.
pub(crate) fn authentication(bytes: &[u8]) {
    let (key, rest) = bytes.split_first_chunk().unwrap_or((&[0; 8], bytes));
    if let Some(ip) = ipv4::parse(rest) {
        assert!(ip.header_bytes <= rest.len());
        let after = &rest[ip.header_bytes..];
        let known = ah::parse(after);
        for is_unicast in [false, true] {
            let icv = ah::icv(*key, is_unicast, rest, ip.header_bytes);
            assert!(
                known.is_none() || icv.is_some(),
                "no value for a whole header"
            );
            let mut signed = rest.to_vec();
            ah::sign(*key, is_unicast, &mut signed, ip.header_bytes);
            if let (Some(_), Some(header)) = (known, ah::parse(&signed[ip.header_bytes..])) {
                assert!(icv.is_some_and(|icv| ah::same(&icv, &header.icv)));
            }
        }
    }
    for source in [IpAddr::V4(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()] {
        let (message, trailer) = rest.split_at(rest.len().saturating_sub(hmac::TRAILER_BYTES));
        let known = hmac::Trailer::parse(trailer);
        let _ = hmac::is_right(key, source, message, trailer);
        // What is too short for a header is not signed.
        if let Some(trailer) = known.filter(|_| Header::parse(message).is_some()) {
            let mut signed = message.to_vec();
            hmac::sign(key, trailer, source, &mut signed);
            let end = &signed[message.len()..];
            assert_eq!(hmac::Trailer::parse(end), known);
            assert!(hmac::is_right(key, source, message, end));
        }
    }
}

/// Packets to running instances: each has its length in two bytes before it, and a byte that says
/// where and how it arrives.
pub(crate) fn receive(bytes: &[u8]) {
    let mut router = running();
    let mut now = Instant(2_000_000_000);
    let sockets = router.sockets();
    let mut rest = bytes;
    while let Some(([kind, high, low], after)) = rest.split_first_chunk() {
        let length = usize::from(u16::from_be_bytes([*high, *low])).min(after.len());
        let (packet, after) = after.split_at(length);
        rest = after;
        let Some(socket) = sockets.get(usize::from(*kind) % sockets.len().max(1)) else {
            return;
        };
        let source = match socket.family {
            Family::V4 => IpAddr::V4(
                ipv4::parse(packet).map_or(Ipv4Addr::new(10, 0, 0, 9), |header| header.source),
            ),
            Family::V6 => IpAddr::V6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, u16::from(*kind))),
        };
        let input = Input::Packet {
            socket: socket.id,
            meta: PacketMeta {
                source,
                destination: (kind & 0x40 != 0).then_some(socket.group).flatten(),
                ttl: (kind & 0x80 == 0).then_some(255),
            },
            bytes: packet.into(),
        };
        now.0 += 10_000_000 * u64::from(*kind);
        step(&mut router, now, input);
        step(&mut router, now, Input::Tick);
    }
}

/// Lets the engine take an input; bounded in what it does.
pub(crate) fn step(router: &mut Router, now: Instant, input: Input<'_>) {
    let mut effects: Vec<Effect> = Vec::new();
    router.handle(now, input, &mut effects);
    assert!(effects.len() <= EFFECTS_MAX, "{} effects", effects.len());
    if let Some((at, timer)) = router.deadline() {
        assert!(at.0 > 0, "{timer:?} at no time");
    }
}

/// An engine with instances of every kind.
pub(crate) fn running() -> Router {
    let mut router = configured();
    step(
        &mut router,
        Instant(1),
        Input::Start {
            restored: Vec::new(),
        },
    );
    router
}

/// The same before its start.
pub(crate) fn configured() -> Router {
    let files = MemoryFiles::single("/k.conf", INSTANCES);
    let environment = Environment::default();
    let loaded = load(&files, "/k.conf", &environment, &Host::unknown("a"));
    assert_eq!(loaded.starts(), Ok(()), "{:?}", loaded.diagnostics);
    let mut router = Router::new(&loaded.config);
    let interface = Interface {
        name: "eth0".to_owned(),
        index: 1,
        is_up: true,
        arps: true,
        multicasts: true,
        mtu_bytes: 1500,
        mac: vec![2, 0, 0, 0, 0, 1],
        ipv4: vec![(Ipv4Addr::new(10, 0, 0, 1), 24)],
        ipv6: vec![(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1), 64)],
    };
    step(
        &mut router,
        Instant(0),
        Input::WallClock {
            nanos_ahead: 1_700_000_000_000_000_000,
        },
    );
    step(&mut router, Instant(0), Input::Interface(interface));
    router
}

/// Frames of our own for any address, and the IPv4 header, read back.
pub(crate) fn frames(bytes: &[u8]) {
    let mut bytes = bytes.iter().copied().chain(std::iter::repeat(0));
    let mut mac = [0; 6];
    mac.fill_with(|| bytes.next().unwrap_or(0));
    let mut address = [0; 16];
    address.fill_with(|| bytes.next().unwrap_or(0));
    let frame = ndisc::unsolicited_advertisement(mac, address.into(), mac[5] & 1 == 1);
    assert_eq!(frame[6..12], mac);
    assert_eq!(frame[22..38], address);
    let sum = vipd_engine::wire::Checksum::default()
        .with_pseudo_v6(
            address.into(),
            "ff02::1".parse().unwrap_or(Ipv6Addr::UNSPECIFIED),
            58,
            32,
        )
        .with(&frame[54..])
        .finish();
    assert_eq!(sum, 0, "a wrong checksum is written");
    let [
        source @ ..,
        _,
        _,
        _,
        _,
        _,
        _,
        _,
        _,
        ttl,
        protocol,
        high,
        low,
    ] = address;
    let destination = u32::from_be_bytes(source).reverse_bits();
    let frame = arp::gratuitous_request(mac, source.into());
    assert_eq!(frame[28..32], source);
    let header = ipv4::Header {
        header_bytes: ipv4::HEADER_BYTES,
        total_bytes: u16::from_be_bytes([high, low]),
        ttl,
        protocol,
        source: source.into(),
        destination: destination.into(),
    };
    let mut written = Vec::new();
    ipv4::emit(&header, u16::from_be_bytes([mac[0], mac[1]]), &mut written);
    assert_eq!(ipv4::parse(&written), Some(header));
    let sum = vipd_engine::wire::Checksum::default()
        .with(&written)
        .finish();
    assert_eq!(sum, 0, "a wrong checksum is written");
}
