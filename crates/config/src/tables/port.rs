//! `vrrp_track_port`.

use crate::interpret::draft::PortDraft;
use crate::interpret::port::{defined, weight};
use crate::tables::{Keyword, Status, Takes, time};

type Row = Keyword<PortDraft>;

rows! {
    /// `vrrp_track_port`
    pub(crate) TRACK_PORT: PortDraft = [
        Row::new("delay", Takes::Time(time(1, 3_600_000_000, 6), |p, v| (p.rise_delay, p.fall_delay) = (v.value, v.value)), "no delay",
            "Sets `rise_delay` and `fall_delay`.").unit("s").status(Status::Own),
        Row::new("fall_delay", Takes::Time(time(1, 3_600_000_000, 6), |p, v| p.fall_delay = v.value), "no delay",
            "How long nobody must listen before it counts.").unit("s").status(Status::Own),
        Row::new("port", Takes::Free("[tcp|udp] [ADDRESS:]PORT", defined), "",
            "The port; with an address only sockets that serve it count, `0.0.0.0` and `[::]` for all addresses.").status(Status::Own),
        Row::new("rise_delay", Takes::Time(time(1, 3_600_000_000, 6), |p, v| p.rise_delay = v.value), "no delay",
            "How long somebody must listen before it counts.").unit("s").status(Status::Own),
        Row::new("weight", Takes::Free("N [reverse]", weight), "0",
            "Added to the priority while somebody listens (when negative: while nobody does); 0 for FAULT while nobody does.").status(Status::Own),
    ];
}
