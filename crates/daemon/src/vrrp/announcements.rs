//! Gratuitous ARP and neighbour advertisements: frames for VIPs on interfaces.

use std::io;
use std::net::IpAddr;

use vipd_engine::effect::Placed;
use vipd_engine::wire::{arp, ndisc};
use vipd_linux::arp::FrameSocket;
use vipd_linux::datagrams::Sender;

use super::interfaces::Interfaces;

/// A frame ready to go: the interface's index and bytes of it.
#[derive(Debug)]
pub(super) struct Frame {
    index: u32,
    bytes: [u8; ndisc::FRAME_BYTES],
    length: usize,
}

impl Frame {
    /// The frame for one VIP; none when its interface is missing, down or not one that
    /// resolves addresses.
    pub(super) fn of(placed: &Placed, interfaces: &Interfaces) -> Option<Self> {
        let link = interfaces.by_name(&placed.interface)?;
        if !link.is_ethernet || !link.arps {
            return None;
        }
        let mac = *link.mac.first_chunk()?;
        let mut bytes = [0; ndisc::FRAME_BYTES];
        let length = match placed.address.address {
            IpAddr::V4(address) => {
                bytes[..arp::FRAME_BYTES].copy_from_slice(&arp::gratuitous_request(mac, address));
                arp::FRAME_BYTES
            }
            IpAddr::V6(address) => {
                bytes = ndisc::unsolicited_advertisement(mac, address, link.forwards_ipv6);
                ndisc::FRAME_BYTES
            }
        };
        Some(Self {
            index: link.index,
            bytes,
            length,
        })
    }
}

/// Sends all frames, in order; failures go to `failed`.
pub(super) fn send(
    socket: &FrameSocket,
    sender: &mut Sender,
    frames: &[Frame],
    failed: &mut dyn FnMut(io::Error),
) {
    let frames = frames
        .iter()
        .map(|frame| (frame.index, &frame.bytes[..frame.length]));
    socket.send(sender, frames, failed);
}
