//! A scenario: a file, what happens, and what may differ and why.
//!
//! ```text
//! == name of the scenario
//! the configuration; D stands for a folder of the scenario's own where it is written $D
//! -- file NAME         another configuration, for `reload NAME`
//! -- do
//! dies 192.0.2.1
//! await gone 192.0.2.1
//! look
//! -- differs
//! words of a line => words of docs/differences.md that say why
//! ```
//!
//! Real servers are 192.0.2.1 to 192.0.2.4, port 80: they take connections and answer HTTP from
//! the start. Scripts note themselves with `$D/note WORDS`, and `$D/exit NAME` ends with the
//! status that `status NAME N` gave, 0 at first.

use std::collections::BTreeMap;
use std::time::Duration;

/// One thing that happens.
#[derive(Clone, Debug)]
pub(super) enum Event {
    /// Time passes.
    Sleep(Duration),
    /// Waits for words in a line of the table, or until there are none.
    Await { words: String, there: bool },
    /// Waits for words among the notes of scripts.
    AwaitNote(String),
    /// Waits for words in the log.
    AwaitLog(String),
    /// Notes everything that is to be seen.
    Look,
    /// Puts another configuration in place and sends SIGHUP.
    Reload(String),
    /// A real server takes connections, or does not.
    Server { address: String, lives: bool },
    /// All web servers answer this for a path, after a while.
    Answer {
        path: String,
        status: u16,
        after: Duration,
    },
    /// `$D/exit NAME` ends so from now on.
    Status { name: String, status: String },
    /// Writes a file `$D/NAME`.
    File { name: String, text: String },
    /// An address comes to the node, or leaves it.
    Address { address: String, is_here: bool },
    /// Runs a command.
    Shell(String),
    /// Asks the daemon to end and waits for it.
    Stop,
    /// Kills everything of the daemon.
    Kill,
    /// Kills the process of the checks.
    KillChecker,
    /// Starts the daemon again.
    Start,
}

/// What is played on both.
#[derive(Clone, Debug, Default)]
pub(super) struct Scenario {
    pub(super) name: String,
    /// The configuration at the start.
    pub(super) file: String,
    pub(super) others: BTreeMap<String, String>,
    pub(super) events: Vec<Event>,
    /// Words of lines that may differ, and where it is said why.
    pub(super) differs: Vec<(String, String)>,
}

/// All scenarios of a text.
pub(super) fn read(text: &str) -> Vec<Scenario> {
    let mut all: Vec<Scenario> = Vec::new();
    let mut part = String::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("== ") {
            part.clear();
            all.push(Scenario {
                name: name.trim().to_owned(),
                ..Scenario::default()
            });
        } else if let Some(name) = line.strip_prefix("-- ") {
            name.trim().clone_into(&mut part);
        } else if let Some(scenario) = all.last_mut() {
            scenario.line(&part, line);
        }
    }
    all
}

impl Scenario {
    fn line(&mut self, part: &str, line: &str) {
        let text = match part {
            "do" => return self.events.extend(event(line.trim())),
            "differs" => {
                let pair = line.split_once(" => ");
                let pair = pair.map(|(words, why)| (words.trim().into(), why.trim().into()));
                return self.differs.extend(pair);
            }
            "" => &mut self.file,
            other => {
                let name = other.strip_prefix("file ").expect("a part of a scenario");
                self.others.entry(name.to_owned()).or_default()
            }
        };
        text.push_str(line);
        text.push('\n');
    }
}

fn event(line: &str) -> Option<Event> {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    let rest = rest.trim();
    let (first, more) = rest.split_once(' ').unwrap_or((rest, ""));
    let (first, more) = (first.to_owned(), more.to_owned());
    Some(match (word, rest) {
        ("" | "#", _) => return None,
        ("sleep", seconds) => {
            Event::Sleep(Duration::from_secs_f64(seconds.parse().expect("seconds")))
        }
        ("await", _) => match first.as_str() {
            "table" | "gone" => Event::Await {
                words: more,
                there: first == "table",
            },
            "note" => Event::AwaitNote(more),
            "log" => Event::AwaitLog(more),
            _ => panic!("await {first}"),
        },
        ("look", "") => Event::Look,
        ("reload", name) => Event::Reload(name.to_owned()),
        ("dies" | "lives", _) => Event::Server {
            address: first,
            lives: word == "lives",
        },
        ("answer", _) => {
            let (status, after) = more.split_once(' ').unwrap_or((&more, "0"));
            Event::Answer {
                path: first,
                status: status.parse().expect("a status"),
                after: Duration::from_secs_f64(after.parse().expect("seconds")),
            }
        }
        ("status", _) => Event::Status {
            name: first,
            status: more,
        },
        ("write", _) => Event::File {
            name: first,
            text: more,
        },
        ("address", _) => Event::Address {
            address: first,
            is_here: more == "here",
        },
        ("shell", command) => Event::Shell(command.to_owned()),
        ("stop", "") => Event::Stop,
        ("kill", "") => Event::Kill,
        ("kill", "checker") => Event::KillChecker,
        ("start", "") => Event::Start,
        _ => panic!("no event: {line}"),
    })
}
