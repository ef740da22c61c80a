//! Failures that people should know of: each kind told once, not once per packet.

use std::collections::BTreeMap;

/// Kinds remembered. Beyond that a kind may be told again.
const KINDS_MAX: usize = 1024;

/// Failures that have been told and not been overcome since.
#[derive(Debug, Default)]
pub(super) struct Troubles {
    /// How often each kind happened, by where it happened and what it is.
    seen: BTreeMap<(String, String), u64>,
}

impl Troubles {
    /// Counts a failure of `what` kind at `place`; whether it is new and should be told.
    pub(super) fn is_new(&mut self, place: &str, what: &str) -> bool {
        if self.seen.len() >= KINDS_MAX {
            self.seen.clear();
        }
        let count = self
            .seen
            .entry((place.to_owned(), what.to_owned()))
            .or_insert(0);
        *count += 1;
        *count == 1
    }

    /// All is well again at `place`: its next failure is told again.
    pub(super) fn forget(&mut self, place: &str) {
        if !self.seen.is_empty() {
            self.seen.retain(|(at, _), _| at != place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_told_once_until_it_is_overcome() {
        let mut troubles = Troubles::default();
        assert!(troubles.is_new("eth0", "network is down"));
        assert!(!troubles.is_new("eth0", "network is down"));
        assert!(troubles.is_new("eth0", "no buffer space"));
        assert!(troubles.is_new("eth1", "network is down"));
        troubles.forget("eth0");
        assert!(troubles.is_new("eth0", "network is down"));
        assert!(!troubles.is_new("eth1", "network is down"));
    }

    #[test]
    fn memory_is_bounded() {
        let mut troubles = Troubles::default();
        for number in 0..10 * KINDS_MAX {
            troubles.is_new("eth0", &number.to_string());
        }
        assert!(troubles.seen.len() <= KINDS_MAX);
    }
}
