//! The canonical form of a file: one statement on each line, four blanks for each block it is in,
//! one blank between words, comments kept.
//!
//! Works on physical lines and follows nothing: definitions, conditionals and generators stay as
//! they are written. What is read of the new text is what was read of the old one.

use crate::reader::include;

/// Blanks for each block that a line is in.
const STEP: usize = 4;
/// Longer lines are taken apart by the reader where it must; they stay as they are.
const LONGEST: usize = 1023;

/// The canonical form of a file.
pub fn format(text: &[u8]) -> Vec<u8> {
    let mut form = Form::default();
    for line in text.split(|byte| *byte == b'\n') {
        form.line(line.strip_suffix(b"\r").unwrap_or(line));
    }
    form.text
}

/// The new text so far.
#[derive(Default)]
struct Form {
    text: Vec<u8>,
    /// Open blocks.
    depth: usize,
    /// Empty lines wait for a line that follows them.
    gap: bool,
    /// The line before went on with a `\`, in a definition.
    goes_on: bool,
    /// The line before was a conditional one that opened a block.
    opened_if: bool,
}

impl Form {
    fn line(&mut self, line: &[u8]) {
        let trimmed = trim(line);
        if self.goes_on || line.len() > LONGEST || line.contains(&0) {
            self.goes_on = self.goes_on && trimmed.ends_with(b"\\");
            return self.push(0, line);
        }
        if trimmed.is_empty() {
            self.gap = !self.text.is_empty();
            return;
        }
        let Some(comment) = comment(trimmed) else {
            return self.fixed(trimmed);
        };
        let (code, comment) = (trim(&trimmed[..comment]), &trimmed[comment..]);
        match code.first() {
            None => self.push(self.depth, comment),
            Some(b'$') if is_definition(code) => {
                self.goes_on = code.ends_with(b"\\");
                self.push(self.depth, trimmed);
            }
            Some(b'~' | b'@') => self.fixed(trimmed),
            Some(_) if cannot_be_split(code) => self.fixed(trimmed),
            Some(_) => self.statements(code, comment),
        }
    }

    /// A line that stays as it is, but for its indent.
    fn fixed(&mut self, line: &[u8]) {
        let end = comment(line).unwrap_or(line.len());
        let code = &line[..end];
        let (mut opens, mut closes, mut first) = (0_usize, 0_usize, None);
        for (_, brace) in braces(code) {
            first.get_or_insert(brace);
            if brace == b'{' {
                opens += 1;
            } else {
                closes += 1;
            }
        }
        let conditional = code.first() == Some(&b'@');
        // `@a name {` and `@b name {` after it: one of them holds, and one `}` ends it.
        if conditional && opens > closes && self.opened_if {
            return self.push(self.depth.saturating_sub(1), line);
        }
        let out = usize::from(first == Some(b'}'));
        self.push(self.depth.saturating_sub(out), line);
        self.opened_if = conditional && opens > closes;
        self.depth = (self.depth + opens).saturating_sub(closes);
    }

    /// The statements of one line, each on a line of its own; the comment goes with the first.
    fn statements(&mut self, code: &[u8], comment: &[u8]) {
        self.opened_if = false;
        let mut rest = code;
        let mut comment = Some(comment).filter(|comment| !comment.is_empty());
        while !rest.is_empty() {
            if include::is_directive(rest) {
                // The rest of the line is the name, whatever is in it.
                let line = [
                    rest,
                    if comment.is_some() { b"  " } else { b"" },
                    comment.unwrap_or(b""),
                ];
                return self.push(self.depth, &line.concat());
            }
            let found = braces(rest).next();
            let (statement, after, brace) = match found {
                Some((at, b'{')) => (&rest[..at], &rest[at + 1..], Some(b'{')),
                Some((0, b'}')) => (&rest[..0], &rest[1..], Some(b'}')),
                Some((at, _)) => (&rest[..at], &rest[at..], None),
                None => (rest, &rest[rest.len()..], None),
            };
            let mut line = one_blank(trim(statement));
            if brace == Some(b'{') && !line.is_empty() {
                line.push(b' ');
            }
            line.extend(brace);
            if brace == Some(b'}') {
                self.depth = self.depth.saturating_sub(1);
            }
            if let Some(comment) = comment.take() {
                line.extend(b"  ");
                line.extend(comment);
            }
            self.push(self.depth, &line);
            self.depth += usize::from(brace == Some(b'{'));
            rest = trim(after);
        }
    }

    fn push(&mut self, depth: usize, line: &[u8]) {
        if std::mem::take(&mut self.gap) {
            self.text.push(b'\n');
        }
        self.text.resize(self.text.len() + depth * STEP, b' ');
        self.text.extend(line);
        self.text.push(b'\n');
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | 0x0b | 0x0c | b'\r')
}

fn trim(line: &[u8]) -> &[u8] {
    let start = line.iter().position(|byte| !is_blank(*byte));
    let start = start.unwrap_or(line.len());
    let end = line.iter().rposition(|byte| !is_blank(*byte));
    &line[start..end.map_or(start, |end| end + 1)]
}

