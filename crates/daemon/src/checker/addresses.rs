//! Addresses of this node, for services that are checked only where their address is
//! (`ha_suspend`).

use std::collections::BTreeMap;
use std::net::IpAddr;

use tokio::io::unix::AsyncFd;
use vipd_config::model::lvs::ReceiveBuffer;
use vipd_linux::Error;
use vipd_linux::netlink::{Address, Change, Monitor, Route};

use crate::readiness::awaited;

/// An address that came (true) or left.
pub(super) type News = (IpAddr, bool);

/// The addresses, and those who tell of changes.
#[derive(Debug)]
pub(super) struct Addresses {
    monitor: AsyncFd<Monitor>,
    route: Route,
    /// On how many interfaces each address is.
    held: BTreeMap<IpAddr, Vec<u32>>,
}

impl Addresses {
    /// Begins to listen, and lists what is there.
    pub(super) fn open() -> Result<(Self, Vec<News>), Error> {
        let monitor = awaited(Monitor::open()?)
            .map_err(|error| Error::new("wait for", "changes of addresses", error))?;
        let mut addresses = Self {
            monitor,
            route: Route::open()?,
            held: BTreeMap::new(),
        };
        let news = addresses.list()?;
        Ok((addresses, news))
    }

    /// `lvs_netlink_monitor_rcv_bufs`
    pub(super) fn set_buffer(&self, buffer: ReceiveBuffer) {
        if let Some(bytes) = buffer.bytes {
            let monitor = self.monitor.get_ref();
            monitor.set_receive_buffer(bytes, buffer.force);
        }
    }

    /// What has changed, when something has. Nothing is lost when this is dropped before.
    pub(super) async fn changed(&mut self) -> Result<Vec<News>, Error> {
        let mut changes = Vec::new();
        {
            let failed = |error| Error::new("wait for", "changes of addresses", error);
            let mut ready = self.monitor.readable_mut().await.map_err(failed)?;
            ready.get_inner_mut().read(&mut changes)?;
            if changes.is_empty() {
                ready.clear_ready();
            }
        }
        let mut news = Vec::new();
        for change in changes {
            match change {
                Change::Address(address) => news.extend(self.came(&address)),
                Change::AddressGone(address) => news.extend(self.left(&address)),
                Change::Overrun => news.extend(self.list()?),
                Change::Link(_) | Change::LinkGone { .. } | Change::RoutingGone(_) => {}
            }
        }
        Ok(news)
    }

    /// Lists everything anew.
    fn list(&mut self) -> Result<Vec<News>, Error> {
        let mut held: BTreeMap<IpAddr, Vec<u32>> = BTreeMap::new();
        for address in self.route.addresses(None)? {
            held.entry(address.address).or_default().push(address.index);
        }
        let before = std::mem::replace(&mut self.held, held);
        let left = before
            .keys()
            .filter(|address| !self.held.contains_key(address));
        let came = self
            .held
            .keys()
            .filter(|address| !before.contains_key(address));
        Ok(left
            .map(|address| (*address, false))
            .chain(came.map(|address| (*address, true)))
            .collect())
    }

    fn came(&mut self, address: &Address) -> Option<News> {
        let on = self.held.entry(address.address).or_default();
        let is_new = on.is_empty();
        if !on.contains(&address.index) {
            on.push(address.index);
        }
        is_new.then_some((address.address, true))
    }

    fn left(&mut self, address: &Address) -> Option<News> {
        let on = self.held.get_mut(&address.address)?;
        on.retain(|index| *index != address.index);
        if !on.is_empty() {
            return None;
        }
        self.held.remove(&address.address);
        Some((address.address, false))
    }
}
