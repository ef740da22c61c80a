//! The flip proof: everything that can fail is made to fail, with the real engine on the real
//! configurations, and it is noted who is master then, when, and whether that is undone when all
//! is well again.
//!
//! ```text
//! machines ─ Stage ─ calm world ─┬─ fail each thing ─ heal        Trial
//!                                └─ fail each pair of things ─ heal
//! ```
//!
//! Nothing here decides anything about the protocol: every statement is read off a run. What
//! cannot be known is assumed, and [`Assumptions`] lists it.

mod course;
mod judge;
mod remedy;
mod stage;
mod thing;

#[cfg(test)]
mod tests;

use std::net::IpAddr;

use vipd_engine::vrrp::Fault;

pub use course::Course;
pub use remedy::{Change, Remedy};
pub use thing::{Kind, Thing};

use crate::machine::Machine;
use crate::watched;
use crate::world::World;
use stage::Stage;

/// States of rest, besides the first, from which single failures are tried too.
const CALMS_MAX: usize = 4;
/// So many failures without effect get changes proposed that would mend them.
const EXPLAINED_MAX: usize = 40;
/// So many moments of failure are tried, when virtual routers send at different ones.
const PACES_MAX: usize = 6;
/// Instances times simulated seconds up to which pairs of failures are tried.
const WORK_MAX: u64 = 1_000_000;

/// What was found out.
#[derive(Clone, Debug)]
pub struct Proof {
    /// Names of the nodes.
    pub nodes: Vec<String>,
    /// The virtual routers.
    pub routers: Vec<VirtualRouter>,
    /// Everything that can fail.
    pub things: Vec<Thing>,
    /// States of rest with everything well; the first is that after a common start.
    pub calms: Vec<Calm>,
    /// What happens when one thing fails.
    pub singles: Vec<Trial>,
    /// What happens when a second thing fails after the first.
    pub pairs: Vec<Trial>,
    /// Whether pairs were left out, because there are too many.
    pub pairs_left_out: bool,
    /// What was taken for granted.
    pub assumptions: Assumptions,
}

/// One virtual router and who takes part in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VirtualRouter {
    /// Name of the instance at its first member.
    pub name: String,
    /// Its number.
    pub vrid: u8,
    /// Node and instance index of each member.
    pub members: Vec<(usize, usize)>,
}

/// A state of rest with everything well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calm {
    /// For each virtual router how it came to be: after a common start, or after the recovery.
    pub courses: Vec<Course>,
    /// For each virtual router what is wrong with it.
    pub troubles: Vec<Option<Trouble>>,
    /// What keeps members from running although all is well: node, instance and reason.
    pub faults: Vec<(usize, usize, Fault)>,
    /// The thing whose failure and recovery led here from the first; none for the first.
    pub reached_by: Option<usize>,
}

/// Things that failed one after the other, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// Index of the state of rest it began in.
    pub calm: usize,
    /// Indices of the things.
    pub things: Vec<usize>,
    /// What became of each virtual router that it had to do with.
    pub outcomes: Vec<Outcome>,
}

/// What became of one virtual router.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The virtual router.
    pub router: usize,
    /// Masters before.
    pub before: Vec<usize>,
    /// From the (last) failure on.
    pub failed: Course,
    /// From the recovery of everything on.
    pub healed: Course,
    /// How each member stood, in the order of the members.
    pub members: Vec<Member>,
    /// What is wrong with it.
    pub trouble: Option<Trouble>,
    /// What would mend it, the smallest change of each kind.
    pub remedies: Vec<Remedy>,
}

/// How a member stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its node.
    pub node: usize,
    /// The priority in its file.
    pub base: u8,
    /// Its effective priority while all is well; none when it does not run.
    pub well: Option<u8>,
    /// Its effective priority and whether it can be master, while the things fail; none when
    /// it does not run.
    pub failed: Option<(u8, bool)>,
}

