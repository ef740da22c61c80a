//! Ports and their like: up or down at every moment, delays, reload and restart.

use std::time::Duration;

use vipd_config::model::{
    Config, Port, PortProtocol, SyncGroup, TrackFile, TrackPort, Tracked, Weight,
};

use super::world::{World, config, instance, seconds};
use crate::Input;
use crate::event::State::{Backup, Fault, Master};
use crate::tracking::watch::Kind;

fn port(name: &str, number: u16, delay: f64) -> TrackPort {
    TrackPort {
        name: name.to_owned(),
        port: Port {
            protocol: PortProtocol::Tcp,
            address: None,
            number,
        },
        weight: Weight::default(),
        rise_delay: seconds(delay),
        fall_delay: seconds(delay),
    }
}

fn tracked(value: i16, reverse: bool) -> Vec<Tracked> {
    vec![Tracked {
        name: "db".to_owned(),
        weight: Weight { value, reverse },
    }]
}

/// `VI_1` that tracks port 3306 under the name `db`.
fn tracking(priority: u8, weight: i16, delay: f64) -> Config {
    let mut instance = instance(priority);
    instance.track_ports = tracked(weight, false);
    let mut config = config(instance);
    config.ports = vec![port("db", 3306, delay)];
    config
}

impl World {
    fn port(&mut self, node: usize, is_up: bool) {
        let (kind, name) = (Kind::Port, "db".to_owned());
        let reading = i64::from(is_up);
        self.input(
            node,
            Input::Watched {
                kind,
                name,
                reading,
            },
        );
    }

    /// Runs until the node wants to be called, at the latest in so many seconds.
    fn master_after(&mut self, limit: f64) -> Duration {
        let begin = self.now;
        while self.state(1) != Master && self.now.since(begin) < seconds(limit) {
            self.run(Duration::from_millis(1));
        }
        self.now.since(begin)
    }
}

/// A world whose nodes have looked at their ports before they started.
fn started(configs: &[Config]) -> World {
    let mut world = World::new(configs);
    for node in 0..configs.len() {
        world.port(node, true);
        world.start(node);
    }
    world
}

#[test]
fn the_standby_takes_over_within_its_skew_time() {
    let mut world = started(&[tracking(200, 0, 0.0), tracking(100, 0, 0.0)]);
    world.run(seconds(10.0));
    assert_eq!((world.state(0), world.state(1)), (Master, Backup));
    world.port(0, false);
    assert_eq!(world.state(0), Fault);
    // (256 - 100) / 256 of a second, and the way of the packet.
    let taken = world.master_after(2.0);
    assert!(taken <= seconds(0.611), "{taken:?}");
}

#[test]
fn what_happens_is_told() {
    let mut world = started(&[tracking(200, 0, 0.0)]);
    world.run(seconds(4.0));
    world.log(0);
    world.port(0, false);
    world.port(0, false);
    let wanted = [
        "VRRP_Port(db) has no listener",
        "(VI_1) entering FAULT state (due to port db)",
        "(VI_1) Entering FAULT STATE",
        "(VI_1) sent 0 priority",
        "(VI_1) removing VIPs.",
    ];
    assert_eq!(world.log(0), wanted);
    world.port(0, true);
    let wanted = [
        "VRRP_Port(db) has a listener",
        "(VI_1) Entering BACKUP STATE",
    ];
    assert_eq!(world.log(0), wanted);
}

#[test]
fn a_port_that_is_down_at_the_start_is_a_fault_from_the_start() {
    let mut world = World::new(&[tracking(100, 0, 5.0)]);
    world.port(0, false);
    world.start(0);
    assert_eq!(world.state(0), Fault);
}

#[test]
fn weights_of_ports() {
    let priorities = |weight, reverse| {
        let mut config = tracking(100, weight, 0.0);
        config.instances[0].track_ports = tracked(weight, reverse);
        let mut world = started(&[config]);
        let up = world.status(0).priority;
        world.port(0, false);
        (up, world.status(0).priority)
    };
    assert_eq!(priorities(20, false), (120, 100));
    assert_eq!(priorities(-20, false), (100, 80));
    assert_eq!(priorities(-20, true), (100, 120));
    assert_eq!(priorities(20, true), (80, 100));
}

#[test]
fn a_change_counts_when_it_has_lasted() {
    let mut world = started(&[tracking(200, -50, 1.0)]);
    world.port(0, false);
    world.run(seconds(0.9));
    assert_eq!(world.status(0).priority, 200);
    world.run(seconds(0.2));
    assert_eq!(world.status(0).priority, 150);
    // Too short to count.
    world.port(0, true);
    world.run(seconds(0.5));
    world.port(0, false);
    world.run(seconds(2.0));
    assert_eq!(world.status(0).priority, 150);
}

