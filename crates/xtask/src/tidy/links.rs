//! Links in the documentation lead to files that are there.

use std::path::Path;

use super::File;

/// Checks the relative links of one Markdown file.
pub(super) fn check(file: &File, root: &Path, offences: &mut Vec<String>) {
    let folder = root.join(&file.path);
    let folder = folder.parent().unwrap_or(root);
    for link in links(&file.text) {
        let target = link.split('#').next().unwrap_or_default();
        if target.is_empty() || target.contains("://") || target.starts_with("mailto:") {
            continue;
        }
        if !folder.join(target).exists() {
            offences.push(format!(
                "{}: link to `{target}`, which is not there",
                file.path
            ));
        }
    }
}

/// What stands in the round brackets of `[text](target)`.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(target, _)| target)
        .filter(|target| !target.contains(char::is_whitespace))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dead_links_are_found() {
        let mut offences = Vec::new();
        let file = File {
            path: "README.md".to_owned(),
            text: "[a](Cargo.toml) [b](nowhere.md#x) [c](https://example.org) [d](#here)"
                .to_owned(),
        };
        check(&file, &crate::run::root(), &mut offences);
        assert_eq!(
            offences,
            ["README.md: link to `nowhere.md`, which is not there"]
        );
    }
}
