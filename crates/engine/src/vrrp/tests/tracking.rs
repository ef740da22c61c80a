//! Effective priority, weights and FAULT by what is tracked (section 7).

use vipd_config::model::{Check, Config, Instance, TrackScript, Tracked, Weight};

use super::world::{Peer, World, config, instance, seconds};
use crate::Input;
use crate::event::State::{Backup, Fault, Master};
use crate::input::ScriptOutcome::{self, Exited, Failed, Signalled, TimedOut};

fn script(name: &str, rise: u32, fall: u32, init_fail: bool) -> TrackScript {
    TrackScript {
        name: name.to_owned(),
        check: Check::Open("/x".to_owned()),
        interval: seconds(1.0),
        timeout: seconds(1.0),
        weight: Weight::default(),
        rise,
        fall,
        init_fail,
    }
}

fn tracked(name: &str, value: i16, reverse: bool) -> Tracked {
    Tracked {
        name: name.to_owned(),
        weight: Weight { value, reverse },
    }
}

/// `VI_1` of priority 100 that tracks `chk`.
fn scripted(weight: i16, reverse: bool, init_fail: bool) -> Config {
    let mut instance = instance(100);
    instance.track_scripts = vec![tracked("chk", weight, reverse)];
    let mut config = config(instance);
    config.scripts = vec![script("chk", 1, 1, init_fail)];
    config
}

/// Priority before any result, after a success, after a failure.
fn priorities(weight: i16, reverse: bool) -> [u8; 3] {
    let mut world = World::started(&[scripted(weight, reverse, false)]);
    let before = world.status(0).priority;
    world.script(0, "chk", Exited(0));
    let up = world.status(0).priority;
    world.script(0, "chk", Exited(1));
    [before, up, world.status(0).priority]
}

#[test]
fn weights_of_scripts() {
    assert_eq!(priorities(20, false), [100, 120, 100]);
    assert_eq!(priorities(-20, false), [100, 100, 80]);
    assert_eq!(priorities(20, true), [100, 80, 100]);
    assert_eq!(priorities(-20, true), [100, 100, 120]);
    // 1 to 254.
    assert_eq!(priorities(253, false), [100, 254, 100]);
    assert_eq!(priorities(-253, false), [100, 100, 1]);
}

#[test]
fn init_fail_counts_from_the_start() {
    let world = World::started(&[scripted(-20, false, true)]);
    assert_eq!(world.status(0).priority, 80);
    let mut world = World::started(&[scripted(0, false, true)]);
    assert_eq!(world.state(0), Fault);
    // What is only taken for a failure is not told: it ends with the first success.
    let is_told = |world: &mut World| world.log(0).iter().any(|l| l.contains("STATE"));
    assert!(!is_told(&mut world));
    world.script(0, "chk", Exited(0));
    assert_eq!(world.state(0), Backup);
    // A real one is.
    let mut world = World::started(&[scripted(0, false, true)]);
    world.script(0, "chk", Exited(1));
    assert!(is_told(&mut world));
    assert_eq!(world.state(0), Fault);
}

#[test]
fn the_owner_never_changes() {
    let mut config = scripted(-20, false, false);
    config.instances[0].priority = 255;
    let mut world = World::started(&[config]);
    world.script(0, "chk", Exited(1));
    assert_eq!(world.status(0).priority, 255);
}

#[test]
fn weight_0_is_a_fault() {
    let mut world = World::started(&[scripted(0, false, false)]);
    world.script(0, "chk", Exited(0));
    world.run(seconds(4.0));
    assert_eq!(world.state(0), Master);
    world.log(0);
    world.script(0, "chk", Exited(3));
    assert_eq!(world.state(0), Fault);
    let wanted = [
        "Script `chk` now returning 3",
        "VRRP_Script(chk) failed (exited with status 3)",
        "(VI_1) entering FAULT state (due to script chk)",
        "(VI_1) Entering FAULT STATE",
        "(VI_1) sent 0 priority",
        "(VI_1) removing VIPs.",
    ];
    assert_eq!(world.log(0), wanted);
    // Back by way of BACKUP with the full down time.
    world.script(0, "chk", Exited(0));
    assert_eq!(world.state(0), Backup);
    world.run(seconds(3.6));
    assert_eq!(world.state(0), Backup);
    world.run(seconds(0.1));
    assert_eq!(world.state(0), Master);
}

