//! A whole cluster in virtual time: the loop that lets things happen one after another.
//!
//! The nodes run the engine itself. Whatever the engine wants done is done here, to interfaces,
//! segments and clocks that exist only in this world, and everything is recorded.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use vipd_engine::{Effect, Input, Instant};

use crate::action::Action;
use crate::frame::Frame;
use crate::invariant::{Checker, Violation};
use crate::machine::{Machine, Routers};
use crate::network::{Network, Quality};
use crate::node::{Node, Standing, Waiting};
use crate::record::{Given, Record, What};
use crate::rng::Rng;

/// Ticks in a row that may pass without time passing.
const RESTLESS_LIMIT: u32 = 100;

/// Settings of a world that are no fault.
#[derive(Clone, Copy, Debug, Default)]
pub struct Settings {
    /// Seed of all luck.
    pub seed: u64,
    /// How well the network carries packets at first.
    pub quality: Quality,
    /// A process that is due is called up to this much later.
    pub lateness: Duration,
    /// After standing still a node looks at its clock first and at its packets then.
    pub clock_before_packets: bool,
    /// Scripts fail in several ways.
    pub failures_differ: bool,
}

/// A cluster in virtual time.
#[derive(Debug)]
pub struct World {
    pub(crate) now: Instant,
    pub(crate) settings: Settings,
    pub(crate) nodes: Vec<Node>,
    pub(crate) routers: Routers,
    pub(crate) network: Network,
    pub(crate) announced: BTreeMap<(String, IpAddr), (usize, Instant)>,
    records: Vec<Record>,
    inspected: usize,
    checkers: Vec<Box<dyn Checker>>,
    violations: Vec<Violation>,
    queue: BTreeMap<(Instant, u64), Pending>,
    sequence: u64,
    pub(crate) rng: Rng,
}

/// What will happen at a later moment.
#[derive(Clone, Debug)]
pub(crate) enum Pending {
    /// A packet reaches an interface of a node.
    Arrive(usize, String, Arc<Frame>),
    /// The kernel tells how an interface is (in this life of the daemon).
    Interface(usize, u32, String),
    /// A run of a tracked script ends.
    Script(usize, u32, usize),
    /// The VRRP process comes up; carrying on or not.
    Spawn(usize, u32, bool),
    /// A node goes on.
    Resume(usize),
    /// The timeline does something.
    Act(Action),
}

impl World {
    /// A world where nothing runs yet.
    pub fn new(
        machines: Vec<Machine>,
        settings: Settings,
        checkers: Vec<Box<dyn Checker>>,
    ) -> Self {
        let mut rng = Rng::new(settings.seed ^ 0x5EED_0F7A_9E17_0000);
        let network = Network::new(settings.quality, Rng::new(rng.bits()));
        let routers = Routers::find(&machines);
        let nodes = machines
            .into_iter()
            .enumerate()
            .map(|(n, m)| Node::new(n, m))
            .collect();
        Self {
            now: Instant::default(),
            settings,
            nodes,
            routers,
            network,
            announced: BTreeMap::new(),
            records: Vec::new(),
            inspected: 0,
            checkers,
            violations: Vec::new(),
            queue: BTreeMap::new(),
            sequence: 0,
            rng,
        }
    }

    /// The same world at the same moment, with nothing recorded yet and nobody watching: what is
    /// done to it has no effect here.
    #[must_use]
    pub fn fork(&self) -> Self {
        Self {
            now: self.now,
            settings: self.settings,
            nodes: self.nodes.clone(),
            routers: self.routers.clone(),
            network: self.network.clone(),
            announced: self.announced.clone(),
            records: Vec::new(),
            inspected: 0,
            checkers: Vec::new(),
            violations: Vec::new(),
            queue: self.queue.clone(),
            sequence: self.sequence,
            rng: self.rng.clone(),
        }
    }

    /// The moment it is.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// The machines.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Which instances are one virtual router.
    pub fn routers(&self) -> &Routers {
        &self.routers
    }

