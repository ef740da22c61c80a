//! What wakes the supervisor when nothing happens.

use std::future::pending;
use std::io;

use tokio::io::unix::AsyncFd;
use tokio::time::Instant;

/// A deadline that may change. The runtime's own timers wake it several times on the way to a
/// deadline that is seconds away; this one does not.
pub(super) struct AlarmClock {
    alarm: AsyncFd<vipd_linux::alarm::Alarm>,
    set: Option<Instant>,
}

impl AlarmClock {
    /// Set to no deadline. To be made inside the runtime.
    pub(super) fn new() -> io::Result<Self> {
        let alarm = vipd_linux::alarm::Alarm::new().map_err(io::Error::other)?;
        Ok(Self {
            alarm: crate::readiness::awaited(alarm)?,
            set: None,
        })
    }

    /// Waits until a deadline has come; for ever without one.
    pub(super) async fn until(&mut self, deadline: Option<Instant>) -> io::Result<()> {
        if deadline != self.set {
            let after = deadline.map(|at| at.saturating_duration_since(Instant::now()));
            self.alarm.get_ref().set(after)?;
            self.set = deadline;
        }
        let Some(deadline) = deadline else {
            return pending().await;
        };
        while Instant::now() < deadline {
            self.alarm.readable().await?.clear_ready();
        }
        self.set = None;
        Ok(())
    }
}
