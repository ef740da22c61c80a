//! A balancer with real servers and a table of the kernel that are made up, in virtual time.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use vipd_config::files::MemoryFiles;
use vipd_config::load::Host;
use vipd_config::model::Config;
use vipd_config::model::lvs::CheckerKind;
use vipd_config::reader::Environment;

use crate::Instant;
use crate::input::ScriptOutcome;
use crate::lvs::{
    Balancer, CheckId, DestinationId, DestinationSettings, Effect, Input, Operation, Outcome,
    Present, Probe, Saved, SavedKey, ServiceId, ServiceSettings, Told,
};

/// How long a check takes.
const ANSWER: Duration = Duration::from_millis(1);

/// Reads a configuration.
pub(super) fn config(text: &str) -> Config {
    let files = MemoryFiles::single("k.conf", text);
    let loaded = vipd_config::load(
        &files,
        "k.conf",
        &Environment::default(),
        &Host::unknown("host"),
    );
    loaded.config
}

/// The kernel's table. It takes no operation that has no reason.
#[derive(Default)]
pub(super) struct Kernel {
    pub(super) services: BTreeMap<
        ServiceId,
        (
            ServiceSettings,
            BTreeMap<DestinationId, DestinationSettings>,
        ),
    >,
    pub(super) operations: u64,
}

impl Kernel {
    fn perform(&mut self, operation: &Operation) {
        self.operations += 1;
        match operation {
            Operation::Flush => self.services.clear(),
            Operation::AddService(id, settings) => {
                let new = ((**settings).clone(), BTreeMap::new());
                assert!(self.services.insert(*id, new).is_none(), "{operation:?}");
            }
            Operation::SetService(id, settings) => {
                let entry = self.services.get_mut(id).expect("a service");
                assert_ne!(entry.0, **settings, "{operation:?}");
                entry.0 = (**settings).clone();
            }
            Operation::RemoveService(id) => {
                assert!(self.services.remove(id).is_some(), "{operation:?}");
            }
            Operation::AddDestination(id, at, settings) => {
                let entry = self.services.get_mut(id).expect("a service");
                assert_eq!(entry.1.insert(*at, *settings), None, "{operation:?}");
            }
            Operation::SetDestination(id, at, settings) => {
                let entry = self.services.get_mut(id).expect("a service");
                let before = entry.1.insert(*at, *settings);
                assert!(before.is_some_and(|b| b != *settings), "{operation:?}");
            }
            Operation::RemoveDestination(id, at) => {
                let entry = self.services.get_mut(id).expect("a service");
                assert!(entry.1.remove(at).is_some(), "{operation:?}");
            }
            Operation::SetTimeouts(_)
            | Operation::Mark(_)
            | Operation::RestoreTimeouts
            | Operation::StartSync(..)
            | Operation::StopSync(_) => {}
        }
    }

    pub(super) fn present(&self) -> Vec<Present> {
        let entries = self.services.iter();
        let entries = entries.map(|(id, (settings, destinations))| Present {
            id: *id,
            settings: Some(settings.clone()),
            destinations: destinations.iter().map(|(at, s)| (*at, Some(*s))).collect(),
        });
        entries.collect()
    }
}

/// The world of one balancer.
pub(super) struct World {
    pub(super) now: Instant,
    pub(super) balancer: Balancer,
    pub(super) kernel: Kernel,
    pub(super) saved: BTreeMap<SavedKey, Saved>,
    /// What a successor is told before it starts.
    facts: BTreeMap<String, Input>,
    /// Addresses of checks that are never heard of again.
    pub(super) lost: BTreeSet<IpAddr>,
    /// Addresses that answer no check.
    pub(super) dead: BTreeSet<IpAddr>,
    /// How commands end, by program.
    pub(super) scripts: BTreeMap<String, i32>,
    /// Paths that no web server has.
    pub(super) lost_paths: BTreeSet<String>,
    under_way: Vec<(Instant, Probe)>,
    /// What was ordered, in words.
    pub(super) log: Vec<String>,
    pub(super) probes: Vec<(Instant, CheckId)>,
    pub(super) effects: usize,
}

impl World {
    pub(super) fn new(text: &str) -> Self {
        Self::of(config(text))
    }

