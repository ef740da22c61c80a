//! The loop: what happens goes into the engine, what the engine wants is done.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use vipd_config::model::{Config, Routing};
use vipd_engine::input::PacketMeta;
use vipd_engine::vrrp::{Router, Snapshot};
use vipd_engine::{Effect, Input, Instant};
use vipd_linux::clock::{monotonic_nanos, wall_nanos};
use vipd_linux::datagrams::{Receiver, Sender};
use vipd_linux::netlink::{self, Address};
use vipd_linux::poll::{Poll, Ready};
use vipd_linux::sandbox::Scheduling;
use vipd_linux::{Error, memory};

use super::addresses::{Addresses, Gone};
use super::firewall::Firewall;
use super::interfaces::News;
use super::kernel::Kernel;
use super::kernel_settings::KernelSettings;
use super::lateness::Lateness;
use super::linkbeat::Linkbeat;
use super::parent::Parent;
use super::ports::Ports;
use super::queue::{Queue, Work};
use super::routing::Held;
use super::sockets::Sockets;
use super::start::scheduling;
use super::troubles::Troubles;
use super::virtual_links::VirtualLinks;
use crate::messages::{FromVrrp, Reading, ToVrrp, VrrpOptions};

/// Exit status when the kernel fails us: no reason for the whole daemon to end.
const STATUS_KERNEL: u8 = 3;

/// How long leaving may take before the process ends anyway.
const LEAVING: Duration = Duration::from_secs(5);

/// The wall clock may drift so far against the monotonic one before the engine is told:
/// nanoseconds.
const WALL_TOLERANCE: u64 = 1_000_000;

/// Effects and packets for which room is kept.
const KEPT_EFFECTS: usize = 64;

/// The supervisor's socket. Sockets for packets have their own numbers, of 32 bits.
const PARENT: u64 = 1 << 32;
/// The netlink monitor.
const MONITOR: u64 = PARENT + 1;

/// Ends of tracked sockets.
pub(super) const PORTS: u64 = PARENT + 2;

/// Everything that the process has.
pub(super) struct Process {
    pub(super) parent: Parent,
    pub(super) kernel: Kernel,
    pub(super) poll: Poll,
    pub(super) sender: Sender,
    pub(super) addresses: Addresses,
    pub(super) routing: Held,
    pub(super) firewall: Firewall,
    pub(super) sockets: Sockets,
    pub(super) virtual_links: VirtualLinks,
    pub(super) settings: KernelSettings,
    pub(super) queue: Queue,
    pub(super) effects: Vec<Effect>,
    pub(super) router: Router,
    pub(super) troubles: Troubles,
    pub(super) ports: Ports,
    pub(super) linkbeat: Linkbeat,
    /// VIPs per slice of work, by how fast the kernel is.
    pub(super) slice: usize,
    /// Addresses stay where they are.
    pub(super) keeps_addresses: bool,
    receiver: Receiver,
    ready: Vec<Ready>,
    changes: Vec<netlink::Change>,
    messages: Vec<ToVrrp>,
    options: VrrpOptions,
    pub(super) scheduling: Scheduling,
    pub(super) lateness: Lateness,
    /// What the engine was told of the wall clock: nanoseconds ahead of the monotonic one.
    wall_ahead: i64,
    /// Since when it is leaving.
    leaving: Option<Instant>,
}

/// What others have removed of ours.
#[derive(Debug, Default)]
struct Taken {
    addresses: Vec<Address>,
    routing: Vec<Routing>,
}

impl Process {
    pub(super) fn new(
        parent: Parent,
        kernel: Kernel,
        poll: Poll,
        config: &Config,
        options: VrrpOptions,
    ) -> Self {
        Self {
            parent,
            kernel,
            poll,
            sender: Sender::default(),
            addresses: Addresses::default(),
            routing: Held::default(),
            firewall: Firewall::default(),
            sockets: Sockets::default(),
            virtual_links: VirtualLinks::default(),
            settings: KernelSettings::default(),
            queue: Queue::default(),
            effects: Vec::new(),
            router: Router::new(config),
            troubles: Troubles::default(),
            ports: Ports::default(),
            linkbeat: Linkbeat::default(),
            slice: super::perform::SLICE_MAX,
            keeps_addresses: false,
            receiver: Receiver::new(),
            ready: Vec::new(),
            changes: Vec::new(),
            messages: Vec::new(),
            options,
            scheduling: scheduling(config),
            lateness: Lateness::default(),
            wall_ahead: 0,
            leaving: None,
        }
    }

