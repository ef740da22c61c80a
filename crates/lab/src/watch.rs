//! Waiting for changes of the network in a host, by the kernel's own notice.

use std::net::IpAddr;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use vipd_linux::netlink::Monitor;

use crate::conversation::readable;
use crate::{Error, Host, Result};

/// How long the kernel may take for its part.
const PATIENCE: Duration = Duration::from_secs(10);

impl Host {
    /// Waits until this host has an address, or until it has it no more.
    pub fn await_address(&self, address: IpAddr, present: bool, limit: Duration) -> Result<()> {
        let change = if present { "to appear on" } else { "to leave" };
        let what = format!("{address} {change} host {}", self.name());
        self.await_change(&what, limit, || {
            Ok(self.addresses()?.contains(&address) == present)
        })
    }

    /// Waits until a file under `/sys` that tells of a link has these contents.
    pub(crate) fn await_file(&self, path: &str, contents: &[u8]) -> Result<()> {
        let what = format!("{path} of host {}", self.name());
        self.await_change(&what, PATIENCE, || match self.read_file(path) {
            Ok(found) => Ok(found == contents),
            // The host has no sysfs of its own: there is nothing to wait by.
            Err(Error::Refused { .. }) => Ok(true),
            Err(error) => Err(error),
        })
    }

    /// Waits until something holds that can only begin to hold with a change of a link or address.
    fn await_change(
        &self,
        what: &str,
        limit: Duration,
        holds: impl Fn() -> Result<bool>,
    ) -> Result<()> {
        let end = Instant::now() + limit;
        // Subscribed first, looked then: no change can fall between.
        let mut notices = self.network().run(Monitor::open)??;
        while !holds()? {
            let left = end.saturating_duration_since(Instant::now());
            let in_time = readable(notices.as_fd(), Some(left))
                .map_err(|e| Error::io(format!("watch links of host {}", self.name()), e))?;
            if !in_time {
                let what = what.to_owned();
                return Err(Error::Timeout { what, limit });
            }
            // What they say is seen by looking again.
            notices.read(&mut Vec::new())?;
        }
        Ok(())
    }
}
