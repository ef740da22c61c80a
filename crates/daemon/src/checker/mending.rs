//! Changes that the kernel refused: the table is read anew and put right after a while, again and
//! again, with growing pauses.

use std::collections::BTreeSet;
use std::time::Duration;

use vipd_engine::Instant;
use vipd_engine::lvs::Operation;

use super::table::Refused;

/// Pause before the first attempt.
const FIRST: Duration = Duration::from_secs(1);

/// Longest pause between two attempts.
const LONGEST: Duration = Duration::from_mins(1);

/// What is still to be put right.
#[derive(Debug)]
pub(super) struct Mending {
    at: Option<Instant>,
    /// Before the next attempt.
    pause: Duration,
    /// Refusals that were told, as log lines: while they stay the same they are told once.
    told: BTreeSet<String>,
    /// Of those, the ones of the last attempt and after it.
    standing: BTreeSet<String>,
    /// Refused operations that no look at the table brings back.
    others: Vec<Operation>,
}

impl Default for Mending {
    fn default() -> Self {
        Self {
            at: None,
            pause: FIRST,
            told: BTreeSet::new(),
            standing: BTreeSet::new(),
            others: Vec::new(),
        }
    }
}

impl Mending {
    /// When the next attempt is due.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.at
    }

    /// These were performed, except for those that were refused. Returns log lines.
    pub(super) fn performed(
        &mut self,
        now: Instant,
        operations: &[Operation],
        refused: Vec<Refused>,
    ) -> Vec<String> {
        let is_other = |operation: &&Operation| subject(operation).is_some();
        for operation in operations.iter().filter(is_other) {
            self.others
                .retain(|other| subject(other) != subject(operation));
        }
        let mut lines = Vec::new();
        for refused in refused {
            let line = refused.to_string();
            self.standing.insert(line.clone());
            if self.told.insert(line.clone()) {
                lines.push(line);
            }
            if subject(&refused.operation).is_some() {
                self.others.push(refused.operation);
            }
        }
        if !self.standing.is_empty() && self.at.is_none() {
            self.at = Some(now + self.pause);
            self.pause = LONGEST.min(self.pause * 2);
        }
        lines
    }

    /// Whether an attempt is due. It begins then: these are to be performed, after the table
    /// was put right.
    pub(super) fn begin(&mut self, now: Instant) -> Option<Vec<Operation>> {
        self.at.take_if(|at| *at <= now)?;
        self.standing.clear();
        Some(std::mem::take(&mut self.others))
    }

    /// An attempt is over. Whether everything is as it should be.
    pub(super) fn is_done(&mut self) -> bool {
        if self.standing.is_empty() {
            *self = Self::default();
            return true;
        }
        self.told.clone_from(&self.standing);
        false
    }
}

/// What an operation is about that is no part of the table: a later one of the same replaces it.
fn subject(operation: &Operation) -> Option<(u8, bool)> {
    use vipd_engine::lvs::SyncRole;
    match operation {
        Operation::SetTimeouts(_) => Some((0, false)),
        Operation::Mark(_) => Some((2, false)),
        Operation::StartSync(role, _) | Operation::StopSync(role) => {
            Some((1, *role == SyncRole::Master))
        }
        Operation::Flush
        | Operation::AddService(..)
        | Operation::SetService(..)
        | Operation::RemoveService(_)
        | Operation::AddDestination(..)
        | Operation::SetDestination(..)
        | Operation::RemoveDestination(..)
        | Operation::RestoreTimeouts => None,
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use vipd_engine::lvs::SyncRole;

    use super::*;

    fn refused(operation: Operation) -> Refused {
        let why = io::Error::other("no");
        Refused { operation, why }
    }

    fn at(seconds: u64) -> Instant {
        Instant(seconds * 1_000_000_000)
    }

    /// Performs one refused operation at each attempt; when attempts were made, and what was told.
    #[test]
    fn attempts_become_rare_and_are_told_once() {
        let mut mending = Mending::default();
        let stop = || Operation::StopSync(SyncRole::Master);
        let mut told = mending.performed(at(0), &[stop()], vec![refused(stop())]);
        let mut attempts = Vec::new();
        for second in 1..=200 {
            let Some(again) = mending.begin(at(second)) else {
                continue;
            };
            assert_eq!(again, [stop()]);
            attempts.push(second);
            told.extend(mending.performed(at(second), &again, vec![refused(stop())]));
            assert!(!mending.is_done());
        }
        assert_eq!(attempts, [1, 3, 7, 15, 31, 63, 123, 183]);
        assert_eq!(told, ["IPVS cannot stop the sync daemon as master: no"]);
        // It goes well: the next refusal is news, and tried again soon.
        assert_eq!(mending.begin(at(300)), Some(vec![stop()]));
        assert!(mending.performed(at(300), &[stop()], Vec::new()).is_empty());
        assert!(mending.is_done() && mending.deadline().is_none());
        let told = mending.performed(at(301), &[stop()], vec![refused(stop())]);
        assert_eq!((told.len(), mending.deadline()), (1, Some(at(302))));
    }

    #[test]
    fn what_is_no_longer_wanted_is_not_tried_again() {
        let mut mending = Mending::default();
        let stop = Operation::StopSync(SyncRole::Backup);
        mending.performed(at(0), &[], vec![refused(stop.clone())]);
        mending.performed(at(0), std::slice::from_ref(&stop), Vec::new());
        assert_eq!(mending.begin(at(1)), Some(Vec::new()));
    }
}
