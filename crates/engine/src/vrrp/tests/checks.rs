//! The receive checks V2-50 to V2-61 and V3-50 to V3-61, each with its counter.

use std::net::IpAddr;

use vipd_config::model::{
    AuthKind, Authentication, Instance, OldChecksum, Transport, UnicastPeer, Version,
    VirtualAddress,
};

use super::world::{Peer, World, config, instance, instance_v6, packet, seconds};
use crate::event::State::{Backup, Master};
use crate::input::PacketMeta;
use crate::vrrp::Counters;
use crate::wire::Checksum;
use crate::wire::advert::{Addresses, Advert, Body};
use crate::{Effect, Event, Input};

/// An instance with two VIPs and a password.
fn guarded() -> Instance {
    let mut guarded = instance(150);
    let second = VirtualAddress::new(IpAddr::from([10, 0, 0, 101]));
    guarded.addresses.push(second);
    guarded.authentication = Some(Authentication {
        kind: AuthKind::Pass,
        key: *b"1111\0\0\0\0",
    });
    guarded
}

/// An advert that `guarded` accepts: it makes a backup of a master.
fn good() -> Advert {
    Advert {
        vrid: 51,
        priority: 200,
        body: Body::V2 {
            auth_type: 1,
            seconds: 1,
            auth_data: *b"1111\0\0\0\0",
        },
        addresses: Addresses::V4(vec![[10, 0, 0, 100].into(), [10, 0, 0, 101].into()]),
    }
}

const SENDER: [u8; 4] = [10, 0, 0, 9];

/// What one packet does to a master: is it heard, which counters move, what is logged.
fn receive(instance: Instance, bytes: &[u8]) -> (bool, Counters, Vec<String>) {
    let peer = Peer::of(&instance);
    let mut world = World::started(&[config(instance)]);
    world.run(seconds(4.0));
    assert_eq!(world.state(0), Master);
    world.nodes[0].router.clear_counters();
    world.log(0);
    peer.send(&mut world, bytes);
    let mut counters = world.status(0).counters;
    counters.release_master = 0;
    counters.advert_sent = 0;
    let log = world.log(0);
    (world.state(0) == Backup, counters, log)
}

/// A packet is dropped, told in these words, and moves this counter alone.
#[track_caller]
fn dropped(
    instance: Instance,
    bytes: &[u8],
    line: &str,
    count: impl Fn(&mut Counters) -> &mut u64,
) {
    let (heard, counters, log) = receive(instance, bytes);
    let mut wanted = Counters::default();
    *count(&mut wanted) = 1;
    assert!(!heard, "{line}");
    assert_eq!(counters, wanted, "{line}");
    assert_eq!(log, [format!("(VI_1) {line}")]);
}

fn bytes(advert: &Advert) -> Vec<u8> {
    packet(advert, SENDER.into(), 1)
}

/// Changes bytes of the VRRP message and makes its checksum right again.
fn changed(advert: &Advert, change: impl Fn(&mut [u8])) -> Vec<u8> {
    let mut bytes = bytes(advert);
    change(&mut bytes[20..]);
    bytes[26..28].fill(0);
    let sum = Checksum::default().with(&bytes[20..]).finish();
    bytes[26..28].copy_from_slice(&sum.to_be_bytes());
    bytes
}

#[test]
fn a_good_advert_is_heard() {
    let (heard, counters, log) = receive(guarded(), &bytes(&good()));
    assert!(heard, "{log:?}");
    let wanted = Counters {
        advert_rcvd: 1,
        ..Counters::default()
    };
    assert_eq!(counters, wanted);
}

/// V2-52.
#[test]
fn a_wrong_length_is_dropped() {
    let good = bytes(&good());
    let short = "vrrp packet too short, length 41 and expect 44";
    dropped(guarded(), &good[..41], short, |c| &mut c.packet_len_err);
    let mut long = good.clone();
    long.extend([0; 4]);
    let line = "vrrp packet too long, length 48 and expect 44";
    dropped(guarded(), &long, line, |c| &mut c.packet_len_err);
}

