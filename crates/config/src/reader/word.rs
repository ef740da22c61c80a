//! Logical lines and words: splitting at braces and blanks.

use super::Reader;
use super::include;
use super::text::{Text, narrow, trim_end};

/// What a byte means outside of double quotes; letters and the like mean nothing.
const BLANK: u8 = 1;
const QUOTE: u8 = 2;
const BRACE: u8 = 4;
/// Reading must look at it before the line is split.
const SIGN: u8 = 8;

static MEANING: [u8; 256] = meanings();

const fn meanings() -> [u8; 256] {
    let mut meanings = [SIGN; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        meanings[byte as usize] = match byte {
            b'"' => QUOTE | SIGN,
            b'{' | b'}' => BRACE,
            b'!' | b'#' | b'$' | b'@' | b'\\' | b'~' => SIGN,
            b' ' | b'\t' => BLANK,
            _ if is_blank(byte) => BLANK | SIGN,
            b' '..=b'~' => 0,
            _ => SIGN,
        };
        byte += 1;
    }
    meanings
}

/// Whether the byte separates words: space, tab, form feed, vertical tab, carriage return.
pub(super) const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | 0x0b | 0x0c | b'\r')
}

/// Whether a line has words and braces and nothing that reading must look at before: no quote,
/// comment, escape, reference, conditional, generator, nor anything but visible ASCII.
pub(super) fn is_plain(line: &str) -> bool {
    // All bytes are looked at, since that is faster than to stop.
    let meanings = line.bytes().map(|byte| MEANING[usize::from(byte)]);
    meanings.fold(0, |all, meaning| all | meaning) & SIGN == 0
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
            let end = self.words(text, start);
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
        let raw = trim_end(&text.as_str()[start..end]);
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
        let span = self.span(text.origin(start, last));
        self.reading.lines.push_statement(raw, opens, span);
        self.notice_line(opens);
    }

    /// Keeps the words from `start` on for the statement there. Returns the offset of the brace
    /// that ends it, or the length.
    ///
    /// A quote ends the word before it; a quoted word ends at the next quote or the end.
    fn words(&mut self, text: &Text<'_>, start: usize) -> usize {
        let bytes = text.as_str().as_bytes();
        let mut at = start;
        while let Some(byte) = bytes.get(at) {
            let (from, to, next) = match MEANING[usize::from(*byte)] & !SIGN {
                BLANK => {
                    at += 1;
                    continue;
                }
                BRACE => break,
                QUOTE => {
                    let close = position(bytes, at + 1, |byte| byte == b'"');
                    (at + 1, close, (close + 1).min(bytes.len()))
                }
                _ => {
                    let stop = position(bytes, at, |byte| MEANING[usize::from(byte)] & !SIGN != 0);
                    (at, stop, stop)
                }
            };
            let place = (narrow(from - start), narrow(to - from));
            let origin = text.origin(at, next);
            let is_quoted = from > at;
            self.reading.lines.push_word(place, origin, is_quoted);
            at = next;
        }
        at
    }
}

fn position(bytes: &[u8], from: usize, mut wanted: impl FnMut(u8) -> bool) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    let found = rest.iter().position(|byte| wanted(*byte));
    found.map_or(bytes.len(), |offset| from + offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_line_has_nothing_that_reading_looks_at() {
        for line in [
            "",
            "a b",
            "\tinterface eth0 {",
            "} x-y_z:/.,;%&'()*+<=>?[]^`|",
        ] {
            assert!(is_plain(line), "{line}");
        }
        for sign in "!\"#$@\\~\0\r\u{7f}\u{e9}".chars() {
            assert!(!is_plain(&format!("a {sign} b")), "{sign:?}");
        }
    }
}
