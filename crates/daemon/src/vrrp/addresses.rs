//! VIPs on interfaces: which are ours now, and whether one was taken away by somebody else.

use std::collections::{HashMap, HashSet};
use std::io;
use std::net::IpAddr;

use vipd_config::model::VirtualAddress;
use vipd_engine::effect::Placed;
use vipd_linux::Error;
use vipd_linux::netlink::address::{is_not_there, is_there_already};
use vipd_linux::netlink::{Address, NewAddress, NewAddressFlags, Route};

use super::interfaces::Interfaces;

/// An address on an interface, as the kernel tells two of them apart.
type Key = (u32, IpAddr, u8);

/// One order to the kernel.
#[derive(Debug)]
pub(super) enum Change {
    Add(NewAddress),
    Remove(NewAddress),
}

impl Change {
    /// What was to be done, for messages, and the interface it was to be done on.
    pub(super) fn place(&self) -> (String, u32) {
        match self {
            Self::Add(new) => (
                format!("add {}/{} to", new.address, new.prefix_len),
                new.index,
            ),
            Self::Remove(new) => (
                format!("remove {}/{} from", new.address, new.prefix_len),
                new.index,
            ),
        }
    }
}

/// What we have put on interfaces.
#[derive(Debug, Default)]
pub(super) struct Addresses {
    held: HashSet<Key>,
    /// Removals of our own that the kernel has not told of yet, with their number.
    leaving: HashMap<Key, u32>,
}

impl Addresses {
    /// Makes all changes, in order, with few system calls, and gives each failure to `failed`.
    ///
    /// An address that is there already, or not there any more, is no failure.
    pub(super) fn apply(
        &mut self,
        route: &mut Route,
        changes: &[Change],
        failed: &mut dyn FnMut(&Change, &io::Error),
    ) -> Result<(), Error> {
        let requests = changes.iter().map(|change| match change {
            Change::Add(address) => address.add(),
            Change::Remove(address) => address.remove(),
        });
        let answers = route.batch(requests)?;
        for (change, answer) in changes.iter().zip(answers) {
            self.note(change, answer, failed);
        }
        Ok(())
    }

    /// Remembers what came of one change.
    fn note(
        &mut self,
        change: &Change,
        answer: io::Result<()>,
        failed: &mut dyn FnMut(&Change, &io::Error),
    ) {
        match (change, answer) {
            (Change::Add(address), Ok(())) => {
                self.held.insert(key(address));
            }
            (Change::Add(address), Err(error)) if is_there_already(&error) => {
                self.held.insert(key(address));
            }
            (Change::Remove(address), Ok(())) => {
                self.held.remove(&key(address));
                *self.leaving.entry(key(address)).or_insert(0) += 1;
            }
            (Change::Remove(address), Err(error)) => {
                self.held.remove(&key(address));
                if !is_not_there(&error) {
                    failed(change, &error);
                }
            }
            (Change::Add(_), Err(error)) => failed(change, &error),
        }
    }

    /// An address has appeared; whether it is none of ours.
    pub(super) fn is_foreign(&self, address: &Address) -> bool {
        !self.held.contains(&key_of(address))
    }

    /// An address has gone. Says who did it, as far as it concerns us.
    pub(super) fn gone(&mut self, address: &Address) -> Gone {
        let key = key_of(address);
        if let Some(count) = self.leaving.get_mut(&key) {
            *count -= 1;
            if *count == 0 {
                self.leaving.remove(&key);
            }
            return Gone::ByUs;
        }
        if self.held.remove(&key) {
            Gone::Taken
        } else {
            Gone::Foreign
        }
    }

    /// An interface is gone with all its addresses.
    pub(super) fn interface_gone(&mut self, index: u32) {
        self.held.retain(|(on, _, _)| *on != index);
        self.leaving.retain(|(on, _, _), _| *on != index);
    }

    /// After changes were missed: what of ours is not in a fresh list was taken away.
    pub(super) fn compare(&mut self, present: &[Address]) -> Vec<Address> {
        self.leaving.clear();
        let present: HashSet<Key> = present.iter().map(key_of).collect();
        let mut taken: Vec<Key> = self.held.difference(&present).copied().collect();
        taken.sort_unstable();
        self.held.retain(|key| present.contains(key));
        taken
            .into_iter()
            .map(|(index, address, prefix_len)| Address {
                index,
                address,
                prefix_len,
                is_tentative: false,
            })
            .collect()
    }
}

/// Why an address is gone.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Gone {
    /// We have removed it.
    ByUs,
    /// It was ours and somebody else has removed it.
    Taken,
    /// It was never ours.
    Foreign,
}

