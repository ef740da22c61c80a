//! A cluster drawn by luck: machines, virtual routers, trackers.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use vipd_config::model::{
    Check, Command, Config, Family, Garp, InitialState, Instance, Routing, Rule, RuleAction,
    SyncGroup, TrackScript, Tracked, Transport, UnicastPeer, Version, VirtualAddress, Weight,
};

use crate::machine::{Machine, Nic};
use crate::network::Quality;
use crate::rng::Rng;
use crate::world::Settings;

/// Clusters of several instances that form a sync group, percent.
const GROUPED_PERCENT: u64 = 40;

/// What all machines have in common.
#[derive(Debug)]
pub(super) struct Plan {
    /// Advertisement interval that most go by.
    pub(super) interval: Duration,
    nodes: usize,
    segments: usize,
    hosts: Vec<u8>,
    routers: Vec<RouterPlan>,
    scripts: Vec<TrackScript>,
    grouped: bool,
}

/// What the members of one virtual router have in common.
#[derive(Debug)]
struct RouterPlan {
    pattern: Instance,
    segment: usize,
    preempting: Preempting,
    unicast: bool,
    intervals_differ: bool,
    priorities: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Preempting {
    All,
    None,
    Mixed,
    Delayed,
}

impl Plan {
    pub(super) fn draw(rng: &mut Rng) -> Self {
        let version = if rng.chance(60) {
            Version::V3
        } else {
            Version::V2
        };
        let interval = match version {
            Version::V2 => Duration::from_secs(rng.pick(&[1, 1, 1, 2, 3])),
            Version::V3 => {
                Duration::from_millis(rng.pick(&[10, 20, 50, 100, 200, 500, 1000, 3000]))
            }
        };
        let nodes = rng.pick(&[2, 2, 2, 3, 3, 4, 5]);
        let segments = rng.pick(&[1, 1, 2]);
        let mut hosts: Vec<u8> = (1..=250).collect();
        rng.shuffle(&mut hosts);
        hosts.truncate(nodes);
        let scripts = (0..rng.pick(&[0, 0, 1, 2]))
            .map(|n| draw_script(rng, n, interval))
            .collect();
        let count = rng.pick(&[1, 1, 1, 2, 3]);
        let grouped = count > 1 && rng.chance(GROUPED_PERCENT);
        let mut plan = Self {
            interval,
            nodes,
            segments,
            hosts,
            routers: Vec::new(),
            scripts,
            grouped,
        };
        for number in 0..count {
            let router = plan.draw_router(rng, number, version);
            plan.routers.push(router);
        }
        if grouped {
            plan.align();
        }
        plan
    }

    /// Members of a group that disagree on who is best fight for ever: let them agree.
    fn align(&mut self) {
        let (first, rest) = self.routers.split_at_mut(1);
        for router in rest {
            router.priorities.clone_from(&first[0].priorities);
            router.preempting = first[0].preempting;
        }
    }

    fn draw_router(&self, rng: &mut Rng, number: u8, version: Version) -> RouterPlan {
        let segment = rng.index(self.segments);
        let mut pattern =
            Instance::new(format!("VI_{number}"), format!("eth{segment}"), 51 + number);
        pattern.version = version;
        pattern.advert_interval = self.interval;
        pattern.addresses = vips(rng, 100, number, 3);
        pattern.excluded_addresses = if rng.chance(15) {
            vips(rng, 150, number, 2)
        } else {
            Vec::new()
        };
        pattern.routing = rules(number);
        pattern.garp = self.draw_garp(rng);
        pattern.lower_prio_no_advert = rng.chance(10);
        pattern.higher_prio_send_advert = rng.chance(10);
        pattern.down_timer_adverts = rng.pick(&[3, 3, 3, 3, 2, 5]);
        let mut priorities: Vec<u8> = (0..self.nodes).map(|_| draw_priority(rng)).collect();
        if !self.grouped && rng.chance(5) {
            let owner = rng.index(self.nodes);
            priorities[owner] = 255;
        }
        RouterPlan {
            pattern,
            segment,
            preempting: rng.pick(&[
                Preempting::All,
                Preempting::All,
                Preempting::None,
                Preempting::Mixed,
                Preempting::Delayed,
            ]),
            unicast: rng.chance(25),
            intervals_differ: version == Version::V3 && rng.chance(10),
            priorities,
        }
    }

