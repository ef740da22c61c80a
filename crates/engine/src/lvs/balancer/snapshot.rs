//! What is kept so that a successor can carry on.

use std::collections::BTreeMap;
use std::sync::Arc;

use vipd_config::model::lvs::ServiceKey;

use super::Balancer;
use super::check::{Place, Standing};
use super::marks::Marks;
use super::service::ids;
use crate::lvs::{DestinationId, Effect, Saved, SavedCheck, SavedKey, SavedState};

impl Balancer {
    /// Has a virtual server kept as it is.
    pub(super) fn save_service(&self, place: u32, effects: &mut Vec<Effect>) {
        let vs = Self::configured(&self.config, place);
        let service = self.services.get(place as usize);
        if let (Some(vs), Some(service)) = (vs, service) {
            effects.push(Effect::Save(Saved {
                key: SavedKey {
                    service: vs.key.clone(),
                    server: None,
                },
                state: SavedState::Service {
                    has_quorum: service.has_quorum,
                    mark: self.marks.of(&vs.key),
                },
            }));
        }
    }

    /// Has a real server kept as it is.
    pub(super) fn save_server(&self, place: Place, effects: &mut Vec<Effect>) {
        let Some((vs, rs)) = Self::configured_at(&self.config, place) else {
            return;
        };
        let Some(service) = self.services.get(place.service as usize) else {
            return;
        };
        let Some(server) = service.servers.get(place.server as usize) else {
            return;
        };
        let checks = server.checks.iter().filter_map(|id| self.checks.get(*id));
        let checks = checks.map(|check| SavedCheck {
            is_up: check.standing.is_up,
            has_run: check.standing.has_run,
            offset: check.standing.offset,
        });
        effects.push(Effect::Save(Saved {
            key: SavedKey {
                service: vs.key.clone(),
                server: Some(DestinationId {
                    address: rs.address,
                    port: rs.port,
                }),
            },
            state: SavedState::Server(checks.collect()),
        }));
    }

    /// Carries on where a predecessor was. What is not known of it is as at a start.
    pub(super) fn restore(&mut self, restored: Vec<Saved>) {
        if restored.is_empty() {
            return;
        }
        let keys = self.config.lvs.servers.iter().map(|vs| vs.key.clone());
        let places: BTreeMap<_, u32> = keys.zip(0..).collect();
        let mut marks = Vec::new();
        for saved in restored {
            let Some(place) = places.get(&saved.key.service).copied() else {
                continue;
            };
            let Some(service) = self.services.get_mut(place as usize) else {
                continue;
            };
            match (saved.key.server, saved.state) {
                (None, SavedState::Service { has_quorum, mark }) => {
                    service.has_quorum = has_quorum;
                    marks.extend(mark.map(|mark| (saved.key.service, mark)));
                }
                (Some(server), SavedState::Server(checks)) => {
                    let server = service.place(server);
                    let server = server.and_then(|at| service.servers.get(at as usize));
                    let ids = server.map(|server| server.checks.clone());
                    self.restore_checks(&ids.unwrap_or_default(), &checks);
                }
                (None, SavedState::Server(_)) | (Some(_), SavedState::Service { .. }) => {}
            }
        }
        self.restore_marks(marks);
    }

    /// Groups go on under the marks that they had.
    fn restore_marks(&mut self, marks: Vec<(ServiceKey, u32)>) {
        if marks.is_empty() {
            return;
        }
        self.marks = Marks::default();
        for (key, mark) in marks {
            self.marks.inherit(key, mark);
        }
        let config = Arc::clone(&self.config);
        self.marks.assign(&config.lvs);
        for (vs, service) in config.lvs.servers.iter().zip(&mut self.services) {
            service.ids = ids(vs, &config.lvs, self.marks.of(&vs.key)).into();
        }
        self.index();
    }

    /// Checks in the order of the file; other ones than before start anew.
    fn restore_checks(&mut self, ids: &[crate::lvs::CheckId], checks: &[SavedCheck]) {
        if ids.len() != checks.len() {
            return;
        }
        for (id, saved) in ids.iter().zip(checks) {
            if let Some(check) = self.checks.get_mut(*id)
                && check.asks()
            {
                check.standing = Standing {
                    is_up: saved.is_up,
                    has_run: saved.has_run,
                    offset: saved.offset,
                };
            }
        }
    }
}
