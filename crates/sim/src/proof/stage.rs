//! The cluster on which things are made to fail, and how long it needs to come to rest.

use std::time::Duration;

use vipd_config::model::Config;
use vipd_engine::Instant;
use vipd_engine::event::State;

use super::course::{Course, Watch};
use super::thing::{Kind, Thing, reversed, things};
use crate::action::Action;
use crate::machine::Machine;
use crate::node::Standing;
use crate::record::What;
use crate::world::{Settings, World};

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
        for (node, machine) in self.machines.iter().enumerate() {
            for script in reversed(&machine.config) {
                world.act(Action::Fail(node, script.to_owned()));
            }
            world.act(Action::Start(node));
        }
        world.run_until(world.now() + self.horizon);
        let courses = watch.courses(&world);
        (world, courses)
    }

    /// Makes something fail at the worst moment, right after it was last seen well, and lets
    /// everything come to rest.
    pub(super) fn fail(&self, world: &World, thing: &Thing) -> (World, Vec<Course>) {
        let mut world = world.fork();
        self.wait_for_worst(&mut world, thing);
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

    fn wait_for_worst(&self, world: &mut World, thing: &Thing) {
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
            Kind::Node | Kind::Daemon | Kind::Interface(_) | Kind::Port { .. } | Kind::Link(_) => {
                (None, self.beat)
            }
        };
        let end: Instant = world.now() + longest * 2;
        world.run_until_seen(end, |record| {
            record.node == Some(node)
                && match (&record.what, wanted) {
                    (What::Script { script, .. }, Some(wanted)) => script == wanted,
                    (What::Sent { .. }, None) => true,
                    _ => false,
                }
        });
    }

    /// How every instance of every node stands; none where nothing runs.
    pub(super) fn standings(world: &World) -> Vec<Option<Vec<Standing>>> {
        let nodes = world.nodes().iter();
        nodes
            .map(|node| node.runs().then(|| node.standings.clone()))
            .collect()
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
    slowest.unwrap_or_default() + laziest.unwrap_or_default() + config.global.startup_delay
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
