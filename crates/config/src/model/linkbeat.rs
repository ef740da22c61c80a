//! Interfaces that are asked for their link state again and again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How an interface is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Way {
    /// The transceiver's registers (`SIOCGMIIREG`).
    #[default]
    Mii,
    /// The driver (`ETHTOOL_GLINK`).
    Ethtool,
    /// The flags of the interface (`SIOCGIFFLAGS`).
    Flags,
}

/// `linkbeat_interfaces` and `linkbeat_use_polling`: for these the kernel's own word on their
/// link is not enough.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Linkbeat {
    /// Every interface that instances use (`linkbeat_use_polling`).
    pub all: bool,
    /// By name, with the way that is tried first.
    pub interfaces: BTreeMap<String, Way>,
}
