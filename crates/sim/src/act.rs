//! Faults and repairs, done.

use std::net::IpAddr;
use std::time::Duration;

use vipd_config::model::Config;
use vipd_engine::Input;
use vipd_engine::tracking::watch::Kind;

use crate::action::Action;
use crate::machine::without_virtual_links;
use crate::node::NicState;
use crate::record::What;
use crate::world::{Pending, World};

/// When somebody who found the VRRP process missing tries again.
const RETRY: Duration = Duration::from_millis(5);

impl World {
    /// Does something to the world, now.
    pub fn act(&mut self, action: Action) {
        let node = concerned(&action);
        self.record(node, What::Action(action.clone()));
        match action {
            Action::Start(node) => self.start(node),
            Action::Stop(node) => self.stop(node),
            Action::Crash(node) => self.crash(node),
            Action::PowerOff(node) => self.power_off(node),
            Action::KillProcess(node) => self.kill_process(node),
            Action::Pause(node, span) => self.pause(node, span),
            Action::SetClock(node, millis) => self.set_clock(node, millis),
            Action::Reload(node) => {
                self.tell_watches(node);
                let config = Box::new(self.nodes[node].config.clone());
                self.give_or_keep(node, Input::Reconfigure(config));
            }
            Action::Reconfigure(node, config) => self.reconfigure(node, config),
            Action::Remove(node, nic) => self.remove_nic(node, &nic),
            Action::Create(node, nic) => self.create_nic(node, &nic),
            Action::Down(node, nic) => self.set_nic(node, &nic, false),
            Action::Up(node, nic) => self.set_nic(node, &nic, true),
            Action::Fail(node, script) => self.set_script(node, script, false),
            Action::Recover(node, script) => self.set_script(node, script, true),
            Action::Set(node, kind, name, reading) => self.set_reading(node, kind, name, reading),
            Action::DeleteAddress(node, address) => self.delete_address(node, address),
            Action::Partition(a, b) => self.block([(a, b), (b, a)]),
            Action::PartitionOneWay(from, to) => self.block([(from, to)]),
            Action::Isolate(node) => self.block(self.ways_of(node)),
            Action::Network(quality) => self.network.quality = quality,
            Action::Rejoin(a, b) => self.unblock([(a, b), (b, a)]),
            Action::HealNode(node) => self.heal_node(node),
            Action::Heal => self.heal(),
        }
        self.inspect();
    }

    fn start(&mut self, node: usize) {
        let starting = &mut self.nodes[node];
        starting.powered = true;
        if starting.daemon_runs {
            return;
        }
        starting.daemon_runs = true;
        starting.life += 1;
        self.plan_spawn(node, false);
        self.plan_scripts(node);
    }

    fn stop(&mut self, node: usize) {
        if !self.nodes[node].daemon_runs {
            return;
        }
        if self.nodes[node].runs() {
            self.give_or_keep(node, Input::Stop);
        } else {
            self.later(self.now + RETRY, Pending::Act(Action::Stop(node)));
        }
    }

    fn crash(&mut self, node: usize) {
        let dying = &mut self.nodes[node];
        dying.daemon_runs = false;
        dying.life += 1;
        dying.saved.clear();
        dying.inbox.clear();
        dying.paused_until = None;
        if dying.runs() {
            self.end_process(node, What::Killed);
        }
    }

    fn power_off(&mut self, node: usize) {
        self.crash(node);
        self.nodes[node].powered = false;
        self.nodes[node].routing.clear();
        for nic in self.nodes[node].nics.values_mut() {
            nic.added.clear();
            nic.is_there = true;
        }
    }

    fn kill_process(&mut self, node: usize) {
        if self.nodes[node].runs() {
            self.nodes[node].inbox.clear();
            self.end_process(node, What::Killed);
            self.plan_spawn(node, true);
        }
    }

    fn pause(&mut self, node: usize, span: Duration) {
        if self.nodes[node].powered {
            let until = self.now + span;
            let pausing = &mut self.nodes[node];
            if pausing.paused_until.is_none() {
                pausing.paused_since = self.now;
            }
            let until = pausing.paused_until.map_or(until, |p| p.max(until));
            pausing.paused_until = Some(until);
            self.record(Some(node), What::Paused);
            self.later(until, Pending::Resume(node));
        }
    }

    fn set_clock(&mut self, node: usize, millis: i64) {
        let clock = &mut self.nodes[node].wall_ahead;
        *clock = clock.saturating_add(millis.saturating_mul(1_000_000));
        let nanos_ahead = *clock;
        self.give_or_keep(node, Input::WallClock { nanos_ahead });
    }

    fn set_nic(&mut self, node: usize, name: &str, is_up: bool) {
        let Some(nic) = self.nodes[node].nics.get_mut(name) else {
            return;
        };
        if nic.is_up != is_up {
            nic.is_up = is_up;
            self.interface_changed(node, name);
        }
    }

    fn remove_nic(&mut self, node: usize, name: &str) {
        if let Some(nic) = self.nodes[node].nics.get_mut(name) {
            nic.is_there = false;
            nic.added.clear();
            self.interface_changed(node, name);
        }
    }

