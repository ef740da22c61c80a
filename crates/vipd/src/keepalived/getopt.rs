//! Reads a command line as `getopt_long` of the C library does: letters in one word, values in
//! the same or the next word, unambiguous beginnings of long names, words in between.

use super::options::{OPTIONS, Row, Takes};
use super::request::Request;

/// Reads a command line, program name not included. Never fails: what is wrong with it is in
/// the request.
pub(super) fn parse(arguments: &[String]) -> Request {
    let mut request = Request::new();
    let mut words = arguments.iter().map(String::as_str);
    while let Some(word) = words.next() {
        if word == "--" {
            request.unexpected.extend(words.by_ref().map(str::to_owned));
        } else if let Some(name) = word.strip_prefix("--") {
            long(&mut request, word, name, &mut words);
        } else if let Some(letters) = word.strip_prefix('-').filter(|rest| !rest.is_empty()) {
            short(&mut request, letters, &mut words);
        } else {
            request.unexpected.push(word.to_owned());
        }
        if request.answer.is_some() {
            break;
        }
    }
    request
}

/// `--name`, `--name=value`, `--name value`.
fn long<'a>(
    request: &mut Request,
    word: &str,
    text: &str,
    words: &mut impl Iterator<Item = &'a str>,
) {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (text, None),
    };
    let unknown = |request: &mut Request| {
        request.messages.push(format!("Unknown option {word}"));
        request.bad = true;
    };
    let Some(row) = by_name(name) else {
        return unknown(request);
    };
    match row.takes {
        Takes::Nothing(_) if value.is_some() => unknown(request),
        // keepalived takes an empty value for a missing one
        Takes::Value(..) => match value.or_else(|| words.next()).filter(|v| !v.is_empty()) {
            Some(value) => perform(request, row, Some(value)),
            None => missing(request, &format!("--{}", row.long)),
        },
        Takes::Nothing(_) | Takes::Maybe(..) => perform(request, row, value),
    }
}

/// `-nlD`, `-fFILE`, `-f FILE`.
fn short<'a>(request: &mut Request, letters: &str, words: &mut impl Iterator<Item = &'a str>) {
    let mut rest = letters.chars();
    while let Some(letter) = rest.next() {
        let Some(row) = OPTIONS.iter().find(|row| row.short == Some(letter)) else {
            request.messages.push(format!("Unknown option -{letter}"));
            request.bad = true;
            continue;
        };
        let attached = Some(rest.as_str()).filter(|text| !text.is_empty());
        match row.takes {
            Takes::Nothing(_) => perform(request, row, None),
            Takes::Maybe(..) => return perform(request, row, attached),
            Takes::Value(..) => {
                return match attached.or_else(|| words.next()) {
                    Some(value) => perform(request, row, Some(value)),
                    None => missing(request, &format!("-{letter}")),
                };
            }
        }
        if request.answer.is_some() {
            return;
        }
    }
}

/// The option with this name, or the only one whose name begins so.
fn by_name(name: &str) -> Option<&'static Row> {
    if let Some(row) = OPTIONS.iter().find(|row| row.long == name) {
        return Some(row);
    }
    let mut rows = OPTIONS
        .iter()
        .filter(|row| !name.is_empty() && row.long.starts_with(name));
    let first = rows.next()?;
    rows.next().is_none().then_some(first)
}

/// Notes that an option lacks its value.
fn missing(request: &mut Request, option: &str) {
    request
        .messages
        .push(format!("Missing parameter for option {option}"));
    request.bad = true;
}

/// Does what an option does.
fn perform(request: &mut Request, row: &Row, value: Option<&str>) {
    if let Some(part) = row.without_effect {
        request.without_effect.push((row.long, part));
    }
    match row.takes {
        Takes::Nothing(act) => act(request),
        Takes::Value(_, act) => act(request, value.unwrap_or_default()),
        Takes::Maybe(_, act) => act(request, value),
    }
}

#[cfg(test)]
mod tests {
    use super::super::request::{Question, TestOutput};
    use super::*;

    fn read(line: &str) -> Request {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        parse(&words)
    }

    #[test]
    fn letters_may_share_a_word_and_values_may_be_attached() {
        for line in ["-nlDDf /a/b", "-nlDDf/a/b", "-n -l -D -D --use-file=/a/b"] {
            let options = read(line).options;
            assert!(options.foreground && options.log.console, "{line}");
            assert_eq!(options.log.detail, 2, "{line}");
            assert_eq!(options.config_file, "/a/b", "{line}");
        }
    }

    #[test]
    fn a_third_d_changes_nothing() {
        assert_eq!(read("-DDDD").options.log.detail, 2);
    }

    #[test]
    fn an_optional_value_is_never_the_next_word() {
        let request = read("-t file");
        assert_eq!(request.test, Some(TestOutput::Stderr));
        assert_eq!(request.unexpected, ["file"]);
        assert_eq!(read("-tfile").test, Some(TestOutput::File("file".into())));
        let long = read("--config-test=file");
        assert_eq!(long.test, Some(TestOutput::File("file".into())));
    }

    #[test]
    fn long_names_may_be_shortened_while_unambiguous() {
        assert!(read("--dont-f").options.foreground);
        assert!(read("--dont-rel").bad, "two options begin so");
        assert!(read("--snmp").messages.is_empty(), "an exact name wins");
        assert!(read("--sn").bad);
        assert!(read("--=x").bad);
    }

    #[test]
    fn what_is_wrong_is_said_and_the_rest_is_read() {
        let request = read("-nZ --foo --vrrp=3 a -- -b -f");
        assert!(request.bad && request.options.foreground);
        assert_eq!(
            request.messages,
            [
                "Unknown option -Z",
                "Unknown option --foo",
                "Unknown option --vrrp=3"
            ]
        );
        assert_eq!(request.unexpected, ["a", "-b", "-f"]);
        assert_eq!(read("-f").messages, ["Missing parameter for option -f"]);
        assert_eq!(
            read("--use-file= -t").messages,
            ["Missing parameter for option --use-file"]
        );
    }

    #[test]
    fn a_question_ends_the_reading() {
        let request = read("-nlZv -Y");
        assert_eq!(request.answer, Some(Question::Version));
        assert_eq!(request.messages, ["Unknown option -Z"]);
        let signal = read("a --sig STOP RELOAD");
        assert_eq!(signal.answer, Some(Question::Signal("STOP".into())));
    }

    #[test]
    fn options_of_absent_parts_are_named_in_one_line() {
        assert_eq!(
            read("-x -A s -x -I").warning().as_deref(),
            Some("accepted, but without effect: --snmp (SNMP), --snmp-agent-socket (SNMP)")
        );
        assert_eq!(read("-n -B --all").warning(), None);
    }
}
