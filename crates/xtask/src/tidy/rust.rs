//! Rules about Rust files: size, names, words, where `unsafe` may stand.

use super::File;

/// Most lines of a file without its tests.
const LINES_MAX: usize = 500;

/// Names that say nothing about what is in a module.
const EMPTY_NAMES: &[&str] = &[
    "common", "helper", "helpers", "manager", "misc", "util", "utils",
];

/// Words of unfinished work. Written in halves, so that this file has none of them.
const UNFINISHED: &[&str] = &[
    concat!("FIX", "ME"),
    concat!("TO", "DO"),
    concat!("XX", "X"),
    concat!("todo", "!("),
    concat!("unimplemented", "!("),
    concat!("dbg", "!("),
    concat!("#[ign", "ore"),
];

/// Code with which a pure crate would see the world other than through its arguments.
const WORLD: &[(&str, &[&str])] = &[
    (
        "crates/engine/src/",
        &[
            "std::env",
            "std::fs",
            "std::process",
            "std::thread",
            "std::time::Instant",
            "SystemTime",
            "HashMap",
            "HashSet",
            "TcpStream",
            "UdpSocket",
            "async fn",
            "tracing::",
        ],
    ),
    (
        "crates/sim/src/",
        &[
            "std::env",
            "std::fs",
            "std::process",
            "std::thread",
            "std::time::Instant",
            "SystemTime",
            "TcpStream",
            "UdpSocket",
        ],
    ),
    (
        "crates/config/src/",
        &[
            "std::process",
            "std::thread",
            "std::time::Instant",
            "SystemTime",
            "TcpStream",
            "UdpSocket",
        ],
    ),
];

/// Checks one file.
pub(super) fn check(file: &File, offences: &mut Vec<String>) {
    size(file, offences);
    name(file, offences);
    for (number, line) in (1..).zip(file.text.lines()) {
        let place = || format!("{}:{number}", file.path);
        for word in UNFINISHED.iter().filter(|word| line.contains(**word)) {
            offences.push(format!("{}: `{word}`: finish it", place()));
        }
        if is_unsafe(line) && !file.path.starts_with("crates/linux/") {
            offences.push(format!("{}: `unsafe` outside crates/linux", place()));
        }
    }
    for (folder, words) in WORLD {
        // A program beside the library is where arguments come from.
        let is_program = file.path.contains("/src/bin/");
        if !file.path.starts_with(folder) || is_program || is_test(&file.path) {
            continue;
        }
        let (code, _) = parted(&file.text);
        for (number, line) in (1..).zip(code.lines()) {
            for word in words.iter().filter(|word| in_code(line, word)) {
                offences.push(format!(
                    "{}:{number}: `{word}` in a crate that learns of the world only by argument",
                    file.path
                ));
            }
        }
    }
}

/// Whether a word stands in a line outside of a comment.
fn in_code(line: &str, word: &str) -> bool {
    line.split("//").next().unwrap_or_default().contains(word)
}

/// A file that is a test as a whole.
fn is_test(path: &str) -> bool {
    path.contains("/tests/")
        || path.contains("/benches/")
        || path.starts_with("benches/")
        || path.starts_with("fuzz/")
        || path.ends_with("/tests.rs")
}

/// The code of a file and its tests, which stand at its end.
fn parted(text: &str) -> (&str, &str) {
    text.find("\n#[cfg(test)]\nmod ")
        .map_or((text, ""), |start| text.split_at(start + 1))
}

fn size(file: &File, offences: &mut Vec<String>) {
    if is_test(&file.path) {
        return;
    }
    let lines = parted(&file.text).0.lines().count();
    let allowed = LINES_MAX;
    if lines > allowed {
        offences.push(format!(
            "{}: {lines} lines without tests; at most {allowed}",
            file.path
        ));
    }
}

fn name(file: &File, offences: &mut Vec<String>) {
    let path = file.path.trim_end_matches(".rs");
    if let Some(name) = path.split('/').find(|part| EMPTY_NAMES.contains(part)) {
        offences.push(format!(
            "{}: `{name}` says nothing about what is in it",
            file.path
        ));
    }
}

/// Whether a line has code that the compiler does not check, outside of comments and strings.
fn is_unsafe(line: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    [
        "unsafe {",
        "unsafe fn ",
        "unsafe impl ",
        "unsafe extern ",
        "allow(unsafe_code",
    ]
    .iter()
    .filter_map(|word| code.find(word))
    .any(|at| code[..at].matches('"').count().is_multiple_of(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offences(path: &str, text: &str) -> Vec<String> {
        let mut offences = Vec::new();
        let file = File {
            path: path.to_owned(),
            text: text.to_owned(),
        };
        check(&file, &mut offences);
        offences
    }

    #[test]
    fn tests_at_the_end_do_not_count_as_lines() {
        let code = "a\n".repeat(500);
        let tests = format!("{code}#[cfg(test)]\nmod tests {{\n{code}}}\n");
        assert!(offences("crates/x/src/a.rs", &tests).is_empty());
        assert_eq!(offences("crates/x/src/a.rs", &"a\n".repeat(501)).len(), 1);
        assert!(offences("crates/x/tests/a.rs", &"a\n".repeat(501)).is_empty());
    }

    #[test]
    fn names_words_unsafe_and_clocks_are_seen() {
        assert_eq!(offences("crates/x/src/utils.rs", "").len(), 1);
        assert_eq!(offences("crates/x/src/util/a.rs", "").len(), 1);
        let unfinished = concat!("// TO", "DO: more\n");
        assert_eq!(offences("crates/x/src/a.rs", unfinished).len(), 1);
        let block = concat!("let x = un", "safe { y() };\n");
        assert_eq!(offences("crates/x/src/a.rs", block).len(), 1);
        assert!(offences("crates/linux/src/a.rs", block).is_empty());
        let clock = "use std::time::Instant;\n";
        assert_eq!(offences("crates/engine/src/a.rs", clock).len(), 1);
        assert!(offences("crates/engine/src/a.rs", "// std::time::Instant\n").is_empty());
        assert!(offences("crates/daemon/src/a.rs", clock).is_empty());
    }
}
