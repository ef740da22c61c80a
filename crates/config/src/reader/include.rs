//! `include` and its five strict forms, and the argument of `-f`, which is read in the same way.

use crate::diagnostic::{Class, Diagnostic};
use crate::files::{EntryKind, directory_of};

use super::Reader;
use super::glob::{self, Expansion};
use super::text::blank_char;
use super::word::is_blank;

/// Deepest nesting of files.
const DEPTH: usize = 64;

/// What an include asks of the files it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Checks(u8);

impl Checks {
    pub(super) const NONE: Self = Self(0);
    const READ: Self = Self(1);
    const MATCH: Self = Self(2);
    const WILDCARD: Self = Self(4);
    const BRACE: Self = Self(8);
    const ALL: Self = Self(15);

    const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// What the words of an `include_check` start from: a word without sign sets afresh,
    /// and so does no word at all.
    pub(super) fn before<'w>(self, words: impl Iterator<Item = &'w str>) -> Self {
        let mut signed = words.map(|word| word.starts_with(['+', '-'])).peekable();
        if signed.peek().is_some() && signed.all(|is_signed| is_signed) {
            self
        } else {
            Self::NONE
        }
    }

    /// After one word of an `include_check`.
    pub(super) fn with_word(self, word: &str) -> Self {
        let named = match word.trim_start_matches(['+', '-']) {
            "read" => Self::READ,
            "match" => Self::MATCH,
            "wildcard_match" => Self::WILDCARD,
            "brace_match" => Self::BRACE,
            _ => Self::NONE,
        };
        if word.starts_with('-') {
            Self(self.0 & !named.0)
        } else {
            self.with(named)
        }
    }
}

/// The include words and what each asks for by itself.
const WORDS: [(&str, Checks); 6] = [
    ("include", Checks::NONE),
    ("includea", Checks::ALL),
    ("includeb", Checks::READ.with(Checks::BRACE)),
    ("includem", Checks::READ.with(Checks::MATCH)),
    ("includer", Checks::READ),
    (
        "includew",
        Checks::READ.with(Checks::MATCH).with(Checks::WILDCARD),
    ),
];

/// One include being followed.
#[derive(Clone, Copy)]
struct Request<'p> {
    pattern: &'p str,
    /// Where the pattern stands; `None` for the argument of `-f`.
    origin: Option<(u32, u32)>,
    checks: Checks,
}

/// Splits a line that is an include into its word and its pattern.
pub(super) fn directive(line: &str) -> Option<(&'static str, &str)> {
    if !line.starts_with("include") {
        return None;
    }
    let (word, rest) = line.split_at(line.find(blank_char)?);
    let (word, _) = WORDS.iter().find(|(name, _)| *name == word)?;
    let pattern = rest.trim_start_matches(blank_char);
    (!pattern.is_empty()).then_some((word, pattern))
}

/// Whether a statement is an include: its word, and a name to the end of the line.
pub(crate) fn is_directive(statement: &[u8]) -> bool {
    let word = statement.split(|byte| is_blank(*byte)).next();
    let word = word.unwrap_or_default();
    let names_something = statement[word.len()..].iter().any(|byte| !is_blank(*byte));
    names_something && WORDS.iter().any(|(name, _)| name.as_bytes() == word)
}

