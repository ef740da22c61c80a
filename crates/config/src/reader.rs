//! From files to logical lines of words.

use std::collections::BTreeMap;

use crate::diagnostic::codes::Code;
use crate::diagnostic::{Diagnostic, Sources};
use crate::files::Files;
use crate::line::{Line, Span, Word};

/// Codes of the diagnostics that reading makes.
pub const CODES: &[Code] = &[];

/// What reading depends on besides the files.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// Name that `@ID` conditionals are compared with: `-i`, else the host name up to its first dot.
    pub config_id: String,
    /// Environment variables, for `${_ENV NAME}`.
    pub variables: BTreeMap<String, String>,
    /// Start of `${_RANDOM}` unless the file says `random_seed`.
    pub random_seed: u64,
    /// How much a configuration may grow while it is read.
    pub limits: Limits,
}

/// Bounds that keep a hostile or mistaken file from filling memory; see code `too-much`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Logical lines.
    pub lines: usize,
    /// Bytes of all logical lines together.
    pub bytes: usize,
    /// Physical and generated lines looked at.
    pub steps: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            lines: 4_000_000,
            bytes: 128 << 20,
            steps: 8_000_000,
        }
    }
}

/// What [`read`] found.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// The logical lines of all files, in order.
    pub lines: Vec<Line>,
    /// The files that were read.
    pub sources: Sources,
    /// What was wrong with them, in order.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads the files that match `pattern` (the argument of `-f`) and all they include.
///
/// Never fails: what is wrong becomes a diagnostic, and reading goes on.
pub fn read(files: &dyn Files, pattern: &str, environment: &Environment) -> Reading {
    let _ = environment;
    let mut reading = Reading::default();
    let bytes = files.read(pattern).unwrap_or_default();
    let file = reading
        .sources
        .add(pattern, String::from_utf8_lossy(&bytes));
    let text = reading.sources.text(file).to_owned();
    for (number, line) in (1u32..).zip(text.lines()) {
        let line = line.split(['#', '!']).next().unwrap_or_default();
        let place = Span {
            file,
            line: number,
            column: 1,
            len: u32::try_from(line.len()).unwrap_or(u32::MAX),
        };
        for piece in line.split_inclusive(['{', '}']) {
            let opens = piece.ends_with('{');
            let closes = piece.ends_with('}');
            let raw = piece.trim_end_matches(['{', '}']).trim();
            let words: Vec<Word> = raw
                .split_whitespace()
                .map(|word| Word {
                    text: word.trim_matches('"').to_owned(),
                    span: place,
                    quoted: word.starts_with('"'),
                })
                .collect();
            if !words.is_empty() || opens {
                reading.lines.push(Line::Statement {
                    words,
                    raw: raw.to_owned(),
                    opens,
                    span: place,
                });
            }
            if closes {
                reading.lines.push(Line::Close { span: place });
            }
        }
    }
    reading
}
