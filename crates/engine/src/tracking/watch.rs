//! Something that is up or down at every moment, and how long a change must last to count.
//!
//! Nothing is run to find out, unlike with scripts: whoever watches tells each change at once.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use vipd_config::model::TrackPort;

use crate::Instant;

/// A kind of thing that is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kind {
    /// A port of this host: up while somebody listens.
    Port,
}

impl Kind {
    /// The word for it in messages.
    pub fn word(self) -> &'static str {
        match self {
            Self::Port => "port",
        }
    }
}

/// One watched thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    rise: Duration,
    fall: Duration,
    /// What it counts as; none before it was first looked at.
    verdict: Option<bool>,
    /// How it was seen last.
    seen: Option<bool>,
    /// When what was seen last becomes the verdict.
    due: Option<Instant>,
}

impl Watch {
    /// Never looked at. The first look counts at once, whatever the delays.
    pub fn new(rise: Duration, fall: Duration) -> Self {
        Self {
            rise,
            fall,
            verdict: None,
            seen: None,
            due: None,
        }
    }

    /// For a port.
    pub fn port(port: &TrackPort) -> Self {
        Self::new(port.rise_delay, port.fall_delay)
    }

    /// Takes new delays from a reload; a change that waits does so by the old one.
    pub fn reconfigure(&mut self, rise: Duration, fall: Duration) {
        (self.rise, self.fall) = (rise, fall);
    }

    /// What it counts as; none before it was first looked at.
    pub fn verdict(&self) -> Option<bool> {
        self.verdict
    }

    /// How it was seen last.
    pub fn seen(&self) -> Option<bool> {
        self.seen
    }

    /// When [`Watch::tick`] is to be called.
    pub fn deadline(&self) -> Option<Instant> {
        self.due
    }

    /// It is up or down at this moment. The new verdict, if it changes at once.
    pub fn see(&mut self, now: Instant, is_up: bool) -> Option<bool> {
        if self.seen.replace(is_up) == Some(is_up) {
            return None;
        }
        let delay = if is_up { self.rise } else { self.fall };
        if self.verdict == Some(is_up) {
            self.due = None;
        } else if self.verdict.is_none() || delay.is_zero() {
            return self.decide(is_up);
        } else {
            self.due = Some(now + delay);
        }
        None
    }

    /// A delay may be over. The new verdict, if it changes.
    pub fn tick(&mut self, now: Instant) -> Option<bool> {
        let is_due = self.due.is_some_and(|due| due <= now);
        let seen = self.seen.filter(|_| is_due)?;
        self.decide(seen)
    }

    /// Carries on with the verdict of an earlier process; whether that changes anything. What
    /// is seen now must last as if it had only just begun.
    pub fn restore(&mut self, now: Instant, verdict: bool) {
        let Some(seen) = self.seen.take() else {
            self.verdict = Some(verdict);
            return;
        };
        self.verdict = Some(verdict);
        self.due = None;
        self.see(now, seen);
    }

    fn decide(&mut self, is_up: bool) -> Option<bool> {
        self.due = None;
        self.verdict = Some(is_up);
        self.verdict
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant(1_000_000_000);
    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_first_look_counts_at_once() {
        let mut watch = Watch::new(SECOND, SECOND);
        assert_eq!(watch.see(NOW, false), Some(false));
    }

    #[test]
    fn a_change_must_last() {
        let mut watch = Watch::new(SECOND * 2, SECOND);
        watch.see(NOW, true);
        assert_eq!(watch.see(NOW, false), None);
        assert_eq!(watch.deadline(), Some(NOW + SECOND));
        assert_eq!(watch.tick(NOW), None);
        assert_eq!(watch.tick(NOW + SECOND), Some(false));
        assert_eq!(watch.deadline(), None);
        assert_eq!(watch.see(NOW + SECOND, true), None);
        assert_eq!(watch.deadline(), Some(NOW + SECOND * 3));
    }

    #[test]
    fn a_change_that_does_not_last_is_forgotten() {
        let mut watch = Watch::new(Duration::ZERO, SECOND);
        watch.see(NOW, true);
        watch.see(NOW, false);
        assert_eq!(watch.see(NOW, true), None);
        assert_eq!(watch.deadline(), None);
        assert_eq!(watch.tick(NOW + SECOND), None);
        assert_eq!(watch.verdict(), Some(true));
    }

    #[test]
    fn a_delay_runs_from_the_first_look_that_differs() {
        let mut watch = Watch::new(Duration::ZERO, SECOND);
        watch.see(NOW, true);
        watch.see(NOW, false);
        watch.see(NOW + SECOND / 2, false);
        assert_eq!(watch.deadline(), Some(NOW + SECOND));
    }

    #[test]
    fn after_a_restart_a_change_still_has_to_last() {
        let mut watch = Watch::new(Duration::ZERO, SECOND);
        watch.see(NOW, false);
        watch.restore(NOW, true);
        assert_eq!(watch.verdict(), Some(true));
        assert_eq!(watch.tick(NOW + SECOND), Some(false));
        let mut watch = Watch::new(Duration::ZERO, Duration::ZERO);
        watch.see(NOW, false);
        watch.restore(NOW, true);
        assert_eq!(watch.verdict(), Some(false));
    }
}
