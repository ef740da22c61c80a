//! The gratuitous ARP request that tells neighbours where an IPv4 address lives now.

use std::net::Ipv4Addr;

/// Length of the frame without padding.
pub const FRAME_BYTES: usize = 42;

/// Builds the Ethernet frame of a gratuitous ARP request (L2-1).
///
/// Sender and target are the address itself; the target hardware address is all ones, as
/// keepalived has it (L2-2). `mac` is that of the interface that holds the address.
pub fn gratuitous_request(mac: [u8; 6], address: Ipv4Addr) -> [u8; FRAME_BYTES] {
    const BROADCAST: [u8; 6] = [0xff; 6];
    let mut frame = [0; FRAME_BYTES];
    frame[..6].copy_from_slice(&BROADCAST);
    frame[6..12].copy_from_slice(&mac);
    // EtherType ARP; Ethernet, IPv4, lengths 6 and 4, operation 1.
    frame[12..22].copy_from_slice(&[0x08, 0x06, 0, 1, 0x08, 0, 6, 4, 0, 1]);
    frame[22..28].copy_from_slice(&mac);
    frame[28..32].copy_from_slice(&address.octets());
    frame[32..38].copy_from_slice(&BROADCAST);
    frame[38..].copy_from_slice(&address.octets());
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    /// L2-1, L2-2.
    #[test]
    fn frame_is_laid_out_as_l2_1_says() {
        let frame = gratuitous_request([2, 0, 0, 0, 0, 1], Ipv4Addr::new(10, 0, 0, 100));
        let wanted = [
            0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 0x08, 0x06, // Ethernet
            0, 1, 0x08, 0, 6, 4, 0, 1, // a request, IPv4 over Ethernet
            2, 0, 0, 0, 0, 1, 10, 0, 0, 100, // sender
            0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 10, 0, 0, 100, // target
        ];
        assert_eq!(frame, wanted);
    }
}
