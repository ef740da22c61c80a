//! From files to logical lines of words.
//!
//! Each physical line goes through these stages, in this order, one module each: comments,
//! lines of a multi-line definition, `@ID` conditionals, definitions, generators, expansion
//! of references, splitting at braces and into words, includes.

mod codes;
mod comment;
mod condition;
mod definition;
mod expansion;
mod file;
mod generator;
mod glob;
mod hint;
pub(crate) mod include;
mod region;
mod text;
mod word;

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Class, Diagnostic, Sources};
use crate::files::Files;
use crate::line::{FileId, Lines, Span};

pub use codes::CODES;

use definition::{Definitions, Random, Unfinished};
use include::Checks;
use region::Region;

/// What reading depends on besides the files.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// Name that `@ID` conditionals are compared with: `-i`, else the host name up to its first dot.
    pub config_id: String,
    /// Environment variables, for `${_ENV NAME}`.
    pub variables: BTreeMap<String, String>,
    /// Start of `${_RANDOM}` unless the file says `random_seed`.
    pub random_seed: u64,
    /// `-e`: every include is checked as `includea` is.
    pub check_all_includes: bool,
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
    /// Units of work: one for each line looked at and for each 64 bytes of it; 256 for each file.
    pub work: usize,
    /// Diagnostics.
    pub diagnostics: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            lines: 2_000_000,
            bytes: 64 << 20,
            work: 8_000_000,
            diagnostics: 10_000,
        }
    }
}

/// What [`read`] found.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// The logical lines of all files, in order.
    pub lines: Lines,
    /// The files that were read.
    pub sources: Sources,
    /// What was wrong with them, in order.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads the files that match `pattern` (the argument of `-f`) and all they include.
///
/// Never fails: what is wrong becomes a diagnostic, and reading goes on. The time it takes
/// is bounded by [`Limits`] whatever the files hold.
pub fn read(files: &dyn Files, pattern: &str, environment: &Environment) -> Reading {
    let mut reader = Reader {
        files,
        environment,
        definitions: Definitions::default(),
        unfinished: None,
        random: Random(environment.random_seed),
        region: Region::default(),
        checks: Checks::NONE,
        open: Vec::new(),
        known: BTreeMap::new(),
        reported: BTreeSet::new(),
        directory: files.current_directory(),
        file: FileId(0),
        line: 0,
        quote_reported: false,
        work: environment.limits.work,
        bytes: environment.limits.bytes,
        is_exhausted: false,
        reading: Reading::default(),
    };
    reader.start(pattern);
    reader.reading
}

/// The state of reading.
struct Reader<'a> {
    files: &'a dyn Files,
    environment: &'a Environment,
    definitions: Definitions,
    /// The multi-line definition that the next lines belong to.
    unfinished: Option<Unfinished>,
    random: Random,
    region: Region,
    /// What `include_check` asks of every include.
    checks: Checks,
    /// Paths of the files being read, the innermost last.
    open: Vec<String>,
    /// Files read before, by path.
    known: BTreeMap<String, FileId>,
    /// Names of references that were found wanting, each said once only.
    reported: BTreeSet<String>,
    /// Absolute directory of the file being read: `${_PWD}`.
    directory: String,
    /// The file being read.
    file: FileId,
    /// The line being read, from 1.
    line: u32,
    /// An open quote in the line being read was reported.
    quote_reported: bool,
    /// Units of work left.
    work: usize,
    /// Bytes of logical lines left.
    bytes: usize,
    is_exhausted: bool,
    reading: Reading,
}

impl Reader<'_> {
    /// The span of so many bytes at a column of the line being read.
    fn span(&self, (column, len): (u32, u32)) -> Span {
        Span {
            file: self.file,
            line: self.line,
            column,
            len,
        }
    }

    /// Adds a diagnostic unless it repeats the one before, as it does when a generator
    /// repeats its line; says so when it is the last one there is room for.
    fn report(&mut self, diagnostic: Diagnostic) {
        if self.is_exhausted || self.reading.diagnostics.last() == Some(&diagnostic) {
            return;
        }
        let limit = self.environment.limits.diagnostics;
        let count = self.reading.diagnostics.len();
        if count < limit {
            self.reading.diagnostics.push(diagnostic);
        } else if count == limit {
            let last = Diagnostic::hint(
                "too-many-messages",
                format!("more than {limit} messages about reading; the others are not shown"),
            );
            self.reading.diagnostics.push(last);
        }
    }

    /// There is room for a logical line of so many bytes; otherwise reading stops.
    fn make_room(&mut self, bytes: usize) -> bool {
        if self.is_exhausted {
            return false;
        }
        let lines = &self.reading.lines;
        let is_full = lines.len() >= self.environment.limits.lines || bytes > self.bytes;
        if is_full || !lines.has_room_for(bytes) {
            self.exhaust();
            return false;
        }
        self.bytes -= bytes;
        true
    }

    /// Pays for work on a line of so many bytes; false when no more may be done.
    fn spend(&mut self, bytes: usize) -> bool {
        self.pay(1 + bytes / 64)
    }

    /// Pays so many units of work; false when no more may be done.
    fn pay(&mut self, units: usize) -> bool {
        if units > self.work {
            self.exhaust();
        }
        self.work = self.work.saturating_sub(units);
        !self.is_exhausted
    }

    /// Stops reading, and says so once.
    fn exhaust(&mut self) {
        if self.is_exhausted {
            return;
        }
        self.is_exhausted = true;
        let mut diagnostic = Diagnostic::new(
            "too-much",
            Class::General,
            "the configuration grows without measure here; the rest is not read",
        )
        .refuses(2)
        .help("look for a `~SEQ` with a wrong end, or a definition or include that repeats itself");
        diagnostic.span = (self.line > 0).then(|| self.span((0, 0)));
        // This one is never left away.
        self.reading.diagnostics.push(diagnostic);
    }

    fn is_exhausted(&self) -> bool {
        self.is_exhausted
    }
}
