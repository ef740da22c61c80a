//! A process that takes over from another (snapshots).

use super::world::{Peer, World, config, instance, seconds};
use crate::event::State::{Backup, Fault, Init, Master};
use crate::input::ScriptOutcome::Exited;
use crate::vrrp::Snapshot;
use crate::{Effect, Event, Input};
use vipd_config::model::{Check, Config, Instance, TrackScript, Tracked, VirtualAddress, Weight};

/// What a router of this configuration leaves behind after a while.
fn left_by(config: &Config, act: impl Fn(&mut World)) -> Vec<Snapshot> {
    let mut world = World::started(std::slice::from_ref(config));
    act(&mut world);
    let saved = std::mem::take(&mut world.nodes[0].saved);
    // As the supervisor keeps it: through bytes.
    let text = |s: &Snapshot| serde_json::to_string(s).unwrap();
    let texts: Vec<String> = saved.values().map(text).collect();
    texts
        .iter()
        .map(|t| serde_json::from_str(t).unwrap())
        .collect()
}

fn takes_over(config: &Config, restored: Vec<Snapshot>) -> World {
    let mut world = World::new(std::slice::from_ref(config));
    world.input(0, Input::Start { restored });
    world
}

fn has(world: &World, wanted: impl Fn(&Effect) -> bool) -> bool {
    world.nodes[0]
        .effects
        .iter()
        .any(|(_, effect)| wanted(effect))
}

fn removes(effect: &Effect) -> bool {
    matches!(effect, Effect::RemoveAddresses { .. })
}

fn notifies(effect: &Effect) -> bool {
    matches!(effect, Effect::Report(Event::StateChanged { .. }))
}

#[test]
fn a_master_carries_on_at_once() {
    let config = config(instance(150));
    let left = left_by(&config, |world| world.run(seconds(10.0)));
    let mut world = takes_over(&config, left);
    assert_eq!(world.state(0), Master);
    assert_eq!(world.sent(0).len(), 1);
    assert_eq!(world.nodes[0].held.len(), 1);
    assert!(!has(&world, removes));
    assert!(!has(&world, notifies));
    assert!(
        world
            .log(0)
            .contains(&"(VI_1) carrying on in MASTER STATE".to_owned())
    );
    world.run(seconds(1.0));
    assert_eq!(world.sent(0).len(), 1);
}

#[test]
fn a_backup_carries_on_with_a_full_timer() {
    let config = config(instance(150));
    let left = left_by(&config, |world| {
        let mut peer = Peer::of(&instance(150));
        peer.say(world, 200);
    });
    let mut world = takes_over(&config, left);
    assert_eq!(world.state(0), Backup);
    assert!(!has(&world, notifies));
    world.run(seconds(3.4));
    assert_eq!(world.state(0), Backup);
    world.run(seconds(0.1));
    assert_eq!(world.state(0), Master);
}

/// The interface is down by now: the VIPs go, priority 0 is tried.
#[test]
fn a_master_that_cannot_carry_on_leaves() {
    let config = config(instance(150));
    let left = left_by(&config, |world| world.run(seconds(10.0)));
    let mut world = World::new(&[config]);
    let mut down = super::world::interface(1);
    down.is_up = false;
    world.input(0, Input::Interface(down));
    world.input(0, Input::Start { restored: left });
    assert_eq!(world.state(0), Fault);
    assert!(has(&world, removes) && has(&world, notifies));
    assert_eq!(world.nodes[0].held.len(), 0);
}

#[test]
fn vips_of_a_vanished_instance_are_taken_away() {
    let mut other = instance(150);
    other.vrid = 60;
    other.addresses = vec![VirtualAddress::new([10, 0, 0, 160].into())];
    let left = left_by(&config(other), |world| world.run(seconds(10.0)));
    let world = takes_over(&config(instance(150)), left);
    assert_eq!(world.state(0), Backup);
    let is_stray = |effect: &Effect| match effect {
        Effect::RemoveAddresses { addresses, .. } => {
            addresses[0].address.address == std::net::IpAddr::from([10, 0, 0, 160])
        }
        _ => false,
    };
    assert!(has(&world, is_stray));
}

/// A VIP that is no longer in the file goes, the others stay untouched.
#[test]
fn vips_that_are_no_longer_wanted_are_taken_away() {
    let mut before = instance(150);
    before
        .addresses
        .push(VirtualAddress::new([10, 0, 0, 101].into()));
    let left = left_by(&config(before), |world| world.run(seconds(10.0)));
    let world = takes_over(&config(instance(150)), left);
    assert_eq!(world.state(0), Master);
    let removed: Vec<_> = world.nodes[0]
        .effects
        .iter()
        .filter_map(|(_, effect)| match effect {
            Effect::RemoveAddresses { addresses, .. } => Some(addresses.to_vec()),
            _ => None,
        })
        .flatten()
        .map(|placed| placed.address.address.to_string())
        .collect();
    assert_eq!(removed, ["10.0.0.101"]);
}

