//! Messages byte by byte, and what is made of the kernel's answers; no kernel needed.

use std::io;
use std::net::{IpAddr, Ipv4Addr};

use expect_test::{Expect, expect};
use netlink_packet_core::Emitable;
use proptest::prelude::*;

use super::attribute::Attribute;
use super::*;

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn web() -> ServiceKey {
    ServiceKey::Address {
        protocol: 6,
        address: ip("10.0.0.1"),
        port: 80,
    }
}

fn service(key: ServiceKey) -> Service {
    Service {
        key,
        scheduler: "wlc".into(),
        flags: ServiceFlags::PERSISTENT.with(ServiceFlags::SCHEDULER_1),
        timeout: 360,
        granularity: Granularity::single(key.is_v6()),
        engine: None,
    }
}

fn destination(forwarding: Forwarding) -> Destination {
    Destination {
        key: DestinationKey {
            address: ip("10.0.0.2"),
            port: 8080,
        },
        forwarding,
        weight: 3,
        upper_threshold: 100,
        lower_threshold: 50,
    }
}

/// A message in hexadecimal, an attribute of the first level per line.
fn bytes(operation: &Operation) -> String {
    let (command, attributes) = operation.encode();
    let mut message = message_of(message(0x1c, command, attributes));
    message.finalize();
    let mut all = vec![0; message.buffer_len()];
    message.serialize(&mut all);
    let mut lines = vec![format!("{} {}", hex(&all[..16]), hex(&all[16..20]))];
    for (kind, value) in crate::netlink::generic::nested(&all[20..]) {
        let inside: Vec<String> = if kind > 3 {
            vec![hex(value)]
        } else {
            crate::netlink::generic::nested(value)
                .map(|(kind, value)| format!("{kind}:{}", hex(value)))
                .collect()
        };
        lines.push(format!("{kind} {}", inside.join(" ")));
    }
    lines.push(String::new());
    lines.join("\n")
}

fn hex(bytes: &[u8]) -> String {
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.concat()
}

#[expect(clippy::needless_pass_by_value, reason = "as `expect!` gives it")]
fn check(operation: Operation, expected: Expect) {
    expected.assert_eq(&bytes(&operation));
}