#[test]
fn a_group_follows_the_port_of_the_group() {
    let mut config = tracking(100, 0, 0.0);
    config.instances[0].track_ports.clear();
    config.sync_groups = vec![SyncGroup {
        name: "G".to_owned(),
        members: vec!["VI_1".to_owned()],
        track_ports: tracked(0, false),
        ..SyncGroup::default()
    }];
    let mut world = started(&[config]);
    world.port(0, false);
    assert_eq!(world.state(0), Fault);
}

#[test]
fn a_reload_with_the_same_port_keeps_its_state() {
    let config = tracking(200, -50, 0.0);
    let mut world = started(std::slice::from_ref(&config));
    world.port(0, false);
    world.log(0);
    world.input(0, Input::Reconfigure(Box::new(config.clone())));
    assert_eq!(world.status(0).priority, 150);
    assert_eq!(world.log(0), Vec::<String>::new());
    // A port that only the new configuration names was looked at before.
    let mut plain = config.clone();
    plain.ports.clear();
    plain.instances[0].track_ports.clear();
    world.input(0, Input::Reconfigure(Box::new(plain)));
    assert_eq!(world.status(0).priority, 200);
    world.port(0, false);
    world.input(0, Input::Reconfigure(Box::new(config)));
    assert_eq!(world.status(0).priority, 150);
}

#[test]
fn another_port_under_the_same_name_starts_from_what_was_seen_of_it() {
    let config = tracking(200, -50, 9.0);
    let mut world = started(std::slice::from_ref(&config));
    let mut other = config;
    other.ports = vec![port("db", 3307, 9.0)];
    world.port(0, false);
    assert_eq!(world.status(0).priority, 200);
    world.input(0, Input::Reconfigure(Box::new(other)));
    assert_eq!(world.status(0).priority, 150);
}

#[test]
fn a_successor_tells_no_old_news_and_lets_changes_last() {
    let config = tracking(200, -50, 1.0);
    let mut world = started(std::slice::from_ref(&config));
    world.run(seconds(5.0));
    let saved = world.nodes[0].saved.values().cloned().collect();
    let mut world = World::new(&[config]);
    world.port(0, false);
    world.input(0, Input::Start { restored: saved });
    assert_eq!((world.state(0), world.status(0).priority), (Master, 200));
    assert!(!world.log(0).iter().any(|line| line.contains("VRRP_Port")));
    world.run(seconds(1.1));
    assert_eq!(world.status(0).priority, 150);
}

/// `VI_1` that tracks a file under the name `db`.
fn with_file(priority: u8, weight: i16, reverse: bool) -> Config {
    let mut instance = instance(priority);
    instance.track_files = tracked(weight, reverse);
    let mut config = config(instance);
    config.files = vec![TrackFile {
        name: "db".to_owned(),
        path: "/x".to_owned(),
        weight: Weight::default(),
        init: None,
    }];
    config
}

impl World {
    fn file(&mut self, reading: i64) {
        let (kind, name) = (Kind::File, "db".to_owned());
        self.input(
            0,
            Input::Watched {
                kind,
                name,
                reading,
            },
        );
    }
}

#[test]
fn a_number_weighs_on_the_priority_and_too_low_a_one_is_a_fault() {
    let mut world = World::new(&[with_file(100, 2, false)]);
    world.file(5);
    world.start(0);
    assert_eq!((world.state(0), world.status(0).priority), (Backup, 110));
    for (number, priority) in [(-20, 60), (1000, 254), (-126, 1)] {
        world.file(number);
        assert_eq!(world.status(0).priority, priority, "{number}");
    }
    world.file(-127);
    assert_eq!((world.state(0), world.status(0).priority), (Fault, 1));
    world.file(0);
    assert_eq!((world.state(0), world.status(0).priority), (Backup, 100));
}

#[test]
fn without_weight_any_number_but_0_is_a_fault() {
    for (reverse, number, state) in [
        (false, 0, Backup),
        (false, -1, Fault),
        (true, 0, Fault),
        (true, 3, Backup),
    ] {
        let mut world = World::new(&[with_file(100, 0, reverse)]);
        world.file(number);
        world.start(0);
        assert_eq!(world.state(0), state, "{reverse} {number}");
    }
    // To an owner a weight is none.
    let mut world = World::new(&[with_file(255, 5, false)]);
    world.file(1);
    world.start(0);
    assert_eq!(world.state(0), Fault);
}
