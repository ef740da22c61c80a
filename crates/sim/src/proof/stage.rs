//! The cluster on which things are made to fail, and how long it needs to come to rest.

use std::time::Duration;

use vipd_config::model::{Config, Family};
use vipd_engine::Instant;
use vipd_engine::event::State;

use super::course::{Course, Watch};
use super::thing::{Kind, Thing, things};
use crate::action::Action;
use crate::machine::Machine;
use crate::node::Standing;
use crate::record::{Record, What};
use crate::world::{Settings, World};

/// Adverts so close to each other go out together.
const ALIKE: Duration = Duration::from_millis(1);

/// Machines, what can fail, and how long it takes to show.
#[derive(Debug)]
pub(super) struct Stage {
    pub(super) machines: Vec<Machine>,
    pub(super) things: Vec<Thing>,
    /// After this long nothing can be under way any more.
    pub(super) horizon: Duration,
    /// The longest advert interval.
    beat: Duration,
}

impl Stage {
    pub(super) fn new(machines: Vec<Machine>) -> Self {
        let configs = || machines.iter().map(|machine| &machine.config);
        let instances = || configs().flat_map(|config| &config.instances);
        let beat = instances().map(|i| i.advert_interval).max();
        let beat = beat.unwrap_or(Duration::from_secs(1));
        let waits = instances().map(|i| i.advert_interval * (u32::from(i.down_timer_adverts) + 2));
        let delay = instances().map(|i| i.preempt_delay).max();
        let horizon = configs().map(checks_settle).max().unwrap_or_default()
            + waits.max().unwrap_or_default()
            + delay.unwrap_or_default()
            + Duration::from_secs(1);
        Self {
            things: things(&machines),
            machines,
            horizon,
            beat,
        }
    }

    /// All nodes started together with everything well, and come to rest.
    pub(super) fn calm(&self) -> (World, Vec<Course>) {
        let mut world = World::new(self.machines.clone(), Settings::default(), Vec::new());
        let watch = Watch::new(&world);
        // What is turned round is well when it fails.
        for action in self.things.iter().flat_map(|thing| &thing.heal) {
            if matches!(action, Action::Fail(..) | Action::Set(..)) {
                world.act(action.clone());
            }
        }
        for node in 0..self.machines.len() {
            world.act(Action::Start(node));
        }
        world.run_until(world.now() + self.horizon);
        let courses = watch.courses(&world);
        (world, courses)
    }

    /// Makes something fail at the worst moment, right after it was last seen well, and lets
    /// everything come to rest.
    /// Everything else being equal, it is the last advert of this virtual router that counts.
    pub(super) fn fail(&self, world: &World, thing: &Thing, router: usize) -> (World, Vec<Course>) {
        let mut world = world.fork();
        self.wait_for_worst(&mut world, thing, router);
        let watch = Watch::new(&world);
        for action in &thing.fail {
            world.act(action.clone());
        }
        world.run_until(world.now() + self.horizon);
        let courses = watch.courses(&world);
        (world, courses)
    }

    /// Makes things well again, and lets everything come to rest: at the latest after the
    /// horizon, earlier when all is as it was in `calm`.
    pub(super) fn heal(
        &self,
        world: &World,
        things: &[&Thing],
        calm: &World,
    ) -> (World, Vec<Course>) {
        let mut world = world.fork();
        let watch = Watch::new(&world);
        for action in things.iter().flat_map(|thing| &thing.heal) {
            world.act(action.clone());
        }
        let end = world.now() + self.horizon;
        let mut alike = false;
        while world.now() < end {
            world.run_until(end.min(world.now() + self.beat));
            let was = std::mem::replace(&mut alike, stands_alike(&world, calm));
            if was && alike {
                break;
            }
        }
        let courses = watch.courses(&world);
        (world, courses)
    }

