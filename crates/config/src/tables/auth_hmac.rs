//! `auth_hmac` of `vrrp_instance`.

use crate::tables::{Keyword, Takes, any, int, unused};

type Row = Keyword<()>;

/// `auth_hmac`
#[rustfmt::skip]
pub(crate) const AUTH_HMAC: &[Row] = &[
    Row::new("active_key", Takes::Int(int(1..=255), unused), "",
        "Keys used to sign.").not_yet(),
    Row::new("anti_replay", Takes::OneOf(&["time", "monotonic"], unused), "time",
        "Freshness rule.").not_yet(),
    Row::new("key", Takes::Free("ID TEXT|hex:HEX|file:PATH", any), "",
        "Keys table entry; duplicate id = error; group/world-readable key file = SECURITY error.").not_yet(),
    Row::new("mode", Takes::OneOf(&["enforce", "permissive", "receive-only"], unused), "enforce",
        "How strictly to require the trailer.").not_yet(),
    Row::new("time_window", Takes::Int(int(1..=300), unused), "max(5, 3*advert_int)",
        "Allowed clock difference.").unit("s").not_yet(),
];
