//! Sync groups (section 8).

use vipd_config::model::{Check, Config, SyncGroup, TrackScript, Tracked, VirtualAddress, Weight};

use super::world::{Peer, World, config, instance, interface, seconds};
use crate::event::State::{self, Backup, Fault, Master};
use crate::input::ScriptOutcome::Exited;
use crate::{Effect, Event, Input};

/// `VI_1` on eth0 and `VI_2` on eth1 in group G.
fn grouped(priority: u8) -> Config {
    let mut grouped = config(instance(priority));
    let mut second = instance(priority);
    second.name = "VI_2".to_owned();
    second.vrid = 52;
    second.interface = Some("eth1".to_owned());
    second.addresses = vec![VirtualAddress::new([10, 2, 0, 100].into())];
    grouped.instances.push(second);
    grouped.sync_groups = vec![SyncGroup {
        name: "G".to_owned(),
        members: vec!["VI_1".to_owned(), "VI_2".to_owned()],
        ..SyncGroup::default()
    }];
    grouped
}

fn eth1(world: &mut World, is_up: bool) {
    let mut eth1 = interface(1);
    eth1.name = "eth1".to_owned();
    eth1.index = 3;
    eth1.is_up = is_up;
    world.input(0, Input::Interface(eth1));
}

fn started(config: &Config) -> World {
    let mut world = World::new(std::slice::from_ref(config));
    eth1(&mut world, true);
    world.start(0);
    world
}

fn states(world: &World) -> Vec<State> {
    let status = world.nodes[0].router.status();
    status.iter().map(|status| status.state).collect()
}

/// Changes of state, as told.
fn changes(world: &mut World) -> Vec<String> {
    let effects = std::mem::take(&mut world.nodes[0].effects);
    let told = effects.iter().filter_map(|(_, effect)| match effect {
        Effect::Report(Event::StateChanged { instance, to, .. }) => {
            Some(format!("{instance} {to}"))
        }
        Effect::Report(Event::GroupChanged { group, to }) => Some(format!("group {group} {to}")),
        Effect::Report(Event::GroupStopped { group }) => Some(format!("group {group} STOP")),
        _ => None,
    });
    told.collect()
}

#[test]
fn members_become_master_together() {
    let mut world = started(&grouped(150));
    // Groups are told first at the start, and last from then on.
    let told = changes(&mut world);
    assert_eq!(told, ["group G BACKUP", "VI_1 BACKUP", "VI_2 BACKUP"]);
    world.run(seconds(4.0));
    assert_eq!(states(&world), [Master, Master]);
    let told = changes(&mut world);
    // The last that wanted it goes first.
    assert_eq!(told, ["VI_2 MASTER", "VI_1 MASTER", "group G MASTER"]);
    world.input(0, Input::Stop);
    assert_eq!(changes(&mut world), ["group G STOP"]);
}

/// MASTER only when all want it.
#[test]
fn one_that_hears_a_master_holds_the_others_back() {
    let mut world = started(&grouped(150));
    let mut peer = Peer::of(&instance(150));
    for _ in 0..10 {
        world.run(seconds(1.0));
        peer.say(&mut world, 200);
    }
    assert_eq!(states(&world), [Backup, Backup]);
    world.run(seconds(8.0));
    assert_eq!(states(&world), [Master, Master]);
}

#[test]
fn one_that_yields_takes_all_along() {
    let mut world = started(&grouped(150));
    world.run(seconds(4.0));
    changes(&mut world);
    Peer::of(&instance(150)).say(&mut world, 200);
    assert_eq!(states(&world), [Backup, Backup]);
    assert_eq!(world.nodes[0].held.len(), 0);
    let log: Vec<String> = world.nodes[0]
        .effects
        .iter()
        .filter_map(|(_, effect)| match effect {
            Effect::Report(event @ Event::GroupSyncs { .. }) => Some(event.to_string()),
            _ => None,
        })
        .collect();
    assert_eq!(log, ["VRRP_Group(G) Syncing instances to BACKUP state"]);
    let told = changes(&mut world);
    assert_eq!(told, ["VI_1 BACKUP", "VI_2 BACKUP", "group G BACKUP"]);
}

#[test]
fn one_that_falls_takes_all_along_until_it_is_well() {
    let mut world = started(&grouped(150));
    world.run(seconds(4.0));
    changes(&mut world);
    eth1(&mut world, false);
    assert_eq!(states(&world), [Fault, Fault]);
    let told = changes(&mut world);
    assert_eq!(told, ["VI_2 FAULT", "VI_1 FAULT", "group G FAULT"]);
    eth1(&mut world, true);
    assert_eq!(states(&world), [Backup, Backup]);
    world.run(seconds(4.0));
    assert_eq!(states(&world), [Master, Master]);
}

/// What a member tracks holds for it, what its group tracks for all; what both track counts once,
/// as the configuration has settled it for the member.
#[test]
fn trackers_of_a_group_hold_for_all_its_members() {
    let tracked = |value| Tracked {
        name: "eth7".to_owned(),
        weight: Weight {
            value,
            reverse: false,
        },
    };
    let mut of_member = grouped(150);
    of_member.instances[0].track_interfaces = vec![tracked(0)];
    assert_eq!(states(&started(&of_member)), [Fault, Fault]);
    let mut of_group = grouped(150);
    of_group.sync_groups[0].track_interfaces = vec![tracked(0)];
    assert_eq!(states(&started(&of_group)), [Fault, Fault]);
    of_group.sync_groups[0].track_interfaces = vec![tracked(-20)];
    let priorities = |config: &Config| -> Vec<u8> {
        let world = started(config);
        let all = world.nodes[0].router.status();
        all.iter().map(|s| s.priority).collect()
    };
    assert_eq!(priorities(&of_group), [130, 130]);
    of_group.instances[0].track_interfaces = vec![tracked(-30)];
    assert_eq!(priorities(&of_group), [120, 130]);
}

