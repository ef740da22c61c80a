//! Two routers: election, failover, hand-back.

use super::world::{World, config, instance, instance_v6, seconds};
use crate::Input;
use crate::event::State::{Backup, Master};

fn pair() -> World {
    World::started(&[config(instance(150)), config(instance(100))])
}

#[test]
fn the_higher_priority_becomes_master() {
    let mut world = pair();
    world.run(seconds(3.4));
    assert_eq!(world.states(), [Backup, Backup]);
    world.run(seconds(0.1));
    assert_eq!(world.states(), [Master, Backup]);
    world.run(seconds(20.0));
    assert_eq!(world.states(), [Master, Backup]);
    assert_eq!(world.nodes[0].held.len(), 1);
    assert_eq!(world.nodes[1].held.len(), 0);
}

#[test]
fn a_dead_master_is_replaced_and_takes_over_again() {
    let mut world = pair();
    world.run(seconds(10.0));
    world.nodes[0].is_cut = true;
    world.nodes[0].is_paused = true;
    world.run(seconds(3.6 + 0.01));
    assert_eq!(world.states(), [Master, Master]);
    world.nodes[0] = World::new(&[config(instance(150))]).nodes.remove(0);
    world.start(0);
    world.run(seconds(4.0));
    assert_eq!(world.states(), [Master, Backup]);
    assert_eq!(world.nodes[1].held.len(), 0);
}

#[test]
fn a_stop_hands_over_after_skew() {
    let mut world = pair();
    world.run(seconds(10.0));
    world.input(0, Input::Stop);
    assert_eq!(world.nodes[0].held.len(), 0);
    // Skew of priority 100: 156/256 s.
    world.run(seconds(0.6));
    assert_eq!(world.state(1), Backup);
    world.run(seconds(0.02));
    assert_eq!(world.state(1), Master);
}

#[test]
fn ipv6_routers_elect_and_hand_over() {
    let mut world = World::started(&[config(instance_v6(150)), config(instance_v6(100))]);
    world.run(seconds(4.0));
    assert_eq!(world.states(), [Master, Backup]);
    assert_eq!(world.nodes[0].held.len(), 2);
    world.input(0, Input::Stop);
    world.run(seconds(0.62));
    assert_eq!(world.state(1), Master);
}
