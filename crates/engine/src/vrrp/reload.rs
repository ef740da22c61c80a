//! A new configuration while everything runs (section 14): what stays the same does not notice.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use vipd_config::model::{Config, OldChecksum, Routing};

use super::group::Group;
use super::instance::{Instance, Role, Turn};
use super::router::{Phase, Router};
use super::settings::{Identity, Settings};
use super::statics::Statics;
use super::transitions::{next_beat, soon};
use crate::effect::Placed;
use crate::event::{Event, State};
use crate::{Effect, Instant};

impl Router {
    /// Instances are matched by what they are, not by name. Removed ones leave, new ones start.
    pub(super) fn reconfigure(&mut self, now: Instant, config: &Config, effects: &mut Vec<Effect>) {
        if self.phase != Phase::Running {
            if self.phase == Phase::New {
                *self = Self::new(config);
            }
            return;
        }
        self.take_globals(config);
        self.statics.replace(Statics::new(&config.statics), effects);
        let links = self.link_names();
        let mut old: BTreeMap<Identity, Instance> = std::mem::take(&mut self.instances)
            .into_iter()
            .map(|instance| (instance.settings.identity(), instance))
            .collect();
        let settings = self.settings(config);
        let kept: Vec<Option<Instance>> = settings
            .iter()
            .map(|settings| old.remove(&settings.identity()))
            .collect();
        self.dismiss(now, old, effects);
        let numbers = kept.iter().zip(0..);
        let numbers = numbers.filter_map(|(instance, id)| Some((instance.as_ref()?.id, id)));
        self.shared.announcer.renumber(&numbers.collect());
        let (mut fresh, mut changed) = (BTreeSet::new(), BTreeSet::new());
        for ((settings, kept), id) in settings.into_iter().zip(kept).zip(0_u32..) {
            let instance = if let Some(mut instance) = kept {
                instance.id = id;
                if instance.adopt(settings, &mut self.shared.turn(now, effects)) {
                    changed.insert(id);
                }
                instance
            } else {
                fresh.insert(id as usize);
                Instance::new(id, settings)
            };
            self.instances.push(instance);
        }
        self.index();
        let known: BTreeSet<Arc<str>> = self.groups.iter().map(Group::name).collect();
        self.take_groups(config);
        self.adopt_groups(&known);
        self.look_again(now, &fresh, effects);
        self.remove_links(&links, effects);
        if config.global.fifo_states_on_reload {
            self.tell_states(&fresh, effects);
        }
        // Only now it is known what is tracked and how it stands.
        for id in changed {
            if let Some(instance) = self.instances.get_mut(id as usize) {
                instance.save(&mut self.shared.turn(now, effects));
            }
        }
    }

    /// Tells the states of groups, and of instances that have not entered theirs just now.
    fn tell_states(&self, fresh: &BTreeSet<usize>, effects: &mut Vec<Effect>) {
        let groups = self.groups.iter().map(Group::held);
        let instances = self.instances.iter().enumerate();
        let instances = instances.filter(|(place, _)| !fresh.contains(place));
        let instances = instances.map(|(_, instance)| Event::StateHeld {
            instance: instance.name().to_string(),
            state: instance.state(),
            priority: instance.priority,
        });
        effects.extend(groups.chain(instances).map(Effect::Report));
    }

    /// Removed instances: priority 0, VIPs gone.
    fn dismiss(
        &mut self,
        now: Instant,
        removed: BTreeMap<Identity, Instance>,
        effects: &mut Vec<Effect>,
    ) {
        for mut instance in removed.into_values() {
            let mut turn = self.shared.turn(now, effects);
            instance.leave(&mut turn);
            if let Some(socket) = instance.socket {
                turn.sockets.release(socket, instance.buffer);
            }
            turn.effects.push(Effect::Report(Event::InstanceDeleted {
                instance: instance.name().to_string(),
                priority: instance.priority,
            }));
        }
    }

    /// Kept instances look at interfaces and scripts again, new ones begin.
    fn look_again(&mut self, now: Instant, fresh: &BTreeSet<usize>, effects: &mut Vec<Effect>) {
        self.take_verdicts();
        self.hold_waiting_groups();
        for place in 0..self.instances.len() {
            if fresh.contains(&place) {
                self.begin(now, place, None, effects);
                continue;
            }
            let Some(instance) = self.instances.get_mut(place) else {
                continue;
            };
            let old = instance.socket;
            let mut turn = self.shared.turn(now, effects);
            instance.rebind(&mut turn);
            instance.review(&mut turn);
            let (id, vrid, new) = (instance.id, instance.settings.vrid, instance.socket);
            self.relisten(id, vrid, old, new);
        }
    }
}

