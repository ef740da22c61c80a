//! All virtual servers of a node as one machine.

mod books;
mod check;
mod checks;
mod service;
mod spread;
mod status;

mod follow;
mod marks;
mod plan;
mod quorum;
mod reload;
mod snapshot;
mod start;
mod stop;
mod suspend;
mod telling;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use vipd_config::model::Config;
use vipd_config::model::lvs::{RealServer, VirtualServer};

use self::books::Books;
use self::check::{Phase, Place};
use self::checks::Checks;
use self::marks::Marks;
use self::service::Service;
use self::spread::Spread;
use super::{CheckId, Effect, Input, Outcome, Probe, ServiceId};
use crate::Instant;

pub use status::{CheckStatus, ServerStatus, ServiceStatus};

/// All virtual servers of a node: one machine, one way in, one list of effects out.
#[derive(Clone, Debug)]
pub struct Balancer {
    life: Life,
    config: Arc<Config>,
    spread: Spread,
    /// In configuration order; a virtual server's number is its place.
    services: Vec<Service>,
    checks: Checks,
    books: Books,
    /// Which virtual servers stand behind a service of the kernel: one, unless groups overlap.
    owners: BTreeMap<ServiceId, Vec<u32>>,
    heard: Heard,
    marks: Marks,
    /// Number of the last attempt.
    attempt: u64,
    /// See [`Balancer::steps`].
    steps: u64,
}

/// What was told of the world.
#[derive(Clone, Debug, Default)]
struct Heard {
    /// Addresses that are on this node.
    here: BTreeSet<IpAddr>,
    files: BTreeMap<String, i64>,
    sessions: BTreeMap<String, bool>,
    is_director: bool,
}

/// Where in its life a balancer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    /// Waits for [`Input::Start`].
    New,
    /// Works.
    Running,
    /// Has left.
    Stopped,
}

/// What a deadline is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// A check is due.
    Check,
}

impl Balancer {
    /// A balancer for a configuration. Nothing happens before [`Input::Start`]. The seed spreads
    /// checks in time.
    pub fn new(config: Arc<Config>, seed: u64) -> Self {
        let mut balancer = Self {
            life: Life::New,
            config: Arc::new(Config::default()),
            spread: Spread::new(seed),
            services: Vec::new(),
            checks: Checks::default(),
            books: Books::default(),
            owners: BTreeMap::new(),
            heard: Heard::default(),
            marks: Marks::default(),
            attempt: 0,
            steps: 0,
        };
        balancer.plan(config);
        balancer
    }

    /// The only way in: one input, its effects appended to `effects`, nothing left pending.
    pub fn handle(&mut self, now: Instant, input: Input, effects: &mut Vec<Effect>) {
        match (self.life, input) {
            (Life::New, Input::Start { table, restored }) => {
                self.start(now, table, restored, effects);
            }
            (_, Input::Address { address, is_here }) => {
                self.address(now, address, is_here, effects);
            }
            (_, Input::File { file, value }) => self.file(file, value, effects),
            (_, Input::Session { session, is_up }) => self.session(session, is_up, effects),
            (_, Input::Director { is_master }) => self.director(is_master, effects),
            (Life::Running, Input::Tick) => self.tick(now, effects),
            (
                Life::Running,
                Input::Checked {
                    check,
                    attempt,
                    outcome,
                },
            ) => self.checked(now, check, attempt, &outcome, effects),
            (Life::Running, Input::Table(table)) => {
                self.read(table);
                self.align(effects);
            }
            (Life::New, Input::Reconfigure(config)) => *self = self.remade(config),
            (Life::Running, Input::Reconfigure(config)) => self.reconfigure(now, config, effects),
            (Life::Running, Input::Stop { keep_table }) => self.stop(keep_table, effects),
            (Life::New, Input::Stop { .. }) => {
                self.life = Life::Stopped;
                effects.push(Effect::Stopped);
            }
            // Nothing starts twice; after the end, and before the beginning, answers mean nothing.
            (Life::Running | Life::Stopped, Input::Start { .. })
            | (Life::New | Life::Stopped, Input::Tick | Input::Checked { .. } | Input::Table(_))
            | (Life::Stopped, Input::Reconfigure(_) | Input::Stop { .. }) => {}
        }
    }

    /// When to call [`Balancer::handle`] with [`Input::Tick`], and why.
    pub fn deadline(&self) -> Option<(Instant, Timer)> {
        let first = self
            .checks
            .deadline()
            .filter(|_| self.life == Life::Running);
        first.map(|at| (at, Timer::Check))
    }

    /// How many real servers and destinations were looked at since the start: what inputs cost,
    /// in steps.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// One that has not started either, for another configuration.
    fn remade(&self, config: Arc<Config>) -> Self {
        let mut new = Self::new(config, 0);
        new.spread = self.spread;
        new.heard = self.heard.clone();
        new
    }

    fn tick(&mut self, now: Instant, effects: &mut Vec<Effect>) {
        for id in self.checks.due(now) {
            match self.checks.get(id).map(|check| check.phase) {
                Some(Phase::Running { attempt, .. }) => {
                    effects.push(Effect::Abandon(id));
                    let outcome = Outcome::Failure("nothing was heard of it".to_owned());
                    self.checked(now, id, attempt, &outcome, effects);
                }
                Some(Phase::Waiting(_)) => self.probe(now, id, effects),
                Some(Phase::Idle) | None => {}
            }
        }
    }

    /// Orders a check.
    fn probe(&mut self, now: Instant, id: CheckId, effects: &mut Vec<Effect>) {
        let Some(check) = self.checks.get(id) else {
            return;
        };
        self.attempt += 1;
        self.steps += 1;
        let attempt = self.attempt;
        effects.push(Effect::Probe(Probe {
            check: id,
            attempt,
            kind: Arc::clone(&check.kind),
            url: check.url,
        }));
        let until = now + check.longest();
        self.checks.set_phase(id, Phase::Running { attempt, until });
    }

    /// Lets go of an attempt that may be under way.
    fn abandon(&mut self, id: CheckId, effects: &mut Vec<Effect>) {
        let check = self.checks.get(id);
        if check.is_some_and(|check| matches!(check.phase, Phase::Running { .. })) {
            effects.push(Effect::Abandon(id));
        }
        self.checks.set_phase(id, Phase::Idle);
    }

    /// What is configured of a virtual server.
    fn configured(config: &Config, service: u32) -> Option<&VirtualServer> {
        config.lvs.servers.get(service as usize)
    }

    /// What is configured of a real server and its virtual server.
    fn configured_at(config: &Config, place: Place) -> Option<(&VirtualServer, &RealServer)> {
        let vs = Self::configured(config, place.service)?;
        Some((vs, vs.servers.get(place.server as usize)?))
    }

    /// Places of all virtual servers.
    fn places(&self) -> impl Iterator<Item = u32> + use<> {
        (0..).take(self.services.len())
    }
}

#[cfg(test)]
mod tests;
