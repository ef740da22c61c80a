//! `cargo xtask licences`: every dependency has a licence that `deny.toml` allows.
//!
//! The same list serves `cargo deny check licenses`, which need not be installed.

use serde_json::Value;

use crate::run::{Failure, cargo, read, root, say};

/// Checks all packages of the lock file.
pub(crate) fn perform(_: &[String]) -> Result<(), Failure> {
    let deny = std::fs::read_to_string(root().join("deny.toml"))
        .map_err(|error| Failure(format!("cannot read deny.toml: {error}")))?;
    let allowed = allowed(&deny);
    let text = read(&mut cargo([
        "metadata",
        "--format-version",
        "1",
        "--locked",
    ]))?;
    let metadata: Value = serde_json::from_str(&text)
        .map_err(|error| Failure(format!("cannot understand cargo metadata: {error}")))?;
    let packages = metadata["packages"].as_array().cloned().unwrap_or_default();
    let mut bad = Vec::new();
    for package in &packages {
        let licence = package["license"].as_str().unwrap_or_default();
        if !satisfied(licence, &allowed) {
            let name = package["name"].as_str().unwrap_or_default();
            bad.push(format!("{name}: `{licence}`"));
        }
    }
    if packages.is_empty() || !bad.is_empty() {
        return Err(Failure(format!(
            "packages with a licence that deny.toml does not allow: {}",
            bad.join(", ")
        )));
    }
    say(&format!(
        "licences of {} packages are allowed",
        packages.len()
    ));
    Ok(())
}

/// The strings of `allow = [...]` under `[licenses]`.
fn allowed(deny: &str) -> Vec<String> {
    let section = deny.split("[licenses]").nth(1).unwrap_or_default();
    let list = section
        .split_once("allow = [")
        .and_then(|(_, rest)| rest.split_once(']'))
        .map_or("", |(list, _)| list);
    list.split('"')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

/// Whether an SPDX expression can be met with the allowed licences.
///
/// `OR` needs one side, `AND` both; `/` is the old way to write `OR`. An empty one cannot be met.
fn satisfied(expression: &str, allowed: &[String]) -> bool {
    let text = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let mut words = text.split_whitespace().peekable();
    let met = either(&mut words, allowed);
    met && words.next().is_none()
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn either(words: &mut Words<'_>, allowed: &[String]) -> bool {
    let mut met = both(words, allowed);
    while words.next_if_eq(&"OR").is_some() {
        // both sides are read whatever the first says
        met |= both(words, allowed);
    }
    met
}

fn both(words: &mut Words<'_>, allowed: &[String]) -> bool {
    let mut met = single(words, allowed);
    while words.next_if_eq(&"AND").is_some() {
        met &= single(words, allowed);
    }
    met
}

fn single(words: &mut Words<'_>, allowed: &[String]) -> bool {
    if words.next_if_eq(&"(").is_some() {
        let met = either(words, allowed);
        return words.next_if_eq(&")").is_some() && met;
    }
    let Some(name) = words.next() else {
        return false;
    };
    let name = match words.next_if_eq(&"WITH") {
        Some(_) => format!("{name} WITH {}", words.next().unwrap_or_default()),
        None => name.to_owned(),
    };
    allowed.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions() {
        let allowed =
            allowed("[licenses]\nallow = [\n \"MIT\",\n \"Apache-2.0\", \"X WITH y\",\n]");
        assert_eq!(allowed, ["MIT", "Apache-2.0", "X WITH y"]);
        for (expression, met) in [
            ("MIT", true),
            ("MIT OR GPL-3.0", true),
            ("GPL-3.0/MIT", true),
            ("MIT AND GPL-3.0", false),
            ("(MIT OR GPL-3.0) AND Apache-2.0", true),
            ("GPL-3.0 OR (MIT AND ISC)", false),
            ("X WITH y", true),
            ("X", false),
            ("MIT)", false),
            ("", false),
        ] {
            assert_eq!(satisfied(expression, &allowed), met, "{expression}");
        }
    }
}
