//! The report as workflow commands of GitHub: annotations on the lines of a change.

use std::fmt::Write as _;

use vipd_config::Loaded;
use vipd_config::diagnostic::Severity;

/// One command for each diagnostic.
pub(super) fn render(loaded: &Loaded) -> String {
    let mut text = String::new();
    for diagnostic in &loaded.diagnostics {
        let level = match diagnostic.severity() {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note | Severity::Hint => "notice",
        };
        // Writing to a `String` cannot fail.
        let _ = write!(text, "::{level} ");
        if let Some(span) = diagnostic.span {
            let file = property(loaded.sources.name(span.file));
            let _ = write!(text, "file={file},line={},", span.line);
            if span.column > 0 {
                let end = span.column + span.len;
                let _ = write!(text, "col={},endColumn={end},", span.column);
            }
        }
        let help = diagnostic.help.as_ref();
        let help = help.map_or_else(String::new, |help| format!("\n{help}"));
        let message = data(&format!("{}{help}", diagnostic.message));
        let _ = writeln!(text, "title={}::{message}", property(diagnostic.code));
    }
    text
}

/// Text after the `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// The value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
