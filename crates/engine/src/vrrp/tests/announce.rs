//! When announcements go out (section 9), and that they hold up nothing.

use std::net::IpAddr;

use vipd_config::model::{Config, GarpGroup, VirtualAddress};

use super::world::{World, config, instance, instance_v6, seconds};
use crate::vrrp::Timer;
use crate::{Effect, Instant};

/// An instance with so many VIPs.
fn many(count: u16) -> Config {
    let mut instance = instance(255);
    instance.addresses = (0..count)
        .map(|n| {
            let [high, low] = n.to_be_bytes();
            VirtualAddress::new(IpAddr::from([10, 1, high, low]))
        })
        .collect();
    config(instance)
}

/// When how many addresses were announced.
fn announcements(world: &World) -> Vec<(Instant, usize)> {
    let effects = world.nodes[0].effects.iter();
    let pieces = effects.filter_map(|(at, effect)| match effect {
        Effect::Announce(list) => Some((*at, list.len())),
        _ => None,
    });
    pieces.collect()
}

/// L2-6.
#[test]
fn two_sets_of_five() {
    let mut world = World::started(&[config(instance(255))]);
    let start = world.now;
    world.run(seconds(60.0));
    let times: Vec<u64> = announcements(&world)
        .iter()
        .map(|(at, _)| at.since(start).as_secs())
        .collect();
    assert_eq!(times, [0, 0, 0, 0, 0, 5, 5, 5, 5, 5]);
}

#[test]
fn delay_0_means_one_set() {
    let mut once = instance(255);
    once.garp.master_delay = seconds(0.0);
    once.garp.master_repeat = 1;
    let mut world = World::started(&[config(once)]);
    world.run(seconds(60.0));
    assert_eq!(world.announced(0), 1);
}

#[test]
fn refresh_goes_on_for_ever() {
    let mut fresh = instance(255);
    fresh.garp.refresh = seconds(10.0);
    fresh.garp.refresh_repeat = 2;
    let mut world = World::started(&[config(fresh)]);
    world.run(seconds(61.0));
    assert_eq!(world.announced(0), 10 + 6 * 2);
}

/// A takeover of thousands of VIPs: the first round of all before any second, pieces of at
/// most 256 in one call, and every advert on its beat.
#[test]
fn thousands_of_vips_hold_up_no_advert() {
    let mut world = World::started(&[many(5000)]);
    world.run(seconds(3.0));
    assert_eq!(world.nodes[0].most_announced, 256);
    assert_eq!(world.announced(0), 5 * 5000);
    // No address a second time before every one was announced.
    let lists = world.nodes[0]
        .effects
        .iter()
        .filter_map(|(_, effect)| match effect {
            Effect::Announce(list) => Some(list.to_vec()),
            _ => None,
        });
    let first: std::collections::BTreeSet<IpAddr> = lists
        .flatten()
        .take(5000)
        .map(|placed| placed.address.address)
        .collect();
    assert_eq!(first.len(), 5000);
    let adverts: Vec<Instant> = world.sent(0).iter().map(|(at, _)| *at).collect();
    assert_eq!(adverts.len(), 4);
}

/// Until all is out, the router wants to be called at once, but only for announcements.
#[test]
fn the_rest_comes_at_deadlines_of_its_own() {
    let mut world = World::started(&[many(600)]);
    world.run(std::time::Duration::from_micros(1));
    // Everything that was due at this moment is done by World::run; so look at one call.
    let mut router = crate::vrrp::Router::new(&many(600));
    let mut effects = Vec::new();
    let now = world.now;
    let interface = super::world::interface(1);
    router.handle(now, crate::Input::Interface(interface), &mut effects);
    router.handle(now, crate::Input::Start { restored: vec![] }, &mut effects);
    let now = now + seconds(1.0);
    effects.clear();
    // An owner notices nothing of being late.
    router.handle(now, crate::Input::Tick, &mut effects);
    let announced = |effects: &[Effect]| -> usize {
        let counts = effects.iter().map(|effect| match effect {
            Effect::Announce(list) => list.len(),
            _ => 0,
        });
        counts.sum()
    };
    assert_eq!(announced(&effects), 256);
    assert!(matches!(router.deadline(), Some((at, Timer::Announce)) if at <= now));
    let mut calls = 1;
    while router.deadline().is_some_and(|(at, _)| at <= now) {
        router.handle(now, crate::Input::Tick, &mut effects);
        calls += 1;
    }
    assert_eq!(announced(&effects), 5 * 600);
    assert_eq!(calls, 12);
}

