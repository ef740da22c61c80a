//! The unsolicited neighbour advertisement that tells neighbours where an IPv6 address lives now.

use std::net::Ipv6Addr;

use super::Checksum;

/// Length of the frame.
pub const FRAME_BYTES: usize = 86;
/// Length of the `ICMPv6` message in it: 24 bytes and the 8 of its option.
const MESSAGE_BYTES: u8 = 32;
const ICMPV6: u8 = 58;
/// All nodes on the link.
const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);

/// Builds the Ethernet frame of an unsolicited neighbour advertisement (L2-3, L2-4).
///
/// It comes from the address itself, goes to all nodes and overrides what they know. `router`
/// is set when the interface forwards. `mac` is that of the interface that holds the address.
pub fn unsolicited_advertisement(
    mac: [u8; 6],
    address: Ipv6Addr,
    router: bool,
) -> [u8; FRAME_BYTES] {
    let mut frame = [0; FRAME_BYTES];
    frame[..6].copy_from_slice(&[0x33, 0x33, 0, 0, 0, 1]);
    frame[6..12].copy_from_slice(&mac);
    frame[12..14].copy_from_slice(&[0x86, 0xdd]);
    let (ip, message) = frame[14..].split_at_mut(40);
    ip[0] = 0x60;
    ip[5] = MESSAGE_BYTES;
    ip[6] = ICMPV6;
    ip[7] = 255;
    ip[8..24].copy_from_slice(&address.octets());
    ip[24..40].copy_from_slice(&ALL_NODES.octets());
    message[0] = 136;
    message[4] = if router { 0xa0 } else { 0x20 };
    message[8..24].copy_from_slice(&address.octets());
    message[24..26].copy_from_slice(&[2, 1]);
    message[26..32].copy_from_slice(&mac);
    let sum = Checksum::default()
        .with_pseudo_v6(address, ALL_NODES, ICMPV6, u32::from(MESSAGE_BYTES))
        .with(message)
        .finish();
    message[2..4].copy_from_slice(&sum.to_be_bytes());
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    /// L2-3.
    #[test]
    fn frame_is_laid_out_as_l2_3_says() {
        let address: Ipv6Addr = "2001:db8::1".parse().unwrap();
        let frame = unsolicited_advertisement([2, 0, 0, 0, 0, 1], address, true);
        assert_eq!(
            frame[..14],
            [0x33, 0x33, 0, 0, 0, 1, 2, 0, 0, 0, 0, 1, 0x86, 0xdd]
        );
        // Hop limit 255, next header 58, payload 32.
        assert_eq!(frame[14..22], [0x60, 0, 0, 0, 0, 32, 58, 255]);
        assert_eq!(frame[22..38], address.octets());
        assert_eq!(frame[38..54], ALL_NODES.octets());
        assert_eq!((frame[54], frame[55]), (136, 0));
        // R and O set, S not.
        assert_eq!(frame[58..62], [0xa0, 0, 0, 0]);
        assert_eq!(frame[62..78], address.octets());
        assert_eq!(frame[78..], [2, 1, 2, 0, 0, 0, 0, 1]);
        let sum = Checksum::default()
            .with_pseudo_v6(address, ALL_NODES, ICMPV6, 32)
            .with(&frame[54..])
            .finish();
        assert_eq!(sum, 0);
    }

    /// L2-4.
    #[test]
    fn router_flag_follows_forwarding() {
        let frame = unsolicited_advertisement([2, 0, 0, 0, 0, 1], Ipv6Addr::LOCALHOST, false);
        assert_eq!(frame[58], 0x20);
    }
}
