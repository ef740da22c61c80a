//! Physical lines: their length, NUL bytes, comments, multi-line definitions.

use std::sync::Arc;

use crate::diagnostic::{Class, Diagnostic};
use crate::files::{absolute, directory_of};
use crate::line::FileId;

use super::Reader;
use super::comment;
use super::definition::Unfinished;
use super::text::{Text, blank_char, narrow, trim_end};
use super::word::{is_blank, is_plain};

/// Longest physical line keepalived takes, in bytes.
const LINE_BYTES: usize = 1023;

/// Work that opening a file counts as.
const FILE_WORK: usize = 256;

impl Reader<'_> {
    /// Reads a file that is known to be fit for it.
    pub(super) fn read_file(&mut self, path: &str, bytes: Vec<u8>) {
        if !self.pay(FILE_WORK) || !self.spend(bytes.len()) {
            return;
        }
        // Lengths of lines are those of the file, also where it is no UTF-8.
        let (text, raw) = match String::from_utf8(bytes) {
            Ok(text) => (text, None),
            Err(error) => {
                let bytes = error.into_bytes();
                (String::from_utf8_lossy(&bytes).into_owned(), Some(bytes))
            }
        };
        self.reading.lines.reserve(text.len());
        let text = Arc::new(text);
        let file = self.add_source(path, &text);
        let outer = (self.file, self.line);
        let within = match directory_of(path) {
            absolute_path if path.starts_with('/') => absolute(absolute_path),
            relative => absolute(&format!("{}/{relative}", self.files.current_directory())),
        };
        let directory = std::mem::replace(&mut self.directory, within);
        self.file = file;
        self.open.push(path.to_owned());
        let lines = text.strip_suffix('\n').unwrap_or(&text).split('\n');
        let mut raw = raw
            .iter()
            .flat_map(|raw| raw.split(|byte| *byte == b'\n').map(<[u8]>::len));
        for (number, line) in (1u32..).zip(lines) {
            self.line = number;
            self.physical_line(raw.next().unwrap_or(line.len()), line);
            if self.is_exhausted() {
                break;
            }
        }
        self.open.pop();
        self.directory = directory;
        (self.file, self.line) = outer;
    }

    /// The number of a source; a file read again unchanged keeps its number.
    fn add_source(&mut self, path: &str, text: &Arc<String>) -> FileId {
        match self.known.get(path) {
            Some(file) if self.reading.sources.text(*file) == text.as_str() => *file,
            _ => {
                let file = self.reading.sources.add_shared(path, Arc::clone(text));
                self.known.insert(path.to_owned(), file);
                file
            }
        }
    }

    fn physical_line(&mut self, raw_len: usize, line: &str) {
        self.quote_reported = false;
        let mut start = 0;
        if raw_len > LINE_BYTES {
            start = self.last_piece(raw_len, line);
        }
        let line_end = trim_end(line).len();
        let words = line.bytes().skip(start).position(|byte| !is_blank(byte));
        start = words.map_or(line_end, |blanks| start + blanks);
        if start >= line_end {
            // A line with nothing in it ends a definition; one with a comment does not.
            self.finish_definition();
            return;
        }
        if !self.spend(line.len()) {
            return;
        }
        if self.unfinished.is_none() && is_plain(&line[start..line_end]) {
            // What follows would find nothing to do.
            if self.spend(line.len()) && self.spend(line.len()) {
                self.emit(&Text::literal(&line[start..line_end], narrow(start) + 1));
            }
            return;
        }
        if line[start..].contains('\0') {
            let diagnostic = Diagnostic::new(
                "nul-byte",
                Class::General,
                "NUL byte in the line, which is left out",
            )
            .at(self.span((0, 0)))
            .help("the file may be damaged, or saved as UTF-16; save it as UTF-8");
            self.report(diagnostic);
            return;
        }
        let text = self.without_comment(&line[start..line_end], narrow(start) + 1);
        if text.as_str().is_empty() {
            return;
        }
        if self.unfinished.is_some() {
            self.continue_definition(text.as_str());
        } else {
            self.line(text, 0);
        }
    }

    /// Reports a line that is too long; the offset of the piece that is left of it.
    fn last_piece(&mut self, raw_len: usize, line: &str) -> usize {
        let mut start = ((raw_len - 1) / LINE_BYTES * LINE_BYTES).min(line.len());
        while !line.is_char_boundary(start) {
            start -= 1;
        }
        let comment = comment::scan(line).end;
        let message = if comment < LINE_BYTES {
            format!(
                "line of {raw_len} bytes is too long: the first {start} are left out, with the \
                 words before the comment, and the end of the comment is taken as configuration"
            )
        } else {
            format!(
                "line of {raw_len} bytes is too long: the first {start} are left out, and the rest \
                 is taken as a line of its own"
            )
        };
        let diagnostic = Diagnostic::new("line-too-long", Class::General, message)
            .at(self.span((narrow(start) + 1, narrow(line.len() - start))))
            .help(format!(
                "no line may have more than {LINE_BYTES} bytes; divide it"
            ));
        self.report(diagnostic);
        start
    }

    /// The line without its comment; `column` is where it starts.
    ///
    /// keepalived's children remove comments twice, so `\#` protects nothing from them.
    fn without_comment<'t>(&mut self, line: &'t str, column: u32) -> Text<'t> {
        let scan = comment::scan(line);
        if !line.is_ascii() {
            self.notice_look_alikes(&line[..scan.end], column);
        }
        if let Some(quote) = scan.open_quote {
            self.unterminated(self.span((column + narrow(quote), narrow(line.len() - quote))));
        }
        let end = match scan.escape {
            None => scan.end,
            Some(_) if self.region.is_parents(line) => {
                let kept = line[..scan.end].trim_end_matches(blank_char);
                return comment::unescape(kept, column);
            }
            Some(escape) => {
                self.notice_escape(line, escape, column);
                escape
            }
        };
        Text::literal(line[..end].trim_end_matches(blank_char), column)
    }

    /// Reports an open quote, once for each physical line.
    pub(super) fn unterminated(&mut self, span: crate::line::Span) {
        if std::mem::replace(&mut self.quote_reported, true) {
            return;
        }
        let diagnostic = Diagnostic::new(
            "unterminated-quote",
            Class::General,
            "quote is not closed; the rest of the line is one word",
        )
        .at(span)
        .help("add `\"` where the word ends; a comment after it is part of the word too");
        self.report(diagnostic);
    }

    fn continue_definition(&mut self, line: &str) {
        let Some(unfinished) = &mut self.unfinished else {
            return;
        };
        if let Some(line) = line.strip_suffix('\\') {
            unfinished.lines.push(line.to_owned());
        } else {
            unfinished.lines.push(line.to_owned());
            self.finish_definition();
        }
    }

    /// Takes the multi-line definition as it is.
    pub(super) fn finish_definition(&mut self) {
        if let Some(Unfinished { name, lines }) = self.unfinished.take() {
            self.definitions.set(&name, lines);
        }
    }
}