/// Section 5: what Ethernet pads is tolerated.
#[test]
fn padding_of_ethernet_is_no_error() {
    let mut padded = bytes(&good());
    padded.extend([0; 2]);
    assert!(receive(guarded(), &padded).0);
}

/// V2-50, V3-50.
#[test]
fn a_ttl_below_255_is_dropped() {
    let mut near = bytes(&good());
    near[8] = 64;
    let line = "invalid TTL/HL. Received 64 and expect 255";
    dropped(guarded(), &near, line, |c| &mut c.ip_ttl_err);
}

/// V3-50 over IPv6, where the socket says it.
#[test]
fn a_hop_limit_below_255_is_dropped() {
    let mut peer = Peer::of(&instance_v6(150));
    let mut world = World::started(&[config(instance_v6(150))]);
    let socket = world.nodes[0].router.sockets()[0].id;
    let bytes = peer.advert(200);
    let input = Input::Packet {
        socket,
        meta: PacketMeta {
            source: peer.address,
            destination: None,
            ttl: Some(254),
        },
        bytes: bytes.into(),
    };
    world.input(0, input);
    assert_eq!(world.status(0).counters.ip_ttl_err, 1);
    assert_eq!(world.status(0).counters.advert_rcvd, 0);
}

/// V2-51, V3-51, X-4.
#[test]
fn another_version_is_dropped() {
    let v3 = Advert {
        body: Body::V3 { centiseconds: 100 },
        ..good()
    };
    let line = "wrong version. Received 3 and expect 2";
    dropped(guarded(), &bytes(&v3), line, |c| &mut c.version_err);
    let mut as_v3 = guarded();
    as_v3.version = Version::V3;
    as_v3.authentication = None;
    let line = "wrong version. Received 2 and expect 3";
    dropped(as_v3, &bytes(&good()), line, |c| &mut c.version_err);
}

/// V2-10, V2-55, V2-12.
#[test]
fn authentication_must_fit() {
    let kind = |auth_type| Advert {
        body: Body::V2 {
            auth_type,
            seconds: 1,
            auth_data: *b"1111\0\0\0\0",
        },
        ..good()
    };
    let line = "Invalid auth type: 7";
    dropped(guarded(), &bytes(&kind(7)), line, |c| {
        &mut c.invalid_authtype
    });
    let line = "received a 0 auth, expecting 1!";
    dropped(guarded(), &bytes(&kind(0)), line, |c| {
        &mut c.authtype_mismatch
    });
    let other = Advert {
        body: Body::V2 {
            auth_type: 1,
            seconds: 1,
            auth_data: *b"1111\0\0\0x",
        },
        ..good()
    };
    let line = "received an invalid passwd!";
    dropped(guarded(), &bytes(&other), line, |c| &mut c.auth_failure);
}

/// V2-11: without authentication the data is not looked at.
#[test]
fn authentication_data_of_type_0_does_not_count() {
    let mut open = guarded();
    open.authentication = None;
    let advert = Advert {
        body: Body::V2 {
            auth_type: 0,
            seconds: 1,
            auth_data: *b"anything",
        },
        ..good()
    };
    assert!(receive(open, &bytes(&advert)).0);
}

/// V2-57.
#[test]
fn another_interval_is_dropped_in_version_2() {
    let advert = Advert {
        body: Body::V2 {
            auth_type: 1,
            seconds: 3,
            auth_data: *b"1111\0\0\0\0",
        },
        ..good()
    };
    let line = "advertisement interval mismatch mine=1 sec rcv'd=3 sec";
    dropped(guarded(), &bytes(&advert), line, |c| {
        &mut c.advert_interval_err
    });
}

