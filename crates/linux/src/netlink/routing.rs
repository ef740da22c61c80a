//! Routes: adding and removing them, and hearing that others removed a route or a rule.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use netlink_packet_core::{
    DefaultNla, NLM_F_APPEND, NLM_F_CREATE, NLM_F_EXCL, NetlinkMessage, NlasIterator,
};
use netlink_packet_route::route::{
    RouteAddress, RouteAttribute, RouteFlags, RouteHeader, RouteMessage, RouteMetric, RouteNextHop,
    RouteNextHopFlags, RouteRealm, RouteVia,
};
use netlink_packet_route::{AddressFamily, RouteNetlinkMessage};

/// `RTM_DELROUTE`
pub(super) const ROUTE_GONE: u16 = libc::RTM_DELROUTE;
/// `RTM_DELRULE`
pub(super) const RULE_GONE: u16 = libc::RTM_DELRULE;

/// `RTA_CC_ALGO` and its like are metrics; the lock is the first of them (`RTAX_LOCK`).
const METRIC_LOCK: u16 = 1;
/// Metric of an IPv6 route that was given none (`IP6_RT_PRIO_USER`).
const METRIC_V6: u32 = 1024;

/// Addresses that begin with the same bits.
pub type Prefix = (IpAddr, u8);

/// A route as it is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRoute {
    /// Where to; length 0: default. Its family is that of the route.
    pub destination: Prefix,
    /// Source (IPv6).
    pub source: Option<Prefix>,
    /// `RTN_*`
    pub kind: u8,
    /// `RT_SCOPE_*`
    pub scope: u8,
    /// `RTPROT_*`
    pub protocol: u8,
    /// Type of service.
    pub tos: u8,
    /// Table.
    pub table: u32,
    /// Metric.
    pub priority: Option<u32>,
    /// Way of a route that has only one.
    pub hop: Hop,
    /// Source address of packets.
    pub preferred_source: Option<IpAddr>,
    /// Seconds until it goes (IPv6).
    pub expires: Option<u32>,
    /// Metrics by their numbers, `RTAX_*`.
    pub metrics: Vec<(u16, u32)>,
    /// Locked metrics, a bit for each number.
    pub locks: u32,
    /// `RTAX_CC_ALGO`
    pub congestion_control: Option<String>,
    /// Router preference (IPv6), `ICMPV6_ROUTER_PREF_*`.
    pub preference: Option<u8>,
    /// Ways of a route with several.
    pub hops: Vec<Hop>,
    /// How it is added.
    pub adding: RouteAdding,
}

/// One way of a route.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hop {
    /// Gateway, of any family.
    pub gateway: Option<IpAddr>,
    /// Kernel's index of the interface.
    pub index: Option<u32>,
    /// Weight less 1.
    pub weight: u8,
    /// The gateway is on the link whatever the addresses say.
    pub onlink: bool,
    /// Realms; the source in the upper half.
    pub realms: Option<u32>,
    /// What packets are put into.
    pub encapsulation: Option<Encapsulation>,
}

/// What packets are put into on their way (`RTA_ENCAP`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Encapsulation {
    /// Labels, the outermost first, and TTL.
    Mpls(Vec<u32>, Option<u8>),
    /// A tunnel that gets its parameters from routes.
    Ip {
        /// Over IPv6.
        is_v6: bool,
        /// Its number.
        id: Option<u64>,
        /// Other end.
        destination: Option<IpAddr>,
        /// This end.
        source: Option<IpAddr>,
        /// Type of service.
        tos: Option<u8>,
        /// TTL or hop limit.
        ttl: Option<u8>,
    },
}

/// `RTA_ENCAP_TYPE`
const ENCAP_KIND: u16 = 21;
/// `RTA_ENCAP`
const ENCAP: u16 = 22;