    /// Runs until it has left, if it has begun well. Returns the exit status.
    pub(super) fn run(mut self, begun: Result<(), Error>) -> u8 {
        let ended = begun.and_then(|()| {
            while !self.turn()? {}
            Ok(())
        });
        match ended {
            Ok(()) => {
                self.parent.farewell(&FromVrrp::Stopped);
                0
            }
            Err(error) => {
                let text = format!("the VRRP process cannot go on: {error}");
                self.parent.farewell(&FromVrrp::Trouble(text));
                STATUS_KERNEL
            }
        }
    }

    /// Tells the engine what there is and starts it.
    pub(super) fn begin(
        &mut self,
        config: &Config,
        restored: Vec<Snapshot>,
        watched: Vec<Reading>,
        problems: Vec<Error>,
    ) -> Result<(), Error> {
        for problem in problems {
            self.parent.tell(&FromVrrp::Trouble(problem.to_string()));
        }
        self.poll.add(&self.parent, PARENT)?;
        self.poll.add(&self.kernel.monitor, MONITOR)?;
        self.schedule(config);
        self.kernel.want(config)?;
        let now = now();
        self.want_linkbeat(now, config);
        self.firewall = Firewall::new(&config.global.firewall, !restored.is_empty());
        self.tell_news(now)?;
        self.prepare_links(now, config)?;
        self.want_settings(config);
        self.tell_readings(now, watched);
        self.watch(now, config);
        self.follow_wall_clock(now);
        self.handle(now, Input::Start { restored });
        self.perform(now);
        self.queue.push(Work::ReleaseFirewall);
        self.queue.push(Work::Tell(Arc::new(FromVrrp::Ready)));
        Ok(())
    }

    /// Waits for something to happen and does all that follows from it; whether it has left.
    fn turn(&mut self) -> Result<bool, Error> {
        let deadline = self.router.deadline().map(|(at, _)| at);
        let leave_by = self.leaving.map(|since| since + LEAVING);
        let others = [self.ports.deadline(), self.linkbeat.deadline()];
        let wakes = deadline.into_iter().chain(others.into_iter().flatten());
        let wake = wakes.chain(leave_by).min();
        let mut ready = std::mem::take(&mut self.ready);
        let at_once = !self.queue.is_empty();
        self.poll.wait(wake.map(|at| at.0), at_once, &mut ready)?;
        let now = now();
        self.look_at_lateness(wake, now);
        self.follow_wall_clock(now);
        // Packets before timers: an advert that waited while we were away still counts.
        ready.sort_by_key(|ready| ready.token);
        for ready in &ready {
            match ready.token {
                PARENT => self.hear_parent(now, ready.readable)?,
                MONITOR => self.hear_kernel(now)?,
                PORTS => self.hear_ports(now),
                token => self.receive(now, token),
            }
        }
        self.ready = ready;
        self.look_at_ports(now);
        if self.feel_links(now) {
            self.tell_news(now)?;
        }
        if self.router.deadline().is_some_and(|(at, _)| at <= now) {
            self.handle(now, Input::Tick);
        }
        self.perform(now);
        let ended = self.work()? || leave_by.is_some_and(|at| at <= now);
        if !self.parent.flush() {
            self.poll.watch_writes(&self.parent, PARENT, true)?;
        }
        self.shed();
        Ok(ended)
    }

    /// After a storm, such as a thousand takeovers, memory is given back.
    fn shed(&mut self) {
        if self.queue.shed() {
            self.effects.shrink_to(KEPT_EFFECTS);
            self.sockets.shed(KEPT_EFFECTS);
            memory::give_back();
            memory::give_back_code();
        }
    }

