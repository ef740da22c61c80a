//! What is watched here for the VRRP process, which opens no file: tracked files and processes.
//!
//! The last reading of everything is kept: a configuration travels with the readings of all that
//! it has watched, and whoever else follows a file finds its number here.

mod files;
mod processes;

use std::collections::BTreeMap;

use tokio::task::JoinHandle;
use vipd_config::model::Config;
use vipd_engine::tracking::watch::Kind;

use super::happening::{Happening, Inbox};
use crate::messages::Reading;

/// Everything that is watched.
#[derive(Debug)]
pub(crate) struct Watching {
    inbox: Inbox,
    readings: BTreeMap<(Kind, String), i64>,
    /// Counts configurations: what was sent by those who watched for an earlier one is old.
    round: u64,
    watchers: Vec<JoinHandle<()>>,
}

/// What somebody who watches has seen.
#[derive(Debug)]
pub(crate) struct Seen {
    round: u64,
    reading: Reading,
}

/// Where those who watch report to.
#[derive(Clone, Debug)]
struct Report {
    inbox: Inbox,
    round: u64,
}

impl Report {
    async fn seen(&self, reading: Reading) {
        let seen = Seen {
            round: self.round,
            reading,
        };
        // When nobody takes it any more, the end of this task is near as well.
        let _ = self.inbox.send(Happening::Seen(seen)).await;
    }

    /// Has a line logged.
    async fn say(&self, text: String) {
        let _ = self.inbox.send(Happening::Trouble(text)).await;
    }
}

impl Watching {
    /// Nothing yet.
    pub(crate) fn new(inbox: Inbox) -> Self {
        Self {
            inbox,
            readings: BTreeMap::new(),
            round: 0,
            watchers: Vec::new(),
        }
    }

    /// Watches what this configuration names, and nothing else, from now on. All of it has been
    /// looked at when this returns. `starts`: files are made that are to be made at the start.
    /// Returns log lines.
    pub(crate) fn follow(&mut self, config: &Config, starts: bool) -> Vec<String> {
        self.stop();
        let mut messages = Vec::new();
        let report = Report {
            inbox: self.inbox.clone(),
            round: self.round,
        };
        let before = std::mem::take(&mut self.readings);
        if !config.files.is_empty() {
            let (files, said) = files::Files::look(&config.files, starts, |name| {
                before.get(&(Kind::File, name.to_owned())).copied()
            });
            messages.extend(said);
            self.keep_all(files.readings());
            self.watchers
                .push(tokio::spawn(files.follow(report.clone())));
        }
        if !config.processes.is_empty() {
            let buffer = config.global.process_events_buffer;
            let processes = processes::Processes::look(&config.processes, buffer);
            messages.extend(processes.mention(self.round == 1));
            self.keep_all(processes.readings());
            self.watchers.push(tokio::spawn(processes.follow(report)));
        }
        messages
    }

    /// Watches nothing any more.
    pub(crate) fn stop(&mut self) {
        self.round += 1;
        for watcher in self.watchers.drain(..) {
            watcher.abort();
        }
    }

    fn keep_all(&mut self, readings: Vec<Reading>) {
        for Reading { kind, name, value } in readings {
            self.readings.insert((kind, name), value);
        }
    }

    /// Takes what was seen; none when it is old.
    pub(crate) fn take(&mut self, seen: Seen) -> Option<Reading> {
        if seen.round != self.round {
            return None;
        }
        self.keep_all(vec![seen.reading.clone()]);
        Some(seen.reading)
    }

    /// The last reading of everything that is watched.
    pub(crate) fn readings(&self) -> Vec<Reading> {
        let readings = self.readings.iter();
        readings
            .map(|((kind, name), value)| Reading {
                kind: *kind,
                name: name.clone(),
                value: *value,
            })
            .collect()
    }
}