/// What a pair should not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Something that an instance tracks fails on the master, others are well, and it stays.
    NoEffect,
    /// The same, but the master yields when all such things fail.
    OnlyTogether,
    /// Nobody is master, although somebody could be.
    Nobody,
    /// Two are masters, although nothing is between them.
    Several,
    /// Mastership goes to and fro.
    Restless,
}

impl Trouble {
    /// Whether the cluster does not do what it should, and not only what one may wonder about.
    pub fn is_serious(self) -> bool {
        self != Self::OnlyTogether
    }
}

/// What the runs take for granted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assumptions {
    /// Own addresses of interfaces that no file names: node, interface, address.
    pub addresses: Vec<(usize, String, IpAddr)>,
    /// Interfaces of different names that are plugged together: node, interface, segment.
    pub plugged: Vec<(usize, String, String)>,
    /// Scripts, which succeed, ports, on which somebody listens, and processes, which run, unless
    /// they are made to fail: node and name.
    pub scripts: Vec<(usize, String)>,
    /// Numbers in files, unless they are made to be others: node, name and number.
    pub files: Vec<(usize, String, i64)>,
}

impl Assumptions {
    /// What runs of these machines take for granted.
    pub fn of(machines: &[Machine]) -> Self {
        let mut assumptions = Self::default();
        for (node, machine) in machines.iter().enumerate() {
            for nic in &machine.nics {
                let assumed = machine.assumed_addresses(nic).into_iter();
                let assumed = assumed.map(|address| (node, nic.name.clone(), address));
                assumptions.addresses.extend(assumed);
                if nic.name != nic.segment {
                    let plugged = (node, nic.name.clone(), nic.segment.clone());
                    assumptions.plugged.push(plugged);
                }
            }
            let scripts = machine.config.scripts.iter();
            let ports = machine.config.ports.iter().map(|port| &port.name);
            let processes = machine.config.processes.iter().map(|p| &p.name);
            let names = scripts.map(|script| &script.name).chain(ports);
            assumptions
                .scripts
                .extend(names.chain(processes).map(|name| (node, name.clone())));
            assumptions
                .files
                .extend(machine.config.files.iter().map(|file| {
                    let readings = watched::of_file(&machine.config, file);
                    (node, file.name.clone(), readings.well)
                }));
        }
        assumptions
    }
}

/// Makes everything fail that can, one by one and by twos.
pub fn prove(machines: Vec<Machine>) -> Proof {
    let assumptions = Assumptions::of(&machines);
    let stage = Stage::new(machines);
    let mut prover = Prover::new(stage);
    prover.singles();
    let pairs_left_out = !prover.pairs();
    let Prover {
        stage,
        routers,
        calms,
        singles,
        pairs,
        ..
    } = prover;
    Proof {
        nodes: stage.machines.iter().map(|m| m.name.clone()).collect(),
        routers,
        things: stage.things,
        calms: calms.into_iter().map(|(calm, _)| calm).collect(),
        singles,
        pairs,
        pairs_left_out,
        assumptions,
    }
}

impl Proof {
    /// The trials in which something is wrong, with what.
    pub fn troubles(&self) -> impl Iterator<Item = (&Trial, &Outcome, Trouble)> {
        let trials = self.singles.iter().chain(&self.pairs);
        trials.flat_map(|trial| {
            let outcomes = trial.outcomes.iter();
            outcomes.filter_map(move |o| o.trouble.map(|trouble| (trial, o, trouble)))
        })
    }

    /// The cluster does what it should, as far as this shows.
    pub fn holds(&self) -> bool {
        let calm =
            |calm: &Calm| calm.faults.is_empty() && calm.troubles.iter().all(Option::is_none);
        self.calms.iter().all(calm) && !self.troubles().any(|(.., trouble)| trouble.is_serious())
    }
}

/// A proof in the making.
struct Prover {
    stage: Stage,
    routers: Vec<VirtualRouter>,
    calms: Vec<(Calm, World)>,
    singles: Vec<Trial>,
    /// After each single failure from the first state of rest.
    after: Vec<World>,
    pairs: Vec<Trial>,
}

