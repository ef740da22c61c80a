//! The ways to the kernel that every VRRP process has, whatever its configuration.

use vipd_config::model::Config;
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
    /// Removed routes and rules are heard of.
    hears_routing: bool,
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
            hears_routing: false,
        })
    }

    /// From now on this configuration says what is of interest.
    pub(super) fn want(&mut self, config: &Config) -> Result<(), Error> {
        let process = &config.global.vrrp_process;
        if let Some(buffer) = process.command_buffer {
            self.route.set_receive_buffer(buffer.bytes, buffer.forced);
        }
        if let Some(buffer) = process.monitor_buffer {
            self.monitor.set_receive_buffer(buffer.bytes, buffer.forced);
        }
        self.interfaces.want(config);
        let instances = config.instances.iter();
        let routing = instances.flat_map(|instance| &instance.routing);
        let wants = routing.chain(&config.statics.routing).next().is_some();
        if wants != self.hears_routing {
            self.hears_routing = wants;
            if wants {
                self.monitor.hear_routing(&self.route)?;
            } else {
                self.monitor.ignore_routing()?;
            }
        }
        Ok(())
    }
}
