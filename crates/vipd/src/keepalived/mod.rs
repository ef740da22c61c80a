//! keepalived's command line, for when the program is called by that name.

mod getopt;
mod options;
mod request;
mod test;

use std::ffi::OsString;

use vipd_daemon::supervisor::{run as run_daemon, title};

use crate::output::Answer;
pub(crate) use options::described as options_described;
pub(crate) use request::DEFAULT_CONFIG;
use request::{Question, Request, signal_number};

/// The name that processes and files go by.
const NAME: &str = "keepalived";

/// Reads the command line, does what it says and returns the exit status.
///
/// Whatever comes after `keepalived` in the name (`keepalived-2`), the daemon goes by keepalived's
/// own name: that of its processes and PID files.
pub(crate) fn main(arguments: Vec<OsString>) -> u8 {
    let words: Vec<String> = arguments
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let (program, rest) = words
        .split_first()
        .map_or((NAME, &[][..]), |(program, rest)| (program.as_str(), rest));
    let request = getopt::parse(rest);
    if let Some(answer) = answer(program, &request) {
        return answer.write();
    }
    let mut before = Answer {
        out: unexpected(&request),
        err: lines(&request.messages),
        status: 0,
    };
    if let Some(output) = &request.test {
        before.write();
        return test::config_test(&request, output).write();
    }
    before.err += &lines(&request.warning());
    before.write();
    let mut options = request.options;
    options.arguments = arguments;
    options.invoked_as = String::from(NAME);
    options.notify_systemd = options.foreground;
    run_daemon(options)
}

/// What is answered without a daemon; none when the daemon is to run.
fn answer(program: &str, request: &Request) -> Option<Answer> {
    let mut answer = match &request.answer {
        Some(Question::Help) => Answer::err(options::help(program), 0),
        Some(Question::Version) => Answer::err(version(), 0),
        Some(Question::Signal(name)) => match signal_number(name) {
            Some(number) => Answer::out(format!("{number}\n")),
            None => Answer::err(format!("Unknown sigfunc {name}\n"), 1),
        },
        None if request.bad => Answer {
            out: unexpected(request),
            err: String::new(),
            status: 1,
        },
        None => return None,
    };
    answer.err = lines(&request.messages) + &answer.err;
    Some(answer)
}

/// The text of `-v`. Scripts take the version from the first line.
fn version() -> String {
    format!(
        "{}\n\nvipd, a drop-in replacement for keepalived\n",
        title(NAME)
    )
}

/// The words that are no options, as keepalived names them.
fn unexpected(request: &Request) -> String {
    if request.unexpected.is_empty() {
        return String::new();
    }
    format!(
        "Unexpected argument(s): {} \n",
        request.unexpected.join(" ")
    )
}

/// Each on a line of its own.
fn lines<'a>(texts: impl IntoIterator<Item = &'a String>) -> String {
    texts.into_iter().flat_map(|text| [text, "\n"]).collect()
}
