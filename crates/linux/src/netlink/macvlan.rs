//! Interfaces with a hardware address of their own on top of another interface (macvlan).

use std::io;

use netlink_packet_core::{NLM_F_CREATE, NLM_F_EXCL, NetlinkMessage};
use netlink_packet_route::RouteNetlinkMessage;
use netlink_packet_route::link::{
    AfSpecInet6, AfSpecUnspec, In6AddrGenMode, InfoData, InfoKind, InfoMacVlan, LinkAttribute,
    LinkFlags, LinkInfo, LinkMessage, MacVlanMode,
};

use super::Route;

/// A macvlan of mode private: what is sent on it never reaches another one on the same base.
#[derive(Clone, Copy, Debug)]
pub struct Macvlan<'a> {
    /// Its name.
    pub name: &'a str,
    /// Kernel's index of the interface it sits on.
    pub base: u32,
    /// Its hardware address.
    pub mac: [u8; 6],
    /// Number of its group of interfaces.
    pub group: u32,
    /// Index of the routing domain (VRF) that it is in; 0 for none.
    pub master: u32,
}

/// Index of an interface.
pub fn index_of(name: &str) -> io::Result<u32> {
    Ok(nix::net::if_::if_nametoindex(name)?)
}

impl Route {
    /// Makes a macvlan. It is down, and the kernel gives it no IPv6 address by itself.
    pub fn make_macvlan(&mut self, link: &Macvlan<'_>) -> io::Result<()> {
        let attributes = vec![
            LinkAttribute::IfName(link.name.to_owned()),
            LinkAttribute::Link(link.base),
            LinkAttribute::Address(link.mac.to_vec()),
            LinkAttribute::Group(link.group),
            LinkAttribute::LinkInfo(vec![
                LinkInfo::Kind(InfoKind::MacVlan),
                LinkInfo::Data(InfoData::MacVlan(vec![InfoMacVlan::Mode(
                    MacVlanMode::Private,
                )])),
            ]),
        ];
        self.make_link(attributes, link.master)
    }

    /// Makes an interface, in a routing domain (VRF) unless its index is 0.
    pub(super) fn make_link(
        &mut self,
        attributes: Vec<LinkAttribute>,
        master: u32,
    ) -> io::Result<()> {
        let mut message = LinkMessage::default();
        message.attributes = attributes;
        if master != 0 {
            message.attributes.push(LinkAttribute::Controller(master));
        }
        let mut request = NetlinkMessage::from(RouteNetlinkMessage::NewLink(message));
        request.header.flags = NLM_F_CREATE | NLM_F_EXCL;
        self.request(request)
    }

    /// The kernel gives an interface no link-local address when it goes up (V3-76).
    pub fn make_no_addresses(&mut self, index: u32) -> io::Result<()> {
        let mut message = LinkMessage::default();
        message.header.index = index;
        message.attributes = vec![LinkAttribute::AfSpecUnspec(vec![AfSpecUnspec::Inet6(
            vec![AfSpecInet6::AddrGenMode(In6AddrGenMode::None)],
        )])];
        self.request(NetlinkMessage::from(RouteNetlinkMessage::SetLink(message)))
    }

    /// Sets an interface up.
    pub fn set_up(&mut self, index: u32) -> io::Result<()> {
        let mut message = LinkMessage::default();
        message.header.index = index;
        message.header.flags = LinkFlags::Up;
        message.header.change_mask = LinkFlags::Up;
        self.request(NetlinkMessage::from(RouteNetlinkMessage::SetLink(message)))
    }

    /// Removes an interface. One that is not there is no error.
    pub fn remove_link(&mut self, index: u32) -> io::Result<()> {
        let mut message = LinkMessage::default();
        message.header.index = index;
        match self.request(NetlinkMessage::from(RouteNetlinkMessage::DelLink(message))) {
            Err(error) if error.raw_os_error() == Some(libc::ENODEV) => Ok(()),
            answer => answer,
        }
    }
}