    /// Settings it was made with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Everything that happened so far.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// Invariants that did not hold.
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// Who announced an address last on a segment, and when.
    pub fn last_announcement(&self, segment: &str, address: IpAddr) -> Option<(usize, Instant)> {
        self.announced.get(&(segment.to_owned(), address)).copied()
    }

    /// The longest that a packet is under way, at first quality.
    pub fn longest_delay(&self) -> Duration {
        self.settings.quality.longest()
    }

    /// Plans something; at the same moment, what was planned first happens first.
    pub fn plan(&mut self, at: Instant, action: Action) {
        self.later(at, Pending::Act(action));
    }

    pub(crate) fn later(&mut self, at: Instant, what: Pending) {
        self.sequence += 1;
        self.queue.insert((at.max(self.now), self.sequence), what);
    }

    /// Lets everything happen up to a moment, and that moment itself. Stops at the first
    /// violation.
    pub fn run_until(&mut self, end: Instant) {
        while self.violations.is_empty() && self.step(end) {}
        if self.violations.is_empty() {
            self.now = end;
            self.check(|checker, world| checker.look(world));
        }
    }

    /// Lets things happen until one of them is wanted, and stops right after it; false when
    /// none is up to `end`.
    pub fn run_until_seen(&mut self, end: Instant, wanted: impl Fn(&Record) -> bool) -> bool {
        while self.violations.is_empty() {
            let before = self.records.len();
            if !self.step(end) {
                break;
            }
            if self.records.iter().skip(before).any(&wanted) {
                return true;
            }
        }
        false
    }

    /// Says that all faults are over and everything had time to settle.
    pub fn conclude(&mut self) {
        if self.violations.is_empty() {
            self.check(|checker, world| checker.conclude(world));
        }
    }

    /// The next thing that happens; false when nothing does up to `end`.
    fn step(&mut self, end: Instant) -> bool {
        let queued = self.queue.first_key_value().map(|(&(at, _), _)| at);
        let awake = self
            .nodes
            .iter()
            .enumerate()
            .filter(|(_, node)| node.is_awake());
        let waking = awake
            .filter_map(|(n, node)| node.wake.map(|(at, _)| (at, n)))
            .min();
        match (queued, waking) {
            (Some(at), wake) if at <= end && wake.is_none_or(|(due, _)| at <= due) => {
                self.now = at;
                if let Some((_, pending)) = self.queue.pop_first() {
                    self.happen(pending);
                }
            }
            (_, Some((due, node))) if due <= end => {
                self.now = due.max(self.now);
                self.tick(node);
            }
            _ => return false,
        }
        self.inspect();
        if !self.violations.is_empty() {
            return false;
        }
        self.check(|checker, world| checker.look(world));
        true
    }

    fn happen(&mut self, pending: Pending) {
        match pending {
            Pending::Arrive(node, nic, frame) => self.arrive(node, nic, &frame),
            Pending::Interface(node, life, nic) => self.tell_interface(node, life, &nic),
            Pending::Script(node, life, script) => self.script_ends(node, life, script),
            Pending::Spawn(node, life, restored) => self.spawn(node, life, restored),
            Pending::Resume(node) => self.resume(node),
            Pending::Act(action) => self.act(action),
        }
    }

    fn tick(&mut self, node: usize) {
        self.give(node, Input::Tick);
        let due = self.nodes[node].wake.is_some_and(|(at, _)| at <= self.now);
        self.nodes[node].restless = if due {
            self.nodes[node].restless + 1
        } else {
            0
        };
        if self.nodes[node].restless > RESTLESS_LIMIT {
            self.violate(
                "restless",
                format!("{}: ticks without end", self.nodes[node].name),
            );
        }
    }

    /// Gives an input to a node that stands still, or keeps it until it goes on.
    pub(crate) fn give_or_keep(&mut self, node: usize, input: Input<'static>) {
        if self.nodes[node].paused_until.is_some() {
            self.nodes[node].keep(Waiting::Input(input));
        } else {
            self.give(node, input);
        }
    }

