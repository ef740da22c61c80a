//! What outcomes of checks lead to: real servers go up and down and change their weights.

use std::sync::Arc;

use vipd_config::model::lvs::{CheckerKind, RealServer};

use super::check::{Judged, News, Phase, Place};
use super::service::{Destination, verdict};
use super::telling::{Teller, body};
use super::{Balancer, CheckId};
use crate::Instant;
use crate::lvs::{DestinationId, DestinationSettings, Effect, Outcome, ServiceId, What};

impl Balancer {
    /// A check ended.
    pub(super) fn checked(
        &mut self,
        now: Instant,
        id: CheckId,
        attempt: u64,
        outcome: &Outcome,
        effects: &mut Vec<Effect>,
    ) {
        let Some(check) = self.checks.get_mut(id) else {
            return;
        };
        let is_it = matches!(check.phase, Phase::Running { attempt: own, .. } if own == attempt);
        if !is_it {
            return;
        }
        let judged = check.judge(outcome);
        self.checks.set_phase(id, Phase::Waiting(now + judged.wait));
        self.spread_news(id, &judged, effects);
    }

    /// There is another number in a file.
    pub(super) fn file(&mut self, file: String, value: i64, effects: &mut Vec<Effect>) {
        let ids = self.checks.following_file(&file);
        self.heard.files.insert(file, value);
        for id in ids {
            let check = self.checks.get_mut(id);
            let judged = check.map(|check| check.read(value));
            self.hear(id, judged, effects);
        }
    }

    /// A session came up or went down.
    pub(super) fn session(&mut self, session: String, is_up: bool, effects: &mut Vec<Effect>) {
        let ids = self.checks.following_session(&session);
        self.heard.sessions.insert(session, is_up);
        for id in ids {
            let check = self.checks.get_mut(id);
            let judged = check.map(|check| check.follow(is_up));
            self.hear(id, judged, effects);
        }
    }

    fn hear(&mut self, id: CheckId, judged: Option<Judged>, effects: &mut Vec<Effect>) {
        if let Some(judged) = judged
            && self.life == super::Life::Running
        {
            self.spread_news(id, &judged, effects);
        }
    }

    /// Everybody who wants the check hears of it.
    fn spread_news(&mut self, id: CheckId, judged: &Judged, effects: &mut Vec<Effect>) {
        if judged.news.is_none() && !judged.has_other_offset {
            return;
        }
        let Some(check) = self.checks.get(id) else {
            return;
        };
        let (users, kind) = (check.users.clone(), Arc::clone(&check.kind));
        let config = Arc::clone(&self.config);
        for place in users {
            let Some((vs, rs)) = Self::configured_at(&config, place) else {
                continue;
            };
            let teller = Teller::new(&config, vs);
            if let Some(news) = &judged.news {
                let what = news.what(kind.keyword());
                effects.push(Effect::Report(teller.of_server(rs, what)));
            }
            let counts = !matches!(judged.news, Some(News::FailedOnce(_)));
            if !counts {
                continue;
            }
            let was_alive = self.is_alive(place);
            let (turned, weighs) = match judged.news {
                // Of a file that is well again only the return is told.
                Some(News::Up { was_down }) => {
                    let is_file = matches!(&*kind, CheckerKind::File(_));
                    (was_down.then_some(true), !(was_down && is_file))
                }
                Some(News::Down { was_up, .. }) => (was_up.then_some(false), false),
                Some(News::FailedOnce(_)) | None => (None, true),
            };
            self.review(place, weighs, effects);
            if matches!(judged.news, Some(News::Down { was_up: false, .. }))
                && self.is_first_down(place)
            {
                // Down from the start (`alpha`): now it is known.
                teller.server(rs, false, false, effects);
            }
            self.save_server(place, effects);
            let is_new = self.is_alive(place) != was_alive;
            if let Some(is_up) = turned
                && (is_new || !config.lvs.global.no_checker_emails)
            {
                effects.extend(teller.server_mail(rs, is_up, &body(&kind, is_up)));
            }
        }
    }

    pub(super) fn is_alive(&self, place: Place) -> bool {
        let service = self.services.get(place.service as usize);
        let server = service.and_then(|service| service.servers.get(place.server as usize));
        server.is_some_and(|server| server.is_alive)
    }

    /// Of the checks of a real server just one was made and is down.
    fn is_first_down(&self, place: Place) -> bool {
        let service = self.services.get(place.service as usize);
        let server = service.and_then(|service| service.servers.get(place.server as usize));
        let checks = server.map_or(&[][..], |server| &server.checks);
        let checks = checks.iter().filter_map(|id| self.checks.get(*id));
        let down = checks.filter(|check| check.standing.has_run && !check.standing.is_up);
        down.count() == 1
    }

    /// What checks say of a real server may be something else now. `weighs`: a change of its
    /// weight is worth a line of the log.
    fn review(&mut self, place: Place, weighs: bool, effects: &mut Vec<Effect>) {
        self.steps += 1;
        let config = Arc::clone(&self.config);
        let Some((vs, rs)) = Self::configured_at(&config, place) else {
            return;
        };
        let teller = Teller::new(&config, vs);
        let Some(turn) = self.judge_server(place, rs) else {
            return;
        };
        turn.report(rs, &teller, weighs, effects);
        let flipped = self.flip_quorum(place.service, vs);
        if flipped.is_some() {
            self.pool(place.service, effects);
        } else {
            self.put_server(place, effects);
        }
        turn.tell(rs, &teller, effects);
        if let Some(quorum) = flipped {
            self.tell_quorum(place.service, quorum, false, effects);
        }
    }

