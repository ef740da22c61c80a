//! Results of a tracked script: how many runs in a row make it count as up or down.

use serde::{Deserialize, Serialize};
use vipd_config::model::TrackScript;

use crate::input::ScriptOutcome;

/// Running count over the results of one script.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    rise: u32,
    fall: u32,
    /// What it counts as; none before the first result.
    verdict: Option<bool>,
    /// It counts as down because of `init_fail` only: no run has failed, or been enough.
    assumed: bool,
    /// Results in a row against the verdict.
    against: u32,
    /// How the last run ended.
    last: Option<ScriptOutcome>,
}

/// What a result has changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// It exited with another status than last time.
    pub returned: Option<i32>,
    /// It counts as up or down from now on.
    pub verdict: Option<bool>,
}

impl Tally {
    /// No result yet. With `init_fail` it counts as down from the start.
    pub fn new(script: &TrackScript) -> Self {
        Self {
            rise: script.rise.max(1),
            fall: script.fall.max(1),
            verdict: script.init_fail.then_some(false),
            assumed: script.init_fail,
            against: 0,
            last: None,
        }
    }

    /// Carries on with a verdict of an earlier process.
    pub fn restore(&mut self, verdict: bool) {
        self.verdict = Some(verdict);
        self.assumed = false;
        self.against = 0;
    }

    /// Takes new limits from a reload; what it counts as stays.
    pub fn reconfigure(&mut self, script: &TrackScript) {
        self.rise = script.rise.max(1);
        self.fall = script.fall.max(1);
    }

    /// What it counts as; none before the first result.
    pub fn verdict(&self) -> Option<bool> {
        self.verdict
    }

    /// Whether it counts as down without a run that says so (`init_fail`).
    pub fn is_assumed(&self) -> bool {
        self.assumed
    }

    /// One more run has ended. The very first result decides at once (section 7).
    pub fn count(&mut self, outcome: ScriptOutcome) -> Change {
        let mut change = Change::default();
        let before = self.last.replace(outcome);
        if let ScriptOutcome::Exited(status) = outcome {
            let was = match before {
                Some(ScriptOutcome::Exited(was)) => was,
                // A script is taken to return 0 until it does otherwise.
                None => 0,
                Some(_) => status.wrapping_add(1),
            };
            change.returned = (was != status).then_some(status);
        }
        let is_good = outcome == ScriptOutcome::Exited(0);
        if self.verdict == Some(is_good) {
            self.against = 0;
            if std::mem::take(&mut self.assumed) {
                change.verdict = self.verdict;
            }
            return change;
        }
        self.against += 1;
        let needed = match self.verdict {
            None => 1,
            Some(_) if is_good => self.rise,
            Some(_) => self.fall,
        };
        if self.against >= needed {
            self.verdict = Some(is_good);
            self.assumed = false;
            self.against = 0;
            change.verdict = Some(is_good);
        }
        change
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use vipd_config::model::{Check, Weight};

    const GOOD: ScriptOutcome = ScriptOutcome::Exited(0);
    const BAD: ScriptOutcome = ScriptOutcome::Exited(1);

    fn tally(rise: u32, fall: u32, init_fail: bool) -> Tally {
        Tally::new(&TrackScript {
            name: "chk".to_owned(),
            check: Check::Open("/x".to_owned()),
            interval: Duration::from_secs(1),
            timeout: Duration::from_secs(1),
            weight: Weight::default(),
            rise,
            fall,
            init_fail,
        })
    }

    /// Verdict after each of the outcomes.
    fn verdicts(tally: &mut Tally, outcomes: &[ScriptOutcome]) -> Vec<Option<bool>> {
        let each = outcomes.iter().map(|outcome| {
            tally.count(*outcome);
            tally.verdict()
        });
        each.collect()
    }

    #[test]
    fn first_success_needs_one_run_only() {
        assert_eq!(verdicts(&mut tally(3, 3, false), &[GOOD]), [Some(true)]);
    }

    #[test]
    fn first_failure_needs_one_run_only() {
        assert_eq!(verdicts(&mut tally(3, 3, false), &[BAD]), [Some(false)]);
    }

    #[test]
    fn init_fail_needs_every_rise() {
        let seen = verdicts(&mut tally(2, 1, true), &[GOOD, GOOD]);
        assert_eq!(seen, [Some(false), Some(true)]);
    }

    #[test]
    fn fall_and_rise_count_runs_in_a_row() {
        let mut tally = tally(2, 3, false);
        let runs = [GOOD, BAD, BAD, GOOD, BAD, BAD, BAD, GOOD, BAD, GOOD, GOOD];
        let seen: String = verdicts(&mut tally, &runs)
            .into_iter()
            .map(|v| if v == Some(true) { '+' } else { '-' })
            .collect();
        assert_eq!(seen, "++++++----+");
    }

    #[test]
    fn a_changed_status_is_told_once() {
        let mut tally = tally(1, 2, false);
        let told: Vec<_> = [GOOD, BAD, BAD, ScriptOutcome::TimedOut, GOOD, GOOD]
            .map(|outcome| tally.count(outcome).returned)
            .into();
        assert_eq!(told, [None, Some(1), None, None, Some(0), None]);
    }
}
