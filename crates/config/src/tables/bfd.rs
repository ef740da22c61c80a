//! `bfd_instance` and `SSL`.

use crate::tables::{Keyword, Status, Takes, any, int, millis, unused};

type Row = Keyword<()>;

rows! {
    /// `bfd_instance`
    pub(crate) BFD: () = [
        Row::new("checker", Takes::Flag(unused), "",
            "Health checks hear about the session; without this word and `vrrp` both sides do.").not_yet(),
        Row::new("hoplimit", Takes::Int(int(1..=255), unused), "255 IPv4",
            "The same as `ttl`, for IPv6.").unit("hops").status(Status::Alias("ttl")).not_yet(),
        Row::new("idle_tx", Takes::Time(millis(1_000_000, 4_294_967_000, 3), unused), "1000",
            "Time between packets while the session is not up.").unit("ms").not_yet(),
        Row::new("max_hops", Takes::Int(int(-1..=255), unused), "0",
            "How many hops away the neighbour may be; -1 for any.").unit("hops").not_yet(),
        Row::new("min_rx", Takes::Time(millis(1_000, 4_294_967_000, 3), unused), "10",
            "Shortest time between packets that this end wants to receive.").unit("ms").not_yet(),
        Row::new("min_tx", Takes::Time(millis(1_000, 4_294_967_000, 3), unused), "10",
            "Shortest time between packets that this end wants to send while the session is up.").unit("ms").not_yet(),
        Row::new("multihop", Takes::Bool(unused), "off",
            "The neighbour is more than one hop away: uses UDP port 4784 instead of 3784.").not_yet(),
        Row::new("multiplier", Takes::Int(int(1..=255), unused), "5",
            "Packets that may be lost before the other end takes the session for down.").not_yet(),
        Row::new("neighbor_ip", Takes::Address(unused), "",
            "Address of the neighbour.").not_yet().ignored_without(),
        Row::new("neighbour_ip", Takes::Address(unused), "",
            "Address of the neighbour.").status(Status::Alias("neighbor_ip")).not_yet().ignored_without(),
        Row::new("passive", Takes::Flag(unused), "off",
            "Waits for the neighbour to send first.").not_yet(),
        Row::new("source_ip", Takes::Address(unused), "",
            "Address that packets are sent from; of the same family as the neighbour.").not_yet(),
        Row::new("ttl", Takes::Int(int(1..=255), unused), "255 IPv4",
            "TTL of packets sent; what comes in must have it too, less the hops allowed.").unit("hops").not_yet(),
        Row::new("vrrp", Takes::Flag(unused), "",
            "VRRP hears about the session; without this word and `checker` both sides do.").not_yet(),
        Row::new("weight", Takes::Free("N [reverse]", any), "0",
            "Added to the priority of instances that track the session while it is up; 0 for FAULT while it is down.").not_yet(),
    ];
}
