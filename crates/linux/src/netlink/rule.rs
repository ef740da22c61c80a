//! Routing rules: adding and removing them.

use netlink_packet_core::{NLM_F_CREATE, NLM_F_EXCL, NetlinkMessage};
use netlink_packet_route::rule::{
    RuleAction, RuleAttribute, RuleFlags, RuleHeader, RuleMessage, RulePortRange, RuleUidRange,
};
use netlink_packet_route::{AddressFamily, RouteNetlinkMessage};

use super::routing::{Prefix, RoutingKey, realm};

/// A routing rule as it is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRule {
    /// It is for IPv6.
    pub is_v6: bool,
    /// Source of packets.
    pub source: Option<Prefix>,
    /// Destination of packets.
    pub destination: Option<Prefix>,
    /// It fits the other packets.
    pub inverted: bool,
    /// Lower ones are looked at first.
    pub priority: u32,
    /// Type of service.
    pub tos: u8,
    /// Firewall mark.
    pub mark: Option<u32>,
    /// Bits of the mark that count.
    pub mark_mask: Option<u32>,
    /// Realms; the source in the upper half.
    pub realms: Option<u32>,
    /// Routes with prefixes up to this length do not count.
    pub suppress_prefix: Option<u32>,
    /// Routes over interfaces of this group do not count.
    pub suppress_group: Option<u32>,
    /// Input interface.
    pub input: Option<String>,
    /// Output interface.
    pub output: Option<String>,
    /// Tunnel.
    pub tunnel: Option<u64>,
    /// Users.
    pub users: Option<(u32, u32)>,
    /// `RTPROT_*`
    pub protocol: u8,
    /// IP protocol.
    pub ip_protocol: Option<u8>,
    /// Source ports.
    pub source_ports: Option<(u16, u16)>,
    /// Destination ports.
    pub destination_ports: Option<(u16, u16)>,
    /// What is done.
    pub action: NewRuleAction,
}

/// What a rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewRuleAction {
    /// Looks in a table.
    Table(u32),
    /// Looks in the table of the interface's VRF.
    Domain,
    /// Goes on with the rule of this priority.
    Goto(u32),
    /// Goes on.
    Nop,
    /// Drops.
    Blackhole,
    /// Answers that the network is unreachable.
    Unreachable,
    /// Answers that it is forbidden.
    Prohibit,
}

impl NewRule {
    /// The request that adds it. It fails with `EEXIST` if it is there.
    pub fn add(&self) -> NetlinkMessage<RouteNetlinkMessage> {
        let mut request = NetlinkMessage::from(RouteNetlinkMessage::NewRule(self.message()));
        request.header.flags = NLM_F_CREATE | NLM_F_EXCL;
        request
    }

    /// The request that removes it. It fails with `ENOENT` if it is not there.
    pub fn remove(&self) -> NetlinkMessage<RouteNetlinkMessage> {
        NetlinkMessage::from(RouteNetlinkMessage::DelRule(self.message()))
    }

    /// What the kernel tells when it is gone.
    pub fn key(&self) -> RoutingKey {
        RoutingKey::Rule {
            is_v6: self.is_v6,
            priority: self.priority,
            source: self.source,
            destination: self.destination,
        }
    }

    fn message(&self) -> RuleMessage {
        let mut message = RuleMessage::default();
        let (action, table) = match self.action {
            NewRuleAction::Table(table) => (RuleAction::ToTable, table),
            NewRuleAction::Domain => (RuleAction::ToTable, 0),
            NewRuleAction::Goto(_) => (RuleAction::Goto, 0),
            NewRuleAction::Nop => (RuleAction::Nop, 0),
            NewRuleAction::Blackhole => (RuleAction::Blackhole, 0),
            NewRuleAction::Unreachable => (RuleAction::Unreachable, 0),
            NewRuleAction::Prohibit => (RuleAction::Prohibit, 0),
        };
        message.header = RuleHeader {
            family: if self.is_v6 {
                AddressFamily::Inet6
            } else {
                AddressFamily::Inet
            },
            dst_len: self.destination.map_or(0, |(_, len)| len),
            src_len: self.source.map_or(0, |(_, len)| len),
            tos: self.tos,
            table: u8::try_from(table).unwrap_or(0),
            action,
            flags: if self.inverted {
                RuleFlags::Invert
            } else {
                RuleFlags::empty()
            },
        };
        message.attributes = self.attributes();
        message
    }

    fn attributes(&self) -> Vec<RuleAttribute> {
        use RuleAttribute as A;
        let mut list = vec![
            A::Priority(self.priority),
            A::Protocol(self.protocol.into()),
        ];
        match self.action {
            NewRuleAction::Table(table) => list.push(A::Table(table)),
            NewRuleAction::Domain => list.push(A::L3MDev(true)),
            NewRuleAction::Goto(target) => list.push(A::Goto(target)),
            NewRuleAction::Nop
            | NewRuleAction::Blackhole
            | NewRuleAction::Unreachable
            | NewRuleAction::Prohibit => {}
        }
        let somewhere = |prefix: Option<Prefix>| prefix.filter(|(_, len)| *len > 0);
        list.extend(somewhere(self.source).map(|(address, _)| A::Source(address)));
        list.extend(somewhere(self.destination).map(|(address, _)| A::Destination(address)));
        list.extend(self.mark.map(A::FwMark));
        list.extend(self.mark_mask.map(A::FwMask));
        list.extend(self.realms.map(|realms| A::Realm(realm(realms))));
        list.extend(self.suppress_prefix.map(A::SuppressPrefixLen));
        list.extend(self.suppress_group.map(A::SuppressIfGroup));
        list.extend(self.input.clone().map(A::Iifname));
        list.extend(self.output.clone().map(A::Oifname));
        list.extend(self.tunnel.map(A::TunId));
        list.extend(
            self.users
                .map(|(start, end)| A::UidRange(RuleUidRange { start, end })),
        );
        list.extend(
            self.ip_protocol
                .map(|number| A::IpProtocol(i32::from(number).into())),
        );
        let ports = |(start, end)| RulePortRange { start, end };
        list.extend(self.source_ports.map(ports).map(A::SourcePortRange));
        list.extend(
            self.destination_ports
                .map(ports)
                .map(A::DestinationPortRange),
        );
        list
    }
}