/// V2-58, V3-52.
#[test]
fn another_type_is_dropped() {
    let other = changed(&good(), |message| message[0] = 0x22);
    let line = "Invalid packet type. 2 and expect 1";
    dropped(guarded(), &other, line, |c| &mut c.invalid_type_rcvd);
}

/// Section 5, check 9.
#[test]
fn an_ip_header_that_says_less_is_dropped() {
    let mut less = bytes(&good());
    less[3] = 40;
    let line = "ip_tot_len mismatch against received length. 40 and received 44";
    dropped(guarded(), &less, line, |c| &mut c.packet_len_err);
}

/// V2-53, V3-54.
#[test]
fn a_wrong_checksum_is_dropped() {
    let mut wrong = bytes(&good());
    wrong[26] ^= 0x11;
    let line = "Invalid VRRPv2 checksum";
    dropped(guarded(), &wrong, line, |c| &mut c.checksum_err);
}

fn v3() -> Instance {
    let mut v3 = instance(150);
    v3.version = Version::V3;
    v3
}

fn good_v3(centiseconds: u16) -> Advert {
    Advert {
        body: Body::V3 { centiseconds },
        addresses: Addresses::V4(vec![[10, 0, 0, 100].into()]),
        ..good()
    }
}

/// V3-6: only the sum with the pseudo header is right, unless `v3_checksum_as_v2`.
#[test]
fn version_3_wants_the_pseudo_header() {
    let message_only = changed(&good_v3(100), |_| {});
    let line = "Invalid VRRPv3 checksum";
    dropped(v3(), &message_only, line, |c| &mut c.checksum_err);
    let mut as_v2 = v3();
    as_v2.v3_checksum_as_v2 = true;
    assert!(receive(as_v2.clone(), &message_only).0);
    // Then keepalived refuses none at all.
    let mut wrong = message_only;
    wrong[26] ^= 0x11;
    assert!(receive(as_v2, &wrong).0);
}

/// V3-58: an interval of 0 would leave no down time.
#[test]
fn an_interval_of_0_is_dropped() {
    let line = "advertisement interval 0 is forbidden";
    let zero = bytes(&good_v3(0));
    dropped(v3(), &zero, line, |c| &mut c.advert_interval_err);
}

/// V3-60.
#[test]
fn another_interval_is_counted_only_in_version_3() {
    let (heard, counters, _) = receive(v3(), &bytes(&good_v3(200)));
    assert!(heard);
    assert_eq!((counters.advert_interval_err, counters.advert_rcvd), (1, 1));
}

/// Section 5, check 12.
#[test]
fn a_unicast_packet_is_nothing_for_a_multicast_instance() {
    let mut direct = bytes(&good());
    direct[16..20].copy_from_slice(&[10, 0, 0, 1]);
    let line = "Expected multicast packet but received unicast packet";
    dropped(guarded(), &direct, line, |c| &mut c.unwanted);
}

/// V2-56, V3-61, section 5, check 14: told and counted, the advert counts.
#[test]
fn another_address_list_is_counted_only() {
    for (list, line) in [
        (
            vec![[10, 0, 0, 100].into()],
            "expected 2 VIPs but received 1",
        ),
        (
            vec![[10, 0, 0, 100].into(), [10, 0, 0, 109].into()],
            "ip address associated with VRID 51 not present in MASTER advert: 10.0.0.101",
        ),
    ] {
        let advert = Advert {
            addresses: Addresses::V4(list),
            ..good()
        };
        let (heard, counters, log) = receive(guarded(), &bytes(&advert));
        assert!(heard);
        assert_eq!((counters.addr_list_err, counters.advert_rcvd), (1, 1));
        assert_eq!(log[0], format!("(VI_1) {line}"));
    }
}

/// Another order is the same list.
#[test]
fn the_order_of_addresses_does_not_count() {
    let advert = Advert {
        addresses: Addresses::V4(vec![[10, 0, 0, 101].into(), [10, 0, 0, 100].into()]),
        ..good()
    };
    assert_eq!(receive(guarded(), &bytes(&advert)).1.addr_list_err, 0);
}