    fn draw_garp(&self, rng: &mut Rng) -> Garp {
        let spans = [
            Duration::ZERO,
            self.interval,
            self.interval * 3,
            self.interval * 5,
        ];
        Garp {
            master_repeat: rng.pick(&[1, 2, 5]),
            master_delay: rng.pick(&spans),
            refresh: rng.pick(&[Duration::ZERO, Duration::ZERO, self.interval * 7]),
            refresh_repeat: 1,
            lower_prio_repeat: rng.pick(&[1, 5]),
            lower_prio_delay: rng.pick(&spans),
        }
    }

    pub(super) fn machines(&self, rng: &mut Rng) -> Vec<Machine> {
        (0..self.nodes)
            .map(|node| Machine {
                name: char::from(b'a' + u8::try_from(node).unwrap_or(25)).to_string(),
                config: self.config(rng, node),
                nics: (0..self.segments)
                    .map(|segment| Nic {
                        name: format!("eth{segment}"),
                        segment: format!("eth{segment}"),
                        address: self.address(segment, node),
                        prefix_len: 24,
                        ipv6: Vec::new(),
                    })
                    .collect(),
                drift_ppm: i32::try_from(rng.between(0, 400)).unwrap_or(0) - 200,
            })
            .collect()
    }

    fn address(&self, segment: usize, node: usize) -> Ipv4Addr {
        Ipv4Addr::new(10, u8::try_from(segment).unwrap_or(0), 0, self.hosts[node])
    }

    fn config(&self, rng: &mut Rng, node: usize) -> Config {
        let mut config = Config {
            scripts: self.scripts.clone(),
            ..Config::default()
        };
        if rng.chance(5) {
            config.global.startup_delay = self.interval * 2;
        }
        for router in &self.routers {
            let mut instance = router.pattern.clone();
            instance.priority = router.priorities[node];
            self.set_preempting(rng, router.preempting, &mut instance);
            if router.intervals_differ {
                instance.advert_interval = self.interval * rng.pick(&[1, 2, 4]);
            }
            if router.unicast {
                self.set_unicast(router.segment, node, &mut instance);
            }
            if !self.grouped {
                self.set_trackers(rng, router.segment, &mut instance);
            }
            config.instances.push(instance);
        }
        if self.grouped {
            agree(&mut config.instances);
            config.sync_groups.push(self.group(&config.instances));
        }
        // The engine is told of scripts only when somebody tracks them.
        let tracked = |name: &String| {
            let by_instance = config.instances.iter().flat_map(|i| &i.track_scripts);
            let by_group = config.sync_groups.iter().flat_map(|g| &g.track_scripts);
            by_instance.chain(by_group).any(|t| t.name == *name)
        };
        let scripts = self
            .scripts
            .iter()
            .filter(|s| tracked(&s.name))
            .cloned()
            .collect();
        config.scripts = scripts;
        config
    }

    fn set_preempting(&self, rng: &mut Rng, how: Preempting, instance: &mut Instance) {
        let owner = instance.priority == 255;
        match how {
            Preempting::All => {}
            Preempting::None => instance.preempts = owner,
            Preempting::Mixed => instance.preempts = owner || rng.chance(50),
            Preempting::Delayed if owner => {}
            Preempting::Delayed => instance.preempt_delay = self.interval * rng.pick(&[1, 4, 8]),
        }
        if owner || (how == Preempting::All && rng.chance(20)) {
            instance.initial_state = InitialState::Master;
        }
    }

    fn set_unicast(&self, segment: usize, node: usize, instance: &mut Instance) {
        let others = (0..self.nodes).filter(|&other| other != node);
        instance.source = Some(IpAddr::V4(self.address(segment, node)));
        instance.transport = Transport::Unicast {
            peers: others
                .map(|other| UnicastPeer {
                    address: IpAddr::V4(self.address(segment, other)),
                    min_ttl: None,
                    max_ttl: None,
                })
                .collect(),
            ttl: 255,
            check_source: true,
            fault_without_peer: false,
        };
    }

