//! File name patterns as glob(3) has them, with `{a,b}`.

use crate::files::{EntryKind, Files};

/// Most alternatives that the braces of one pattern make.
const ALTERNATIVES: usize = 1024;

/// What makes a name a pattern.
const WILDCARDS: [char; 3] = ['*', '?', '['];

/// Most paths that one pattern matches.
const PATHS: usize = 16_384;

/// What a pattern stands for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Expansion {
    /// Existing paths: the alternatives of braces in their order, each sorted.
    pub(super) paths: Vec<String>,
    /// Alternatives that match nothing.
    pub(super) missing: Vec<Missing>,
    /// Some alternative has a wildcard.
    pub(super) has_wildcard: bool,
    /// How many names were compared.
    pub(super) visited: usize,
}

/// An alternative that matches nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Missing {
    pub(super) pattern: String,
    /// It ended at a wildcard in a directory that exists: nothing was named that is not there.
    pub(super) is_empty_wildcard: bool,
}

/// Expands a pattern that is relative to `directory` (empty: the current one).
pub(super) fn expand(files: &dyn Files, directory: &str, pattern: &str) -> Expansion {
    let mut found = Expansion::default();
    for alternative in braces(pattern) {
        let is_wildcard = alternative.contains(WILDCARDS);
        found.has_wildcard |= is_wildcard;
        let before = found.paths.len();
        let mut is_empty_wildcard = false;
        if is_wildcard {
            is_empty_wildcard = matches(files, directory, &alternative, &mut found);
        } else {
            let path = join(directory, &unescaped(&alternative));
            found.visited += 1;
            if files.entry(&path).is_some() {
                found.paths.push(path);
            }
        }
        if found.paths.len() == before {
            found.missing.push(Missing {
                pattern: alternative,
                is_empty_wildcard,
            });
        }
    }
    found
}

/// Joins a path to the directory it is relative to.
fn join(directory: &str, path: &str) -> String {
    match directory {
        "" => path.to_owned(),
        _ if path.starts_with('/') => path.to_owned(),
        _ if directory.ends_with('/') => format!("{directory}{path}"),
        _ => format!("{directory}/{path}"),
    }
}

/// Follows the components of a pattern, and adds what exists. True when it ended at a
/// wildcard that nothing matches.
fn matches(files: &dyn Files, directory: &str, pattern: &str, found: &mut Expansion) -> bool {
    let (mut bases, rest) = match pattern.strip_prefix('/') {
        Some(rest) => (vec!["/".to_owned()], rest),
        None => (vec![directory.to_owned()], pattern),
    };
    let components: Vec<&str> = rest.split('/').filter(|part| !part.is_empty()).collect();
    for (index, component) in components.iter().enumerate() {
        let is_last = index + 1 == components.len();
        let mut next = Vec::new();
        for base in &bases {
            step(files, base, component, is_last, (&mut next, found));
            if next.len() >= PATHS {
                break;
            }
        }
        if next.is_empty() {
            return component.contains(WILDCARDS);
        }
        bases = next;
    }
    found.paths.extend(bases);
    false
}

/// Follows one component from one directory.
fn step(
    files: &dyn Files,
    base: &str,
    component: &str,
    is_last: bool,
    (next, found): (&mut Vec<String>, &mut Expansion),
) {
    let fits = |path: &str| {
        files
            .entry(path)
            .is_some_and(|entry| is_last || entry.kind == EntryKind::Directory)
    };
    if !component.contains(WILDCARDS) {
        let path = join(base, &unescaped(component));
        found.visited += 1;
        if fits(&path) {
            next.push(path);
        }
        return;
    }
    let mut names = files.list(base);
    names.sort_unstable();
    found.visited += names.len();
    let pattern: Vec<char> = component.chars().collect();
    next.extend(
        names
            .iter()
            .filter(|name| !name.starts_with('.') || component.starts_with('.'))
            .filter(|name| is_match(&pattern, name))
            .map(|name| join(base, name))
            .filter(|path| fits(path))
            .take(PATHS),
    );
}

/// The alternatives of `{a,b}`, nested too, in order. An unbalanced or empty brace is text.
fn braces(pattern: &str) -> Vec<String> {
    let mut done = Vec::new();
    let mut open = vec![pattern.to_owned()];
    while let Some(pattern) = open.pop() {
        match first_braces(&pattern) {
            Some((before, parts, after))
                if done.len() + open.len() + parts.len() <= ALTERNATIVES =>
            {
                // Put on the stack in reverse, so that they come off in order.
                open.extend(
                    parts
                        .iter()
                        .rev()
                        .map(|part| format!("{before}{part}{after}")),
                );
            }
            _ => done.push(pattern),
        }
    }
    done
}

