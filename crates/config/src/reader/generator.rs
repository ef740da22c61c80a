//! `~SEQ`, `~SEQx` and `~LST`: a line repeated with variables set.

use crate::diagnostic::{Class, Diagnostic};

use super::Reader;
use super::text::{Text, blank_char};

/// Most passes over the arguments of a generator; they are one short line.
const ARGUMENT_PASSES: usize = 64;

/// What a generator does.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Generator {
    Sequence(Sequence),
    List {
        variables: Vec<String>,
        rows: Vec<Vec<String>>,
    },
}

/// `~SEQ(VARIABLE, START, STEP, END)`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Sequence {
    variable: String,
    start: i64,
    step: i64,
    end: i64,
    is_hex: bool,
}

/// A generator before its arguments are understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Head {
    kind: Kind,
    /// Where the arguments start and end, without the parentheses.
    arguments: (usize, usize),
    /// Where the repeated text starts.
    body: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Decimal,
    Hexadecimal,
    List,
}

impl Reader<'_> {
    /// Takes a line that begins with a generator; false when it does not.
    pub(super) fn generate(&mut self, text: &Text<'_>, depth: usize) -> bool {
        let line = text.as_str();
        if !line.starts_with("~SEQ") && !line.starts_with("~LST") {
            return false;
        }
        let generator = head(line).and_then(|head| {
            let arguments = self.arguments(text, head.arguments)?;
            Ok((parse(head.kind, &arguments)?, head.body))
        });
        match generator {
            Ok((generator, body)) => {
                let start = text.skip_blanks(body);
                if start < line.len() {
                    let body = text.part(start, line.len());
                    self.repeat(&generator, &body, depth);
                }
            }
            Err(reason) => {
                let span = self.span(text.origin(0, line.len()));
                self.report(
                    Diagnostic::new(
                        "invalid-generator",
                        Class::General,
                        format!("{reason}; the line is left out"),
                    )
                    .at(span)
                    .help(
                        "write `~SEQ(VAR, START, STEP, END) text` or `~LST(VAR, VALUE, VALUE) text`",
                    ),
                );
            }
        }
        true
    }

    /// The arguments with their references replaced.
    fn arguments(
        &mut self,
        text: &Text<'_>,
        (start, end): (usize, usize),
    ) -> Result<String, String> {
        let mut arguments = text.part(start, end);
        for _ in 0..ARGUMENT_PASSES {
            match self.expand_once(&arguments) {
                Some(expanded) if self.spend(end - start) => arguments = expanded,
                Some(_) => break,
                None => return Ok(arguments.as_str().to_owned()),
            }
        }
        Err("the arguments refer to themselves without end".to_owned())
    }

    fn repeat(&mut self, generator: &Generator, body: &Text<'_>, depth: usize) {
        match generator {
            Generator::Sequence(sequence) => {
                for value in sequence.values() {
                    if self.is_exhausted() {
                        return;
                    }
                    let value = if sequence.is_hex {
                        format!("{value:x}")
                    } else {
                        value.to_string()
                    };
                    self.definitions.set(&sequence.variable, vec![value]);
                    self.line(body.clone(), depth + 1);
                }
            }
            Generator::List { variables, rows } => {
                for row in rows {
                    if self.is_exhausted() {
                        return;
                    }
                    for (index, variable) in variables.iter().enumerate() {
                        let value = row.get(index).cloned().unwrap_or_default();
                        self.definitions.set(variable, vec![value]);
                    }
                    self.line(body.clone(), depth + 1);
                }
            }
        }
    }
}

impl Sequence {
    fn values(&self) -> impl Iterator<Item = i64> {
        let (step, end) = (self.step, self.end);
        let is_inside = move |value: &i64| {
            if step > 0 {
                *value <= end
            } else {
                *value >= end
            }
        };
        std::iter::successors(Some(self.start), move |value| value.checked_add(step))
            .take_while(is_inside)
    }
}

/// Finds the parts of a generator line.
fn head(line: &str) -> Result<Head, String> {
    let (kind, after) = if line.starts_with("~LST") {
        (Kind::List, 4)
    } else if line.as_bytes().get(4) == Some(&b'x') {
        (Kind::Hexadecimal, 5)
    } else {
        (Kind::Decimal, 4)
    };
    let rest = line[after..].trim_start_matches(blank_char);
    if !rest.starts_with('(') {
        return Err(format!("`(` must follow `{}`", &line[..after]));
    }
    let start = line.len() - rest.len() + 1;
    let end = unquoted(&line[start..], |byte| byte == b')')
        .map(|offset| start + offset)
        .ok_or_else(|| format!("`{}(` has no `)`", &line[..after]))?;
    Ok(Head {
        kind,
        arguments: (start, end),
        body: end + 1,
    })
}

