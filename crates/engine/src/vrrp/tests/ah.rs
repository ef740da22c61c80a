//! Authentication by header (section 5 of the list of requirements): elections, replays, the
//! count over restarts and reloads.

use std::net::IpAddr;

use vipd_config::model::{
    AuthKind, Authentication, Config, Instance, Transport, UnicastPeer, VirtualAddress,
};

use super::world::{World, config, instance, priority_of, seconds};
use crate::Input;
use crate::event::State::{Backup, Master};
use crate::wire::ah;

fn guarded(priority: u8) -> Instance {
    let mut guarded = instance(priority);
    guarded.authentication = Some(Authentication {
        kind: AuthKind::Ah,
        key: *b"secret\0\0",
    });
    guarded
}

fn pair() -> [Config; 2] {
    [config(guarded(150)), config(guarded(100))]
}

/// Number of a packet.
fn number(packet: &[u8]) -> u32 {
    ah::parse(&packet[20..]).unwrap().sequence
}

fn numbers(world: &World, node: usize) -> Vec<u32> {
    let sent = world.sent(node);
    sent.iter().map(|(_, packet)| number(packet)).collect()
}

/// Gives the first node a packet of 10.0.0.2.
fn hear(world: &mut World, packet: &[u8]) {
    let socket = world.nodes[0].router.sockets()[0].id;
    let group = IpAddr::from([224, 0, 0, 18]);
    world.packet(0, socket, IpAddr::from([10, 0, 0, 2]), group, packet);
}

/// AH-1, AH-5, AH-6, AH-8.
#[test]
fn a_pair_elects_one_master_and_its_count_goes_on() {
    let mut world = World::started(&pair());
    world.run(seconds(8.0));
    assert_eq!(world.states(), [Master, Backup]);
    assert_eq!(world.nodes[0].router.sockets()[0].protocol, 51);
    let first = numbers(&world, 0);
    assert_eq!(
        first,
        (1..=first.last().copied().unwrap()).collect::<Vec<_>>()
    );
    let (_, packet) = &world.sent(0)[0];
    assert_eq!(
        (packet[9], packet[44 + 4], &packet[56..]),
        (51, 2, &[0; 8][..])
    );
    world.input(0, Input::Stop);
    world.run(seconds(3.0));
    assert_eq!(world.state(1), Master);
    let last = numbers(&world, 0).last().copied().unwrap();
    assert_eq!(numbers(&world, 1)[0], last + 1);
}

/// AH-7: after a partition the counts are apart, and the better master is heard all the same.
#[test]
fn a_partition_heals_whoever_has_counted_further() {
    for cut_first in [0, 1] {
        let mut world = World::started(&pair());
        world.nodes[cut_first].is_cut = true;
        world.run(seconds(20.0));
        // It begins again later: its count is far behind.
        let other = 1 - cut_first;
        world.nodes[other].is_paused = true;
        world.run(seconds(20.0));
        world.nodes[other].is_paused = false;
        world.nodes[cut_first].is_cut = false;
        world.run(seconds(12.0));
        assert_eq!(world.states(), [Master, Backup], "{cut_first}");
        let log = [world.log(0), world.log(1)].concat();
        let dropped = log.iter().filter(|line| line.contains("already processed"));
        assert!(dropped.count() <= 1, "{log:?}");
    }
}

#[test]
fn all_copies_for_unicast_peers_share_a_number() {
    let mut unicast = guarded(150);
    unicast
        .addresses
        .push(VirtualAddress::new(IpAddr::from([10, 0, 0, 101])));
    let peer = |last| UnicastPeer {
        address: IpAddr::from([10, 0, 0, last]),
        min_ttl: None,
        max_ttl: None,
    };
    unicast.transport = Transport::Unicast {
        peers: vec![peer(2), peer(3)],
        ttl: 64,
        check_source: false,
        fault_without_peer: false,
    };
    let mut world = World::started(&[config(unicast)]);
    world.run(seconds(5.0));
    assert_eq!(numbers(&world, 0)[..4], [1, 1, 2, 2]);
    let (_, packet) = &world.sent(0)[0];
    let icv = ah::icv(*b"secret\0\0", true, packet, 20);
    assert_eq!(icv, Some(ah::parse(&packet[20..]).unwrap().icv));
}

