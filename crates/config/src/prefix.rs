//! Networks: an address and how many of its bits count.

use std::net::IpAddr;

/// The network of `network` with that prefix length holds the address.
pub(crate) fn holds(network: IpAddr, prefix_len: u8, address: IpAddr) -> bool {
    match (address, network) {
        (IpAddr::V4(a), IpAddr::V4(n)) => {
            let mask = u32::MAX
                .checked_shl(32 - u32::from(prefix_len.min(32)))
                .unwrap_or(0);
            (u32::from(a) ^ u32::from(n)) & mask == 0
        }
        (IpAddr::V6(a), IpAddr::V6(n)) => {
            let mask = u128::MAX
                .checked_shl(128 - u32::from(prefix_len.min(128)))
                .unwrap_or(0);
            (u128::from(a) ^ u128::from(n)) & mask == 0
        }
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
    }
}
