//! Mistakes in a configuration, as values; rendering is apart.

pub mod codes;
pub mod json;
pub mod log;
pub mod rules;
pub mod terminal;

use std::cell::OnceCell;
use std::sync::Arc;

use serde::Serialize;

use crate::line::{FileId, Span};

/// How keepalived classes a message; the highest seen decides the exit status of `-t`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Class {
    /// keepalived says nothing; vipd does. Never changes an exit status.
    Hint,
    /// keepalived logs it, but counts it nowhere. Never changes an exit status.
    Notice,
    /// A file is not there.
    FileNotFound,
    /// An interface is not there or unusable.
    BadInterface,
    /// Fatal.
    Fatal,
    /// Any other message of the parser.
    General,
    /// Security of scripts.
    Security,
}

/// What becomes of the daemon because of a diagnostic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Consequence {
    /// It starts; the rest of the file holds.
    Starts,
    /// It refuses to start, with this exit status (2 configuration, 6 no configuration).
    Refuses(u8),
}

/// One mistake, or one piece of advice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// Stable name, such as `unknown-keyword`.
    pub code: &'static str,
    /// keepalived's class.
    pub class: Class,
    /// What becomes of the daemon.
    pub consequence: Consequence,
    /// What was found and what happens with it: lower case, no full stop, the user's words in backticks.
    pub message: String,
    /// Where.
    pub span: Option<Span>,
    /// Other places that matter, each with a word about it.
    pub labels: Vec<(Span, String)>,
    /// What to do about it.
    pub help: Option<String>,
    /// An edit that does it.
    pub fix: Option<Edit>,
}

impl Diagnostic {
    /// A diagnostic after which the daemon starts, without a place or help yet.
    pub fn new(code: &'static str, class: Class, message: impl Into<String>) -> Self {
        Self {
            code,
            class,
            consequence: Consequence::Starts,
            message: message.into(),
            span: None,
            labels: Vec::new(),
            help: None,
            fix: None,
        }
    }

    /// Advice about something that keepalived says nothing about.
    pub fn hint(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(code, Class::Hint, message)
    }

    /// The daemon refuses to start, with this exit status.
    #[must_use]
    pub fn refuses(mut self, status: u8) -> Self {
        self.consequence = Consequence::Refuses(status);
        self
    }

    /// Says where.
    #[must_use]
    pub fn at(mut self, span: Span) -> Self {
        self.span = Some(span);
        self
    }

    /// Points to another place that matters.
    #[must_use]
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push((span, text.into()));
        self
    }

    /// Says what to do about it.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// Gives the edit that does it.
    #[must_use]
    pub fn fix(mut self, span: Span, text: impl Into<String>) -> Self {
        self.fix = Some(Edit {
            span,
            text: text.into(),
            is_certain: true,
        });
        self
    }
}

/// Replace the text at `span` by `text`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Edit {
    /// What is replaced.
    pub span: Span,
    /// By what.
    pub text: String,
    /// Nothing else can have been meant, or what the daemon does stays as it is. Other edits
    /// are a guess.
    pub is_certain: bool,
}

/// How much a diagnostic matters to the reader of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Advice.
    Hint,
    /// Something that keepalived mentions too.
    Note,
    /// A mistake; the daemon starts without what is wrong.
    Warning,
    /// The daemon does not start.
    Error,
}

impl Diagnostic {
    /// How much it matters.
    pub fn severity(&self) -> Severity {
        match (self.consequence, self.class) {
            (Consequence::Refuses(_), _) => Severity::Error,
            (Consequence::Starts, Class::Hint) => Severity::Hint,
            (Consequence::Starts, Class::Notice) => Severity::Note,
            (
                Consequence::Starts,
                Class::FileNotFound
                | Class::BadInterface
                | Class::Fatal
                | Class::General
                | Class::Security,
            ) => Severity::Warning,
        }
    }
}

/// The files that were read, for rendering and for `file:line`.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<Source>,
}

#[derive(Clone, Debug)]
struct Source {
    name: String,
    text: Arc<String>,
    /// Offsets at which lines begin; only known when somebody has asked.
    lines: OnceCell<Vec<usize>>,
}

impl Sources {
    /// Adds a file by the name it was asked for and its text.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        self.add_shared(name, Arc::new(text.into()))
    }

    /// The same with a text that somebody else goes on reading.
    pub(crate) fn add_shared(&mut self, name: impl Into<String>, text: Arc<String>) -> FileId {
        self.files.push(Source {
            name: name.into(),
            text,
            lines: OnceCell::new(),
        });
        FileId(u32::try_from(self.files.len() - 1).unwrap_or(u32::MAX))
    }

    /// Adds all files of another collection, in order; the number of files before them.
    pub fn append(&mut self, other: &Self) -> u32 {
        let before = u32::try_from(self.files.len()).unwrap_or(u32::MAX);
        self.files.extend(other.files.iter().cloned());
        before
    }

    /// Name of a file.
    pub fn name(&self, file: FileId) -> &str {
        self.file(file).map_or("", |source| &source.name)
    }

    /// Text of a file.
    pub fn text(&self, file: FileId) -> &str {
        self.file(file).map_or("", |source| &source.text)
    }

    /// A line of a file by its number from 1, without its end.
    pub fn line(&self, file: FileId, number: u32) -> Option<&str> {
        self.lines(file, number, number)
    }

    /// The lines of a file from one number to another, without the end of the last.
    fn lines(&self, file: FileId, first: u32, last: u32) -> Option<&str> {
        let source = self.file(file)?;
        let start = source.start(first)?;
        source.start(last)?;
        let end = match last.checked_add(1).and_then(|next| source.start(next)) {
            Some(next) => next - 1,
            None => source.text.len(),
        };
        source.text.get(start..end)
    }

    /// Bytes from the start of one line to the start of a later one.
    fn offset(&self, file: FileId, first: u32, line: u32) -> Option<usize> {
        let source = self.file(file)?;
        source.start(line)?.checked_sub(source.start(first)?)
    }

    fn file(&self, file: FileId) -> Option<&Source> {
        self.files.get(usize::try_from(file.0).ok()?)
    }
}

impl Source {
    /// Offset at which a line begins.
    fn start(&self, number: u32) -> Option<usize> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        let lines = self.lines.get_or_init(|| {
            let ends = self.text.match_indices('\n');
            std::iter::once(0)
                .chain(ends.map(|(end, _)| end + 1))
                .collect()
        });
        lines.get(index).copied()
    }
}
