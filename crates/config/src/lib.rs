//! `keepalived.conf`: text to words to blocks to typed [`model::Config`], with every diagnostic.
//!
//! Knows nothing of Linux: what it must know of the machine comes in by argument.

pub mod diagnostic;
pub mod files;
pub mod line;
pub mod model;
pub mod reader;
pub mod script_words;
