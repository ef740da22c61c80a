//! The supervisor's dealings with the VRRP process: start, words, end, and start again.

use std::process::ExitStatus;
use std::time::Duration;

use tokio::time::Instant;
use vipd_config::model::Global;
use vipd_engine::input::ScriptOutcome;
use vipd_engine::tracking::watch::Kind;
use vipd_linux::{clock, memory};

use super::child::Launch;
use super::daemon::{Daemon, Phase};
use super::dumps::Dump;
use super::parts::{self, Wanted};
use super::pulse::{Advice, Pulse};
use super::watching::Seen;
use crate::messages::{FromVrrp, ToChecker, ToVrrp, VrrpOptions};

/// Pause before the next attempt when a process cannot even be started.
const NO_PROCESS_PAUSE: Duration = Duration::from_secs(1);

/// Messages of the VRRP process that leave so much free memory behind that it is given back.
const STORM: u32 = 256;

/// How long instances wait with their timers: `vrrp_startup_delay`, and no less than what is left
/// of `vrrp_delay_after_boot`.
fn startup_delay(global: &Global, since_boot: Duration) -> Duration {
    let left = global.delay_after_boot.saturating_sub(since_boot);
    global.startup_delay.max(left)
}

impl Daemon {
    /// Starts the VRRP process and tells it everything, what a dead one left included.
    pub(super) fn start_child(&mut self) {
        let child = match self.fresh_process() {
            Ok(child) => child,
            Err(error) => return self.cannot_start(&error),
        };
        self.log
            .line(format!("Starting VRRP child process, pid={}", child.pid));
        let complaint = self.vrrp_pid_file.write(child.pid);
        self.say(complaint);
        let now = Instant::now();
        self.pulse = Some(Pulse::new(&self.config, now));
        let silence = self
            .silent_since
            .map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        let mut restored = self.snapshots.all();
        for snapshot in &mut restored {
            snapshot.silence = silence;
        }
        let mut config = Box::new(parts::for_vrrp(&self.config));
        let since_boot = Duration::from_nanos(clock::nanos_since_boot());
        config.global.startup_delay = startup_delay(&config.global, since_boot);
        let configure = ToVrrp::Configure {
            config,
            restored,
            changed: self.changed_settings.list(),
            options: VrrpOptions {
                keep_addresses: self.options.keep_addresses,
                monitor_addresses: self.options.monitor_addresses,
            },
            watched: self.watching.readings(),
        };
        self.child = Some(child);
        self.send(&configure);
        // A successor need not wait for scripts that have run already.
        let known: Vec<(String, ScriptOutcome)> = self
            .trackers
            .last()
            .map(|(name, outcome)| (name.to_owned(), outcome))
            .collect();
        for (script, outcome) in known {
            self.send(&ToVrrp::Script { script, outcome });
        }
    }

    /// How the child that plays this part is started.
    pub(super) fn launch(&self, part: &str) -> Launch {
        let options = &self.options;
        let is_vipd = options.invoked_as == "vipd";
        let name = self.config.global.process_names.get(part);
        Launch {
            arguments: if is_vipd {
                vec![format!("vipd: {part}").into()]
            } else {
                options.arguments.clone()
            },
            name: name.unwrap_or(&options.invoked_as).clone(),
            keeps_stderr: options.foreground,
        }
    }

    fn cannot_start(&mut self, error: &std::io::Error) {
        self.log
            .line(format!("the VRRP process cannot be started: {error}"));
        match self.phase {
            Phase::Running if !self.options.dont_respawn => {
                self.respawn_at = Some(Instant::now() + NO_PROCESS_PAUSE);
            }
            Phase::Starting | Phase::Running => self.give_up(1),
            Phase::Stopping(_) | Phase::Draining(_) | Phase::Done => {}
        }
    }

    /// Says something to the VRRP process, if there is one.
    pub(super) fn send(&self, message: &ToVrrp) {
        let Some(child) = &self.child else { return };
        if let Err(error) = child.send(message) {
            self.log.line(format!(
                "VRRP child process({}) cannot be told anything: {error}",
                child.pid
            ));
        }
    }

    /// Asks the VRRP process for a sign of life.
    pub(super) fn ping(&self) {
        self.send(&ToVrrp::Ping);
    }

    /// Looks for signs of life of the VRRP process. One that hangs is killed, and another one
    /// carries on.
    pub(super) fn feel_pulse(&mut self, now: Instant) {
        let is_busy = match self.phase {
            Phase::Starting => true,
            Phase::Running => self.reload.previous.is_some(),
            Phase::Stopping(_) | Phase::Draining(_) | Phase::Done => {
                self.pulse = None;
                return;
            }
        };
        let Some(pulse) = &mut self.pulse else { return };
        match pulse.check(now, is_busy) {
            Advice::Wait => {}
            Advice::Ask => {
                self.ping();
                self.rest();
                self.keep_spare();
            }
            Advice::Kill => {
                let silence = pulse.silence(now);
                self.silent_since = Some(now - silence);
                self.pulse = None;
                let Some(child) = &self.child else { return };
                self.log.line(format!(
                    "VRRP child process({}) has given no sign of life for {} seconds, killing it",
                    child.pid,
                    silence.as_secs()
                ));
                child.kill();
            }
        }
    }

    /// After a storm, such as a thousand takeovers, memory is given back.
    fn rest(&mut self) {
        if self.heard_since >= STORM {
            self.heard_since = 0;
            self.snapshots.gather();
            memory::give_back();
            memory::give_back_code();
        }
    }