    pub(super) fn of(config: Config) -> Self {
        Self {
            now: Instant(1_000_000_000),
            balancer: Balancer::new(Arc::new(config), 7),
            kernel: Kernel::default(),
            saved: BTreeMap::new(),
            facts: BTreeMap::new(),
            lost: BTreeSet::new(),
            dead: BTreeSet::new(),
            scripts: BTreeMap::new(),
            lost_paths: BTreeSet::new(),
            under_way: Vec::new(),
            log: Vec::new(),
            probes: Vec::new(),
            effects: 0,
        }
    }

    pub(super) fn started(text: &str) -> Self {
        let mut world = Self::new(text);
        world.start();
        world
    }

    pub(super) fn start(&mut self) {
        let (table, restored) = (
            self.kernel.present(),
            self.saved.values().cloned().collect(),
        );
        self.input(Input::Start { table, restored });
    }

    /// The process dies, and another one starts.
    pub(super) fn crash(&mut self, config: Config) {
        self.under_way.clear();
        self.balancer = Balancer::new(Arc::new(config), 8);
        for fact in self.facts.clone().into_values() {
            self.input(fact);
        }
        self.start();
    }

    pub(super) fn input(&mut self, input: Input) {
        match &input {
            Input::File { file, .. } => drop(self.facts.insert(file.clone(), input.clone())),
            Input::Address { address, .. } => {
                self.facts.insert(address.to_string(), input.clone());
            }
            Input::Start { .. }
            | Input::Tick
            | Input::Checked { .. }
            | Input::Session { .. }
            | Input::Director { .. }
            | Input::Table(_)
            | Input::Reconfigure(_)
            | Input::Stop { .. } => {}
        }
        let mut effects = Vec::new();
        self.balancer.handle(self.now, input, &mut effects);
        self.effects += effects.len();
        for effect in effects {
            self.perform(effect);
        }
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Probe(probe) => {
                assert!(
                    self.under_way.iter().all(|(_, p)| p.check != probe.check),
                    "{probe:?}"
                );
                self.probes.push((self.now, probe.check));
                if let CheckerKind::Tcp(to) = &*probe.kind
                    && self.lost.contains(&to.to.ip())
                {
                    return;
                }
                self.under_way.push((self.now + ANSWER, probe));
            }
            Effect::Abandon(check) => self.under_way.retain(|(_, p)| p.check != check),
            Effect::Kernel(operation) => {
                self.kernel.perform(&operation);
                self.log.push(shown(&operation));
            }
            Effect::Report(event) => self.log.push(format!("log    {event}")),
            Effect::Tell(Told::Script {
                command, is_last, ..
            }) => {
                let last = if is_last { " (last)" } else { "" };
                self.log
                    .push(format!("script {}{last}", command.argv.join(" ")));
            }
            Effect::Tell(Told::Fifo(line)) => self.log.push(format!("fifo   {}", line.trim_end())),
            Effect::Tell(Told::Mail { subject, body }) => {
                self.log.push(format!("mail   {subject}: {body}"));
            }
            Effect::Save(saved) => drop(self.saved.insert(saved.key.clone(), saved)),
            Effect::Forget(key) => drop(self.saved.remove(&key)),
            Effect::Stopped => self.log.push("stopped".to_owned()),
        }
    }

    /// Lets time pass.
    pub(super) fn run(&mut self, span: Duration) {
        let end = self.now + span;
        loop {
            let due = self.balancer.deadline().map(|(at, _)| at);
            let answer = self.under_way.iter().map(|(at, _)| *at).min();
            let Some(next) = due.into_iter().chain(answer).min().filter(|at| *at <= end) else {
                break;
            };
            self.now = self.now.max(next);
            if answer == Some(next) {
                let place = self.under_way.iter().position(|(at, _)| *at == next);
                let (_, probe) = self.under_way.remove(place.unwrap());
                let outcome = self.outcome(&probe);
                self.input(Input::Checked {
                    check: probe.check,
                    attempt: probe.attempt,
                    outcome,
                });
            } else {
                self.input(Input::Tick);
            }
        }
        self.now = end;
    }

    fn outcome(&self, probe: &Probe) -> Outcome {
        let is_dead = match &*probe.kind {
            CheckerKind::Tcp(to) | CheckerKind::Ping(to) => self.dead.contains(&to.to.ip()),
            CheckerKind::Http(check) => {
                let url = &check.urls[probe.url as usize];
                self.dead.contains(&check.connection.to.ip()) || self.lost_paths.contains(&url.path)
            }
            CheckerKind::Misc(check) => {
                let status = self.scripts.get(&check.command.argv[0]).copied();
                return Outcome::Script(ScriptOutcome::Exited(status.unwrap_or(0)));
            }
            CheckerKind::Smtp(_)
            | CheckerKind::Dns(_)
            | CheckerKind::Udp(_)
            | CheckerKind::File(_)
            | CheckerKind::Bfd(_) => panic!("not asked for here: {probe:?}"),
        };
        if is_dead {
            Outcome::Failure("no answer".to_owned())
        } else {
            Outcome::Success
        }
    }

    /// Does what lines say, and returns what was ordered.
    pub(super) fn play(&mut self, events: &str) -> String {
        for line in events
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
        {
            let words: Vec<&str> = line.split_whitespace().collect();
            let ip = |word: &str| word.parse::<IpAddr>().unwrap();
            self.log.push(format!("-- {line}"));
            match words[..] {
                ["start"] => self.start(),
                ["run", seconds] => self.run(Duration::from_secs_f64(seconds.parse().unwrap())),
                ["loses", server] if server.parse::<IpAddr>().is_ok() => {
                    self.lost.insert(ip(server));
                }
                ["dies", server] => drop(self.dead.insert(ip(server))),
                ["lives", server] => drop(self.dead.remove(&ip(server))),
                ["loses", path] => drop(self.lost_paths.insert(path.to_owned())),
                ["finds", path] => drop(self.lost_paths.remove(path)),
                ["ends", program, status] => {
                    self.scripts
                        .insert(program.to_owned(), status.parse().unwrap());
                }
                ["file", file, value] => self.input(Input::File {
                    file: file.to_owned(),
                    value: value.parse().unwrap(),
                }),
                ["address", address, word] => self.input(Input::Address {
                    address: ip(address),
                    is_here: word == "here",
                }),
                ["director", word] => self.input(Input::Director {
                    is_master: word == "master",
                }),
                ["stop"] => self.input(Input::Stop { keep_table: false }),
                ["leave"] => self.input(Input::Stop { keep_table: true }),
                ["table"] => {
                    let lines = self.table();
                    self.log.extend(lines);
                }
                _ => panic!("no event: {line}"),
            }
        }
        let mut text = String::new();
        for line in self.log.drain(..) {
            writeln!(text, "{line}").unwrap();
        }
        text
    }

    /// The kernel's table.
    pub(super) fn table(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (id, (settings, destinations)) in &self.kernel.services {
            lines.push(format!("{} {}", name(id), settings.scheduler.name()));
            for (at, settings) in destinations {
                lines.push(format!("  {} w{}", at_name(*at), settings.weight));
            }
        }
        lines
    }
}

