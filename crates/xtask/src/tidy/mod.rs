//! `cargo xtask tidy`: the rules of CONTRIBUTING.md that no compiler checks.
//!
//! It runs as a test too, so that `cargo test` finds what it finds.

mod dependencies;
mod links;
mod protocol;
mod rust;

use std::fs;
use std::path::Path;

use crate::run::{Failure, root, say};

/// A file of the repository.
pub(crate) struct File {
    /// Its path from the root.
    path: String,
    /// Its text.
    text: String,
}

/// Checks the tree.
pub(crate) fn perform(_: &[String]) -> Result<(), Failure> {
    let files = files();
    let offences = offences(&files);
    if offences.is_empty() {
        say(&format!("{} files are tidy", files.len()));
        return Ok(());
    }
    Err(Failure(format!("\n  {}", offences.join("\n  "))))
}

/// Everything that is wrong with the tree.
fn offences(files: &[File]) -> Vec<String> {
    let mut offences = Vec::new();
    for file in files {
        match extension(Path::new(&file.path)) {
            "rs" => rust::check(file, &mut offences),
            "toml" => dependencies::check(file, &mut offences),
            "md" => links::check(file, &root(), &mut offences),
            _ => {}
        }
    }
    changelog(files, &mut offences);
    protocol::check(files, &mut offences);
    offences
}

/// What stands after the last point of a file name.
fn extension(path: &Path) -> &str {
    path.extension()
        .and_then(|extension| extension.to_str())
        .unwrap_or_default()
}

/// The changelog has a section for the version at hand, or for what comes next.
fn changelog(files: &[File], offences: &mut Vec<String>) {
    let version = concat!("## ", env!("CARGO_PKG_VERSION"));
    let current = files.iter().any(|file| {
        file.path == "CHANGELOG.md"
            && (file.text.contains(version) || file.text.contains("## Unreleased"))
    });
    if !current {
        offences.push(format!(
            "CHANGELOG.md: has neither `## Unreleased` nor `{version}`"
        ));
    }
}

/// All files that rules are about, in the order of their paths.
fn files() -> Vec<File> {
    let mut files = Vec::new();
    collect(&root(), "", &mut files);
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

/// Adds the files of a folder and of those in it. Build output and hidden folders are left out.
fn collect(folder: &Path, prefix: &str, files: &mut Vec<File>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') || name == "target" {
            continue;
        }
        let path = format!("{prefix}{name}");
        let Ok(kind) = entry.file_type() else {
            continue;
        };
        if kind.is_dir() {
            collect(&entry.path(), &format!("{path}/"), files);
        } else if ["rs", "toml", "md"].contains(&extension(&entry.path()))
            && let Ok(text) = fs::read_to_string(entry.path())
        {
            files.push(File { path, text });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_tidy() {
        let files = files();
        assert!(files.len() > 50, "found only {} files", files.len());
        let offences = offences(&files);
        assert!(offences.is_empty(), "\n{}", offences.join("\n"));
    }
}
