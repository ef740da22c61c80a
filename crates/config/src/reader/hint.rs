//! Advice about lines that keepalived takes without a word, and not as they were meant.

use crate::diagnostic::Diagnostic;

use super::Reader;
use super::definition;
use super::text::{Text, blank_char, narrow};

/// Characters that look like ones with a meaning, and are not them.
const LOOK_ALIKES: [(char, char, &str); 15] = [
    ('\u{a0}', ' ', "no-break space"),
    ('\u{2002}', ' ', "en space"),
    ('\u{2003}', ' ', "em space"),
    ('\u{202f}', ' ', "narrow no-break space"),
    ('\u{3000}', ' ', "ideographic space"),
    ('\u{201c}', '"', "left double quotation mark"),
    ('\u{201d}', '"', "right double quotation mark"),
    ('\u{2018}', '\'', "left single quotation mark"),
    ('\u{2019}', '\'', "right single quotation mark"),
    ('\u{ff03}', '#', "fullwidth number sign"),
    ('\u{ff01}', '!', "fullwidth exclamation mark"),
    ('\u{ff5b}', '{', "fullwidth left curly bracket"),
    ('\u{ff5d}', '}', "fullwidth right curly bracket"),
    ('\u{2013}', '-', "en dash"),
    ('\u{ff0f}', '/', "fullwidth solidus"),
];

impl Reader<'_> {
    /// Names a byte order mark and the first character that is not what it looks like.
    pub(super) fn notice_look_alikes(&mut self, line: &str, column: u32) {
        if self.line == 1 && line.starts_with('\u{feff}') {
            let span = self.span((column, 3));
            self.report(
                Diagnostic::hint(
                    "byte-order-mark",
                    "the file begins with a byte order mark, which becomes part of the first word",
                )
                .at(span)
                .help("save the file as UTF-8 without byte order mark")
                .fix(span, ""),
            );
        }
        let found = line.char_indices().find_map(|(at, character)| {
            LOOK_ALIKES
                .iter()
                .find(|(look, _, _)| *look == character)
                .map(|(look, meant, name)| (at, *look, *meant, *name))
        });
        let Some((at, look, meant, name)) = found else {
            return;
        };
        let span = self.span((column + narrow(at), narrow(look.len_utf8())));
        let message = format!(
            "U+{:04X} ({name}) is an ordinary character here, not `{meant}`",
            u32::from(look)
        );
        self.report(
            Diagnostic::hint("look-alike", message)
                .at(span)
                .help("text copied from a web page often has such characters; type it anew")
                .fix(span, meant.to_string()),
        );
    }

    /// Explains a `\#` or `\!` that does not protect.
    pub(super) fn notice_escape(&mut self, line: &str, at: usize, column: u32) {
        let span = self.span((column + narrow(at), 2));
        let message = format!(
            "`{}` begins a comment here, although it is escaped",
            &line[at..at + 2]
        );
        self.report(
            Diagnostic::hint("escaped-comment", message)
                .at(span)
                .help("put the word in double quotes: `\"…#…\"`"),
        );
    }

    /// Explains a comment that came out of a definition.
    pub(super) fn notice_new_comment(&mut self, origin: (u32, u32)) {
        let span = self.span(origin);
        self.report(
            Diagnostic::hint(
                "comment-from-definition",
                "what is put here has `#` or `!` in it, which begins a comment",
            )
            .at(span)
            .help("put the word in double quotes"),
        );
    }

    /// Names references that stayed as they are, each name once.
    pub(super) fn notice_references(&mut self, text: &Text<'_>) {
        let line = text.as_str();
        for (at, _) in line.match_indices('$') {
            let rest = &line[at + 1..];
            let (is_braced, rest) = match rest.strip_prefix('{') {
                Some(rest) => (true, rest),
                None => (false, rest),
            };
            let name = &rest[..definition::identifier(rest)];
            if name.is_empty() || self.reported.contains(name) {
                continue;
            }
            let len = 1 + usize::from(is_braced) + name.len();
            let closed = is_braced && rest[name.len()..].starts_with('}');
            let end = at + len + usize::from(closed);
            let span = self.span(text.origin(at, end));
            let diagnostic = match self.definitions.lines(name) {
                Some(lines) if lines.len() > 1 => several_lines(name),
                Some(_) if !is_braced => followed(name).fix(span, format!("${{{name}}}")),
                Some(_) => continue,
                None => self.undefined(name, is_braced, &rest[name.len()..]),
            };
            self.reported.insert(name.to_owned());
            self.report(diagnostic.at(span));
        }
    }

    /// Says that a name is not defined; `after` is what follows it.
    fn undefined(&self, name: &str, is_braced: bool, after: &str) -> Diagnostic {
        let mut message = format!("`{name}` is not defined, so the reference stays as text");
        if is_braced {
            message.push_str(", and its braces open and close blocks");
        }
        let prefix = self
            .definitions
            .names()
            .filter(|known| name.starts_with(known))
            .max_by_key(|known| known.len());
        let near = self
            .definitions
            .names()
            .map(|known| (strsim::osa_distance(known, name), known))
            .filter(|(distance, _)| *distance <= 1 + name.len() / 4)
            .min();
        let help = match (prefix, near) {
            _ if after.trim_start_matches(blank_char).starts_with('=') => {
                format!("a definition has no blank before `=`: `${name}=VALUE`")
            }
            (Some(known), _) => {
                format!("write `${{{known}}}` where letters or `$` follow the name")
            }
            (None, Some((_, known))) => format!("did you mean `{known}`?"),
            (None, None) => format!(
                "write `${name}=VALUE` on a line above; environment variables are `${{_ENV {name}}}`"
            ),
        };
        Diagnostic::hint("undefined-reference", message).help(help)
    }
}

fn several_lines(name: &str) -> Diagnostic {
    Diagnostic::hint(
        "multi-line-reference",
        format!("`{name}` has several lines, so it is replaced at the end of a line only"),
    )
    .help("let the reference be the last thing of its line")
}

fn followed(name: &str) -> Diagnostic {
    Diagnostic::hint(
        "unbraced-reference",
        format!("`${name}` is replaced only before a blank, `,`, `)` or the end of the line"),
    )
    .help(format!("write `${{{name}}}`"))
}
