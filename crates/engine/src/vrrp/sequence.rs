//! Numbers of authenticated adverts: one count for what is sent and what is heard (AH-6, AH-7).

use serde::{Deserialize, Serialize};

/// After this number the count is used up (AH-6).
const LAST: u32 = u32::MAX - 2;
/// So many numbers are set aside each time the count is kept for a successor.
const RESERVE: u32 = 1024;

/// The count of one instance.
///
/// Every packet sent takes the next number, every packet accepted sets it, so a new master goes
/// on where the old one was. A packet whose number is not greater is not accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sequence {
    /// The last number sent or accepted; 0: none.
    last: u32,
    /// A successor is told of this number: none beyond it was sent.
    reserved: u32,
    /// We took over from an earlier process, which may have sent numbers up to this one.
    resume: u32,
}

impl Sequence {
    /// The last number sent or accepted.
    pub fn last(&self) -> u32 {
        self.last
    }

    /// Takes the next number to send; none when all are used up. True: the count must be kept
    /// for a successor before the number is used.
    pub(crate) fn take(&mut self) -> Option<(u32, bool)> {
        if self.is_used_up() {
            return None;
        }
        self.last += 1;
        let saves = self.last > self.reserved;
        if saves {
            self.reserved = self.last.saturating_add(RESERVE);
        }
        Some((self.last, saves))
    }

    /// Whether a packet with this number is newer than all that was accepted; then it counts.
    /// When all numbers are used up, somebody began anew, and so do we.
    pub(crate) fn accept(&mut self, number: u32) -> bool {
        let is_newer = number > self.last || self.is_used_up();
        if is_newer {
            self.last = number;
        }
        is_newer
    }

    /// A lower master was heard: our answer is to be newer for everybody (AH-7).
    pub(crate) fn skip(&mut self) {
        if !self.is_used_up() {
            self.last += 1;
        }
    }

    /// We become master: the count begins anew when it was used up, and goes on behind what an
    /// earlier process may have sent.
    pub(crate) fn begin(&mut self) {
        if self.is_used_up() {
            self.last = 0;
        }
        self.last = self.last.max(std::mem::take(&mut self.resume));
    }

    /// The count of an earlier process. Only a master needs its reserve at once: a backup still
    /// hears numbers out of it.
    pub(crate) fn restore(&mut self, kept: Self) {
        *self = kept;
        self.resume = kept.reserved.max(kept.resume);
    }

    /// All numbers are used up: nothing can be sent before [`Sequence::begin`].
    pub(crate) fn is_used_up(&self) -> bool {
        self.last >= LAST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(last: u32) -> Sequence {
        Sequence {
            last,
            ..Sequence::default()
        }
    }

    #[test]
    fn it_begins_with_one_and_grows() {
        let mut sequence = Sequence::default();
        assert_eq!(sequence.take(), Some((1, true)));
        assert_eq!(sequence.take(), Some((2, false)));
        assert!(!sequence.accept(2));
        assert!(sequence.accept(9));
        assert_eq!(sequence.take(), Some((10, false)));
    }

    #[test]
    fn a_successor_never_sends_a_number_again() {
        let mut sequence = Sequence::default();
        let mut kept = sequence;
        for _ in 0..5000 {
            let (number, saves) = sequence.take().unwrap();
            if saves {
                kept = sequence;
            }
            let mut successor = Sequence::default();
            successor.restore(kept);
            successor.begin();
            assert!(successor.take().unwrap().0 > number);
            // As a backup it goes on hearing what comes.
            let mut backup = Sequence::default();
            backup.restore(kept);
            assert!(backup.accept(number + 1));
        }
    }

    #[test]
    fn used_up_it_stops_and_begins_anew_as_master() {
        let mut sequence = at(LAST - 1);
        assert_eq!(sequence.take().unwrap().0, LAST);
        assert_eq!(sequence.take(), None);
        // Another one began anew.
        let mut backup = sequence;
        assert!(backup.accept(1));
        assert!(!backup.accept(1));
        sequence.begin();
        assert_eq!(sequence.take().unwrap().0, 1);
    }
}
