//! A scenario: a file, what happens, and what may differ and why.
//!
//! ```text
//! == name of the scenario
//! the configuration
//! -- file NAME         another configuration, for `reload NAME`
//! -- peer              configuration of the other node, a keepalived that `peer on` starts
//! -- do
//! await holds 10.9.0.100
//! look
//! -- differs
//! words of a line => words of docs/differences.md that say why
//! ```

use std::collections::BTreeMap;
use std::time::Duration;

/// One thing that happens.
#[derive(Clone, Debug)]
pub enum Event {
    /// Time passes.
    Sleep(Duration),
    /// Waits until the node has an address, or until it has not.
    Await { address: String, held: bool },
    /// Waits for a file to hold a text.
    AwaitNote(String),
    /// Notes everything that is to be seen of the node.
    Look,
    /// Puts another configuration in place and sends SIGHUP.
    Reload(String),
    /// Sends a signal to the daemon.
    Signal(String),
    /// Starts the other node, or stops it.
    Peer(bool),
    /// Pulls the cable of the node, or plugs it in.
    Cable(bool),
    /// Runs a command in the node.
    Shell(String),
    /// Asks the daemon to end and waits for it.
    Stop,
    /// Kills everything of the daemon.
    Kill,
    /// Starts the daemon again.
    Start,
}

/// What is played on both.
#[derive(Clone, Debug, Default)]
pub struct Scenario {
    pub name: String,
    /// The configuration at the start.
    pub file: String,
    pub others: BTreeMap<String, String>,
    pub peer: String,
    pub events: Vec<Event>,
    /// Words of lines that may differ, and where it is said why.
    pub differs: Vec<(String, String)>,
}

/// All scenarios of a text.
pub fn read(text: &str) -> Vec<Scenario> {
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
            "peer" => &mut self.peer,
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
    Some(match (word, rest) {
        ("" | "#", _) => return None,
        ("sleep", seconds) => {
            Event::Sleep(Duration::from_secs_f64(seconds.parse().expect("seconds")))
        }
        ("await", what) => {
            let (kind, what) = what.split_once(' ').expect("what is awaited");
            let what = what.to_owned();
            match kind {
                "holds" | "gone" => Event::Await {
                    address: what,
                    held: kind == "holds",
                },
                "note" => Event::AwaitNote(what),
                _ => panic!("await {kind}"),
            }
        }
        ("look", "") => Event::Look,
        ("reload", name) => Event::Reload(name.to_owned()),
        ("signal", name) => Event::Signal(name.to_owned()),
        ("peer", state) => Event::Peer(state == "on"),
        ("cable", state) => Event::Cable(state == "in"),
        ("shell", command) => Event::Shell(command.to_owned()),
        ("stop", "") => Event::Stop,
        ("kill", "") => Event::Kill,
        ("start", "") => Event::Start,
        _ => panic!("no event: {line}"),
    })
}
