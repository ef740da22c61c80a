//! What the reader of files hands to the interpreter of blocks: logical lines of words.

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
