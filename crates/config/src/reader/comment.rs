//! Comments: `#` or `!` anywhere outside double quotes, to the end of the line.

use super::text::Text;

/// What was found when the comment of a line was looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Scan {
    /// Where the comment starts; the length of the line when it has none.
    pub(super) end: usize,
    /// Offset of the first `\#` or `\!` before that.
    pub(super) escape: Option<usize>,
    /// Offset of a quote that is not closed.
    pub(super) open_quote: Option<usize>,
}

/// Looks for the comment of a line.
pub(super) fn scan(line: &str) -> Scan {
    let bytes = line.as_bytes();
    let mut quote = None;
    let mut escape = None;
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => quote = if quote.is_some() { None } else { Some(at) },
            b'\\' if quote.is_none() && matches!(bytes.get(at + 1), Some(b'#' | b'!')) => {
                escape = escape.or(Some(at));
                at += 1;
            }
            b'#' | b'!' if quote.is_none() => break,
            _ => {}
        }
        at += 1;
    }
    Scan {
        end: at.min(bytes.len()),
        escape,
        open_quote: quote,
    }
}

/// The line without the backslashes of `\#` and `\!` outside quotes.
pub(super) fn unescape(line: &str, column: u32) -> Text<'static> {
    let mut text = Text::default();
    let bytes = line.as_bytes();
    let mut quoted = false;
    let mut taken = 0;
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => quoted = !quoted,
            b'\\' if !quoted && matches!(bytes.get(at + 1), Some(b'#' | b'!')) => {
                text.push_literal(&line[taken..at], column + super::text::narrow(taken));
                taken = at + 1;
                at += 1;
            }
            _ => {}
        }
        at += 1;
    }
    text.push_literal(&line[taken..], column + super::text::narrow(taken));
    text
}
