//! The same file gives the same packets: adverts and announcements of vipd and of Debian's
//! keepalived compared byte by byte (V2-1, V2-5, V2-7, V3-1).

use vipd_lab::{Frame, Process};

use crate::Make::{Keepalived, Vipd};
use crate::stage::{PATIENCE, Stage, is_advert, message_at, stop};
use crate::{Make, node, start};

/// What a daemon says from its start to its end, without what must differ: the hardware address.
struct Said {
    adverts: Vec<Vec<u8>>,
    announcements: Vec<Vec<u8>>,
}

/// Plays one daemon alone: it becomes master, sends `adverts` adverts, is asked to stop.
fn play(make: Make, configuration: &str, adverts: usize) -> Said {
    let stage = Stage::new(&["10.9.0.9/24"]);
    let node = node(&stage, make, "node-a", "10.9.0.1/24");
    // A unicast peer that exists: its machine takes the packets, no daemon answers.
    let _peer = stage.bare_node("node-b", "eth0", "10.9.0.2/24");
    let capture = node.host.capture("eth0").expect("a capture");
    let daemon: Process = start(&node, make, configuration);
    let count = |frames: &[Frame]| frames.iter().filter(|frame| is_advert(frame)).count();
    let enough = std::cell::Cell::new(0);
    let reached = |frame: &Frame| {
        enough.set(enough.get() + usize::from(is_advert(frame)));
        enough.get() >= adverts
    };
    capture.await_frame(reached, PATIENCE).expect("adverts");
    stop(daemon);
    let last = |frame: &Frame| is_advert(frame) && frame.bytes[message_at(&frame.bytes) + 2] == 0;
    capture
        .await_frame(last, PATIENCE)
        .expect("an advert of priority 0");
    let frames = capture.frames();
    assert!(count(&frames) > adverts);
    let mac = frames
        .iter()
        .find(|frame| is_advert(frame))
        .expect("one")
        .bytes[6..12]
        .to_vec();
    let bytes = |wanted: &dyn Fn(&Frame) -> bool| -> Vec<Vec<u8>> {
        let sent = frames.iter().filter(|frame| frame.sent && wanted(frame));
        sent.map(|frame| without(&frame.bytes, &mac)).collect()
    };
    let gratuitous = |frame: &Frame| {
        let bytes = &frame.bytes;
        bytes.get(12..14) == Some(&[8, 6]) && bytes.len() >= 42 && bytes[28..32] == bytes[38..42]
    };
    Said {
        adverts: bytes(&is_advert),
        announcements: bytes(&gratuitous),
    }
}

/// The frame with this hardware address put to zero wherever it stands.
fn without(frame: &[u8], mac: &[u8]) -> Vec<u8> {
    let mut bytes = frame.to_vec();
    for at in 0..bytes.len().saturating_sub(mac.len()) {
        if bytes[at..].starts_with(mac) {
            bytes[at..at + mac.len()].fill(0);
        }
    }
    // To a unicast peer: its hardware address too.
    if bytes[0] & 1 == 0 {
        bytes[..6].fill(0);
    }
    bytes
}

fn same_bytes(words: &str) {
    let configuration = format!(
        "vrrp_instance VI_1 {{
    interface eth0
    virtual_router_id 77
    {words}
}}
"
    );
    let [vipd, keepalived] = [Vipd, Keepalived].map(|make| play(make, &configuration, 3));
    for (number, (ours, theirs)) in vipd
        .adverts
        .iter()
        .zip(&keepalived.adverts)
        .enumerate()
        .take(3)
    {
        assert_eq!(ours, theirs, "advert {number}");
    }
    let [ours, theirs] = [&vipd, &keepalived].map(|said| {
        // Its number in the IP header says how many went before; how many is the clock's affair.
        let mut last = said.adverts.last().expect("adverts").clone();
        last[18..20].fill(0);
        last[24..26].fill(0);
        if message_at(&last) > 42 {
            // Likewise the number in an authentication header, and what is reckoned from both.
            last[42..58].fill(0);
        }
        last
    });
    assert_eq!(ours, theirs, "the advert of priority 0");
    let set = |said: &Said| {
        said.announcements
            .iter()
            .take(5)
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(set(&vipd), set(&keepalived), "announcements");
}

#[test]
fn version_2() {
    same_bytes("virtual_ipaddress {\n 10.9.0.100/24\n }");
}

#[test]
fn version_2_with_a_virtual_mac_address() {
    same_bytes("use_vmac\n virtual_ipaddress {\n 10.9.0.100/24\n 10.9.0.101\n }");
}

#[test]
fn version_2_with_a_virtual_mac_address_sent_from_below() {
    same_bytes("use_vmac\n vmac_xmit_base\n virtual_ipaddress {\n 10.9.0.100/24\n }");
}

#[test]
fn version_2_with_a_password_and_three_addresses() {
    same_bytes(
        "priority 200
        authentication {\n auth_type PASS\n auth_pass 1111\n }
        virtual_ipaddress {\n 10.9.0.100/24\n 10.9.0.101\n 10.9.1.7/32 dev lo\n }
        virtual_ipaddress_excluded {\n 10.9.0.110\n }",
    );
}

#[test]
fn version_2_with_an_authentication_header() {
    same_bytes(
        "priority 200
        authentication {\n auth_type AH\n auth_pass secret\n }
        virtual_ipaddress {\n 10.9.0.100/24\n 10.9.0.101\n }",
    );
}

#[test]
fn unicast_with_an_authentication_header() {
    same_bytes(
        "unicast_src_ip 10.9.0.1\n unicast_ttl 7\n unicast_peer {\n 10.9.0.2\n }
        authentication {\n auth_type AH\n auth_pass longpass\n }
        virtual_ipaddress {\n 10.9.0.100/24\n }",
    );
}

#[test]
fn version_2_from_another_source_every_two_seconds() {
    same_bytes("advert_int 2\n mcast_src_ip 10.9.0.1\n virtual_ipaddress {\n 10.9.0.100\n }");
}

#[test]
fn version_3() {
    same_bytes(
        "version 3\n advert_int 0.25\n priority 254\n virtual_ipaddress {\n 10.9.0.100/24\n }",
    );
}

#[test]
fn unicast() {
    same_bytes(
        "unicast_src_ip 10.9.0.1\n unicast_peer {\n 10.9.0.2\n }
        virtual_ipaddress {\n 10.9.0.100/24\n }",
    );
}

#[test]
fn unicast_version_3_with_a_short_reach() {
    same_bytes(
        "version 3\n advert_int 0.5\n unicast_ttl 5
        unicast_src_ip 10.9.0.1\n unicast_peer {\n 10.9.0.2\n }
        virtual_ipaddress {\n 10.9.0.100/24\n }",
    );
}
