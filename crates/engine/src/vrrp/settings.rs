//! What an instance needs of its configuration, resolved and compact.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use vipd_config::model::{
    self, AuthHmac, AuthKind, Authentication, Family, Garp, HmacMode, InitialState, OldChecksum,
    ReceiveBuffer, Routing, SyncGroup, Transport, Version, VirtualLink,
};

use crate::effect::Placed;
use crate::tracking::watch::Kind;
use crate::wire::ah::KEY_BYTES;
use crate::wire::{PROTOCOL_AH, PROTOCOL_VRRP};

/// Priority of the owner of the addresses.
pub(crate) const OWNER: u8 = 255;

/// The settings of one instance, without what only scripts and mails need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a keyword of its own"
)]
pub(crate) struct Settings {
    pub(crate) name: Arc<str>,
    pub(crate) interface: Option<Arc<str>>,
    pub(crate) family: Family,
    pub(crate) vrid: u8,
    pub(crate) version: Version,
    pub(crate) priority: u8,
    pub(crate) interval: Duration,
    /// `state MASTER`, or owner: in a sync group it wants to be master from the start.
    pub(crate) wants_master: bool,
    pub(crate) preempts: bool,
    pub(crate) preempt_delay: Duration,
    pub(crate) authentication: Option<Authentication>,
    /// `auth_hmac`, of version 3.
    pub(crate) hmac: Option<Box<AuthHmac>>,
    pub(crate) source: Option<IpAddr>,
    pub(crate) track_source: bool,
    pub(crate) transport: Transport,
    /// VIPs carried in adverts, each with its interface.
    pub(crate) addresses: Arc<[Placed]>,
    /// VIPs not carried in adverts.
    pub(crate) excluded: Arc<[Placed]>,
    /// Interfaces made for it: virtual MAC addresses.
    pub(crate) virtual_links: Option<Box<VirtualLinks>>,
    /// Routes, then rules.
    pub(crate) routing: Arc<[Routing]>,
    /// Packets to the addresses are accepted: always by their owner (V3-25).
    pub(crate) accepts: bool,
    pub(crate) garp: Garp,
    pub(crate) down_adverts: u8,
    pub(crate) lower_prio_no_advert: bool,
    pub(crate) higher_prio_send_advert: bool,
    pub(crate) owner_ignore_adverts: bool,
    pub(crate) skip_check_adv_addr: bool,
    pub(crate) v3_checksum_as_v2: bool,
    pub(crate) old_checksum: OldChecksum,
    seldom: Option<Box<Seldom>>,
    pub(crate) tracks_primary: bool,
    pub(crate) timer_expired_backup: Option<u8>,
    pub(crate) trackers: Box<[Tracked]>,
}

/// Interfaces made for an instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct VirtualLinks {
    links: Box<[VirtualLink]>,
    /// The one that adverts go out on; none when they go out on the instance's interface.
    sends_on: Option<Arc<str>>,
}

impl VirtualLinks {
    fn of(config: &model::Instance) -> Option<Box<Self>> {
        let sends_on = config.virtual_links.iter().find(|link| link.sends);
        let made = Self {
            links: config.virtual_links.clone().into(),
            sends_on: sends_on.map(|link| Arc::from(link.name.as_str())),
        };
        (!made.links.is_empty()).then(|| Box::new(made))
    }
}

/// What few instances have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Seldom {
    /// `vrf`
    domain: Option<Arc<str>>,
    extra: Option<Extra>,
    receive_buffer: Option<ReceiveBuffer>,
}

impl Seldom {
    fn of(config: &model::Instance, own: Option<&Arc<str>>) -> Option<Box<Self>> {
        let seldom = Self {
            domain: config.domain.as_deref().map(Arc::from),
            extra: Extra::of(config, own),
            receive_buffer: config.receive_buffer,
        };
        (seldom != Self::default()).then(|| Box::new(seldom))
    }
}

/// Announcements where no adverts go out (`garp_extra_if`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Extra {
    pub(crate) every: Duration,
    pub(crate) addresses: Arc<[Placed]>,
}

