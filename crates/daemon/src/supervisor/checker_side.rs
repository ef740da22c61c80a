//! The supervisor's dealings with the checker process: start, words, orders, end, and start again.

use std::collections::BTreeMap;
use std::os::fd::{AsFd, AsRawFd};
use std::process::ExitStatus;
use std::time::Duration;

use tokio::time::Instant;
use vipd_config::model::lvs::{MiscCheck, Timeouts};
use vipd_config::model::{Command, Config};
use vipd_engine::event::State;
use vipd_engine::lvs::{CheckId, Saved, SavedKey, SavedState, Told};
use vipd_engine::notify;
use vipd_engine::tracking::watch::Kind;

use super::child::{Checker, Respawn, Running};
use super::child_pid_file::ChildPidFile;
use super::daemon::{Daemon, Phase};
use super::fifos::Source;
use super::happening::Inbox;
use super::hooks::{Hook, Speaker};
use super::material::material;
use super::misc_checks::{MiscChecks, MiscEnded, Order};
use super::parts::{self, Permitted};
use super::pulse::{Advice, Pulse};
use super::security::{self, Runnable};
use crate::messages::{FromChecker, SupervisorKnows, TableNetwork, ToChecker};

/// Pause before the next attempt when a process cannot even be started.
const NO_PROCESS_PAUSE: Duration = Duration::from_secs(1);

/// Pause before the next attempt on a kernel without IPVS.
const NO_IPVS_PAUSE: Duration = Duration::from_mins(1);

/// What the supervisor has of the checker process.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is asked for at another moment of its life"
)]
pub(super) struct CheckerSide {
    pub(super) child: Option<Running<Checker>>,
    /// It was told to end.
    is_told_to_stop: bool,
    /// It has a table that it has not given up in an orderly way.
    has_table: bool,
    /// One was started only to leave for one that could not.
    leaves_after_all: bool,
    /// The kernel has no IPVS: said once, not at each attempt.
    is_unable: bool,
    pub(super) respawn_at: Option<Instant>,
    pub(super) pulse: Option<Pulse>,
    generation: u64,
    respawn: Respawn,
    pid_file: ChildPidFile,
    /// What a successor needs.
    saved: BTreeMap<SavedKey, SavedState>,
    /// Timeouts of the kernel before they were set.
    timeouts_before: Option<Timeouts>,
    /// Who could send pings before that was changed.
    pings_before: Option<String>,
    misc: MiscChecks,
    permitted: Permitted,
}

impl CheckerSide {
    /// No process yet. Its PID file will be there.
    pub(super) fn new(inbox: Inbox, pid_file: ChildPidFile) -> Self {
        Self {
            child: None,
            is_told_to_stop: false,
            has_table: false,
            leaves_after_all: false,
            is_unable: false,
            respawn_at: None,
            pulse: None,
            generation: 0,
            respawn: Respawn::default(),
            pid_file,
            saved: BTreeMap::new(),
            timeouts_before: None,
            pings_before: None,
            misc: MiscChecks::new(inbox),
            permitted: Permitted::default(),
        }
    }

    /// Another configuration holds, with the commands of its checks as they are run.
    pub(super) fn permit(&mut self, config: &Config, checks: BTreeMap<Command, Runnable>) {
        self.permitted.reconfigure(config, checks);
    }

    /// Nothing of it is left behind.
    pub(super) fn close(&mut self) {
        self.misc.abandon_all();
        self.pid_file.remove();
    }
}

impl Daemon {
    /// Starts the checker process and tells it everything, what a dead one left included.
    pub(super) fn start_checker(&mut self) {
        let launch = self.launch("checker");
        let side = &mut self.checker;
        side.generation += 1;
        side.is_told_to_stop = false;
        let child = match Running::start(&launch, side.generation, &self.inbox) {
            Ok(child) => child,
            Err(error) => {
                let text = format!("the checker process cannot be started: {error}");
                side.respawn_at = Some(Instant::now() + NO_PROCESS_PAUSE);
                self.log.line(text);
                return self.checker_ready();
            }
        };
        let complaint = side.pid_file.write(child.pid);
        // How long its adverts may be apart has no meaning here; no instance gives the shortest.
        side.pulse = Some(Pulse::new(&Config::default(), Instant::now()));
        let restored = side.saved.iter().map(|(key, state)| Saved {
            key: key.clone(),
            state: state.clone(),
        });
        let restored = restored.collect();
        let timeouts_before = side.timeouts_before;
        let pings_before = side.pings_before.clone();
        if !side.is_unable {
            self.log.line(format!(
                "Starting Healthcheck child process, pid={}",
                child.pid
            ));
        }
        self.say(complaint);
        let configure = ToChecker::Configure {
            config: Box::new(parts::for_checker(&self.config)),
            known: self.known_to_checker(),
            restored,
            timeouts_before,
            pings_before,
            keep_table: self.options.keep_table,
            network: self.table_network(),
        };
        self.checker.child = Some(child);
        self.send_checker(&configure);
    }