    /// For each virtual router the first one that sends when it does: one moment is the worst for
    /// both.
    pub(super) fn paces(&self, world: &World) -> Vec<usize> {
        let mut world = world.fork();
        world.run_until(world.now() + self.beat * 2);
        let last = world.routers().members.iter().map(|members| {
            let senders = members.iter().map(|&member| Sender::of(&world, member));
            let senders: Vec<Sender> = senders.collect();
            let records = world.records().iter().rev();
            let found = { records }.find(|r| senders.iter().any(|sender| sender.sent(r)))?;
            if let What::Sent { advert, .. } = found.what {
                Some((found.at, advert.interval))
            } else {
                None
            }
        });
        let last: Vec<Option<(Instant, Duration)>> = last.collect();
        let alike = |one: &(Instant, Duration), other: &(Instant, Duration)| {
            one.1 == other.1 && one.0.since(other.0).max(other.0.since(one.0)) < ALIKE
        };
        let first = |router: usize| {
            let own = last[router].as_ref()?;
            last.iter()
                .position(|other| other.as_ref().is_some_and(|other| alike(own, other)))
        };
        (0..last.len())
            .map(|router| first(router).unwrap_or_default())
            .collect()
    }

    fn wait_for_worst(&self, world: &mut World, thing: &Thing, router: usize) {
        let node = thing.node;
        let scripts = &self.machines[node].config.scripts;
        let (wanted, longest): (Option<&str>, Duration) = match &thing.kind {
            Kind::Check { scripts: names, .. } => {
                let slowest = scripts
                    .iter()
                    .filter(|script| names.contains(&script.name))
                    .max_by_key(|script| script.interval);
                let name = slowest.map(|script| script.name.as_str());
                (name, slowest.map_or(self.beat, |script| script.interval))
            }
            Kind::Node
            | Kind::Daemon
            | Kind::Interface(_)
            | Kind::Port { .. }
            | Kind::Process(_)
            | Kind::File { .. }
            | Kind::Link(_) => (None, self.beat),
        };
        let end: Instant = world.now() + longest * 2;
        let members = world.routers().members.get(router);
        let senders: Vec<Sender> = { members.into_iter().flatten() }
            .map(|&member| Sender::of(world, member))
            .collect();
        world.run_until_seen(end, |record| match (&record.what, wanted) {
            (What::Script { script, .. }, Some(wanted)) => {
                record.node == Some(node) && script == wanted
            }
            (What::Sent { .. }, None) => senders.iter().any(|sender| sender.sent(record)),
            _ => false,
        });
        if wanted.is_none() {
            // The others of the same pace have sent too.
            world.run_until(world.now() + ALIKE);
        }
    }

    /// How every instance of every node stands; none where nothing runs.
    pub(super) fn standings(world: &World) -> Vec<Option<Vec<Standing>>> {
        let nodes = world.nodes().iter();
        nodes
            .map(|node| node.runs().then(|| node.standings.clone()))
            .collect()
    }
}

/// What tells the adverts of an instance from those of others.
struct Sender {
    node: usize,
    vrid: u8,
    family: Family,
}

impl Sender {
    fn of(world: &World, (node, instance): (usize, usize)) -> Self {
        let instance = &world.nodes()[node].config.instances[instance];
        Self {
            node,
            vrid: instance.vrid,
            family: instance.family,
        }
    }

    fn sent(&self, record: &Record) -> bool {
        let What::Sent { to, advert, .. } = &record.what else {
            return false;
        };
        record.node == Some(self.node)
            && advert.vrid == self.vrid
            && to.is_ipv4() == (self.family == Family::V4)
    }
}

fn stands_alike(world: &World, calm: &World) -> bool {
    Stage::standings(world) == Stage::standings(calm)
}

/// How long checks and the start need at most until they show.
fn checks_settle(config: &Config) -> Duration {
    let scripts = config.scripts.iter();
    let slowest = scripts
        .map(|script| script.interval * (script.rise.max(script.fall) + 1) + script.timeout)
        .max();
    let ports = config.ports.iter();
    let laziest = ports.map(|port| port.rise_delay.max(port.fall_delay)).max();
    let processes = config.processes.iter();
    let slack = processes.map(|p| p.fork_delay.max(p.terminate_delay)).max();
    let laziest = laziest.max(slack).unwrap_or_default();
    slowest.unwrap_or_default() + laziest + config.global.startup_delay
}

/// Whether an instance of a node could be master: it runs and listens, or is master already.
pub(super) fn is_fit(world: &World, (node, instance): (usize, usize)) -> bool {
    let node = &world.nodes()[node];
    node.runs()
        && node
            .standings
            .get(instance)
            .is_some_and(|s| matches!(s.state, State::Backup | State::Master))
}
