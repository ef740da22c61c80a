//! Diagnostics as people, logs and tools see them.

use expect_test::expect;
use vipd_config::diagnostic::{Class, Diagnostic, Sources, codes, json, log, terminal};
use vipd_config::line::{FileId, Span};

use super::print::read_text;

fn span(file: FileId, line: u32, column: u32, len: u32) -> Span {
    Span {
        file,
        line,
        column,
        len,
    }
}

/// Two files and a diagnostic that points into both.
fn example() -> (Sources, Diagnostic) {
    let mut sources = Sources::default();
    let first = sources.add("k.conf", "vrrp_instance V {\n\tprioritty 200 # é\n}\n");
    let second = sources.add("d/x.conf", "vrrp_instance V {\n");
    let diagnostic = Diagnostic::new(
        "unknown-keyword",
        Class::General,
        "unknown keyword `prioritty`",
    )
    .at(span(first, 2, 2, 9))
    .label(span(first, 1, 15, 1), "in this instance")
    .label(span(second, 1, 15, 1), "and in this one")
    .help("did you mean `priority`?")
    .fix(span(first, 2, 2, 9), "priority");
    (sources, diagnostic)
}

#[test]
fn a_terminal_shows_lines_labels_and_the_edit() {
    let (sources, diagnostic) = example();
    expect![[r#"
        warning[unknown-keyword]: unknown keyword `prioritty`
         --> k.conf:2:2
          |
        1 | vrrp_instance V {
          |               - in this instance
        2 |     prioritty 200 # é
          |     ^^^^^^^^^
          |
         ::: d/x.conf:1:15
          |
        1 | vrrp_instance V {
          |               - and in this one
          |
        help: did you mean `priority`?
          |
        2 -     prioritty 200 # é
        2 +     priority 200 # é
          |"#]]
    .assert_eq(&terminal::render(
        &diagnostic,
        &sources,
        terminal::Style::Plain,
    ));
}

#[test]
fn colours_come_only_when_asked_for() {
    let (sources, diagnostic) = example();
    let plain = terminal::render(&diagnostic, &sources, terminal::Style::Plain);
    let coloured = terminal::render(&diagnostic, &sources, terminal::Style::Coloured);
    assert!(!plain.contains('\u{1b}'));
    assert!(coloured.contains('\u{1b}'));
}

#[test]
fn a_terminal_shows_the_whole_line_when_no_column_is_known() {
    let (sources, _) = example();
    let diagnostic = Diagnostic::new("x", Class::General, "message")
        .at(span(FileId(0), 2, 0, 0))
        .refuses(2)
        .help("do this");
    expect![[r#"
        error[x]: message
         --> k.conf:2:2
          |
        2 |     prioritty 200 # é
          |     ^^^^^^^^^^^^^^^^^
          |
          = help: do this"#]]
    .assert_eq(&terminal::render(
        &diagnostic,
        &sources,
        terminal::Style::Plain,
    ));
}

#[test]
fn a_terminal_needs_no_place() {
    let diagnostic = Diagnostic::hint("x", "message");
    let rendered = terminal::render(&diagnostic, &Sources::default(), terminal::Style::Plain);
    expect!["hint[x]: message"].assert_eq(&rendered);
}

#[test]
fn places_that_do_not_exist_are_survived() {
    let (sources, _) = example();
    for place in [
        span(FileId(7), 1, 1, 1),
        span(FileId(0), 99, 1, 1),
        span(FileId(0), 0, 1, 1),
        span(FileId(0), 2, 90, 9),
        span(FileId(0), 2, 20, u32::MAX),
        span(FileId(0), u32::MAX, u32::MAX, u32::MAX),
    ] {
        let diagnostic = Diagnostic::hint("x", "message").at(place).fix(place, "y");
        let rendered = terminal::render(&diagnostic, &sources, terminal::Style::Plain);
        assert!(rendered.contains("message"), "{rendered}");
    }
}

#[test]
fn a_log_line_is_one_line() {
    let (sources, diagnostic) = example();
    expect!["(k.conf: Line 2) unknown keyword `prioritty` (did you mean `priority`?)"]
        .assert_eq(&log::render(&diagnostic, &sources));
    let hostile = Diagnostic::hint("x", "`a\nb\u{1b}[2J`");
    expect![[r#"`a\nb\u{1b}[2J`"#]].assert_eq(&log::render(&hostile, &sources));
}

#[test]
fn json_names_files() {
    let (sources, diagnostic) = example();
    let value = json::render(&diagnostic, &sources);
    expect![[r#"
        {
          "class": "General",
          "code": "unknown-keyword",
          "consequence": "Starts",
          "fix": {
            "certain": true,
            "column": 2,
            "file": "k.conf",
            "length": 9,
            "line": 2,
            "text": "priority"
          },
          "help": "did you mean `priority`?",
          "labels": [
            {
              "column": 15,
              "file": "k.conf",
              "length": 1,
              "line": 1,
              "text": "in this instance"
            },
            {
              "column": 15,
              "file": "d/x.conf",
              "length": 1,
              "line": 1,
              "text": "and in this one"
            }
          ],
          "message": "unknown keyword `prioritty`",
          "place": {
            "column": 2,
            "file": "k.conf",
            "length": 9,
            "line": 2
          },
          "severity": "warning"
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&value).unwrap());
    let bare = json::render(&Diagnostic::hint("x", "m").refuses(6), &sources);
    expect![[r#"{"class":"Hint","code":"x","consequence":{"Refuses":6},"message":"m","severity":"error"}"#]].assert_eq(&bare.to_string());
}

#[test]
fn every_code_is_explained_once() {
    let mut names: Vec<&str> = codes::codes().map(|code| code.name).collect();
    names.sort_unstable();
    let mut unique = names.clone();
    unique.dedup();
    assert_eq!(names, unique);
    for code in codes::codes() {
        assert!(code.explanation.len() > 30, "{}", code.name);
        assert!(!code.explanation.contains("  "), "{}", code.name);
        assert_eq!(codes::find(code.name), Some(code));
    }
}

#[test]
fn a_reading_is_rendered() {
    let reading = read_text("a\\#b {\n  router_id ${HOST}\n script “x”\n include none\n c \"d\n");
    let rendered: Vec<String> = reading
        .diagnostics
        .iter()
        .map(|diagnostic| terminal::render(diagnostic, &reading.sources, terminal::Style::Plain))
        .collect();
    expect![[r#"
        hint[escaped-comment]: `\#` begins a comment here, although it is escaped
         --> /etc/k.conf:1:2
          |
        1 | a\#b {
          |  ^^
          |
          = help: put the word in double quotes: `"…#…"`

        hint[undefined-reference]: `HOST` is not defined, so the reference stays as text, and its braces open and close blocks
         --> /etc/k.conf:2:13
          |
        2 |   router_id ${HOST}
          |             ^^^^^^^
          |
          = help: write `$HOST=VALUE` on a line above; environment variables are `${_ENV HOST}`

        hint[look-alike]: U+201C (left double quotation mark) is an ordinary character here, not `"`
         --> /etc/k.conf:3:9
          |
        3 |  script “x”
          |         ^
          |
        help: text copied from a web page often has such characters; type it anew
          |
        3 -  script “x”
        3 +  script "x”
          |

        note[include-missing]: no file `none`
         --> /etc/k.conf:4:10
          |
        4 |  include none
          |          ^^^^

        warning[unterminated-quote]: quote is not closed; the rest of the line is one word
         --> /etc/k.conf:5:4
          |
        5 |  c "d
          |    ^^
          |
          = help: add `"` where the word ends; a comment after it is part of the word too"#]].assert_eq(&rendered.join("\n\n"));
}
