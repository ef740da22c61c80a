//! Finds the row of a keyword. Each line of a file needs it, and tables are long.

use crate::tables::{Known, Rows};

/// Number of places, as a power of two.
const BITS: u32 = 8;

/// Where keywords were found before. A file has the same few words again and again.
pub(crate) struct Lookup([Slot; 1 << BITS]);

/// A part of a table and a row in it. Nothing is believed of it: the name there is compared.
#[derive(Clone, Copy, Default)]
struct Slot {
    part: u16,
    row: u16,
}

impl Default for Lookup {
    fn default() -> Self {
        Self([Slot::default(); 1 << BITS])
    }
}

impl Lookup {
    /// The row of that name.
    pub(crate) fn find<C>(&mut self, rows: &'static Rows<C>, name: &str) -> Option<Known<C>> {
        let slot = &mut self.0[place(name)];
        let part = rows.get(usize::from(slot.part));
        let known = part.and_then(|part| part.get(usize::from(slot.row)));
        if let Some(known) = known
            && known.name() == name
        {
            return Some(known);
        }
        for (index, part) in rows.iter().enumerate() {
            let Some(row) = part.find(name) else {
                continue;
            };
            if let (Ok(index), Ok(row)) = (u16::try_from(index), u16::try_from(row)) {
                *slot = Slot { part: index, row };
            }
            return part.get(row);
        }
        None
    }
}

/// The place of a name: mixes its first and last bytes.
fn place(name: &str) -> usize {
    let bytes = name.as_bytes();
    let mixed = match (bytes.first_chunk(), bytes.last_chunk()) {
        (Some(first), Some(last)) => {
            u64::from_ne_bytes(*first) ^ u64::from_ne_bytes(*last).rotate_left(29)
        }
        _ => bytes
            .iter()
            .fold(0, |mixed, byte| mixed << 8 | u64::from(*byte)),
    };
    let spread = mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - BITS);
    usize::try_from(spread).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::{GLOBAL_DEFS, VRRP_INSTANCE};

    #[test]
    fn a_word_is_found_in_the_table_that_is_asked_whatever_was_asked_before() {
        let mut lookup = Lookup::default();
        for _ in 0..2 {
            for part in VRRP_INSTANCE {
                for row in part.iter() {
                    let found = lookup.find(VRRP_INSTANCE, row.name()).map(Known::name);
                    assert_eq!(found, Some(row.name()));
                }
            }
            assert!(lookup.find(GLOBAL_DEFS, "virtual_router_id").is_none());
            assert!(lookup.find(VRRP_INSTANCE, "router_id").is_none());
            assert!(lookup.find(GLOBAL_DEFS, "router_id").is_some());
            assert!(lookup.find(GLOBAL_DEFS, "").is_none());
        }
    }
}
