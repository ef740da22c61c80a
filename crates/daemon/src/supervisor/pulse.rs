//! Whether the VRRP process still turns: a process that hangs holds VIPs and answers nobody.
//!
//! It is asked again and again for a sign of life. It counts as hung when it leaves several
//! questions in a row unanswered, for longer than a backup would wait for adverts.

use std::time::Duration;

use tokio::time::Instant;
use vipd_config::model::Config;

/// Questions in a row that must stay unanswered.
const MISSED_MAX: u32 = 4;

/// Shortest time between two questions: on a busy machine a healthy process may be late.
const PERIOD_MIN: Duration = Duration::from_secs(1);

/// Periods from a question that was answered to the next one: an idle daemon should cost nothing.
const REST: u32 = 10;

/// Questions in a row that may stay unanswered while it starts or takes in a configuration.
const MISSED_MAX_BUSY: u32 = 60;

/// What is to be done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(super) enum Advice {
    /// Nothing.
    Wait,
    /// Ask the process for a sign of life.
    Ask,
    /// It hangs: kill it.
    Kill,
}

/// Signs of life of one VRRP process.
#[derive(Clone, Debug)]
pub(super) struct Pulse {
    period: Duration,
    next: Instant,
    /// When the oldest question was asked that has no answer yet.
    asked: Option<Instant>,
    missed: u32,
}

impl Pulse {
    /// For a process that was started now.
    pub(super) fn new(config: &Config, now: Instant) -> Self {
        let period = period(config);
        Self {
            period,
            next: now + period,
            asked: None,
            missed: 0,
        }
    }

    /// Other advert intervals hold.
    pub(super) fn reconfigure(&mut self, config: &Config) {
        self.period = period(config);
    }

    /// The process has said something.
    pub(super) fn heard(&mut self) {
        if let Some(asked) = self.asked.take() {
            self.next = asked + self.period * REST;
        }
        self.missed = 0;
    }

    /// How long it has left a question without an answer.
    pub(super) fn silence(&self, now: Instant) -> Duration {
        self.asked
            .map_or(Duration::ZERO, |asked| now.saturating_duration_since(asked))
    }

    /// When to call [`Pulse::check`].
    pub(super) fn deadline(&self) -> Instant {
        self.next
    }

    /// What is to be done. `is_busy`: it starts, or takes in a configuration.
    pub(super) fn check(&mut self, now: Instant, is_busy: bool) -> Advice {
        if now < self.next {
            return Advice::Wait;
        }
        // Who asks was held up as well: then silence says nothing about the other.
        let is_late = now.saturating_duration_since(self.next) > self.period / 2;
        self.next = now + self.period;
        if self.asked.is_none() {
            self.asked = Some(now);
            return Advice::Ask;
        }
        self.missed = if is_late { 0 } else { self.missed + 1 };
        let most = if is_busy { MISSED_MAX_BUSY } else { MISSED_MAX };
        if self.missed < most {
            Advice::Ask
        } else {
            Advice::Kill
        }
    }
}

/// Time between two questions: the shortest advert interval, since an instance with that one is
/// the first that others take over from, but not less than [`PERIOD_MIN`].
fn period(config: &Config) -> Duration {
    let intervals = config.instances.iter().map(|i| i.advert_interval);
    intervals.min().unwrap_or(PERIOD_MIN).max(PERIOD_MIN)
}

#[cfg(test)]
mod tests {
    use vipd_config::model::Instance;

    use super::*;

    fn config(interval: Duration) -> Config {
        let mut instance = Instance::new("A", "eth0", 51);
        instance.advert_interval = interval;
        Config {
            instances: vec![instance],
            ..Config::default()
        }
    }

    /// Lets every deadline come on time until it is to be killed; how many seconds that took.
    fn life(pulse: &mut Pulse, is_busy: bool) -> u64 {
        let begin = pulse.deadline();
        for _ in 0..1000 {
            let now = pulse.deadline();
            if pulse.check(now, is_busy) == Advice::Kill {
                return now.duration_since(begin).as_secs();
            }
        }
        panic!("it lives for ever");
    }

    #[test]
    fn silence_kills_after_several_intervals_and_later_when_busy() {
        let now = Instant::now();
        for (interval, idle, busy) in [(10, 4, 60), (1000, 4, 60), (3000, 12, 180)] {
            let config = config(Duration::from_millis(interval));
            assert_eq!(life(&mut Pulse::new(&config, now), false), idle);
            assert_eq!(life(&mut Pulse::new(&config, now), true), busy);
        }
    }

    #[test]
    fn an_answer_begins_anew() {
        let now = Instant::now();
        let mut pulse = Pulse::new(&config(Duration::from_secs(1)), now);
        for _ in 0..100 {
            for _ in 0..4 {
                assert_eq!(pulse.check(pulse.deadline(), false), Advice::Ask);
            }
            assert_eq!(pulse.silence(pulse.deadline()).as_secs(), 4);
            pulse.heard();
            assert_eq!(pulse.silence(pulse.deadline()), Duration::ZERO);
        }
    }

    #[test]
    fn a_supervisor_that_slept_blames_nobody() {
        let now = Instant::now();
        let mut pulse = Pulse::new(&config(Duration::from_secs(1)), now);
        for _ in 0..100 {
            let late = pulse.deadline() + Duration::from_secs(20);
            assert_eq!(pulse.check(late, false), Advice::Ask);
        }
    }

    #[test]
    fn early_calls_do_nothing() {
        let now = Instant::now();
        let mut pulse = Pulse::new(&config(Duration::from_secs(1)), now);
        assert_eq!(pulse.check(now, false), Advice::Wait);
    }
}