impl Encapsulation {
    /// Its two attributes.
    fn attributes(&self) -> [RouteAttribute; 2] {
        // `LWTUNNEL_ENCAP_MPLS`, `_IP`, `_IP6`
        let kind: u16 = match self {
            Self::Mpls(..) => 1,
            Self::Ip { is_v6: false, .. } => 2,
            Self::Ip { is_v6: true, .. } => 4,
        };
        let other = |kind, bytes| RouteAttribute::Other(DefaultNla::new(kind, bytes));
        let kind = other(ENCAP_KIND, kind.to_ne_bytes().to_vec());
        [kind, other(ENCAP, self.bytes())]
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut put = |kind: u16, value: &[u8]| {
            let length = u16::try_from(value.len() + 4).unwrap_or(u16::MAX);
            bytes.extend(length.to_ne_bytes());
            bytes.extend(kind.to_ne_bytes());
            bytes.extend(value);
            bytes.resize(bytes.len().next_multiple_of(4), 0);
        };
        match self {
            // `MPLS_IPTUNNEL_DST`, `MPLS_IPTUNNEL_TTL`
            Self::Mpls(labels, ttl) => {
                let last = labels.len().saturating_sub(1);
                let stack = labels.iter().enumerate();
                let stack: Vec<u8> = stack
                    // A label, and a bit that says that it is the last one.
                    .flat_map(|(n, label)| (label << 12 | u32::from(n == last) << 8).to_be_bytes())
                    .collect();
                put(1, &stack);
                if let Some(ttl) = ttl {
                    put(2, &[*ttl]);
                }
            }
            // `LWTUNNEL_IP_ID`, `_DST`, `_SRC`, `_TTL`, `_TOS`; the same for IPv6, with
            // hop limit and traffic class
            Self::Ip {
                id,
                destination,
                source,
                tos,
                ttl,
                ..
            } => {
                if let Some(id) = id {
                    put(1, &id.to_be_bytes());
                }
                for (kind, address) in [(2, destination), (3, source)] {
                    match address {
                        Some(IpAddr::V4(v4)) => put(kind, &v4.octets()),
                        Some(IpAddr::V6(v6)) => put(kind, &v6.octets()),
                        None => {}
                    }
                }
                for (kind, byte) in [(4, ttl), (5, tos)] {
                    if let Some(byte) = byte {
                        put(kind, &[*byte]);
                    }
                }
            }
        }
        bytes
    }
}

/// How a route is added beside others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteAdding {
    /// Before them.
    Prepend,
    /// After them.
    Append,
    /// Only if there is none.
    Alone,
}

impl NewRoute {
    /// The request that adds it. It fails with `EEXIST` if it is there.
    pub fn add(&self) -> NetlinkMessage<RouteNetlinkMessage> {
        let mut request = NetlinkMessage::from(RouteNetlinkMessage::NewRoute(self.message()));
        request.header.flags = match self.adding {
            RouteAdding::Prepend => NLM_F_CREATE,
            RouteAdding::Append => NLM_F_CREATE | NLM_F_APPEND,
            RouteAdding::Alone => NLM_F_CREATE | NLM_F_EXCL,
        };
        request
    }

    /// The request that removes it. It fails with `ESRCH` if it is not there.
    pub fn remove(&self) -> NetlinkMessage<RouteNetlinkMessage> {
        NetlinkMessage::from(RouteNetlinkMessage::DelRoute(self.message()))
    }

    /// What the kernel tells when it is gone.
    pub fn key(&self) -> RoutingKey {
        let is_v6 = self.destination.0.is_ipv6();
        let priority = self.priority.unwrap_or(0);
        RoutingKey::Route {
            is_v6,
            table: self.table,
            destination: self.destination,
            tos: self.tos,
            priority: if is_v6 && priority == 0 {
                METRIC_V6
            } else {
                priority
            },
        }
    }

