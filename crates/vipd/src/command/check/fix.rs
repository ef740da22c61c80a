//! `vipd check --fix`: the edits that diagnostics bring, as a difference, and written on demand.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;

use vipd_config::Loaded;
use vipd_config::diagnostic::{Edit, Sources};
use vipd_config::files::{DiskFiles, Entry, Files};
use vipd_config::line::FileId;

/// Which edits are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Fix {
    /// Those that can mean nothing else, or change nothing but the message
    Certain,
    /// Also the nearest known word for one that is unknown
    Likely,
}

/// The files of a report as they would be, by name, and how they differ from what they are.
#[derive(Clone, Debug, Default)]
pub(super) struct Mended {
    /// New texts by the name of the file.
    pub(super) files: BTreeMap<String, String>,
    /// The difference, in the form that `patch` reads.
    pub(super) difference: String,
    /// How many edits there are.
    pub(super) edits: usize,
}

/// Makes the edits. Where two touch each other the first one holds; the other is found again by
/// the next check.
pub(super) fn mend(loaded: &Loaded, which: Fix) -> Mended {
    let mut by_file: BTreeMap<FileId, Vec<&Edit>> = BTreeMap::new();
    for diagnostic in &loaded.diagnostics {
        if let Some(edit) = &diagnostic.fix
            && edit.span.column > 0
            && (edit.is_certain || which == Fix::Likely)
        {
            by_file.entry(edit.span.file).or_default().push(edit);
        }
    }
    let mut mended = Mended::default();
    for (file, edits) in by_file {
        mended.add(file, edits, &loaded.sources);
    }
    mended
}

impl Mended {
    fn add(&mut self, file: FileId, mut edits: Vec<&Edit>, sources: &Sources) {
        edits.sort_by_key(|edit| (edit.span.line, edit.span.column));
        let name = sources.name(file);
        let mut text = String::new();
        let mut changes = String::new();
        for (number, line) in (1..).zip(sources.text(file).split_inclusive('\n')) {
            let own = edits.iter().filter(|edit| edit.span.line == number);
            let (new, count) = edited(line, own.copied());
            if count > 0 {
                self.edits += count;
                let _ = writeln!(changes, "@@ -{number} +{number} @@");
                changes += &marked('-', line);
                changes += &marked('+', &new);
            }
            text += &new;
        }
        if !changes.is_empty() {
            let _ = write!(self.difference, "--- {name}\n+++ {name}\n{changes}");
            self.files.insert(name.to_owned(), text);
        }
    }

    /// Writes the new texts, unless a file is no longer what was checked.
    pub(super) fn write(&self, loaded: &Loaded) -> io::Result<()> {
        for (name, text) in &self.files {
            let known = (0..)
                .map(FileId)
                .take_while(|file| !loaded.sources.name(*file).is_empty());
            let was = known
                .map(|file| (loaded.sources.name(file), loaded.sources.text(file)))
                .find(|(known, _)| known == name);
            let now = DiskFiles.read(name)?;
            if was.is_none_or(|(_, was)| was.as_bytes() != now) {
                let why = format!("{name} is not the text that was checked");
                return Err(io::Error::new(io::ErrorKind::InvalidData, why));
            }
            std::fs::write(name, text)?;
        }
        Ok(())
    }
}

/// The line with its edits, and how many were made.
fn edited<'e>(line: &str, edits: impl Iterator<Item = &'e Edit>) -> (String, usize) {
    let mut new = String::new();
    let (mut taken, mut count) = (0, 0);
    for edit in edits {
        let start = edit.span.column as usize - 1;
        let end = start + edit.span.len as usize;
        if start < taken || line.get(start..end).is_none() {
            continue;
        }
        new += &line[taken..start];
        new += &edit.text;
        taken = end;
        count += 1;
    }
    new += &line[taken..];
    (new, count)
}

fn marked(sign: char, line: &str) -> String {
    let end = if line.ends_with('\n') {
        ""
    } else {
        "\n\\ No newline at end of file\n"
    };
    format!("{sign}{line}{end}")
}

/// Files of which some have another text than they say.
pub(super) struct Overlay<'f> {
    /// What is below.
    pub(super) below: &'f dyn Files,
    /// The other texts by name.
    pub(super) texts: &'f BTreeMap<String, String>,
}

impl Files for Overlay<'_> {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        match self.texts.get(path) {
            Some(text) => Ok(text.clone().into_bytes()),
            None => self.below.read(path),
        }
    }

    fn entry(&self, path: &str) -> Option<Entry> {
        self.below.entry(path)
    }

    fn list(&self, directory: &str) -> Vec<String> {
        self.below.list(directory)
    }

    fn current_directory(&self) -> String {
        self.below.current_directory()
    }
}
