//! Making links: veth pairs across namespaces, bridges and their ports; routes out of them.
//!
//! For the hosts of the lab; the daemon itself makes no links here.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::AsRawFd;

use netlink_packet_core::{NLM_F_CREATE, NLM_F_EXCL, NetlinkMessage};
use netlink_packet_route::AddressFamily;
use netlink_packet_route::RouteNetlinkMessage;
use netlink_packet_route::link::{
    InfoBridge, InfoBridgePort, InfoData, InfoKind, InfoPortData, InfoPortKind, InfoVeth,
    LinkAttribute, LinkFlags, LinkInfo, LinkMessage,
};
use netlink_packet_route::route::{
    RouteAddress, RouteAttribute, RouteHeader, RouteMessage, RouteProtocol, RouteScope, RouteType,
};

use super::Route;
use crate::Error;
use crate::namespace::Network;

/// Longest name the kernel takes for an interface, bytes.
pub const LONGEST_NAME: usize = 15;

/// One end of a veth pair: its name and the network it lives in.
#[derive(Clone, Copy, Debug)]
pub struct End<'a> {
    /// Interface name, at most [`LONGEST_NAME`] bytes.
    pub name: &'a str,
    /// Where it appears.
    pub network: &'a Network,
    /// Its index there, or 0 for the next free one.
    ///
    /// When both ends have the same index, the kernel takes the pair for an ordinary link and
    /// tells of a lost or found carrier up to a second late.
    pub index: u32,
}

/// Makes a veth pair, each end at once in its own network. Both ends are down.
pub fn veth(route: &mut Route, one: End<'_>, other: End<'_>) -> Result<(), Error> {
    let mut peer = LinkMessage::default();
    peer.header.index = other.index;
    peer.attributes = placed(other);
    let mut link = LinkMessage::default();
    link.header.index = one.index;
    link.attributes = placed(one);
    link.attributes.push(LinkAttribute::LinkInfo(vec![
        LinkInfo::Kind(InfoKind::Veth),
        LinkInfo::Data(InfoData::Veth(InfoVeth::Peer(peer))),
    ]));
    create(route, RouteNetlinkMessage::NewLink(link)).map_err(|e| {
        Error::new(
            "make veth pair",
            format!("{} - {}", one.name, other.name),
            e,
        )
    })
}

fn placed(end: End<'_>) -> Vec<LinkAttribute> {
    use std::os::fd::AsFd;
    vec![
        LinkAttribute::IfName(end.name.to_owned()),
        LinkAttribute::NetNsFd(end.network.as_fd().as_raw_fd()),
    ]
}

/// Makes a bridge that forwards multicast everywhere, like a plain switch: no snooping, and no
/// spanning tree delay. It is down.
pub fn bridge(route: &mut Route, name: &str) -> Result<(), Error> {
    let mut link = LinkMessage::default();
    link.attributes = vec![
        LinkAttribute::IfName(name.to_owned()),
        LinkAttribute::LinkInfo(vec![
            LinkInfo::Kind(InfoKind::Bridge),
            LinkInfo::Data(InfoData::Bridge(vec![
                InfoBridge::MulticastSnooping(false),
                InfoBridge::StpState(netlink_packet_route::link::BridgeStpState::Disabled),
                InfoBridge::ForwardDelay(0),
            ])),
        ]),
    ];
    create(route, RouteNetlinkMessage::NewLink(link))
        .map_err(|e| Error::new("make bridge", name, e))
}

/// Plugs the link `name` into the bridge with index `bridge`.
pub fn join_bridge(route: &mut Route, name: &str, bridge: u32) -> Result<(), Error> {
    change(
        route,
        name,
        LinkAttribute::Controller(bridge),
        "add to the bridge port",
    )
}

/// Whether the bridge sends multicast and unknown broadcast groups out of port `name`.
pub fn flood_multicast(route: &mut Route, name: &str, on: bool) -> Result<(), Error> {
    let info = LinkAttribute::LinkInfo(vec![
        LinkInfo::PortKind(InfoPortKind::Bridge),
        LinkInfo::PortData(InfoPortData::BridgePort(vec![
            InfoBridgePort::MulticastFlood(on),
        ])),
    ]);
    change_new(route, name, info, "set multicast flooding of port")
}

