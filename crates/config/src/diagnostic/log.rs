//! A diagnostic as one line of a log, in keepalived's form.

use std::fmt::Write;

use super::{Diagnostic, Sources};

/// `(FILE: Line N) text (help)`, or without what there is not.
///
/// Control characters from the configuration are written as escapes, so that no file can
/// write lines of its own into a log.
pub fn render(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let mut line = String::new();
    if let Some(span) = diagnostic.span {
        push_escaped(&mut line, "(");
        push_escaped(&mut line, sources.name(span.file));
        // Writing to a `String` cannot fail.
        let _ = write!(line, ": Line {}) ", span.line);
    }
    push_escaped(&mut line, &diagnostic.message);
    if let Some(help) = &diagnostic.help {
        line.push_str(" (");
        push_escaped(&mut line, help);
        line.push(')');
    }
    line
}

fn push_escaped(line: &mut String, text: &str) {
    for character in text.chars() {
        if character.is_control() {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
}