/// Section 5, end: each kind once until state or master changes.
#[test]
fn each_kind_is_told_once() {
    let mut world = World::started(&[config(guarded())]);
    let peer = Peer::of(&guarded());
    let mut wrong = bytes(&good());
    wrong[26] ^= 0x11;
    let told = |world: &mut World| {
        let log = world.log(0);
        log.iter().filter(|line| line.contains("checksum")).count()
    };
    for _ in 0..5 {
        peer.send(&mut world, &wrong);
    }
    assert_eq!(told(&mut world), 1);
    assert_eq!(world.status(0).counters.checksum_err, 5);
    world.run(seconds(4.0));
    assert_eq!(world.state(0), Master);
    world.log(0);
    peer.send(&mut world, &wrong);
    assert_eq!(told(&mut world), 1);
}

/// V2-54, V3-55.
#[test]
fn an_unknown_vrid_is_ignored_and_told_when_wanted() {
    let mut other = instance(150);
    other.vrid = 99;
    let mut peer = Peer::of(&other);
    let mut config = config(instance(150));
    let mut world = World::started(std::slice::from_ref(&config));
    world.log(0);
    peer.say(&mut world, 100);
    assert_eq!(world.log(0), [""; 0]);
    config.global.log_unknown_vrids = true;
    let mut world = World::started(&[config]);
    world.log(0);
    peer.say(&mut world, 100);
    let line = "Unknown VRID(99) received on interface(eth0) from 10.0.0.9. ignoring...";
    assert_eq!(world.log(0), [line]);
}

fn unicast(check_source: bool) -> Instance {
    let mut unicast = instance(150);
    unicast.version = Version::V3;
    unicast.transport = Transport::Unicast {
        peers: vec![UnicastPeer {
            address: IpAddr::from(SENDER),
            min_ttl: Some(250),
            max_ttl: Some(254),
        }],
        ttl: 255,
        check_source,
        fault_without_peer: false,
    };
    unicast
}

/// A unicast advert with a TTL, from an address.
fn direct(source: [u8; 4], ttl: u8, old_sum: bool) -> Vec<u8> {
    let mut bytes = bytes(&good_v3(100));
    bytes[8] = ttl;
    bytes[12..16].copy_from_slice(&source);
    bytes[16..20].copy_from_slice(&[10, 0, 0, 1]);
    let destination = if old_sum {
        [224, 0, 0, 18]
    } else {
        [10, 0, 0, 1]
    };
    bytes[26..28].fill(0);
    let length = u16::try_from(bytes.len() - 20).unwrap();
    let sum = Checksum::default()
        .with_pseudo_v4(source.into(), destination.into(), 112, length)
        .with(&bytes[20..])
        .finish();
    bytes[26..28].copy_from_slice(&sum.to_be_bytes());
    bytes
}

/// V3-7, section 5, checks 3, 12 and 15, U-1, U-2.
#[test]
fn unicast_senders_are_checked_by_ttl_and_list() {
    assert!(receive(unicast(true), &direct(SENDER, 252, false)).0);
    let line = "TTL/HL 255 not in range 250 - 254";
    let far = direct(SENDER, 255, false);
    dropped(unicast(true), &far, line, |c| &mut c.unwanted);
    let line = "unicast source address 10.0.0.8 not a unicast peer";
    let stranger = direct([10, 0, 0, 8], 252, false);
    dropped(unicast(true), &stranger, line, |c| &mut c.unwanted);
    assert!(receive(unicast(false), &stranger).0);
    let line = "Expected unicast packet but received multicast packet";
    let group = bytes(&good_v3(100));
    dropped(unicast(true), &group, line, |c| &mut c.unwanted);
}

