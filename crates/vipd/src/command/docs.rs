//! `vipd docs`: writes the part of `docs/` that is made from the program itself.

use std::fs;
use std::path::{Path, PathBuf};

use vipd_config::diagnostic::rules;
use vipd_config::reference;

use super::completion::{Kind, script};
use super::{definition, failure};
use crate::manual;
use crate::output::Answer;

/// Write the generated documents into a folder
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Write nothing; fail when what is there is not current
    #[arg(long)]
    check: bool,
    /// The folder
    folder: PathBuf,
}

/// Writes them, or says which are not current.
pub(super) fn answer(arguments: &Arguments) -> Answer {
    let documents = documents();
    if arguments.check {
        return check(&arguments.folder, &documents);
    }
    for (name, text) in &documents {
        let path = arguments.folder.join(name);
        let written = path
            .parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| fs::write(&path, text));
        if let Err(error) = written {
            return failure(&format!("write {}", path.display()), &error);
        }
    }
    Answer::default()
}

/// Compares what is there with what should be.
fn check(folder: &Path, documents: &[(String, String)]) -> Answer {
    let stale: Vec<String> = documents
        .iter()
        .filter(|(name, text)| fs::read_to_string(folder.join(name)).ok().as_ref() != Some(text))
        .map(|(name, _)| format!("not current: {}\n", folder.join(name).display()))
        .collect();
    if stale.is_empty() {
        return Answer::default();
    }
    Answer::err(stale.concat() + "write them again: cargo xtask docs\n", 1)
}

/// Every generated document: its path in the folder and its text.
fn documents() -> Vec<(String, String)> {
    let mut documents: Vec<(String, String)> = manual::commands(definition())
        .into_iter()
        .chain([
            ("keepalived.8".to_owned(), manual::keepalived_8()),
            ("vipd.conf.5".to_owned(), manual::vipd_conf_5()),
        ])
        .map(|(name, text)| (format!("man/{name}"), text))
        .collect();
    documents.push(("keywords.md".to_owned(), reference::markdown()));
    documents.push(("rules.md".to_owned(), rules::markdown()));
    for (shell, name) in Kind::FILES {
        documents.push((format!("completions/{name}"), script(shell)));
    }
    documents
}
