//! Waiting for addresses to come and go, by the kernel's own notice.

use std::net::IpAddr;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::time::{Duration, Instant};

use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, bind, recv, socket,
};

use crate::conversation::readable;
use crate::{Error, Host, Result};

/// `RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR`
const ADDRESS_GROUPS: u32 = 0x10 | 0x100;

impl Host {
    /// Waits until this host has an address, or until it has it no more.
    pub fn await_address(&self, address: IpAddr, present: bool, limit: Duration) -> Result<()> {
        let end = Instant::now() + limit;
        let failed = |e| Error::io(format!("watch addresses of host {}", self.name()), e);
        let notices = self.network().run(notices)?.map_err(failed)?;
        loop {
            // Subscribed first, listed then: no change can fall between.
            if self.addresses()?.contains(&address) == present {
                return Ok(());
            }
            let left = end.saturating_duration_since(Instant::now());
            if !readable(notices.as_fd(), Some(left)).map_err(failed)? {
                let change = if present { "to appear on" } else { "to leave" };
                let what = format!("{address} {change} host {}", self.name());
                return Err(Error::Timeout { what, limit });
            }
            // What they say is in the list; a lost notice (no buffer space) is one too.
            let mut notice = [0; 4096];
            while recv(notices.as_raw_fd(), &mut notice, MsgFlags::MSG_DONTWAIT).is_ok() {}
        }
    }
}

/// A socket that hears of every change of an address.
fn notices() -> std::io::Result<OwnedFd> {
    let socket = socket(
        AddressFamily::Netlink,
        SockType::Datagram,
        SockFlag::SOCK_CLOEXEC,
        SockProtocol::NetlinkRoute,
    )?;
    bind(socket.as_raw_fd(), &NetlinkAddr::new(0, ADDRESS_GROUPS))?;
    Ok(socket)
}
