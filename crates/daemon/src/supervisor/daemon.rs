//! The state of the supervisor and its one loop: everything that happens arrives here and is
//! handed on; nothing is waited for.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;
use vipd_config::model::{Command, Config};
use vipd_engine::Event;
use vipd_engine::event::State;
use vipd_engine::notify::{Notification, Script, Teller};
use vipd_linux::namespace::Network;
use vipd_linux::process::Back;

use super::Options;
use super::alarm::AlarmClock;
use super::checker_side::CheckerSide;
use super::child::{Respawn, Running, Vrrp};
use super::child_pid_file::ChildPidFile;
use super::dumps::Dump;
use super::fifos::{Fifos, Source};
use super::happening::{Happening, Inbox, WAITING_MAX};
use super::hooks::{self, Hook, Hooks, Speaker};
use super::kept_settings::KeptSettings;
use super::log::Log;
use super::mail::Mailer;
use super::options::title;
use super::parts::Wanted;
use super::pulse::Pulse;
use super::runner::Run;
use super::security::{self, Runnable};
use super::service::ServiceManager;
use super::signals::{self, Signal};
use super::snapshots::Snapshots;
use super::timed_reload::TimedReload;
use super::trackers::{Tracked, Trackers};
use super::watching::Watching;
use crate::host;
use crate::messages::ToChecker;

/// How far the daemon is in its life.
#[derive(Debug)]
pub(super) enum Phase {
    /// The VRRP process has not said yet that it is ready.
    Starting,
    /// All is as it should be.
    Running,
    /// The VRRP process was told to end; at this moment it is killed.
    Stopping(Instant),
    /// The last scripts and mails are waited for, until this moment.
    Draining(Instant),
    /// The loop ends.
    Done,
}

/// A reload that is under way.
#[derive(Debug, Default)]
pub(super) struct Reload {
    /// The configuration before, while the VRRP process changes over.
    pub(super) previous: Option<Arc<Teller>>,
    /// Another reload was asked for meanwhile.
    pub(super) again: bool,
}

/// The supervisor.
pub(super) struct Daemon {
    pub(super) options: Options,
    pub(super) log: Log,
    pub(super) host: String,
    pub(super) inbox: Inbox,
    arrivals: mpsc::Receiver<Happening>,
    pub(super) config: Arc<Config>,
    /// Who is to be told what, by this configuration.
    pub(super) teller: Arc<Teller>,
    pub(super) reload: Reload,
    pub(super) phase: Phase,
    /// Exit status.
    pub(super) status: u8,
    /// The process in front that waits to hear how the start went.
    pub(super) back: Option<Back>,
    pub(super) child: Option<Running<Vrrp>>,
    /// One that waits to take the place of that one.
    pub(super) spare: Option<Running<Vrrp>>,
    /// The checker process.
    pub(super) checker: CheckerSide,
    /// Processes that have not said yet that the configuration is in effect.
    pub(super) awaited: Wanted,
    /// Signs of life of the VRRP process.
    pub(super) pulse: Option<Pulse>,
    /// Messages of the VRRP process since memory was last given back.
    pub(super) heard_since: u32,
    /// Since when no VRRP process has done its work.
    pub(super) silent_since: Option<Instant>,
    pub(super) generation: u64,
    pub(super) respawn: Respawn,
    pub(super) respawn_at: Option<Instant>,
    /// The VRRP process has said that it left in an orderly way.
    pub(super) has_left: bool,
    /// A VRRP process was started only to leave for one that could not.
    pub(super) leaves_after_all: bool,
    /// What a successor of the VRRP process needs, by instance.
    pub(super) snapshots: Snapshots,
    /// Settings of the kernel that the VRRP process has changed.
    pub(super) changed_settings: KeptSettings,
    /// Who is in which state.
    pub(super) states: BTreeMap<Box<str>, State>,
    /// How many are in each state.
    census: BTreeMap<State, usize>,
    pub(super) vrrp_pid_file: ChildPidFile,
    pub(super) trackers: Trackers,
    /// Files and processes.
    pub(super) watching: Watching,
    /// Reloads that a file has scheduled.
    pub(super) timed_reload: TimedReload,
    pub(super) hooks: Hooks,
    pub(super) fifos: Fifos,
    pub(super) mailer: Mailer,
    pub(super) service: ServiceManager,
    /// The network namespace in which it was started, when it is in another one now.
    pub(super) first_network: Option<Network>,
    /// Dumps that wait for the status of the VRRP process.
    pub(super) dumps: VecDeque<Dump>,
}

