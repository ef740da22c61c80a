//! `bfd_instance` and `SSL`.

use crate::tables::{Keyword, Status, Takes, any, int, millis, unused};

type Row = Keyword<()>;

/// `bfd_instance`
#[rustfmt::skip]
pub(crate) const BFD: &[Row] = &[
    Row::new("checker", Takes::Flag(unused), "",
        "Sends events to checker process.").not_yet(),
    Row::new("hoplimit", Takes::Int(int(1..=255), unused), "255 IPv4",
        "Same as ttl.").unit("hops").status(Status::Alias("ttl")).not_yet(),
    Row::new("idle_tx", Takes::Time(millis(1_000_000, 4_294_967_000, 3), unused), "1000",
        "Transmit interval when not up.").unit("ms").not_yet(),
    Row::new("max_hops", Takes::Int(int(-1..=255), unused), "0",
        "Hops allowed on receive; -1 = no check (but see bug note for ttl<255).").unit("hops").not_yet(),
    Row::new("min_rx", Takes::Time(millis(1_000, 4_294_967_000, 3), unused), "10",
        "Required minimum receive interval.").unit("ms").not_yet(),
    Row::new("min_tx", Takes::Time(millis(1_000, 4_294_967_000, 3), unused), "10",
        "Desired minimum transmit interval when up.").unit("ms").not_yet(),
    Row::new("multihop", Takes::Bool(unused), "off",
        "Uses port 4784 instead of 3784.").not_yet(),
    Row::new("multiplier", Takes::Int(int(1..=255), unused), "5",
        "Detection multiplier sent.").not_yet(),
    Row::new("neighbor_ip", Takes::Address(unused), "",
        "Peer address.").not_yet().ignored_without(),
    Row::new("neighbour_ip", Takes::Address(unused), "",
        "Same as neighbor_ip.").status(Status::Alias("neighbor_ip")).not_yet().ignored_without(),
    Row::new("passive", Takes::Flag(unused), "off",
        "Does not send until peer sends.").not_yet(),
    Row::new("source_ip", Takes::Address(unused), "",
        "Source address; must match neighbour family.").not_yet(),
    Row::new("ttl", Takes::Int(int(1..=255), unused), "255 IPv4",
        "Sent TTL and base of receive check.").unit("hops").not_yet(),
    Row::new("vrrp", Takes::Flag(unused), "",
        "Sends events to VRRP process (only those named, when any is named).").not_yet(),
    Row::new("weight", Takes::Free("N [reverse]", any), "0",
        "Default VRRP tracker weight; 0 = fault.").not_yet(),
];

/// `SSL`
#[rustfmt::skip]
pub(crate) const SSL: &[Row] = &[
    Row::new("ca", Takes::Word("PATH", unused), "",
        "CA file.").not_yet().ignored_without(),
    Row::new("certificate", Takes::Word("PATH", unused), "",
        "Client certificate.").not_yet().ignored_without(),
    Row::new("key", Takes::Word("PATH", unused), "",
        "Client key.").not_yet().ignored_without(),
    Row::new("password", Takes::Word("TEXT", unused), "",
        "Keys password.").not_yet().ignored_without(),
];
