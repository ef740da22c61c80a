//! Routes and routing rules, with the numbers that the kernel has for them.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{Family, VirtualAddress};

/// `RTPROT_KEEPALIVED`: who made a route or rule, when nothing else is said.
pub const PROTOCOL_KEEPALIVED: u8 = 18;
/// `RT_TABLE_MAIN`
pub const TABLE_MAIN: u32 = 254;

/// `static_ipaddress`, `static_routes`, `static_rules`: there from start to stop.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statics {
    /// Addresses, each with its interface.
    pub addresses: Vec<VirtualAddress>,
    /// Routes, in file order, then rules, in file order.
    pub routing: Vec<Routing>,
}

/// A route or a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Routing {
    /// A route.
    Route(Box<Route>),
    /// A rule.
    Rule(Box<Rule>),
}

impl Routing {
    /// `no_track`: its loss is of no consequence.
    pub fn no_track(&self) -> bool {
        match self {
            Self::Route(route) => route.no_track,
            Self::Rule(rule) => rule.no_track,
        }
    }

    /// `track_group`
    pub fn track_group(&self) -> Option<&str> {
        match self {
            Self::Route(route) => route.track_group.as_deref(),
            Self::Rule(rule) => rule.track_group.as_deref(),
        }
    }

    /// The interface whose state matters: `dev` of a route, `iif` of a rule.
    pub fn interface(&self) -> Option<&str> {
        match self {
            Self::Route(route) => route.interface.as_deref(),
            Self::Rule(rule) => rule.input.as_deref(),
        }
    }

    /// Every interface that it names.
    pub fn interfaces(&self) -> impl Iterator<Item = &str> {
        let (own, hops) = match self {
            Self::Route(route) => {
                let own = [route.interface.as_deref(), route.domain.as_deref()];
                (own, &route.next_hops[..])
            }
            Self::Rule(rule) => ([rule.input.as_deref(), rule.output.as_deref()], &[][..]),
        };
        let hops = hops
            .iter()
            .filter_map(|hop: &NextHop| hop.interface.as_deref());
        own.into_iter().flatten().chain(hops)
    }
}

/// Addresses that begin with the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Prefix {
    /// An address among them.
    pub address: IpAddr,
    /// How many bits are the same: 0 to 32 or 128.
    pub len: u8,
}

/// A route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// Its family; that of the destination.
    pub family: Family,
    /// Kind, `RTN_*`; 1 is unicast.
    pub kind: u8,
    /// Where to; length 0: default.
    pub destination: Prefix,
    /// `from` (IPv6).
    pub source: Option<Prefix>,
    /// `src`
    pub preferred_source: Option<IpAddr>,
    /// `via`, of any family.
    pub gateway: Option<IpAddr>,
    /// `tos`
    pub tos: u8,
    /// `table`
    pub table: u32,
    /// `protocol`
    pub protocol: u8,
    /// `scope`, `RT_SCOPE_*`.
    pub scope: u8,
    /// `metric`
    pub metric: Option<u32>,
    /// `dev`
    pub interface: Option<String>,
    /// `onlink`
    pub onlink: bool,
    /// `expires`, seconds (IPv6).
    pub expires: Option<u32>,
    /// Metrics with their numbers, `RTAX_*`.
    pub metrics: Vec<(u16, u32)>,
    /// Locked metrics, a bit for each number.
    pub locks: u32,
    /// `congctl`
    pub congestion_control: Option<String>,
    /// `realms`: source realm in the upper half.
    pub realms: Option<u32>,
    /// `pref`: 0 medium, 1 high, 3 low.
    pub preference: Option<u8>,
    /// `encap`
    pub encapsulation: Option<Encapsulation>,
    /// `vrf`: the table is that of this virtual routing domain.
    pub domain: Option<String>,
    /// How it is added.
    pub adding: Adding,
    /// `nexthop`, and `or`.
    pub next_hops: Vec<NextHop>,
    /// `no_track`
    pub no_track: bool,
    /// `track_group`
    pub track_group: Option<String>,
}

impl Route {
    /// A route to a destination with no options.
    pub fn new(destination: Prefix) -> Self {
        Self {
            family: family(destination.address),
            kind: 1,
            destination,
            source: None,
            preferred_source: None,
            gateway: None,
            tos: 0,
            table: TABLE_MAIN,
            protocol: PROTOCOL_KEEPALIVED,
            scope: 0,
            metric: None,
            interface: None,
            onlink: false,
            expires: None,
            metrics: Vec::new(),
            locks: 0,
            congestion_control: None,
            realms: None,
            preference: None,
            encapsulation: None,
            domain: None,
            adding: Adding::default(),
            next_hops: Vec::new(),
            no_track: false,
            track_group: None,
        }
    }
}

