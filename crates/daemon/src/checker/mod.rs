//! The checker process: health checks of real servers.

pub mod probe;
