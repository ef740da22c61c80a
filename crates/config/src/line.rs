//! What the reader of files hands to the interpreter of blocks: logical lines of words.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A file of a [`crate::diagnostic::Sources`], by its number in reading order.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct FileId(pub u32);

/// A place in a file: `len` bytes from `column` of `line`.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// Line number, from 1.
    pub line: u32,
    /// Byte column in the line, from 1; 0 when only the line is known (text that came out of a definition).
    pub column: u32,
    /// Length in bytes.
    pub len: u32,
}

/// One word of a line, quotes taken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word<'a> {
    /// Its text, after expansion.
    pub text: &'a str,
    /// Where it stands.
    pub span: Span,
    /// It was written in double quotes.
    pub quoted: bool,
}

/// One logical line: what one keyword handler gets to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// Words, and whether an unquoted `{` ends them. A `{` alone has no words.
    Statement {
        /// The words.
        words: Vec<Word<'a>>,
        /// The text as it stood after expansion, which script words are split from again.
        raw: &'a str,
        /// A `{` follows.
        opens: bool,
        /// Where the line stands.
        span: Span,
    },
    /// A `}`.
    Close {
        /// Where it stands.
        span: Span,
    },
}

impl Line<'_> {
    /// Where the line stands.
    pub fn span(&self) -> Span {
        match self {
            Self::Statement { span, .. } | Self::Close { span } => *span,
        }
    }
}

/// Logical lines, kept in little room: a configuration may have hundreds of thousands of them.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Lines {
    /// The texts of all statements, one after the other.
    text: String,
    words: Vec<KeptWord>,
    kept: Vec<KeptLine>,
    /// Blocks that are in no other block.
    blocks: usize,
}

/// A line. Its text and its words begin where those of the line before end.
#[derive(Clone, Copy, PartialEq, Eq)]
struct KeptLine {
    file: FileId,
    line: u32,
    origin: Place,
    kind: Kind,
    text_end: u32,
    words_end: u32,
}

/// A word, on the line of its statement.
#[derive(Clone, Copy, PartialEq, Eq)]
struct KeptWord {
    /// In the text of the line.
    text: Place,
    /// In the source.
    origin: Place,
    quoted: bool,
}

/// Where something begins in one line, and its length.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Place {
    start: u16,
    len: u16,
}

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Words.
    Statement,
    /// Words or none, and a `{`.
    Opening,
    /// A `}`.
    Close,
}

/// A line without its words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Read<'a> {
    /// What it is.
    pub(crate) kind: Kind,
    /// Its text, without the `{`.
    pub(crate) raw: &'a str,
    /// Where it stands.
    pub(crate) span: Span,
}