impl Extra {
    fn of(config: &model::Instance, own: Option<&Arc<str>>) -> Option<Self> {
        let extra = config.garp_extra?;
        let speaks = config.sends_on();
        // Without `all`, as keepalived, only those made for addresses elsewhere.
        let made = config.virtual_links.iter().filter(|link| {
            let is_own = Some(&link.base) == config.interface.as_ref();
            !(is_own && link.family == config.family)
        });
        let made: Vec<&str> = made.map(|link| link.name.as_str()).collect();
        let lists = [&config.addresses, &config.excluded_addresses];
        let placed = lists.map(|list| place(list, config, own));
        let mut addresses: Vec<Placed> = Vec::new();
        for placed in placed.iter().flat_map(|list| list.iter()) {
            let name = &*placed.interface;
            let is_silent = speaks != Some(name) && (extra.everywhere || made.contains(&name));
            // One is enough for switches.
            if is_silent && addresses.iter().all(|known| *known.interface != *name) {
                addresses.push(placed.clone());
            }
        }
        (!addresses.is_empty()).then(|| Self {
            every: extra.every,
            addresses: addresses.into(),
        })
    }
}

/// A thing tracked, with its weight here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tracked {
    pub(crate) what: Target,
    /// 0: a fault instead of a change of priority.
    pub(crate) weight: i16,
    pub(crate) reverse: bool,
}

/// What is tracked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Target {
    Interface(Arc<str>),
    Script(Arc<str>),
    /// Something that is watched, by kind and name.
    Watched((Kind, Arc<str>)),
}

/// What makes two configurations speak of the same virtual router (section 14: not the name).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Identity {
    /// Virtual router.
    pub vrid: u8,
    /// Family of its VIPs.
    pub family: Family,
    /// Its interface.
    pub interface: Option<Arc<str>>,
    /// Whether it uses the virtual MAC address.
    pub vmac: Vmac,
    /// Multicast group; none for unicast.
    pub group: Option<IpAddr>,
    /// Source address of a unicast instance, when configured.
    pub unicast_source: Option<IpAddr>,
}

/// What an instance uses the virtual MAC address for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Vmac {
    /// Nothing.
    #[default]
    Unused,
    /// Its addresses; adverts go out on the interface below.
    Holds,
    /// Addresses and adverts.
    Sends,
    /// Nothing: it has an ipvlan.
    Ipvlan,
}

impl Settings {
    /// Takes from the configuration what the engine needs.
    pub(crate) fn new(config: &model::Instance, group: Option<&SyncGroup>) -> Self {
        let interface: Option<Arc<str>> = config.interface.as_deref().map(Arc::from);
        let is_owner = config.priority == OWNER;
        let wants_master = config.initial_state == InitialState::Master && !is_owner;
        let preempt_delay = if wants_master {
            Duration::ZERO
        } else {
            config.preempt_delay
        };
        Self {
            name: Arc::from(config.name.as_str()),
            family: config.family,
            vrid: config.vrid,
            version: config.version,
            priority: config.priority,
            interval: config.advert_interval,
            wants_master: wants_master || is_owner,
            // V2-23, V3-24.
            preempts: config.preempts || wants_master || is_owner,
            preempt_delay,
            authentication: config.authentication,
            hmac: config.hmac.clone().map(Box::new),
            source: config.source,
            track_source: config.track_source,
            transport: config.transport.clone(),
            addresses: place(&config.addresses, config, interface.as_ref()),
            excluded: place(&config.excluded_addresses, config, interface.as_ref()),
            virtual_links: VirtualLinks::of(config),
            routing: shared_list(config.routing.iter().cloned()),
            accepts: config.accept || is_owner,
            garp: config.garp,
            down_adverts: config.down_timer_adverts.max(1),
            lower_prio_no_advert: config.lower_prio_no_advert,
            higher_prio_send_advert: config.higher_prio_send_advert,
            owner_ignore_adverts: config.owner_ignore_adverts,
            skip_check_adv_addr: config.skip_check_adv_addr,
            v3_checksum_as_v2: config.v3_checksum_as_v2,
            old_checksum: config.old_checksum,
            seldom: Seldom::of(config, interface.as_ref()),
            tracks_primary: config.tracks_primary,
            timer_expired_backup: config.timer_expired_backup,
            trackers: trackers(config, group, interface.as_ref()),
            interface,
        }
    }

    /// What tells this virtual router from others.
    pub(crate) fn identity(&self) -> Identity {
        let (group, unicast_source) = match &self.transport {
            Transport::Multicast { group } => (Some(*group), None),
            Transport::Unicast { .. } => (None, self.source),
        };
        Identity {
            vrid: self.vrid,
            family: self.family,
            interface: self.interface.clone(),
            vmac: self.vmac(),
            group,
            unicast_source,
        }
    }

