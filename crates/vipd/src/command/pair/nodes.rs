//! Which nodes the command line names, and where their files are.

use std::fs;
use std::path::Path;

/// A node and its configuration file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::command) struct NodeFile {
    /// Its name: given, or made of the path.
    pub(in crate::command) name: String,
    /// Path of its file.
    pub(in crate::command) file: String,
    /// The name was given.
    is_given: bool,
}

impl NodeFile {
    /// The file of a node whose name is known.
    pub(in crate::command) fn new(name: &str, file: &str) -> Self {
        Self {
            name: name.to_owned(),
            file: file.to_owned(),
            is_given: true,
        }
    }

    /// Its name, when it was given.
    pub(in crate::command) fn given(&self) -> Option<&str> {
        self.is_given.then_some(self.name.as_str())
    }
}

/// As [`all_nodes`]; none when it is one file only.
pub(in crate::command) fn node_files(
    arguments: &[String],
) -> std::io::Result<Option<Vec<NodeFile>>> {
    let nodes = all_nodes(arguments)?;
    let several = nodes.len() > 1 || arguments.iter().any(|a| Path::new(a).is_dir());
    Ok(several.then_some(nodes))
}

/// The nodes that arguments stand for: a file, `NAME=FILE`, or a directory with one file for
/// each node.
pub(in crate::command) fn all_nodes(arguments: &[String]) -> std::io::Result<Vec<NodeFile>> {
    let mut found: Vec<(Option<String>, String)> = Vec::new();
    for argument in arguments {
        if Path::new(argument).is_dir() {
            found.extend(listed(argument)?.into_iter().map(|file| (None, file)));
            continue;
        }
        match argument.split_once('=') {
            Some((name, file))
                if !name.is_empty() && !name.contains('/') && !Path::new(argument).exists() =>
            {
                found.push((Some(name.to_owned()), file.to_owned()));
            }
            _ => found.push((None, argument.clone())),
        }
    }
    Ok(named(&found))
}

/// The files in a directory, by name: those that end in `.conf`, else all.
fn listed(directory: &str) -> std::io::Result<Vec<String>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_file() {
            files.push(path.to_string_lossy().into_owned());
        }
    }
    files.sort();
    let has_ending = |file: &String| Path::new(file).extension().is_some_and(|e| e == "conf");
    if files.iter().any(has_ending) {
        files.retain(has_ending);
    }
    if files.is_empty() {
        let why = format!("no file is in {directory}");
        return Err(std::io::Error::new(std::io::ErrorKind::NotFound, why));
    }
    Ok(files)
}

/// Names for those that have none: the name of the file, else of its directory, else a letter.
fn named(found: &[(Option<String>, String)]) -> Vec<NodeFile> {
    let stem = |file: &str| part(Path::new(file).file_stem());
    let directory = |file: &str| part(Path::new(file).parent().and_then(Path::file_name));
    let all = |name: &dyn Fn(&str) -> Option<String>| -> Option<Vec<String>> {
        let names: Option<Vec<String>> = found
            .iter()
            .map(|(given, file)| given.clone().or_else(|| name(file)))
            .collect();
        names.filter(|names| differ(names))
    };
    let letters = || -> Vec<String> {
        let letters = ('A'..='Z')
            .map(String::from)
            .chain((26..).map(|n| format!("node{n}")));
        letters.take(found.len()).collect()
    };
    let names = all(&stem)
        .or_else(|| all(&directory))
        .unwrap_or_else(letters);
    names
        .into_iter()
        .zip(found.iter())
        .map(|(name, (given, file))| NodeFile {
            is_given: given.as_ref() == Some(&name),
            name,
            file: file.clone(),
        })
        .collect()
}

fn part(part: Option<&std::ffi::OsStr>) -> Option<String> {
    part.map(|part| part.to_string_lossy().into_owned())
}

fn differ(names: &[String]) -> bool {
    let mut sorted: Vec<&String> = names.iter().collect();
    sorted.sort();
    sorted.windows(2).all(|two| two[0] != two[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(arguments: &[&str]) -> Vec<(String, String)> {
        let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        let nodes = node_files(&arguments).unwrap().unwrap_or_default();
        nodes
            .into_iter()
            .map(|node| (node.name, node.file))
            .collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        let pairs = expected.iter();
        pairs
            .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
            .collect()
    }

    #[test]
    fn names_come_from_the_argument_the_file_or_the_directory() {
        assert_eq!(names(&["a.conf"]), []);
        assert_eq!(
            names(&["a.conf", "etc/b.conf"]),
            pairs(&[("a", "a.conf"), ("b", "etc/b.conf")])
        );
        assert_eq!(
            names(&["one/k.conf", "two/k.conf"]),
            pairs(&[("one", "one/k.conf"), ("two", "two/k.conf")])
        );
        assert_eq!(
            names(&["x=k.conf", "y=k.conf"]),
            pairs(&[("x", "k.conf"), ("y", "k.conf")])
        );
        assert_eq!(
            names(&["k.conf", "k.conf"]),
            pairs(&[("A", "k.conf"), ("B", "k.conf")])
        );
    }

    #[test]
    fn a_directory_has_one_file_for_each_node() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.conf", "a.conf", "notes.txt"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let directory = folder.path().to_string_lossy().into_owned();
        let nodes = node_files(&[directory]).unwrap().unwrap();
        let names: Vec<&str> = nodes.iter().map(|node| node.name.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
    }
}
