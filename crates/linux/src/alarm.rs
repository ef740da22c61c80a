//! One moment to be woken at.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::time::Duration;

use nix::sys::time::TimeSpec;
use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};

use crate::Error;

/// A timer on `CLOCK_MONOTONIC` that becomes readable once. Wakes nobody before its time, which
/// a wheel of timers does.
#[derive(Debug)]
pub struct Alarm(TimerFd);

impl Alarm {
    /// It is off.
    pub fn new() -> Result<Self, Error> {
        let flags = TimerFlags::TFD_CLOEXEC | TimerFlags::TFD_NONBLOCK;
        let timer = TimerFd::new(ClockId::CLOCK_MONOTONIC, flags);
        Ok(Self(timer.map_err(|e| Error::new("create", "timer", e))?))
    }

    /// Becomes readable after so long, at once for zero, and is not readable before; `None` turns
    /// it off.
    pub fn set(&self, after: Option<Duration>) -> io::Result<()> {
        let Some(after) = after else {
            return Ok(self.0.unset()?);
        };
        // A time of zero would turn it off.
        let after = TimeSpec::from_duration(after.max(Duration::from_nanos(1)));
        let once = Expiration::OneShot(after);
        Ok(self.0.set(once, TimerSetTimeFlags::empty())?)
    }
}

impl AsFd for Alarm {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl AsRawFd for Alarm {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_fd().as_raw_fd()
    }
}

#[cfg(test)]
mod tests {
    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

    use super::*;

    fn rings(alarm: &Alarm, timeout: PollTimeout) -> bool {
        let mut waiting = [PollFd::new(alarm.as_fd(), PollFlags::POLLIN)];
        poll(&mut waiting, timeout).expect("a descriptor that can be waited for") == 1
    }

    #[test]
    fn it_rings_when_set_and_not_when_off() {
        let alarm = Alarm::new().expect("a timer");
        assert!(!rings(&alarm, PollTimeout::ZERO));
        for after in [Duration::ZERO, Duration::from_millis(2)] {
            alarm.set(Some(after)).expect("set");
            assert!(rings(&alarm, PollTimeout::NONE));
        }
        alarm.set(Some(Duration::from_hours(1))).expect("set");
        assert!(
            !rings(&alarm, PollTimeout::ZERO),
            "what it rang before is over"
        );
        alarm.set(Some(Duration::ZERO)).expect("set");
        alarm.set(None).expect("off");
        assert!(!rings(&alarm, PollTimeout::ZERO));
    }
}
