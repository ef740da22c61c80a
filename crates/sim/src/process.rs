//! The life of a node: its VRRP process comes and goes, scripts run, the kernel tells about
//! interfaces, the machine stands still and goes on.

use std::time::Duration;

use vipd_engine::Input;
use vipd_engine::input::ScriptOutcome;
use vipd_engine::tracking::watch::Kind;
use vipd_engine::vrrp::{Router, Snapshot};

use crate::node::{Standing, Waiting};
use crate::record::What;
use crate::world::{Pending, World};

/// How long a tracked script runs.
const SCRIPT_RUN: Duration = Duration::from_millis(2);
/// How long the supervisor needs to start a process again.
const RESPAWN: Duration = Duration::from_millis(3);

impl World {
    /// The VRRP process of a node is gone.
    pub(crate) fn end_process(&mut self, node: usize, how: What) {
        let gone = &mut self.nodes[node];
        gone.process = None;
        gone.sockets.clear();
        gone.wake = None;
        self.record(Some(node), how);
    }

    /// The VRRP process of a node comes up.
    pub(crate) fn spawn(&mut self, node: usize, life: u32, restored: bool) {
        if self.nodes[node].life != life {
            return;
        }
        if let Some(until) = self.nodes[node].paused_until {
            return self.later(until, Pending::Spawn(node, life, restored));
        }
        let snapshots: Vec<Snapshot> = if restored {
            self.nodes[node].saved.values().cloned().collect()
        } else {
            self.nodes[node].saved.clear();
            Vec::new()
        };
        let fresh = &mut self.nodes[node];
        fresh.process = Some(Router::new(&fresh.config));
        fresh.standings.fill(Standing::default());
        let names: Vec<String> = fresh.nics.keys().cloned().collect();
        // What scripts have not decided yet, a successor counts from the beginning.
        if !restored || fresh.unsettled_until > self.now {
            fresh.unsettled_until = self.now + fresh.reaction_time();
        }
        self.record(Some(node), What::Started(restored));
        for name in names {
            if let Some(interface) = self.nodes[node].interface(&name) {
                self.give(node, Input::Interface(interface));
            }
        }
        self.tell_watches(node);
        let nanos_ahead = self.nodes[node].wall_ahead;
        self.give(node, Input::WallClock { nanos_ahead });
        self.give(
            node,
            Input::Start {
                restored: snapshots,
            },
        );
    }

    /// The process looks at everything that its configuration has watched.
    pub(crate) fn tell_watches(&mut self, node: usize) {
        let watched = &self.nodes[node];
        let ports = watched.config.ports.iter();
        let ports = ports.map(|port| {
            let listens = !watched.failing.contains(&port.name);
            (Kind::Port, port.name.as_str(), i64::from(listens))
        });
        let others = crate::watched::all(&watched.config);
        let others = others.map(|(kind, name, _)| (kind, name, watched.reading(kind, name)));
        let inputs: Vec<Input<'static>> = ports
            .chain(others)
            .map(|(kind, name, reading)| Input::Watched {
                kind,
                name: name.to_owned(),
                reading,
            })
            .collect();
        for input in inputs {
            self.give_or_keep(node, input);
        }
    }

    /// Plans the coming up of the VRRP process.
    pub(crate) fn plan_spawn(&mut self, node: usize, restored: bool) {
        let life = self.nodes[node].life;
        let delay = if restored { RESPAWN } else { Duration::ZERO };
        self.later(self.now + delay, Pending::Spawn(node, life, restored));
    }

    /// Plans the first run of every script of a node.
    pub(crate) fn plan_scripts(&mut self, node: usize) {
        let life = self.nodes[node].life;
        for script in 0..self.nodes[node].config.scripts.len() {
            self.later(self.now + SCRIPT_RUN, Pending::Script(node, life, script));
        }
    }

    /// A run of a tracked script ends, and the next one is planned.
    pub(crate) fn script_ends(&mut self, node: usize, life: u32, script: usize) {
        if self.nodes[node].life != life {
            return;
        }
        if self.nodes[node].paused_until.is_some() {
            return self.nodes[node].late_scripts.push((life, script));
        }
        let Some(what) = self.nodes[node].config.scripts.get(script) else {
            return;
        };
        let (name, interval) = (what.name.clone(), what.interval);
        let well = !self.nodes[node].failing.contains(&name);
        let outcome = if well {
            ScriptOutcome::Exited(0)
        } else {
            self.failure()
        };
        self.later(self.now + interval, Pending::Script(node, life, script));
        self.record(
            Some(node),
            What::Script {
                script: name.clone(),
                well,
            },
        );
        self.give(
            node,
            Input::ScriptResult {
                script: name,
                outcome,
            },
        );
    }

    /// One of the ways to fail; in a scenario always the same.
    fn failure(&mut self) -> ScriptOutcome {
        if !self.settings.failures_differ {
            return ScriptOutcome::Exited(1);
        }
        self.rng.pick(&[
            ScriptOutcome::Exited(1),
            ScriptOutcome::Exited(127),
            ScriptOutcome::Signalled(9),
            ScriptOutcome::TimedOut,
            ScriptOutcome::Failed,
        ])
    }

    /// The kernel tells a node about an interface.
    pub(crate) fn tell_interface(&mut self, node: usize, life: u32, nic: &str) {
        if self.nodes[node].life != life {
            return;
        }
        let input = match self.nodes[node].interface(nic) {
            Some(interface) => Input::Interface(interface),
            None => Input::InterfaceGone {
                name: nic.to_owned(),
            },
        };
        self.give_or_keep(node, input);
    }

    /// Plans that the kernel tells a node about an interface.
    pub(crate) fn interface_changed(&mut self, node: usize, nic: &str) {
        let life = self.nodes[node].life;
        self.later(self.now, Pending::Interface(node, life, nic.to_owned()));
    }

    /// A node that stood still goes on: what waited is handled.
    pub(crate) fn resume(&mut self, node: usize) {
        if self.nodes[node]
            .paused_until
            .is_none_or(|until| until > self.now)
        {
            return;
        }
        let woken = &mut self.nodes[node];
        woken.paused_until = None;
        if woken.unsettled_until > woken.paused_since {
            woken.unsettled_until = self.now + woken.reaction_time();
        }
        self.record(Some(node), What::Resumed);
        for (life, script) in std::mem::take(&mut self.nodes[node].late_scripts) {
            self.later(self.now + SCRIPT_RUN, Pending::Script(node, life, script));
        }
        let due = self.nodes[node].wake.is_some_and(|(at, _)| at <= self.now);
        if self.settings.clock_before_packets && due {
            self.give(node, Input::Tick);
        }
        while let Some(waiting) = self.nodes[node].inbox.pop_front() {
            match waiting {
                Waiting::Frame(nic, frame) => self.hear(node, &nic, &frame),
                Waiting::Input(input) => self.give(node, input),
            }
        }
    }
}
