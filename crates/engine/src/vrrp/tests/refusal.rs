//! Packets to VIPs are dropped with `no_accept`, unless the instance owns them (V3-25, V2-44).

use vipd_config::model::{Config, Instance, VirtualAddress};

use super::world::{Peer, World, config, instance, seconds};
use crate::event::State::{Backup, Master};
use crate::{Effect, Input};

fn refusing(priority: u8) -> Instance {
    let mut instance = instance(priority);
    instance.accept = false;
    instance
        .excluded_addresses
        .push(VirtualAddress::new("fd00::1".parse().unwrap()));
    instance
}

/// What was done to the firewall and to addresses, in order.
fn deeds(world: &mut World) -> Vec<String> {
    let effects = std::mem::take(&mut world.nodes[0].effects);
    let deed = |effect: &Effect| {
        let (sign, list) = match effect {
            Effect::Refuse { addresses, .. } => ("refuse", addresses),
            Effect::Accept { addresses, .. } => ("accept", addresses),
            Effect::AddAddresses { addresses, .. } => ("add", addresses),
            Effect::RemoveAddresses { addresses, .. } => ("remove", addresses),
            _ => return None,
        };
        let list: Vec<_> = list.iter().map(|p| p.address.address.to_string()).collect();
        Some(format!("{sign} {}", list.join(",")))
    };
    effects
        .iter()
        .filter_map(|(_, effect)| deed(effect))
        .collect()
}

fn master(config: &Config) -> World {
    let mut world = World::started(std::slice::from_ref(config));
    world.run(seconds(12.0));
    assert_eq!(world.state(0), Master);
    world
}

#[test]
fn nothing_gets_through_before_it_is_dropped() {
    let mut world = master(&config(refusing(150)));
    let wanted = [
        // What an earlier run left behind.
        "remove 10.0.0.100",
        "remove fd00::1",
        "refuse 10.0.0.100",
        "refuse fd00::1",
        "add 10.0.0.100",
        "add fd00::1",
    ];
    assert_eq!(deeds(&mut world), wanted);
    Peer::of(&instance(200)).say(&mut world, 200);
    assert_eq!(world.state(0), Backup);
    let wanted = [
        "remove 10.0.0.100",
        "remove fd00::1",
        "accept 10.0.0.100",
        "accept fd00::1",
    ];
    assert_eq!(deeds(&mut world), wanted);
}

#[test]
fn an_owner_answers_whatever_is_said() {
    let mut world = master(&config(refusing(255)));
    assert_eq!(deeds(&mut world), ["add 10.0.0.100", "add fd00::1"]);
}

#[test]
fn a_reload_changes_what_differs() {
    let mut world = master(&config(refusing(150)));
    deeds(&mut world);
    let mut reload = |instance: Instance| {
        world.input(0, Input::Reconfigure(Box::new(config(instance))));
        deeds(&mut world)
    };
    let mut other = refusing(150);
    other.excluded_addresses.clear();
    other
        .addresses
        .push(VirtualAddress::new([10, 0, 0, 101].into()));
    let wanted = [
        "remove fd00::1",
        "accept fd00::1",
        "refuse 10.0.0.101",
        "add 10.0.0.101",
    ];
    assert_eq!(reload(other.clone()), wanted);
    other.accept = true;
    assert_eq!(reload(other.clone()), ["accept 10.0.0.100,10.0.0.101"]);
    other.accept = false;
    assert_eq!(reload(other), ["refuse 10.0.0.100,10.0.0.101"]);
}

#[test]
fn a_successor_says_again_what_is_dropped() {
    let configuration = config(refusing(150));
    let before = master(&configuration);
    let restored = before.nodes[0].saved.values().cloned().collect();
    let mut world = World::new(&[configuration]);
    world.input(0, Input::Start { restored });
    let wanted = [
        "refuse 10.0.0.100",
        "refuse fd00::1",
        "add 10.0.0.100",
        "add fd00::1",
    ];
    assert_eq!(deeds(&mut world), wanted);
}
