//! Something that is up or down at every moment, or a number, and how long a change must last
//! to count.
//!
//! Nothing is run to find out, unlike with scripts: whoever watches tells each change at once,
//! as a number that is judged here: how many listen, how many processes run, what a file says.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use vipd_config::model::{TrackPort, TrackProcess};

use super::standing::Standing;
use crate::Instant;

/// A kind of thing that is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kind {
    /// A port of this host: up while somebody listens.
    Port,
    /// Processes of this host: up while enough of them run.
    Process,
    /// A file: the number in it.
    File,
}

impl Kind {
    /// The word for it in messages.
    pub fn word(self) -> &'static str {
        match self {
            Self::Port => "port",
            Self::Process => "process",
            Self::File => "file",
        }
    }
}

/// What a reading means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Meaning {
    /// Up from `min` to `max`.
    Count { min: u32, max: Option<u32> },
    /// The number itself counts.
    Number,
}

/// One watched thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    meaning: Meaning,
    /// How long a change must last that a larger reading brings.
    rise: Duration,
    /// How long a change must last that a smaller reading brings.
    fall: Duration,
    /// What it counts as; none before it was first looked at.
    verdict: Option<Standing>,
    /// What was read last.
    reading: Option<i64>,
    /// When what was read last becomes the verdict.
    due: Option<Instant>,
}

impl Watch {
    /// Up while the reading is at least 1. Never looked at; the first look counts at once,
    /// whatever the delays.
    pub fn new(rise: Duration, fall: Duration) -> Self {
        Self {
            meaning: Meaning::Count { min: 1, max: None },
            rise,
            fall,
            verdict: None,
            reading: None,
            due: None,
        }
    }

    /// For a port.
    pub fn port(port: &TrackPort) -> Self {
        Self::new(port.rise_delay, port.fall_delay)
    }

    /// For processes (`quorum`, `quorum_max`, `fork_delay`, `terminate_delay`).
    pub fn process(process: &TrackProcess) -> Self {
        let meaning = Meaning::Count {
            min: process.quorum,
            max: process.quorum_max,
        };
        Self {
            meaning,
            ..Self::new(process.fork_delay, process.terminate_delay)
        }
    }

    /// For a file, which has no delays.
    pub fn file() -> Self {
        Self {
            meaning: Meaning::Number,
            ..Self::new(Duration::ZERO, Duration::ZERO)
        }
    }

    /// Takes the delays and bounds of another from a reload; a change that waits does so by the
    /// old delay, unless bounds have changed: then what was read counts at once.
    pub fn reconfigure(&mut self, new: &Self) {
        (self.rise, self.fall) = (new.rise, new.fall);
        if std::mem::replace(&mut self.meaning, new.meaning) != new.meaning {
            self.due = None;
            self.verdict = self.seen();
        }
    }

    /// What it counts as; none before it was first looked at.
    pub fn verdict(&self) -> Option<Standing> {
        self.verdict
    }

    /// What was read last.
    pub fn reading(&self) -> Option<i64> {
        self.reading
    }

    /// When [`Watch::tick`] is to be called.
    pub fn deadline(&self) -> Option<Instant> {
        self.due
    }

    /// This is read at this moment. The new verdict, if it changes at once.
    pub fn see(&mut self, now: Instant, reading: i64) -> Option<Standing> {
        let before = self.reading.replace(reading);
        let standing = self.judge(reading);
        let delay = if before.is_none_or(|before| before < reading) {
            self.rise
        } else {
            self.fall
        };
        if self.verdict == Some(standing) {
            self.due = None;
        } else if self.verdict.is_none() || delay.is_zero() {
            return self.decide(standing);
        } else if self.due.is_none() {
            self.due = Some(now + delay);
        }
        None
    }

    /// A delay may be over. The new verdict, if it changes.
    pub fn tick(&mut self, now: Instant) -> Option<Standing> {
        let is_due = self.due.is_some_and(|due| due <= now);
        let seen = self.seen().filter(|_| is_due)?;
        self.decide(seen)
    }

    /// Carries on with the verdict of an earlier process. What is read now must last as if it
    /// had only just begun.
    pub fn restore(&mut self, now: Instant, verdict: Standing) {
        self.verdict = Some(verdict);
        self.due = None;
        let Some(reading) = self.reading else {
            return;
        };
        // A verdict of up comes from a reading that was within bounds: what is out of them now
        // came about by a fall, unless there are too many.
        let is_high = matches!(self.meaning, Meaning::Count { max: Some(max), .. } if reading > i64::from(max));
        let rises = is_high || !verdict.is_up();
        self.reading = Some(if rises {
            reading.saturating_sub(1)
        } else {
            reading
        });
        self.see(now, reading);
    }

