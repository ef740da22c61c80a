//! Ten thousand real servers: what an event costs does not depend on how many others there are.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::time::Duration;

use super::world::{World, config};
use crate::lvs::Input;

/// 100 virtual servers with 100 real servers each.
fn thousands() -> String {
    let mut text = String::new();
    for vs in 0..100 {
        writeln!(
            text,
            "virtual_server 10.0.0.{vs} 80 {{\n delay_loop 1\n lb_algo rr\n lb_kind NAT\n protocol TCP"
        )
        .unwrap();
        for rs in 0..100 {
            writeln!(
                text,
                " real_server 10.1.{vs}.{rs} 80 {{\n weight 1\n TCP_CHECK {{\n retry 0\n }}\n }}"
            )
            .unwrap();
        }
        writeln!(text, "}}").unwrap();
    }
    text
}

#[test]
fn an_event_costs_steps_of_its_own_only() {
    let text = thousands();
    let mut world = World::started(&text);
    assert_eq!(world.kernel.operations, 100 + 10_000);
    world.run(Duration::from_secs(3));
    let (steps, probes) = (world.balancer.steps(), world.probes.len());
    world.run(Duration::from_secs(3));
    let made = world.probes.len() - probes;
    assert!((29_000..=31_000).contains(&made), "{made}");
    // Nothing changes: one step for each check that is made.
    assert_eq!(world.balancer.steps() - steps, made as u64);
    // One dies: its check, it, and its destination.
    world.dead.insert("10.1.50.50".parse().unwrap());
    let (steps, probes) = (world.balancer.steps(), world.probes.len());
    let operations = world.kernel.operations;
    world.run(Duration::from_millis(1500));
    let more = world.balancer.steps() - steps - (world.probes.len() - probes) as u64;
    assert_eq!((more, world.kernel.operations - operations), (2, 1));
}

/// Spread in time: no moment has many checks.
#[test]
fn ten_thousand_checks_do_not_fire_together() {
    let mut world = World::started(&thousands());
    world.run(Duration::from_secs(4));
    let mut buckets = std::collections::BTreeMap::new();
    for (at, _) in &world.probes {
        *buckets.entry(at.0 / 10_000_000).or_insert(0_u32) += 1;
    }
    let most = buckets.values().max().copied().unwrap();
    assert!(most < 200, "{most} checks within 10 ms, where 100 are fair");
}

/// Half of them die: each is taken out once, at a cost of its own.
#[test]
fn five_thousand_that_die_at_once_are_all_taken_out() {
    let mut world = World::started(&thousands());
    world.run(Duration::from_secs(3));
    let dying = (0..50_u8).flat_map(|vs| (0..100_u8).map(move |rs| IpAddr::from([10, 1, vs, rs])));
    world.dead.extend(dying);
    let (steps, probes) = (world.balancer.steps(), world.probes.len());
    let operations = world.kernel.operations;
    world.run(Duration::from_millis(1500));
    assert_eq!(world.kernel.operations - operations, 5000);
    let more = world.balancer.steps() - steps - (world.probes.len() - probes) as u64;
    assert!(more < 4 * 5000, "{more} steps");
}

#[test]
fn reloads_and_restarts_of_thousands_order_nothing() {
    let text = thousands();
    let mut world = World::started(&text);
    world.run(Duration::from_secs(3));
    let before = (world.kernel.operations, world.saved.len());
    assert_eq!(before.1, 100 + 10_000);
    world.input(Input::Reconfigure(config(&text).into()));
    world.crash(config(&text));
    assert_eq!((world.kernel.operations, world.saved.len()), before);
}

/// A hundred virtual servers with the same real servers: each is asked once.
#[test]
fn equal_checks_are_made_once() {
    let mut text = String::new();
    for vs in 1..=100 {
        writeln!(
            text,
            "virtual_server 10.0.0.{vs} 80 {{\n delay_loop 1\n lb_algo rr\n lb_kind NAT\n protocol TCP"
        )
        .unwrap();
        for rs in 1..=3 {
            writeln!(
                text,
                "real_server 10.1.0.{rs} 80 {{\n TCP_CHECK {{\n }}\n }}"
            )
            .unwrap();
        }
        writeln!(text, "}}").unwrap();
    }
    let mut world = World::started(&text);
    world.run(Duration::from_secs(2));
    let probes = world.probes.len();
    world.run(Duration::from_secs(10));
    assert!((world.probes.len() - probes).abs_diff(30) <= 3);
    world.dead.insert("10.1.0.2".parse().unwrap());
    world.run(Duration::from_secs(3));
    let alive = |world: &World| -> usize {
        let status = world.balancer.status();
        let servers = status.iter().flat_map(|service| &service.servers);
        servers.filter(|server| server.is_alive).count()
    };
    assert_eq!(alive(&world), 200);
    world.dead.clear();
    world.run(Duration::from_secs(3));
    assert_eq!(alive(&world), 300);
}
