//! Signed adverts: who hears whom, replays, and clocks that are set.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use vipd_config::model::{AntiReplay, AuthHmac, Config, HmacMode, Instance, Secret, Version};

use super::world::{World, config, instance, instance_v6, seconds};
use crate::Input;
use crate::event::State::{Backup, Master};

fn rules(mode: HmacMode) -> AuthHmac {
    AuthHmac {
        keys: BTreeMap::from([(1, Secret(vec![1; 32])), (2, Secret(vec![2; 64]))]),
        active_key: 1,
        time_window: Duration::from_secs(10),
        anti_replay: AntiReplay::Time,
        mode,
    }
}

fn signed(mut instance: Instance, mode: HmacMode) -> Instance {
    instance.hmac = Some(rules(mode));
    instance
}

fn v3(priority: u8) -> Instance {
    let mut instance = instance(priority);
    instance.version = Version::V3;
    instance
}

fn pair(mode: HmacMode) -> [Config; 2] {
    [150, 100].map(|priority| config(signed(v3(priority), mode)))
}

/// A pair whose clocks show this, in seconds.
fn started(configs: &[Config], clocks: [i64; 2]) -> World {
    let mut world = World::new(configs);
    for (node, clock) in clocks.into_iter().enumerate() {
        set_clock(&mut world, node, clock);
    }
    for node in 0..configs.len() {
        world.start(node);
    }
    world.run(seconds(8.0));
    world
}

fn set_clock(world: &mut World, node: usize, clock: i64) {
    let nanos_ahead = clock * 1_000_000_000;
    world.input(node, Input::WallClock { nanos_ahead });
}

const NOON: i64 = 1_800_000_000;

#[test]
fn signed_pairs_elect_one_master() {
    let mut v6 = pair(HmacMode::Enforce);
    for (config, priority) in v6.iter_mut().zip([150, 100]) {
        config.instances = vec![signed(instance_v6(priority), HmacMode::Enforce)];
    }
    let v2 = [150, 100].map(|p| config(signed(instance(p), HmacMode::Enforce)));
    for configs in [pair(HmacMode::Enforce), v2, v6] {
        let world = started(&configs, [NOON, NOON]);
        assert_eq!(world.states(), [Master, Backup]);
        let counters = world.status(1).counters;
        assert!(counters.advert_rcvd > 3);
        assert_eq!((counters.auth_failure, counters.hmac_missing), (0, 0));
        let (_, first) = &world.sent(0)[0];
        let message = if first[0] == 0x45 { 20 } else { 0 };
        let body = first.len() - message - 28;
        assert_eq!(first[message + body..][..4], [1, 1, 0, 0]);
        if message == 20 {
            assert_eq!(usize::from(first[3]), first.len());
        }
    }
}

/// The way from unsigned to signed, one node after the other, in either order.
#[test]
fn a_pair_can_be_moved_to_signed_adverts_step_by_step() {
    let plain = [150, 100].map(|priority| config(v3(priority)));
    for order in [[0, 1], [1, 0]] {
        let mut world = started(&plain, [NOON, NOON]);
        for mode in [
            HmacMode::ReceiveOnly,
            HmacMode::Permissive,
            HmacMode::Enforce,
        ] {
            for node in order {
                let priority = [150, 100][node];
                let changed = config(signed(v3(priority), mode));
                world.input(node, Input::Reconfigure(Box::new(changed)));
                world.run(seconds(4.0));
                assert_eq!(world.states(), [Master, Backup], "{mode:?} {node}");
            }
        }
        assert_eq!(world.status(1).counters.auth_failure, 0);
        assert!(world.status(1).counters.hmac_missing > 0);
    }
}

#[test]
fn keys_are_changed_without_a_takeover() {
    let mut world = started(&pair(HmacMode::Enforce), [NOON, NOON]);
    for node in [1, 0] {
        let mut changed = pair(HmacMode::Enforce)[node].clone();
        changed.instances[0].hmac.as_mut().unwrap().active_key = 2;
        world.input(node, Input::Reconfigure(Box::new(changed)));
        world.run(seconds(4.0));
    }
    assert_eq!(world.states(), [Master, Backup]);
    let (_, last) = world.sent(0).pop().unwrap();
    assert_eq!(last[last.len() - 27], 2);
}

