//! The beginning: what is in the table is taken over, and made what it should be.

use std::sync::Arc;
use std::time::Duration;

use super::check::{Check, Place};
use super::telling::Teller;
use super::{Balancer, Life};
use crate::Instant;
use crate::lvs::{CheckId, Effect, MarkTable, Operation, Present, Quorum, Saved, SyncRole, What};

/// No check is made earlier than this after the start.
pub(super) const FIRST_AFTER: Duration = Duration::from_secs(1);

impl Balancer {
    pub(super) fn start(
        &mut self,
        now: Instant,
        table: Vec<Present>,
        restored: Vec<Saved>,
        effects: &mut Vec<Effect>,
    ) {
        self.life = Life::Running;
        // Answers to a predecessor may still come.
        self.attempt = now.0;
        let config = Arc::clone(&self.config);
        let is_first = restored.is_empty();
        self.hear_all();
        self.restore(restored);
        if is_first && config.lvs.global.flush {
            effects.push(Effect::Kernel(Operation::Flush));
            self.books.clear();
        } else {
            self.read(table);
        }
        self.set_timeouts(effects);
        if let Some(table) = self.mark_table() {
            effects.push(Effect::Kernel(Operation::Mark(Some(table))));
        }
        for service in self.places() {
            if is_first {
                self.judge_service(service);
            } else {
                self.count_service(service);
            }
            self.look_where(service);
        }
        self.align(effects);
        for service in self.places() {
            if is_first {
                self.tell_start(service, effects);
            } else {
                self.review_quorum(service, effects);
            }
        }
        self.start_sync(effects);
        for id in self.checks.ids() {
            self.activate(now, id);
        }
    }

    /// What the kernel has, as far as it is ours.
    pub(super) fn read(&mut self, table: Vec<Present>) {
        let owners = &self.owners;
        self.books.read(table, |id| owners.contains_key(id));
    }

    /// Checks that follow files and sessions hear what was told of these.
    pub(super) fn hear_all(&mut self) {
        for (file, value) in &self.heard.files {
            for id in self.checks.following_file(file) {
                if let Some(check) = self.checks.get_mut(id) {
                    check.read(*value);
                }
            }
        }
        for (session, is_up) in &self.heard.sessions {
            for id in self.checks.following_session(session) {
                if let Some(check) = self.checks.get_mut(id) {
                    check.follow(*is_up);
                }
            }
        }
    }

    /// Every real server of a virtual one is counted anew, and nobody is told.
    fn count_service(&mut self, service: u32) {
        let count = self.services.get(service as usize);
        let count = count.map_or(0, |service| service.servers.len());
        for server in (0..).take(count) {
            self.judge_silently(Place { service, server });
        }
    }

    /// Counts a virtual server that is new.
    pub(super) fn judge_service(&mut self, place: u32) {
        self.count_service(place);
        let vs = self.config.lvs.servers.get(place as usize);
        let service = self.services.get_mut(place as usize);
        if let (Some(vs), Some(service)) = (vs, service) {
            service.has_quorum = service.gains(vs);
        }
    }

    /// Tells how a virtual server begins.
    pub(super) fn tell_start(&mut self, place: u32, effects: &mut Vec<Effect>) {
        let config = Arc::clone(&self.config);
        let Some(vs) = Self::configured(&config, place) else {
            return;
        };
        let Some(service) = self.services.get(place as usize) else {
            return;
        };
        let teller = Teller::new(&config, vs);
        for (rs, server) in vs.servers.iter().zip(&service.servers) {
            if server.is_alive && config.lvs.global.rs_init_notifies {
                teller.server(rs, true, false, effects);
            }
        }
        let quorum = Quorum {
            quorum: vs.quorum,
            hysteresis: vs.hysteresis,
            sum: service.sum,
            at_start: !service.has_quorum,
        };
        let is_news = service.has_quorum || vs.sorry.is_some();
        // A quorum that was never there is not lost, unless something stands in for it.
        if is_news {
            self.tell_quorum(place, quorum, true, effects);
        } else {
            self.save_service(place, effects);
        }
        self.tell_checks(place, &What::Deactivated, |_| true, effects);
    }

