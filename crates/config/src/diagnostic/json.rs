//! A diagnostic for tools: files by name, nothing to look up.

use serde::Serialize;

use crate::line::Span;

use super::{Class, Consequence, Diagnostic, Severity, Sources};

/// What [`render`] writes.
#[derive(Debug, Serialize)]
struct Record<'d> {
    code: &'d str,
    severity: Severity,
    class: Class,
    consequence: Consequence,
    message: &'d str,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<Place<'d>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    labels: Vec<Labelled<'d>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'d str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<Fix<'d>>,
}

/// Where something stands: `length` bytes from `column` of `line`, both from 1; column 0 when
/// only the line is known.
#[derive(Debug, Serialize)]
struct Place<'d> {
    file: &'d str,
    line: u32,
    column: u32,
    length: u32,
}

/// The text to put at a place; certain, or a guess.
#[derive(Debug, Serialize)]
struct Fix<'d> {
    #[serde(flatten)]
    place: Place<'d>,
    text: &'d str,
    certain: bool,
}

/// A place and a word about it.
#[derive(Debug, Serialize)]
struct Labelled<'d> {
    #[serde(flatten)]
    place: Place<'d>,
    text: &'d str,
}

/// The diagnostic as one JSON object.
pub fn render(diagnostic: &Diagnostic, sources: &Sources) -> serde_json::Value {
    let place = |span: Span| Place {
        file: sources.name(span.file),
        line: span.line,
        column: span.column,
        length: span.len,
    };
    let record = Record {
        code: diagnostic.code,
        severity: diagnostic.severity(),
        class: diagnostic.class,
        consequence: diagnostic.consequence,
        message: &diagnostic.message,
        place: diagnostic.span.map(place),
        labels: diagnostic
            .labels
            .iter()
            .map(|(span, text)| Labelled {
                place: place(*span),
                text,
            })
            .collect(),
        help: diagnostic.help.as_deref(),
        fix: diagnostic.fix.as_ref().map(|edit| Fix {
            place: place(edit.span),
            text: &edit.text,
            certain: edit.is_certain,
        }),
    };
    serde_json::to_value(record).unwrap_or_default()
}