/// What a changed packet does to a backup: counters and the line of log.
fn after(change: impl Fn(&mut AuthHmac), packet: impl Fn(&mut Vec<u8>)) -> (World, Option<String>) {
    let peer = started(&pair(HmacMode::Enforce), [NOON, NOON]);
    let (at, mut bytes) = peer.sent(0).pop().unwrap();
    packet(&mut bytes);
    let mut receiver = v3(100);
    receiver.hmac = Some(rules(HmacMode::Permissive));
    change(receiver.hmac.as_mut().unwrap());
    let mut world = World::new(&[config(receiver)]);
    world.now = at;
    set_clock(&mut world, 0, NOON);
    world.start(0);
    world.log(0);
    hear(&mut world, &bytes);
    let log = world.log(0);
    let line = log.iter().find(|line| line.contains("auth_hmac")).cloned();
    (world, line)
}

fn hear(world: &mut World, bytes: &[u8]) {
    let socket = world.nodes[0].router.sockets()[0].id;
    let sender = IpAddr::from([10, 0, 0, 1]);
    world.packet(0, socket, sender, IpAddr::from([224, 0, 0, 18]), bytes);
}

#[test]
fn each_kind_of_forgery_is_dropped_and_counted() {
    let (world, line) = after(|_| {}, |_| {});
    assert_eq!((world.status(0).counters.advert_rcvd, line), (1, None));
    let (mut world, _) = after(|_| {}, |_| {});
    let (_, mut bytes) = started(&pair(HmacMode::Enforce), [NOON, NOON])
        .sent(0)
        .pop()
        .unwrap();
    hear(&mut world, &bytes);
    let counters = world.status(0).counters;
    assert_eq!((counters.hmac_replayed, counters.auth_failure), (1, 1));
    // A bad one is no better than a missing one, whatever the mode.
    let (world, line) = after(|_| {}, |bytes| *bytes.last_mut().unwrap() ^= 1);
    assert_eq!(line.unwrap(), "(VI_1) auth_hmac: wrong signature");
    assert_eq!(world.status(0).counters.hmac_wrong, 1);
    let (world, line) = after(|rules| drop(rules.keys.remove(&1)), |_| {});
    assert_eq!(line.unwrap(), "(VI_1) auth_hmac: unknown key 1");
    assert_eq!(world.status(0).counters.hmac_wrong, 1);
    // Unsigned: allowed here, but counted.
    let unsigned = |bytes: &mut Vec<u8>| {
        bytes.truncate(bytes.len() - 28);
        bytes[3] -= 28;
    };
    let (world, line) = after(|_| {}, unsigned);
    let counters = world.status(0).counters;
    assert_eq!(
        (counters.advert_rcvd, counters.hmac_missing, line),
        (1, 1, None)
    );
    let (world, line) = after(|rules| rules.mode = HmacMode::Enforce, unsigned);
    let counters = world.status(0).counters;
    assert_eq!(
        (
            counters.advert_rcvd,
            counters.hmac_missing,
            counters.auth_failure
        ),
        (0, 1, 1)
    );
    assert_eq!(line.unwrap(), "(VI_1) auth_hmac: the advert is not signed");
    bytes.pop();
    let (world, _) = after(|_| {}, |packet| packet.truncate(packet.len() - 1));
    assert_eq!(world.status(0).counters.packet_len_err, 1);
}

/// Clocks apart by less than the window: heard, with a warning from half of it on.
#[test]
fn clocks_that_are_apart_are_told() {
    let world = started(&pair(HmacMode::Enforce), [NOON, NOON + 4]);
    assert_eq!(world.states(), [Master, Backup]);
    assert_eq!(world.status(1).counters.hmac_skewed, 0);
    let mut world = started(&pair(HmacMode::Enforce), [NOON, NOON + 7]);
    assert_eq!(world.states(), [Master, Backup]);
    assert!(world.status(1).counters.hmac_skewed > 2);
    let log = world.log(1);
    let told = log.iter().filter(|line| line.contains("clocks are apart"));
    // Again when a master was found.
    assert!((1..=2).contains(&told.count()), "{log:?}");
    let world = started(&pair(HmacMode::Enforce), [NOON, NOON + 12]);
    assert_eq!(world.states(), [Master, Master]);
}

/// A clock set while all runs: within the window nothing happens, in either direction.
#[test]
fn small_steps_of_a_clock_change_nothing() {
    let mut world = started(&pair(HmacMode::Enforce), [NOON, NOON]);
    for (node, clock) in [(0, 8), (0, 0), (1, 8), (1, -3), (0, -8), (0, 0)] {
        set_clock(&mut world, node, NOON + clock);
        world.run(seconds(12.0));
        assert_eq!(world.states(), [Master, Backup], "{node} {clock}");
    }
    assert_eq!(world.status(1).counters.auth_failure, 0);
}