/// Where the comment of a line begins, or the line ends. `None` where the line is of a kind that
/// is better left alone: a quote stays open, or a `#` or `!` has a backslash before it.
fn comment(line: &[u8]) -> Option<usize> {
    let mut quoted = false;
    for (at, byte) in line.iter().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'#' | b'!' if !quoted => {
                let escaped = at > 0 && line[at - 1] == b'\\';
                return (!escaped).then_some(at);
            }
            _ => {}
        }
    }
    (!quoted).then_some(line.len())
}

/// `$NAME=`
fn is_definition(code: &[u8]) -> bool {
    let name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let end = code[1..].iter().position(|byte| !name(byte));
    end.is_some_and(|end| end > 0 && code[end + 1] == b'=')
}

/// After a brace stands what would mean something else at the start of a line.
fn cannot_be_split(code: &[u8]) -> bool {
    braces(code).any(|(at, _)| {
        let rest = trim(&code[at + 1..]);
        matches!(rest.first(), Some(b'~' | b'@'))
            || (rest.first() == Some(&b'$') && is_definition(rest))
    })
}

/// The braces of a line that end statements: not in quotes, not those of `${NAME}`, and not those
/// of the name that an `include` takes.
fn braces(code: &[u8]) -> impl Iterator<Item = (usize, u8)> {
    let (mut quoted, mut reference, mut begins) = (false, false, true);
    let is_conditional = code.first() == Some(&b'@');
    let start = if is_conditional {
        code.iter().position(|byte| is_blank(*byte))
    } else {
        Some(0)
    };
    let mut included = false;
    code.iter().enumerate().filter_map(move |(at, byte)| {
        if Some(at) < start || included {
            return None;
        }
        included = begins && include::is_directive(&code[at..]);
        begins = begins && is_blank(*byte);
        match byte {
            b'"' => quoted = !quoted,
            b'{' if !quoted && at > 0 && code[at - 1] == b'$' => reference = true,
            b'}' if reference => reference = false,
            b'{' | b'}' if !quoted && !reference => {
                begins = true;
                return Some((at, *byte));
            }
            _ => {}
        }
        None
    })
}

/// One blank between words, up to the first character that a script word may be quoted with.
fn one_blank(statement: &[u8]) -> Vec<u8> {
    let plain = statement
        .iter()
        .position(|byte| matches!(byte, b'"' | b'\'' | b'\\'));
    let (plain, rest) = statement.split_at(plain.unwrap_or(statement.len()));
    let mut line: Vec<u8> = Vec::with_capacity(statement.len());
    for byte in plain {
        if !is_blank(*byte) {
            line.push(*byte);
        } else if line.last() != Some(&b' ') {
            line.push(b' ');
        }
    }
    line.extend(rest);
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let new = format(text.as_bytes());
        assert_eq!(String::from_utf8_lossy(&new), expected);
        assert_eq!(format(&new), new, "the form of the form is the form");
    }

    #[test]
    fn each_statement_has_a_line_and_keeps_its_comment() {
        check(
            "\n\nvrrp_instance V{ # one\r\n\tpriority\t10#x\n\n\n virtual_ipaddress { 192.0.2.1 }\n}",
            "vrrp_instance V {  # one\n    priority 10  #x\n\n    virtual_ipaddress {\n        \
             192.0.2.1\n    }\n}\n",
        );
    }

    #[test]
    fn quotes_references_and_definitions_stay() {
        check(
            "$A=x  { \\\n   y }\n  a \"b  {\"  c ${A}  d\nscript 'x  y'\n~SEQ(V,1,2) a  { b }\n",
            "$A=x  { \\\n   y }\na \"b  {\"  c ${A}  d\nscript 'x  y'\n~SEQ(V,1,2) a  { b }\n",
        );
    }

    #[test]
    fn of_two_conditional_openings_one_counts() {
        check(
            "@a vrrp_instance A {\n@b vrrp_instance B {\nstate BACKUP\n}\nx\n",
            "@a vrrp_instance A {\n@b vrrp_instance B {\n    state BACKUP\n}\nx\n",
        );
    }

    #[test]
    fn a_word_that_means_more_at_the_start_of_a_line_does_not_get_there() {
        check("a { ~SEQ(V,1,9) x }\n", "a { ~SEQ(V,1,9) x }\n");
        check("a { ${B} }\n", "a {\n    ${B}\n}\n");
    }

    #[test]
    fn an_include_takes_the_rest_of_its_line() {
        check(
            "a {\ninclude  }/k  {x}.conf # c\n@b include {\n}\n",
            "a {\n    include  }/k  {x}.conf  # c\n    @b include {\n}\n",
        );
        check("a { include }/k {\n}\n", "a {\n    include }/k {\n}\n");
        check("includer {\ninclude\n}\n", "includer {\ninclude\n}\n");
    }

    #[test]
    fn what_cannot_be_told_apart_is_left_alone() {
        check("a \"b  c\n  x\\#y  z\n", "a \"b  c\nx\\#y  z\n");
    }
}
