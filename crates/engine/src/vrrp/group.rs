//! Sync groups: instances that change state together (section 8).

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use vipd_config::model::Config;

use super::instance::{Instance, Role};
use super::router::{Phase, Router};
use super::snapshot::Snapshot;
use crate::event::{Event, State};
use crate::{Effect, Instant};

/// One sync group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Group {
    name: Arc<str>,
    /// Numbers of its instances.
    members: Vec<u32>,
    /// What was last told.
    state: State,
}

impl Group {
    /// Says how it stands.
    pub(super) fn held(&self) -> Event {
        Event::GroupHeld {
            group: self.name.to_string(),
            state: self.state,
        }
    }

    /// Its name.
    pub(super) fn name(&self) -> Arc<str> {
        self.name.clone()
    }
}

impl Router {
    /// Builds the groups of a configuration. Those of the same name keep their state.
    pub(super) fn take_groups(&mut self, config: &Config) {
        let old = std::mem::take(&mut self.groups);
        for instance in &mut self.instances {
            instance.group = None;
        }
        for (group, number) in config.sync_groups.iter().zip(0_u32..) {
            let mut members = Vec::new();
            for name in &group.members {
                let is_meant = |i: &&mut Instance| **i.name() == **name && i.group.is_none();
                if let Some(instance) = self.instances.iter_mut().find(is_meant) {
                    instance.group = Some(number);
                    members.push(instance.id);
                }
            }
            let before = old.iter().find(|known| *known.name == *group.name);
            self.groups.push(Group {
                name: Arc::from(group.name.as_str()),
                members,
                state: before.map_or(State::Init, |known| known.state),
            });
        }
        for instance in &mut self.instances {
            instance.group_fault &= instance.group.is_some();
            instance.group_waits &= instance.group.is_some();
        }
    }

    /// A group that a reload has made of instances that are in one state already is in that state:
    /// that is no news.
    pub(super) fn adopt_groups(&mut self, known: &BTreeSet<Arc<str>>) {
        for group in &mut self.groups {
            let mut members = group.members.iter();
            let state = |id: &u32| self.instances.get(*id as usize).map(Instance::state);
            let first = members.next().and_then(state);
            if !known.contains(&group.name) && members.all(|id| state(id) == first) {
                group.state = first.unwrap_or(State::Init);
            }
        }
    }

    /// At the start nobody of a group begins before the scripts of all have given a result.
    pub(super) fn hold_waiting_groups(&mut self) {
        for group in &self.groups {
            let mut members = group.members.iter();
            let waits = members.any(|id| {
                let member = self.instances.get(*id as usize);
                member.is_some_and(Instance::awaits_scripts)
            });
            for id in &group.members {
                if let Some(instance) = self.instances.get_mut(*id as usize) {
                    instance.group_waits = waits;
                }
            }
        }
    }

    /// At a restart groups are where their members were: that is no news.
    pub(super) fn restore_groups(&mut self, snapshots: &[Option<Snapshot>]) {
        for group in &mut self.groups {
            let members = group.members.iter();
            let states: Option<Vec<State>> = members
                .map(|id| Some(snapshots.get(*id as usize)?.as_ref()?.state))
                .collect();
            let Some(states) = states else {
                continue;
            };
            group.state = if states.contains(&State::Init) {
                State::Init
            } else if states.contains(&State::Fault) {
                State::Fault
            } else if states.contains(&State::Backup) {
                State::Backup
            } else {
                State::Master
            };
        }
    }

    /// An instance asks to become master: alone it may; in a group when all members want to.
    pub(super) fn grant(&mut self, now: Instant, id: u32, effects: &mut Vec<Effect>) {
        let Some(instance) = self.instances.get_mut(id as usize) else {
            return;
        };
        instance.wants_master = true;
        let group = instance.group.and_then(|g| self.groups.get(g as usize));
        let Some(group) = group else {
            instance.become_master(&mut self.shared.turn(now, effects));
            return;
        };
        let wants = |id: &u32| {
            let member = self.instances.get(*id as usize);
            member.is_none_or(|m| match m.role {
                Role::Master(_) => true,
                Role::Backup { .. } => m.wants_master,
                Role::Init | Role::Fault { .. } => false,
            })
        };
        let all_want = group.members.iter().all(wants);
        let (name, mut order) = (group.name.clone(), group.members.clone());
        if !all_want {
            if let Some(instance) = self.instances.get_mut(id as usize) {
                instance.wait_again(&self.shared.turn(now, effects));
            }
            return;
        }
        // Who asked goes first.
        order.retain(|member| *member != id);
        order.insert(0, id);
        for (place, member) in order.into_iter().enumerate() {
            if place == 1 {
                effects.push(report_sync(&name, State::Master));
            }
            let Some(instance) = self.instances.get_mut(member as usize) else {
                continue;
            };
            if matches!(instance.role, Role::Backup { .. }) {
                instance.become_master(&mut self.shared.turn(now, effects));
                self.touched.push(member);
            }
        }
    }

