//! All measurements, in the virtual machine.

use super::{checks, programming, removal};
use crate::Section;

/// What is printed when no figure can be.
pub(super) const UNKNOWN: &str = "not known";

pub(super) fn measure(runs: usize) -> Vec<Section> {
    let mut sections = checks::measure(runs);
    sections.push(programming::measure(runs));
    sections.push(removal::measure(runs));
    sections
}
