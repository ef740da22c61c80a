use std::path::PathBuf;

use proptest::prelude::*;

use super::*;

const SOURCE: Ipv4Addr = Ipv4Addr::new(192, 168, 0, 30);
const GROUP: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 18);

fn v2(auth_type: u8, auth_data: [u8; 8]) -> Advert {
    Advert {
        vrid: 1,
        priority: 100,
        body: Body::V2 {
            auth_type,
            seconds: 1,
            auth_data,
        },
        addresses: Addresses::V4(vec![Ipv4Addr::new(192, 168, 0, 1)]),
    }
}

fn v3() -> Advert {
    Advert {
        body: Body::V3 { centiseconds: 100 },
        ..v2(0, [0; 8])
    }
}

fn bytes(advert: &Advert, cover: Cover) -> Vec<u8> {
    let mut bytes = Vec::new();
    advert.emit(cover, &mut bytes);
    bytes
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .chars()
        .filter_map(|c| u8::try_from(c.to_digit(16)?).ok())
        .collect();
    digits
        .chunks(2)
        .map(|pair| pair[0] << 4 | pair[1])
        .collect()
}

/// V2-2, V2-3, V2-4.
#[test]
fn version_2_is_laid_out_and_summed_as_the_rfc_says() {
    let wanted = hex("2101 6401 0001 ba52 c0a80001 00000000 00000000");
    assert_eq!(bytes(&v2(0, [0; 8]), Cover::Message), wanted);
    let wanted = hex("2101 6401 0101 56f0 c0a80001 31313131 00000000");
    let advert = v2(1, *b"1111\0\0\0\0");
    assert_eq!(bytes(&advert, Cover::Message), wanted);
    assert_eq!(Advert::parse(Family::V4, &wanted), Ok(advert));
}

/// V3-2, V3-6: with and without the pseudo header.
#[test]
fn version_3_is_summed_both_ways() {
    let pseudo = Cover::PseudoV4 {
        source: SOURCE,
        destination: GROUP,
    };
    assert_eq!(bytes(&v3(), pseudo), hex("3101 6401 0064 089a c0a80001"));
    let message = bytes(&v3(), Cover::Message);
    assert_eq!(message, hex("3101 6401 0064 a9ef c0a80001"));
    assert_eq!(pseudo.sum(&hex("3101 6401 0064 089a c0a80001")), 0);
    assert_ne!(pseudo.sum(&message), 0);
    let recorded = hex("312c bf02 03e8 b3c6 0a042c64 0a042cc8");
    let cover = Cover::PseudoV4 {
        source: Ipv4Addr::new(10, 0, 0, 91),
        destination: GROUP,
    };
    assert_eq!(cover.sum(&recorded), 0);
}

/// V3-5, and V2-60: version 2 over IPv6 has no authentication data.
#[test]
fn ipv6_messages_round_trip() {
    let cover = Cover::PseudoV6 {
        source: "fe80::1".parse().unwrap(),
        destination: "ff02::12".parse().unwrap(),
    };
    let addresses = ["fe80::100", "2001:db8::100"].map(|a| a.parse().unwrap());
    for body in [
        Body::V3 { centiseconds: 4095 },
        Body::V2 {
            auth_type: 0,
            seconds: 1,
            auth_data: [0; 8],
        },
    ] {
        let advert = Advert {
            body,
            addresses: Addresses::V6(addresses.into()),
            ..v3()
        };
        let message = bytes(&advert, cover);
        assert_eq!(message.len(), 40);
        assert_eq!(cover.sum(&message), 0);
        assert_eq!(Advert::parse(Family::V6, &message), Ok(advert));
    }
}

/// V3-2, V3-3: the reserved bits are 0 when sent and ignored when received.
#[test]
fn reserved_bits_do_not_count() {
    let mut message = bytes(&v3(), Cover::Message);
    message[4] |= 0xf0;
    assert_eq!(Advert::parse(Family::V4, &message), Ok(v3()));
}

#[test]
fn wrong_lengths_and_versions_are_named() {
    let message = bytes(&v3(), Cover::Message);
    assert_eq!(
        Advert::parse(Family::V4, &message[..7]),
        Err(Malformed::NoHeader { length: 7 })
    );
    assert_eq!(
        Advert::parse(Family::V4, &message[..11]),
        Err(Malformed::Length {
            length: 11,
            wanted: 12
        })
    );
    let mut other = message;
    other[0] = 0x41;
    assert_eq!(
        Advert::parse(Family::V4, &other),
        Err(Malformed::Version(4))
    );
}

