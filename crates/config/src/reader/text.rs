//! Text that remembers which bytes of the source line it came from.

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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Text {
    text: String,
    pieces: Vec<Piece>,
}

impl Text {
    /// Text that stands in the source at this column.
    pub(super) fn literal(text: &str, column: u32) -> Self {
        let mut new = Self::default();
        new.push_literal(text, column);
        new
    }

    /// Text that stands for `len` bytes of the source at this column.
    pub(super) fn generated(text: &str, (column, len): (u32, u32)) -> Self {
        let mut new = Self::default();
        new.push_generated(text, (column, len));
        new
    }

    /// The text itself.
    pub(super) fn as_str(&self) -> &str {
        &self.text
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
        self.pieces.push(Piece {
            start: self.text.len(),
            column,
            replaces,
        });
        self.text.push_str(text);
    }

    /// Appends `from[start..end]` with its origins.
    pub(super) fn push_part(&mut self, from: &Self, start: usize, end: usize) {
        if start >= end {
            return;
        }
        let shift = self.text.len();
        let first = from.piece_at(start);
        for piece in &from.pieces[first..] {
            if piece.start >= end {
                break;
            }
            let skipped = start.saturating_sub(piece.start);
            let column = match piece.replaces {
                None if piece.column > 0 => piece.column + narrow(skipped),
                _ => piece.column,
            };
            self.pieces.push(Piece {
                start: shift + piece.start.max(start) - start,
                column,
                replaces: piece.replaces,
            });
        }
        self.text.push_str(&from.text[start..end]);
    }

    /// The part from `start` to `end`.
    pub(super) fn part(&self, start: usize, end: usize) -> Self {
        let mut part = Self::default();
        part.push_part(self, start, end);
        part
    }

    /// Column and length in the source line of the bytes from `start` to `end`.
    pub(super) fn origin(&self, start: usize, end: usize) -> (u32, u32) {
        if self.pieces.is_empty() {
            return (0, 0);
        }
        let first = self.pieces[self.piece_at(start)];
        let last_byte = end.saturating_sub(1).max(start);
        let last = self.pieces[self.piece_at(last_byte)];
        let begin = match first.replaces {
            None if first.column > 0 => first.column + narrow(start - first.start),
            _ => first.column,
        };
        let finish = match last.replaces {
            None => last.column + narrow(end.max(start) - last.start),
            Some(len) => last.column + len,
        };
        (begin, finish.saturating_sub(begin))
    }

    /// Index of the piece that the byte at `offset` belongs to. Only asked of text that has pieces.
    fn piece_at(&self, offset: usize) -> usize {
        self.pieces
            .partition_point(|piece| piece.start <= offset)
            .saturating_sub(1)
    }

    /// Offset of the first byte at or after `from` that is not a blank.
    pub(super) fn skip_blanks(&self, from: usize) -> usize {
        let rest = &self.text.as_bytes()[from..];
        from + rest
            .iter()
            .position(|byte| !is_blank(*byte))
            .unwrap_or(rest.len())
    }

    /// Cuts the text off at `end`, and the blanks before it.
    pub(super) fn cut(&mut self, end: usize) {
        self.text.truncate(end);
        let kept = self.text.trim_end_matches(blank_char).len();
        self.text.truncate(kept);
        let pieces = self.pieces.partition_point(|piece| piece.start < kept);
        self.pieces.truncate(pieces);
    }

    /// The text without blanks at its start.
    pub(super) fn without_leading_blanks(self) -> Self {
        match self.skip_blanks(0) {
            0 => self,
            start => self.part(start, self.text.len()),
        }
    }
}

/// Whether the character separates words.
pub(super) fn blank_char(character: char) -> bool {
    u8::try_from(character).is_ok_and(is_blank)
}

/// An offset within one line, which is short.
pub(super) fn narrow(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}
