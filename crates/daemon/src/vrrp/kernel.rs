//! The ways to the kernel that every VRRP process has, whatever its configuration.

use vipd_linux::Error;
use vipd_linux::arp::FrameSocket;
use vipd_linux::netlink::{Monitor, Route};

use super::interfaces::Interfaces;

/// Open sockets to the kernel, and the interfaces that it has.
#[derive(Debug)]
pub(super) struct Kernel {
    pub(super) route: Route,
    pub(super) monitor: Monitor,
    pub(super) frames: FrameSocket,
    pub(super) interfaces: Interfaces,
}

impl Kernel {
    /// Opens everything and lists the interfaces. Changes are heard from before the list.
    pub(super) fn open() -> Result<Self, Error> {
        let monitor = Monitor::open()?;
        let mut route = Route::open()?;
        monitor.ignore_additions_by(&route)?;
        let frames = FrameSocket::open()?;
        let mut interfaces = Interfaces::default();
        interfaces.replace(route.links()?);
        Ok(Self {
            route,
            monitor,
            frames,
            interfaces,
        })
    }
}