#[test]
fn reverse_weight_0_is_a_fault_while_all_is_well() {
    let mut world = World::started(&[scripted(0, true, false)]);
    world.script(0, "chk", Exited(0));
    assert_eq!(world.state(0), Fault);
    world.script(0, "chk", Exited(1));
    assert_eq!(world.state(0), Backup);
}

/// Section 1: nobody is told before every script with weight 0 has a result.
#[test]
fn an_instance_waits_for_its_scripts() {
    let mut config = scripted(0, false, false);
    config.scripts.push(script("slow", 1, 1, false));
    config.instances[0]
        .track_scripts
        .push(tracked("slow", 0, false));
    let mut world = World::started(&[config]);
    world.script(0, "chk", Exited(0));
    let is_told = |world: &mut World| world.log(0).iter().any(|l| l.contains("STATE"));
    world.run(seconds(60.0));
    assert!(!is_told(&mut world));
    world.script(0, "slow", Exited(0));
    let wanted = [
        "VRRP_Script(slow) succeeded",
        "(VI_1) Entering BACKUP STATE",
    ];
    assert_eq!(world.log(0), wanted);
    world.run(seconds(4.0));
    assert_eq!(world.state(0), Master);
}

#[test]
fn a_first_failure_is_told_as_fault() {
    let mut world = World::started(&[scripted(0, false, false)]);
    world.log(0);
    world.script(0, "chk", Exited(1));
    let log = world.log(0);
    assert_eq!(log.last().unwrap(), "(VI_1) Entering FAULT STATE (init)");
}

#[test]
fn every_outcome_has_its_words() {
    let told = |outcome: ScriptOutcome| {
        let mut world = World::started(&[scripted(10, false, false)]);
        world.script(0, "chk", Exited(0));
        world.log(0);
        world.script(0, "chk", outcome);
        world.log(0)
    };
    assert_eq!(
        told(Signalled(9))[0],
        "VRRP_Script(chk) failed (due to signal 9)"
    );
    assert_eq!(told(TimedOut)[0], "VRRP_Script(chk) timed_out");
    assert_eq!(told(Failed)[0], "VRRP_Script(chk) failed");
    let wanted = [
        "Script `chk` now returning 2",
        "VRRP_Script(chk) failed (exited with status 2)",
        "(VI_1) Changing effective priority from 110 to 100",
    ];
    assert_eq!(told(Exited(2)), wanted);
}

/// Section 2: the running down timer moves by the difference.
#[test]
fn a_changed_priority_moves_the_down_timer() {
    let mut world = World::started(&[scripted(100, false, false)]);
    let before = world.status(0).timer.unwrap().0;
    world.run(seconds(1.0));
    world.script(0, "chk", Exited(0));
    let after = world.status(0).timer.unwrap().0;
    // 100/256 s less skew.
    assert_eq!(
        before.since(after),
        std::time::Duration::from_micros(390_625)
    );
}

/// A weight that flips the election does so in a running pair, and back.
#[test]
fn a_failing_script_hands_the_master_over() {
    let mut better = scripted(-60, false, false);
    better.instances[0].priority = 150;
    let mut world = World::started(&[better, config(instance(100))]);
    world.run(seconds(5.0));
    assert_eq!(world.states(), [Master, Backup]);
    world.script(0, "chk", Exited(1));
    world.run(seconds(4.0));
    assert_eq!(world.states(), [Backup, Master]);
    world.script(0, "chk", Exited(0));
    world.run(seconds(4.0));
    assert_eq!(world.states(), [Master, Backup]);
}

fn with_eth1(weight: Option<(i16, bool)>) -> (Config, Instance) {
    let mut instance = instance(100);
    if let Some((value, reverse)) = weight {
        instance.track_interfaces = vec![tracked("eth1", value, reverse)];
    }
    (config(instance.clone()), instance)
}

