//! How adverts are authenticated: `authentication` of version 2, and the signatures of `auth_hmac`.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// `auth_hmac` of an instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthHmac {
    /// `key`: every key by its number, 1 to 255. It has that of `active_key`.
    pub keys: BTreeMap<u8, Secret>,
    /// `active_key`: the key that signs.
    pub active_key: u8,
    /// `time_window`: how far clocks may be apart.
    pub time_window: Duration,
    /// `anti_replay`
    pub anti_replay: AntiReplay,
    /// `mode`
    pub mode: HmacMode,
}

/// What makes a signed advert fresh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum AntiReplay {
    /// It is newer than the last of its sender, and its time is within the window.
    #[default]
    Time,
    /// It is newer than the last of its sender.
    Monotonic,
}

/// How strictly signatures are asked for. A wrong one is never accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum HmacMode {
    /// Signs, and drops adverts without signature.
    #[default]
    Enforce,
    /// Signs, and accepts adverts without signature.
    Permissive,
    /// Does not sign, and accepts adverts without signature.
    ReceiveOnly,
}

/// Bytes of a key or password, which are never shown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret(pub Vec<u8>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("********")
    }
}

/// Kind of version 2 authentication.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AuthKind {
    /// Simple text password.
    Pass,
    /// `IPsec` authentication header, HMAC-MD5-96.
    Ah,
}

/// `authentication`: kind and the 8 bytes of the key, zero-padded.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authentication {
    /// Kind.
    pub kind: AuthKind,
    /// Key.
    pub key: [u8; 8],
}

impl fmt::Debug for Authentication {
    /// Never shows the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authentication")
            .field("kind", &self.kind)
            .field("key", &"********")
            .finish()
    }
}
