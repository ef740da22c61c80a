//! Sockets wanted: instances that send and listen alike share one.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use vipd_config::model::Family;

/// A socket that the engine wants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SocketSpec {
    /// Number by which packets and effects name it. Never given to another socket later.
    pub id: u32,
    /// Interface with its kernel index; none for unicast without `interface`.
    pub interface: Option<(String, u32)>,
    /// Address family.
    pub family: Family,
    /// Protocol: 112 VRRP or 51 AH.
    pub protocol: u8,
    /// Multicast group to join; none for unicast.
    pub group: Option<IpAddr>,
    /// Source address to bind to, for unicast.
    pub source: Option<IpAddr>,
    /// Hop limit of sent packets (IPv6; in IPv4 it is in the packet).
    pub hop_limit: u8,
    /// What all its users want of it together (`kernel_rx_buf_size`, `vrrp_rx_bufs_policy`), bytes.
    pub receive_buffer_bytes: Option<u32>,
}

/// What makes two instances share a socket.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct SocketKey {
    pub(crate) interface: Option<(Arc<str>, u32)>,
    pub(crate) family: Family,
    pub(crate) protocol: u8,
    pub(crate) group: Option<IpAddr>,
    pub(crate) source: Option<IpAddr>,
    pub(crate) hop_limit: u8,
}

/// The sockets in use.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Sockets {
    /// As pairs, since not every format has maps with structured keys.
    table: BTreeMap<SocketKey, Entry>,
    next: u32,
    changed: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Entry {
    id: u32,
    /// Receive buffers that the users of it want; together they are its size.
    users: Vec<Option<u32>>,
}

impl Entry {
    fn receive_buffer_bytes(&self) -> Option<u32> {
        let wanted = self.users.iter().flatten();
        wanted.copied().reduce(u32::saturating_add)
    }
}

impl Sockets {
    /// One more user of a socket; its number.
    pub(crate) fn acquire(&mut self, key: SocketKey, receive_buffer_bytes: Option<u32>) -> u32 {
        let (next, changed) = (&mut self.next, &mut self.changed);
        let entry = self.table.entry(key).or_insert_with(|| {
            *next += 1;
            *changed = true;
            Entry {
                id: *next,
                users: Vec::new(),
            }
        });
        entry.users.push(receive_buffer_bytes);
        *changed |= receive_buffer_bytes.is_some();
        entry.id
    }

    /// One user less, that wanted this receive buffer.
    pub(crate) fn release(&mut self, id: u32, receive_buffer_bytes: Option<u32>) {
        let changed = &mut self.changed;
        self.table.retain(|_, entry| {
            if entry.id == id {
                let mut users = entry.users.iter();
                let place = users.position(|wanted| *wanted == receive_buffer_bytes);
                entry.users.swap_remove(place.unwrap_or(0));
            }
            let stays = !entry.users.is_empty();
            *changed |= !stays;
            stays
        });
    }

    /// Whether the sockets wanted have changed since the last call.
    pub(crate) fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }

    /// Name of the interface of a socket.
    pub(crate) fn interface(&self, id: u32) -> Option<&str> {
        let (key, _) = self.table.iter().find(|(_, entry)| entry.id == id)?;
        key.interface.as_ref().map(|(name, _)| &**name)
    }

    /// All of them, in order of their numbers.
    pub(crate) fn list(&self) -> Vec<SocketSpec> {
        let mut list: Vec<SocketSpec> = self
            .table
            .iter()
            .map(|(key, entry)| SocketSpec {
                id: entry.id,
                interface: key
                    .interface
                    .as_ref()
                    .map(|(name, index)| (name.to_string(), *index)),
                family: key.family,
                protocol: key.protocol,
                group: key.group,
                source: key.source,
                hop_limit: key.hop_limit,
                receive_buffer_bytes: entry.receive_buffer_bytes(),
            })
            .collect();
        list.sort_by_key(|spec| spec.id);
        list
    }
}
