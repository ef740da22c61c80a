//! What lies between the nodes: delay, loss, duplicates, reordering, partitions.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use vipd_engine::Instant;

use crate::rng::Rng;

/// How well a network carries packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quality {
    /// Time every packet needs.
    pub delay: Duration,
    /// Up to this much more, drawn for each packet.
    pub jitter: Duration,
    /// Packets lost, percent.
    pub loss_percent: u8,
    /// Packets that arrive twice, percent.
    pub duplicate_percent: u8,
    /// Packets that arrive changed, percent.
    pub corrupt_percent: u8,
    /// Jitter may let a packet overtake an earlier one.
    pub reorders: bool,
}

impl Default for Quality {
    /// A good local network.
    fn default() -> Self {
        Self {
            delay: Duration::from_micros(100),
            jitter: Duration::ZERO,
            loss_percent: 0,
            duplicate_percent: 0,
            corrupt_percent: 0,
            reorders: false,
        }
    }
}

impl Quality {
    /// The longest a packet can be under way.
    pub fn longest(&self) -> Duration {
        self.delay + self.jitter
    }
}

/// A one-way path: segment, sender, receiver.
type Path = (String, usize, usize);

/// All segments and the paths across them.
#[derive(Clone, Debug)]
pub struct Network {
    /// How packets fare now.
    pub quality: Quality,
    rng: Rng,
    blocked: BTreeSet<Path>,
    last_arrival: BTreeMap<Path, Instant>,
}

impl Network {
    /// A network that draws its luck from `rng`.
    pub fn new(quality: Quality, rng: Rng) -> Self {
        Self {
            quality,
            rng,
            blocked: BTreeSet::new(),
            last_arrival: BTreeMap::new(),
        }
    }

    /// Lets nothing through any more from one node to another on a segment.
    pub fn block(&mut self, segment: &str, from: usize, to: usize) {
        self.blocked.insert((segment.to_owned(), from, to));
    }

    /// Opens that way again.
    pub fn unblock(&mut self, segment: &str, from: usize, to: usize) {
        self.blocked.remove(&(segment.to_owned(), from, to));
    }

    /// Opens all ways.
    pub fn heal(&mut self) {
        self.blocked.clear();
    }

    /// When the copies of a packet sent now arrive; none when it is lost.
    pub fn carry(&mut self, now: Instant, segment: &str, from: usize, to: usize) -> Vec<Instant> {
        let path = (segment.to_owned(), from, to);
        if self.blocked.contains(&path) || self.rng.chance(self.quality.loss_percent.into()) {
            return Vec::new();
        }
        let copies = if self.rng.chance(self.quality.duplicate_percent.into()) {
            2
        } else {
            1
        };
        (0..copies).map(|_| self.arrival(now, &path)).collect()
    }

    /// A packet as it arrives when it is changed on the way; none when it is not. The IP
    /// header of so many bytes stays: the kernel drops what has a wrong one.
    pub fn spoil(&mut self, bytes: &[u8], header: usize) -> Option<Vec<u8>> {
        if !self.rng.chance(self.quality.corrupt_percent.into()) || bytes.len() <= header {
            return None;
        }
        let mut changed = bytes.to_vec();
        let at = header + self.rng.index(bytes.len() - header);
        match self.rng.below(4) {
            0 => changed.truncate(at),
            1 => {
                for byte in &mut changed[header..] {
                    *byte = self.rng.bits().to_le_bytes()[0];
                }
                // By chance it could be a good packet: make sure of the version.
                changed[header] = 0x71;
            }
            _ => changed[at] ^= 1 << self.rng.below(8),
        }
        Some(changed)
    }

    fn arrival(&mut self, now: Instant, path: &Path) -> Instant {
        let drawn = now + self.quality.delay + self.rng.span(self.quality.jitter);
        if self.quality.reorders {
            return drawn;
        }
        let last = self.last_arrival.entry(path.clone()).or_default();
        *last = drawn.max(*last);
        *last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocked_one_way_only() {
        let mut network = Network::new(Quality::default(), Rng::new(1));
        network.block("eth0", 0, 1);
        assert!(network.carry(Instant(0), "eth0", 0, 1).is_empty());
        assert_eq!(network.carry(Instant(0), "eth0", 1, 0).len(), 1);
        assert_eq!(network.carry(Instant(0), "eth1", 0, 1).len(), 1);
        network.heal();
        assert_eq!(network.carry(Instant(0), "eth0", 0, 1).len(), 1);
    }

    #[test]
    fn loses_about_as_many_as_told_and_keeps_order() {
        let quality = Quality {
            jitter: Duration::from_millis(50),
            loss_percent: 20,
            ..Quality::default()
        };
        let mut network = Network::new(quality, Rng::new(5));
        let mut arrived = Vec::new();
        for sent in 0..1000 {
            arrived.extend(network.carry(Instant(sent * 1_000_000), "eth0", 0, 1));
        }
        assert!((750..850).contains(&arrived.len()), "{}", arrived.len());
        assert!(arrived.is_sorted());
    }
}