impl Prover {
    fn new(stage: Stage) -> Self {
        let (world, courses) = stage.calm();
        let routers = routers(&world);
        let calm = judge::calm(&world, &routers, courses, None);
        Self {
            stage,
            routers,
            calms: vec![(calm, world)],
            singles: Vec::new(),
            after: Vec::new(),
            pairs: Vec::new(),
        }
    }

    /// Each thing alone, from each state of rest that is found.
    fn singles(&mut self) {
        let mut calm = 0;
        while calm < self.calms.len() {
            let paces = self.paces(calm);
            for thing in 0..self.stage.things.len() {
                let (trial, failed, healed) = self.single(calm, thing, &paces);
                if calm == 0 {
                    self.after.push(failed);
                }
                self.add_calm(&trial, healed);
                self.singles.push(trial);
            }
            self.explain(calm);
            calm += 1;
        }
    }

    /// For each virtual router the first one of its pace, up to a limit; of the others the first.
    fn paces(&self, calm: usize) -> Vec<usize> {
        let mut paces = self.stage.paces(&self.calms[calm].1);
        let mut known: Vec<usize> = paces.clone();
        known.sort_unstable();
        known.dedup();
        let last = known.get(PACES_MAX).copied().unwrap_or(usize::MAX);
        for pace in &mut paces {
            *pace = if *pace < last { *pace } else { 0 };
        }
        paces
    }

    /// A thing alone: for each pace of the virtual routers at the moment that is the worst for
    /// those that have it. The worlds are those of the first.
    fn single(&self, calm: usize, index: usize, paces: &[usize]) -> (Trial, World, World) {
        let thing = &self.stage.things[index];
        let rest = &self.calms[calm].1;
        let mut trial = Trial {
            calm,
            things: vec![index],
            outcomes: Vec::new(),
        };
        let depends = !matches!(thing.kind, Kind::Check { .. });
        let mut worlds = None;
        for pace in 0..if depends { paces.len() } else { 1 } {
            let has_pace = |router: usize| !depends || paces.get(router) == Some(&pace);
            if !(0..paces.len()).any(has_pace) {
                continue;
            }
            let (failed, courses) = self.stage.fail(rest, thing, pace);
            let (healed, back) = self.stage.heal(&failed, &[thing], rest);
            let scene = judge::Scene {
                stage: &self.stage,
                routers: &self.routers,
                rest,
                before: rest,
                failed: &failed,
                things: &[index],
            };
            let outcomes = scene.outcomes(courses, back).into_iter();
            trial
                .outcomes
                .extend(outcomes.filter(|o| has_pace(o.router)));
            worlds.get_or_insert((failed, healed));
        }
        trial.outcomes.sort_by_key(|outcome| outcome.router);
        let (failed, healed) = worlds.unwrap_or_else(|| (rest.fork(), rest.fork()));
        (trial, failed, healed)
    }

    /// Of things that have no effect, tells those apart that have one together, and looks for
    /// what would mend the others.
    fn explain(&mut self, calm: usize) {
        let trials = || {
            self.singles
                .iter()
                .enumerate()
                .filter(|(_, t)| t.calm == calm)
        };
        let without_effect: Vec<(usize, usize)> = trials()
            .flat_map(|(trial, t)| {
                let outcomes = t.outcomes.iter().enumerate();
                outcomes
                    .filter(|(_, o)| o.trouble == Some(Trouble::NoEffect))
                    .map(move |(outcome, _)| (trial, outcome))
            })
            .collect();
        for (at, &(trial, outcome)) in without_effect.iter().enumerate() {
            let one = &self.singles[trial].outcomes[outcome];
            let alike = without_effect.iter().filter(|&&(t, o)| {
                let other = &self.singles[t].outcomes[o];
                (other.router, &other.before) == (one.router, &one.before)
            });
            let things: Vec<usize> = alike.map(|&(t, _)| self.singles[t].things[0]).collect();
            let (trouble, remedies) = if self.move_together(calm, one, &things) {
                (Trouble::OnlyTogether, Vec::new())
            } else {
                let thing = &self.stage.things[self.singles[trial].things[0]];
                let wanted = at < EXPLAINED_MAX;
                let find = || remedy::find(&self.stage, &self.routers, one, thing);
                (Trouble::NoEffect, if wanted { find() } else { Vec::new() })
            };
            let one = &mut self.singles[trial].outcomes[outcome];
            one.remedies = remedies;
            one.trouble = Some(trouble);
        }
    }

