//! Interfaces with addresses of their own, and the hardware address of the one below (ipvlan).

use std::io;

use netlink_packet_route::link::{
    InfoData, InfoIpVlan, InfoKind, IpVlanFlags, IpVlanMode, LinkAttribute, LinkInfo,
};

use super::Route;

/// An ipvlan of mode L2.
#[derive(Clone, Copy, Debug)]
pub struct Ipvlan<'a> {
    /// Its name.
    pub name: &'a str,
    /// Kernel's index of the interface it sits on.
    pub base: u32,
    /// Who hears it: 0 all on the base, 1 none of them (private), 2 by way of the switch (vepa).
    pub flags: u16,
    /// Number of its group of interfaces.
    pub group: u32,
    /// Index of the routing domain (VRF) that it is in; 0 for none.
    pub master: u32,
}

impl Route {
    /// Makes an ipvlan. It is down.
    pub fn make_ipvlan(&mut self, link: &Ipvlan<'_>) -> io::Result<()> {
        let attributes = vec![
            LinkAttribute::IfName(link.name.to_owned()),
            LinkAttribute::Link(link.base),
            LinkAttribute::Group(link.group),
            LinkAttribute::LinkInfo(vec![
                LinkInfo::Kind(InfoKind::IpVlan),
                LinkInfo::Data(InfoData::IpVlan(vec![
                    InfoIpVlan::Mode(IpVlanMode::L2),
                    InfoIpVlan::Flags(IpVlanFlags::from_bits_retain(link.flags)),
                ])),
            ]),
        ];
        self.make_link(attributes, link.master)
    }
}
