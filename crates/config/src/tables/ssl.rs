//! `SSL`.

use crate::model::Secret;
use crate::model::lvs::Ssl;
use crate::tables::{Keyword, Takes};

type Row = Keyword<Ssl>;

rows! {
    /// `SSL`
    pub(crate) SSL: Ssl = [
        Row::new("ca", Takes::Word("PATH", |s, x| s.ca = Some(x.value)), "",
            "File with certificate authorities. It has to be one, and no certificate is verified with it: any server certificate will do.").ignored_without(),
        Row::new("certificate", Takes::Word("PATH", |s, x| s.certificate = Some(x.value)), "",
            "File with the certificate this client shows.").ignored_without(),
        Row::new("key", Takes::Word("PATH", |s, x| s.key = Some(x.value)), "",
            "File with the private key of the certificate.").ignored_without(),
        Row::new("password", Takes::Word("TEXT", |s, x| s.password = Some(Secret(x.value.into_bytes()))), "",
            "Password of the private key.").ignored_without(),
    ];
}