    /// Interfaces made for it.
    pub(crate) fn virtual_links(&self) -> &[VirtualLink] {
        self.virtual_links.as_ref().map_or(&[], |made| &made.links)
    }

    /// Where adverts go out, and come in.
    pub(crate) fn sends_on(&self) -> Option<&Arc<str>> {
        let made = self.virtual_links.as_ref();
        made.and_then(|made| made.sends_on.as_ref())
            .or(self.interface.as_ref())
    }

    /// The interface that adverts have their source address from, unless configured.
    pub(crate) fn source_interface(&self) -> Option<&Arc<str>> {
        let mut links = self.virtual_links().iter();
        if links.any(|link| link.ipvlan.is_some()) {
            self.sends_on()
        } else {
            self.interface.as_ref()
        }
    }

    /// Whether its own addresses are on an interface made for them, and adverts too.
    fn vmac(&self) -> Vmac {
        let own = self.interface.as_deref();
        let mut links = self.virtual_links().iter();
        let link = links.find(|link| link.family == self.family && Some(&*link.base) == own);
        match link {
            None => Vmac::Unused,
            Some(link) if link.ipvlan.is_some() => Vmac::Ipvlan,
            Some(link) if link.sends => Vmac::Sends,
            Some(_) => Vmac::Holds,
        }
    }

    /// Routing domain of an instance without interface.
    pub(crate) fn domain(&self) -> Option<&Arc<str>> {
        self.seldom.as_ref()?.domain.as_ref()
    }

    /// Announcements where no adverts go out.
    pub(crate) fn extra(&self) -> Option<&Extra> {
        self.seldom.as_ref()?.extra.as_ref()
    }

    /// Receive buffer that it adds to its socket.
    pub(crate) fn receive_buffer(&self) -> Option<ReceiveBuffer> {
        self.seldom.as_ref()?.receive_buffer
    }

    /// Whether adverts go to listed peers.
    pub(crate) fn is_unicast(&self) -> bool {
        matches!(self.transport, Transport::Unicast { .. })
    }

    /// Protocol number its adverts travel under.
    pub(crate) fn protocol(&self) -> u8 {
        match self.ah_key() {
            Some(_) => PROTOCOL_AH,
            None => PROTOCOL_VRRP,
        }
    }

    /// Key of the authentication header, when there is one.
    pub(crate) fn ah_key(&self) -> Option<[u8; KEY_BYTES]> {
        let authentication = self.authentication.as_ref()?;
        (authentication.kind == AuthKind::Ah).then_some(authentication.key)
    }

    /// Whether one advert is like the other but for the id of the packet: multicast, without a
    /// number or a stamp in it.
    pub(crate) fn repeats_adverts(&self) -> bool {
        !self.is_unicast() && self.ah_key().is_none() && self.signs().is_none()
    }

    /// About how long its adverts are, in bytes, with the IP header.
    pub(crate) fn advert_bytes(&self) -> usize {
        let (header, address) = match self.family {
            Family::V4 => (20, 4),
            Family::V6 => (0, 16),
        };
        let authentication = match self.version {
            Version::V2 => 8,
            Version::V3 => 0,
        };
        header + 8 + address * self.addresses.len() + authentication
    }

    /// Rules and secret with which adverts are signed, when they are.
    pub(crate) fn signs(&self) -> Option<(&AuthHmac, &[u8])> {
        let rules = self.hmac.as_ref()?;
        let secret = rules.keys.get(&rules.active_key)?;
        (rules.mode != HmacMode::ReceiveOnly).then_some((rules, &secret.0))
    }

    /// TTL or hop limit of its adverts.
    pub(crate) fn hop_limit(&self) -> u8 {
        match self.transport {
            Transport::Multicast { .. } => 255,
            Transport::Unicast { ttl, .. } => ttl,
        }
    }

    /// Every address it may hold.
    pub(crate) fn every_address(&self) -> impl Iterator<Item = &Placed> {
        self.addresses.iter().chain(self.excluded.iter())
    }

    /// Every interface that matters to it: its own, those tracked, those of its addresses.
    pub(crate) fn every_interface(&self) -> impl Iterator<Item = &Arc<str>> {
        let tracked = self.trackers.iter().filter_map(|t| match &t.what {
            Target::Interface(name) => Some(name),
            Target::Script(_) | Target::Watched(_) => None,
        });
        let addresses = self.every_address().map(|placed| &placed.interface);
        let own = self.interface.iter().chain(self.sends_on());
        let own = own.chain(self.domain());
        own.chain(tracked).chain(addresses)
    }
}

