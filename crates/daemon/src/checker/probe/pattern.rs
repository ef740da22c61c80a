//! Patterns over bodies that are not kept.
//!
//! keepalived has PCRE2. Here patterns run in time that is linear in the body, and those with
//! look-around and back references with a bounded number of steps. Of the body a window is kept: a
//! match that is longer than what windows have in common may be missed.
//!
//! `$` matches at the end of the body. With keepalived 2.2.7 `up$` did not match the body `all is
//! up` with a line break: it seems to wait for more.

use fancy_regex::{BytesMode, Regex, RegexBuilder, RegexInput};
use vipd_config::model::lvs::Pattern;

/// Bytes that are looked at together.
pub const WINDOW_BYTES: usize = 256 * 1024;

/// Bytes that two windows have in common.
const OVERLAP_BYTES: usize = 64 * 1024;

/// Steps back that one search may take.
const BACKTRACKS_MAX: usize = 100_000;

/// Size of a compiled pattern, bytes.
const COMPILED_BYTES_MAX: usize = 4 << 20;

/// A pattern that can be searched for.
#[derive(Debug)]
pub struct Compiled {
    regex: Regex,
    must_not_match: bool,
    min_offset: u64,
    max_offset: u64,
    first_line: bool,
}

impl Compiled {
    /// Compiles a pattern; the error says what is wrong with it.
    pub fn new(pattern: &Pattern) -> Result<Self, String> {
        let has = |option: &str| pattern.options.iter().any(|known| known == option);
        let text = if has("ungreedy") {
            format!("(?U){}", pattern.text)
        } else {
            pattern.text.clone()
        };
        let text = if has("multiline") || has("dollar_endonly") {
            text
        } else {
            dollars(&text)
        };
        let build = |mode| {
            RegexBuilder::new(&text)
                .case_insensitive(has("caseless"))
                .multi_line(has("multiline"))
                .dot_matches_new_line(has("dotall"))
                .verbose_mode(has("extended"))
                .bytes_mode(mode)
                .backtrack_limit(BACKTRACKS_MAX)
                .delegate_size_limit(COMPILED_BYTES_MAX)
                .build()
        };
        let regex = if has("utf") || has("ucp") {
            // Which letters belong together beyond ASCII is not known: the table would cost every
            // process its memory.
            build(BytesMode::UnicodeBytes).or_else(|_| build(BytesMode::Ascii))
        } else {
            build(BytesMode::Ascii)
        };
        let regex = regex.map_err(|error| format!("regex `{}`: {error}", pattern.text))?;
        Ok(Self {
            regex,
            must_not_match: pattern.must_not_match,
            min_offset: pattern.min_offset.into(),
            max_offset: pattern.max_offset.map_or(u64::MAX, u64::from),
            first_line: has("firstline"),
        })
    }
}

/// Lets `$` match before a line break at the very end too, as in PCRE2.
fn dollars(pattern: &str) -> String {
    let (mut out, mut escaped, mut in_class) = (String::new(), false, false);
    for c in pattern.chars() {
        match c {
            _ if escaped => {}
            '[' => in_class = true,
            ']' => in_class = false,
            '$' if !in_class => {
                out.push_str(r"(?=\n?\z)");
                continue;
            }
            _ => {}
        }
        escaped = c == '\\' && !escaped;
        out.push(c);
    }
    out
}

/// A search through a body that comes in pieces.
#[derive(Debug)]
pub struct Search<'a> {
    pattern: &'a Compiled,
    window: Vec<u8>,
    /// Offset of the window in the body.
    base: u64,
    found: bool,
    /// The last offset at which a match may begin.
    max_offset: u64,
}

impl<'a> Search<'a> {
    /// A search that has seen nothing.
    pub fn new(pattern: &'a Compiled) -> Self {
        Self {
            pattern,
            window: Vec::new(),
            base: 0,
            found: false,
            max_offset: pattern.max_offset,
        }
    }

    /// Looks through the next piece.
    pub fn push(&mut self, mut bytes: &[u8]) -> Result<(), String> {
        while !self.found && !bytes.is_empty() && self.base <= self.max_offset {
            let room = WINDOW_BYTES - self.window.len();
            let (now, later) = bytes.split_at(bytes.len().min(room));
            if self.pattern.first_line {
                self.end_at_line(now);
            }
            self.window.extend_from_slice(now);
            bytes = later;
            if self.window.len() == WINDOW_BYTES {
                self.look(false)?;
                let dropped = WINDOW_BYTES - OVERLAP_BYTES;
                self.window.drain(..dropped);
                self.base += dropped as u64;
            }
        }
        Ok(())
    }

    /// A match must begin before the first line break.
    fn end_at_line(&mut self, piece: &[u8]) {
        if let Some(at) = piece.iter().position(|&byte| byte == b'\n') {
            let at = self.base + (self.window.len() + at) as u64;
            self.max_offset = self.max_offset.min(at);
        }
    }