/// Offset of the first such byte outside double quotes.
fn unquoted(text: &str, mut wanted: impl FnMut(u8) -> bool) -> Option<usize> {
    let mut is_quoted = false;
    text.bytes().position(|byte| {
        is_quoted ^= byte == b'"';
        !is_quoted && wanted(byte)
    })
}

fn parse(kind: Kind, arguments: &str) -> Result<Generator, String> {
    let items = split(arguments);
    let Some((first, rest)) = items.split_first().filter(|(first, _)| !first.is_empty()) else {
        return Err("no variable is named".to_owned());
    };
    if rest.is_empty() {
        return Err(format!("nothing says which values `{first}` takes"));
    }
    match kind {
        Kind::List => list(first, rest),
        Kind::Decimal => sequence(first, rest, false),
        Kind::Hexadecimal => sequence(first, rest, true),
    }
}

fn sequence(variable: &str, numbers: &[&str], is_hex: bool) -> Result<Generator, String> {
    let numbers = numbers
        .iter()
        .map(|text| number(text).ok_or_else(|| format!("`{text}` is not a number")))
        .collect::<Result<Vec<i64>, String>>()?;
    let (start, step, end) = match *numbers.as_slice() {
        [end] => {
            let start = if end < 0 { -1 } else { 1 };
            (start, direction(start, end), end)
        }
        [start, end] => (start, direction(start, end), end),
        [start, step, end] => (start, step, end),
        _ => return Err("too many numbers; at most START, STEP and END are taken".to_owned()),
    };
    if step == 0 {
        return Err("a step of 0 never ends".to_owned());
    }
    if start != end && step.signum() != direction(start, end) {
        return Err(format!("steps of {step} never lead from {start} to {end}"));
    }
    if is_hex && (start < 0 || end < 0) {
        return Err("`~SEQx` takes no negative numbers".to_owned());
    }
    Ok(Generator::Sequence(Sequence {
        variable: variable.to_owned(),
        start,
        step,
        end,
        is_hex,
    }))
}

fn direction(start: i64, end: i64) -> i64 {
    if end < start { -1 } else { 1 }
}

/// A number as C writes it: decimal, `0x…` or octal with a leading 0.
fn number(text: &str) -> Option<i64> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let value = i64::from_str_radix(digits, radix).ok()?;
    Some(if negative { -value } else { value })
}

fn list(variables: &str, values: &[&str]) -> Result<Generator, String> {
    let variables: Vec<String> = row(variables);
    let mut rows = Vec::with_capacity(values.len());
    for value in values {
        let row = row(value);
        if row.len() > variables.len() {
            return Err(format!(
                "`{value}` has {} values for {} variables",
                row.len(),
                variables.len()
            ));
        }
        rows.push(row);
    }
    Ok(Generator::List { variables, rows })
}

/// The parts of `{a,b}`, or the one value that stands without braces; quotes are taken off.
fn row(item: &str) -> Vec<String> {
    match item
        .strip_prefix('{')
        .and_then(|item| item.strip_suffix('}'))
    {
        Some(inner) => split(inner).into_iter().map(unquote).collect(),
        None => vec![unquote(item)],
    }
}

fn unquote(item: &str) -> String {
    item.strip_prefix('"')
        .and_then(|item| item.strip_suffix('"'))
        .unwrap_or(item)
        .to_owned()
}

/// Splits at commas outside quotes and braces, and trims.
fn split(text: &str) -> Vec<&str> {
    let mut items = Vec::new();
    let mut rest = text;
    loop {
        let mut depth = 0_usize;
        let comma = unquoted(rest, |byte| {
            match byte {
                b'{' => depth += 1,
                b'}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            byte == b',' && depth == 0
        });
        let (item, after) = match comma {
            Some(comma) => (&rest[..comma], Some(&rest[comma + 1..])),
            None => (rest, None),
        };
        items.push(item.trim_matches(blank_char));
        match after {
            Some(after) => rest = after,
            None => return items,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_c_writes_them() {
        let cases = [
            ("0", Some(0)),
            ("0x10", Some(16)),
            ("020", Some(16)),
            ("-0x1", Some(-1)),
            ("+7", Some(7)),
            ("", None),
            ("-", None),
            ("08", None),
            ("0x", None),
            ("1x", None),
            ("--1", None),
            ("99999999999999999999", None),
        ];
        for (text, value) in cases {
            assert_eq!(number(text), value, "{text}");
        }
    }

    #[test]
    fn a_sequence_ends_at_the_end_of_the_number_range() {
        let sequence = Sequence {
            variable: String::new(),
            start: i64::MAX - 1,
            step: 1,
            end: i64::MAX,
            is_hex: false,
        };
        assert_eq!(sequence.values().count(), 2);
    }
}
