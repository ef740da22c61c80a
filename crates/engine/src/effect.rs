//! What is to be done: everything the engine can ask for, in the order it must happen.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use vipd_config::model::{Routing, VirtualAddress, VirtualLink};

use crate::event::Event;
use crate::vrrp::Snapshot;

/// An order to whoever runs the engine.
///
/// Effects of one instance must happen in list order. Effects of different instances are
/// independent, so a whole list may be performed in phases: packets, then addresses, then
/// announcements, then the rest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Effect {
    /// Send one packet.
    Send(Transmit),
    /// Put addresses on interfaces. An address that is there already is left as it is.
    AddAddresses {
        /// Which instance wants it; empty for static addresses.
        instance: Arc<str>,
        /// Addresses with the interface each goes to.
        addresses: Arc<[Placed]>,
    },
    /// Take addresses away. One that is not there is no error.
    RemoveAddresses {
        /// Which instance wants it.
        instance: Arc<str>,
        /// Addresses with the interface each is on.
        addresses: Arc<[Placed]>,
    },
    /// Add routes and rules, in this order. One that is there already is left as it is.
    AddRouting {
        /// Which instance wants it; empty for static ones.
        instance: Arc<str>,
        /// The routes and rules.
        routing: Arc<[Routing]>,
    },
    /// Take routes and rules away, the last one first. One that is not there is no error.
    RemoveRouting {
        /// Which instance wants it; empty for static ones.
        instance: Arc<str>,
        /// The routes and rules.
        routing: Arc<[Routing]>,
    },
    /// Drop packets to and from these addresses (`no_accept`), bar neighbour discovery. Comes
    /// before the addresses.
    Refuse {
        /// Which instance wants it.
        instance: Arc<str>,
        /// Addresses with the interface each is on.
        addresses: Arc<[Placed]>,
    },
    /// Let packets to these addresses through again. Comes after the addresses are gone.
    Accept {
        /// Which instance wants it.
        instance: Arc<str>,
        /// Addresses with the interface each was on.
        addresses: Arc<[Placed]>,
    },
    /// Have this interface. One that is there already is used; another of the same name and
    /// kind that does not fit is replaced. To be done at once: sockets on it are wanted next.
    MakeLink(Box<WantedLink>),
    /// Take away an interface that was made for [`Effect::MakeLink`], by its name. What it
    /// has changed elsewhere is put back.
    RemoveLink(Arc<str>),
    /// Tell the neighbours who has these addresses: for each, one gratuitous ARP request or one
    /// unsolicited neighbour advertisement.
    Announce(Arc<[Placed]>),
    /// Something worth telling people, scripts, FIFOs and mails.
    Report(Event),
    /// State to be kept by the supervisor, so that a successor can carry on.
    Save(Box<Snapshot>),
    /// The sockets wanted have changed (start, reload, interface came or was made again): compare
    /// with `Router::sockets`.
    SocketsChanged,
    /// All is done after [`crate::Input::Stop`]; the process may end.
    Stopped,
}

/// An address on the interface where it belongs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placed {
    /// Interface, by the kernel's name.
    pub interface: Arc<str>,
    /// The address with its options.
    pub address: VirtualAddress,
}

/// An interface of our own that is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WantedLink {
    /// Which instance wants it.
    pub instance: Arc<str>,
    /// The interface.
    pub link: VirtualLink,
    /// IPv6: link-local address that adverts are sent from, to be put on it as well.
    pub source: Option<Ipv6Addr>,
}

/// One advert to one destination.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transmit {
    /// Socket, as listed by `Router::sockets`.
    pub socket: u32,
    /// The multicast group or one unicast peer.
    pub to: IpAddr,
    /// IPv4: the packet from the IP header on, complete. IPv6: from the VRRP header on,
    /// checksum left to the kernel.
    pub bytes: Vec<u8>,
}
