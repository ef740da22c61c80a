//! Who was master of each virtual router, from one moment on.

use std::collections::BTreeSet;
use std::time::Duration;

use vipd_engine::Instant;
use vipd_engine::event::State;

use crate::record::{Record, What};
use crate::world::World;

/// The time within which an old master yields to a new one.
const YIELDS: Duration = Duration::from_millis(10);

/// How it went with the masters of one virtual router over a span of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Course {
    /// Nodes that are master at the end.
    pub masters: Vec<usize>,
    /// When that began, from the start of the span; none when nothing changed.
    pub since: Option<Duration>,
    /// How long nobody was master, summed up.
    pub nobody: Duration,
    /// How long two or more were.
    pub several: Duration,
    /// How often somebody became master.
    pub takeovers: u32,
}

/// A moment in a world from which courses are followed.
#[derive(Debug)]
pub(super) struct Watch {
    from: Instant,
    record: usize,
    masters: BTreeSet<(usize, usize)>,
}

impl Watch {
    /// Watches from now on.
    pub(super) fn new(world: &World) -> Self {
        let nodes = world.nodes().iter().enumerate();
        let masters = nodes
            .filter(|(_, node)| node.runs())
            .flat_map(|(n, node)| {
                let instances = node.standings.iter().enumerate();
                instances
                    .filter(|(_, standing)| standing.state == State::Master)
                    .map(move |(instance, _)| (n, instance))
            })
            .collect();
        Self {
            from: world.now(),
            record: world.records().len(),
            masters,
        }
    }

    /// What has come since, for each virtual router.
    pub(super) fn courses(&self, world: &World) -> Vec<Course> {
        let members = &world.routers().members;
        let mut open: Vec<Open> = members
            .iter()
            .map(|members| Open {
                masters: members
                    .iter()
                    .filter(|member| self.masters.contains(member))
                    .copied()
                    .collect(),
                at: self.from,
                course: Course::default(),
            })
            .collect();
        for record in world.records().iter().skip(self.record) {
            self.see(record, world, &mut open);
        }
        let end = world.now();
        open.into_iter().map(|open| open.close(end)).collect()
    }

    fn see(&self, record: &Record, world: &World, open: &mut [Open]) {
        let Some(node) = record.node else { return };
        let since = record.at.since(self.from);
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "nothing else makes or ends masters"
        )]
        match &record.what {
            What::State { instance, to, .. } => {
                let router = world.routers().of(node, *instance);
                if let Some(open) = open.get_mut(router) {
                    open.set((node, *instance), *to == State::Master, record.at, since);
                }
            }
            What::Killed | What::Stopped => {
                for (router, members) in world.routers().members.iter().enumerate() {
                    for member in members.iter().filter(|(n, _)| *n == node) {
                        open[router].set(*member, false, record.at, since);
                    }
                }
            }
            _ => {}
        }
    }
}

/// A course in the making.
struct Open {
    masters: BTreeSet<(usize, usize)>,
    at: Instant,
    course: Course,
}

impl Open {
    fn set(&mut self, member: (usize, usize), is_master: bool, at: Instant, since: Duration) {
        if self.masters.contains(&member) == is_master {
            return;
        }
        self.account(at);
        if is_master {
            self.masters.insert(member);
            self.course.takeovers += 1;
        } else {
            self.masters.remove(&member);
        }
        // The old master yields a packet's way after the new one spoke: that is one change.
        let yields = self.course.since.is_some_and(|last| since < last + YIELDS);
        if is_master || self.masters.is_empty() || !yields {
            self.course.since = Some(since);
        }
    }

    fn account(&mut self, now: Instant) {
        let span = now.since(self.at);
        match self.masters.len() {
            0 => self.course.nobody += span,
            1 => {}
            _ => self.course.several += span,
        }
        self.at = now;
    }

    fn close(mut self, end: Instant) -> Course {
        self.account(end);
        self.course.masters = self.masters.iter().map(|(node, _)| *node).collect();
        self.course
    }
}
