//! Clusters and troubles drawn from a seed.

mod cluster;
mod describe;
mod more;
mod trouble;

use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

pub use describe::describe;
pub use more::FIRST;
use vipd_engine::Instant;

use crate::action::Action;
use crate::invariant::{self, Violation};
use crate::journal::{self, Telling};

use crate::machine::Machine;
use crate::record::{Record, What};
use crate::rng::Rng;
use crate::world::{Settings, World};

/// All that a seed decides before anything happens.
#[derive(Clone, Debug)]
pub struct Draw {
    /// The machines.
    pub machines: Vec<Machine>,
    /// Luck and network.
    pub settings: Settings,
    /// What is done, in order of time.
    pub actions: Vec<(Instant, Action)>,
    /// When everything must have settled.
    pub end: Instant,
}

/// How a seed went.
#[derive(Debug)]
pub struct Outcome {
    /// The world as it was at the end, or at the first violation or panic.
    pub world: World,
    /// What did not hold.
    pub violations: Vec<Violation>,
}

impl Draw {
    /// Draws everything from a seed.
    pub fn new(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let plan = cluster::Plan::draw(&mut rng);
        let mut machines = plan.machines(&mut rng);
        let mut more = (seed >= FIRST).then(|| more::luck(seed));
        if let Some(more) = &mut more {
            more::sign(more, &mut machines);
        }
        let settings = plan.settings(seed, &mut rng);
        let (mut actions, calm) =
            trouble::draw(&mut rng, &machines, plan.interval, settings.quality);
        if let Some(more) = &mut more {
            more::add(more, &machines, plan.interval, &mut actions);
        }
        let settling = settling_time(&machines, &settings) + more::catching_up(&machines, &actions);
        let end = calm + settling;
        Self {
            machines,
            settings,
            actions,
            end,
        }
    }

    /// Plays it.
    pub fn run(self) -> Outcome {
        let mut world = World::new(self.machines, self.settings, invariant::all());
        for (at, action) in self.actions {
            world.plan(at, action);
        }
        let end = self.end;
        let done = catch_unwind(AssertUnwindSafe(|| {
            world.run_until(end);
            world.conclude();
        }));
        let mut violations = world.violations().to_vec();
        if let Err(panic) = done {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
            violations.push(Violation {
                at: world.now(),
                invariant: "no panic",
                message: text.unwrap_or("panic without a message").to_owned(),
            });
        }
        Outcome { world, violations }
    }
}

impl Outcome {
    /// How many things were given to engines, each handled with all that followed from it.
    pub fn steps(&self) -> usize {
        let handled = |record: &&Record| matches!(record.what, What::Handled { .. });
        self.world.records().iter().filter(handled).count()
    }

    /// The story with what did not hold.
    pub fn tell(&self, telling: Telling) -> String {
        let mut text = journal::tell(&self.world, telling);
        for violation in &self.violations {
            let _ = writeln!(text, "VIOLATION: {violation}");
        }
        text
    }
}

/// Draws and plays a seed.
pub fn run(seed: u64) -> Outcome {
    Draw::new(seed).run()
}

/// How long at most until all is as it will stay: trackers react, everybody waits for the longest
/// down time, for the delay before preempting, once more for the down time, and the last
/// announcements are made.
fn settling_time(machines: &[Machine], settings: &Settings) -> Duration {
    let mut down = Duration::ZERO;
    let mut delay = Duration::ZERO;
    let mut garp = Duration::ZERO;
    let mut scripts = Duration::ZERO;
    for machine in machines {
        delay = delay.max(machine.config.global.startup_delay);
        for script in &machine.config.scripts {
            scripts = scripts.max(script.interval * (script.rise.max(script.fall) + 1));
        }
        for instance in &machine.config.instances {
            let adverts = u32::from(instance.down_timer_adverts) + 2;
            down = down.max(instance.advert_interval * adverts + Duration::from_millis(50));
            delay = delay.max(instance.preempt_delay);
            garp = garp
                .max(instance.garp.master_delay)
                .max(instance.garp.lower_prio_delay);
        }
    }
    scripts + delay + down * 4 + garp * 2 + settings.lateness * 20
}
