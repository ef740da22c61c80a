//! Time and freshness of signed adverts (`auth_hmac`).
//!
//! Time and counter are one growing number, a stamp. The wall clock may be set at any time, so:
//! * a sender never sends a stamp twice. Set back by no more than the window it counts on from
//!   the last stamp; set back further it begins anew, for nobody with a right clock has accepted
//!   what it sent before. With `monotonic` it always counts on.
//! * the successor of a process goes on behind whatever that may have sent, also when the clock
//!   was set back meanwhile.
//! * a receiver forgets the last stamp of a sender that lies beyond the window, for what is
//!   older than that, and newer than our clock allows, is refused by its time.
//!
//! What is left: a daemon that starts anew remembers nothing. When its clock was set back since its
//! last advert, by no more than the window, it is refused until its clock has caught up, for nobody
//! can tell what it sends from a recording. The receiver says so.

use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use vipd_config::model::{AntiReplay, AuthHmac};

use super::instance::Turn;
use super::rejection::Rejection;
use super::router::{Phase, Router};
use crate::event::Note;
use crate::{Effect, Instant};

/// Stamps per second.
const SECOND: u64 = 1 << 32;
/// Senders that are remembered. Only those who have a key get there.
const SENDERS: usize = 255;
/// The wall clock may move so far before that is saved: nanoseconds.
const UNSAVED_NANOS: u64 = 100_000_000;

/// The wall clock as a stamp: seconds and 1/65536 of a second of UTC, counter 0.
pub(crate) fn stamp(nanos: u64) -> u64 {
    let (seconds, rest) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
    (seconds << 32) | ((rest << 16) / 1_000_000_000) << 16
}

/// What one instance remembers of stamps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signing {
    /// The last stamp sent.
    sent: Option<u64>,
    /// The last stamp accepted of each sender, that heard last at the end.
    heard: Vec<(IpAddr, u64)>,
    /// Nanoseconds that the wall clock was ahead of the monotonic one when this was saved last:
    /// nothing that was sent since has a later stamp than that clock would give now.
    ahead: i64,
}

impl Signing {
    /// The last stamp sent; 0 before the first.
    pub(crate) fn last(&self) -> u64 {
        self.sent.unwrap_or(0)
    }

    /// The stamp of the next advert, when the wall clock says `now`.
    pub(crate) fn take(&mut self, now: u64, rules: &AuthHmac) -> u64 {
        let stamp = match self.sent {
            Some(last) if difference(now, last) <= 0 => {
                let is_far = difference(last, now).unsigned_abs() > span(rules.time_window);
                if is_far && rules.anti_replay == AntiReplay::Time {
                    now
                } else {
                    last.wrapping_add(1)
                }
            }
            _ => now,
        };
        self.sent = Some(stamp);
        stamp
    }

    /// Whether a stamp with a right signature is fresh; then it counts. Seconds that the
    /// sender's clock is ahead, when that is more than half the window.
    pub(crate) fn accept(
        &mut self,
        sender: IpAddr,
        stamp: u64,
        now: u64,
        rules: &AuthHmac,
    ) -> Result<Option<i64>, Rejection> {
        let window = span(rules.time_window);
        let ahead = difference(stamp, now);
        let seconds = ahead / SECOND.cast_signed();
        let by_time = rules.anti_replay == AntiReplay::Time;
        if by_time && ahead.unsigned_abs() > window {
            return Err(Rejection::SignatureStale { seconds });
        }
        let place = self.heard.iter().position(|(known, _)| *known == sender);
        let last = place.map(|place| self.heard.remove(place).1);
        // Kept at its place in the order only when it counts.
        let is_sane = |last: &u64| !by_time || difference(*last, now) <= window.cast_signed();
        let is_replay = last
            .filter(is_sane)
            .is_some_and(|last| difference(stamp, last) <= 0);
        let kept = if is_replay {
            last.unwrap_or(stamp)
        } else {
            stamp
        };
        if self.heard.len() >= SENDERS {
            self.heard.remove(0);
        }
        self.heard.push((sender, kept));
        if is_replay {
            let behind = difference(kept, stamp) / SECOND.cast_signed();
            return Err(match behind {
                0 => Rejection::SignatureReplayed,
                seconds => Rejection::SignatureBehind { sender, seconds },
            });
        }
        Ok((ahead.unsigned_abs() > window / 2).then_some(seconds))
    }

    /// What an earlier process remembered. It may have sent more than it told of, and the clock
    /// may have been set back since.
    pub(super) fn restore(&mut self, kept: Self, turn: &Turn<'_>) {
        let latest = stamp(turn.now.0.saturating_add_signed(kept.ahead));
        *self = kept;
        if let Some(sent) = &mut self.sent {
            *sent = sent.wrapping_add(1 << 16);
            let was_set_back = difference(latest, turn.wall()) > 0;
            if was_set_back && difference(latest, *sent) > 0 {
                *sent = latest;
            }
        }
    }

    /// What there is to remember is saved now.
    pub(super) fn saved(&mut self, wall_ahead: i64) {
        self.ahead = wall_ahead;
    }
}

impl Router {
    /// The wall clock is not where it was. Adverts are told from old ones by it.
    pub(super) fn wall_clock(&mut self, now: Instant, nanos_ahead: i64, effects: &mut Vec<Effect>) {
        let step = nanos_ahead.saturating_sub(self.shared.wall_ahead);
        self.shared.wall_ahead = nanos_ahead;
        if self.phase != Phase::Running {
            return;
        }
        let milliseconds = step / 1_000_000;
        for instance in &mut self.instances {
            let Some(window) = instance.settings.hmac.as_ref().map(|h| h.time_window) else {
                continue;
            };
            let mut turn = self.shared.turn(now, effects);
            if u128::from(milliseconds.unsigned_abs()) > window.as_millis() / 2 {
                instance.note(Note::ClockStepped { milliseconds }, &mut turn);
            }
            // A successor must go on behind what was sent by the old clock.
            if nanos_ahead.abs_diff(instance.signing.ahead) > UNSAVED_NANOS {
                instance.save(&mut turn);
            }
        }
    }
}

/// A window as a number of stamps.
fn span(window: Duration) -> u64 {
    window.as_secs().saturating_mul(SECOND)
}

/// How far `a` is ahead of `b`, round the end of numbers (RFC 1982).
fn difference(a: u64, b: u64) -> i64 {
    a.wrapping_sub(b).cast_signed()
}

#[cfg(test)]
mod tests;