fn name(id: &ServiceId) -> String {
    match id {
        ServiceId::Address {
            address,
            port,
            protocol,
        } => format!("{} {address}:{port}", protocol.name()),
        ServiceId::Mark { mark, .. } => format!("mark {mark}"),
    }
}

fn at_name(at: DestinationId) -> String {
    format!("{}:{}", at.address, at.port)
}

fn shown(operation: &Operation) -> String {
    let with = |settings: &DestinationSettings| format!("w{}", settings.weight);
    let text = match operation {
        Operation::AddService(id, settings) => {
            format!("+ {} {}", name(id), settings.scheduler.name())
        }
        Operation::SetService(id, settings) => {
            format!("= {} {}", name(id), settings.scheduler.name())
        }
        Operation::RemoveService(id) => format!("- {}", name(id)),
        Operation::AddDestination(id, at, s) => {
            format!("+ {} > {} {}", name(id), at_name(*at), with(s))
        }
        Operation::SetDestination(id, at, s) => {
            format!("= {} > {} {}", name(id), at_name(*at), with(s))
        }
        Operation::RemoveDestination(id, at) => format!("- {} > {}", name(id), at_name(*at)),
        Operation::StartSync(role, _) => format!("sync {role:?} on"),
        Operation::StopSync(role) => format!("sync {role:?} off"),
        Operation::Mark(None) => "marks off".to_owned(),
        Operation::Mark(Some(table)) => {
            let marks = table.marks.iter().map(|m| {
                let (name, port) = (m.protocol.name(), m.port);
                format!("{}-{}:{name}:{port}={}", m.first, m.last, m.mark)
            });
            let marks: Vec<String> = marks.collect();
            format!(
                "marks {} {}: {}",
                table.name,
                table.priority,
                marks.join(" ")
            )
        }
        Operation::Flush | Operation::SetTimeouts(_) | Operation::RestoreTimeouts => {
            format!("{operation:?}")
        }
    };
    format!("kernel {text}")
}
