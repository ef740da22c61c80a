//! Tracked ports: who listens on them, and the moment nobody does.
//!
//! The kernel tells of the end of a listening socket by itself, also when its process was
//! killed; then the port is looked at, for another socket may listen on it too. Of a new socket
//! it tells nothing: a port on which nobody listens is looked at again and again.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::net::IpAddr;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use vipd_config::model::{Config, Port, PortProtocol};
use vipd_engine::Instant;
use vipd_linux::Error;
use vipd_linux::netlink::{Death, Deaths, Listener, Listeners, Transport};

/// How often a port is looked at on which nobody listens.
const WAITING: Duration = Duration::from_millis(250);
/// How often all are looked at: some sockets stop listening without ending.
const SAFETY: Duration = Duration::from_secs(5);

/// The ports that a configuration tracks.
#[derive(Debug, Default)]
pub(super) struct Ports {
    sockets: Option<Sockets>,
    tracked: BTreeMap<String, Tracked>,
    /// When ports without listener are looked at next.
    waiting: Option<Instant>,
    /// When all are.
    safety: Option<Instant>,
}

/// One tracked port.
#[derive(Debug)]
struct Tracked {
    port: Port,
    /// Somebody listens; none before the first look.
    is_up: Option<bool>,
}

#[derive(Debug)]
struct Sockets {
    listeners: Listeners,
    /// None: the kernel does not tell, so all are looked at as often as those without listener.
    deaths: Option<Deaths>,
}

/// A port that is not what it was.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct News {
    pub(super) name: String,
    pub(super) is_up: bool,
}

impl Ports {
    /// From now on these are watched. The problem returned keeps deaths from being heard.
    pub(super) fn want(&mut self, config: &Config) -> Result<Option<Error>, Error> {
        let mut old = std::mem::take(&mut self.tracked);
        for port in &config.ports {
            let before = old.remove(&port.name);
            let is_up = before.filter(|b| b.port == port.port).and_then(|b| b.is_up);
            let tracked = Tracked {
                port: port.port,
                is_up,
            };
            self.tracked.insert(port.name.clone(), tracked);
        }
        if self.tracked.is_empty() {
            *self = Self::default();
            return Ok(None);
        }
        let mut problem = None;
        if self.sockets.is_none() {
            let deaths = Deaths::open().map_err(|error| problem = Some(error)).ok();
            let listeners = Listeners::open()?;
            self.sockets = Some(Sockets { listeners, deaths });
        }
        let mut numbers: Vec<u16> = self.tracked.values().map(|t| t.port.number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        if let Some(deaths) = self.sockets.as_ref().and_then(|s| s.deaths.as_ref()) {
            deaths.only(&numbers)?;
        }
        Ok(problem)
    }

    /// What becomes readable when a socket has ended.
    pub(super) fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        let deaths = self.sockets.as_ref()?.deaths.as_ref()?;
        Some(deaths.as_fd())
    }

    /// When [`Ports::look_again`] is to be called.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.waiting.into_iter().chain(self.safety).min()
    }

    /// Looks at every port.
    pub(super) fn look_at_all(&mut self, now: Instant) -> Result<Vec<News>, Error> {
        self.safety = (!self.tracked.is_empty()).then(|| now + SAFETY);
        self.look(now, |_| true)
    }

    /// Looks at those whose time has come.
    pub(super) fn look_again(&mut self, now: Instant) -> Result<Vec<News>, Error> {
        let all = self.safety.is_some_and(|at| at <= now);
        if all {
            return self.look_at_all(now);
        }
        let hears = self.descriptor().is_some();
        if self.waiting.is_none_or(|at| at > now) {
            return Ok(Vec::new());
        }
        self.look(now, |tracked| !hears || tracked.is_up != Some(true))
    }

    /// Sockets have ended: looks at their ports.
    pub(super) fn hear(&mut self, now: Instant) -> Result<Vec<News>, Error> {
        let mut told = Vec::new();
        let sockets = self.sockets.as_mut();
        if let Some(deaths) = sockets.and_then(|sockets| sockets.deaths.as_mut()) {
            deaths.read(&mut told)?;
        }
        let all = told.contains(&Death::Overrun);
        self.look(now, |tracked| {
            all || told.contains(&Death::On(tracked.port.number))
        })
    }

    fn look(
        &mut self,
        now: Instant,
        wanted: impl Fn(&Tracked) -> bool,
    ) -> Result<Vec<News>, Error> {
        let Some(sockets) = &mut self.sockets else {
            return Ok(Vec::new());
        };
        let (mut seen, mut news) = (BTreeMap::new(), Vec::new());
        self.waiting = Some(now + WAITING);
        for (name, tracked) in &mut self.tracked {
            if !wanted(tracked) {
                continue;
            }
            let transport = match tracked.port.protocol {
                PortProtocol::Tcp => Transport::Tcp,
                PortProtocol::Udp => Transport::Udp,
            };
            let key = (transport, tracked.port.number);
            let there = match seen.entry(key) {
                Entry::Occupied(there) => there.into_mut(),
                Entry::Vacant(place) => place.insert(sockets.listeners.on(key.0, key.1)?),
            };
            let is_up = is_served(there, tracked.port.address);
            if tracked.is_up.replace(is_up) != Some(is_up) {
                let name = name.clone();
                news.push(News { name, is_up });
            }
        }
        let all_up = self.tracked.values().all(|t| t.is_up == Some(true));
        if all_up && sockets.deaths.is_some() {
            self.waiting = None;
        }
        Ok(news)
    }
}

/// Whether one of these sockets serves clients of an address; of any address, when none is given.
fn is_served(there: &[Listener], address: Option<IpAddr>) -> bool {
    match address {
        None => !there.is_empty(),
        Some(address) => there.iter().any(|listener| listener.serves(address)),
    }
}
