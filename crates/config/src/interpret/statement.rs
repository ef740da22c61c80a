//! What a keyword handler gets to see: the words of one logical line, each with its place.

use crate::line::{Kind, Read, Span, Word};

/// A value and where it stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct At<T> {
    /// The value.
    pub(crate) value: T,
    /// Its place.
    pub(crate) span: Span,
}

impl<T> At<T> {
    /// A value at a place.
    pub(crate) const fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }

    /// Another value at the same place.
    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U) -> At<U> {
        At::new(change(self.value), self.span)
    }
}

/// The line, counted over all files, on which something was read: definitions must come
/// before their uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Order(pub(crate) usize);

/// One line of words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Statement<'a> {
    /// The words; the first is the keyword or, in a list, the first word of the entry.
    pub(crate) words: &'a [Word<'a>],
    /// The text of the line.
    pub(crate) raw: &'a str,
    /// A `{` follows.
    pub(crate) opens: bool,
    /// Where the line stands.
    pub(crate) span: Span,
}

impl<'a> Statement<'a> {
    /// Words with the line that they stand on.
    pub(crate) fn new(words: &'a [Word<'a>], line: Read<'a>) -> Self {
        Self {
            words,
            raw: line.raw,
            opens: line.kind == Kind::Opening,
            span: line.span,
        }
    }

    /// The keyword; of an empty line, nothing.
    pub(crate) fn keyword(&self) -> &'a str {
        self.words.first().map_or("", |word| word.text)
    }

    /// Where the keyword stands.
    pub(crate) fn keyword_span(&self) -> Span {
        self.words.first().map_or(self.span, |word| word.span)
    }

    /// The words after the keyword.
    pub(crate) fn values(&self) -> &'a [Word<'a>] {
        self.words.get(1..).unwrap_or_default()
    }

    /// The first word after the keyword.
    pub(crate) fn value(&self) -> Option<&'a Word<'a>> {
        self.words.get(1)
    }
}