    /// Brings the checker process up to the configuration that holds now: starts it, tells it, or
    /// ends it. Whether it is going to say that it is ready.
    pub(super) fn reconfigure_checker(&mut self, is_wanted: bool) -> bool {
        if is_wanted && (self.checker.child.is_none() || self.checker.is_told_to_stop) {
            if self.checker.child.is_some() {
                // One that is ending: its end starts the next one.
                return false;
            }
            self.checker.respawn_at = None;
            self.checker.is_unable = false;
            self.start_checker();
            return self.checker.child.is_some();
        }
        if self.checker.child.is_some() && !self.checker.is_told_to_stop {
            // Without any virtual server as well: it tells of those that go before it ends.
            self.send_checker(&ToChecker::Reconfigure {
                config: Box::new(parts::for_checker(&self.config)),
                known: self.known_to_checker(),
            });
        }
        if !is_wanted {
            self.checker.respawn_at = None;
            self.tell_checker_to_stop();
        }
        is_wanted
    }

    /// Where the table is, when that is not where the daemon is.
    fn table_network(&self) -> Option<TableNetwork> {
        match self.config.lvs.global.net_namespace.as_deref()? {
            "" => self
                .first_network
                .as_ref()
                .map(|network| TableNetwork::First {
                    pid: std::process::id(),
                    descriptor: network.as_fd().as_raw_fd(),
                }),
            name => Some(TableNetwork::Named(name.to_owned())),
        }
    }

    /// What is found out here for the checker process.
    fn known_to_checker(&self) -> SupervisorKnows {
        let mut messages = Vec::new();
        let material = material(&self.config.lvs.ssl, &mut messages);
        self.say(messages);
        let mut files = self.watching.readings();
        files.retain(|reading| reading.kind == Kind::File);
        SupervisorKnows {
            material,
            files,
            is_master: self
                .director()
                .map(|name| self.state_of(name) == Some(State::Master)),
        }
    }

    /// The `vrrp_instance` that the sync daemon follows.
    pub(super) fn director(&self) -> Option<&str> {
        let daemon = self.config.lvs.global.sync_daemon.as_ref()?;
        daemon.instance.as_deref()
    }

    /// Says something to the checker process, if there is one.
    pub(super) fn send_checker(&self, message: &ToChecker) {
        let Some(child) = &self.checker.child else {
            return;
        };
        if let Err(error) = child.send(message) {
            self.log.line(format!(
                "Healthcheck child process({}) cannot be told anything: {error}",
                child.pid
            ));
        }
    }

    /// Something the checker process says.
    pub(super) fn heard_checker(&mut self, generation: u64, message: FromChecker) {
        let side = &mut self.checker;
        let Some(child) = side.child.as_ref().filter(|c| c.generation == generation) else {
            return;
        };
        let pid = child.pid;
        if let Some(pulse) = &mut side.pulse {
            pulse.heard();
        }
        match message {
            FromChecker::Ready => {
                side.has_table = true;
                side.is_unable = false;
                self.checker_ready();
            }
            FromChecker::Report(event) => self.log.checker_line(pid, event.to_string()),
            FromChecker::Trouble(text) => self.log.checker_line(pid, text),
            FromChecker::Tell(told) => self.tell_for_checker(told),
            FromChecker::Run {
                check,
                attempt,
                command,
            } => self.run_misc(generation, check, attempt, &command),
            FromChecker::Abandon(check) => side.misc.abandon(check),
            FromChecker::Save(Saved { key, state }) => drop(side.saved.insert(key, state)),
            FromChecker::Forget(key) => drop(side.saved.remove(&key)),
            FromChecker::TimeoutsBefore(timeouts) => side.timeouts_before = Some(timeouts),
            FromChecker::PingsBefore(range) => side.pings_before = Some(range),
            FromChecker::Unable(text) => {
                if !std::mem::replace(&mut side.is_unable, true) {
                    self.log.checker_line(pid, text);
                }
                self.checker_ready();
            }
            FromChecker::Status(status) => self.write_checker_dump(&status),
            FromChecker::Alive => {}
            // Its end follows.
            FromChecker::Stopped => {
                side.has_table = false;
                side.saved.clear();
                side.timeouts_before = None;
                side.pings_before = None;
            }
        }
    }

    fn run_misc(&mut self, generation: u64, check: CheckId, attempt: u64, command: &MiscCheck) {
        let order = Order {
            generation,
            check,
            attempt,
        };
        match self.checker.permitted.check(&command.command) {
            Some(runnable) => {
                let runnable = runnable.clone();
                self.checker.misc.begin(order, runnable, command.timeout);
            }
            // It does not know yet that another configuration holds, and asks no more when it does.
            None if self.reload.previous.is_some() => {}
            None => self.log.line(format!(
                "the checker process wants to run {}, which no check is configured to: not run",
                command.command.argv.first().map_or("", String::as_str)
            )),
        }
    }

