//! `$NAME=VALUE` definitions, the standard ones, and references to them.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::text::blank_char;

/// Everything defined so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Definitions {
    values: BTreeMap<String, Rc<[String]>>,
}

/// A definition whose last line has not come yet.
#[derive(Clone, Debug)]
pub(super) struct Unfinished {
    pub(super) name: String,
    pub(super) lines: Vec<String>,
}

/// `$NAME`, `${NAME}` or `${NAME PARAMETERS}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reference<'a> {
    pub(super) name: &'a str,
    /// Words after the name, within the braces.
    pub(super) parameters: &'a str,
    /// Length with the `$` and the braces.
    pub(super) len: usize,
}

impl Definitions {
    /// Defines or redefines `name`; the value has one line or more.
    pub(super) fn set(&mut self, name: &str, lines: Vec<String>) {
        let lines: Rc<[String]> = lines.into();
        match self.values.get_mut(name) {
            Some(value) => *value = lines,
            None => drop(self.values.insert(name.to_owned(), lines)),
        }
    }

    /// The lines of a definition in the files.
    pub(super) fn lines(&self, name: &str) -> Option<Rc<[String]>> {
        self.values.get(name).cloned()
    }

    /// Names defined in the files.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }
}

/// Splits `$NAME=VALUE` into name and value.
pub(super) fn definition(line: &str) -> Option<(&str, &str)> {
    let rest = line.strip_prefix('$')?;
    let (name, value) = rest.split_at(identifier(rest));
    let value = value.strip_prefix('=')?;
    (!name.is_empty()).then_some((name, value))
}

/// The reference at the start of `text`, which begins with `$`.
///
/// Without braces a blank, `,`, `)` or the end of the line must follow the name.
pub(super) fn reference(text: &str) -> Option<Reference<'_>> {
    let rest = text.strip_prefix('$')?;
    let Some(braced) = rest.strip_prefix('{') else {
        let name = &rest[..identifier(rest)];
        let ends = rest[name.len()..]
            .chars()
            .next()
            .is_none_or(|next| blank_char(next) || matches!(next, ',' | ')'));
        return (ends && !name.is_empty()).then_some(Reference {
            name,
            parameters: "",
            len: 1 + name.len(),
        });
    };
    let name = &braced[..identifier(braced)];
    let after = &braced[name.len()..];
    let parameters = match after.chars().next()? {
        '}' => "",
        next if blank_char(next) && matches!(name, "_RANDOM" | "_ENV") => {
            &after[..after.find('}')?]
        }
        _ => return None,
    };
    (!name.is_empty()).then_some(Reference {
        name,
        parameters: parameters.trim_matches(blank_char),
        len: 2 + name.len() + parameters.len() + 1,
    })
}

/// Length of the name at the start of `text`: a letter or `_`, then letters, digits, `_`.
pub(super) fn identifier(text: &str) -> usize {
    let bytes = text.as_bytes();
    match bytes.first() {
        Some(first) if first.is_ascii_alphabetic() || *first == b'_' => bytes
            .iter()
            .position(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'_'))
            .unwrap_or(bytes.len()),
        _ => 0,
    }
}

/// Random numbers of `${_RANDOM}`: splitmix64.
#[derive(Clone, Copy, Debug)]
pub(super) struct Random(pub(super) u64);

impl Random {
    /// A number from `min` to `max`; `min` when that range is empty.
    pub(super) fn between(&mut self, min: i64, max: i64) -> i64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        let range = i128::from(max) - i128::from(min) + 1;
        if range <= 1 {
            return min;
        }
        let offset = i128::from(bits) % range;
        i64::try_from(i128::from(min) + offset).unwrap_or(min)
    }
}