impl Daemon {
    /// A supervisor for a configuration. To be made inside the runtime.
    pub(super) fn new(
        options: Options,
        log: Log,
        config: Config,
        vrrp_pid_file: ChildPidFile,
        checker_pid_file: ChildPidFile,
        back: Option<Back>,
    ) -> Self {
        let (inbox, arrivals) = mpsc::channel(WAITING_MAX);
        let config = Arc::new(config);
        let service = ServiceManager::new(options.notify_systemd);
        Self {
            options,
            log,
            host: host::name(),
            arrivals,
            teller: Arc::new(Teller::new(Arc::clone(&config))),
            config,
            reload: Reload::default(),
            phase: Phase::Starting,
            status: 0,
            back,
            child: None,
            spare: None,
            checker: CheckerSide::new(inbox.clone(), checker_pid_file),
            awaited: Wanted::default(),
            pulse: None,
            heard_since: 0,
            silent_since: None,
            generation: 0,
            respawn: Respawn::default(),
            respawn_at: None,
            has_left: false,
            leaves_after_all: false,
            snapshots: Snapshots::default(),
            changed_settings: KeptSettings::load(vrrp_pid_file.path()),
            states: BTreeMap::new(),
            census: BTreeMap::new(),
            vrrp_pid_file,
            trackers: Trackers::new(inbox.clone()),
            watching: Watching::new(inbox.clone()),
            timed_reload: TimedReload::new(inbox.clone()),
            hooks: Hooks::new(inbox.clone(), hooks::TIMEOUT),
            fifos: Fifos::new(inbox.clone()),
            mailer: Mailer::start(inbox.clone()),
            service,
            first_network: None,
            dumps: VecDeque::new(),
            inbox,
        }
    }

    /// Lives from the first start of the children to the end of everything; returns the exit
    /// status.
    pub(super) async fn live(
        mut self,
        tracked: Vec<Tracked>,
        misc: BTreeMap<Command, Runnable>,
    ) -> u8 {
        if let Err(error) = signals::listen(&self.inbox) {
            self.log
                .line(format!("signals cannot be received: {error}"));
            return self.end(1);
        }
        let mut alarm = match AlarmClock::new() {
            Ok(alarm) => alarm,
            Err(error) => {
                self.log.line(format!("there is no timer: {error}"));
                return self.end(1);
            }
        };
        self.run_startup_script().await;
        self.configure_fifos();
        self.timed_reload.follow(&self.config.global);
        self.checker.permit(&self.config, misc);
        self.start_parts(tracked);
        while !matches!(self.phase, Phase::Done) {
            let deadline = self.deadline();
            tokio::select! {
                Some(happening) = self.arrivals.recv() => self.handle(happening),
                Ok(()) = alarm.until(deadline) => self.tick(Instant::now()),
            }
        }
        self.run_shutdown_script().await;
        let status = self.status;
        self.end(status)
    }

    /// Which processes the configuration that holds now needs.
    pub(super) fn wanted(&self) -> Wanted {
        Wanted::of(&self.options, &self.config)
    }

    fn start_parts(&mut self, tracked: Vec<Tracked>) {
        let wanted = self.wanted();
        self.awaited = wanted;
        self.watch(true);
        if wanted.vrrp {
            self.start_child();
            self.trackers.track(tracked);
        }
        if wanted.checker {
            self.start_checker();
        }
        self.part_ready();
    }

