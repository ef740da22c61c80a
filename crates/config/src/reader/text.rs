//! Text that remembers which bytes of the source line it came from.

use std::borrow::Cow;

use super::word::is_blank;

/// A run of bytes that came from one place of the source line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    /// Offset in the text.
    start: usize,
    /// Byte column in the source line, from 1; 0 when not known.
    column: u32,
    /// Bytes of the source line it stands for, when it is not those bytes themselves.
    replaces: Option<u32>,
}

/// A part of one source line after expansion.
///
/// Bytes are either *literal*, standing in the source as they stand here, or
/// *generated*: then they stand for a reference such as `${VAR}` in the source.
///
/// Most lines of a file are one literal piece, and neither copied nor allocated for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Text<'t> {
    bytes: Cow<'t, str>,
    first: Piece,
    /// The pieces after the first, in order.
    more: Vec<Piece>,
}

impl Default for Text<'_> {
    fn default() -> Self {
        Self::literal("", 0)
    }
}

impl<'t> Text<'t> {
    /// Text that stands in the source at this column.
    pub(super) fn literal(text: &'t str, column: u32) -> Self {
        Self {
            bytes: Cow::Borrowed(text),
            first: Piece {
                start: 0,
                column,
                replaces: None,
            },
            more: Vec::new(),
        }
    }

    /// Text that stands for `len` bytes of the source at this column.
    pub(super) fn generated(text: &'t str, (column, len): (u32, u32)) -> Self {
        let mut new = Self::literal(text, column);
        new.first.replaces = Some(len);
        new
    }

    /// The text itself.
    pub(super) fn as_str(&self) -> &str {
        &self.bytes
    }

    pub(super) fn push_literal(&mut self, text: &str, column: u32) {
        self.push(text, column, None);
    }

    pub(super) fn push_generated(&mut self, text: &str, (column, len): (u32, u32)) {
        self.push(text, column, Some(len));
    }

    fn push(&mut self, text: &str, column: u32, replaces: Option<u32>) {
        if text.is_empty() {
            return;
        }
        self.push_piece(Piece {
            start: self.bytes.len(),
            column,
            replaces,
        });
        self.bytes.to_mut().push_str(text);
    }

    fn push_piece(&mut self, piece: Piece) {
        if self.bytes.is_empty() {
            self.first = piece;
        } else {
            self.more.push(piece);
        }
    }

    /// Appends `from[start..end]` with its origins.
    pub(super) fn push_part(&mut self, from: &Text<'_>, start: usize, end: usize) {
        if start >= end {
            return;
        }
        let shift = self.bytes.len();
        let mut index = from.piece_index(start);
        while let Some(piece) = from.piece(index).filter(|piece| piece.start < end) {
            let new = Piece {
                start: shift + piece.start.max(start) - start,
                column: piece.column_of(piece.start.max(start)),
                replaces: piece.replaces,
            };
            if new.start == 0 {
                self.first = new;
            } else {
                self.more.push(new);
            }
            index += 1;
        }
        self.bytes.to_mut().push_str(&from.bytes[start..end]);
    }

    /// The part from `start` to `end`.
    pub(super) fn part(&self, start: usize, end: usize) -> Text<'static> {
        let mut part = Text::default();
        part.push_part(self, start, end);
        part
    }

    /// Column and length in the source line of the bytes from `start` to `end`.
    #[inline]
    pub(super) fn origin(&self, start: usize, end: usize) -> (u32, u32) {
        let (mut first, mut last) = (self.first, self.first);
        if !self.more.is_empty() {
            first = self.piece_of(start);
            last = self.piece_of(end.saturating_sub(1).max(start));
        }
        let begin = first.column_of(start);
        let finish = match last.replaces {
            None => last.column + narrow(end.max(start) - last.start),
            Some(len) => last.column + len,
        };
        (begin, finish.saturating_sub(begin))
    }

    /// The piece that the byte at `offset` belongs to.
    fn piece_of(&self, offset: usize) -> Piece {
        self.piece(self.piece_index(offset)).unwrap_or(self.first)
    }

    fn piece_index(&self, offset: usize) -> usize {
        self.more.partition_point(|piece| piece.start <= offset)
    }

    fn piece(&self, index: usize) -> Option<Piece> {
        match index {
            0 => Some(self.first),
            _ => self.more.get(index - 1).copied(),
        }
    }

    /// Offset of the first byte at or after `from` that is not a blank.
    pub(super) fn skip_blanks(&self, from: usize) -> usize {
        let rest = &self.bytes.as_bytes()[from..];
        from + rest
            .iter()
            .position(|byte| !is_blank(*byte))
            .unwrap_or(rest.len())
    }

    /// Cuts the text off at `end`, and the blanks before it.
    pub(super) fn cut(&mut self, end: usize) {
        let kept = self.bytes[..end].trim_end_matches(blank_char).len();
        if kept < self.bytes.len() {
            self.bytes.to_mut().truncate(kept);
            self.more.retain(|piece| piece.start < kept);
        }
    }

    /// The text without blanks at its start.
    pub(super) fn without_leading_blanks(self) -> Self {
        match self.skip_blanks(0) {
            0 => self,
            start => self.part(start, self.bytes.len()),
        }
    }
}

impl Piece {
    /// Column in the source of the byte at `offset`, which is in this piece.
    fn column_of(self, offset: usize) -> u32 {
        match self.replaces {
            None if self.column > 0 => self.column + narrow(offset - self.start),
            _ => self.column,
        }
    }
}

/// The text without blanks at its end.
#[inline]
pub(super) fn trim_end(text: &str) -> &str {
    let kept = text.bytes().rposition(|byte| !is_blank(byte));
    &text[..kept.map_or(0, |last| last + 1)]
}

/// Whether the character separates words.
pub(super) fn blank_char(character: char) -> bool {
    u8::try_from(character).is_ok_and(is_blank)
}

/// An offset within one line, which is short.
pub(super) fn narrow(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}
