//! Reading of configuration files: text in, logical lines and diagnostics out.

#![expect(clippy::unwrap_used, reason = "a test may fail")]
#![expect(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]

#[path = "reader/print.rs"]
mod print;

#[path = "reader/definitions.rs"]
mod definitions;
#[path = "reader/diagnostics.rs"]
mod diagnostics;
#[path = "reader/generators.rs"]
mod generators;
#[path = "reader/hostile.rs"]
mod hostile;
#[path = "reader/includes.rs"]
mod includes;
#[path = "reader/lines.rs"]
mod lines;
