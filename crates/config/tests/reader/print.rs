//! Readings as text.

use std::fmt::Write;

use expect_test::Expect;
use vipd_config::diagnostic::{Consequence, Diagnostic};
use vipd_config::files::MemoryFiles;
use vipd_config::line::{Line, Span};
use vipd_config::reader::{Environment, Limits, Reading, read};

/// The environment of every test: a machine called `host`.
pub(crate) fn environment() -> Environment {
    Environment {
        config_id: "host".to_owned(),
        variables: [("SITE".to_owned(), "north".to_owned())].into(),
        random_seed: 7,
        check_all_includes: false,
        limits: Limits::default(),
    }
}

/// Reads one file.
pub(crate) fn read_text(text: &str) -> Reading {
    read(
        &MemoryFiles::single("/etc/k.conf", text),
        "/etc/k.conf",
        &environment(),
    )
}

/// Reads one file and compares.
#[track_caller]
pub(crate) fn check(text: &str, expect: &Expect) {
    expect.assert_eq(&print(&read_text(text)));
}

/// Reads `/etc/k.conf` among other files and compares.
#[track_caller]
pub(crate) fn check_files(files: &[(&str, &str)], expect: &Expect) {
    expect.assert_eq(&print(&read_files(files, &environment())));
}

/// Reads `/etc/k.conf` among other files. A name ending in `!` gets mode 0755, one in `?` mode 0.
pub(crate) fn read_files(files: &[(&str, &str)], environment: &Environment) -> Reading {
    let mut memory = MemoryFiles::new();
    for (name, text) in files {
        match (name.strip_suffix('!'), name.strip_suffix('?')) {
            (Some(name), _) => memory.add_with_mode(name, *text, 0o755),
            (_, Some(name)) => memory.add_with_mode(name, *text, 0),
            _ => memory.add(*name, *text),
        };
    }
    read(&memory, "/etc/k.conf", environment)
}

/// Logical lines, then diagnostics.
pub(crate) fn print(reading: &Reading) -> String {
    let mut text = String::new();
    for line in reading.lines.iter() {
        print_line(&mut text, &line, reading);
    }
    for diagnostic in &reading.diagnostics {
        print_diagnostic(&mut text, diagnostic, reading);
    }
    text
}

fn print_line(text: &mut String, line: &Line<'_>, reading: &Reading) {
    match line {
        Line::Statement {
            words, opens, span, ..
        } => {
            write!(text, "{}", place(*span, reading)).unwrap();
            for word in words {
                if word.quoted {
                    write!(text, " {:?}", word.text).unwrap();
                } else {
                    write!(text, " {}", word.text).unwrap();
                }
            }
            text.push_str(if *opens { " {\n" } else { "\n" });
        }
        Line::Close { span } => writeln!(text, "{} }}", place(*span, reading)).unwrap(),
    }
}

fn print_diagnostic(text: &mut String, diagnostic: &Diagnostic, reading: &Reading) {
    write!(text, "{:?} {}", diagnostic.class, diagnostic.code).unwrap();
    if let Consequence::Refuses(status) = diagnostic.consequence {
        write!(text, " refuses {status}").unwrap();
    }
    if let Some(span) = diagnostic.span {
        write!(text, " {}", place(span, reading)).unwrap();
        if span.column > 0 {
            let origin: String = source(span, reading).chars().take(60).collect();
            write!(text, " {origin:?}").unwrap();
        }
    }
    writeln!(text, "\n  {}", diagnostic.message).unwrap();
}

/// `LINE:` in the file itself, `FILE:LINE:` in others.
fn place(span: Span, reading: &Reading) -> String {
    match reading.sources.name(span.file) {
        "/etc/k.conf" => format!("{}:", span.line),
        name => format!("{name}:{}:", span.line),
    }
}

/// What stands in the source at a span.
pub(crate) fn source(span: Span, reading: &Reading) -> String {
    let line = reading.sources.line(span.file, span.line).unwrap();
    let start = span.column as usize - 1;
    line[start..start + span.len as usize].to_owned()
}

/// The words of all lines, each as `TEXT` and as it stands in the source when that differs.
pub(crate) fn print_origins(reading: &Reading) -> String {
    let mut text = String::new();
    for line in reading.lines.iter() {
        match &line {
            Line::Statement { words, span, .. } => {
                for word in words {
                    let origin = source(word.span, reading);
                    if origin == word.text {
                        write!(text, "{origin} ").unwrap();
                    } else {
                        write!(text, "{}={origin} ", word.text).unwrap();
                    }
                }
                writeln!(text, "| {}", source(*span, reading)).unwrap();
            }
            Line::Close { span } => writeln!(text, "| {}", source(*span, reading)).unwrap(),
        }
    }
    text
}
