//! What is to be thought of a run.

use vipd_config::model::{Config, Instance};
use vipd_engine::event::State;

use super::course::Course;
use super::stage::{Stage, is_fit};
use super::thing::Kind;
use super::{Calm, Member, Outcome, Trouble, VirtualRouter};
use crate::world::World;

/// So many takeovers after one failure are no coming to rest.
const TAKEOVERS_MAX: u32 = 4;

/// What is wrong with a state of rest.
pub(super) fn calm(
    world: &World,
    routers: &[VirtualRouter],
    courses: Vec<Course>,
    reached_by: Option<usize>,
) -> Calm {
    let troubles =
        routers
            .iter()
            .zip(&courses)
            .map(|(router, course)| match course.masters.len() {
                0 if router.members.iter().any(|&m| is_fit(world, m)) => Some(Trouble::Nobody),
                0 => None,
                _ if course.takeovers > TAKEOVERS_MAX => Some(Trouble::Restless),
                1 => None,
                _ => Some(Trouble::Several),
            });
    let troubles = troubles.collect();
    let nodes = world.nodes().iter().enumerate();
    let faults = nodes.flat_map(|(n, node)| {
        let status = node.status().into_iter().enumerate();
        status
            .filter(|(_, s)| s.state == State::Fault)
            .flat_map(move |(instance, status)| {
                let faults = status.faults.into_iter();
                faults.map(move |fault| (n, instance, fault))
            })
    });
    Calm {
        troubles,
        faults: faults.collect(),
        courses,
        reached_by,
    }
}

/// A run, and what led to it.
pub(super) struct Scene<'a> {
    pub(super) stage: &'a Stage,
    pub(super) routers: &'a [VirtualRouter],
    /// While all was well.
    pub(super) rest: &'a World,
    /// Right before the last failure.
    pub(super) before: &'a World,
    /// At the end of the failures.
    pub(super) failed: &'a World,
    /// What failed.
    pub(super) things: &'a [usize],
}

impl Scene<'_> {
    /// What became of each virtual router that it had to do with.
    pub(super) fn outcomes(&self, failed: Vec<Course>, healed: Vec<Course>) -> Vec<Outcome> {
        let courses = failed.into_iter().zip(healed);
        let all = self.routers.iter().enumerate().zip(courses);
        all.filter_map(|((index, router), (failed, healed))| {
            let concerned = failed.since.is_some() || self.concerns(router);
            concerned.then(|| self.outcome(index, router, failed, healed))
        })
        .collect()
    }

    fn outcome(
        &self,
        index: usize,
        router: &VirtualRouter,
        failed: Course,
        healed: Course,
    ) -> Outcome {
        let before = masters(self.before, router);
        let trouble = self.trouble(router, &before, &failed);
        let members = router.members.iter().map(|&member| self.member(member));
        Outcome {
            router: index,
            before,
            members: members.collect(),
            trouble,
            remedies: Vec::new(),
            failed,
            healed,
        }
    }

    /// Whether one of the things is of consequence for a virtual router.
    fn concerns(&self, router: &VirtualRouter) -> bool {
        let has = |node: usize| router.members.iter().any(|(n, _)| *n == node);
        self.things
            .iter()
            .map(|&index| &self.stage.things[index])
            .any(|thing| match &thing.kind {
                Kind::Node | Kind::Daemon => has(thing.node),
                Kind::Link(peer) => has(thing.node) && has(*peer),
                Kind::Interface(nic) => router.members.iter().any(|&(node, instance)| {
                    let config = &self.stage.machines[node].config;
                    node == thing.node
                        && together(config, &config.instances[instance]).any(|one| {
                            one.interface.as_ref() == Some(nic) || thing.is_tracked_by(config, one)
                        })
                }),
                Kind::Check { .. } | Kind::Port { .. } | Kind::Process(_) | Kind::File { .. } => {
                    router.members.iter().any(|&(node, instance)| {
                        let config = &self.stage.machines[node].config;
                        node == thing.node
                            && together(config, &config.instances[instance])
                                .any(|one| thing.is_tracked_by(config, one))
                    })
                }
            })
    }

    fn trouble(
        &self,
        router: &VirtualRouter,
        before: &[usize],
        failed: &Course,
    ) -> Option<Trouble> {
        if failed.takeovers > TAKEOVERS_MAX {
            return Some(Trouble::Restless);
        }
        let fit: Vec<usize> = router
            .members
            .iter()
            .filter(|&&member| is_fit(self.failed, member))
            .map(|(node, _)| *node)
            .collect();
        match failed.masters[..] {
            [] if fit.is_empty() => None,
            [] => Some(Trouble::Nobody),
            [master] if self.should_yield(router, before, master, &fit) => Some(Trouble::NoEffect),
            [_] => None,
            // Whoever cannot hear the other is right to take over.
            _ if self.is_cut() => None,
            _ => Some(Trouble::Several),
        }
    }

    /// A single thing that the master tracks failed, another could be master, and is not.
    fn should_yield(
        &self,
        router: &VirtualRouter,
        before: &[usize],
        master: usize,
        fit: &[usize],
    ) -> bool {
        let [thing] = self.things else { return false };
        let thing = &self.stage.things[*thing];
        let config = &self.stage.machines[master].config;
        let Some(&(_, instance)) = router.members.iter().find(|(node, _)| *node == master) else {
            return false;
        };
        thing.node == master
            && before == [master]
            && fit.iter().any(|node| *node != master)
            && thing.is_tracked_by(config, &config.instances[instance])
    }

    fn is_cut(&self) -> bool {
        let things = self
            .things
            .iter()
            .map(|&index| &self.stage.things[index].kind);
        { things }.any(|kind| matches!(kind, Kind::Link(_) | Kind::Interface(_)))
    }

    fn member(&self, (node, instance): (usize, usize)) -> Member {
        let priority = |world: &World| {
            let node = &world.nodes()[node];
            let standing = node.standings.get(instance).filter(|_| node.runs());
            standing.map(|standing| standing.priority)
        };
        Member {
            node,
            base: self.stage.machines[node].config.instances[instance].priority,
            well: priority(self.rest),
            failed: priority(self.failed)
                .map(|priority| (priority, is_fit(self.failed, (node, instance)))),
        }
    }
}

/// An instance with those that change state with it.
fn together<'c>(config: &'c Config, instance: &'c Instance) -> impl Iterator<Item = &'c Instance> {
    let groups = config.sync_groups.iter();
    let group = { groups }.find(|group| group.members.contains(&instance.name));
    config.instances.iter().filter(move |one| {
        one.name == instance.name || group.is_some_and(|group| group.members.contains(&one.name))
    })
}

/// Nodes that are master of a virtual router.
pub(super) fn masters(world: &World, router: &VirtualRouter) -> Vec<usize> {
    let members = router.members.iter();
    members
        .filter(|&&(node, instance)| {
            let node = &world.nodes()[node];
            node.runs()
                && node
                    .standings
                    .get(instance)
                    .is_some_and(|standing| standing.state == State::Master)
        })
        .map(|(node, _)| *node)
        .collect()
}
