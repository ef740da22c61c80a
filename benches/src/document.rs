//! The figures in `docs/benchmarks.md`: each table under the heading of its measurement.

use std::fs;

/// From the root of the repository, where `cargo xtask` runs this.
const DOCUMENT: &str = "docs/benchmarks.md";

/// Puts sections in place of those with the same title; others come at the end.
pub(crate) fn write(sections: &[(String, String)]) -> Result<(), String> {
    let problem = |error: std::io::Error| format!("{DOCUMENT}: {error}");
    let mut document = fs::read_to_string(DOCUMENT).map_err(problem)?;
    for (title, text) in sections {
        replace(&mut document, title, text);
    }
    fs::write(DOCUMENT, document).map_err(problem)
}

fn replace(document: &mut String, title: &str, text: &str) {
    let heading = format!("\n## {title}\n");
    let section = format!("{heading}\n{text}");
    match document.find(&heading) {
        Some(start) => {
            let rest = &document[start + heading.len()..];
            let len = rest.find("\n## ").unwrap_or(rest.len());
            document.replace_range(start..start + heading.len() + len, &section);
        }
        None => document.push_str(&section),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_replaces_the_one_of_its_title() {
        let mut document = String::from("# A\n\nwords\n\n## B\n\n| 1 |\n\n## C\n\n| 2 |\n");
        replace(&mut document, "B", "| 3 |\n");
        replace(&mut document, "C", "| 4 |\n");
        replace(&mut document, "D", "| 5 |\n");
        let expected = "# A\n\nwords\n\n## B\n\n| 3 |\n\n## C\n\n| 4 |\n\n## D\n\n| 5 |\n";
        assert_eq!(document, expected);
    }
}
