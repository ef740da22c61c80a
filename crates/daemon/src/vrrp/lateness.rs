//! A process whose timers run late takes itself a higher priority (`max_auto_priority`), and one
//! that computes for too long in one go gives real-time scheduling up.

use vipd_config::model::{AutoPriority, Config};
use vipd_engine::Instant;
use vipd_linux::sandbox::{self, Scheduling};

use super::process::Process;
use super::start::scheduling;
use crate::messages::FromVrrp;

/// How late timers may be, and what was done about it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Lateness {
    rule: Option<AutoPriority>,
    /// Real-time priority that was taken; 0 for none.
    taken: u8,
    /// Real-time scheduling was given up.
    given_up: bool,
}

impl Lateness {
    /// From now on this configuration holds; what was taken is given back.
    fn configure(&mut self, config: &Config) {
        *self = Self {
            rule: config.global.vrrp_process.auto_priority,
            ..Self::default()
        };
    }

    /// A timer ran late: the real-time priority to take now, if any. The first step is real-time
    /// scheduling at its lowest priority, or one above that which was configured.
    fn step(&mut self, nanos: u64, configured: Option<u8>) -> Option<u8> {
        let rule = self.rule.filter(|_| !self.given_up)?;
        if u128::from(nanos) < rule.delay.as_nanos() {
            return None;
        }
        let now = self.taken.max(configured.unwrap_or(0));
        if now >= rule.most {
            return None;
        }
        self.taken = now + 1;
        Some(self.taken)
    }
}

impl Process {
    /// From now on the process is scheduled as this configuration says.
    pub(super) fn schedule(&mut self, config: &Config) {
        self.lateness.configure(config);
        self.reschedule(scheduling(config));
    }

    fn reschedule(&mut self, wanted: Scheduling) {
        for problem in sandbox::schedule(self.scheduling, wanted) {
            self.parent.tell(&FromVrrp::Trouble(problem.to_string()));
        }
        self.scheduling = wanted;
    }

    /// A timer that was for `deadline` is looked at now.
    pub(super) fn look_at_lateness(&mut self, deadline: Option<Instant>, now: Instant) {
        if sandbox::overran() && self.scheduling.real_time.is_some() {
            self.lateness.given_up = true;
            let micros = self.scheduling.real_time_micros;
            let text = format!(
                "computed for more than {micros} microseconds in one go under real-time \
                 scheduling (vrrp_rlimit_rttime): goes on without it"
            );
            self.parent.tell(&FromVrrp::Trouble(text));
            self.reschedule(Scheduling {
                real_time: None,
                ..self.scheduling
            });
        }
        let nanos = deadline.map_or(0, |at| now.0.saturating_sub(at.0));
        if let Some(priority) = self.lateness.step(nanos, self.scheduling.real_time) {
            let late = nanos / 1_000_000;
            let text = format!(
                "a timer ran {late} ms late: real-time priority {priority} from now on \
                 (max_auto_priority)"
            );
            self.parent.tell(&FromVrrp::Trouble(text));
            self.reschedule(Scheduling {
                real_time: Some(priority),
                ..self.scheduling
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn priorities_rise_step_by_step_up_to_the_limit() {
        let mut config = Config::default();
        config.global.vrrp_process.auto_priority = Some(AutoPriority {
            most: 3,
            delay: Duration::from_millis(10),
        });
        let mut lateness = Lateness::default();
        assert_eq!(lateness.step(u64::MAX, None), None);
        lateness.configure(&config);
        assert_eq!(lateness.step(9_999_999, None), None);
        let steps: Vec<_> = (0..4).map(|_| lateness.step(10_000_000, None)).collect();
        assert_eq!(steps, [Some(1), Some(2), Some(3), None]);
        lateness.configure(&config);
        assert_eq!(lateness.step(10_000_000, Some(2)), Some(3));
        lateness.configure(&config);
        lateness.given_up = true;
        assert_eq!(lateness.step(10_000_000, None), None);
    }
}