    fn create_nic(&mut self, node: usize, name: &str) {
        if let Some(nic) = self.nodes[node].nics.get_mut(name)
            && !nic.is_there
        {
            nic.is_there = true;
            nic.is_up = true;
            nic.index += 100;
            self.interface_changed(node, name);
        }
    }

    fn reconfigure(&mut self, node: usize, mut config: Box<Config>) {
        without_virtual_links(&mut config);
        let changed = &mut self.nodes[node];
        if !changed.daemon_runs || changed.paused_until.is_some() {
            return;
        }
        changed.config = (*config).clone();
        changed.unsettled_until = self.now + changed.reaction_time();
        self.tell_watches(node);
        // When the process is just being started again it gets the new one at once.
        self.give(node, Input::Reconfigure(config));
    }

    fn set_script(&mut self, node: usize, script: String, well: bool) {
        let changed = &mut self.nodes[node];
        let differs = if well {
            changed.failing.remove(&script)
        } else {
            changed.failing.insert(script)
        };
        if differs {
            self.watches_changed(node);
        }
    }

    fn set_reading(&mut self, node: usize, kind: Kind, name: String, reading: i64) {
        let changed = &mut self.nodes[node];
        if changed.reading(kind, &name) != reading {
            changed.readings.insert((kind, name), reading);
            self.watches_changed(node);
        }
    }

    fn watches_changed(&mut self, node: usize) {
        self.tell_watches(node);
        let settled = self.now + self.nodes[node].reaction_time();
        let unsettled = &mut self.nodes[node].unsettled_until;
        *unsettled = settled.max(*unsettled);
    }

    fn delete_address(&mut self, node: usize, address: IpAddr) {
        let nics = self.nodes[node].nics.iter();
        let holds = |(name, nic): (&String, &NicState)| {
            nic.added
                .iter()
                .any(|&(a, _)| a == address)
                .then(|| name.clone())
        };
        let Some(interface) = { nics }.find_map(holds) else {
            return;
        };
        if let Some(prefix_len) = self.take_address(node, &interface, address) {
            let input = Input::AddressRemoved {
                interface,
                address,
                prefix_len,
            };
            self.give_or_keep(node, input);
        }
    }

    fn ways_of(&self, node: usize) -> Vec<(usize, usize)> {
        let others = (0..self.nodes.len()).filter(|&other| other != node);
        others
            .flat_map(|other| [(node, other), (other, node)])
            .collect()
    }

    fn segments(&self) -> Vec<String> {
        let nics = self.nodes.iter().flat_map(|node| node.nics.values());
        let mut names: Vec<String> = nics.map(|nic| nic.segment.clone()).collect();
        names.sort();
        names.dedup();
        names
    }

    fn block(&mut self, ways: impl IntoIterator<Item = (usize, usize)>) {
        let segments = self.segments();
        for (from, to) in ways {
            for segment in &segments {
                self.network.block(segment, from, to);
            }
        }
    }

    fn unblock(&mut self, ways: impl IntoIterator<Item = (usize, usize)>) {
        let segments = self.segments();
        for (from, to) in ways {
            for segment in &segments {
                self.network.unblock(segment, from, to);
            }
        }
    }

    fn heal_node(&mut self, node: usize) {
        self.unblock(self.ways_of(node));
        let nics: Vec<String> = self.nodes[node].nics.keys().cloned().collect();
        for nic in nics {
            self.create_nic(node, &nic);
            self.set_nic(node, &nic, true);
        }
        for script in self.nodes[node].failing.clone() {
            self.set_script(node, script, true);
        }
        if !self.nodes[node].readings.is_empty() {
            self.nodes[node].readings.clear();
            self.watches_changed(node);
        }
        if self.nodes[node].paused_until.is_some() {
            self.nodes[node].paused_until = Some(self.now);
            self.later(self.now, Pending::Resume(node));
        }
        self.start(node);
    }

    fn heal(&mut self) {
        self.network.heal();
        self.network.quality = self.settings.quality;
        for node in 0..self.nodes.len() {
            self.heal_node(node);
        }
    }
}

/// The node that an action is done to; none when it concerns several.
fn concerned(action: &Action) -> Option<usize> {
    match action {
        Action::Start(node)
        | Action::Stop(node)
        | Action::Crash(node)
        | Action::PowerOff(node)
        | Action::KillProcess(node)
        | Action::Pause(node, _)
        | Action::SetClock(node, _)
        | Action::Reload(node)
        | Action::Reconfigure(node, _)
        | Action::Remove(node, _)
        | Action::Create(node, _)
        | Action::Down(node, _)
        | Action::Up(node, _)
        | Action::Fail(node, _)
        | Action::Recover(node, _)
        | Action::Set(node, ..)
        | Action::DeleteAddress(node, _)
        | Action::Isolate(node)
        | Action::HealNode(node) => Some(*node),
        Action::Partition(..)
        | Action::PartitionOneWay(..)
        | Action::Network(_)
        | Action::Rejoin(..)
        | Action::Heal => None,
    }
}