    fn judge(&self, reading: i64) -> Standing {
        match self.meaning {
            Meaning::Number => Standing::Number(reading),
            Meaning::Count { min, max } => {
                let is_up =
                    reading >= i64::from(min) && max.is_none_or(|max| reading <= i64::from(max));
                Standing::from(is_up)
            }
        }
    }

    fn seen(&self) -> Option<Standing> {
        self.reading.map(|reading| self.judge(reading))
    }

    fn decide(&mut self, standing: Standing) -> Option<Standing> {
        self.due = None;
        self.verdict = Some(standing);
        self.verdict
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Standing::{Down, Up};

    const NOW: Instant = Instant(1_000_000_000);
    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_first_look_counts_at_once() {
        let mut watch = Watch::new(SECOND, SECOND);
        assert_eq!(watch.see(NOW, 0), Some(Down));
    }

    #[test]
    fn a_change_must_last() {
        let mut watch = Watch::new(SECOND * 2, SECOND);
        watch.see(NOW, 1);
        assert_eq!(watch.see(NOW, 0), None);
        assert_eq!(watch.deadline(), Some(NOW + SECOND));
        assert_eq!(watch.tick(NOW), None);
        assert_eq!(watch.tick(NOW + SECOND), Some(Down));
        assert_eq!(watch.deadline(), None);
        assert_eq!(watch.see(NOW + SECOND, 1), None);
        assert_eq!(watch.deadline(), Some(NOW + SECOND * 3));
    }

    #[test]
    fn a_change_that_does_not_last_is_forgotten() {
        let mut watch = Watch::new(Duration::ZERO, SECOND);
        watch.see(NOW, 1);
        watch.see(NOW, 0);
        assert_eq!(watch.see(NOW, 1), None);
        assert_eq!(watch.deadline(), None);
        assert_eq!(watch.tick(NOW + SECOND), None);
        assert_eq!(watch.verdict(), Some(Up));
    }

    #[test]
    fn a_delay_runs_from_the_first_look_that_differs() {
        let mut watch = Watch::new(Duration::ZERO, SECOND);
        watch.see(NOW, 1);
        watch.see(NOW, 0);
        watch.see(NOW + SECOND / 2, 0);
        assert_eq!(watch.deadline(), Some(NOW + SECOND));
    }

    #[test]
    fn after_a_restart_a_change_still_has_to_last() {
        let mut watch = Watch::new(Duration::ZERO, SECOND);
        watch.see(NOW, 0);
        watch.restore(NOW, Up);
        assert_eq!(watch.verdict(), Some(Up));
        assert_eq!(watch.tick(NOW + SECOND), Some(Down));
        let mut watch = Watch::new(Duration::ZERO, Duration::ZERO);
        watch.see(NOW, 0);
        watch.restore(NOW, Up);
        assert_eq!(watch.verdict(), Some(Down));
    }

    fn processes(quorum: u32, quorum_max: Option<u32>) -> Watch {
        Watch::process(&TrackProcess {
            name: "web".to_owned(),
            command: "nginx".to_owned(),
            full_command: false,
            arguments: vipd_config::model::Arguments::Any,
            weight: vipd_config::model::Weight::default(),
            quorum,
            quorum_max,
            fork_delay: SECOND * 2,
            terminate_delay: SECOND,
        })
    }

    #[test]
    fn processes_are_up_within_their_bounds() {
        let standing = |quorum, max, reading| processes(quorum, max).see(NOW, reading);
        assert_eq!(standing(2, None, 1), Some(Down));
        assert_eq!(standing(2, None, 2), Some(Up));
        assert_eq!(standing(1, Some(2), 3), Some(Down));
        assert_eq!(standing(0, Some(0), 0), Some(Up));
        assert_eq!(standing(0, Some(0), 1), Some(Down));
    }

    /// `fork_delay`
    #[test]
    fn one_process_too_many_waits_for_the_fork_delay() {
        let mut watch = processes(1, Some(1));
        watch.see(NOW, 1);
        watch.see(NOW, 2);
        assert_eq!(watch.deadline(), Some(NOW + SECOND * 2));
        assert_eq!(watch.tick(NOW + SECOND * 2), Some(Down));
        watch.see(NOW, 1);
        assert_eq!(watch.deadline(), Some(NOW + SECOND));
    }

    #[test]
    fn new_bounds_of_a_reload_count_at_once() {
        let mut watch = processes(1, None);
        watch.see(NOW, 1);
        watch.reconfigure(&processes(2, None));
        assert_eq!(watch.verdict(), Some(Down));
    }

    #[test]
    fn each_number_of_a_file_is_news() {
        let mut watch = Watch::file();
        assert_eq!(watch.see(NOW, 0), Some(Standing::Number(0)));
        assert_eq!(watch.see(NOW, 0), None);
        assert_eq!(watch.see(NOW, -7), Some(Standing::Number(-7)));
    }
}