/// Weight 0 on script `a`, -20 on `b`.
fn tracking() -> Config {
    let mut tracking: Instance = instance(150);
    let tracked = |name: &str, value| Tracked {
        name: name.to_owned(),
        weight: Weight {
            value,
            reverse: false,
        },
    };
    tracking.track_scripts = vec![tracked("a", 0), tracked("b", -20)];
    let mut config = config(tracking);
    config.scripts = ["a", "b"]
        .map(|name| TrackScript {
            name: name.to_owned(),
            check: Check::Open("/x".to_owned()),
            interval: seconds(1.0),
            timeout: seconds(1.0),
            weight: Weight::default(),
            rise: 1,
            fall: 1,
            init_fail: false,
        })
        .into();
    config
}

/// Results of scripts are remembered: no waiting, no wrong priority meanwhile.
#[test]
fn results_of_scripts_are_carried_on() {
    let config = tracking();
    let left = left_by(&config, |world| {
        world.script(0, "a", Exited(0));
        world.script(0, "b", Exited(1));
        world.run(seconds(10.0));
    });
    let world = takes_over(&config, left);
    assert_eq!((world.state(0), world.status(0).priority), (Master, 130));
    assert_eq!(super::world::priority_of(&world.sent(0)[0].1), 130);
}

/// A snapshot from before the start means a fresh start of that instance.
#[test]
fn a_snapshot_without_a_state_starts_fresh() {
    let config = config(instance(150));
    let mut left = left_by(&config, |world| world.run(seconds(10.0)));
    left[0].state = Init;
    left[0].held.clear();
    let world = takes_over(&config, left);
    assert_eq!(world.state(0), Backup);
    assert!(has(&world, notifies));
}

/// Restoring twice, or an instance that was renamed: identity counts, not the name.
#[test]
fn a_renamed_instance_is_found() {
    let left = left_by(&config(instance(150)), |world| world.run(seconds(10.0)));
    let mut renamed = instance(150);
    renamed.name = "OTHER".to_owned();
    let world = takes_over(&config(renamed), left);
    assert_eq!(world.state(0), Master);
}

/// A reload that changes something does not make a successor forget results.
#[test]
fn results_of_scripts_outlive_a_reload() {
    let config = tracking();
    let mut changed = config.clone();
    changed.instances[0].garp.master_repeat = 1;
    let left = left_by(&config, |world| {
        world.script(0, "a", Exited(0));
        world.script(0, "b", Exited(1));
        world.run(seconds(10.0));
        world.input(0, Input::Reconfigure(Box::new(changed.clone())));
    });
    let world = takes_over(&changed, left);
    assert_eq!((world.state(0), world.status(0).priority), (Master, 130));
}

/// A successor waits by the interval of the master, not by its own.
#[test]
fn the_learned_interval_is_carried_on() {
    let mut v3 = instance(150);
    v3.version = vipd_config::model::Version::V3;
    let config = config(v3.clone());
    let left = left_by(&config, |world| {
        let mut peer = Peer::of(&v3);
        peer.interval = seconds(2.0);
        peer.say(world, 200);
    });
    let world = takes_over(&config, left);
    assert_eq!(world.status(0).master_interval, seconds(2.0));
}

/// The earlier process hung for longer than backups wait: its successor gives way as a master
/// that notices its own stall, and listens. One that hung for less goes on.
#[test]
fn a_master_that_hung_for_long_was_deposed() {
    let config = config(instance(150));
    let left = left_by(&config, |world| world.run(seconds(10.0)));
    for (silence, state) in [(2.9, Master), (3.1, Backup)] {
        let mut left = left.clone();
        left[0].silence = seconds(silence);
        let mut world = takes_over(&config, left);
        assert_eq!(world.state(0), state, "{silence} s");
        let is_deposed = state == Backup;
        assert_eq!(has(&world, removes), is_deposed);
        assert_eq!(has(&world, notifies), is_deposed);
        assert_eq!(world.sent(0).is_empty(), is_deposed);
        world.run(seconds(1.5));
        assert_eq!(world.state(0), Master, "nobody else is there");
    }
}

#[test]
fn an_absurd_interval_in_a_saved_state_does_no_harm() {
    let config = config(instance(100));
    let mut left = left_by(&config, |world| world.run(seconds(1.0)));
    left[0].master_interval = std::time::Duration::MAX;
    let mut world = takes_over(&config, left);
    world.run(seconds(1.0));
    assert_eq!(world.state(0), Backup);
}