    /// Something the VRRP process says.
    pub(super) fn heard(&mut self, generation: u64, message: FromVrrp) {
        let Some(child) = &self.child else { return };
        if child.generation != generation {
            return;
        }
        let pid = child.pid;
        self.silent_since = None;
        self.heard_since = self.heard_since.saturating_add(1);
        if let Some(pulse) = &mut self.pulse {
            pulse.heard();
        }
        match message {
            FromVrrp::Ready => self.child_ready(),
            FromVrrp::Report { event, .. } => {
                self.log.event(pid, &event);
                self.tell(&event);
            }
            FromVrrp::Trouble(text) | FromVrrp::Note(text) => self.log.vrrp_line(pid, text),
            FromVrrp::Save(snapshot) => {
                if let Err(error) = self.snapshots.keep(&snapshot) {
                    let name = &snapshot.instance;
                    self.log
                        .line(format!("state of {name} cannot be kept: {error}"));
                }
            }
            FromVrrp::Changed(settings) => {
                let complaint = self.changed_settings.keep(settings);
                self.say(complaint);
            }
            FromVrrp::Status(list) => self.write_dump(&list),
            FromVrrp::Fatal { message, status } => {
                self.log.vrrp_line(pid, message);
                self.give_up(status);
            }
            FromVrrp::Alive => self.service.answered(),
            // Its end follows.
            FromVrrp::Stopped => self.has_left = true,
        }
    }

    /// The VRRP process is ready, at the start or after a reload.
    fn child_ready(&mut self) {
        self.awaited.vrrp = false;
        self.part_ready();
    }

    /// The checker process is ready, or nobody is to wait for it.
    pub(super) fn checker_ready(&mut self) {
        self.awaited.checker = false;
        self.part_ready();
    }

    /// When nobody is waited for, the configuration is in effect.
    pub(super) fn part_ready(&mut self) {
        if self.awaited != Wanted::default() {
            return;
        }
        // The text of the configuration and the message with it are gone now, and the code that
        // read it is not needed before a reload.
        memory::give_back();
        memory::give_back_code();
        if matches!(self.phase, Phase::Starting) {
            self.phase = Phase::Running;
            self.log.line("Startup complete");
            self.service.ready();
            if let Some(back) = self.back.take() {
                back.tell(0);
            }
        }
        self.keep_spare();
        self.reload_complete();
    }

    /// The VRRP process has ended.
    pub(super) fn child_ended(&mut self, generation: u64, status: Option<ExitStatus>) {
        self.spare.take_if(|spare| spare.generation == generation);
        let Some(child) = self.child.take_if(|child| child.generation == generation) else {
            return;
        };
        let now = Instant::now();
        let silence = self.pulse.take().map(|pulse| pulse.silence(now));
        self.silent_since
            .get_or_insert_with(|| now - silence.unwrap_or_default());
        // Whoever waits for a dump gets what is known without the process.
        for _ in 0..self.dumps.len() {
            self.write_dump(&[]);
        }
        if matches!(self.phase, Phase::Stopping(_)) {
            return self.drain();
        }
        let how = status.map_or_else(|| "it does not end".to_owned(), |s| s.to_string());
        let pid = child.pid;
        if self.options.dont_respawn {
            self.log
                .line(format!("VRRP child process({pid}) died ({how}): Exiting"));
            return self.give_up(1);
        }
        self.log.line(format!(
            "VRRP child process({pid}) died ({how}): Respawning"
        ));
        if let Some(back) = self.back.take() {
            // The daemon runs, whatever becomes of its child.
            back.tell(0);
        }
        let pause = self.respawn.pause_after(child.started.elapsed());
        if pause.is_zero() {
            self.start_child();
        } else {
            self.log.line(format!(
                "Restart of VRRP process delayed {} seconds: it dies as soon as it is started",
                pause.as_secs()
            ));
            self.respawn_at = Some(Instant::now() + pause);
        }
    }

    /// A tracked script ended.
    pub(super) fn script_ended(&mut self, script: String, outcome: ScriptOutcome) {
        if self.trackers.keep(&script, outcome) {
            self.send(&ToVrrp::Script { script, outcome });
        }
    }

    /// Something watched was looked at.
    pub(super) fn seen(&mut self, seen: Seen) {
        if let Some(reading) = self.watching.take(seen) {
            if reading.kind == Kind::File {
                self.send_checker(&ToChecker::File(reading.clone()));
            }
            self.send(&ToVrrp::Watched(reading));
        }
    }

    /// Asks the VRRP process for what a dump needs.
    pub(super) fn dump(&mut self, dump: Dump) {
        if dump == Dump::Data {
            // It is answered on its own, as the file is.
            self.send_checker(&ToChecker::Status);
        }
        self.dumps.push_back(dump);
        if self.child.is_some() {
            self.send(&ToVrrp::Status {
                clear: dump == Dump::ClearStatistics,
            });
        } else {
            self.write_dump(&[]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_after_the_boot_is_over_when_the_machine_has_run_for_long() {
        let delay = |startup, after_boot, since_boot| {
            let global = Global {
                startup_delay: Duration::from_secs(startup),
                delay_after_boot: Duration::from_secs(after_boot),
                ..Global::default()
            };
            startup_delay(&global, Duration::from_secs(since_boot)).as_secs()
        };
        assert_eq!(delay(0, 60, 20), 40);
        assert_eq!(delay(0, 60, 60), 0);
        assert_eq!(delay(0, 60, 86_400), 0);
        assert_eq!(delay(50, 60, 20), 50);
        assert_eq!(delay(30, 60, 20), 40);
        assert_eq!(delay(30, 0, 0), 30);
    }
}
