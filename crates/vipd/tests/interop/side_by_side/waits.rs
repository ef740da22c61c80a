//! Waiting for what a scenario names, so that it goes on as soon as that is there, however busy
//! the machine is.

use std::cell::Cell;
use std::thread::sleep;
use std::time::{Duration, Instant};

use vipd_lab::{Frame, Process};

use super::packets;
use super::play::Play;
use super::scenario::{Awaited, Frames, Lines};
use crate::stage::{PATIENCE, TAKEOVER, ip, until};

/// What a daemon says when it has done what SIGHUP asked for.
const RELOADED: [&str; 4] = [
    "Reload finished",
    "Reload complete",
    "Reload refused",
    "New config failed validation",
];

impl Play<'_> {
    pub(super) fn wait(&self, awaited: &Awaited) {
        let came = match awaited {
            Awaited::Address { address, held } => {
                let host = &self.node.host;
                host.await_address(ip(address), *held, TAKEOVER).is_ok()
            }
            Awaited::Lines { of, count, text } => {
                let enough = || self.count_lines(*of, text) >= *count;
                until(enough, PATIENCE)
            }
            Awaited::Frames { of, count, text } => self.await_frames(*of, *count, text),
        };
        assert!(
            came,
            "{}, {:?}: {awaited:?} did not come\n{}",
            self.scenario.name,
            self.make,
            self.said()
        );
    }

    fn count_lines(&self, of: Lines, text: &str) -> usize {
        let lines = match of {
            Lines::Notes => self.notes(),
            Lines::Fifo => self.fifo_notes(),
            Lines::Log => self.said().lines().map(str::to_owned).collect(),
        };
        lines.iter().filter(|line| line.contains(text)).count()
    }

    fn await_frames(&self, of: Frames, count: usize, text: &str) -> bool {
        // Announcements count from the beginning, adverts from now on.
        let before = match of {
            Frames::Announced => 0,
            Frames::Sent | Frames::Heard => self.capture.frames().len(),
        };
        let (place, left) = (Cell::new(0), Cell::new(count));
        let is_last = |frame: &Frame| {
            place.set(place.get() + 1);
            if place.get() > before && is_meant(of, frame, text) {
                left.set(left.get() - 1);
            }
            left.get() == 0
        };
        self.capture.await_frame(is_last, PATIENCE).is_ok()
    }

    /// Waits until the daemon has said something new or has ended.
    pub(super) fn await_said(&mut self, before: &str, texts: &[&str]) {
        let end = Instant::now() + PATIENCE;
        let count = |said: &str| -> usize { texts.iter().map(|t| said.matches(t).count()).sum() };
        let before = count(before);
        let name = &self.scenario.name;
        let daemon = self.daemon.as_mut().expect("a daemon");
        while daemon.try_wait().expect("a daemon").is_none() && count(&daemon.said()) <= before {
            assert!(Instant::now() < end, "{name}: {}", daemon.said());
            sleep(Duration::from_millis(20));
        }
    }

    /// Waits until a new file is in effect, or refused.
    pub(super) fn await_reload(&mut self, before: &str) {
        self.await_said(before, &RELOADED);
    }

    /// What the daemon has said.
    pub(super) fn said(&self) -> String {
        self.daemon.as_ref().map(Process::said).unwrap_or_default()
    }
}

fn is_meant(of: Frames, frame: &Frame, text: &str) -> bool {
    let line = match of {
        Frames::Announced => packets::announcement(&frame.bytes),
        Frames::Sent | Frames::Heard => packets::advert(&frame.bytes),
    };
    frame.sent == (of != Frames::Heard) && line.is_some_and(|line| line.contains(text))
}