/// Text before, alternatives in, and text after the first braces.
fn first_braces(pattern: &str) -> Option<(&str, Vec<&str>, &str)> {
    let start = pattern.find('{').filter(|_| !pattern.contains("{}"))?;
    let mut depth = 0_usize;
    let mut from = start + 1;
    let mut parts = Vec::new();
    for (offset, byte) in pattern.bytes().enumerate().skip(start) {
        match byte {
            b'{' => depth += 1,
            b',' if depth == 1 => {
                parts.push(&pattern[from..offset]);
                from = offset + 1;
            }
            b'}' if depth == 1 => {
                parts.push(&pattern[from..offset]);
                return Some((&pattern[..start], parts, &pattern[offset + 1..]));
            }
            b'}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// The text without its escaping backslashes.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => plain.extend(characters.next()),
            _ => plain.push(character),
        }
    }
    plain
}

/// Whether a name matches a pattern of `*`, `?`, `[…]` and escaped characters.
///
/// Takes at most pattern length times name length steps.
fn is_match(pattern: &[char], name: &str) -> bool {
    let name: Vec<char> = name.chars().collect();
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        if pattern.get(p) == Some(&'*') {
            star = Some((p + 1, n));
            p += 1;
            continue;
        }
        match one(&pattern[p.min(pattern.len())..], name[n]) {
            Some(used) => {
                p += used;
                n += 1;
            }
            None => match star {
                Some((after, at)) => {
                    star = Some((after, at + 1));
                    p = after;
                    n = at + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|rest| *rest == '*')
}

/// Length of the first pattern element when it matches the character.
fn one(pattern: &[char], character: char) -> Option<usize> {
    match *pattern {
        ['?', ..] => Some(1),
        ['\\', escaped, ..] => (escaped == character).then_some(2),
        ['[', ref set @ ..] => match set_end(set) {
            Some(end) => in_set(&set[..end], character).then_some(end + 2),
            None => (character == '[').then_some(1),
        },
        [plain, ..] => (plain == character).then_some(1),
        [] => None,
    }
}

/// Offset of the `]` that ends a set; one that stands first is a member.
fn set_end(set: &[char]) -> Option<usize> {
    let first = usize::from(matches!(set.first(), Some('!' | '^'))) + 1;
    (first..set.len()).find(|index| set[*index] == ']')
}

fn in_set(set: &[char], character: char) -> bool {
    let (is_negated, members) = match set {
        ['!' | '^', members @ ..] => (true, members),
        members => (false, members),
    };
    let mut members = members;
    let mut is_member = false;
    while let [low, rest @ ..] = members {
        if let ['-', high, after @ ..] = rest {
            is_member |= (low..=high).contains(&&character);
            members = after;
        } else {
            is_member |= *low == character;
            members = rest;
        }
    }
    is_member != is_negated
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::MemoryFiles;

    #[test]
    fn braces_expand_in_order() {
        let cases = [
            ("a", "a"),
            ("{a,b}c", "ac bc"),
            ("x{a,{b,c}d}", "xa xbd xcd"),
            ("{a,b}{1,2}", "a1 a2 b1 b2"),
            ("{a", "{a"),
            ("a}", "a}"),
            ("{}a{b,c}", "{}a{b,c}"),
            ("{a,}", "a "),
        ];
        for (pattern, expected) in cases {
            assert_eq!(braces(pattern).join(" "), expected, "{pattern}");
        }
    }

    #[test]
    fn braces_that_multiply_are_bounded() {
        assert!(braces(&"{a,b}".repeat(200)).len() <= ALTERNATIVES);
    }

    #[test]
    fn names_match_patterns() {
        let cases = [
            ("*", "abc", true),
            ("a*c", "abbc", true),
            ("a*c", "abcd", false),
            ("*.conf", "x.conf", true),
            ("?", "", false),
            ("?", "ä", true),
            ("[a-c]x", "bx", true),
            ("[!a-c]x", "bx", false),
            ("[]]", "]", true),
            ("[a-]", "-", true),
            ("[ab", "[ab", true),
            ("\\*", "*", true),
            ("\\*", "a", false),
            ("a**b", "ab", true),
        ];
        for (pattern, name, expected) in cases {
            let characters: Vec<char> = pattern.chars().collect();
            assert_eq!(is_match(&characters, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn hostile_patterns_do_not_backtrack_without_end() {
        let pattern: Vec<char> = "*a".repeat(500).chars().collect();
        assert!(!is_match(&pattern, &"a".repeat(400)));
    }

    #[test]
    fn wildcards_stand_in_directories_too() {
        let mut files = MemoryFiles::new();
        files.add("/c/a/1.conf", "").add("/c/b/2.conf", "");
        files.add("/c/a/.hidden.conf", "").add("/c/plain", "");
        let found = expand(&files, "/c", "*/*.conf");
        assert_eq!(found.paths, ["/c/a/1.conf", "/c/b/2.conf"]);
        let found = expand(&files, "/c", "{plain,none,z*}");
        assert_eq!(found.paths, ["/c/plain"]);
        let missing: Vec<_> = found.missing.iter().map(|m| m.pattern.as_str()).collect();
        assert_eq!(missing, ["none", "z*"]);
    }
}
