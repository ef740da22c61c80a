//! The end of the daemon, in order: the VRRP process leaves, then the checker process (as long as
//! addresses are here, connections to them are served), then the last scripts and mails.
//!
//! A script that runs is never killed for it: it may be the one that stops the daemon, or even
//! the one that starts it again.

use std::time::Duration;

use tokio::time::Instant;

use super::daemon::{Daemon, Phase};
use crate::messages::ToVrrp;

/// How long the last scripts and mails are waited for.
const DRAIN: Duration = Duration::from_secs(1);

impl Daemon {
    /// Begins the end.
    pub(super) fn stop(&mut self) {
        match self.phase {
            Phase::Starting | Phase::Running => {}
            Phase::Stopping(_) | Phase::Draining(_) | Phase::Done => return,
        }
        self.log.line("Stopping");
        self.service.stopping();
        self.trackers.stop();
        self.respawn_at = None;
        self.spare = None;
        self.send(&ToVrrp::Stop);
        self.wait_for_child();
    }

    /// A VRRP process that died or hung has left its addresses behind. Another one is started from
    /// what it left, only to leave in an orderly way: priority 0, addresses removed. False when
    /// that was tried already or there is nothing to leave.
    fn leave_after_all(&mut self) -> bool {
        if self.has_left || self.leaves_after_all || self.snapshots.is_empty() {
            return false;
        }
        self.leaves_after_all = true;
        self.start_child();
        self.send(&ToVrrp::Stop);
        self.child.is_some()
    }

    /// Begins the end because the daemon cannot go on. The VRRP process ends by itself or is dead.
    pub(super) fn give_up(&mut self, status: u8) {
        self.status = status;
        match self.phase {
            Phase::Starting | Phase::Running => {}
            Phase::Stopping(_) | Phase::Draining(_) | Phase::Done => return,
        }
        self.service.stopping();
        self.trackers.stop();
        self.respawn_at = None;
        self.spare = None;
        self.wait_for_child();
    }

    fn wait_for_child(&mut self) {
        if self.child.is_some() || self.leave_after_all() {
            let patience = self.config.root.child_wait_time;
            self.phase = Phase::Stopping(Instant::now() + patience);
        } else {
            self.drain();
        }
    }

    /// A process takes too long.
    pub(super) fn lose_patience(&mut self) {
        if let Some(child) = &self.child {
            self.log.line(format!(
                "VRRP child process({}) has not terminated, killing it",
                child.pid
            ));
            child.kill();
        } else if let Some(child) = &self.checker.child {
            self.log.line(format!(
                "Healthcheck child process({}) has not terminated, killing it",
                child.pid
            ));
            child.kill();
        } else {
            return self.drain();
        }
        // Its end is told soon, and told even if it cannot be killed.
        self.phase = Phase::Stopping(Instant::now() + DRAIN);
    }

    /// The VRRP process is gone: the last scripts and mails get a moment.
    pub(super) fn drain(&mut self) {
        if self.leave_after_all() {
            self.phase = Phase::Stopping(Instant::now() + DRAIN);
            return;
        }
        if self.stop_checker() {
            let patience = self.config.root.child_wait_time;
            self.phase = Phase::Stopping(Instant::now() + patience);
            return;
        }
        self.phase = Phase::Draining(Instant::now() + DRAIN);
        self.finish_when_drained();
    }

    /// Ends at once when nothing is left to wait for.
    pub(super) fn finish_when_drained(&mut self) {
        if matches!(self.phase, Phase::Draining(_)) && self.hooks.is_idle() && self.mailer.is_idle()
        {
            self.phase = Phase::Done;
        }
    }
}
