//! Counters of one instance, named as keepalived's statistics name them.

use serde::{Deserialize, Serialize};

/// How often what has happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Adverts received that passed every check.
    pub advert_rcvd: u64,
    /// Adverts sent; to several unicast peers counts once.
    pub advert_sent: u64,
    /// Times it became master.
    pub become_master: u64,
    /// Times it left being master.
    pub release_master: u64,
    /// Packets of a wrong length.
    pub packet_len_err: u64,
    /// Adverts with another interval than ours, or with none.
    pub advert_interval_err: u64,
    /// Packets whose TTL or hop limit was not 255.
    pub ip_ttl_err: u64,
    /// Packets of a type other than advertisement.
    pub invalid_type_rcvd: u64,
    /// Adverts with another list of addresses than ours.
    pub addr_list_err: u64,
    /// Version 2 packets with an unknown authentication type.
    pub invalid_authtype: u64,
    /// Version 2 packets with another authentication type than ours.
    pub authtype_mismatch: u64,
    /// Packets that failed authentication.
    pub auth_failure: u64,
    /// Adverts without signature, dropped or accepted (`auth_hmac`). Not shown by keepalived.
    pub hmac_missing: u64,
    /// Adverts with a wrong signature or an unknown key. Not shown by keepalived.
    pub hmac_wrong: u64,
    /// Adverts whose time is out of the window. Not shown by keepalived.
    pub hmac_stale: u64,
    /// Adverts that were sent before. Not shown by keepalived.
    pub hmac_replayed: u64,
    /// Adverts of a clock that is apart by more than half the window. Not shown by keepalived.
    pub hmac_skewed: u64,
    /// Adverts of priority 0 received.
    pub pri_zero_rcvd: u64,
    /// Adverts of priority 0 sent.
    pub pri_zero_sent: u64,
    /// Packets of another version. Not shown by keepalived.
    pub version_err: u64,
    /// Packets with a wrong checksum. Not shown by keepalived.
    pub checksum_err: u64,
    /// Packets from a sender, or sent in a way, that this instance does not listen to. Not
    /// shown by keepalived.
    pub unwanted: u64,
}
