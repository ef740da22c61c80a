//! The service manager (systemd): when the daemon is ready, reloads, stops, and that it lives.

use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use sd_notify::NotifyState;
use tokio::time::Instant;

/// Messages that may wait for a service manager that does not listen; more are dropped.
const WAITING_MAX: usize = 64;

/// Whoever listens at `$NOTIFY_SOCKET`, if anybody does.
#[derive(Debug)]
pub(crate) struct ServiceManager {
    /// To a thread of its own, since it may have to wait; none when nobody is to be told.
    messages: Option<SyncSender<String>>,
    watchdog: Option<Watchdog>,
    status: String,
}

#[derive(Debug)]
struct Watchdog {
    period: Duration,
    next: Instant,
    /// The VRRP process has answered since it was last asked.
    answered: bool,
}

impl ServiceManager {
    /// `wanted`: the command line lets us talk to it.
    pub(crate) fn new(wanted: bool) -> Self {
        let period = sd_notify::watchdog_enabled().map(|limit| limit / 2);
        let is_there = std::env::var_os("NOTIFY_SOCKET").is_some();
        Self {
            messages: (wanted && is_there).then(start).flatten(),
            watchdog: period
                .filter(|period| wanted && !period.is_zero())
                .map(|period| Watchdog {
                    period,
                    next: Instant::now(),
                    answered: false,
                }),
            status: String::new(),
        }
    }

    /// The daemon does its work, after a start or a reload.
    pub(crate) fn ready(&self) {
        self.tell(&[
            NotifyState::Ready,
            NotifyState::MainPid(std::process::id()),
            NotifyState::Status(&self.status),
        ]);
    }

    /// A reload begins.
    pub(crate) fn reloading(&self) {
        match NotifyState::monotonic_usec_now() {
            Ok(now) => self.tell(&[NotifyState::Reloading, now]),
            Err(_) => self.tell(&[NotifyState::Reloading]),
        }
    }

    /// The end begins.
    pub(crate) fn stopping(&self) {
        self.tell(&[NotifyState::Stopping]);
    }

    /// How things stand, in one line.
    pub(crate) fn status(&mut self, text: String) {
        if text != self.status {
            self.status = text;
            self.tell(&[NotifyState::Status(&self.status)]);
        }
    }

    /// When to call [`ServiceManager::check`].
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.watchdog.as_ref().map(|watchdog| watchdog.next)
    }

    /// Says that the daemon lives, if the VRRP process has answered. True when it is time to ask
    /// that process again.
    pub(crate) fn check(&mut self, now: Instant) -> bool {
        let Some(watchdog) = &mut self.watchdog else {
            return false;
        };
        if now < watchdog.next {
            return false;
        }
        watchdog.next = now + watchdog.period;
        if std::mem::take(&mut watchdog.answered) {
            self.tell(&[NotifyState::Watchdog]);
        }
        true
    }

    /// The VRRP process has answered.
    pub(crate) fn answered(&mut self) {
        if let Some(watchdog) = &mut self.watchdog {
            watchdog.answered = true;
        }
    }

    fn tell(&self, states: &[NotifyState<'_>]) {
        if let Some(messages) = &self.messages {
            let lines: Vec<String> = states.iter().map(ToString::to_string).collect();
            // A service manager that does not listen is not our trouble.
            let _ = messages.try_send(lines.join("\n"));
        }
    }
}

/// Starts the thread that hands messages over.
fn start() -> Option<SyncSender<String>> {
    let (messages, waiting) = sync_channel::<String>(WAITING_MAX);
    thread::Builder::new()
        .name("service".to_owned())
        .spawn(move || {
            while let Ok(message) = waiting.recv() {
                // It may have gone.
                let _ = sd_notify::notify(&[NotifyState::Custom(&message)]);
            }
        })
        .ok()?;
    Some(messages)
}
