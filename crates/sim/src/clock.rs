//! The monotonic clock of a node: it started at another time than the world's and runs a little
//! fast or slow.

use vipd_engine::Instant;

/// A clock that reads `origin + world time × (1 + drift)`.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    origin: u64,
    drift_ppm: i32,
}

impl Clock {
    /// A clock that read `origin` nanoseconds when the world began and gains `drift_ppm`
    /// microseconds each second (negative: loses).
    pub fn new(origin: u64, drift_ppm: i32) -> Self {
        Self { origin, drift_ppm }
    }

    /// What it reads at a moment of the world.
    pub fn read(self, world: Instant) -> Instant {
        let gained = i128::from(world.0) * i128::from(self.drift_ppm) / 1_000_000;
        let reading = i128::from(self.origin) + i128::from(world.0) + gained;
        Instant(u64::try_from(reading).unwrap_or(0))
    }

    /// The first moment of the world at which it reads `local` or later.
    pub fn when(self, local: Instant) -> Instant {
        let elapsed = i128::from(local.0.saturating_sub(self.origin));
        let guess = elapsed * 1_000_000 / (1_000_000 + i128::from(self.drift_ppm));
        let mut world = u64::try_from(guess).unwrap_or(u64::MAX).saturating_sub(2);
        while self.read(Instant(world)) < local {
            world += 1;
        }
        Instant(world)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn when_is_the_first_moment_that_reads_so() {
        for drift in [-400, -1, 0, 3, 250] {
            let clock = Clock::new(77_000_000_000, drift);
            for world in [1, 999, 1_000_003, 3_600_000_000_001] {
                let local = clock.read(Instant(world));
                let back = clock.when(local);
                assert!(clock.read(back) >= local);
                assert!(back <= Instant(world));
                assert!(back.0 == 0 || clock.read(Instant(back.0 - 1)) <= local);
            }
        }
    }
}