/// Sets the link `name` up or down.
pub fn set_up(route: &mut Route, name: &str, up: bool) -> Result<(), Error> {
    let mut link = LinkMessage::default();
    link.header.change_mask = LinkFlags::Up;
    if up {
        link.header.flags = LinkFlags::Up;
    }
    link.attributes = vec![LinkAttribute::IfName(name.to_owned())];
    let doing = if up { "set up link" } else { "set down link" };
    route
        .request(NetlinkMessage::from(RouteNetlinkMessage::SetLink(link)))
        .map_err(|e| Error::new(doing, name, e))
}

/// Removes the link `name`.
pub fn remove(route: &mut Route, name: &str) -> Result<(), Error> {
    let mut link = LinkMessage::default();
    link.attributes = vec![LinkAttribute::IfName(name.to_owned())];
    route
        .request(NetlinkMessage::from(RouteNetlinkMessage::DelLink(link)))
        .map_err(|e| Error::new("remove link", name, e))
}

/// Adds a route to `to`/`prefix` out of the link with index `link`, through `gateway` if given.
pub fn route(
    socket: &mut Route,
    link: u32,
    (to, prefix): (IpAddr, u8),
    gateway: Option<IpAddr>,
) -> Result<(), Error> {
    let mut message = RouteMessage::default();
    message.header.address_family = family(to);
    message.header.destination_prefix_length = prefix;
    message.header.table = RouteHeader::RT_TABLE_MAIN;
    message.header.protocol = RouteProtocol::Static;
    message.header.scope = if gateway.is_none() && to.is_ipv4() {
        RouteScope::Link
    } else {
        RouteScope::Universe
    };
    message.header.kind = RouteType::Unicast;
    let unspecified = match to {
        IpAddr::V4(a) => a == Ipv4Addr::UNSPECIFIED,
        IpAddr::V6(a) => a == Ipv6Addr::UNSPECIFIED,
    };
    if !unspecified {
        message
            .attributes
            .push(RouteAttribute::Destination(route_address(to)));
    }
    if let Some(gateway) = gateway {
        message
            .attributes
            .push(RouteAttribute::Gateway(route_address(gateway)));
    }
    message.attributes.push(RouteAttribute::Oif(link));
    create(socket, RouteNetlinkMessage::NewRoute(message))
        .map_err(|e| Error::new("add route to", format!("{to}/{prefix}"), e))
}

fn route_address(address: IpAddr) -> RouteAddress {
    match address {
        IpAddr::V4(a) => RouteAddress::Inet(a),
        IpAddr::V6(a) => RouteAddress::Inet6(a),
    }
}

fn family(address: IpAddr) -> AddressFamily {
    if address.is_ipv4() {
        AddressFamily::Inet
    } else {
        AddressFamily::Inet6
    }
}

/// Changes one attribute of the link `name`.
fn change(
    route: &mut Route,
    name: &str,
    attribute: LinkAttribute,
    doing: &'static str,
) -> Result<(), Error> {
    let mut link = LinkMessage::default();
    link.attributes = vec![LinkAttribute::IfName(name.to_owned()), attribute];
    route
        .request(NetlinkMessage::from(RouteNetlinkMessage::SetLink(link)))
        .map_err(|e| Error::new(doing, name, e))
}

/// Like [`change`], with the message that also takes port attributes (`IFLA_INFO_SLAVE_DATA`).
fn change_new(
    route: &mut Route,
    name: &str,
    attribute: LinkAttribute,
    doing: &'static str,
) -> Result<(), Error> {
    let mut link = LinkMessage::default();
    link.attributes = vec![LinkAttribute::IfName(name.to_owned()), attribute];
    route
        .request(NetlinkMessage::from(RouteNetlinkMessage::NewLink(link)))
        .map_err(|e| Error::new(doing, name, e))
}

fn create(route: &mut Route, message: RouteNetlinkMessage) -> io::Result<()> {
    let mut message = NetlinkMessage::from(message);
    message.header.flags |= NLM_F_CREATE | NLM_F_EXCL;
    route.request(message)
}
