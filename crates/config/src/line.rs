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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Its text, after expansion.
    pub text: String,
    /// Where it stands.
    pub span: Span,
    /// It was written in double quotes.
    pub quoted: bool,
}

/// One logical line: what one keyword handler gets to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// Words, and whether an unquoted `{` ends them. A `{` alone has no words.
    Statement {
        /// The words.
        words: Vec<Word>,
        /// The text as it stood after expansion, which script words are split from again.
        raw: String,
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

impl Line {
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
}

/// A line. Its text begins here and ends where that of the next line begins.
#[derive(Clone, Copy, PartialEq, Eq)]
struct KeptLine {
    span: Span,
    kind: Kind,
    text: u32,
    words: u32,
    words_end: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Statement,
    Opening,
    Close,
}

/// A word, on the line of its statement.
#[derive(Clone, Copy, PartialEq, Eq)]
struct KeptWord {
    /// Where its text begins among all texts, and its length.
    text: (u32, u32),
    /// Column and length in the source.
    origin: (u32, u32),
    quoted: bool,
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
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Line> {
        (0..self.kept.len()).filter_map(|index| self.get(index))
    }

    /// The line at an index.
    pub fn get(&self, index: usize) -> Option<Line> {
        let kept = self.kept.get(index)?;
        if kept.kind == Kind::Close {
            return Some(Line::Close { span: kept.span });
        }
        let words = self.words_at(index).iter();
        let words = words.map(|word| Word {
            text: self.text_from(word.text).to_owned(),
            span: Span {
                column: word.origin.0,
                len: word.origin.1,
                ..kept.span
            },
            quoted: word.quoted,
        });
        let end = self.kept.get(index + 1).map(|next| next.text as usize);
        let raw = kept.text as usize..end.unwrap_or(self.text.len());
        Some(Line::Statement {
            words: words.collect(),
            raw: self.text.get(raw).unwrap_or_default().to_owned(),
            opens: kept.kind == Kind::Opening,
            span: kept.span,
        })
    }

    /// The first word of a line, and the second one.
    pub(crate) fn first_words(&self, index: usize) -> [Option<&str>; 2] {
        let words = self.words_at(index);
        [0, 1].map(|at| words.get(at).map(|word| self.text_from(word.text)))
    }

    /// The line is a `{` alone.
    pub(crate) fn is_brace(&self, index: usize) -> bool {
        let line = self.kept.get(index);
        line.is_some_and(|line| line.kind == Kind::Opening) && self.words_at(index).is_empty()
    }

    /// There is room for a statement of so many bytes: places are numbers of 32 bits.
    pub(crate) fn has_room_for(&self, bytes: usize) -> bool {
        u32::try_from(self.text.len() + bytes).is_ok() && u32::try_from(self.kept.len()).is_ok()
    }

    /// Adds a word to the statement that [`Lines::push_statement`] adds next: its offset and length
    /// there, its column and length in the source.
    pub(crate) fn push_word(&mut self, (start, len): (u32, u32), origin: (u32, u32), quoted: bool) {
        let text = (narrow(self.text.len()) + start, len);
        self.words.push(KeptWord {
            text,
            origin,
            quoted,
        });
    }

    /// Adds a statement with the words added since the last line.
    pub(crate) fn push_statement(&mut self, raw: &str, opens: bool, span: Span) {
        let words = self.kept.last().map_or(0, |line| line.words_end);
        self.kept.push(KeptLine {
            span,
            kind: if opens {
                Kind::Opening
            } else {
                Kind::Statement
            },
            text: narrow(self.text.len()),
            words,
            words_end: narrow(self.words.len()),
        });
        self.text.push_str(raw);
    }

    /// Adds a `}`.
    pub(crate) fn push_close(&mut self, span: Span) {
        let words = narrow(self.words.len());
        self.kept.push(KeptLine {
            span,
            kind: Kind::Close,
            text: narrow(self.text.len()),
            words,
            words_end: words,
        });
    }

    fn words_at(&self, index: usize) -> &[KeptWord] {
        let words = self
            .kept
            .get(index)
            .and_then(|line| self.words.get(line.words as usize..line.words_end as usize));
        words.unwrap_or_default()
    }

    fn text_from(&self, (start, len): (u32, u32)) -> &str {
        let start = start as usize;
        let text = self.text.get(start..start + len as usize);
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