    /// Brings the members of groups whose instances were touched into one state.
    pub(super) fn sync_groups(&mut self, now: Instant, effects: &mut Vec<Effect>) {
        if self.groups.is_empty() || self.phase != Phase::Running {
            return;
        }
        let touched = self.touched.iter();
        let groups: BTreeSet<u32> = touched
            .filter_map(|id| self.instances.get(*id as usize)?.group)
            .collect();
        for group in groups {
            self.sync_group(now, group, effects);
        }
    }

    pub(super) fn sync_group(&mut self, now: Instant, number: u32, effects: &mut Vec<Effect>) {
        let Some(group) = self.groups.get(number as usize) else {
            return;
        };
        let (name, members, before) = (group.name.clone(), group.members.clone(), group.state);
        let links = &self.shared.links;
        let all = members
            .iter()
            .filter_map(|id| self.instances.get(*id as usize));
        let is_faulty = all.clone().any(|m| !m.own_faults(links).is_empty());
        let waits = all.clone().any(Instance::awaits_scripts);
        let lost_master =
            before == State::Master && all.clone().any(|m| m.state() != State::Master);
        if is_faulty && !matches!(before, State::Fault | State::Init) {
            effects.push(report_sync(&name, State::Fault));
        } else if lost_master && !is_faulty {
            effects.push(report_sync(&name, State::Backup));
        }
        let mut told_recovery = members.len() < 2;
        for id in &members {
            let Some(instance) = self.instances.get_mut(*id as usize) else {
                continue;
            };
            let mut turn = self.shared.turn(now, effects);
            instance.group_fault = is_faulty;
            instance.group_waits = waits;
            let was = instance.state();
            instance.review(&mut turn);
            if was == State::Fault && instance.state() == State::Backup && !told_recovery {
                told_recovery = true;
                turn.effects.push(report_sync(&name, State::Backup));
            }
            if lost_master && instance.state() == State::Master {
                let down = instance.down_time();
                instance.yield_to(down, false, &mut turn);
            }
            self.touched.push(*id);
        }
        let mut all = members
            .iter()
            .filter_map(|id| self.instances.get(*id as usize));
        let state = if is_faulty {
            State::Fault
        } else if waits {
            State::Init
        } else if all.all(|m| m.state() == State::Master) {
            State::Master
        } else {
            State::Backup
        };
        if state != before && state != State::Init {
            effects.push(Effect::Report(Event::GroupChanged {
                group: name.to_string(),
                to: state,
            }));
        }
        if let Some(group) = self.groups.get_mut(number as usize) {
            group.state = state;
        }
    }

    /// A member heard an advert of lower priority: the others announce as well.
    pub(super) fn announce_mates(&mut self, now: Instant, id: u32, effects: &mut Vec<Effect>) {
        let Some(instance) = self.instances.get(id as usize) else {
            return;
        };
        let group = instance.group.and_then(|g| self.groups.get(g as usize));
        let Some(group) = group else {
            return;
        };
        for mate in group.members.iter().filter(|mate| **mate != id) {
            if let Some(instance) = self.instances.get_mut(*mate as usize) {
                instance.announce_after_lower(&mut self.shared.turn(now, effects));
                self.touched.push(*mate);
            }
        }
    }

    /// Groups are told after their members, but before them at the start (section 1): moves
    /// their events to `mark`.
    pub(super) fn groups_first(mark: usize, effects: &mut Vec<Effect>) {
        let rest = effects.split_off(mark);
        let is_group = |e: &Effect| matches!(e, Effect::Report(Event::GroupChanged { .. }));
        let (groups, others): (Vec<_>, Vec<_>) = rest.into_iter().partition(is_group);
        effects.extend(groups);
        effects.extend(others);
    }

    /// The daemon stops: groups are told last.
    pub(super) fn stop_groups(&self, effects: &mut Vec<Effect>) {
        let told = self.groups.iter().map(|group| {
            Effect::Report(Event::GroupStopped {
                group: group.name.to_string(),
            })
        });
        effects.extend(told);
    }
}

fn report_sync(group: &Arc<str>, to: State) -> Effect {
    Effect::Report(Event::GroupSyncs {
        group: group.to_string(),
        to,
    })
}
