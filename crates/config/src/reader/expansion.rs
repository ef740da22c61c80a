//! References in a line are replaced until nothing changes.

use std::borrow::Cow;
use std::rc::Rc;

use crate::diagnostic::{Class, Diagnostic};

use super::comment;
use super::definition::{self, Reference, Unfinished};
use super::text::Text;
use super::{Reader, text::blank_char};

/// Longest result of an expansion, in bytes.
const EXPANDED_BYTES: usize = 1024;

/// Most times the references of one line are replaced; a chain that grows hits
/// [`EXPANDED_BYTES`] before.
const PASSES: usize = 1100;

/// Deepest nesting of generators and multi-line definitions.
const DEPTH: usize = 64;

/// Work that each endless definition counts as: a few are a mistake, many an attack.
const ENDLESS_WORK: usize = 4096;

/// What a reference stands for.
enum Value {
    /// A definition in the files, of one line or more.
    Lines(Rc<[String]>),
    /// A standard definition.
    Standard(String),
}

impl Value {
    fn first_line(&self) -> &str {
        match self {
            Self::Lines(lines) => lines.first().map_or("", String::as_str),
            Self::Standard(text) => text,
        }
    }
}

/// The lines of a multi-line definition after its first, and where it was referred to.
struct Tail {
    lines: Rc<[String]>,
    origin: (u32, u32),
}

/// One pass over the references of a line.
struct Pass {
    text: Text<'static>,
    tail: Option<Tail>,
    /// It stopped at a result that would be too long.
    is_stopped: bool,
}