/// `vrrp_garp_interval` and `vrrp_gna_interval`: one message at a time per interface.
#[test]
fn pacing_puts_gaps_between_messages() {
    let mut paced = config(instance(255));
    paced.global.garp_interval = seconds(0.1);
    let mut v6 = instance_v6(255);
    v6.name = "VI_6".to_owned();
    paced.instances.push(v6);
    paced.global.gna_interval = seconds(0.2);
    let mut world = World::started(&[paced]);
    world.run(seconds(4.0));
    let (mut v4, mut v6) = (Vec::new(), Vec::new());
    for (at, effect) in &world.nodes[0].effects {
        if let Effect::Announce(list) = effect {
            assert_eq!(list.len(), 1);
            let is_v4 = list[0].address.address.is_ipv4();
            if is_v4 { &mut v4 } else { &mut v6 }.push(*at);
        }
    }
    assert_eq!((v4.len(), v6.len()), (5, 10));
    assert!(v4.windows(2).all(|w| w[1].since(w[0]) == seconds(0.1)));
    assert!(v6.windows(2).all(|w| w[1].since(w[0]) == seconds(0.2)));
}

/// Whoever is master no more announces nothing more.
#[test]
fn leaving_cancels_what_waits() {
    let mut paced = config(instance(150));
    paced.global.garp_interval = seconds(1.0);
    let mut world = World::started(&[paced]);
    world.run(seconds(4.0));
    let before = world.announced(0);
    super::world::Peer::of(&instance(150)).say(&mut world, 200);
    world.run(seconds(3.0));
    assert_eq!(world.announced(0), before);
}

/// Many instances: what is due together is done in one call, and coalesces over time.
#[test]
fn instances_of_one_interval_tick_together() {
    let mut config = Config::default();
    for vrid in 1..=200 {
        let mut one = instance(100 + vrid % 50);
        one.name = format!("VI_{vrid}");
        one.vrid = vrid;
        config.instances.push(one);
    }
    let mut world = World::started(&[config]);
    world.run(seconds(20.0));
    world.nodes[0].effects.clear();
    world.run(seconds(10.0));
    let sent = world.sent(0);
    assert_eq!(sent.len(), 2000);
    let moments: std::collections::BTreeSet<Instant> = sent.iter().map(|(at, _)| *at).collect();
    // 50 beats a second at most.
    assert!(moments.len() <= 500, "{}", moments.len());
}

/// Of several takeovers at once, every first round goes before any repeat.
#[test]
fn first_rounds_go_first() {
    let mut two = many(200);
    let mut second = two.instances[0].clone();
    second.name = "VI_2".to_owned();
    second.vrid = 52;
    for address in &mut second.addresses {
        if let IpAddr::V4(old) = address.address {
            let [_, _, high, low] = old.octets();
            address.address = IpAddr::from([10, 2, high, low]);
        }
    }
    two.instances.push(second);
    let mut world = World::started(&[two]);
    world.run(seconds(1.0));
    let lists = world.nodes[0]
        .effects
        .iter()
        .filter_map(|(_, effect)| match effect {
            Effect::Announce(list) => Some(list.to_vec()),
            _ => None,
        });
    let order: Vec<IpAddr> = lists
        .flatten()
        .map(|placed| placed.address.address)
        .collect();
    assert_eq!(order.len(), 2 * 5 * 200);
    // The first may have begun to repeat before the second ordered anything: one call's worth.
    let both: std::collections::BTreeSet<&IpAddr> = order.iter().take(200 + 256).collect();
    assert_eq!(both.len(), 400);
}

/// `garp_group`: interfaces of a group share a clock; others go by the global gap.
#[test]
fn a_group_of_interfaces_has_a_gap_of_its_own() {
    let mut instance = instance(255);
    instance.garp.master_repeat = 1;
    instance.garp.master_delay = seconds(0.0);
    instance.addresses = ["eth0", "eth1", "eth2"]
        .into_iter()
        .zip(1..)
        .map(|(interface, host)| VirtualAddress {
            interface: Some(interface.to_owned()),
            no_track: true,
            ..VirtualAddress::new(IpAddr::from([10, 1, 0, host]))
        })
        .collect();
    let mut config = config(instance);
    config.garp_groups = vec![GarpGroup {
        interfaces: vec!["eth0".to_owned(), "eth1".to_owned()],
        garp_interval: seconds(0.5),
        gna_interval: seconds(0.0),
    }];
    let mut world = World::started(&[config]);
    let start = world.now;
    world.run(seconds(3.0));
    let mut times: Vec<u128> = announcements(&world)
        .iter()
        .map(|(at, _)| at.since(start).as_millis())
        .collect();
    times.sort_unstable();
    assert_eq!(times, [0, 0, 500]);
}
