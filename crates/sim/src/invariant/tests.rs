//! Each invariant is broken on purpose, behind the engine's back, and must be found broken.

use std::net::IpAddr;
use std::time::Duration;

use vipd_config::model::{
    Config, Family, Instance, Routing, Rule, RuleAction, SyncGroup, VirtualAddress,
};
use vipd_engine::Instant;
use vipd_engine::event::State;

use crate::action::Action;
use crate::frame::Advert;
use crate::machine::{Machine, machines};
use crate::record::{Given, What};
use crate::world::{Settings, World};

const SECOND: u64 = 1_000_000_000;

fn instance(priority: u8) -> Instance {
    let mut instance = Instance::new("VI_1", "eth0", 51);
    instance.priority = priority;
    instance.addresses = vec![VirtualAddress::new(IpAddr::from([192, 0, 2, 100]))];
    instance
}

/// A pair: `a` with priority 150, `b` with 100.
fn pair() -> Vec<Machine> {
    let configs = [150, 100].into_iter().enumerate().map(|(node, priority)| {
        let config = Config {
            instances: vec![instance(priority)],
            ..Config::default()
        };
        (["a", "b"][node].to_owned(), config)
    });
    machines(configs)
}

fn world(machines: Vec<Machine>) -> World {
    let count = machines.len();
    let mut world = World::new(machines, Settings::default(), super::all());
    for node in 0..count {
        world.plan(Instant(0), Action::Start(node));
    }
    world
}

/// The invariant found broken first.
fn found(world: &World) -> &'static str {
    world.violations().first().map_or("none", |v| v.invariant)
}

fn advert(priority: u8) -> Advert {
    Advert {
        version: 2,
        vrid: 51,
        priority,
        addresses: 1,
        interval: Duration::from_secs(1),
        source: [10, 0, 0, 9].into(),
    }
}

#[test]
fn a_healthy_pair_breaks_nothing() {
    let mut world = world(pair());
    world.run_until(Instant(60 * SECOND));
    world.conclude();
    assert_eq!(found(&world), "none");
}

/// They are on other segments, and only the file says that they are one virtual router.
#[test]
fn two_masters_though_nothing_is_lost() {
    let mut world = world(pair());
    let nic = world.nodes[1].nics.get_mut("eth0").unwrap();
    nic.segment = "elsewhere".to_owned();
    world.run_until(Instant(60 * SECOND));
    assert_eq!(found(&world), "no two masters that hear each other");
}

#[test]
fn nobody_takes_over_in_time() {
    let mut world = world(pair());
    world.run_until(Instant(SECOND));
    for node in &mut world.nodes {
        node.config.instances[0].down_timer_adverts = 1;
    }
    world.run_until(Instant(60 * SECOND));
    assert_eq!(
        found(&world),
        "a healthy node that hears no better master takes over"
    );
}

/// By what its file says since, an advert keeps `b` quiet for nine intervals.
#[test]
fn somebody_takes_over_too_early() {
    let mut world = world(pair());
    world.run_until(Instant(SECOND));
    for node in &mut world.nodes {
        node.config.instances[0].down_timer_adverts = 9;
    }
    world.plan(Instant(8 * SECOND), Action::PowerOff(0));
    world.run_until(Instant(60 * SECOND));
    assert_eq!(found(&world), "nobody takes over from a master it hears");
}

#[test]
fn a_master_falls_silent() {
    let mut world = world(pair());
    world.run_until(Instant(10 * SECOND));
    world.nodes[0].wake = None;
    world.act(Action::PowerOff(1));
    world.run_until(Instant(20 * SECOND));
    assert_eq!(found(&world), "a master is never silent");
}

#[test]
fn an_address_is_left_on_a_backup() {
    let mut world = world(pair());
    world.run_until(Instant(10 * SECOND));
    let nic = world.nodes[1].nics.get_mut("eth0").unwrap();
    nic.added.push((IpAddr::from([192, 0, 2, 100]), 32));
    world.run_until(Instant(20 * SECOND));
    assert_eq!(found(&world), "addresses are where the master is");
}