    /// Tells the engine when the wall clock has moved against the monotonic one.
    fn follow_wall_clock(&mut self, now: Instant) {
        let nanos_ahead = wall_nanos().wrapping_sub(now.0).cast_signed();
        if nanos_ahead.abs_diff(self.wall_ahead) > WALL_TOLERANCE {
            self.wall_ahead = nanos_ahead;
            self.handle(now, Input::WallClock { nanos_ahead });
        }
    }

    pub(super) fn handle(&mut self, now: Instant, input: Input<'_>) {
        self.router.handle(now, input, &mut self.effects);
    }

    /// Adverts have come in on a socket.
    fn receive(&mut self, now: Instant, token: u64) {
        let Ok(id) = u32::try_from(token) else {
            return;
        };
        let (router, effects) = (&mut self.router, &mut self.effects);
        let result = self.sockets.receive(id, &mut self.receiver, &mut |packet| {
            let input = Input::Packet {
                socket: id,
                meta: PacketMeta {
                    source: packet.source,
                    destination: packet.destination,
                    ttl: packet.hop_limit,
                },
                bytes: Cow::Borrowed(packet.bytes),
            };
            router.handle(now, input, effects);
        });
        if let Err(error) = result {
            self.trouble("receive adverts", &error.to_string());
        }
    }

    /// Links or addresses have changed.
    fn hear_kernel(&mut self, now: Instant) -> Result<(), Error> {
        let mut changes = std::mem::take(&mut self.changes);
        self.kernel.monitor.read(&mut changes)?;
        if changes.contains(&netlink::Change::Overrun) {
            changes.clear();
            self.changes = changes;
            return self.resync(now);
        }
        let mut taken = Taken::default();
        for change in changes.drain(..) {
            self.note(change, &mut taken);
        }
        self.changes = changes;
        self.tell_news(now)?;
        self.tell_taken(now, taken);
        Ok(())
    }

    fn note(&mut self, change: netlink::Change, taken: &mut Taken) {
        let interfaces = &mut self.kernel.interfaces;
        match change {
            netlink::Change::Link(link) => {
                if let Some(line) = interfaces.link(link) {
                    self.parent.tell(&FromVrrp::Note(line));
                }
            }
            netlink::Change::LinkGone { index } => {
                interfaces.gone(index);
                self.addresses.interface_gone(index);
            }
            netlink::Change::Address(address) => {
                if self.addresses.is_foreign(&address) {
                    interfaces.readdressed(address.index);
                    self.monitored(&address, "added to");
                }
            }
            netlink::Change::AddressGone(address) => {
                let gone = self.addresses.gone(&address);
                if gone == Gone::ByUs {
                    return;
                }
                interfaces.readdressed(address.index);
                self.monitored(&address, "removed from");
                if gone == Gone::Taken {
                    taken.addresses.push(address);
                }
            }
            netlink::Change::RoutingGone(key) => taken.routing.extend(self.routing.gone(&key)),
            netlink::Change::Overrun => {}
        }
    }

    /// `-a`: an address that is none of ours came or went.
    fn monitored(&mut self, address: &Address, what: &str) {
        if self.options.monitor_addresses
            && let Some(name) = self.kernel.interfaces.name_of(address.index)
        {
            let address = address.address;
            let text = format!("Netlink reflector reports IP {address} {what} {name}");
            self.parent.tell(&FromVrrp::Note(text));
        }
    }

    /// Changes were missed: looks at everything afresh.
    pub(super) fn resync(&mut self, now: Instant) -> Result<(), Error> {
        // What is still in line is older than what is listed next, and would mislead.
        let mut stale = Vec::new();
        loop {
            self.kernel.monitor.read(&mut stale)?;
            if stale.is_empty() {
                break;
            }
            stale.clear();
        }
        let links = self.kernel.route.links()?;
        self.kernel.interfaces.replace(links);
        let present = self.kernel.route.addresses(None)?;
        let kernel = &mut self.kernel;
        let taken = Taken {
            addresses: self.addresses.compare(&present),
            routing: self.routing.verify(&mut kernel.route, &kernel.interfaces)?,
        };
        self.tell_news(now)?;
        self.tell_taken(now, taken);
        Ok(())
    }