impl Instance {
    /// Goes on with other settings: state and counters stay, timers follow the new intervals,
    /// only VIPs that differ are touched. False when they are the same.
    fn adopt(&mut self, settings: Settings, turn: &mut Turn<'_>) -> bool {
        if settings == self.settings {
            return false;
        }
        let before = self.down_time();
        let old = std::mem::replace(&mut self.settings, settings);
        self.last_advert.forget();
        if self.settings.old_checksum != old.old_checksum {
            self.old_checksum = self.settings.old_checksum == OldChecksum::Always;
        }
        self.verdicts = vec![None; self.settings.trackers.len()].into();
        if self.master_interval == old.interval {
            self.master_interval = self.settings.interval;
        }
        let after = self.down_time();
        let interval = self.settings.interval;
        let extra = self.next_extra(turn.now);
        if let Role::Master(mastership) = &mut self.role
            && self.settings.extra() != old.extra()
        {
            mastership.extra = extra;
        }
        match &mut self.role {
            Role::Backup { master_down, .. } => *master_down = *master_down + after - before,
            Role::Master(mastership) if interval != old.interval => {
                mastership.advertise = next_beat(turn.now, interval).min(mastership.advertise);
            }
            Role::Master(_) | Role::Init | Role::Fault { .. } => {}
        }
        if self.holds_addresses {
            self.move_addresses(&old, turn);
        }
        true
    }

    /// Packets to VIPs that are new are dropped, to those that are not wanted any more accepted,
    /// where these or the old settings say so.
    fn move_refusals(&self, old: &Settings, turn: &mut Turn<'_>) {
        let difference = |a: &Settings, b: &Settings| -> Arc<[Placed]> {
            let in_b: BTreeSet<_> = b.every_address().map(place).collect();
            let is_new = |p: &&Placed| b.accepts || !in_b.contains(&place(p));
            let list = a.every_address().filter(|_| !a.accepts);
            list.filter(is_new).cloned().collect()
        };
        let instance = &self.settings.name;
        let addresses = difference(old, &self.settings);
        if !addresses.is_empty() {
            turn.effects.push(Effect::Accept {
                instance: instance.clone(),
                addresses,
            });
        }
        let addresses = difference(&self.settings, old);
        if !addresses.is_empty() {
            turn.effects.push(Effect::Refuse {
                instance: instance.clone(),
                addresses,
            });
        }
    }

    /// Takes away routes and rules that are no longer wanted.
    fn move_routing(&self, old: &Settings, turn: &mut Turn<'_>) {
        let kept = &self.settings.routing;
        let gone = old.routing.iter().filter(|one| !kept.contains(one));
        let gone: Arc<[Routing]> = gone.cloned().collect();
        if !gone.is_empty() {
            turn.effects.push(Effect::RemoveRouting {
                instance: self.settings.name.clone(),
                routing: gone,
            });
        }
    }

    /// Routes and rules to add: all of them when addresses change too, since the kernel takes
    /// routes away with their source address.
    fn new_routing(&self, old: &Settings) -> Arc<[Routing]> {
        let settings = &self.settings;
        if settings.addresses != old.addresses || settings.excluded != old.excluded {
            return settings.routing.clone();
        }
        let new = settings.routing.iter();
        new.filter(|one| !old.routing.contains(one))
            .cloned()
            .collect()
    }

    /// Takes away VIPs that are no longer wanted and adds new ones. When there are new ones all
    /// are announced, as keepalived does.
    fn move_addresses(&mut self, old: &Settings, turn: &mut Turn<'_>) {
        let difference = |a: &Settings, b: &Settings| -> Arc<[Placed]> {
            let others: BTreeMap<(&str, IpAddr), &Placed> = b
                .every_address()
                .map(|placed| (place(placed), placed))
                .collect();
            let is_new = |p: &&Placed| others.get(&place(p)) != Some(p);
            a.every_address().filter(is_new).cloned().collect()
        };
        self.move_routing(old, turn);
        let gone = difference(old, &self.settings);
        let come = difference(&self.settings, old);
        let instance = self.settings.name.clone();
        let is_master = self.state() == State::Master;
        let routing = self.new_routing(old);
        if !gone.is_empty() {
            turn.effects.push(Effect::RemoveAddresses {
                instance: instance.clone(),
                addresses: gone,
            });
        }
        self.move_refusals(old, turn);
        if !is_master {
            return;
        }
        if !come.is_empty() {
            turn.effects.push(Effect::AddAddresses {
                instance: instance.clone(),
                addresses: come.clone(),
            });
        }
        if !routing.is_empty() {
            turn.effects.push(Effect::AddRouting { instance, routing });
        }
        if come.is_empty() {
            return;
        }
        let garp = self.settings.garp;
        self.order_set(garp.master_repeat, turn);
        if let Role::Master(mastership) = &mut self.role {
            mastership.second_set = soon(turn.now, garp.master_delay);
        }
    }
}

/// Where an address is.
fn place(placed: &Placed) -> (&str, IpAddr) {
    (&placed.interface, placed.address.address)
}
