//! All checks: by number, by when they are due, and by what they follow.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use vipd_config::model::lvs::{CheckerKind, Schedule};

use super::check::{Check, Phase};
use crate::Instant;
use crate::lvs::CheckId;

/// What makes checks one. Commands have effects of their own, so each is run for whoever wants
/// it; checks that are suspended with their service are not shared with others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Sameness {
    kind: Arc<CheckerKind>,
    schedule: Schedule,
    suspended_with: Option<u32>,
}

impl Sameness {
    /// `None`: it is not to be shared.
    pub(super) fn of(check: &Check) -> Option<Self> {
        (!matches!(&*check.kind, CheckerKind::Misc(_))).then(|| Self {
            kind: Arc::clone(&check.kind),
            schedule: check.schedule,
            suspended_with: check.suspended_with,
        })
    }
}

/// All checks.
#[derive(Clone, Debug, Default)]
pub(super) struct Checks {
    list: Vec<Option<Check>>,
    free: Vec<CheckId>,
    due: BTreeSet<(Instant, CheckId)>,
    files: BTreeMap<String, Vec<CheckId>>,
    sessions: BTreeMap<String, Vec<CheckId>>,
}

impl Checks {
    pub(super) fn get(&self, id: CheckId) -> Option<&Check> {
        self.list.get(id.0 as usize)?.as_ref()
    }

    pub(super) fn get_mut(&mut self, id: CheckId) -> Option<&mut Check> {
        self.list.get_mut(id.0 as usize)?.as_mut()
    }

    /// All of them.
    pub(super) fn ids(&self) -> Vec<CheckId> {
        let numbered = (0..).zip(&self.list);
        let used = numbered.filter(|(_, check)| check.is_some());
        used.map(|(number, _)| CheckId(number)).collect()
    }

    /// Takes one in. Numbers of those that are gone are given out again.
    pub(super) fn add(&mut self, check: Check) -> CheckId {
        let next = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
        let id = self.free.pop().unwrap_or(CheckId(next));
        match &*check.kind {
            CheckerKind::File(file) => push(&mut self.files, &file.file, id),
            CheckerKind::Bfd(bfd) => push(&mut self.sessions, &bfd.session, id),
            CheckerKind::Tcp(_)
            | CheckerKind::Http(_)
            | CheckerKind::Smtp(_)
            | CheckerKind::Dns(_)
            | CheckerKind::Misc(_)
            | CheckerKind::Udp(_)
            | CheckerKind::Ping(_) => {}
        }
        match self.list.get_mut(id.0 as usize) {
            Some(free) => *free = Some(check),
            None => self.list.push(Some(check)),
        }
        id
    }

    /// Lets one go, with what it was doing.
    pub(super) fn remove(&mut self, id: CheckId) -> Option<Check> {
        self.set_phase(id, Phase::Idle);
        let check = self.list.get_mut(id.0 as usize)?.take()?;
        self.free.push(id);
        if !check.asks() {
            for list in self.files.values_mut().chain(self.sessions.values_mut()) {
                list.retain(|other| *other != id);
            }
        }
        Some(check)
    }

    /// What a check does from now on.
    pub(super) fn set_phase(&mut self, id: CheckId, phase: Phase) {
        let Some(check) = self.list.get_mut(id.0 as usize).and_then(Option::as_mut) else {
            return;
        };
        if let Some(at) = check.phase.due() {
            self.due.remove(&(at, id));
        }
        if let Some(at) = phase.due() {
            self.due.insert((at, id));
        }
        check.phase = phase;
    }

    /// When the first is due.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.due.first().map(|(at, _)| *at)
    }

    /// Which are due by `now`, in order of time. They stay until they do something else.
    pub(super) fn due(&self, now: Instant) -> Vec<CheckId> {
        let due = self.due.iter().take_while(|(at, _)| *at <= now);
        due.map(|(_, id)| *id).collect()
    }

    /// Those that follow a `track_file`.
    pub(super) fn following_file(&self, file: &str) -> Vec<CheckId> {
        self.files.get(file).cloned().unwrap_or_default()
    }

    /// Those that follow a `bfd_instance`.
    pub(super) fn following_session(&self, session: &str) -> Vec<CheckId> {
        self.sessions.get(session).cloned().unwrap_or_default()
    }
}

fn push(lists: &mut BTreeMap<String, Vec<CheckId>>, name: &str, id: CheckId) {
    lists.entry(name.to_owned()).or_default().push(id);
}
