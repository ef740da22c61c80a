//! A new configuration while everything runs (section 14).

use vipd_config::model::{Config, SyncGroup, VirtualAddress};

use super::world::{Peer, World, config, instance, seconds};
use crate::event::State::{Backup, Master};
use crate::{Effect, Event, Input};

fn running(config: &Config) -> World {
    let mut world = World::started(std::slice::from_ref(config));
    world.run(seconds(12.0));
    assert_eq!(world.state(0), Master);
    world.nodes[0].effects.clear();
    world
}

fn reload(world: &mut World, config: &Config) {
    world.input(0, Input::Reconfigure(Box::new(config.clone())));
}

#[test]
fn the_same_configuration_changes_nothing() {
    let config = config(instance(150));
    let mut world = running(&config);
    let before = world.status(0);
    reload(&mut world, &config);
    assert_eq!(world.nodes[0].effects, []);
    assert_eq!(world.status(0), before);
    let deadline = world.nodes[0].router.deadline();
    world.run(seconds(10.0));
    assert_eq!(world.sent(0).len(), 10);
    assert!(deadline.is_some());
}

/// `fifo_write_vrrp_states_on_reload`
#[test]
fn states_are_told_at_a_reload_when_that_is_wanted() {
    let mut config = config(instance(150));
    config.sync_groups.push(SyncGroup {
        name: "G".to_owned(),
        members: vec!["VI_1".to_owned()],
        ..SyncGroup::default()
    });
    let mut world = running(&config);
    config.global.fifo_states_on_reload = true;
    let mut second = instance(100);
    second.name = "VI_2".to_owned();
    second.vrid = 52;
    config.instances.push(second);
    reload(&mut world, &config);
    let effects = world.nodes[0].effects.iter();
    let told: Vec<String> = effects
        .filter_map(|(_, effect)| match effect {
            Effect::Report(event @ (Event::StateHeld { .. } | Event::GroupHeld { .. })) => {
                Some(event.to_string())
            }
            _ => None,
        })
        .collect();
    assert_eq!(
        told,
        [
            "VRRP_Group(G) is in MASTER state still",
            "(VI_1) is in MASTER STATE still"
        ]
    );
}

#[test]
fn only_vips_that_differ_are_touched() {
    let mut two = instance(150);
    two.addresses
        .push(VirtualAddress::new([10, 0, 0, 101].into()));
    let mut world = running(&config(two));
    let mut other = instance(150);
    other
        .addresses
        .push(VirtualAddress::new([10, 0, 0, 102].into()));
    reload(&mut world, &config(other));
    let touched: Vec<String> = world.nodes[0]
        .effects
        .iter()
        .filter_map(|(_, effect)| match effect {
            Effect::AddAddresses { addresses, .. } => Some(("+", addresses)),
            Effect::RemoveAddresses { addresses, .. } => Some(("-", addresses)),
            Effect::Announce(addresses) => Some(("!", addresses)),
            _ => None,
        })
        .map(|(sign, list)| {
            let list: Vec<_> = list.iter().map(|p| p.address.address.to_string()).collect();
            format!("{sign}{}", list.join(","))
        })
        .collect();
    let mut wanted = vec!["-10.0.0.101", "+10.0.0.102"];
    // What was there before is announced too.
    wanted.extend(["!10.0.0.100,10.0.0.102"; 5]);
    assert_eq!(touched, wanted);
    assert_eq!(world.state(0), Master);
    // The next advert has the new list.
    world.run(seconds(1.0));
    assert_eq!(world.sent(0)[0].1[32..36], [10, 0, 0, 102]);
}

#[test]
fn a_removed_instance_leaves_and_a_new_one_starts() {
    let mut world = running(&config(instance(150)));
    let mut other = instance(150);
    other.vrid = 60;
    other.addresses = vec![VirtualAddress::new([10, 0, 0, 160].into())];
    reload(&mut world, &config(other.clone()));
    let effects = &world.nodes[0].effects;
    let deleted =
        |(_, effect): &(_, Effect)| matches!(effect, Effect::Report(Event::InstanceDeleted { .. }));
    assert!(effects.iter().any(deleted));
    assert_eq!(super::world::priority_of(&world.sent(0)[0].1), 0);
    assert_eq!(world.nodes[0].held.len(), 0);
    assert_eq!(world.state(0), Backup);
    world.run(seconds(3.5));
    assert_eq!(world.state(0), Master);
    Peer::of(&other).say(&mut world, 200);
    assert_eq!(world.state(0), Backup);
}

#[test]
fn a_renamed_instance_is_the_same() {
    let mut world = running(&config(instance(150)));
    let before = world.status(0).counters;
    let mut renamed = instance(150);
    renamed.name = "OTHER".to_owned();
    reload(&mut world, &config(renamed));
    assert_eq!(world.state(0), Master);
    assert_eq!(world.status(0).counters, before);
    assert_eq!(world.status(0).instance, "OTHER");
    assert_eq!(world.sent(0).len(), 0);
}

#[test]
fn another_priority_is_advertised_from_now_on() {
    let mut world = running(&config(instance(150)));
    reload(&mut world, &config(instance(90)));
    world.run(seconds(1.0));
    let priorities: Vec<u8> = world
        .sent(0)
        .iter()
        .map(|(_, bytes)| super::world::priority_of(bytes))
        .collect();
    assert_eq!(priorities, [90]);
}

/// Instances change places; timers, packets and sockets still find the right one.
#[test]
fn order_in_the_file_does_not_matter() {
    let mut second = instance(150);
    second.name = "VI_2".to_owned();
    second.vrid = 52;
    let mut both = config(instance(150));
    both.instances.push(second.clone());
    let mut world = running(&both);
    both.instances.swap(0, 1);
    reload(&mut world, &both);
    assert_eq!(world.status(0).instance, "VI_2");
    Peer::of(&second).say(&mut world, 200);
    let states: Vec<_> = world.nodes[0]
        .router
        .status()
        .iter()
        .map(|s| s.state)
        .collect();
    assert_eq!(states, [Backup, Master]);
    world.run(seconds(10.0));
    let states: Vec<_> = world.nodes[0]
        .router
        .status()
        .iter()
        .map(|s| s.state)
        .collect();
    assert_eq!(states, [Master, Master]);
}

/// A backup's timer follows a new interval; nothing fires early.
#[test]
fn a_new_interval_moves_the_timer() {
    let mut world = World::started(&[config(instance(150))]);
    let mut slow = instance(150);
    slow.advert_interval = seconds(3.0);
    reload(&mut world, &config(slow));
    world.run(seconds(9.4));
    assert_eq!(world.state(0), Backup);
    world.run(seconds(0.1));
    assert_eq!(world.state(0), Master);
}

/// A master with a shorter interval does not wait out the old one.
#[test]
fn a_shorter_interval_holds_at_once() {
    let mut slow = instance(150);
    slow.advert_interval = seconds(10.0);
    let mut world = World::started(&[config(slow)]);
    world.run(seconds(31.0));
    assert_eq!(world.state(0), Master);
    world.nodes[0].effects.clear();
    reload(&mut world, &config(instance(150)));
    world.run(seconds(2.0));
    assert_eq!(world.sent(0).len(), 2);
}

#[test]
fn before_the_start_a_reload_is_just_the_configuration() {
    let mut world = World::new(&[config(instance(150))]);
    reload(&mut world, &config(instance(90)));
    world.start(0);
    assert_eq!(world.status(0).priority, 90);
}
