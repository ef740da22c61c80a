//! Four thousand instances in one router.

use std::net::IpAddr;
use std::time::Duration;

use vipd_config::model::{Config, Instance, VirtualAddress};

use super::world::{World, interface, seconds};
use crate::event::State::{Backup, Master};
use crate::{Effect, Input};

const INTERFACES: u16 = 16;
const VRIDS: u8 = 250;

/// 250 virtual routers on each of 16 interfaces.
fn thousands() -> (Config, World) {
    let mut config = Config::default();
    for number in 0..INTERFACES {
        for vrid in 1..=VRIDS {
            let name = format!("VI_{number}_{vrid}");
            let mut instance = Instance::new(name, format!("eth{number}"), vrid);
            let low = number.to_be_bytes()[1];
            instance.addresses = vec![VirtualAddress::new(IpAddr::from([10, 9, low, vrid]))];
            config.instances.push(instance);
        }
    }
    let mut world = World::new(std::slice::from_ref(&config));
    for number in 0..INTERFACES {
        let mut eth = interface(1);
        eth.name = format!("eth{number}");
        eth.index = 10 + u32::from(number);
        world.input(0, Input::Interface(eth));
    }
    (config, world)
}

/// Counted in calls: one tick serves all that are due together, and only those cost anything.
#[test]
fn masters_of_one_interval_share_their_ticks() {
    let (_, mut world) = thousands();
    world.start(0);
    world.run(seconds(4.0));
    world.run(seconds(10.0));
    world.nodes[0].effects.clear();
    world.run(seconds(1.0));
    let sent = world.sent(0);
    assert_eq!(sent.len(), 4000);
    assert_eq!(sent[0].0, sent[3999].0);
    let status = world.nodes[0].router.status();
    assert!(status.iter().all(|status| status.state == Master));
}

/// A packet finds its instance, and leaves the others alone.
#[test]
fn a_packet_reaches_one_instance() {
    let (config, mut world) = thousands();
    world.start(0);
    world.run(seconds(5.0));
    world.nodes[0].effects.clear();
    let meant = &config.instances[1234];
    let sockets = world.nodes[0].router.sockets();
    let on = |name: &str| {
        let found = sockets
            .iter()
            .find(|s| s.interface.as_ref().is_some_and(|(n, _)| n == name));
        found.unwrap().id
    };
    let socket = on(meant.interface.as_deref().unwrap());
    let bytes = super::world::Peer::of(meant).advert(200);
    let (source, group) = (IpAddr::from([10, 0, 0, 9]), IpAddr::from([224, 0, 0, 18]));
    world.packet(0, socket, source, group, &bytes);
    let status = world.nodes[0].router.status();
    let backups: Vec<&str> = status
        .iter()
        .filter(|status| status.state == Backup)
        .map(|status| status.instance.as_str())
        .collect();
    assert_eq!(backups, [meant.name.as_str()]);
}

/// Takeover of everything at once: adverts first, announcements in small pieces.
#[test]
fn a_takeover_of_all_sends_every_advert_in_the_first_call() {
    let (_, mut world) = thousands();
    world.start(0);
    world.run(seconds(3.609));
    world.nodes[0].effects.clear();
    world.run(Duration::from_millis(1));
    let effects = &world.nodes[0].effects;
    let sends = effects
        .iter()
        .filter(|(_, e)| matches!(e, Effect::Send(_)))
        .count();
    assert_eq!(sends, 4000);
    assert_eq!(world.announced(0), 5 * 4000);
    assert_eq!(world.nodes[0].most_announced, 256);
}

/// A restart and a reload of thousands are matched without comparing each with each.
#[test]
fn a_restart_and_a_reload_of_all_carry_on() {
    let (config, mut world) = thousands();
    world.start(0);
    world.run(seconds(5.0));
    let restored = world.nodes[0].saved.values().cloned().collect();
    let (_, mut next) = thousands();
    next.input(0, Input::Start { restored });
    let masters = |world: &World| {
        let status = world.nodes[0].router.status();
        status
            .iter()
            .filter(|status| status.state == Master)
            .count()
    };
    assert_eq!(masters(&next), 4000);
    next.run(seconds(1.0));
    next.nodes[0].effects.clear();
    next.input(0, Input::Reconfigure(Box::new(config)));
    assert_eq!(next.nodes[0].effects, []);
    assert_eq!(masters(&next), 4000);
}