fn eth1(world: &mut World, is_up: bool) {
    let mut eth1 = super::world::interface(1);
    eth1.name = "eth1".to_owned();
    eth1.index = 3;
    eth1.ipv4 = vec![];
    eth1.is_up = is_up;
    world.input(0, Input::Interface(eth1));
}

#[test]
fn weights_of_interfaces() {
    for (weight, reverse, up, down) in [
        (10, false, 110, 100),
        (-10, false, 100, 90),
        (10, true, 90, 100),
        (-10, true, 100, 110),
    ] {
        let mut world = World::started(&[with_eth1(Some((weight, reverse))).0]);
        assert_eq!(world.status(0).priority, down, "missing");
        eth1(&mut world, true);
        assert_eq!(world.status(0).priority, up);
        eth1(&mut world, false);
        assert_eq!(world.status(0).priority, down);
        world.input(
            0,
            Input::InterfaceGone {
                name: "eth1".to_owned(),
            },
        );
        assert_eq!(world.status(0).priority, down);
    }
}

#[test]
fn a_tracked_interface_of_weight_0_is_a_fault() {
    let mut world = World::started(&[with_eth1(Some((0, false))).0]);
    assert_eq!(world.state(0), Fault);
    eth1(&mut world, true);
    assert_eq!(world.state(0), Backup);
    eth1(&mut world, false);
    assert_eq!(world.state(0), Fault);
}

/// FAULT reasons are a set: all must go.
#[test]
fn every_fault_must_go() {
    let mut config = scripted(0, false, false);
    config.instances[0].track_interfaces = vec![tracked("eth1", 0, false)];
    let mut world = World::started(&[config]);
    world.script(0, "chk", Exited(1));
    assert_eq!(world.status(0).faults.len(), 2);
    world.script(0, "chk", Exited(0));
    assert_eq!(world.state(0), Fault);
    eth1(&mut world, true);
    assert_eq!(world.state(0), Backup);
}

/// Interfaces of VIPs are tracked with weight 0, unless `no_track`; the VIP goes there.
#[test]
fn the_interface_of_a_vip_is_tracked() {
    let mut instance = instance(100);
    instance.addresses[0].interface = Some("eth1".to_owned());
    let mut world = World::started(&[config(instance.clone())]);
    assert_eq!(world.state(0), Fault);
    eth1(&mut world, true);
    world.run(seconds(4.0));
    assert_eq!(world.state(0), Master);
    let added = world.nodes[0]
        .effects
        .iter()
        .find_map(|(_, effect)| match effect {
            crate::Effect::AddAddresses { addresses, .. } => Some(addresses[0].interface.clone()),
            _ => None,
        });
    assert_eq!(added.as_deref(), Some("eth1"));
    instance.addresses[0].no_track = true;
    let world = World::started(&[config(instance)]);
    assert_eq!(world.state(0), Backup);
}

/// A weight on the own interface takes the place of the fault.
#[test]
fn the_own_interface_with_a_weight() {
    let mut instance = instance(100);
    instance.track_interfaces = vec![tracked("eth0", -30, false)];
    instance.tracks_primary = false;
    let mut world = World::started(&[config(instance)]);
    let mut down = super::world::interface(1);
    down.is_up = false;
    world.input(0, Input::Interface(down));
    assert_eq!((world.state(0), world.status(0).priority), (Backup, 70));
}

/// A script that is not defined would never give a result: it is no tracker.
#[test]
fn an_unknown_script_holds_nobody_back() {
    let mut config = scripted(0, false, false);
    config.scripts.clear();
    let mut world = World::started(&[config]);
    assert_eq!(world.state(0), Backup);
    world.script(0, "chk", Exited(1));
    assert_eq!(world.state(0), Backup);
}

/// A result before the start counts from the start.
#[test]
fn results_may_come_before_the_start() {
    let mut world = World::new(&[scripted(0, false, false)]);
    world.script(0, "chk", Exited(0));
    world.start(0);
    assert_eq!(world.state(0), Backup);
    let mut peer = Peer::of(&instance(100));
    peer.say(&mut world, 200);
    assert_eq!(world.status(0).counters.advert_rcvd, 1);
}