    /// The only way in.
    fn handle(&mut self, happening: Happening) {
        match happening {
            Happening::Signal(signal) => self.signalled(signal),
            Happening::Vrrp {
                generation,
                message,
            } => self.heard(generation, *message),
            Happening::VrrpEnded { generation, status } => self.child_ended(generation, status),
            Happening::Checker {
                generation,
                message,
            } => self.heard_checker(generation, *message),
            Happening::CheckerEnded { generation, status } => {
                self.checker_ended(generation, status);
            }
            Happening::Misc(ended) => self.misc_ended(ended),
            Happening::Script { name, outcome } => self.script_ended(name, outcome),
            Happening::Seen(seen) => self.seen(seen),
            Happening::Trouble(text) => self.log.line(text),
            Happening::TimeToReload { path } => {
                let (is_time, complaint) = self.timed_reload.arrived(&path);
                self.say(complaint);
                if is_time {
                    self.reload();
                }
            }
            Happening::Hook(ended) => {
                let complaint = self.hooks.ended(ended);
                self.say(complaint);
            }
            Happening::FifoReaderEnded { path } => {
                self.log
                    .line(format!("notify FIFO script for {path} terminated"));
            }
            Happening::Mail(text) => {
                self.mailer.finished();
                self.log.line(text);
            }
        }
        self.finish_when_drained();
    }

    fn signalled(&mut self, signal: Signal) {
        match signal {
            Signal::Stop => self.stop(),
            Signal::Reload => self.reload(),
            Signal::Data => self.dump(Dump::Data),
            Signal::Statistics => self.dump(Dump::Statistics),
            Signal::ClearStatistics => self.dump(Dump::ClearStatistics),
            Signal::Json => self.dump(Dump::Json),
        }
    }

    /// When [`Daemon::tick`] has something to do.
    fn deadline(&self) -> Option<Instant> {
        let phase = match self.phase {
            Phase::Stopping(at) | Phase::Draining(at) => Some(at),
            Phase::Starting | Phase::Running | Phase::Done => None,
        };
        let pulses = [&self.pulse, &self.checker.pulse];
        [phase, self.respawn_at, self.service.deadline()]
            .into_iter()
            .chain([self.checker.respawn_at])
            .chain(pulses.map(|pulse| pulse.as_ref().map(Pulse::deadline)))
            .flatten()
            .min()
    }

    fn tick(&mut self, now: Instant) {
        if self.service.check(now) {
            self.ping();
        }
        self.feel_pulse(now);
        self.feel_checker_pulse(now);
        if self.respawn_at.is_some_and(|at| at <= now) {
            self.respawn_at = None;
            self.start_child();
        }
        if self.checker.respawn_at.is_some_and(|at| at <= now) {
            self.checker.respawn_at = None;
            self.start_checker();
        }
        match self.phase {
            Phase::Stopping(at) if at <= now => self.lose_patience(),
            Phase::Draining(at) if at <= now => {
                self.hooks.release();
                self.phase = Phase::Done;
            }
            Phase::Starting
            | Phase::Running
            | Phase::Stopping(_)
            | Phase::Draining(_)
            | Phase::Done => {}
        }
    }

    /// Tells scripts, FIFOs and mail about an event of the VRRP process.
    pub(super) fn tell(&mut self, event: &Event) {
        // What a reload removes is only in the configuration before it.
        let teller = match (event, &self.reload.previous) {
            (Event::InstanceDeleted { .. }, Some(previous)) => Arc::clone(previous),
            _ => Arc::clone(&self.teller),
        };
        let config = teller.config();
        for notification in teller.notifications(event) {
            match notification {
                Notification::Script(script) => self.run_hook(config, script),
                Notification::Fifo(line) => {
                    let messages = self.fifos.write(&line, Source::Vrrp);
                    self.say(messages);
                }
                Notification::Mail(mail) => {
                    let settings = &config.global.mail;
                    let complaint = self.mailer.send(settings, &self.host, &mail);
                    self.say(complaint);
                }
            }
        }
        self.keep_state(event);
    }

