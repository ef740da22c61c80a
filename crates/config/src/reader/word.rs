//! Logical lines and words: splitting at braces and blanks.

use super::Reader;
use super::include;
use super::text::{Text, narrow};

/// Whether the byte separates words: space, tab, form feed, vertical tab, carriage return.
pub(super) const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | 0x0b | 0x0c | b'\r')
}

impl Reader<'_> {
    /// Splits a fully expanded line at its unquoted braces and keeps the logical lines.
    ///
    /// An `include` takes the rest of the line as it stands, braces and quotes too.
    pub(super) fn emit(&mut self, text: &Text<'_>) {
        let bytes = text.as_str().as_bytes();
        let mut start = text.skip_blanks(0);
        while start < bytes.len() {
            if let Some((word, pattern)) = include::directive(&text.as_str()[start..]) {
                let from = text.as_str().len() - pattern.len();
                self.include(word, pattern, text.origin(from, text.as_str().len()));
                return;
            }
            let end = brace(bytes, start);
            match bytes.get(end) {
                Some(b'{') => self.statement(text, start, end, true),
                Some(_) => {
                    self.statement(text, start, end, false);
                    if self.make_room(1) {
                        let span = self.span(text.origin(end, end + 1));
                        self.reading.lines.push_close(span);
                        self.region.close();
                    }
                }
                None => self.statement(text, start, end, false),
            }
            if self.is_exhausted() || end >= bytes.len() {
                return;
            }
            start = text.skip_blanks(end + 1);
        }
    }

    /// Keeps the words from `start` to `end` as one logical line.
    fn statement(&mut self, text: &Text<'_>, start: usize, end: usize, opens: bool) {
        let raw = text.as_str()[start..end].trim_end_matches(super::text::blank_char);
        if raw.is_empty() && !opens {
            return;
        }
        let last = if raw.is_empty() {
            end + 1
        } else {
            start + raw.len()
        };
        if !self.make_room(raw.len()) {
            return;
        }
        self.words(text, start, start + raw.len());
        let span = self.span(text.origin(start, last));
        self.reading.lines.push_statement(raw, opens, span);
        self.notice_line(opens);
    }

    /// Keeps the words between `start` and `end` for the statement there.
    ///
    /// A quote ends the word before it; a quoted word ends at the next quote or the end.
    fn words(&mut self, text: &Text<'_>, start: usize, end: usize) {
        let bytes = &text.as_str().as_bytes()[..end];
        let mut at = start;
        while at < end {
            if is_blank(bytes[at]) {
                at += 1;
                continue;
            }
            let quoted = bytes[at] == b'"';
            let (from, to, next) = if quoted {
                let close = position(bytes, at + 1, |byte| byte == b'"');
                (at + 1, close, (close + 1).min(end))
            } else {
                let stop = position(bytes, at, |byte| byte == b'"' || is_blank(byte));
                (at, stop, stop)
            };
            let place = (narrow(from - start), narrow(to - from));
            let origin = text.origin(at, next);
            self.reading.lines.push_word(place, origin, quoted);
            at = next;
        }
    }
}

/// Offset of the first unquoted brace at or after `from`, or the length.
fn brace(bytes: &[u8], from: usize) -> usize {
    let mut quoted = false;
    position(bytes, from, |byte| {
        quoted ^= byte == b'"';
        !quoted && matches!(byte, b'{' | b'}')
    })
}

fn position(bytes: &[u8], from: usize, wanted: impl FnMut(u8) -> bool) -> usize {
    let mut wanted = wanted;
    let from = from.min(bytes.len());
    bytes[from..]
        .iter()
        .position(|byte| wanted(*byte))
        .map_or(bytes.len(), |offset| from + offset)
}