/// An address as the kernel is to have it; none while its interface does not exist.
pub(super) fn placed_address(placed: &Placed, interfaces: &Interfaces) -> Option<NewAddress> {
    let index = interfaces.by_name(&placed.interface)?.index;
    Some(new_address(&placed.address, index))
}

/// What keepalived asks the kernel for with these words.
fn new_address(vip: &VirtualAddress, index: u32) -> NewAddress {
    let mut new = NewAddress::new(index, vip.address);
    new.prefix_len = vip.prefix_len;
    new.peer = vip.peer;
    new.scope = vip.scope;
    new.flags.noprefixroute = vip.flags.noprefixroute;
    new.flags.mcautojoin = vip.flags.autojoin;
    if vip.address.is_ipv4() {
        new.broadcast = vip.broadcast;
        new.label.clone_from(&vip.label);
    } else {
        new.flags = NewAddressFlags {
            // `-nodad` or not: others must not ask who has an address that moves (V3-77).
            nodad: true,
            homeaddress: vip.flags.home,
            managetempaddr: vip.flags.mngtmpaddr,
            ..new.flags
        };
        // A full-length address is deprecated, so that nothing is sent from it by default.
        let deprecated = (vip.prefix_len == 128).then_some(0);
        new.preferred_lifetime = vip.preferred_lifetime.or(deprecated);
    }
    new
}

fn key(address: &NewAddress) -> Key {
    (address.index, address.address, address.prefix_len)
}

fn key_of(address: &Address) -> Key {
    (address.index, address.address, address.prefix_len)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(last: u8) -> NewAddress {
        NewAddress::new(2, [10, 0, 0, last].into())
    }

    fn found(last: u8) -> Address {
        Address {
            index: 2,
            address: [10, 0, 0, last].into(),
            prefix_len: 32,
            is_tentative: false,
        }
    }

    fn fine(addresses: &mut Addresses, change: &Change) {
        let mut fail = |_: &Change, error: &io::Error| panic!("{error}");
        addresses.note(change, Ok(()), &mut fail);
    }

    #[test]
    fn what_we_remove_is_not_taken_from_us() {
        let mut addresses = Addresses::default();
        fine(&mut addresses, &Change::Add(new(1)));
        assert!(!addresses.is_foreign(&found(1)));
        // Removed and put back before the kernel's word of it is read.
        fine(&mut addresses, &Change::Remove(new(1)));
        fine(&mut addresses, &Change::Add(new(1)));
        assert_eq!(addresses.gone(&found(1)), Gone::ByUs);
        assert_eq!(addresses.gone(&found(1)), Gone::Taken);
        assert_eq!(addresses.gone(&found(1)), Gone::Foreign);
        assert_eq!(addresses.gone(&found(2)), Gone::Foreign);
    }

    #[test]
    fn after_missed_changes_the_list_decides() {
        let mut addresses = Addresses::default();
        for last in 1..=3 {
            fine(&mut addresses, &Change::Add(new(last)));
        }
        assert_eq!(
            addresses.compare(&[found(1), found(3), found(9)]),
            [found(2)]
        );
        assert_eq!(addresses.compare(&[found(1), found(3)]), []);
    }

    #[test]
    fn an_interface_takes_its_addresses_with_it() {
        let mut addresses = Addresses::default();
        fine(&mut addresses, &Change::Add(new(1)));
        addresses.interface_gone(2);
        assert_eq!(addresses.compare(&[]), []);
    }

    /// V3-77 among them.
    #[test]
    fn options_are_those_that_keepalived_asks_for() {
        let mut vip = VirtualAddress::new([10, 0, 0, 1].into());
        vip.preferred_lifetime = Some(30);
        vip.label = Some("eth0:1".into());
        let v4 = new_address(&vip, 2);
        // IPv4 addresses have no lifetime there.
        assert_eq!(v4.preferred_lifetime, None);
        assert_eq!(
            (v4.label.as_deref(), v4.flags.nodad),
            (Some("eth0:1"), false)
        );

        let mut vip = VirtualAddress::new("fd00::1".parse().unwrap());
        let v6 = new_address(&vip, 2);
        assert_eq!((v6.preferred_lifetime, v6.flags.nodad), (Some(0), true));
        vip.prefix_len = 64;
        vip.flags.nodad = true;
        vip.flags.home = true;
        let v6 = new_address(&vip, 2);
        assert_eq!((v6.preferred_lifetime, v6.flags.nodad), (None, true));
        assert!(v6.flags.homeaddress);
    }
}