    /// Whether the master yields when all these fail at once.
    fn move_together(&self, calm: usize, outcome: &Outcome, things: &[usize]) -> bool {
        let [first, rest @ ..] = things else {
            return false;
        };
        if rest.is_empty() {
            return false;
        }
        let mut together = self.stage.things[*first].clone();
        for &thing in rest {
            together
                .fail
                .extend(self.stage.things[thing].fail.iter().cloned());
        }
        let rest = &self.calms[calm].1;
        let (_, courses) = self.stage.fail(rest, &together, outcome.router);
        let masters = &courses[outcome.router].masters;
        masters.len() == 1 && *masters != outcome.before
    }

    /// Remembers a state of rest that is not known yet.
    fn add_calm(&mut self, trial: &Trial, healed: World) {
        let calm = judge::calm(
            &healed,
            &self.routers,
            rest_of(trial, self),
            Some(trial.things[0]),
        );
        let masters = |calm: &Calm| -> Vec<Vec<usize>> {
            calm.courses.iter().map(|c| c.masters.clone()).collect()
        };
        let known = self
            .calms
            .iter()
            .any(|(known, _)| masters(known) == masters(&calm));
        let healthy = calm.faults.is_empty() && calm.troubles.iter().all(Option::is_none);
        if trial.calm == 0 && healthy && !known && self.calms.len() <= CALMS_MAX {
            self.calms.push((calm, healed));
        }
    }

    /// Each thing after each other; false when there are too many.
    fn pairs(&mut self) -> bool {
        let things = &self.stage.things;
        let wanted: Vec<(usize, usize)> = (0..things.len())
            .flat_map(|first| (first + 1..things.len()).map(move |second| (first, second)))
            .filter(|&(first, second)| things[first].goes_with(&things[second]))
            .collect();
        let instances: usize = self.routers.iter().map(|r| r.members.len()).sum();
        let work = wanted.len() as u64 * instances as u64 * 2 * self.stage.horizon.as_secs();
        if work > WORK_MAX {
            return false;
        }
        self.pairs = wanted.into_iter().map(|(a, b)| self.pair(a, b)).collect();
        true
    }

    fn pair(&self, first: usize, second: usize) -> Trial {
        let (one, two) = (&self.stage.things[first], &self.stage.things[second]);
        let rest = &self.calms[0].1;
        let before = &self.after[first];
        let (failed, courses) = self.stage.fail(before, two, 0);
        let (_, back) = self.stage.heal(&failed, &[one, two], rest);
        let scene = judge::Scene {
            stage: &self.stage,
            routers: &self.routers,
            rest,
            before,
            failed: &failed,
            things: &[first, second],
        };
        Trial {
            calm: 0,
            things: vec![first, second],
            outcomes: scene.outcomes(courses, back),
        }
    }
}

/// For each virtual router its course after the recovery of a trial.
fn rest_of(trial: &Trial, prover: &Prover) -> Vec<Course> {
    let before = &prover.calms[trial.calm].0.courses;
    let healed = |router: usize| trial.outcomes.iter().find(|o| o.router == router);
    before
        .iter()
        .enumerate()
        .map(|(router, old)| healed(router).map_or_else(|| old.clone(), |o| o.healed.clone()))
        .collect()
}

fn routers(world: &World) -> Vec<VirtualRouter> {
    let members = world.routers().members.iter();
    members
        .map(|members| {
            let first = members.first().map(|&(node, index)| {
                let instance = &world.nodes()[node].config.instances[index];
                (instance.name.clone(), instance.vrid)
            });
            let (name, vrid) = first.unwrap_or_default();
            VirtualRouter {
                name,
                vrid,
                members: members.clone(),
            }
        })
        .collect()
}
