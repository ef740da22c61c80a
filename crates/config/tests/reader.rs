//! Reading of configuration files: text in, logical lines and diagnostics out.

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
