//! Scenarios as text: what happens when, in words for people.
//!
//! ```text
//! at 10s: fail a chk_mysql
//! at 12s: down a eth0; pause b for 3s
//! at 30s: heal
//! until 60s
//! ```

pub mod case;
pub mod timeline;
mod tracked;
pub mod words;