/// V2-13, AH-2, AH-4, AH-5, AH-6: what is dropped, why, and in which order it is tested.
#[test]
fn forged_and_repeated_packets_are_dropped() {
    // Packets of a real peer, taken on the way.
    let mut peer = World::started(&[config(guarded(100)), config(guarded(200))]);
    peer.run(seconds(10.0));
    let packets: Vec<Vec<u8>> = peer.sent(1).into_iter().map(|(_, packet)| packet).collect();

    let fresh = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut world = World::started(&[config(guarded(100))]);
        world.run(seconds(1.0));
        let mut packet = packets[0].clone();
        change(&mut packet);
        hear(&mut world, &packet);
        let log = world.log(0);
        let line = log.iter().find(|line| line.contains("IPSEC")).cloned();
        (world.status(0).counters, line)
    };
    let (counters, line) = fresh(&|_| {});
    assert_eq!(
        (counters.advert_rcvd, counters.auth_failure, line),
        (1, 0, None)
    );
    let (counters, line) = fresh(&|packet| packet[27] ^= 1);
    assert_eq!((counters.advert_rcvd, counters.auth_failure), (0, 1));
    assert!(line.unwrap().contains("invalid IPSEC SPI value"));
    // The number, the priority, the identification of the IP header.
    for place in [31, 46, 5] {
        let (counters, line) = fresh(&|packet| packet[place] ^= 1);
        assert_eq!(
            (counters.advert_rcvd, counters.auth_failure),
            (0, 1),
            "{place}"
        );
        assert!(
            line.unwrap().contains("invalid IPSEC HMAC-MD5 value"),
            "{place}"
        );
    }
    // Class, checksum: not covered.
    for place in [1, 10] {
        assert_eq!(
            fresh(&|packet| packet[place] ^= 1).0.advert_rcvd,
            1,
            "{place}"
        );
    }
    // The TTL is looked at first.
    assert_eq!(fresh(&|packet| packet[8] = 254).0.ip_ttl_err, 1);

    let mut world = World::started(&[config(guarded(100))]);
    world.run(seconds(1.0));
    hear(&mut world, &packets[3]);
    world.log(0);
    for old in [3, 2] {
        hear(&mut world, &packets[old]);
    }
    let counters = world.status(0).counters;
    assert_eq!((counters.advert_rcvd, counters.auth_failure), (1, 2));
    let wanted = "(VI_1) IPSEC-AH : sequence number 4 already processed. Packet dropped. Local(4)";
    assert_eq!(world.log(0), [wanted]);
}

/// A replayed advert cannot hold off a backup.
#[test]
fn a_recorded_master_does_not_keep_a_backup_down() {
    let mut world = World::started(&pair());
    world.run(seconds(8.0));
    let recorded = world.sent(0).last().unwrap().1.clone();
    let mut alone = World::started(&[config(guarded(100))]);
    for _ in 0..12 {
        hear(&mut alone, &recorded);
        alone.run(seconds(0.5));
    }
    assert_eq!(alone.state(0), Master);
}

#[test]
fn another_password_is_another_router() {
    let mut configs = pair();
    configs[1].instances[0].authentication = Some(Authentication {
        kind: AuthKind::Ah,
        key: *b"Secret\0\0",
    });
    let mut world = World::started(&configs);
    world.run(seconds(8.0));
    assert_eq!(world.states(), [Master, Master]);
}

/// The count over a crash of the process: never a number twice, and a backup hears what comes.
#[test]
fn a_successor_goes_on_behind_the_last_number() {
    for node in [0, 1] {
        let configs = pair();
        let mut world = World::started(&configs);
        world.run(seconds(100.0));
        let before = numbers(&world, 0).last().copied().unwrap();
        let saved = world.nodes[node].saved.values().cloned().collect();
        world.nodes[node].router = crate::vrrp::Router::new(&configs[node]);
        let address = u8::try_from(node).unwrap() + 1;
        world.input(node, Input::Interface(super::world::interface(address)));
        world.log(0);
        world.log(1);
        world.input(node, Input::Start { restored: saved });
        world.run(seconds(10.0));
        assert_eq!(world.states(), [Master, Backup], "{node}");
        assert!(numbers(&world, 0)[0] > before);
        assert_eq!(world.status(1 - node).counters.auth_failure, 0);
        assert_eq!(world.status(node).counters.auth_failure, 0);
    }
}

#[test]
fn a_reload_keeps_the_count() {
    let mut world = World::started(&pair());
    world.run(seconds(8.0));
    let before = numbers(&world, 0).last().copied().unwrap();
    let mut changed = pair()[0].clone();
    changed.instances[0].priority = 151;
    world.log(0);
    world.input(0, Input::Reconfigure(Box::new(changed)));
    world.run(seconds(2.0));
    assert_eq!(numbers(&world, 0)[0], before + 1);
    let (_, packet) = world.sent(0).pop().unwrap();
    assert_eq!(priority_of(&packet), 151);
    assert_eq!(world.states(), [Master, Backup]);
}
