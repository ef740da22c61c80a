//! What is watched from outside: how it stands, and who cares.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use vipd_config::model::{Arguments, Config, Port};

use super::instance::Instance;
use super::router::{Phase, Router};
use super::settings::Target;
use super::snapshot::Snapshot;
use crate::event::Event;
use crate::tracking::standing::Standing;
use crate::tracking::watch::{Kind, Watch};
use crate::{Effect, Instant};

/// Kind and name of a watched thing.
pub(super) type Key = (Kind, Arc<str>);

/// Everything that is watched.
#[derive(Clone, Debug, Default)]
pub(super) struct Watches {
    entries: BTreeMap<Key, Entry>,
    /// Changes that have still to last.
    due: BTreeSet<(Instant, Key)>,
    /// How things stand that only a coming configuration names.
    early: BTreeMap<Key, i64>,
}

/// What is watched.
#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    Port(Port),
    /// Command and arguments.
    Process(String, bool, Arguments),
    /// A path.
    File(String),
}

/// A watched thing.
#[derive(Clone, Debug)]
struct Entry {
    watch: Watch,
    /// What it is: a reload that changes this starts from nothing.
    what: What,
    /// Instances that track it.
    users: Vec<u32>,
}

impl Watches {
    /// What a thing counts as.
    pub(super) fn verdict(&self, key: &Key) -> Option<Standing> {
        self.entries.get(key)?.watch.verdict()
    }

    /// Whether a configuration defines it.
    pub(super) fn has(&self, key: &Key) -> bool {
        self.entries.contains_key(key)
    }

    /// When a change has lasted long enough.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.due.first().map(|(at, _)| *at)
    }

    /// Forgets who cares.
    pub(super) fn forget_users(&mut self) {
        for entry in self.entries.values_mut() {
            entry.users.clear();
        }
    }

    /// Notes that an instance cares.
    pub(super) fn add_user(&mut self, key: &Key, id: u32) {
        if let Some(entry) = self.entries.get_mut(key) {
            entry.users.push(id);
        }
    }

    /// Lets `act` change a watch; its deadline is kept in order. The new verdict, if any.
    fn change(
        &mut self,
        key: &Key,
        act: impl FnOnce(&mut Watch) -> Option<Standing>,
    ) -> Option<(Standing, Vec<u32>)> {
        let entry = self.entries.get_mut(key)?;
        let before = entry.watch.deadline();
        let verdict = act(&mut entry.watch);
        let after = entry.watch.deadline();
        if before != after {
            if let Some(at) = before {
                self.due.remove(&(at, key.clone()));
            }
            self.due.extend(after.map(|at| (at, key.clone())));
        }
        Some((verdict?, entry.users.clone()))
    }

    /// Takes the definitions of a configuration. What is the same keeps its state.
    pub(super) fn configure(&mut self, config: &Config) {
        let mut old = std::mem::take(&mut self.entries);
        let early = std::mem::take(&mut self.early);
        self.due.clear();
        for (key, what, new) in definitions(config) {
            let before = old.remove(&key);
            let seen = early.get(&key).copied();
            let seen = seen.or_else(|| before.as_ref().and_then(|entry| entry.watch.reading()));
            let watch = match before {
                Some(mut entry) if entry.what == what => {
                    entry.watch.reconfigure(&new);
                    entry.watch
                }
                _ => {
                    let mut watch = new;
                    if let Some(reading) = seen {
                        watch.see(Instant::default(), reading);
                    }
                    watch
                }
            };
            self.due
                .extend(watch.deadline().map(|at| (at, key.clone())));
            let entry = Entry {
                watch,
                what,
                users: Vec::new(),
            };
            self.entries.insert(key, entry);
        }
    }
}

/// Everything that a configuration has watched, never looked at.
fn definitions(config: &Config) -> impl Iterator<Item = (Key, What, Watch)> {
    let key = |kind, name: &str| (kind, Arc::from(name));
    let ports = config.ports.iter().map(move |port| {
        let key = key(Kind::Port, &port.name);
        (key, What::Port(port.port), Watch::port(port))
    });
    let processes = config.processes.iter().map(move |process| {
        let arguments = process.arguments.clone();
        let what = What::Process(process.command.clone(), process.full_command, arguments);
        (
            key(Kind::Process, &process.name),
            what,
            Watch::process(process),
        )
    });
    let files = config.files.iter().map(move |file| {
        let what = What::File(file.path.clone());
        (key(Kind::File, &file.name), what, Watch::file())
    });
    ports.chain(processes).chain(files)
}

impl Router {
    /// A watched thing was looked at.
    pub(super) fn watched(
        &mut self,
        now: Instant,
        kind: Kind,
        name: &str,
        reading: i64,
        effects: &mut Vec<Effect>,
    ) {
        let key = (kind, Arc::from(name));
        if !self.watches.has(&key) {
            self.watches.early.insert(key, reading);
            return;
        }
        if let Some((verdict, users)) = self.watches.change(&key, |watch| watch.see(now, reading)) {
            self.follow_watch(now, &key, verdict, &users, effects);
        }
    }

    /// Changes that have lasted long enough.
    pub(super) fn watches_due(&mut self, now: Instant, effects: &mut Vec<Effect>) {
        while let Some((at, key)) = self.watches.due.first().cloned() {
            if at > now {
                break;
            }
            let Some((verdict, users)) = self.watches.change(&key, |watch| watch.tick(now)) else {
                break;
            };
            self.follow_watch(now, &key, verdict, &users, effects);
        }
    }

    fn follow_watch(
        &mut self,
        now: Instant,
        key: &Key,
        standing: Standing,
        users: &[u32],
        effects: &mut Vec<Effect>,
    ) {
        if self.phase != Phase::Running || users.is_empty() {
            return;
        }
        effects.push(told(key, standing));
        for &id in users {
            if let Some(instance) = self.instances.get_mut(id as usize) {
                instance.take_watch(key, standing);
                instance.review(&mut self.shared.turn(now, effects));
                self.touched.push(id);
            }
        }
    }

    /// At a restart, verdicts of the earlier process hold until a change has lasted. What is
    /// no news is not told.
    pub(super) fn restore_watches(
        &mut self,
        now: Instant,
        snapshots: &[Option<Snapshot>],
        effects: &mut Vec<Effect>,
    ) {
        let mut known = BTreeMap::new();
        for (kind, name, verdict) in snapshots.iter().flatten().flat_map(|s| &s.watched) {
            let key: Key = (*kind, Arc::from(name.as_str()));
            self.watches.change(&key, |watch| {
                watch.restore(now, *verdict);
                None
            });
            known.insert(key, *verdict);
        }
        for (key, entry) in &self.watches.entries {
            let verdict = entry.watch.verdict().filter(|_| !entry.users.is_empty());
            let before = known.get(key).or(match key.0 {
                Kind::File => Some(&Standing::Number(0)),
                Kind::Port | Kind::Process => None,
            });
            let news = verdict.filter(|standing| before != Some(standing));
            effects.extend(news.map(|standing| told(key, standing)));
        }
    }
}

impl Instance {
    /// A watched thing counts otherwise from now on.
    fn take_watch(&mut self, key: &Key, standing: Standing) {
        for (tracked, verdict) in self.settings.trackers.iter().zip(&mut self.verdicts) {
            if matches!(&tracked.what, Target::Watched(watched) if watched == key) {
                *verdict = Some(standing);
            }
        }
    }
}

fn told((kind, name): &Key, standing: Standing) -> Effect {
    Effect::Report(Event::WatchVerdict {
        kind: *kind,
        name: name.to_string(),
        standing,
    })
}
