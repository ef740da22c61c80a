//! What can go wrong in a lab.

use std::io;
use std::time::Duration;

/// Something in the lab did not work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The kernel said no.
    #[error(transparent)]
    Kernel(#[from] vipd_linux::Error),
    /// A call of the operating system failed.
    #[error("cannot {doing}: {source}")]
    Io {
        /// What was tried.
        doing: String,
        /// Why it failed.
        source: io::Error,
    },
    /// This system does not let its users make namespaces.
    #[error("cannot make a network of one's own on this machine: {why}")]
    Forbidden {
        /// The reason and what to do.
        why: String,
    },
    /// A host refused an order.
    #[error("host {host}: {why}")]
    Refused {
        /// Name of the host.
        host: String,
        /// Its answer.
        why: String,
    },
    /// What was waited for did not come.
    #[error("waited {limit:?} in vain for {what}")]
    Timeout {
        /// What was waited for.
        what: String,
        /// How long.
        limit: Duration,
    },
    /// There is no host or port of that name.
    #[error("there is no {what}")]
    Missing {
        /// Kind and name.
        what: String,
    },
}

impl Error {
    /// Wraps a failed call.
    pub(crate) fn io(doing: impl Into<String>, source: impl Into<io::Error>) -> Self {
        Self::Io {
            doing: doing.into(),
            source: source.into(),
        }
    }
}

/// Shorthand of this crate.
pub type Result<T> = std::result::Result<T, Error>;
