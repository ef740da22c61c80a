//! Load balancing: what checks cost, and how fast the kernel's table is changed.
//!
//! Needs IPVS, which few machines' kernels have: it runs in a virtual machine (`cargo xtask vm`),
//! where this program starts itself again.

pub(crate) mod bare;
mod checks;
mod daemon;
mod field;
mod inside;
mod programming;
mod removal;
mod trace;

use std::process::{Command, Stdio};

use crate::Section;

/// The word that makes this program measure, in the virtual machine.
pub(crate) const WORD: &str = "lvs-inside";

/// Says how far it is: the measurement takes minutes, and its tables come last.
fn progress(what: &str, seen: &dyn std::fmt::Debug) {
    eprintln!("lvs: {what}: {seen:?}");
}

/// What goes wrong, in words.
type Result<T> = std::result::Result<T, String>;

/// Runs the measurement in a virtual machine and takes the sections out of what it prints.
pub(crate) fn measure(runs: usize) -> Result<Vec<Section>> {
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["xtask", "vm", "--"])
        .arg(own)
        .args([WORD, &runs.to_string()])
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cannot run cargo xtask vm: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        return Err(format!("in the virtual machine: {}\n{text}", output.status));
    }
    Ok(sections(&text))
}

/// In the virtual machine: prints the sections.
pub(crate) fn inside(runs: &str) -> Result<String> {
    let runs = runs.parse().map_err(|_| format!("{runs} is no number"))?;
    let sections = inside::measure(runs);
    let sections = sections.iter();
    let parts: Vec<String> = sections
        .map(|(title, text)| format!("## {title}\n\n{text}\n"))
        .collect();
    Ok(parts.concat())
}

/// Sections by their headings.
fn sections(text: &str) -> Vec<Section> {
    let parts = text.split("## ").skip(1);
    parts
        .filter_map(|part| part.split_once('\n'))
        .map(|(title, text)| (title.to_owned(), format!("{}\n", text.trim())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_found_in_what_is_printed() {
        let found = sections("words\n## A\n\n| 1 |\n\n## B\n\n| 2 |\n| 3 |\n\n");
        let expected = [("A", "| 1 |\n"), ("B", "| 2 |\n| 3 |\n")];
        let expected = expected.map(|(title, text)| (title.to_owned(), text.to_owned()));
        assert_eq!(found, expected);
    }
}