impl Lines {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// There are none.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// All lines in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Line<'_>> {
        (0..self.kept.len()).filter_map(|index| self.get(index))
    }

    /// The line at an index.
    pub fn get(&self, index: usize) -> Option<Line<'_>> {
        let mut words = Vec::new();
        let read = self.read(index, &mut words)?;
        Some(match read.kind {
            Kind::Close => Line::Close { span: read.span },
            Kind::Statement | Kind::Opening => Line::Statement {
                words,
                raw: read.raw,
                opens: read.kind == Kind::Opening,
                span: read.span,
            },
        })
    }

    /// The line at an index, its words in a list that is used again and again.
    pub(crate) fn read<'a>(&'a self, index: usize, words: &mut Vec<Word<'a>>) -> Option<Read<'a>> {
        words.clear();
        let kept = self.kept.get(index)?;
        let span = kept.span(kept.origin);
        let raw = self.text_of(index);
        words.extend(self.words_of(index).iter().map(|word| Word {
            text: word.text.of(raw),
            span: kept.span(word.origin),
            quoted: word.quoted,
        }));
        let kind = kept.kind;
        Some(Read { kind, raw, span })
    }

    /// The first word of a line, and the second one.
    pub(crate) fn first_words(&self, index: usize) -> [Option<&str>; 2] {
        let (words, text) = (self.words_of(index), self.text_of(index));
        [0, 1].map(|at| words.get(at).map(|word| word.text.of(text)))
    }

    /// The line is a `{` alone.
    pub(crate) fn is_brace(&self, index: usize) -> bool {
        let line = self.kept.get(index);
        line.is_some_and(|line| line.kind == Kind::Opening) && self.words_of(index).is_empty()
    }

    /// There is room for a statement of so many bytes: places are numbers of 32 bits, within a
    /// line of 16.
    pub(crate) fn has_room_for(&self, bytes: usize) -> bool {
        u16::try_from(bytes).is_ok()
            && u32::try_from(self.text.len() + bytes).is_ok()
            && u32::try_from(self.kept.len()).is_ok()
    }

    /// Makes room for the lines of a file of so many bytes, as they mostly are.
    pub(crate) fn reserve(&mut self, bytes: usize) {
        self.text.reserve(bytes * 3 / 4);
        self.words.reserve(bytes / 12);
        self.kept.reserve(bytes / 16);
    }

    /// How many blocks are in no other block, more or less: as many lists may get entries.
    pub(crate) fn blocks(&self) -> usize {
        self.blocks
    }

    /// Counts a block that is in no other one.
    pub(crate) fn count_block(&mut self) {
        self.blocks += 1;
    }

    /// Adds a word to the statement that [`Lines::push_statement`] adds next: its offset and length
    /// there, its column and length in the source.
    pub(crate) fn push_word(&mut self, text: (u32, u32), origin: (u32, u32), quoted: bool) {
        self.words.push(KeptWord {
            text: Place::new(text),
            origin: Place::new(origin),
            quoted,
        });
    }

    /// Adds a statement with the words added since the last line.
    pub(crate) fn push_statement(&mut self, raw: &str, opens: bool, span: Span) {
        self.text.push_str(raw);
        self.push(
            if opens {
                Kind::Opening
            } else {
                Kind::Statement
            },
            span,
        );
    }

    /// Adds a `}`.
    pub(crate) fn push_close(&mut self, span: Span) {
        self.push(Kind::Close, span);
    }

    fn push(&mut self, kind: Kind, span: Span) {
        self.kept.push(KeptLine {
            file: span.file,
            line: span.line,
            origin: Place::new((span.column, span.len)),
            kind,
            text_end: narrow(self.text.len()),
            words_end: narrow(self.words.len()),
        });
    }

    /// The line before another one, if there is one.
    fn before(&self, index: usize) -> Option<&KeptLine> {
        self.kept.get(index.checked_sub(1)?)
    }

    fn words_of(&self, index: usize) -> &[KeptWord] {
        let start = self.before(index).map_or(0, |line| line.words_end as usize);
        let end = self.kept.get(index).map(|line| line.words_end as usize);
        let words = end.and_then(|end| self.words.get(start..end));
        words.unwrap_or_default()
    }

    fn text_of(&self, index: usize) -> &str {
        let start = self.before(index).map_or(0, |line| line.text_end as usize);
        let end = self.kept.get(index).map(|line| line.text_end as usize);
        let text = end.and_then(|end| self.text.get(start..end));
        text.unwrap_or_default()
    }
}

impl KeptLine {
    fn span(&self, place: Place) -> Span {
        Span {
            file: self.file,
            line: self.line,
            column: u32::from(place.start),
            len: u32::from(place.len),
        }
    }
}

impl Place {
    fn new((start, len): (u32, u32)) -> Self {
        // Lines are shorter.
        let narrow = |number| u16::try_from(number).unwrap_or(u16::MAX);
        Self {
            start: narrow(start),
            len: narrow(len),
        }
    }

    fn of(self, text: &str) -> &str {
        let start = usize::from(self.start);
        let text = text.get(start..start + usize::from(self.len));
        text.unwrap_or_default()
    }
}

impl fmt::Debug for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

fn narrow(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}