impl Reader<'_> {
    /// Reads the files that the argument of `-f` names.
    pub(super) fn start(&mut self, pattern: &str) {
        let checks = if self.environment.check_all_includes {
            Checks::ALL
        } else {
            Checks::NONE
        };
        self.checks = checks;
        self.follow(
            Request {
                pattern,
                origin: None,
                checks: Checks::NONE,
            },
            "",
        );
        self.finish_definition();
        if self.known.is_empty() {
            let diagnostic = Diagnostic::new(
                "no-configuration",
                Class::Notice,
                format!("no configuration file `{pattern}` can be read"),
            )
            .refuses(6)
            .help("name the file with `-f FILE`; a configuration file must not be executable");
            self.report(diagnostic);
        }
    }

    /// Reads the files that an include names.
    pub(super) fn include(&mut self, word: &str, pattern: &str, origin: (u32, u32)) {
        let own = WORDS
            .iter()
            .find(|(name, _)| *name == word)
            .map_or(Checks::NONE, |(_, checks)| *checks);
        let always = if self.environment.check_all_includes {
            Checks::ALL
        } else {
            self.checks
        };
        let request = Request {
            pattern,
            origin: Some(origin),
            checks: own.with(always),
        };
        if self.open.len() >= DEPTH {
            let message = format!("files are included more than {DEPTH} deep; this one is not");
            let span = self.span(origin);
            self.report(Diagnostic::new("include-loop", Class::General, message).at(span));
            return;
        }
        let directory = self.open.last().map_or("", |path| directory_of(path));
        let directory = directory.to_owned();
        self.follow(request, &directory);
    }

    fn follow(&mut self, request: Request<'_>, directory: &str) {
        let found = glob::expand(self.files, directory, request.pattern);
        self.pay(found.visited);
        self.check_matches(request, &found);
        let is_plain = !found.has_wildcard;
        if request.origin.is_none() && found.paths.len() > 1 && is_plain {
            self.report(Diagnostic::new(
                "several-configurations",
                Class::General,
                format!(
                    "`{}` names several files, and all are read",
                    request.pattern
                ),
            ));
        }
        for path in &found.paths {
            if self.is_exhausted() {
                return;
            }
            self.follow_path(request, path);
        }
    }

    /// Says which parts of a pattern matched nothing.
    ///
    /// A name that is not there breaks `match`, or `brace_match` when the pattern has braces;
    /// a wildcard that nothing matches breaks `wildcard_match`, and is fine otherwise.
    fn check_matches(&mut self, request: Request<'_>, found: &Expansion) {
        let (pattern, checks) = (request.pattern, request.checks);
        let missing: Vec<String> = found
            .missing
            .iter()
            .filter(|part| !part.is_empty_wildcard)
            .map(|part| format!("`{}`", part.pattern))
            .collect();
        let is_nothing = found.paths.is_empty();
        if is_nothing && request.origin.is_none() {
            // `start` says that there is no configuration.
            return;
        }
        if !missing.is_empty() {
            let broken = if pattern.contains('{') {
                checks.has(Checks::BRACE)
            } else {
                checks.has(Checks::MATCH)
            };
            let what = if is_nothing {
                format!("no file `{pattern}`")
            } else {
                format!("of `{pattern}`, nothing matches {}", missing.join(", "))
            };
            self.missing(request, broken, what);
        } else if is_nothing && checks.has(Checks::WILDCARD) {
            self.missing(request, true, format!("no file matches `{pattern}`"));
        }
    }

    fn missing(&mut self, request: Request<'_>, broken: bool, what: String) {
        let pattern = request.pattern;
        let mut help = None;
        if pattern.contains('"') {
            help = Some("quotes are part of the name here; leave them away".to_owned());
        } else if pattern.ends_with(['{', '}']) && !pattern.contains(',') {
            help = Some(
                "everything after `include` is the name, braces too; put the brace on a line of \
                 its own"
                    .to_owned(),
            );
        } else if pattern.contains(blank_char) {
            help =
                Some("everything after `include` is one name; write one include each".to_owned());
        } else if pattern.starts_with('~') {
            help = Some("`~` is not a home directory here; write the whole path".to_owned());
        }
        self.refuse_if(request, broken, "include-missing", what, help);
    }

    /// Reports a problem with an include; when it breaks a requirement the daemon does not start.
    fn refuse_if(
        &mut self,
        request: Request<'_>,
        broken: bool,
        code: &'static str,
        what: String,
        help: Option<String>,
    ) {
        let mut diagnostic = if broken {
            Diagnostic::new(code, Class::General, what).refuses(6)
        } else {
            Diagnostic::new(code, Class::Notice, what)
        };
        diagnostic.span = request.origin.map(|origin| self.span(origin));
        diagnostic.help = help;
        self.report(diagnostic);
    }

    fn follow_path(&mut self, request: Request<'_>, path: &str) {
        let broken = request.checks.has(Checks::READ);
        let entry = self.files.entry(path);
        let (what, help) = match entry {
            Some(entry) if entry.kind == EntryKind::Directory => (
                format!("`{path}` is a directory and is not read"),
                Some(format!(
                    "for all files in it write `{}/*`",
                    path.trim_end_matches('/')
                )),
            ),
            Some(entry) if entry.kind == EntryKind::Other => (
                format!("`{path}` is not a regular file and is not read"),
                None,
            ),
            Some(entry) if entry.is_executable() => (
                format!(
                    "`{path}` is executable (mode {:04o}) and is not read as configuration",
                    entry.mode
                ),
                Some(format!("`chmod a-x {path}` if it is configuration")),
            ),
            _ => return self.open_path(request, path),
        };
        self.refuse_if(request, broken, "include-not-a-file", what, help);
    }

    fn open_path(&mut self, request: Request<'_>, path: &str) {
        let name = crate::files::absolute(path);
        if self
            .open
            .iter()
            .any(|open| crate::files::absolute(open) == name)
        {
            let mut diagnostic = Diagnostic::new(
                "include-loop",
                Class::General,
                format!("`{path}` includes itself; it is not read again here"),
            )
            .help("keepalived reads it again and again until it has no file descriptor left");
            diagnostic.span = request.origin.map(|origin| self.span(origin));
            self.report(diagnostic);
            return;
        }
        match self.files.read(path) {
            Ok(bytes) => self.read_file(path, bytes),
            Err(error) => {
                let what = format!("`{path}` cannot be read: {error}");
                let broken = request.checks.has(Checks::READ);
                if request.origin.is_none() && !broken {
                    // A file of `-f` itself: more than a notice, unlike one that is not there.
                    self.report(Diagnostic::new(
                        "include-unreadable",
                        Class::FileNotFound,
                        what,
                    ));
                } else {
                    self.refuse_if(request, broken, "include-unreadable", what, None);
                }
            }
        }
    }
}
