//! Blocks of load balancing: virtual servers, their groups, real servers and checks.

pub(crate) mod draft;
pub(crate) mod global;
pub(crate) mod group;
pub(crate) mod method;
pub(crate) mod words;