    /// Gives an input to the engine of a node and does what it wants done.
    pub(crate) fn give(&mut self, node: usize, input: Input<'_>) {
        let Some(mut router) = self.nodes[node].process.take() else {
            return;
        };
        let given = self.name_input(node, &input);
        let local = self.nodes[node].clock.read(self.now);
        let mut effects = Vec::new();
        router.handle(local, input, &mut effects);
        self.nodes[node].process = Some(router);
        let count = effects.len();
        let ends = effects.contains(&Effect::Stopped);
        self.refresh(node);
        for effect in effects {
            self.perform(node, effect);
        }
        self.record(
            Some(node),
            What::Handled {
                input: given,
                effects: count,
            },
        );
        if ends {
            self.end_process(node, What::Stopped);
            self.nodes[node].daemon_runs = false;
            self.nodes[node].life += 1;
        }
        self.inspect();
    }

    fn name_input(&self, node: usize, input: &Input<'_>) -> Given {
        match input {
            Input::Start { .. } => Given::Start,
            Input::Tick => Given::Tick(self.nodes[node].wake.map(|(_, timer)| timer)),
            Input::Packet { .. } => Given::Packet,
            Input::Interface(_) | Input::InterfaceGone { .. } => Given::Interface,
            Input::AddressRemoved { .. } | Input::RoutingRemoved(_) => Given::Removed,
            Input::ScriptResult { .. } => Given::Script,
            Input::Watched { .. } => Given::Watched,
            Input::WallClock { .. } => Given::WallClock,
            Input::Reconfigure(_) => Given::Reconfigure,
            Input::Stop => Given::Stop,
        }
    }

    /// Notes how the instances of a node stand, and when it wants to be called.
    fn refresh(&mut self, node: usize) {
        let Some(router) = self.nodes[node].process.as_ref() else {
            return;
        };
        let deadline = router.deadline();
        let standings: Vec<Standing> = router
            .standings()
            .map(|(state, priority)| Standing { state, priority })
            .collect();
        if standings.len() != self.nodes[node].standings.len() {
            let found = format!(
                "{}: status of {} instances",
                self.nodes[node].name,
                standings.len()
            );
            return self.violate("status is complete", found);
        }
        let before = std::mem::replace(&mut self.nodes[node].standings, standings.clone());
        for (instance, (old, new)) in before.into_iter().zip(standings).enumerate() {
            if old.priority != new.priority {
                let (from, to) = (old.priority, new.priority);
                self.record(Some(node), What::Priority { instance, from, to });
            }
            if old.state != new.state {
                let (from, to, priority) = (old.state, new.state, new.priority);
                self.record(
                    Some(node),
                    What::State {
                        instance,
                        from,
                        to,
                        priority,
                    },
                );
            }
        }
        self.nodes[node].wake = deadline.map(|(local, timer)| {
            let due = self.nodes[node].clock.when(local).max(self.now);
            (due + self.rng.span(self.settings.lateness), timer)
        });
    }

    pub(crate) fn record(&mut self, node: Option<usize>, what: What) {
        self.records.push(Record {
            at: self.now,
            node,
            what,
        });
    }

    /// Shows new records to the checkers.
    pub(crate) fn inspect(&mut self) {
        if self.checkers.is_empty() {
            self.inspected = self.records.len();
            return;
        }
        while self.inspected < self.records.len() && self.violations.is_empty() {
            let record = self.records[self.inspected].clone();
            self.inspected += 1;
            self.check(|checker, world| checker.see(world, &record));
        }
    }

    fn check(&mut self, mut look: impl FnMut(&mut dyn Checker, &Self) -> Result<(), String>) {
        let mut checkers = std::mem::take(&mut self.checkers);
        for checker in &mut checkers {
            if let Err(message) = look(checker.as_mut(), self) {
                self.violate(checker.name(), message);
            }
        }
        self.checkers = checkers;
    }

    pub(crate) fn violate(&mut self, invariant: &'static str, message: String) {
        self.record(
            None,
            What::Violation {
                invariant,
                message: message.clone(),
            },
        );
        self.violations.push(Violation {
            at: self.now,
            invariant,
            message,
        });
    }
}