/// A lower master makes the whole group announce.
#[test]
fn mates_announce_as_well() {
    let mut world = started(&grouped(150));
    world.run(seconds(10.0));
    world.nodes[0].effects.clear();
    Peer::of(&instance(150)).say(&mut world, 100);
    assert_eq!(world.announced(0), 10);
    world.run(seconds(6.0));
    assert_eq!(world.announced(0), 20);
}

#[test]
fn a_restarted_group_carries_on_silently() {
    let config = grouped(150);
    let mut world = started(&config);
    world.run(seconds(10.0));
    let restored = world.nodes[0].saved.values().cloned().collect();
    let mut world = World::new(&[config]);
    eth1(&mut world, true);
    world.input(0, Input::Start { restored });
    assert_eq!(states(&world), [Master, Master]);
    assert_eq!(changes(&mut world), [""; 0]);
}

/// A reload takes a member out; it goes on alone.
#[test]
fn a_reload_may_dissolve_a_group() {
    let mut config = grouped(150);
    let mut world = started(&config);
    eth1(&mut world, false);
    assert_eq!(states(&world), [Fault, Fault]);
    config.sync_groups.clear();
    world.input(0, Input::Reconfigure(Box::new(config)));
    assert_eq!(states(&world), [Backup, Fault]);
}

/// A member that waits longer for its master still holds the others back after a restart.
#[test]
fn a_restarted_member_wants_nothing_yet() {
    let mut config = grouped(150);
    for instance in &mut config.instances {
        instance.initial_state = vipd_config::model::InitialState::Master;
        instance.version = vipd_config::model::Version::V3;
    }
    let mut world = started(&config);
    let mut peer = Peer::of(&config.instances[0]);
    peer.interval = seconds(4.0);
    peer.say(&mut world, 200);
    world.run(seconds(1.0));
    let restored = world.nodes[0].saved.values().cloned().collect();
    let mut world = World::new(&[config]);
    eth1(&mut world, true);
    world.input(0, Input::Start { restored });
    // VI_2 would be master after 3.4 s, VI_1 hears the next advert after 4 s.
    world.run(seconds(3.9));
    assert_eq!(states(&world), [Backup, Backup]);
    peer.say(&mut world, 200);
    world.run(seconds(4.0));
    assert_eq!(states(&world), [Backup, Backup]);
}

/// `VI_1` tracks script `a` with weight 0; `VI_3` is in no group and tracks it as well.
fn tracking() -> Config {
    let mut config = grouped(150);
    config.scripts = vec![TrackScript {
        name: "a".to_owned(),
        check: Check::Open("/x".to_owned()),
        interval: seconds(1.0),
        timeout: seconds(1.0),
        weight: Weight::default(),
        rise: 1,
        fall: 1,
        init_fail: false,
    }];
    let mut third = instance(150);
    third.name = "VI_3".to_owned();
    third.vrid = 53;
    third.addresses = vec![VirtualAddress::new([10, 0, 0, 103].into())];
    config.instances.insert(1, third);
    for place in [0, 1] {
        config.instances[place].track_scripts = vec![Tracked {
            name: "a".to_owned(),
            weight: Weight::default(),
        }];
    }
    config
}

/// Nobody of a group begins before the scripts of all have given a result, and nobody is told
/// of that.
#[test]
fn a_group_waits_for_the_scripts_of_its_members() {
    let mut world = started(&tracking());
    assert_eq!(changes(&mut world), [""; 0]);
    world.script(0, "a", Exited(0));
    let mut told = changes(&mut world);
    told.retain(|line| !line.starts_with("VI_3"));
    assert_eq!(told, ["VI_1 BACKUP", "VI_2 BACKUP", "group G BACKUP"]);
    world.run(seconds(4.0));
    assert_eq!(states(&world), [Master, Master, Master]);
}

/// A reload makes a member wait: the group does not fall for it.
#[test]
fn a_new_script_of_a_member_takes_nothing_away() {
    let mut world = started(&grouped(150));
    world.run(seconds(10.0));
    changes(&mut world);
    world.input(0, Input::Reconfigure(Box::new(tracking())));
    let told = changes(&mut world);
    assert!(told.iter().all(|line| !line.contains("FAULT")), "{told:?}");
    world.script(0, "a", Exited(1));
    assert_eq!(states(&world), [Fault, Fault, Fault]);
}

/// A group falls as a whole before the next instance is looked at.
#[test]
fn a_group_falls_before_the_next_instance() {
    let mut world = started(&tracking());
    world.script(0, "a", Exited(0));
    world.run(seconds(10.0));
    changes(&mut world);
    world.script(0, "a", Exited(1));
    let told = changes(&mut world);
    assert_eq!(
        told,
        ["VI_1 FAULT", "VI_2 FAULT", "group G FAULT", "VI_3 FAULT"]
    );
}