    /// Looks through the window. The first byte of a later window is only what comes before.
    fn look(&mut self, is_whole: bool) -> Result<(), String> {
        let before = usize::from(self.base > 0);
        let first = self.pattern.min_offset.saturating_sub(self.base);
        let mut start = usize::try_from(first).unwrap_or(usize::MAX).max(before);
        while start <= self.window.len() {
            let input = RegexInput::new(self.window.as_slice()).from_pos(start);
            let found = self
                .pattern
                .regex
                .find_input(input)
                .map_err(|error| format!("regex gives up: {error}"))?;
            let Some(found) = found else { return Ok(()) };
            if self.base + found.start() as u64 > self.max_offset {
                return Ok(());
            }
            // What touches the end of the window may be otherwise with what comes.
            if is_whole || found.end() < self.window.len() {
                self.found = true;
                return Ok(());
            }
            start = found.start() + 1;
        }
        Ok(())
    }

    /// Judges: the body is over.
    pub fn finish(mut self) -> Result<(), String> {
        if !self.found && self.base <= self.max_offset {
            self.look(true)?;
        }
        match (self.found, self.pattern.must_not_match) {
            (true, true) => Err("the body matches the regex".into()),
            (false, false) => Err("the body does not match the regex".into()),
            (true, false) | (false, true) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str, options: &[&str]) -> Pattern {
        Pattern {
            text: text.into(),
            options: options.iter().map(ToString::to_string).collect(),
            ..Pattern::default()
        }
    }

    fn matches(pattern: &Pattern, body: &[u8], piece: usize) -> Result<bool, String> {
        let compiled = Compiled::new(pattern).unwrap();
        let mut search = Search::new(&compiled);
        for bytes in body.chunks(piece) {
            search.push(bytes)?;
        }
        Ok(search.finish().is_ok())
    }

    #[test]
    fn patterns_mean_what_they_mean_in_pcre2() {
        let cases: &[(&str, &[&str], &[u8], bool)] = &[
            ("up", &[], b"all is up\n", true),
            ("UP", &[], b"all is up\n", false),
            ("UP", &["caseless"], b"all is up\n", true),
            ("up$", &[], b"all is up\n", true),
            ("up$", &["dollar_endonly"], b"all is up\n", false),
            (r"up\$", &[], b"up$ ", true),
            ("[$]up", &[], b"$up ", true),
            ("^is", &[], b"all\nis up", false),
            ("^is", &["multiline"], b"all\nis up", true),
            ("all.is", &[], b"all\nis", false),
            ("all.is", &["dotall"], b"all\nis", true),
            ("a l l", &["extended"], b"all", true),
            ("is", &["firstline"], b"all\nis up", false),
            ("(?<!not )up", &[], b"not up", false),
            (r"(\w)\1", &[], b"balloon", true),
            ("caf.$", &[], b"caf\xe9", true),
            ("caf.$", &["utf"], "café".as_bytes(), true),
            ("caf.$", &[], "café".as_bytes(), false),
            ("CAFé$", &["utf", "caseless"], "café".as_bytes(), true),
            ("(?i)CAFé$", &["utf"], "café".as_bytes(), true),
            (r"^\w+$", &["utf"], "café".as_bytes(), true),
        ];
        for (text, options, body, expected) in cases {
            for piece in [1, 3, 1000] {
                let seen = matches(&pattern(text, options), body, piece);
                assert_eq!(
                    seen,
                    Ok(*expected),
                    "{text} {options:?} in pieces of {piece}"
                );
            }
        }
    }

    #[test]
    fn offsets_say_where_a_match_may_begin() {
        for (min, max, expected) in [
            (0, None, true),
            (7, None, true),
            (8, None, false),
            (0, Some(7), true),
            (0, Some(6), false),
        ] {
            let pattern = Pattern {
                min_offset: min,
                max_offset: max,
                ..pattern("up", &[])
            };
            assert_eq!(
                matches(&pattern, b"all is up", 4),
                Ok(expected),
                "{min} {max:?}"
            );
        }
    }

    #[test]
    fn what_lies_across_windows_is_found() {
        for before in [WINDOW_BYTES - 3, WINDOW_BYTES, 3 * WINDOW_BYTES] {
            let mut body = vec![b'.'; before];
            body.extend(b"needle");
            body.extend(vec![b'.'; 2 * WINDOW_BYTES]);
            assert_eq!(matches(&pattern("needle", &[]), &body, 16_000), Ok(true));
            assert_eq!(matches(&pattern("^needle", &[]), &body, 16_000), Ok(false));
            assert_eq!(matches(&pattern("needle$", &[]), &body, 16_000), Ok(false));
        }
    }

    #[test]
    fn patterns_that_would_run_for_ever_end() {
        let mut body = vec![b'a'; 10_000];
        body.push(b'!');
        for text in [
            "(a+)+b",
            r"^(?:(?!x)(a|aa))+$",
            r"(?=(a+)+b)\1c",
            r"(a*)(a*)(a*)\1\2\3b",
            r"(?<!b)(a+)+\1$",
        ] {
            let verdict = matches(&pattern(text, &[]), &body, 1000);
            assert_ne!(verdict, Ok(true), "{text}");
        }
    }

    #[test]
    fn a_pattern_that_is_none_says_so() {
        let error = Compiled::new(&pattern("(", &[])).unwrap_err();
        assert!(error.starts_with("regex `(`: "), "{error}");
    }
}