impl Reader<'_> {
    /// Takes one line without comments: of a file, of a generator, or of a multi-line definition.
    pub(super) fn line(&mut self, text: Text<'_>, depth: usize) {
        if depth > DEPTH {
            self.endless(&text);
            return;
        }
        if !self.spend(text.as_str().len()) {
            return;
        }
        if let Some(text) = self.conditional(text)
            && !text.as_str().is_empty()
        {
            self.unconditional_line(&text, depth);
        }
    }

    fn unconditional_line(&mut self, text: &Text<'_>, depth: usize) {
        let mut tails = Vec::new();
        let mut text = Cow::Borrowed(text);
        for pass in 0.. {
            if !self.spend(text.as_str().len())
                || self.define(&text)
                || self.generate(&text, depth)
                || text.as_str().is_empty()
            {
                break;
            }
            let Some(expanded) = self.expand(&text) else {
                self.emit_checked(&text);
                break;
            };
            tails.extend(expanded.tail);
            text = Cow::Owned(self.without_new_comment(expanded.text));
            if expanded.is_stopped || pass >= PASSES {
                if pass >= PASSES {
                    self.endless(&text);
                }
                self.emit_checked(&text);
                break;
            }
        }
        while let Some(Tail { lines, origin }) = tails.pop() {
            for line in lines.iter().skip(1) {
                if self.is_exhausted() {
                    return;
                }
                let line = line.trim_matches(blank_char);
                self.line(Text::generated(line, origin), depth + 1);
            }
        }
    }

    fn emit_checked(&mut self, text: &Text<'_>) {
        if text.as_str().contains('$') {
            self.notice_references(text);
        }
        self.emit(text);
    }

    /// Takes a `$NAME=VALUE` line; false when it is none.
    fn define(&mut self, text: &Text<'_>) -> bool {
        let Some((name, value)) = definition::definition(text.as_str()) else {
            return false;
        };
        match value.strip_suffix('\\') {
            Some(first) => {
                self.unfinished = Some(Unfinished {
                    name: name.to_owned(),
                    lines: vec![first.to_owned()],
                });
            }
            None => self.definitions.set(name, vec![value.to_owned()]),
        }
        true
    }

    /// The text with each reference replaced once; `None` when none can be.
    pub(super) fn expand_once(&mut self, text: &Text<'_>) -> Option<Text<'static>> {
        let pass = self.expand(text)?;
        (!pass.is_stopped).then_some(pass.text)
    }

    /// Replaces each reference once; `None` when there is none that can be replaced.
    fn expand(&mut self, text: &Text<'_>) -> Option<Pass> {
        let source = text.as_str();
        let mut pass: Option<Pass> = None;
        let mut taken = 0;
        let mut from = source.find('$')?;
        loop {
            let mut next = from + 1;
            if let Some(reference) = definition::reference(&source[from..])
                && let Some(value) = self.value(reference, text, from)
            {
                let end = from + reference.len;
                let pass = pass.get_or_insert_with(|| Pass {
                    text: Text::default(),
                    tail: None,
                    is_stopped: false,
                });
                let rest = source.len() - end;
                let first = value.first_line();
                let len = pass.text.as_str().len() + (from - taken) + first.len() + rest;
                if len > EXPANDED_BYTES {
                    pass.is_stopped = true;
                    self.too_long(text, from, end);
                    break;
                }
                let origin = text.origin(from, end);
                pass.text.push_part(text, taken, from);
                pass.text.push_generated(first, origin);
                if let Value::Lines(lines) = value
                    && lines.len() > 1
                {
                    pass.tail = Some(Tail { lines, origin });
                }
                taken = end;
                next = end;
            }
            match source[next..].find('$') {
                Some(offset) => from = next + offset,
                None => break,
            }
        }
        if let Some(pass) = &mut pass {
            pass.text.push_part(text, taken, source.len());
        }
        pass
    }

    /// The value of a reference; `None` when it stays as it is.
    fn value(&mut self, reference: Reference<'_>, text: &Text<'_>, at: usize) -> Option<Value> {
        if let Some(lines) = self.definitions.lines(reference.name) {
            let ends_line = at + reference.len == text.as_str().len();
            return (lines.len() == 1 || ends_line).then_some(Value::Lines(lines));
        }
        let standard = match reference.name {
            "_PWD" => self.directory.clone(),
            "_INSTANCE" => self.environment.config_id.clone(),
            "_HASH" => "#".to_owned(),
            "_BANG" => "!".to_owned(),
            "_RANDOM" => self.random_number(reference, text, at),
            "_ENV" => self.variable(reference, text, at),
            _ => return None,
        };
        // What comes from outside is part of one line: an end of line in it separates words.
        Some(Value::Standard(standard.replace('\n', " ")))
    }

    fn random_number(&mut self, reference: Reference<'_>, text: &Text<'_>, at: usize) -> String {
        let mut words = reference
            .parameters
            .split(blank_char)
            .filter(|word| !word.is_empty());
        let limits = [words.next(), words.next()].map(|word| word.map(str::parse::<i64>));
        let (min, max) = match limits {
            [None, _] => (0, 32767),
            [Some(Ok(min)), None] => (min, 32767),
            [Some(Ok(min)), Some(Ok(max))] => (min, max),
            _ => {
                self.bad_random(text.origin(at, at + reference.len), "needs two numbers");
                (0, 32767)
            }
        };
        if min > max {
            let reason = format!("has no number from {min} to {max}; {min} is used");
            self.bad_random(text.origin(at, at + reference.len), &reason);
        }
        self.random.between(min, max).to_string()
    }

    fn bad_random(&mut self, origin: (u32, u32), reason: &str) {
        let diagnostic = Diagnostic::new(
            "bad-random",
            Class::General,
            format!("`${{_RANDOM MIN MAX}}` {reason}"),
        )
        .at(self.span(origin));
        self.report(diagnostic);
    }

    fn variable(&mut self, reference: Reference<'_>, text: &Text<'_>, at: usize) -> String {
        if let Some(value) = self.environment.variables.get(reference.parameters) {
            return value.clone();
        }
        let message = format!(
            "environment variable `{}` is not set; nothing is put here",
            reference.parameters
        );
        let span = self.span(text.origin(at, at + reference.len));
        self.report(
            Diagnostic::new("environment-variable-missing", Class::Notice, message)
                .at(span)
                .help("a service gets its environment from its unit file, not from a login shell"),
        );
        String::new()
    }

    /// Removes comments that came in with an expansion.
    fn without_new_comment(&mut self, mut text: Text<'static>) -> Text<'static> {
        let scan = comment::scan(text.as_str());
        if let Some(quote) = scan.open_quote {
            let origin = text.origin(quote, text.as_str().len());
            self.unterminated(self.span(origin));
        }
        let line = text.as_str();
        if let Some(reference) =
            (scan.end < line.len()).then(|| text.origin(scan.end, scan.end + 1))
        {
            self.notice_new_comment(reference);
        }
        text.cut(scan.end);
        text.without_leading_blanks()
    }

    fn too_long(&mut self, text: &Text<'_>, from: usize, to: usize) {
        let message = format!(
            "the line would have more than {EXPANDED_BYTES} bytes with `{}` replaced, so it stays \
             as it is",
            &text.as_str()[from..to]
        );
        let span = self.span(text.origin(from, to));
        self.report(
            Diagnostic::new("expansion-too-long", Class::General, message)
                .at(span)
                .help("define it over several lines, or shorten it; it may refer to itself"),
        );
    }

    fn endless(&mut self, text: &Text<'_>) {
        self.pay(ENDLESS_WORK);
        let span = self.span(text.origin(0, text.as_str().len()));
        self.report(
            Diagnostic::new(
                "endless-definition",
                Class::General,
                "definitions here refer to each other without end; they are not followed further",
            )
            .at(span)
            .help("keepalived hangs or crashes on this; remove the circle"),
        );
    }
}
