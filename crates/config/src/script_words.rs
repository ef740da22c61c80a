//! Splitting of lines and commands by rules like those of a shell.
//!
//! keepalived reads a line with a command twice: the `raw` text of the whole line gives
//! the keyword and words 1, 2, 3 (command, user, group), then word 1 gives program and
//! arguments. Both times the rules are the same, so [`split_command`] serves for both.

use crate::diagnostic::codes::Code;

/// Codes of the diagnostics about commands that cannot be split.
pub static CODES: &[Code] = &[Code {
    name: "unsplittable-command",
    explanation: "A line with a command is split by rules like those of a shell, first into command, \
                  user and group, then the command into program and arguments. A quote, `'` or `\"`, \
                  that is not closed, or a backslash at the end, makes that impossible, and no script \
                  is set. Commands with arguments must be quoted as a whole: \
                  `script \"/bin/check 'one argument' another\"`.",
}];

/// Why a line or a command cannot be split; keepalived then takes no script from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsplittable {
    /// This quote is never closed.
    Unterminated(char),
    /// A backslash ends the text.
    EscapeAtEnd,
}

impl std::fmt::Display for Unsplittable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unterminated(quote) => write!(f, "no closing `{quote}`"),
            Self::EscapeAtEnd => f.write_str("nothing follows the last `\\`"),
        }
    }
}

impl std::error::Error for Unsplittable {}

/// Splits a line, or a command, into words.
///
/// Blanks and line ends separate. `'` and `"` quote, and join with the text beside them.
/// In and out of quotes a backslash escapes: `\a \b \E \f \n \r \t \v`, `\xHH`, `\ooo`,
/// `\cX` (a control character), and any other character stands for itself. As in C, a
/// NUL ends its word. Bytes that make no UTF-8 become U+FFFD.
pub fn split_command(raw: &str) -> Result<Vec<String>, Unsplittable> {
    let mut words = Vec::new();
    let mut word: Option<Vec<u8>> = None;
    let mut quote = None;
    let mut rest = raw.as_bytes();
    while let [byte, after @ ..] = rest {
        rest = after;
        match *byte {
            b'\\' => {
                let (value, used) = escaped(rest).ok_or(Unsplittable::EscapeAtEnd)?;
                word.get_or_insert_default().push(value);
                rest = &rest[used..];
            }
            byte if quote == Some(byte) => quote = None,
            byte @ (b'"' | b'\'') if quote.is_none() => {
                quote = Some(byte);
                word.get_or_insert_default();
            }
            b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c if quote.is_none() => {
                words.extend(word.take().map(finished));
            }
            byte => word.get_or_insert_default().push(byte),
        }
    }
    if let Some(quote) = quote {
        return Err(Unsplittable::Unterminated(char::from(quote)));
    }
    words.extend(word.map(finished));
    Ok(words)
}

fn finished(mut word: Vec<u8>) -> String {
    if let Some(end) = word.iter().position(|byte| *byte == 0) {
        word.truncate(end);
    }
    String::from_utf8_lossy(&word).into_owned()
}

/// The byte that an escape stands for, and its length without the backslash.
fn escaped(rest: &[u8]) -> Option<(u8, usize)> {
    let found = match *rest {
        [] | [b'c'] => return None,
        [b'a', ..] => (0x07, 1),
        [b'b', ..] => (0x08, 1),
        [b'E', ..] => (0x1b, 1),
        [b'f', ..] => (0x0c, 1),
        [b'n', ..] => (b'\n', 1),
        [b'r', ..] => (b'\r', 1),
        [b't', ..] => (b'\t', 1),
        [b'v', ..] => (0x0b, 1),
        [b'x', ref digits @ ..] => match number(digits, 16, 2) {
            (_, 0) => (b'x', 1),
            (value, used) => (value, 1 + used),
        },
        [b'0'..=b'7', ..] => number(rest, 8, 3),
        [b'c', letter, ..] => (letter & 0x1f, 2),
        [other, ..] => (other, 1),
    };
    Some(found)
}

/// The value of at most `most` digits, and how many there are.
fn number(digits: &[u8], radix: u32, most: usize) -> (u8, usize) {
    let values = digits
        .iter()
        .take(most)
        .map_while(|digit| char::from(*digit).to_digit(radix));
    let (value, used) = values.fold((0, 0), |(value, used), digit| {
        (value * radix + digit, used + 1)
    });
    // `\777` is more than a byte; as in C only its low eight bits count.
    (value.to_le_bytes()[0], used)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(raw: &str, expected: &[&str]) {
        let expected: Vec<String> = expected.iter().map(|word| (*word).to_owned()).collect();
        assert_eq!(split_command(raw), Ok(expected), "{raw}");
    }

    #[test]
    fn blanks_separate() {
        check("", &[]);
        check(" \t\r\n ", &[]);
        check("a  b\tc\u{b}d\u{c}e\nf", &["a", "b", "c", "d", "e", "f"]);
    }

    #[test]
    fn both_quotes_quote_and_join() {
        check(
            "script '/bin/sh -c' user",
            &["script", "/bin/sh -c", "user"],
        );
        check("/bin/echo\" a b\"c", &["/bin/echo a bc"]);
        check("a'b c'd\"e f\"", &["ab cde f"]);
        check("'say \"x\"' \"it's\"", &["say \"x\"", "it's"]);
        check("\"\" ''", &["", ""]);
    }

    #[test]
    fn a_quote_without_blank_joins_the_keyword() {
        check("script\"/bin/x\" y", &["script/bin/x", "y"]);
    }

    #[test]
    fn escapes_hold_in_and_out_of_quotes() {
        check(r"a\ b 'c\'d' \\ \q", &["a b", "c'd", "\\", "q"]);
        check(r"\a\b\E\f\n\r\t\v", &["\u{7}\u{8}\u{1b}\u{c}\n\r\t\u{b}"]);
        check(r"\x41\x4a4\x \101\1234\60", &["AJ4x", "AS40"]);
        check(r"\cA\cz\e", &["\u{1}\u{1a}e"]);
        check(r"\xc3\xa9 \xff", &["é", "\u{fffd}"]);
        check(r"\777", &["\u{fffd}"]);
    }

    #[test]
    fn a_nul_ends_its_word() {
        check(r"a\0b \x00 c", &["a", "", "c"]);
    }

    #[test]
    fn a_command_is_split_twice() {
        let line = split_command(r#"notify "/bin/echo \"q r\" 'it is'" root wheel"#).unwrap();
        assert_eq!(line[2..], ["root", "wheel"]);
        check(&line[1], &["/bin/echo", "q r", "it is"]);
    }

    #[test]
    fn what_is_not_closed_is_refused() {
        let cases = [
            ("a 'b", Unsplittable::Unterminated('\'')),
            ("\"a 'b' ", Unsplittable::Unterminated('"')),
            ("a\\", Unsplittable::EscapeAtEnd),
            ("\"a\\\"", Unsplittable::Unterminated('"')),
            ("a\\c", Unsplittable::EscapeAtEnd),
        ];
        for (raw, error) in cases {
            assert_eq!(split_command(raw), Err(error), "{raw}");
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics(raw in ".*") {
            let _: Result<_, _> = split_command(&raw);
        }

        #[test]
        fn quoted_words_come_back(words in proptest::collection::vec("[^\0'\"\\\\]*", 0..5)) {
            let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
            proptest::prop_assert_eq!(split_command(&quoted.join(" ")), Ok(words));
        }
    }
}