    fn message(&self) -> RouteMessage {
        let family = family_of(self.destination.0);
        let mut message = RouteMessage::default();
        message.header = RouteHeader {
            address_family: family,
            destination_prefix_length: self.destination.1,
            source_prefix_length: self.source.map_or(0, |(_, len)| len),
            tos: self.tos,
            table: u8::try_from(self.table).unwrap_or(RouteHeader::RT_TABLE_UNSPEC),
            protocol: self.protocol.into(),
            scope: self.scope.into(),
            kind: self.kind.into(),
            flags: if self.hop.onlink {
                RouteFlags::Onlink
            } else {
                RouteFlags::empty()
            },
        };
        let is_v6 = family == AddressFamily::Inet6;
        message.attributes = hop_attributes(&self.hop, is_v6);
        message.attributes.extend(self.attributes());
        message.attributes.extend(self.ways(is_v6));
        message
    }

    fn attributes(&self) -> Vec<RouteAttribute> {
        let mut list = vec![RouteAttribute::Table(self.table)];
        let (destination, len) = self.destination;
        if len > 0 {
            list.push(RouteAttribute::Destination(destination.into()));
        }
        let source = self.source.filter(|(_, len)| *len > 0);
        list.extend(source.map(|(address, _)| RouteAttribute::Source(address.into())));
        let preferred = self.preferred_source.map(RouteAddress::from);
        list.extend(preferred.map(RouteAttribute::PrefSource));
        list.extend(self.hop.index.map(RouteAttribute::Oif));
        list.extend(self.priority.map(RouteAttribute::Priority));
        list.extend(self.expires.map(RouteAttribute::Expires));
        let preference = self.preference.map(Into::into);
        list.extend(preference.map(RouteAttribute::Preference));
        let metrics = self.metrics();
        if !metrics.is_empty() {
            list.push(RouteAttribute::Metrics(metrics));
        }
        list
    }

    /// Metrics; the last one of each number holds.
    fn metrics(&self) -> Vec<RouteMetric> {
        let mut numbers = std::collections::BTreeMap::new();
        if self.locks != 0 {
            numbers.insert(METRIC_LOCK, self.locks);
        }
        numbers.extend(self.metrics.iter().copied());
        let numbers = numbers.into_iter();
        let mut metrics: Vec<RouteMetric> = numbers
            .map(|(kind, value)| {
                let bytes = value.to_ne_bytes().to_vec();
                RouteMetric::Other(DefaultNla::new(kind, bytes))
            })
            .collect();
        metrics.extend(self.congestion_control.clone().map(RouteMetric::CcAlgo));
        metrics
    }

    fn ways(&self, is_v6: bool) -> Option<RouteAttribute> {
        let ways = self.hops.iter().map(|hop| {
            let mut way = RouteNextHop::default();
            way.hops = hop.weight;
            way.interface_index = hop.index.unwrap_or(0);
            if hop.onlink {
                way.flags = RouteNextHopFlags::Onlink;
            }
            way.attributes = hop_attributes(hop, is_v6);
            way
        });
        (!self.hops.is_empty()).then(|| RouteAttribute::MultiPath(ways.collect()))
    }
}

/// Gateway, realms and encapsulation.
fn hop_attributes(hop: &Hop, is_v6: bool) -> Vec<RouteAttribute> {
    let gateway = hop.gateway.map(|gateway| match gateway {
        IpAddr::V6(address) if !is_v6 => RouteAttribute::Via(RouteVia::Inet6(address)),
        IpAddr::V4(address) if is_v6 => RouteAttribute::Via(RouteVia::Inet(address)),
        IpAddr::V4(_) | IpAddr::V6(_) => RouteAttribute::Gateway(gateway.into()),
    });
    let realms = hop
        .realms
        .map(|realms| RouteAttribute::Realm(realm(realms)));
    let encapsulation = hop.encapsulation.iter();
    let encapsulation = encapsulation.flat_map(Encapsulation::attributes);
    gateway
        .into_iter()
        .chain(realms)
        .chain(encapsulation)
        .collect()
}

/// Both realms of one number.
pub(super) fn realm(realms: u32) -> RouteRealm {
    let [a, b, c, d] = realms.to_be_bytes();
    RouteRealm {
        source: u16::from_be_bytes([a, b]),
        destination: u16::from_be_bytes([c, d]),
    }
}

