//! `auth_hmac` of `vrrp_instance`.

use crate::interpret::draft::InstanceDraft;
use crate::interpret::hmac::{anti_replay, block, key, mode};
use crate::interpret::setter::{byte, seconds};
use crate::interpret::statement::At;
use crate::tables::{Keyword, Takes, int};

type Row = Keyword<InstanceDraft>;

rows! {
    /// `auth_hmac`
    pub(crate) AUTH_HMAC: InstanceDraft = [
        Row::new("active_key", Takes::Int(int(1..=255), |i, v| block(i, v.span).active_key = Some(At::new(byte(v.value), v.span))), "",
            "Number of the key that this node signs with."),
        Row::new("anti_replay", Takes::OneOf(&["time", "monotonic"], |i, v| block(i, v.span).anti_replay = anti_replay(v.value)), "time",
            "What makes an advert fresh: its time, or a counter that only grows."),
        Row::new("key", Takes::Free("ID TEXT|hex:HEX|file:PATH", key), "",
            "A key of 32 to 64 bytes and its number; all nodes need the keys that any of them signs with."),
        Row::new("mode", Takes::OneOf(&["enforce", "permissive", "receive-only"], |i, v| block(i, v.span).mode = Some(At::new(mode(v.value), v.span))), "enforce",
            "What happens to adverts without signature: dropped, taken, or taken while this node signs none itself."),
        Row::new("time_window", Takes::Int(int(1..=300), |i, v| block(i, v.span).time_window = Some(seconds(v.value))), "max(5, 3*advert_int)",
            "How far the clocks of the nodes may be apart.").unit("s"),
    ];
}
