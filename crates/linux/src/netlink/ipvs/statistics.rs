//! What went through a service or a destination (rfc.md IPVS-6).

use super::attribute::number_u64;
use crate::netlink::generic::nested;

/// Totals since the service was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Connections.
    pub connections: u64,
    /// Packets from clients.
    pub packets_in: u64,
    /// Packets to clients, as far as they pass here.
    pub packets_out: u64,
    /// Bytes from clients.
    pub bytes_in: u64,
    /// Bytes to clients, as far as they pass here.
    pub bytes_out: u64,
    /// The same per second, as the kernel estimates it every two seconds.
    pub rates: Rates,
}

/// Estimates per second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rates {
    /// New connections.
    pub connections: u64,
    /// Packets from clients.
    pub packets_in: u64,
    /// Packets to clients.
    pub packets_out: u64,
    /// Bytes from clients.
    pub bytes_in: u64,
    /// Bytes to clients.
    pub bytes_out: u64,
}

/// Widths of the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Width {
    /// Bytes in 64 bits, the rest in 32.
    Mixed,
    /// All in 64 bits.
    Wide,
}

impl Statistics {
    /// Reads what is inside of an attribute of statistics; what is missing is 0.
    pub(super) fn parse(value: &[u8], width: Width) -> Self {
        let mut found = Self::default();
        let rates = &mut found.rates;
        for (kind, value) in nested(value) {
            let place = match kind {
                1 => &mut found.connections,
                2 => &mut found.packets_in,
                3 => &mut found.packets_out,
                4 => &mut found.bytes_in,
                5 => &mut found.bytes_out,
                6 => &mut rates.connections,
                7 => &mut rates.packets_in,
                8 => &mut rates.packets_out,
                9 => &mut rates.bytes_in,
                10 => &mut rates.bytes_out,
                _ => continue,
            };
            let enough = width == Width::Mixed || value.len() >= 8;
            *place = number_u64(value).filter(|_| enough).unwrap_or(0);
        }
        found
    }
}
