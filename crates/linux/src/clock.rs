//! The clocks.

use nix::time::{ClockId, clock_gettime};

/// Nanoseconds on `CLOCK_MONOTONIC`: the same for all processes of a boot, never set back,
/// standing still while the machine is suspended.
pub fn monotonic_nanos() -> u64 {
    // The call cannot fail: the clock exists on every Linux and the address is our own.
    clock_gettime(ClockId::CLOCK_MONOTONIC).map_or(0, |time| {
        let seconds = u64::try_from(time.tv_sec()).unwrap_or(0);
        let nanos = u64::try_from(time.tv_nsec()).unwrap_or(0);
        seconds * 1_000_000_000 + nanos
    })
}

/// Nanoseconds since the machine was started, time asleep included.
pub fn nanos_since_boot() -> u64 {
    clock_gettime(ClockId::CLOCK_BOOTTIME).map_or(0, |time| {
        let seconds = u64::try_from(time.tv_sec()).unwrap_or(0);
        let nanos = u64::try_from(time.tv_nsec()).unwrap_or(0);
        seconds * 1_000_000_000 + nanos
    })
}

/// Nanoseconds since 1970 in UTC, as the machine has it: it may be set at any time. Zero before.
pub fn wall_nanos() -> u64 {
    clock_gettime(ClockId::CLOCK_REALTIME).map_or(0, |time| {
        let seconds = u64::try_from(time.tv_sec()).unwrap_or(0);
        let nanos = u64::try_from(time.tv_nsec()).unwrap_or(0);
        seconds * 1_000_000_000 + nanos
    })
}
