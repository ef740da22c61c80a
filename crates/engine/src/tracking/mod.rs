//! Things that are watched and weigh on priorities.

pub mod script;
pub mod standing;
pub mod watch;