/// Gives each address its interface. Without one it stays on none and is left out: the
/// configuration reader has said so.
fn place(
    list: &[model::VirtualAddress],
    config: &model::Instance,
    own: Option<&Arc<str>>,
) -> Arc<[Placed]> {
    let placed = list.iter().filter_map(|address| {
        Some(Placed {
            interface: shared(config.place_of(address)?, own),
            address: address.clone(),
        })
    });
    shared_list(placed)
}

/// A list to be kept; all empty ones are the same.
fn shared_list<T>(items: impl Iterator<Item = T>) -> Arc<[T]> {
    let mut items = items.peekable();
    if items.peek().is_none() {
        return Arc::default();
    }
    items.collect()
}

/// A name to be kept; that of the own interface is not kept twice.
fn shared(name: &str, own: Option<&Arc<str>>) -> Arc<str> {
    match own {
        Some(own) if **own == *name => own.clone(),
        Some(_) | None => Arc::from(name),
    }
}

/// Everything tracked: what the file lists for the instance, then what it lists for its group, and
/// with weight 0 the interfaces of VIPs, routes and rules. The own interface is no tracker while
/// the instance follows it anyway: its loss is a fault of its own kind. Which weight holds of what
/// instance and group both track is settled in the configuration (section 8).
fn trackers(
    config: &model::Instance,
    group: Option<&SyncGroup>,
    own: Option<&Arc<str>>,
) -> Box<[Tracked]> {
    let of_group =
        |list: fn(&SyncGroup) -> &Vec<model::Tracked>| group.map(list).into_iter().flatten();
    let interfaces = config.track_interfaces.iter();
    let interfaces = interfaces.chain(of_group(|group| &group.track_interfaces));
    let scripts = config.track_scripts.iter();
    let scripts = scripts.chain(of_group(|group| &group.track_scripts));
    let ports = config.track_ports.iter();
    let ports = ports.chain(of_group(|group| &group.track_ports));
    let processes = config.track_processes.iter();
    let processes = processes.chain(of_group(|group| &group.track_processes));
    let files = config.track_files.iter();
    let files = files.chain(of_group(|group| &group.track_files));
    let name = |tracked: &model::Tracked| Arc::from(tracked.name.as_str());
    let watched = |kind| move |tracked| (Target::Watched((kind, name(tracked))), tracked);
    let listed = interfaces
        .map(|tracked| (Target::Interface(name(tracked)), tracked))
        .chain(scripts.map(|tracked| (Target::Script(name(tracked)), tracked)))
        .chain(ports.map(watched(Kind::Port)))
        .chain(processes.map(watched(Kind::Process)))
        .chain(files.map(watched(Kind::File)));
    let mut list: Vec<Tracked> = Vec::new();
    for (what, tracked) in listed {
        let is_file = matches!(&what, Target::Watched((Kind::File, _)));
        // For an owner a number is a fault or none.
        let is_fault = is_file && config.priority == OWNER;
        let weight = if is_fault { 0 } else { tracked.weight.value };
        let is_own = own.is_some_and(|own| what == Target::Interface(own.clone()));
        let follows_anyway = is_own && config.tracks_primary;
        let is_double = list.iter().any(|known| known.what == what);
        // An owner never changes its priority, so weighted trackers mean nothing to it.
        if is_double || follows_anyway || weight != 0 && config.priority == OWNER {
            continue;
        }
        list.push(Tracked {
            what,
            weight,
            reverse: tracked.weight.reverse,
        });
    }
    for name in held_on(config) {
        let what = Target::Interface(Arc::from(name));
        if own.is_some_and(|own| **own == *name) || list.iter().any(|t| t.what == what) {
            continue;
        }
        list.push(Tracked {
            what,
            weight: 0,
            reverse: false,
        });
    }
    list.into()
}

/// Interfaces of addresses, routes and rules whose loss matters.
fn held_on(config: &model::Instance) -> impl Iterator<Item = &str> {
    let addresses = config.addresses.iter().chain(&config.excluded_addresses);
    let addresses = addresses.filter(|address| !address.no_track);
    let routing = config.routing.iter().filter(|one| !one.no_track());
    addresses
        .filter_map(|address| address.interface.as_deref())
        .chain(routing.filter_map(Routing::interface))
}