/// How a route is added beside others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Adding {
    /// `prepend`: before others with the same destination.
    #[default]
    Prepend,
    /// `append`: after them.
    Append,
    /// `add`: fails if there is one.
    Alone,
}

/// One way of a route with several.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextHop {
    /// `via`, of any family.
    pub gateway: Option<IpAddr>,
    /// `dev`
    pub interface: Option<String>,
    /// `weight` less 1.
    pub hops: u8,
    /// `onlink`
    pub onlink: bool,
    /// `realms`
    pub realms: Option<u32>,
    /// `encap`
    pub encapsulation: Option<Encapsulation>,
}

/// `encap`: what packets are put into on their way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Encapsulation {
    /// `mpls LABEL[/LABEL...] [ttl N]`
    Mpls {
        /// Labels, the outermost first, each below 2^20.
        labels: Vec<u32>,
        /// TTL of the outermost label.
        ttl: Option<u8>,
    },
    /// `ip` and `ip6`: for a tunnel that gets its parameters from routes.
    Ip {
        /// Family of the tunnel.
        family: Family,
        /// `id`
        id: Option<u64>,
        /// `dst`
        destination: Option<IpAddr>,
        /// `src`
        source: Option<IpAddr>,
        /// `tos`, or `tc`
        tos: Option<u8>,
        /// `ttl`, or `hoplimit`
        ttl: Option<u8>,
    },
}

/// A routing rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Its family.
    pub family: Family,
    /// `from`
    pub source: Option<Prefix>,
    /// `to`
    pub destination: Option<Prefix>,
    /// `not`
    pub inverted: bool,
    /// `preference`: lower ones are looked at first.
    pub priority: u32,
    /// `tos`
    pub tos: u8,
    /// `fwmark`
    pub mark: Option<u32>,
    /// Bits of the mark that count.
    pub mark_mask: Option<u32>,
    /// `realms`: source realm in the upper half.
    pub realms: Option<u32>,
    /// `suppress_prefixlength`
    pub suppress_prefix: Option<u32>,
    /// `suppress_ifgroup`
    pub suppress_group: Option<u32>,
    /// `iif`
    pub input: Option<String>,
    /// `oif`
    pub output: Option<String>,
    /// `tunnel-id`
    pub tunnel: Option<u64>,
    /// `uidrange`
    pub users: Option<(u32, u32)>,
    /// `protocol`: who made it.
    pub protocol: u8,
    /// `ipproto`
    pub ip_protocol: Option<u8>,
    /// `sport`
    pub source_ports: Option<(u16, u16)>,
    /// `dport`
    pub destination_ports: Option<(u16, u16)>,
    /// What is done with packets that it fits.
    pub action: RuleAction,
    /// `no_track`
    pub no_track: bool,
    /// `track_group`
    pub track_group: Option<String>,
}

impl Rule {
    /// A rule for every packet.
    pub fn new(family: Family, priority: u32, action: RuleAction) -> Self {
        Self {
            family,
            source: None,
            destination: None,
            inverted: false,
            priority,
            tos: 0,
            mark: None,
            mark_mask: None,
            realms: None,
            suppress_prefix: None,
            suppress_group: None,
            input: None,
            output: None,
            tunnel: None,
            users: None,
            protocol: PROTOCOL_KEEPALIVED,
            ip_protocol: None,
            source_ports: None,
            destination_ports: None,
            action,
            no_track: false,
            track_group: None,
        }
    }
}

/// What a rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RuleAction {
    /// `table`: looks there.
    Table(u32),
    /// `l3mdev`: looks in the table of the interface's VRF.
    Domain,
    /// `goto`: goes on with the rule of this priority.
    Goto(u32),
    /// `nop`: goes on.
    Nop,
    /// `blackhole`: drops without a word.
    Blackhole,
    /// `unreachable`
    Unreachable,
    /// `prohibit`
    Prohibit,
}

/// Family of an address.
pub fn family(address: IpAddr) -> Family {
    if address.is_ipv4() {
        Family::V4
    } else {
        Family::V6
    }
}