/// VRRP messages over IPv4 and IPv6 of a recorded file, with source and destination.
fn recorded(name: &str) -> Option<Vec<(IpAddr, IpAddr, Vec<u8>)>> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let file = std::fs::read(root.join("../../../shared/captures").join(name)).ok()?;
    let word = |at: usize| {
        let bytes: [u8; 4] = file[at..at + 4].try_into().unwrap();
        if file[0] == 0xd4 {
            u32::from_le_bytes(bytes)
        } else {
            u32::from_be_bytes(bytes)
        }
    };
    assert_eq!(word(20), 1, "{name}: Ethernet");
    let mut at = 24;
    let mut found = Vec::new();
    while at + 16 <= file.len() {
        let length = word(at + 8) as usize;
        let frame = &file[at + 16..at + 16 + length];
        at += 16 + length;
        found.extend(message_of(frame));
    }
    Some(found)
}

fn message_of(frame: &[u8]) -> Option<(IpAddr, IpAddr, Vec<u8>)> {
    match frame.get(12..14)? {
        [0x08, 0x00] => {
            let packet = &frame[14..];
            let header = crate::wire::ipv4::parse(packet)?;
            let end = usize::from(header.total_bytes).min(packet.len());
            let message = packet.get(header.header_bytes..end)?;
            (header.protocol == PROTOCOL_VRRP).then(|| {
                (
                    header.source.into(),
                    header.destination.into(),
                    message.to_vec(),
                )
            })
        }
        [0x86, 0xdd] => {
            let packet = frame.get(14..)?;
            let address = |at: usize| -> Option<IpAddr> {
                let octets: [u8; 16] = packet.get(at..at + 16)?.try_into().ok()?;
                Some(octets.into())
            };
            let message = packet.get(40..)?.to_vec();
            (packet[6] == PROTOCOL_VRRP).then_some((address(8)?, address(24)?, message))
        }
        _ => None,
    }
}

/// Recorded packets of other implementations: read, checked, and written again unchanged.
#[test]
fn recorded_adverts_are_read_and_written_back() {
    for (name, wanted) in [
        ("tcpdump-vrrp.pcap", 100),
        ("pcpp-VRRP-V3-IPv4.pcap", 1),
        ("pcpp-VRRP-V3-IPv6.pcap", 1),
    ] {
        let Some(messages) = recorded(name) else {
            println!("{name} is not here: not looked at");
            continue;
        };
        let mut good = 0;
        for (source, destination, message) in messages {
            let family = if source.is_ipv4() {
                Family::V4
            } else {
                Family::V6
            };
            let advert = Advert::parse(family, &message).expect(name);
            let cover = match (advert.version(), source, destination) {
                (Version::V3, IpAddr::V4(source), IpAddr::V4(destination)) => Cover::PseudoV4 {
                    source,
                    destination,
                },
                (Version::V3, IpAddr::V6(source), IpAddr::V6(destination)) => Cover::PseudoV6 {
                    source,
                    destination,
                },
                _ => Cover::Message,
            };
            assert_eq!(cover.sum(&message), 0, "{name}: checksum");
            assert_eq!(bytes(&advert, cover), message, "{name}");
            good += 1;
        }
        assert!(good >= wanted, "{name}: {good} adverts");
    }
}

/// V2-3: the sample without authentication data is no version 2 advert.
#[test]
fn the_recorded_sample_without_authentication_data_is_refused() {
    let Some(messages) = recorded("pcpp-VRRP-V2.pcap") else {
        println!("pcpp-VRRP-V2.pcap is not here: not looked at");
        return;
    };
    for (_, _, message) in messages {
        let refused = Advert::parse(Family::V4, &message);
        assert!(matches!(refused, Err(Malformed::Length { .. })));
    }
}

prop_compose! {
    fn adverts()(
        vrid in any::<u8>(),
        priority in any::<u8>(),
        v2 in any::<bool>(),
        auth_type in any::<u8>(),
        seconds in any::<u8>(),
        auth_data in any::<[u8; 8]>(),
        centiseconds in 0_u16..4096,
        v6 in any::<bool>(),
        octets in proptest::collection::vec(any::<[u8; 16]>(), 0..256),
    ) -> Advert {
        let auth_data = if v6 { [0; 8] } else { auth_data };
        let body = if v2 {
            Body::V2 { auth_type, seconds, auth_data }
        } else {
            Body::V3 { centiseconds }
        };
        let short = |o: &[u8; 16]| Ipv4Addr::new(o[0], o[1], o[2], o[3]);
        let addresses = if v6 {
            Addresses::V6(octets.iter().map(|o| Ipv6Addr::from(*o)).collect())
        } else {
            Addresses::V4(octets.iter().map(short).collect())
        };
        Advert { vrid, priority, body, addresses }
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read(advert in adverts()) {
        let message = bytes(&advert, Cover::Message);
        prop_assert_eq!(Cover::Message.sum(&message), 0);
        prop_assert_eq!(Advert::parse(advert.addresses.family(), &message), Ok(advert));
    }

    #[test]
    fn any_bytes_are_answered(message in proptest::collection::vec(any::<u8>(), 0..1100)) {
        for family in [Family::V4, Family::V6] {
            if let Ok(advert) = Advert::parse(family, &message) {
                let count = advert.addresses.len();
                prop_assert_eq!(each_address(family, message[3], &message).count(), count);
            }
        }
    }
}
