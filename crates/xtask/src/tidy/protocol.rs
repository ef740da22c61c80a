//! Requirements of the protocol that are said to be kept are cited where they are kept, and where
//! a test holds them.

use std::collections::BTreeSet;
use std::path::Path;

use super::{File, extension};

/// The list of them.
const LIST: &str = "docs/protocol.md";

/// What numbers begin with.
const SERIES: [&str; 6] = ["V2", "V3", "AH", "L2", "U", "X"];

/// Checks the list against the code.
pub(super) fn check(files: &[File], offences: &mut Vec<String>) {
    let Some(list) = files.iter().find(|file| file.path == LIST) else {
        offences.push(format!("{LIST}: is not there"));
        return;
    };
    let (mut code, mut tests) = (BTreeSet::new(), BTreeSet::new());
    for file in files
        .iter()
        .filter(|file| extension(Path::new(&file.path)) == "rs")
    {
        let (own, held) = parts(file);
        code.extend(cited(own));
        tests.extend(cited(held));
    }
    let mut listed = BTreeSet::new();
    for (number, here) in rows(&list.text) {
        listed.insert(number.to_owned());
        if !here.starts_with("kept") {
            continue;
        }
        for (cites, what) in [(&code, "code"), (&tests, "test")] {
            if !cites.contains(number) {
                offences.push(format!("{LIST}: {number} is kept, but no {what} cites it"));
            }
        }
    }
    for number in code
        .union(&tests)
        .filter(|number| !listed.contains(*number))
    {
        offences.push(format!("{LIST}: {number} is cited, but is not in the list"));
    }
}

/// What of a file is the program, and what tests it. This program is neither.
fn parts(file: &File) -> (&str, &str) {
    let text = file.text.as_str();
    if file.path.starts_with("crates/xtask/") {
        ("", "")
    } else if file.path.contains("/tests") {
        ("", text)
    } else {
        text.split_at(text.find("#[cfg(test)]").unwrap_or(text.len()))
    }
}

/// Number and last cell of each row.
fn rows(list: &str) -> impl Iterator<Item = (&str, &str)> {
    list.lines().filter_map(|line| {
        let cells: Vec<&str> = line
            .strip_prefix("| ")?
            .strip_suffix(" |")?
            .split(" | ")
            .collect();
        let [number, _, here] = cells.as_slice() else {
            return None;
        };
        split(number).map(|_| (*number, *here))
    })
}

/// `V3-17` in its two parts.
fn split(word: &str) -> Option<(&str, u32)> {
    let (series, number) = word.split_once('-')?;
    let number = number.parse().ok()?;
    SERIES.contains(&series).then_some((series, number))
}

/// The numbers that a text cites; `V3-17 to V3-19` are three.
fn cited(text: &str) -> BTreeSet<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let mut found = BTreeSet::new();
    let mut last: Option<(&str, u32)> = None;
    let mut joined = false;
    for word in text
        .split(|c: char| !is_part(c))
        .filter(|word| !word.is_empty())
    {
        if let Some((series, number)) = split(word) {
            let first = match last {
                Some((before, from)) if joined && before == series => from,
                _ => number,
            };
            found.extend((first..=number).map(|number| format!("{series}-{number}")));
            last = Some((series, number));
        } else if word != "to" {
            last = None;
        }
        joined = word == "to";
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> File {
        File {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    #[test]
    fn what_is_kept_is_cited_twice() {
        let list = "| Number | Requirement | Here |\n| V3-1 | a | kept |\n| V3-2 | b | kernel |\n\
                    | AH-1 | c | kept with that |\n";
        let files = [
            file(LIST, list),
            file(
                "crates/a/src/lib.rs",
                "// V3-1.\n#[cfg(test)]\n// V3-1, AH-1",
            ),
            file("crates/a/tests/b.rs", "// U-7"),
        ];
        let mut offences = Vec::new();
        check(&files, &mut offences);
        let expected = [
            "docs/protocol.md: AH-1 is kept, but no code cites it",
            "docs/protocol.md: U-7 is cited, but is not in the list",
        ];
        assert_eq!(offences, expected);
    }

    #[test]
    fn ranges_are_cited_whole() {
        let found = |text| Vec::from_iter(cited(text)).join(" ");
        assert_eq!(found("(V2-9 to V2-11, X-1)"), "V2-10 V2-11 V2-9 X-1");
        assert_eq!(
            found("V2-1 and V2-3; V3-4 to x V3-6"),
            "V2-1 V2-3 V3-4 V3-6"
        );
        assert_eq!(found("IPV2-1 V2-x L22-1"), "");
    }
}