    /// The command of a check ended.
    pub(super) fn misc_ended(&mut self, ended: MiscEnded) {
        self.say(ended.trouble);
        let order = ended.order;
        if self.checker.misc.ended(order) && order.generation == self.checker.generation {
            self.send_checker(&ToChecker::Checked {
                check: order.check,
                attempt: order.attempt,
                outcome: ended.outcome,
            });
        }
    }

    /// Tells scripts, FIFOs and mail about a virtual or real server.
    fn tell_for_checker(&mut self, told: Told) {
        match told {
            Told::Script {
                subject, command, ..
            } => self.run_server_hook(subject, &command),
            Told::Fifo(line) => {
                let messages = self.fifos.write(&line, Source::Lvs);
                self.say(messages);
            }
            Told::Mail { subject, body } => {
                let mail = notify::Mail { subject, body };
                let settings = &self.config.global.mail;
                let complaint = self.mailer.send(settings, &self.host, &mail);
                self.say(complaint);
            }
        }
    }

    fn run_server_hook(&mut self, subject: String, command: &Command) {
        if !self.checker.permitted.notifies(command) {
            let program = command.argv.first().map_or("", String::as_str);
            return self.log.line(format!(
                "the checker process wants to run {program}, which is not configured: not run"
            ));
        }
        let judgement = security::judge(command, &self.config.global);
        match judgement.runnable {
            Some(runnable) => {
                let complaint = self.hooks.add(Hook {
                    subject: Speaker::Server(subject),
                    word: "",
                    runnable,
                    retry: self.config.global.notify_retry,
                });
                self.say(complaint);
            }
            None => self.say(judgement.messages),
        }
    }

    /// Looks for signs of life of the checker process. One that hangs is killed, and another one
    /// carries on.
    pub(super) fn feel_checker_pulse(&mut self, now: Instant) {
        let is_busy = match self.phase {
            Phase::Starting => true,
            Phase::Running => self.reload.previous.is_some(),
            Phase::Stopping(_) | Phase::Draining(_) | Phase::Done => {
                self.checker.pulse = None;
                return;
            }
        };
        let Some(pulse) = &mut self.checker.pulse else {
            return;
        };
        match pulse.check(now, is_busy) {
            Advice::Wait => {}
            Advice::Ask => self.send_checker(&ToChecker::Ping),
            Advice::Kill => {
                let silence = pulse.silence(now).as_secs();
                self.checker.pulse = None;
                let Some(child) = &self.checker.child else {
                    return;
                };
                let pid = child.pid;
                child.kill();
                self.log.line(format!(
                    "Healthcheck child process({pid}) has given no sign of life for {silence} \
                     seconds, killing it"
                ));
            }
        }
    }

    /// The checker process has ended.
    pub(super) fn checker_ended(&mut self, generation: u64, status: Option<ExitStatus>) {
        let side = &mut self.checker;
        let Some(child) = side.child.take_if(|child| child.generation == generation) else {
            return;
        };
        side.pulse = None;
        side.misc.abandon_all();
        let was_told = std::mem::take(&mut side.is_told_to_stop);
        if matches!(self.phase, Phase::Stopping(_)) {
            // The VRRP process leaves first.
            if self.child.is_none() {
                self.drain();
            }
            return;
        }
        if was_told {
            side.close();
            if self.wanted().checker {
                self.start_checker();
            }
            return;
        }
        if side.is_unable {
            side.respawn_at = Some(Instant::now() + NO_IPVS_PAUSE);
            return;
        }
        let how = status.map_or_else(|| "it does not end".to_owned(), |s| s.to_string());
        let pid = child.pid;
        if self.options.dont_respawn {
            self.log.line(format!(
                "Healthcheck child process({pid}) died ({how}): Exiting"
            ));
            return self.give_up(1);
        }
        self.log.line(format!(
            "Healthcheck child process({pid}) died ({how}): Respawning"
        ));
        let pause = side.respawn.pause_after(child.started.elapsed());
        if pause.is_zero() {
            self.start_checker();
        } else {
            side.respawn_at = Some(Instant::now() + pause);
            self.log.line(format!(
                "Restart of checker process delayed {} seconds: it dies as soon as it is started",
                pause.as_secs()
            ));
            self.checker_ready();
        }
    }

    fn tell_checker_to_stop(&mut self) {
        if self.checker.child.is_some() && !self.checker.is_told_to_stop {
            self.checker.is_told_to_stop = true;
            self.send_checker(&ToChecker::Stop);
        }
    }

    /// Has the checker process leave at the end of the daemon; one that died without leaving gets
    /// a successor that does. Whether there is one to wait for.
    pub(super) fn stop_checker(&mut self) -> bool {
        let side = &mut self.checker;
        side.respawn_at = None;
        if side.child.is_none() {
            if !side.has_table || std::mem::replace(&mut side.leaves_after_all, true) {
                return false;
            }
            self.start_checker();
        }
        self.tell_checker_to_stop();
        self.checker.child.is_some()
    }

    /// The state of an instance, as far as it is known.
    fn state_of(&self, instance: &str) -> Option<State> {
        self.states.get(instance).copied()
    }
}