    fn run_hook(&mut self, config: &Config, script: Script) {
        let command = Command {
            argv: script.argv,
            user: script.user,
        };
        let judgement = security::judge(&command, &config.global);
        match judgement.runnable {
            Some(runnable) => {
                let complaint = self.hooks.add(Hook {
                    subject: Speaker::Vrrp(script.subject),
                    word: script.word,
                    runnable,
                    retry: config.global.notify_retry,
                });
                self.say(complaint);
            }
            None => self.say(judgement.messages),
        }
    }

    /// Keeps the states of instances for the service manager.
    fn keep_state(&mut self, event: &Event) {
        self.tell_director(event);
        let (before, after) = if let Event::StateChanged { instance, to, .. } = event {
            (self.states.insert(instance.as_str().into(), *to), Some(*to))
        } else if let Event::InstanceDeleted { instance, .. } = event {
            (self.states.remove(instance.as_str()), None)
        } else {
            return;
        };
        if let Some(count) = before.and_then(|state| self.census.get_mut(&state)) {
            *count -= 1;
        }
        if let Some(state) = after {
            *self.census.entry(state).or_default() += 1;
        }
        let count = |state| self.census.get(&state).copied().unwrap_or(0);
        let text = format!(
            "{} MASTER, {} BACKUP, {} FAULT",
            count(State::Master),
            count(State::Backup),
            count(State::Fault)
        );
        self.service.status(text);
    }

    /// Tells the checker process of the instance that its sync daemon follows.
    fn tell_director(&self, event: &Event) {
        let Event::StateChanged { instance, to, .. } = event else {
            return;
        };
        if self.director() == Some(instance.as_str()) {
            let is_master = *to == State::Master;
            self.send_checker(&ToChecker::Director { is_master });
        }
    }

    /// Watches what the configuration that holds now names. `starts`: the daemon does.
    pub(super) fn watch(&mut self, starts: bool) {
        let config = Arc::clone(&self.config);
        let messages = self.watching.follow(&config, starts);
        self.say(messages);
    }

    /// Opens the FIFOs of the configuration that holds now.
    pub(super) fn configure_fifos(&mut self) {
        let config = Arc::clone(&self.config);
        let messages = self.fifos.configure(&config);
        self.say(messages);
    }

    /// Logs lines.
    pub(super) fn say(&self, messages: impl IntoIterator<Item = String>) {
        for message in messages {
            self.log.line(message);
        }
    }

    async fn run_startup_script(&self) {
        if let Some((command, limit)) = &self.config.global.startup_script {
            self.run_once("startup", command, *limit).await;
        }
    }

    async fn run_shutdown_script(&self) {
        if let Some((command, limit)) = &self.config.global.shutdown_script {
            self.run_once("shutdown", command, *limit).await;
        }
    }

    async fn run_once(&self, kind: &str, command: &Command, limit: Duration) {
        let judgement = security::judge(command, &self.config.global);
        let Some(runnable) = judgement.runnable else {
            return self.say(judgement.messages);
        };
        let program = runnable.argv.first().map_or("", String::as_str);
        self.log.line(format!("Running {kind} script {program}"));
        match Run::start(&runnable) {
            Ok(mut run) => {
                let ended = run.finish(limit).await;
                self.log.line(format!("{kind} script {ended}"));
            }
            Err(error) => self
                .log
                .line(format!("Call of {kind} script {program} failed: {error}")),
        }
    }

    /// The very end: nothing of the daemon is left behind.
    fn end(mut self, status: u8) -> u8 {
        self.fifos.close();
        self.checker.close();
        self.vrrp_pid_file.remove();
        if let Some(back) = self.back.take() {
            back.tell(status);
        }
        let title = title(&self.options.invoked_as);
        self.log.line(format!("Stopped {title}"));
        self.log.flush();
        status
    }
}