#[test]
fn a_service_is_sent_with_all_that_belongs_to_it() {
    check(
        Operation::AddService(service(web())),
        expect![[r#"
        680000001c0000000000000000000000 01010000
        1 1:0200 2:0600 3:0a000001000000000000000000000000 4:0050 6:776c6300 7:09000000ffffffff 8:68010000 9:ffffffff
    "#]],
    );
    let v6 = ServiceKey::Address {
        protocol: 17,
        address: ip("fd00::1"),
        port: 53,
    };
    let sip = Service {
        engine: Some("sip".into()),
        granularity: Granularity::V6(64),
        ..service(v6)
    };
    check(
        Operation::EditService(sip),
        expect![[r#"
        700000001c0000000000000000000000 02010000
        1 1:0a00 2:1100 3:fd000000000000000000000000000001 4:0035 6:776c6300 11:73697000 7:09000000ffffffff 8:68010000 9:40000000
    "#]],
    );
    let mark = ServiceKey::Mark {
        mark: 7,
        is_v6: false,
    };
    let wide = Service {
        granularity: Granularity::V4(Ipv4Addr::new(255, 255, 255, 0)),
        ..service(mark)
    };
    check(
        Operation::AddService(wide),
        expect![[r#"
        4c0000001c0000000000000000000000 01010000
        1 1:0200 5:07000000 6:776c6300 7:09000000ffffffff 8:68010000 9:ffffff00
    "#]],
    );
    check(
        Operation::RemoveService(mark),
        expect![[r#"
        280000001c0000000000000000000000 03010000
        1 1:0200 5:07000000
    "#]],
    );
}

#[test]
fn a_destination_is_sent_with_its_service() {
    let nat = destination(Forwarding::Masquerade);
    check(
        Operation::AddDestination(web(), nat),
        expect![[r#"
        8c0000001c0000000000000000000000 05010000
        1 1:0200 2:0600 3:0a000001000000000000000000000000 4:0050
        2 11:0200 1:0a000002000000000000000000000000 2:1f90 3:00000000 4:03000000 5:64000000 6:32000000
    "#]],
    );
    let gue = destination(Forwarding::Tunnel(Tunnel {
        kind: TunnelKind::Gue,
        port: 6080,
        flags: 1,
    }));
    check(
        Operation::EditDestination(web(), gue),
        expect![[r#"
        a40000001c0000000000000000000000 06010000
        1 1:0200 2:0600 3:0a000001000000000000000000000000 4:0050
        2 11:0200 1:0a000002000000000000000000000000 2:1f90 3:02000000 4:03000000 5:64000000 6:32000000 13:01 14:17c0 15:0100
    "#]],
    );
    check(
        Operation::RemoveDestination(web(), nat.key),
        expect![[r#"
        6c0000001c0000000000000000000000 07010000
        1 1:0200 2:0600 3:0a000001000000000000000000000000 4:0050
        2 11:0200 1:0a000002000000000000000000000000 2:1f90
    "#]],
    );
}

#[test]
fn settings_of_the_whole_table() {
    let timeouts = Timeouts {
        tcp: 900,
        tcp_fin: 120,
        udp: 300,
    };
    check(
        Operation::SetTimeouts(timeouts),
        expect![[r#"
        2c0000001c0000000000000000000000 0c010000
        4 84030000
        5 78000000
        6 2c010000
    "#]],
    );
    let daemon = SyncDaemon {
        role: SyncRole::Master,
        interface: "eth0".into(),
        id: 51,
        max_length: 1400,
        group: Some(ip("224.0.0.81")),
        port: 8848,
        ttl: 1,
    };
    check(
        Operation::StartSync(daemon),
        expect![[r#"
        540000001c0000000000000000000000 09010000
        3 1:01000000 2:6574683000 3:33000000 4:7805 5:e0000051 7:9022 8:01
    "#]],
    );
    check(
        Operation::StopSync(SyncRole::Backup),
        expect![[r#"
        200000001c0000000000000000000000 0a010000
        3 1:02000000
    "#]],
    );
    check(
        Operation::Flush,
        expect![[r#"
        140000001c0000000000000000000000 11010000
    "#]],
    );
}

fn inside(attributes: &[Attribute]) -> Vec<u8> {
    let mut value = vec![0; attributes.buffer_len()];
    attributes.emit(&mut value);
    value
}

#[test]
fn what_is_sent_is_read_the_same() {
    let mark = ServiceKey::Mark {
        mark: 7,
        is_v6: true,
    };
    for key in [web(), mark] {
        let sent = service(key);
        let read = ListedService::parse(&inside(&sent.attributes())).unwrap();
        assert_eq!(read.service, sent);
    }
    let gre = Tunnel {
        kind: TunnelKind::Gre,
        port: 0,
        flags: 1,
    };
    for forwarding in [
        Forwarding::Masquerade,
        Forwarding::Local,
        Forwarding::Tunnel(gre),
        Forwarding::Route,
        Forwarding::Bypass,
    ] {
        let sent = destination(forwarding);
        let read = ListedDestination::parse(&inside(&sent.attributes()), true).unwrap();
        assert_eq!(read.destination, sent);
    }
}

#[test]
fn counters_may_be_narrow_or_wide() {
    let narrow = [
        attribute::u32_of(1, 7),
        attribute::u32_of(2, u32::MAX),
        Attribute::new(4, (1_u64 << 40).to_ne_bytes().to_vec()),
    ];
    let read = Statistics::parse(&inside(&narrow), statistics::Width::Mixed);
    assert_eq!((read.connections, read.bytes_in), (7, 1 << 40));
    assert_eq!(read.packets_in, u64::from(u32::MAX));
    let wide = [Attribute::new(1, (1_u64 << 33).to_ne_bytes().to_vec())];
    let read = Statistics::parse(&inside(&wide), statistics::Width::Wide);
    assert_eq!(read.connections, 1 << 33);
}

fn failure(code: i32) -> io::Result<()> {
    Err(io::Error::from_raw_os_error(code))
}

#[test]
fn what_failed_is_done_otherwise_unless_it_is_done_or_overtaken() {
    let new = destination(Forwarding::Route);
    let operations = [
        Operation::AddService(service(web())),
        Operation::AddDestination(web(), new),
        Operation::RemoveDestination(web(), new.key),
        Operation::StopSync(SyncRole::Master),
        Operation::Flush,
    ];
    let mut results = [
        failure(libc::EEXIST),
        failure(libc::EEXIST),
        failure(libc::ENOENT),
        failure(libc::ESRCH),
        failure(libc::EPERM),
    ];
    let (places, again) = operation::second_try(&operations, &mut results);
    assert_eq!(places, [0]);
    assert_eq!(again, [Operation::EditService(service(web()))]);
    let good: Vec<bool> = results.iter().map(Result::is_ok).collect();
    assert_eq!(good, [false, true, true, true, false]);
}

proptest! {
    #[test]
    fn any_answer_is_read_without_harm(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        ListedService::parse(&bytes);
        ListedDestination::parse(&bytes, false);
        SyncDaemon::parse(&bytes);
        Statistics::parse(&bytes, statistics::Width::Wide);
        Timeouts::parse(crate::netlink::generic::nested(&bytes));
    }
}
