//! `authentication` of `vrrp_instance`.

use crate::interpret::draft::InstanceDraft;
use crate::interpret::instance::auth_type;
use crate::tables::{Keyword, Takes};

type Row = Keyword<InstanceDraft>;

rows! {
    /// `authentication`
    pub(crate) AUTHENTICATION: InstanceDraft = [
        Row::new("auth_pass", Takes::Word("PASSWORD", |i, v| i.auth_pass = Some(v)), "",
            "The password; only its first 8 bytes are used.").unit("bytes"),
        Row::new("auth_type", Takes::Free("PASS|AH", auth_type), "",
            "Kind of authentication: a password in clear, or an IPsec header."),
    ];
}
