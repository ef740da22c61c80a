//! Further trouble, for seeds from [`FIRST`] on: signed adverts, clocks that are set, scripts that
//! flap, machines that stand still for long.
//!
//! It is drawn apart from the rest, so that seeds below go on meaning what they meant.

use std::collections::BTreeMap;
use std::time::Duration;

use vipd_config::model::{AntiReplay, AuthHmac, HmacMode, Secret, Version};
use vipd_engine::Instant;

use crate::action::Action;
use crate::machine::Machine;
use crate::rng::Rng;

/// Seeds from here on have it.
pub const FIRST: u64 = 1_000_000;

/// How far clocks may be apart where adverts are signed.
const WINDOW: Duration = Duration::from_mins(1);

/// Luck for all this, apart from that for the rest.
pub(super) fn luck(seed: u64) -> Rng {
    Rng::new(seed ^ 0x00F1_A9C1_0C45_0000)
}

/// Has a third of the clusters that can sign their adverts.
pub(super) fn sign(rng: &mut Rng, machines: &mut [Machine]) {
    if !rng.chance(33) {
        return;
    }
    let rules = AuthHmac {
        keys: BTreeMap::from([(7, Secret(b"0123456789abcdef0123456789abcdef".to_vec()))]),
        active_key: 7,
        time_window: WINDOW,
        anti_replay: AntiReplay::Time,
        mode: HmacMode::Enforce,
    };
    for machine in machines {
        for instance in &mut machine.config.instances {
            if instance.version == Version::V3 {
                instance.hmac = Some(rules.clone());
            }
        }
    }
}

/// Adds it to a timeline that is calm at its end.
pub(super) fn add(
    rng: &mut Rng,
    machines: &[Machine],
    interval: Duration,
    actions: &mut Vec<(Instant, Action)>,
) {
    let Some(calm) = actions.iter().map(|(at, _)| *at).max() else {
        return;
    };
    // All of it is over just before.
    let over = Instant(calm.0.saturating_sub(1_000_000));
    let whole = over.since(Instant::default());
    for _ in 0..rng.between(1, 6) {
        let node = rng.index(machines.len());
        let machine = &machines[node];
        let at = Instant::default() + rng.span(whole);
        let left = over.since(at);
        match rng.below(3) {
            0 => actions.push((at, Action::SetClock(node, step(rng, machine)))),
            1 => flap(rng, (node, machine), (at, left), interval, actions),
            _ => {
                let span = (interval * rng.pick(&[20, 50, 100])).min(left);
                actions.push((at, Action::Pause(node, span)));
            }
        }
    }
    // Of those at one moment the order stays: what ends it all is last.
    actions.sort_by_key(|&(at, _)| at);
}

/// By how much a clock is set, milliseconds. It may be anything where nobody looks at it;
/// otherwise all together stay within the window.
fn step(rng: &mut Rng, machine: &Machine) -> i64 {
    let most = if signs(machine) { 4_000 } else { 86_400_000 };
    let size = i64::try_from(rng.between(1, most)).unwrap_or(1);
    if rng.chance(50) { size } else { -size }
}

/// How long clocks that were set back take at most until they are where they were: so long may
/// the adverts of a node that started again meanwhile be refused as repeated.
pub(super) fn catching_up(machines: &[Machine], actions: &[(Instant, Action)]) -> Duration {
    let mut behind = vec![Duration::ZERO; machines.len()];
    for (_, action) in actions {
        if let Action::SetClock(node, step @ ..0) = action
            && signs(&machines[*node])
        {
            behind[*node] += Duration::from_millis(step.unsigned_abs());
        }
    }
    behind.into_iter().max().unwrap_or_default()
}

/// Whether adverts of a machine are signed.
fn signs(machine: &Machine) -> bool {
    machine.config.instances.iter().any(|i| i.hmac.is_some())
}

/// A script that fails and succeeds in quick succession, and succeeds in the end.
fn flap(
    rng: &mut Rng,
    (node, machine): (usize, &Machine),
    (at, left): (Instant, Duration),
    interval: Duration,
    actions: &mut Vec<(Instant, Action)>,
) {
    let scripts = &machine.config.scripts;
    let Some(script) = scripts.get(rng.index(scripts.len())) else {
        return;
    };
    let mut after = Duration::ZERO;
    for _ in 0..rng.between(2, 8) {
        let name = script.name.clone();
        actions.push((at + after, Action::Fail(node, name.clone())));
        after = (after + rng.span(interval * 2)).min(left);
        actions.push((at + after, Action::Recover(node, name)));
        after = (after + rng.span(interval * 2)).min(left);
    }
}