/// V3-7: peers that sum the old way are understood, and answered in kind.
#[test]
fn the_old_unicast_checksum_is_adopted() {
    let instance = unicast(true);
    let mut world = World::started(&[config(instance)]);
    let socket = world.nodes[0].router.sockets()[0].id;
    let old = direct(SENDER, 252, true);
    let to = IpAddr::from([10, 0, 0, 1]);
    world.packet(0, socket, SENDER.into(), to, &old);
    assert_eq!(world.status(0).counters.advert_rcvd, 1);
    world.run(seconds(4.0));
    let (_, sent) = world.sent(0).remove(0);
    let sum = Checksum::default()
        .with_pseudo_v4([10, 0, 0, 1].into(), [224, 0, 0, 18].into(), 112, 12)
        .with(&sent[20..])
        .finish();
    assert_eq!(sum, 0);
}

/// `old_unicast_checksum`: sent from the start, or never taken.
#[test]
fn the_old_unicast_checksum_can_be_forced_and_refused() {
    let mut forced = unicast(true);
    forced.old_checksum = OldChecksum::Always;
    let mut world = World::started(&[config(forced)]);
    world.run(seconds(4.0));
    let (_, sent) = world.sent(0).remove(0);
    let sum = Checksum::default()
        .with_pseudo_v4([10, 0, 0, 1].into(), [224, 0, 0, 18].into(), 112, 12)
        .with(&sent[20..])
        .finish();
    assert_eq!(sum, 0);
    let mut never = unicast(true);
    never.old_checksum = OldChecksum::Never;
    assert!(receive(never.clone(), &direct(SENDER, 252, false)).0);
    assert!(!receive(never, &direct(SENDER, 252, true)).0);
}

/// `skip_check_adv_addr`: only the first advert of a sender is looked at.
#[test]
fn skip_check_adv_addr_looks_once() {
    let mut lazy = guarded();
    lazy.skip_check_adv_addr = true;
    let mut world = World::started(&[config(lazy.clone())]);
    let peer = Peer::of(&lazy);
    let advert = Advert {
        addresses: Addresses::V4(vec![]),
        ..good()
    };
    for _ in 0..3 {
        peer.send(&mut world, &bytes(&advert));
    }
    assert_eq!(world.status(0).counters.addr_list_err, 1);
}

/// In FAULT nothing is heard.
#[test]
fn a_faulty_instance_hears_nothing() {
    let mut world = World::started(&[config(instance(150))]);
    let socket = world.nodes[0].router.sockets()[0].id;
    let mut down = super::world::interface(1);
    down.is_up = false;
    world.input(0, Input::Interface(down));
    let bytes = Peer::of(&instance(150)).advert(200);
    let to = IpAddr::from([224, 0, 0, 18]);
    world.packet(0, socket, SENDER.into(), to, &bytes);
    assert_eq!(world.status(0).counters, Counters::default());
}

/// A packet out of order never makes an event of its own kind twice in one call.
#[test]
fn a_packet_wrong_in_two_ways_is_counted_once() {
    let mut wrong = bytes(&good());
    wrong[8] = 1;
    wrong[26] ^= 0x11;
    let line = "invalid TTL/HL. Received 1 and expect 255";
    dropped(guarded(), &wrong, line, |c| &mut c.ip_ttl_err);
}

/// The reasons are values too, not only words.
#[test]
fn a_rejection_names_its_sender() {
    let mut world = World::started(&[config(guarded())]);
    let peer = Peer::of(&guarded());
    let mut wrong = bytes(&good());
    wrong[26] ^= 0x11;
    world.log(0);
    peer.send(&mut world, &wrong);
    let sender = world.nodes[0]
        .effects
        .iter()
        .find_map(|(_, effect)| match effect {
            Effect::Report(Event::Rejected { sender, .. }) => Some(*sender),
            _ => None,
        });
    assert_eq!(sender, Some(IpAddr::from(SENDER)));
}
