//! A switch: a host of its own with a bridge, and the cables to it.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use vipd_linux::netlink::create::{self, End};

use crate::{Error, Host, Result};

/// Name of the bridge inside the switch.
const BRIDGE: &str = "br0";

/// Indexes of ports begin above those that interfaces of hosts get.
const FIRST_INDEX: u32 = 100_000;

/// What the kernel calls `BR_STATE_FORWARDING`.
const FORWARDING: &[u8] = b"3\n";

/// Operational state of an interface that packets can pass.
const UP: &[u8] = b"up\n";

/// One network segment: everything sent into a port comes out of all others that should get it.
#[derive(Clone, Debug)]
pub struct Switch {
    host: Arc<Host>,
    bridge: u32,
    ports: Arc<AtomicU32>,
}

impl Switch {
    pub(crate) fn make(program: &Path, name: &str) -> Result<Self> {
        let host = Host::make(program, name)?;
        // A switch has no addresses and says nothing by itself.
        match host.overwrite("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1") {
            Ok(()) | Err(Error::Refused { .. }) => {}
            Err(error) => return Err(error),
        }
        create::bridge(&mut host.route(), BRIDGE)?;
        create::set_up(&mut host.route(), BRIDGE, true)?;
        let bridge = host.link(BRIDGE)?;
        Ok(Self {
            host: Arc::new(host),
            bridge,
            ports: Arc::default(),
        })
    }

    /// Plugs in a host: gives it an interface of this name (at most 15 bytes), up, with these
    /// addresses. What it sends afterwards arrives.
    pub fn connect(
        &self,
        host: &Host,
        interface: &str,
        addresses: &[(IpAddr, u8)],
    ) -> Result<Port> {
        let number = self.ports.fetch_add(1, Ordering::Relaxed) + 1;
        let port = format!("port{number}");
        let here = End {
            name: &port,
            network: self.host.network(),
            index: FIRST_INDEX + number,
        };
        let there = End {
            name: interface,
            network: host.network(),
            index: 0,
        };
        create::veth(&mut self.host.route(), here, there)?;
        host.set_up(interface, true)?;
        create::join_bridge(&mut self.host.route(), &port, self.bridge)?;
        create::set_up(&mut self.host.route(), &port, true)?;
        for (address, prefix) in addresses {
            host.add_address(interface, *address, *prefix)?;
        }
        host.await_file(&format!("/sys/class/net/{interface}/operstate"), UP)?;
        self.host
            .await_file(&format!("/sys/class/net/{port}/operstate"), UP)?;
        self.host
            .await_file(&format!("/sys/class/net/{port}/brport/state"), FORWARDING)?;
        // The kernel says `up` a moment before it lets packets pass; both happen under a lock that
        // this takes too.
        host.set_up(interface, true)?;
        Ok(Port {
            switch: self.clone(),
            name: port,
        })
    }

    /// The host that is the switch: to capture on its ports, for example.
    pub fn host(&self) -> &Host {
        &self.host
    }
}

/// A port of a switch with the cable to one host.
#[derive(Clone, Debug)]
pub struct Port {
    switch: Switch,
    name: String,
}

impl Port {
    /// Name of the interface inside the switch.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Pulls the cable: the host sees its interface lose the carrier.
    pub fn pull(&self) -> Result<()> {
        Ok(create::set_up(
            &mut self.switch.host.route(),
            &self.name,
            false,
        )?)
    }

    /// Plugs it in again.
    pub fn plug(&self) -> Result<()> {
        Ok(create::set_up(
            &mut self.switch.host.route(),
            &self.name,
            true,
        )?)
    }

    /// Whether multicast reaches the host behind this port. Broadcast (ARP) always does.
    pub fn pass_multicast(&self, passes: bool) -> Result<()> {
        Ok(create::flood_multicast(
            &mut self.switch.host.route(),
            &self.name,
            passes,
        )?)
    }
}
