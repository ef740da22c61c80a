//! Why a router wants to be called.

use serde::{Deserialize, Serialize};

/// Why a router wants to be called at its deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Timer {
    /// A master's next advert.
    Advertise,
    /// A backup has heard nothing for too long.
    MasterDown,
    /// The next announcement.
    Announce,
    /// End of `preempt_delay`, of a start delay, and the like.
    Delay,
}
