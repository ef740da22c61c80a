//! Trouble drawn by luck: a timeline of faults that ends in calm.

use std::time::Duration;

use vipd_config::model::{Config, InitialState};
use vipd_engine::Instant;

use super::cluster::vips;
use crate::action::Action;
use crate::machine::Machine;
use crate::network::Quality;
use crate::rng::Rng;

/// Draws what happens, and when all of it is over.
pub(super) fn draw(
    rng: &mut Rng,
    machines: &[Machine],
    interval: Duration,
    usual: Quality,
) -> (Vec<(Instant, Action)>, Instant) {
    let mut actions = starts(rng, machines.len(), interval);
    let mut now = Instant::default() + interval * 2;
    let mut configs: Vec<Config> = machines.iter().map(|m| m.config.clone()).collect();
    for _ in 0..rng.between(1, 9) {
        let gap = interval * rng.pick(&[1, 4, 8]);
        now = now + rng.span(gap);
        let node = rng.index(machines.len());
        if rng.chance(10) {
            change(rng, &mut configs[node]);
            let config = Box::new(configs[node].clone());
            actions.push((now, Action::Reconfigure(node, config)));
        } else {
            trouble(rng, (machines, node), interval, now, &mut actions);
        }
    }
    let calm = now + rng.span(interval * 4);
    end(rng, machines, calm, &mut actions);
    let last = actions
        .iter()
        .map(|(at, action)| *at + lasts(action))
        .max()
        .unwrap_or(calm);
    actions.push((last, Action::Network(usual)));
    actions.sort_by_key(|&(at, _)| at);
    (actions, last)
}

/// Some start together, some one after another.
fn starts(rng: &mut Rng, nodes: usize, interval: Duration) -> Vec<(Instant, Action)> {
    let spread = interval * rng.pick(&[0, 0, 1, 10]);
    (0..nodes)
        .map(|node| (Instant::default() + rng.span(spread), Action::Start(node)))
        .collect()
}

fn lasts(action: &Action) -> Duration {
    if let Action::Pause(_, span) = action {
        *span
    } else {
        Duration::ZERO
    }
}

fn trouble(
    rng: &mut Rng,
    (machines, node): (&[Machine], usize),
    interval: Duration,
    now: Instant,
    actions: &mut Vec<(Instant, Action)>,
) {
    let other = (node + 1 + rng.index(machines.len() - 1)) % machines.len();
    let machine = &machines[node];
    let longest = interval * rng.pick(&[1, 5, 10]);
    let later = now + rng.span(longest);
    let stall = interval * rng.pick(&[1, 4, 12]);
    let nic = machine.nics[rng.index(machine.nics.len())].name.clone();
    let (begin, end) = match rng.below(16) {
        0 => (Action::Crash(node), Some(Action::Start(node))),
        1 => (Action::Stop(node), Some(Action::Start(node))),
        2 => (Action::PowerOff(node), Some(Action::Start(node))),
        3 | 4 => (Action::KillProcess(node), None),
        5 | 6 => (Action::Pause(node, rng.span(stall)), None),
        7 => (Action::Reload(node), None),
        8 => (Action::Down(node, nic.clone()), Some(Action::Up(node, nic))),
        9 => (
            Action::Partition(node, other),
            Some(Action::Rejoin(node, other)),
        ),
        10 => (
            Action::PartitionOneWay(node, other),
            Some(Action::Rejoin(node, other)),
        ),
        11 => (Action::Isolate(node), Some(Action::HealNode(node))),
        12 => (Action::Network(poor(rng)), None),
        13 => match address(rng, machine) {
            Some(address) => (Action::DeleteAddress(node, address), None),
            None => (Action::Reload(node), None),
        },
        _ => match script(rng, machine) {
            Some(script) => (
                Action::Fail(node, script.clone()),
                Some(Action::Recover(node, script)),
            ),
            None => (Action::KillProcess(node), None),
        },
    };
    actions.push((now, begin));
    actions.extend(end.filter(|_| rng.chance(70)).map(|action| (later, action)));
}

/// Changes a configuration as an operator may between two reloads. Instances, their identity and
/// their intervals stay; members of a group go on agreeing.
fn change(rng: &mut Rng, config: &mut Config) {
    let priority = u8::try_from(rng.between(1, 254)).unwrap_or(1);
    let is_grouped = !config.sync_groups.is_empty();
    let chosen = rng.index(config.instances.len());
    let what = rng.below(5);
    for (index, instance) in config.instances.iter_mut().enumerate() {
        let concerned = index == chosen || (is_grouped && what < 2);
        if !concerned || instance.priority == 255 {
            continue;
        }
        match what {
            0 => instance.priority = priority,
            // Beside `state MASTER` there is no `nopreempt`.
            1 if instance.initial_state == InitialState::Master => {}
            1 => instance.preempts = !instance.preempts,
            2 => {
                let number = u8::try_from(index).unwrap_or(0);
                instance.addresses = vips(rng, 100, number, 4);
            }
            3 => {
                instance.excluded_addresses.pop();
            }
            _ => {
                instance.garp.master_repeat = 3;
                for tracked in &mut instance.track_scripts {
                    // A weight that becomes 0 would mean FAULT.
                    if tracked.weight.value.abs() > 1 {
                        tracked.weight.value /= 2;
                    }
                }
            }
        }
    }
}

/// Delay and jitter stay: bounds are computed from the longest at first.
fn poor(rng: &mut Rng) -> Quality {
    Quality {
        delay: Duration::ZERO,
        jitter: Duration::ZERO,
        loss_percent: rng.pick(&[0, 5, 20, 50, 80]),
        duplicate_percent: rng.pick(&[0, 20]),
        corrupt_percent: rng.pick(&[0, 0, 30]),
        reorders: true,
    }
}

fn script(rng: &mut Rng, machine: &Machine) -> Option<String> {
    let scripts = &machine.config.scripts;
    scripts
        .get(rng.index(scripts.len()))
        .map(|script| script.name.clone())
}

fn address(rng: &mut Rng, machine: &Machine) -> Option<std::net::IpAddr> {
    let instance = &machine.config.instances[rng.index(machine.config.instances.len())];
    instance
        .addresses
        .get(rng.index(instance.addresses.len()))
        .map(|a| a.address)
}

/// The network heals. Some nodes, interfaces and scripts may stay as they are: that is a state to
/// settle in as well.
fn end(rng: &mut Rng, machines: &[Machine], calm: Instant, actions: &mut Vec<(Instant, Action)>) {
    let last = actions
        .iter()
        .map(|(at, action)| *at + lasts(action))
        .max()
        .unwrap_or(calm)
        .max(calm);
    if rng.chance(50) {
        actions.push((last, Action::Heal));
        return;
    }
    for node in 0..machines.len() {
        for other in (0..machines.len()).filter(|&other| other > node) {
            actions.push((last, Action::Rejoin(node, other)));
        }
        if rng.chance(60) {
            actions.push((last, Action::HealNode(node)));
        }
    }
}