/// What the kernel tells of a route or rule that is gone. Several may look the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RoutingKey {
    /// A route.
    Route {
        /// It is for IPv6.
        is_v6: bool,
        /// Table.
        table: u32,
        /// Destination.
        destination: Prefix,
        /// Type of service.
        tos: u8,
        /// Metric.
        priority: u32,
    },
    /// A rule.
    Rule {
        /// It is for IPv6.
        is_v6: bool,
        /// Priority.
        priority: u32,
        /// Source.
        source: Option<Prefix>,
        /// Destination.
        destination: Option<Prefix>,
    },
}

impl RoutingKey {
    /// Reads the `rtmsg` of a route that is gone.
    pub(super) fn of_route(payload: &[u8]) -> Option<Self> {
        let header: [u8; 12] = *payload.first_chunk()?;
        let [family, len, _, tos, table, ..] = header;
        let is_v6 = is_v6(family)?;
        let mut destination = unspecified(is_v6);
        let (mut table, mut priority) = (u32::from(table), 0);
        for attribute in NlasIterator::new(payload.get(12..)?).map_while(Result::ok) {
            match attribute.kind() {
                libc::RTA_DST => destination = super::address::ip_of(attribute.value())?,
                libc::RTA_TABLE => table = number(attribute.value())?,
                libc::RTA_PRIORITY => priority = number(attribute.value())?,
                _ => {}
            }
        }
        Some(Self::Route {
            is_v6,
            table,
            destination: (destination, len),
            tos,
            priority,
        })
    }

    /// Reads the `fib_rule_hdr` of a rule that is gone.
    pub(super) fn of_rule(payload: &[u8]) -> Option<Self> {
        let header: [u8; 12] = *payload.first_chunk()?;
        let [family, destination_len, source_len, ..] = header;
        let (mut priority, mut source, mut destination) = (0, None, None);
        for attribute in NlasIterator::new(payload.get(12..)?).map_while(Result::ok) {
            match attribute.kind() {
                FRA_DST => destination = super::address::ip_of(attribute.value()),
                FRA_SRC => source = super::address::ip_of(attribute.value()),
                FRA_PRIORITY => priority = number(attribute.value())?,
                _ => {}
            }
        }
        Some(Self::Rule {
            is_v6: is_v6(family)?,
            priority,
            source: source.map(|address| (address, source_len)),
            destination: destination.map(|address| (address, destination_len)),
        })
    }
}

/// `FRA_DST`
const FRA_DST: u16 = 1;
/// `FRA_SRC`
const FRA_SRC: u16 = 2;
/// `FRA_PRIORITY`
const FRA_PRIORITY: u16 = 6;

/// Whether adding failed only because it is there already.
pub fn is_there_already(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::EEXIST)
}

/// Whether removing failed only because it, its table or its interface is not there.
pub fn is_not_there(error: &io::Error) -> bool {
    let absent = [libc::ESRCH, libc::ENOENT, libc::ENODEV];
    error
        .raw_os_error()
        .is_some_and(|code| absent.contains(&code))
}

fn is_v6(family: u8) -> Option<bool> {
    match i32::from(family) {
        libc::AF_INET => Some(false),
        libc::AF_INET6 => Some(true),
        _ => None,
    }
}

fn unspecified(is_v6: bool) -> IpAddr {
    if is_v6 {
        Ipv6Addr::UNSPECIFIED.into()
    } else {
        Ipv4Addr::UNSPECIFIED.into()
    }
}

fn number(bytes: &[u8]) -> Option<u32> {
    bytes.first_chunk().map(|bytes| u32::from_ne_bytes(*bytes))
}

fn family_of(address: IpAddr) -> AddressFamily {
    match address {
        IpAddr::V4(_) => AddressFamily::Inet,
        IpAddr::V6(_) => AddressFamily::Inet6,
    }
}
