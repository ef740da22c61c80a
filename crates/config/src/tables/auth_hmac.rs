//! `auth_hmac` of `vrrp_instance`.

use crate::tables::{Keyword, Takes, any, int, unused};

type Row = Keyword<()>;

/// `auth_hmac`
#[rustfmt::skip]
pub(crate) const AUTH_HMAC: &[Row] = &[
    Row::new("active_key", Takes::Int(int(1..=255), unused), "",
        "Number of the key that this node signs with.").not_yet(),
    Row::new("anti_replay", Takes::OneOf(&["time", "monotonic"], unused), "time",
        "What makes an advert fresh: its time, or a counter that only grows.").not_yet(),
    Row::new("key", Takes::Free("ID TEXT|hex:HEX|file:PATH", any), "",
        "A key and its number; all nodes need the keys that any of them signs with.").not_yet(),
    Row::new("mode", Takes::OneOf(&["enforce", "permissive", "receive-only"], unused), "enforce",
        "What happens to adverts without signature: dropped, taken, or taken while this node signs none itself.").not_yet(),
    Row::new("time_window", Takes::Int(int(1..=300), unused), "max(5, 3*advert_int)",
        "How far the clocks of the nodes may be apart.").unit("s").not_yet(),
];