/// Set far off the nodes do not hear each other; put right, all is well at once, and no packet
/// of the wrong time shuts out a right one.
#[test]
fn a_clock_set_far_off_and_back_heals() {
    for (node, off) in [(0, 3600), (0, -3600), (1, 3600), (1, -3600)] {
        let mut world = started(&pair(HmacMode::Enforce), [NOON, NOON]);
        set_clock(&mut world, node, NOON + off);
        assert!(
            world
                .log(node)
                .iter()
                .any(|line| line.contains("clock of this machine was set"))
        );
        world.run(seconds(20.0));
        assert_eq!(world.states(), [Master, Master], "{node} {off}");
        set_clock(&mut world, node, NOON);
        world.run(seconds(5.0));
        assert_eq!(world.states(), [Master, Backup], "{node} {off}");
    }
}

/// Both follow the same wrong server and come back: no gap.
#[test]
fn clocks_set_together_change_nothing() {
    let mut world = started(&pair(HmacMode::Enforce), [NOON, NOON]);
    for clock in [NOON + 9000, NOON, NOON - 9000, NOON] {
        for node in [0, 1] {
            set_clock(&mut world, node, clock);
        }
        world.run(seconds(10.0));
        assert_eq!(world.states(), [Master, Backup], "{clock}");
    }
}

/// With `monotonic` no clock counts, only the order.
#[test]
fn by_order_alone_no_step_matters() {
    let mut configs = pair(HmacMode::Enforce);
    for config in &mut configs {
        config.instances[0].hmac.as_mut().unwrap().anti_replay = AntiReplay::Monotonic;
    }
    let mut world = started(&configs, [NOON, 5]);
    for clock in [NOON + 9000, NOON - 9000, 7] {
        set_clock(&mut world, 0, clock);
        world.run(seconds(6.0));
        assert_eq!(world.states(), [Master, Backup], "{clock}");
    }
    // Also over a crash while the clock is behind.
    let saved = world.nodes[0].saved.values().cloned().collect();
    world.nodes[0].router = crate::vrrp::Router::new(&configs[0]);
    world.input(0, Input::Interface(super::world::interface(1)));
    set_clock(&mut world, 0, 7);
    world.input(0, Input::Start { restored: saved });
    world.run(seconds(6.0));
    assert_eq!(world.states(), [Master, Backup]);
    assert_eq!(world.status(1).counters.auth_failure, 0);
}

/// The process of a node is killed, its clock set back, and a successor takes over, in this or
/// the other order.
fn succeed(world: &mut World, configs: &[Config], (before, between): (i64, i64)) {
    set_clock(world, 0, NOON + before);
    world.run(seconds(1.5));
    let saved = world.nodes[0].saved.values().cloned().collect();
    world.nodes[0].router = crate::vrrp::Router::new(&configs[0]);
    world.input(0, Input::Interface(super::world::interface(1)));
    set_clock(world, 0, NOON + between);
    world.input(0, Input::Start { restored: saved });
}

/// Whatever it sent by the old clock, its successor is heard at once (sim: seed 1001263).
#[test]
fn a_successor_is_heard_though_the_clock_was_set_back() {
    let steps = [(-2, -2), (0, -2), (3, -4), (-3, -3), (-9, -9), (4, 0)];
    for step in steps {
        let configs = pair(HmacMode::Enforce);
        let mut world = started(&configs, [NOON, NOON]);
        world.run(seconds(30.0));
        succeed(&mut world, &configs, step);
        for _ in 0..40 {
            world.run(seconds(0.5));
            assert_eq!(world.states(), [Master, Backup], "{step:?}");
        }
        assert_eq!(world.status(1).counters.auth_failure, 0, "{step:?}");
    }
}

/// A daemon that starts anew has forgotten what it sent: nobody can tell its adverts from a
/// recording until its clock has caught up. It is said whose clock it is (sim: seed 1001016).
#[test]
fn a_node_that_starts_again_with_its_clock_set_back_is_named() {
    let configs = pair(HmacMode::Enforce);
    let mut world = started(&configs, [NOON, NOON]);
    world.log(1);
    world.nodes[0].router = crate::vrrp::Router::new(&configs[0]);
    world.input(0, Input::Interface(super::world::interface(1)));
    set_clock(&mut world, 0, NOON - 8);
    world.start(0);
    world.run(seconds(6.0));
    assert_eq!(world.states(), [Master, Master]);
    let log = world.log(1);
    let line = "(VI_1) auth_hmac: advert already processed: 10.0.0.1 signs with a time 3 seconds before that of its last one. If its clock was set back before it was started again, it is not heard until its clock has caught up: correct its clock; otherwise somebody repeats old adverts";
    assert!(log.iter().any(|said| said == line), "{log:#?}");
    world.run(seconds(5.0));
    assert_eq!(world.states(), [Master, Backup]);
}