#[test]
fn a_rule_is_left_on_a_backup() {
    let mut world = world(pair());
    world.run_until(Instant(10 * SECOND));
    let rule = Rule::new(Family::V4, 100, RuleAction::Nop);
    world.nodes[1].routing.push(Routing::Rule(Box::new(rule)));
    world.run_until(Instant(20 * SECOND));
    assert_eq!(found(&world), "addresses are where the master is");
}

#[test]
fn a_master_stays_after_a_better_advert() {
    let mut world = world(pair());
    world.run_until(Instant(10 * SECOND));
    let heard = What::Heard {
        instance: 0,
        from: 1,
        advert: advert(200),
    };
    world.record(Some(0), heard);
    world.inspect();
    assert_eq!(found(&world), "no two masters that hear each other");
}

#[test]
fn a_reload_is_heard() {
    let mut world = world(pair());
    world.run_until(Instant(10 * SECOND));
    let sent = What::Sent {
        to: IpAddr::from([224, 0, 0, 18]),
        left: true,
        advert: advert(150),
    };
    world.record(Some(0), sent);
    let handled = What::Handled {
        input: Given::Reconfigure,
        effects: 1,
    };
    world.record(Some(0), handled);
    world.inspect();
    assert_eq!(found(&world), "reloads are quiet");
}

#[test]
fn a_restarted_process_says_goodbye() {
    let mut world = world(pair());
    world.run_until(Instant(10 * SECOND));
    world.act(Action::KillProcess(0));
    let sent = What::Sent {
        to: IpAddr::from([224, 0, 0, 18]),
        left: true,
        advert: advert(0),
    };
    world.record(Some(0), sent);
    world.inspect();
    assert_eq!(found(&world), "a restarted process carries on");
}

#[test]
fn a_restarted_process_forgets_that_it_was_master() {
    let mut world = world(pair());
    world.run_until(Instant(10 * SECOND));
    world.act(Action::KillProcess(0));
    world.nodes[0].saved.clear();
    world.run_until(Instant(20 * SECOND));
    assert_eq!(found(&world), "a restarted process carries on");
}

#[test]
fn a_report_leaves_a_state_out() {
    let mut world = world(pair());
    world.run_until(Instant(10 * SECOND));
    let event = vipd_engine::Event::StateChanged {
        instance: "VI_1".to_owned(),
        from: State::Backup,
        to: State::Fault,
        priority: 150,
    };
    world.record(Some(0), What::Report(event));
    world.inspect();
    assert_eq!(found(&world), "reports tell the truth");
}

/// The file comes to say that they belong together when they are in other states already.
#[test]
fn members_of_a_group_part() {
    let mut slow = instance(150);
    slow.name = "VI_2".to_owned();
    slow.vrid = 52;
    slow.addresses.clear();
    slow.advert_interval = Duration::from_secs(2);
    let config = Config {
        instances: vec![instance(150), slow],
        ..Config::default()
    };
    let mut world = world(machines([("a".to_owned(), config)]));
    world.run_until(Instant(4 * SECOND));
    world.nodes[0].config.sync_groups.push(SyncGroup {
        name: "G".to_owned(),
        members: vec!["VI_1".to_owned(), "VI_2".to_owned()],
        ..SyncGroup::default()
    });
    world.run_until(Instant(6 * SECOND));
    assert_eq!(found(&world), "members of a group are in one state");
}

#[test]
fn too_much_is_done_at_once() {
    let mut world = world(pair());
    let handled = What::Handled {
        input: Given::Tick(None),
        effects: 1000,
    };
    world.record(Some(0), handled);
    world.inspect();
    assert_eq!(found(&world), "bounded and well-formed");
}

#[test]
fn calm_is_declared_too_early() {
    let mut world = world(pair());
    world.run_until(Instant(SECOND));
    world.conclude();
    assert_eq!(found(&world), "all is settled");
}

#[test]
fn somebody_else_announced_last() {
    let mut world = world(pair());
    world.run_until(Instant(10 * SECOND));
    let key = ("eth0".to_owned(), IpAddr::from([192, 0, 2, 100]));
    world.announced.insert(key, (1, Instant(2 * SECOND)));
    world.conclude();
    assert_eq!(found(&world), "all is settled");
}
