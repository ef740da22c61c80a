//! Waiting for addresses to come and go, by the kernel's own notice.

use std::net::IpAddr;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use vipd_linux::netlink::Monitor;

use crate::conversation::readable;
use crate::{Error, Host, Result};

impl Host {
    /// Waits until this host has an address, or until it has it no more.
    pub fn await_address(&self, address: IpAddr, present: bool, limit: Duration) -> Result<()> {
        let end = Instant::now() + limit;
        let mut notices = self.network().run(Monitor::open)??;
        loop {
            // Subscribed first, listed then: no change can fall between.
            if self.addresses()?.contains(&address) == present {
                return Ok(());
            }
            let left = end.saturating_duration_since(Instant::now());
            let in_time = readable(notices.as_fd(), Some(left))
                .map_err(|e| Error::io(format!("watch addresses of host {}", self.name()), e))?;
            if !in_time {
                let change = if present { "to appear on" } else { "to leave" };
                let what = format!("{address} {change} host {}", self.name());
                return Err(Error::Timeout { what, limit });
            }
            // What they say is in the list as well.
            notices.read(&mut Vec::new())?;
        }
    }
}