    /// Tells the engine what is new of interfaces.
    pub(super) fn tell_news(&mut self, now: Instant) -> Result<(), Error> {
        let route = &mut self.kernel.route;
        let list = |index| route.addresses(index);
        let news = self.kernel.interfaces.news(list)?;
        if news.is_empty() {
            return Ok(());
        }
        for news in news {
            let input = match news {
                News::Interface(interface) => {
                    self.troubles.forget(&interface.name);
                    Input::Interface(interface)
                }
                News::Gone(name) => Input::InterfaceGone { name },
            };
            self.handle(now, input);
        }
        self.retry_sockets();
        self.apply_settings();
        // Rules that name interfaces follow them.
        self.change_firewall(Firewall::settle);
        Ok(())
    }

    /// Tells the engine of what others have removed.
    fn tell_taken(&mut self, now: Instant, taken: Taken) {
        for address in taken.addresses {
            let Some(interface) = self.kernel.interfaces.name_of(address.index) else {
                continue;
            };
            let input = Input::AddressRemoved {
                interface: interface.to_owned(),
                address: address.address,
                prefix_len: address.prefix_len,
            };
            self.handle(now, input);
        }
        for routing in taken.routing {
            self.handle(now, Input::RoutingRemoved(Box::new(routing)));
        }
    }

    /// The supervisor has said something, has taken what we said, or is gone.
    fn hear_parent(&mut self, now: Instant, readable: bool) -> Result<(), Error> {
        if self.parent.flush() {
            self.poll.watch_writes(&self.parent, PARENT, false)?;
        }
        if !readable {
            return Ok(());
        }
        let mut messages = std::mem::take(&mut self.messages);
        let state = self.parent.read(&mut messages);
        for message in messages.drain(..) {
            self.obey(now, message)?;
        }
        self.messages = messages;
        if state.is_err() {
            // Nobody is left who could stop us later.
            self.poll.remove(&self.parent)?;
            self.leave(now);
        }
        Ok(())
    }

    fn obey(&mut self, now: Instant, message: ToVrrp) -> Result<(), Error> {
        match message {
            // Only the first message configures; a second one is a reload.
            ToVrrp::Configure {
                config, watched, ..
            }
            | ToVrrp::Reconfigure { config, watched } => self.reconfigure(now, config, watched)?,
            ToVrrp::Watched(reading) => self.tell_reading(now, reading),
            ToVrrp::Script { script, outcome } => {
                self.handle(now, Input::ScriptResult { script, outcome });
            }
            ToVrrp::Status { clear } => {
                self.parent.tell(&FromVrrp::Status(self.router.status()));
                if clear {
                    self.router.clear_counters();
                }
            }
            ToVrrp::Ping => self.parent.tell(&FromVrrp::Alive),
            ToVrrp::Stop => self.leave(now),
        }
        Ok(())
    }

    fn reconfigure(
        &mut self,
        now: Instant,
        config: Box<Config>,
        watched: Vec<Reading>,
    ) -> Result<(), Error> {
        self.schedule(&config);
        self.kernel.want(&config)?;
        self.want_linkbeat(now, &config);
        self.tell_news(now)?;
        self.prepare_links(now, &config)?;
        self.want_settings(&config);
        self.tell_readings(now, watched);
        self.watch(now, &config);
        let settings = &config.global.firewall;
        self.change_firewall(|firewall, on| firewall.configure(settings, on));
        self.handle(now, Input::Reconfigure(config));
        memory::give_back();
        self.perform(now);
        self.queue.push(Work::Tell(Arc::new(FromVrrp::Ready)));
        Ok(())
    }

    /// Begins to leave: priority 0, addresses removed.
    fn leave(&mut self, now: Instant) {
        if self.leaving.is_none() {
            self.leaving = Some(now);
            self.perform(now);
            self.keeps_addresses = self.options.keep_addresses;
            self.handle(now, Input::Stop);
        }
    }

    /// Tells the supervisor of a failure, once per kind at each place.
    pub(super) fn trouble(&mut self, place: &str, what: &str) {
        if self.troubles.is_new(place, what) {
            let text = format!("cannot {place}: {what}");
            self.parent.tell(&FromVrrp::Trouble(text));
        }
    }
}

/// The moment on the clock that the engine lives by.
pub(super) fn now() -> Instant {
    Instant(monotonic_nanos())
}