    /// Counts a real server anew.
    pub(super) fn judge_server(&mut self, place: Place, rs: &RealServer) -> Option<Turn> {
        let checks = &self.checks;
        let service = self.services.get_mut(place.service as usize)?;
        let server = service.servers.get_mut(place.server as usize)?;
        let standings = server.checks.iter();
        let standings = standings.filter_map(|id| Some(checks.get(*id)?.standing));
        let (is_alive, weight) = verdict(rs, standings);
        let turn = Turn {
            was_alive: server.is_alive,
            is_alive,
            weight: (server.weight, weight),
        };
        service.sum -= server.counts();
        server.is_alive = is_alive;
        server.weight = weight;
        service.sum += server.counts();
        Some(turn)
    }

    /// Counts a real server anew, and tells nobody.
    pub(super) fn judge_silently(&mut self, place: Place) {
        let config = Arc::clone(&self.config);
        if let Some((_, rs)) = Self::configured_at(&config, place) {
            self.judge_server(place, rs);
        }
    }

    /// Has a real server in the table as it should be.
    fn put_server(&mut self, place: Place, effects: &mut Vec<Effect>) {
        let config = Arc::clone(&self.config);
        let Some((_, rs)) = Self::configured_at(&config, place) else {
            return;
        };
        let count = self.id_count(place.service);
        for at in 0..count {
            if let Some(id) = self.id_at(place.service, at) {
                self.put(id, rs.on(&id), effects);
            }
        }
    }

    pub(super) fn id_count(&self, service: u32) -> usize {
        let service = self.services.get(service as usize);
        service.map_or(0, |service| service.ids.len())
    }

    pub(super) fn id_at(&self, service: u32, at: usize) -> Option<ServiceId> {
        let service = self.services.get(service as usize)?;
        service.ids.get(at).copied()
    }

    /// Has a destination in the table as it should be.
    pub(super) fn put(
        &mut self,
        id: ServiceId,
        destination: DestinationId,
        effects: &mut Vec<Effect>,
    ) {
        self.steps += 1;
        let wanted = self.wanted(&id, destination);
        self.books.put_destination(id, destination, wanted, effects);
    }

    /// How a destination should be, by the first virtual server that wants it.
    pub(super) fn wanted(
        &self,
        id: &ServiceId,
        destination: DestinationId,
    ) -> Option<DestinationSettings> {
        let owners = self.owners.get(id)?;
        owners.iter().find_map(|owner| {
            let vs = Self::configured(&self.config, *owner)?;
            let service = self.services.get(*owner as usize)?;
            service.wanted(vs, id, destination)
        })
    }

    /// Has the servers of one virtual server in the table as they should be: first those that get
    /// connections, then those that get none.
    pub(super) fn pool(&mut self, service: u32, effects: &mut Vec<Effect>) {
        let config = Arc::clone(&self.config);
        let Some(vs) = Self::configured(&config, service) else {
            return;
        };
        for at in 0..self.id_count(service) {
            let Some(id) = self.id_at(service, at) else {
                continue;
            };
            let real = vs.servers.iter().map(|rs| rs.on(&id));
            let sorry = vs.sorry.as_deref().map(|sorry| sorry.on(&id));
            let mut going = Vec::new();
            for destination in sorry.into_iter().chain(real) {
                match self.wanted(&id, destination) {
                    Some(wanted) if wanted.weight > 0 => self.put(id, destination, effects),
                    Some(_) | None => going.push(destination),
                }
            }
            for destination in going {
                self.put(id, destination, effects);
            }
        }
    }
}

/// What became of a real server.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Turn {
    was_alive: bool,
    is_alive: bool,
    /// Before and after.
    weight: (u32, u32),
}

impl Turn {
    pub(super) fn is_change(&self) -> bool {
        self.was_alive != self.is_alive || self.weight.0 != self.weight.1
    }

    pub(super) fn report(
        &self,
        rs: &RealServer,
        teller: &Teller<'_>,
        weighs: bool,
        effects: &mut Vec<Effect>,
    ) {
        if weighs && self.weight.0 != self.weight.1 {
            let what = What::Weight {
                from: self.weight.0.into(),
                to: self.weight.1.into(),
                is_active: self.was_alive,
            };
            effects.push(Effect::Report(teller.of_server(rs, what)));
        }
        let what = match (self.was_alive, self.is_alive, rs.inhibit_on_failure) {
            (true, true, _) | (false, false, _) => return,
            (false, true, false) => What::Adding,
            (false, true, true) => What::Enabling,
            (true, false, false) => What::Removing,
            (true, false, true) => What::Disabling,
        };
        effects.push(Effect::Report(teller.of_server(rs, what)));
    }

    pub(super) fn tell(&self, rs: &RealServer, teller: &Teller<'_>, effects: &mut Vec<Effect>) {
        if self.was_alive != self.is_alive {
            teller.server(rs, self.is_alive, false, effects);
        }
    }
}

impl News {
    /// As it is reported.
    fn what(&self, check: &str) -> What {
        let check = check.to_owned();
        match self {
            Self::FailedOnce(why) => What::FailedOnce {
                check,
                why: why.clone(),
            },
            Self::Up { .. } => What::Succeeded { check },
            Self::Down { retries, why, .. } => What::Failed {
                check,
                retries: *retries,
                why: why.clone(),
            },
        }
    }
}
