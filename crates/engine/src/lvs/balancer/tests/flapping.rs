//! Servers that come and go at random, by seed: what must hold at every moment.

use std::fmt::Write as _;
use std::time::Duration;

use super::world::{World, config};
use crate::lvs::balancer::service::{Destination, Server};
use crate::lvs::{DestinationId, Input};

/// `SplitMix64`, of the test's own.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % limit
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[usize::try_from(self.below(from.len() as u64)).unwrap()]
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// Virtual servers with everything that can differ, of addresses that do not change.
fn random_file(dice: &mut Dice) -> String {
    let mut text = String::from(
        "global_defs {\n lvs_notify_fifo /n\n}\ntrack_file f {\n file /f\n}\nvirtual_server_group g {\n 10.1.0.1-3 80\n fwmark 9\n}\n",
    );
    let keys = ["10.0.0.1 80", "10.0.0.2 80", "fwmark 5", "group g"];
    for key in keys {
        if dice.chance(15) {
            continue;
        }
        text += "virtual_server ";
        text += key;
        text += " {\n protocol TCP\n lb_kind NAT\n delay_loop 2\n";
        text += ["lb_algo rr\n", "lb_algo wlc\n"][usize::from(dice.chance(50))];
        let words = [
            "alpha",
            "omega",
            "inhibit_on_failure",
            "ha_suspend",
            "sorry_server 192.0.2.9 80",
            "quorum 2",
            "hysteresis 1",
        ];
        for word in words {
            if dice.chance(30) {
                text += word;
                text += "\n";
            }
        }
        if dice.chance(20) {
            text += "sorry_server_inhibit\n";
        }
        for server in 1..=4 {
            if dice.chance(20) {
                continue;
            }
            let weight = 1 + dice.below(3);
            writeln!(text, "real_server 192.0.2.{server} 80 {{\n weight {weight}").unwrap();
            for check in [
                "TCP_CHECK {\n retry 1\n}\n",
                "TCP_CHECK {\n connect_ip 192.0.2.7\n}\n",
                "MISC_CHECK {\n misc_path \"/m\"\n misc_dynamic\n}\n",
                "FILE_CHECK {\n track_file f\n weight 1\n}\n",
                "HTTP_GET {\n url {\n path /a\n }\n url {\n path /b\n }\n}\n",
            ] {
                if dice.chance(35) {
                    text += check;
                }
            }
            text += "}\n";
        }
        text += "}\n";
    }
    text
}

fn something_happens(world: &mut World, dice: &mut Dice) {
    let server = [
        "192.0.2.1",
        "192.0.2.2",
        "192.0.2.3",
        "192.0.2.4",
        "192.0.2.7",
    ];
    let server = dice.pick(&server).parse().unwrap();
    match dice.below(12) {
        0..=3 => drop(world.dead.insert(server)),
        4..=7 => drop(world.dead.remove(&server)),
        8 => {
            let status = dice.pick(&[0, 1, 2, 3, 9, 255]);
            world.scripts.insert("/m".to_owned(), status);
        }
        9 => world.input(Input::File {
            file: "f".to_owned(),
            value: dice.pick(&[0, 1, -1, -5, 7]),
        }),
        10 => world.input(Input::Address {
            address: dice
                .pick(&["10.0.0.1", "10.0.0.2", "10.1.0.2"])
                .parse()
                .unwrap(),
            is_here: dice.chance(50),
        }),
        _ => {
            let path = ["/a", "/b"][usize::from(dice.chance(50))].to_owned();
            if dice.chance(50) {
                world.lost_paths.insert(path);
            } else {
                world.lost_paths.remove(&path);
            }
        }
    }
}

/// The table is what the states say, and the states are what checks, quorum and sorry server
/// say.
fn holds(world: &World, context: &str) {
    let balancer = &world.balancer;
    let mut expected = Vec::new();
    for (vs, service) in balancer.config.lvs.servers.iter().zip(&balancer.services) {
        let sum: u64 = service.servers.iter().map(Server::counts).sum();
        assert_eq!(sum, service.sum, "{context}");
        let (quorum, hysteresis) = (u64::from(vs.quorum), u64::from(vs.hysteresis));
        if service.has_quorum {
            assert!(sum > 0 && sum >= quorum - hysteresis, "{context}");
        } else {
            assert!(sum < quorum + hysteresis, "{context}");
        }
        for id in &service.ids {
            let table = &world.kernel.services.get(id);
            let table = &table.unwrap_or_else(|| panic!("{context}: {id:?}")).1;
            if balancer.owners[id].len() > 1 {
                continue;
            }
            if let Some(sorry) = &vs.sorry {
                let weight = table.get(&sorry.on(id)).map(|s| s.weight);
                let idle = sorry.inhibit.then_some(0);
                let wanted = if service.has_quorum { idle } else { Some(1) };
                assert_eq!(weight, wanted, "{context}");
            }
            let is_used = service.has_quorum || vs.sorry.is_none();
            let mut count = usize::from(
                vs.sorry
                    .as_ref()
                    .is_some_and(|s| s.inhibit || !service.has_quorum),
            );
            for (rs, server) in vs.servers.iter().zip(&service.servers) {
                let weight = table.get(&rs.on(id)).map(|s| s.weight);
                let wanted = if server.is_alive && is_used {
                    Some(server.weight)
                } else {
                    rs.inhibit_on_failure.then_some(0)
                };
                assert_eq!(weight, wanted, "{context}: {}", rs.address);
                count += usize::from(wanted.is_some());
            }
            assert_eq!(table.len(), count, "{context}");
        }
        expected.extend(service.ids.iter().copied());
    }
    expected.sort();
    expected.dedup();
    let there: Vec<_> = world.kernel.services.keys().copied().collect();
    assert_eq!(there, expected, "{context}");
}

