//! The report as SARIF 2.1.0, the format that code scanners exchange.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use vipd_config::Loaded;
use vipd_config::diagnostic::{Diagnostic, Severity, Sources, codes};
use vipd_config::line::Span;

/// One run over all files.
pub(super) fn render<'l>(reports: impl Iterator<Item = &'l Loaded> + Clone) -> Value {
    let found: BTreeSet<&str> = reports
        .clone()
        .flat_map(|loaded| &loaded.diagnostics)
        .map(|diagnostic| diagnostic.code)
        .collect();
    let rules: Vec<Value> = found.into_iter().map(rule).collect();
    let results: Vec<Value> = reports
        .flat_map(|loaded| {
            let all = loaded.diagnostics.iter();
            all.map(|diagnostic| result(diagnostic, &loaded.sources))
        })
        .collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "vipd",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn rule(code: &str) -> Value {
    let explanation = codes::find(code).map_or("", |code| code.explanation);
    json!({ "id": code, "fullDescription": { "text": explanation } })
}

fn result(diagnostic: &Diagnostic, sources: &Sources) -> Value {
    let level = match diagnostic.severity() {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note | Severity::Hint => "note",
    };
    let help = diagnostic.help.as_ref();
    let help = help.map_or_else(String::new, |help| format!("; {help}"));
    let mut result = json!({
        "ruleId": diagnostic.code,
        "level": level,
        "message": { "text": format!("{}{help}", diagnostic.message) },
        "locations": diagnostic.span.iter().map(|span| location(*span, sources)).collect::<Vec<_>>(),
    });
    let related: Vec<Value> = diagnostic
        .labels
        .iter()
        .map(|(span, text)| {
            let mut place = location(*span, sources);
            place["message"] = json!({ "text": text });
            place
        })
        .collect();
    if !related.is_empty() {
        result["relatedLocations"] = Value::Array(related);
    }
    if let Some(edit) = &diagnostic.fix {
        result["fixes"] = json!([{ "artifactChanges": [{
            "artifactLocation": { "uri": uri(sources.name(edit.span.file)) },
            "replacements": [{
                "deletedRegion": region(edit.span, sources),
                "insertedContent": { "text": edit.text },
            }],
        }]}]);
    }
    result
}

fn location(span: Span, sources: &Sources) -> Value {
    json!({ "physicalLocation": {
        "artifactLocation": { "uri": uri(sources.name(span.file)) },
        "region": region(span, sources),
    }})
}

/// The place with columns in characters, as the report says that it has them.
fn region(span: Span, sources: &Sources) -> Value {
    let line = sources.line(span.file, span.line).unwrap_or_default();
    let characters = |bytes: u32| {
        let end = line.floor_char_boundary(bytes as usize);
        line[..end].chars().count() + 1
    };
    let Some(start) = span.column.checked_sub(1) else {
        return json!({ "startLine": span.line });
    };
    json!({
        "startLine": span.line,
        "startColumn": characters(start),
        "endColumn": characters(start + span.len),
    })
}

/// A file name as the path of a URI.
fn uri(name: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.~+@=,".contains(&byte);
    let escape = |byte: u8| {
        if keep(byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    name.bytes().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_names_become_uris() {
        let mut sources = Sources::default();
        let file = sources.add("a b.conf", "é x");
        let span = Span {
            file,
            line: 1,
            column: 4,
            len: 1,
        };
        let region = region(span, &sources);
        assert_eq!(region["startColumn"], 3);
        assert_eq!(region["endColumn"], 4);
        assert_eq!(uri("/etc/a b.conf"), "/etc/a%20b.conf");
    }
}