    fn set_trackers(&self, rng: &mut Rng, home: usize, instance: &mut Instance) {
        for script in &self.scripts {
            if rng.chance(60) {
                let weight = if rng.chance(50) {
                    script.weight
                } else {
                    draw_weight(rng)
                };
                instance.track_scripts.push(Tracked {
                    name: script.name.clone(),
                    weight,
                });
            }
        }
        if self.segments > 1 && rng.chance(30) {
            instance.track_interfaces.push(Tracked {
                name: format!("eth{}", 1 - home),
                weight: Weight {
                    reverse: false,
                    ..draw_weight(rng)
                },
            });
        }
    }

    fn group(&self, instances: &[Instance]) -> SyncGroup {
        let faulting = |script: &TrackScript| Tracked {
            name: script.name.clone(),
            weight: Weight::default(),
        };
        SyncGroup {
            name: "G".to_owned(),
            members: instances.iter().map(|i| i.name.clone()).collect(),
            track_scripts: self.scripts.iter().take(1).map(faulting).collect(),
            ..SyncGroup::default()
        }
    }

    pub(super) fn settings(&self, seed: u64, rng: &mut Rng) -> Settings {
        let delay = rng.span((self.interval / 8).min(Duration::from_millis(5)));
        let jitter = if rng.chance(50) {
            delay
        } else {
            Duration::ZERO
        };
        Settings {
            seed,
            quality: Quality {
                delay,
                jitter,
                loss_percent: 0,
                duplicate_percent: rng.pick(&[0, 0, 10]),
                corrupt_percent: 0,
                reorders: rng.chance(30),
            },
            lateness: rng.pick(&[Duration::ZERO, self.interval / 100, self.interval / 20]),
            clock_before_packets: rng.chance(40),
            failures_differ: true,
        }
    }
}

/// Members of a group go by the same rules on each node, or they hold each other back for ever.
fn agree(instances: &mut [Instance]) {
    let Some((first, rest)) = instances.split_first_mut() else {
        return;
    };
    for instance in rest {
        instance.preempts = first.preempts;
        instance.preempt_delay = first.preempt_delay;
        instance.initial_state = first.initial_state;
    }
}

fn draw_priority(rng: &mut Rng) -> u8 {
    let any = u8::try_from(rng.between(1, 254)).unwrap_or(100);
    rng.pick(&[100, 100, 150, 200, any, any])
}

fn draw_weight(rng: &mut Rng) -> Weight {
    let size = i16::try_from(rng.between(1, 120)).unwrap_or(1);
    Weight {
        value: rng.pick(&[0, 0, -2, size, -size, -size]),
        reverse: false,
    }
}

fn draw_script(rng: &mut Rng, number: usize, interval: Duration) -> TrackScript {
    TrackScript {
        name: format!("chk{number}"),
        check: Check::Run(Command {
            argv: vec!["/bin/check".to_owned()],
            user: None,
        }),
        interval: interval * rng.pick(&[1, 2, 3]),
        timeout: interval,
        weight: draw_weight(rng),
        rise: rng.pick(&[1, 1, 2, 3]),
        fall: rng.pick(&[1, 1, 2, 3]),
        init_fail: rng.chance(20),
    }
}

pub(super) fn vips(rng: &mut Rng, base: u8, number: u8, most: u64) -> Vec<VirtualAddress> {
    let count = u8::try_from(rng.between(1, most)).unwrap_or(1);
    (0..count)
        .map(|host| VirtualAddress {
            prefix_len: 24,
            ..VirtualAddress::new(IpAddr::from([192, 0, 2, base + 10 * number + host]))
        })
        .collect()
}

/// Every other virtual router has a rule of its own.
fn rules(number: u8) -> Vec<Routing> {
    let priority = 1000 + u32::from(number);
    let rule = Rule::new(Family::V4, priority, RuleAction::Nop);
    let rule = Routing::Rule(Box::new(rule));
    if number.is_multiple_of(2) {
        vec![rule]
    } else {
        Vec::new()
    }
}