/// Gains and losses of each quorum take turns.
fn quorums_alternate(log: &[String], context: &str) {
    let mut is_up = std::collections::BTreeMap::new();
    for line in log {
        if let Some(line) = line.strip_prefix("fifo   VS ") {
            let (vs, word) = line.rsplit_once(' ').unwrap();
            is_up.insert(vs.to_owned(), word == "UP");
        } else if let Some((what, vs)) = line.split_once(" for VS ") {
            let was_up = is_up.get(vs).copied();
            if what.contains("Gained quorum") {
                assert_ne!(was_up, Some(true), "{context}: {line}");
            } else if what.contains("Lost quorum") {
                assert_eq!(was_up, Some(true), "{context}: {line}");
            }
        }
    }
}

#[test]
fn the_table_is_always_what_the_states_say() {
    for seed in 0..120 {
        let mut dice = Dice(seed);
        let mut text = random_file(&mut dice);
        let mut world = World::started(&text);
        for step in 0..60 {
            let context = format!("seed {seed}, step {step}\n{text}");
            something_happens(&mut world, &mut dice);
            world.run(Duration::from_millis(100 + dice.below(4000)));
            match dice.below(20) {
                0 => {
                    text = random_file(&mut dice);
                    world.input(Input::Reconfigure(config(&text).into()));
                }
                1 => {
                    let before = world.kernel.operations;
                    let status = world.balancer.status();
                    world.crash(config(&text));
                    let log = &world.log[world.log.len().saturating_sub(30)..];
                    assert_eq!(world.kernel.operations, before, "{context}\n{log:#?}");
                    let alive = |status: &[crate::lvs::ServiceStatus]| -> Vec<bool> {
                        let servers = status.iter().flat_map(|s| &s.servers);
                        servers.map(|s| s.is_alive).collect()
                    };
                    assert_eq!(alive(&status), alive(&world.balancer.status()), "{context}");
                }
                2 => world.input(Input::Table(world.kernel.present())),
                _ => {}
            }
            let context = format!("seed {seed}, step {step}\n{text}");
            holds(&world, &context);
        }
        quorums_alternate(&world.log, &format!("seed {seed}"));
        world.input(Input::Stop { keep_table: false });
        assert!(world.kernel.services.is_empty(), "seed {seed}");
        assert_eq!(world.balancer.deadline(), None);
    }
}

/// What others did to the table is put right, and nothing else is touched.
#[test]
fn a_damaged_table_is_mended() {
    for seed in 0..40 {
        let mut dice = Dice(1000 + seed);
        let text = random_file(&mut dice);
        let mut world = World::started(&text);
        world.run(Duration::from_secs(5));
        let damaged: Vec<_> = world.kernel.services.keys().copied().collect();
        let mut changes = 0;
        for id in damaged {
            let (settings, destinations) = world.kernel.services.get_mut(&id).unwrap();
            if dice.chance(20) {
                world.kernel.services.remove(&id);
                continue;
            }
            if dice.chance(20) {
                settings.one_packet = !settings.one_packet;
                changes += 1;
            }
            if dice.chance(30)
                && let Some((_, settings)) = destinations.iter_mut().next()
            {
                settings.weight += 1;
                changes += 1;
            }
            if dice.chance(30) {
                let stray = DestinationId {
                    address: "203.0.113.1".parse().unwrap(),
                    port: 80,
                };
                let like = destinations.values().next().copied();
                if let Some(like) = like {
                    destinations.insert(stray, like);
                    changes += 1;
                }
            }
        }
        let is_whole = damaged_count(&world) == 0;
        let before = world.kernel.operations;
        let present = world.kernel.present();
        world.input(Input::Table(present));
        if is_whole {
            assert_eq!(world.kernel.operations - before, changes, "seed {seed}");
        }
        holds(&world, &format!("seed {seed}\n{text}"));
    }
}

/// Services that are missing.
fn damaged_count(world: &World) -> usize {
    world.balancer.owners.len() - world.kernel.services.len()
}
