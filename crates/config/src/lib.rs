//! `keepalived.conf`: text to words to blocks to typed [`model::Config`], with every diagnostic.
//!
//! Knows nothing of Linux: what it must know of the machine comes in by argument.

mod complete;
pub mod diagnostic;
pub mod dump;
pub mod files;
pub mod format;
mod interpret;
pub mod line;
pub mod load;
pub mod model;
pub mod pair;
mod prefix;
pub mod reader;
pub mod reference;
pub mod script_words;
mod tables;

pub use load::{Host, HostInterface, Loaded, load, load_once};
