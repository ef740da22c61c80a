//! Text to lines of words.

use vipd_config::files::MemoryFiles;
use vipd_config::line::{Line, Span};
use vipd_config::reader::{Environment, Limits, Reading, read};

/// Longest input: what is longer only takes time.
pub(crate) const BYTES_MAX: usize = 16 * 1024;

/// Bounds small enough that an input takes milliseconds.
pub(crate) const LIMITS: Limits = Limits {
    lines: 20_000,
    bytes: 1 << 20,
    work: 60_000,
    diagnostics: 500,
};

/// One file: places are in it, and words that stand in it are its text.
pub(crate) fn lexer(bytes: &[u8]) {
    let bytes = &bytes[..bytes.len().min(BYTES_MAX)];
    let files = MemoryFiles::single("/k.conf", bytes);
    let environment = Environment {
        limits: LIMITS,
        ..Environment::default()
    };
    let reading = read(&files, "/k.conf", &environment);
    places(&reading);
}

/// Parts of the input, divided by NUL bytes: the file, two files that it may include, the name of
/// the node, an environment variable.
pub(crate) fn expander(bytes: &[u8]) {
    let bytes = &bytes[..bytes.len().min(BYTES_MAX)];
    let mut parts = bytes.split(|byte| *byte == 0);
    let mut part = || parts.next().unwrap_or_default();
    let mut files = MemoryFiles::new();
    files.add("/etc/k.conf", part());
    files.add("/etc/a.conf", part());
    files.add("/etc/d/b.conf", part());
    let mut environment = Environment {
        config_id: String::from_utf8_lossy(part()).into_owned(),
        limits: LIMITS,
        ..Environment::default()
    };
    let value = String::from_utf8_lossy(part()).into_owned();
    environment.variables.insert("V".to_owned(), value);
    environment.check_all_includes = bytes.len() % 2 == 1;
    let reading = read(&files, "/etc/k.conf", &environment);
    places(&reading);
    let again = read(&files, "/etc/k.conf", &environment);
    assert_eq!(again.lines, reading.lines, "read twice, read differently");
    assert_eq!(again.diagnostics, reading.diagnostics);
}

/// Every place is in the files.
fn places(reading: &Reading) {
    for line in reading.lines.iter() {
        inside(reading, line.span());
        if let Line::Statement { words, .. } = line {
            for word in &words {
                inside(reading, word.span);
                assert!(!word.text.contains('\n'), "a word goes over lines");
            }
        }
    }
    for diagnostic in &reading.diagnostics {
        let labels = diagnostic.labels.iter().map(|(span, _)| *span);
        for span in diagnostic.span.into_iter().chain(labels) {
            inside(reading, span);
        }
    }
}

/// The place is in the line that it names.
fn inside(reading: &Reading, span: Span) {
    let line = reading.sources.line(span.file, span.line);
    let Some(line) = line else {
        panic!("{span:?} is in no file");
    };
    if span.column > 0 {
        let start = span.column as usize - 1;
        assert!(
            line.get(start..start + span.len as usize).is_some(),
            "{span:?} is not in `{line}`"
        );
    }
}