    /// Tells which checks of a virtual server are made from now on, or what becomes of them while
    /// its address is elsewhere.
    pub(super) fn tell_checks(
        &self,
        place: u32,
        elsewhere: &What,
        counts: impl Fn(CheckId) -> bool,
        effects: &mut Vec<Effect>,
    ) {
        let Some(vs) = Self::configured(&self.config, place) else {
            return;
        };
        let Some(service) = self.services.get(place as usize) else {
            return;
        };
        let teller = Teller::new(&self.config, vs);
        for (rs, server) in vs.servers.iter().zip(&service.servers) {
            for _ in server
                .checks
                .iter()
                .filter(|id| self.is_made(**id) && counts(**id))
            {
                let what = if service.is_suspended {
                    elsewhere.clone()
                } else {
                    What::Activated
                };
                effects.push(Effect::Report(teller.of_server(rs, what)));
            }
        }
    }

    /// A check is made by asking.
    fn is_made(&self, id: CheckId) -> bool {
        self.checks.get(id).is_some_and(Check::asks)
    }

    /// Gains or loses a quorum, with all that follows.
    pub(super) fn review_quorum(&mut self, place: u32, effects: &mut Vec<Effect>) {
        let config = Arc::clone(&self.config);
        let Some(vs) = Self::configured(&config, place) else {
            return;
        };
        if let Some(quorum) = self.flip_quorum(place, vs) {
            self.pool(place, effects);
            self.tell_quorum(place, quorum, false, effects);
        }
    }

    /// Puts everything in the table right that is not.
    pub(super) fn align(&mut self, effects: &mut Vec<Effect>) {
        let gone = self
            .books
            .services()
            .filter(|id| !self.owners.contains_key(id));
        for id in gone.copied().collect::<Vec<_>>() {
            self.books.remove_service(id, effects);
        }
        for service in self.places() {
            for at in 0..self.id_count(service) {
                let Some(id) = self.id_at(service, at) else {
                    continue;
                };
                // Of those that overlap the first says how it is.
                let first = self.owners.get(&id).and_then(|owners| owners.first());
                if first == Some(&service) {
                    let settings = &self.services[service as usize].settings;
                    self.books.put_service(id, settings, effects);
                }
            }
            self.pool(service, effects);
            for at in 0..self.id_count(service) {
                if let Some(id) = self.id_at(service, at) {
                    for destination in self.books.destinations(&id) {
                        self.put(id, destination, effects);
                    }
                }
            }
        }
    }

    /// Which packets get firewall marks.
    pub(super) fn mark_table(&self) -> Option<Box<MarkTable>> {
        let counts = self.config.global.firewall.counters;
        self.marks.table(&self.config.lvs, counts).map(Box::new)
    }

    fn set_timeouts(&self, effects: &mut Vec<Effect>) {
        let timeouts = self.config.lvs.global.timeouts;
        if timeouts != vipd_config::model::lvs::Timeouts::default() {
            effects.push(Effect::Kernel(Operation::SetTimeouts(timeouts)));
        }
    }

    /// The sync daemon: in both roles, or in that of the instance it follows.
    pub(super) fn start_sync(&self, effects: &mut Vec<Effect>) {
        let Some(daemon) = &self.config.lvs.global.sync_daemon else {
            return;
        };
        for (role, is_wanted) in self.sync_roles(daemon) {
            let operation = if is_wanted {
                Operation::StartSync(role, Box::new(daemon.clone()))
            } else {
                Operation::StopSync(role)
            };
            effects.push(Effect::Kernel(operation));
        }
    }

    fn sync_roles(&self, daemon: &vipd_config::model::lvs::SyncDaemon) -> [(SyncRole, bool); 2] {
        let (master, backup) = match (&daemon.instance, self.heard.is_director) {
            (None, _) => (true, true),
            (Some(_), is_director) => (is_director, !is_director),
        };
        // What is stopped is stopped first: one of both is last.
        if master {
            [(SyncRole::Backup, backup), (SyncRole::Master, master)]
        } else {
            [(SyncRole::Master, master), (SyncRole::Backup, backup)]
        }
    }

    /// The instance that the sync daemon follows is master, or is not.
    pub(super) fn director(&mut self, is_master: bool, effects: &mut Vec<Effect>) {
        let is_new = self.heard.is_director != is_master;
        self.heard.is_director = is_master;
        let daemon = &self.config.lvs.global.sync_daemon;
        let follows = daemon
            .as_ref()
            .is_some_and(|daemon| daemon.instance.is_some());
        if is_new && follows && self.life == Life::Running {
            self.start_sync(effects);
        }
    }
}
