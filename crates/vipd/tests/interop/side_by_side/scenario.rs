//! A scenario: a file, what happens, and what may differ and why.
//!
//! ```text
//! == name of the scenario
//! the configuration    a line `<notify>` stands for a script at each word of notification
//! -- file NAME         another configuration, for `reload NAME`
//! -- peer              configuration of the other node, a keepalived that `peer on` starts
//! -- peer first        the same, and it is master before our node starts
//! -- before            commands that our node runs before the daemon starts
//! -- do
//! await holds 10.9.0.100              an address is there; `await gone`: it is not
//! await note 2 any INSTANCE A MASTER  so many calls of scripts contain a text; `fifo`, `log` too
//! await adverts 3 priority 150        so many more adverts were sent that contain a text
//! await heard 3                       so many more adverts were received
//! await announced 10 10.9.0.100       so many announcements since the beginning contain a text
//! look
//! -- differs
//! words of a line => words of docs/differences.md that say why
//! ```
//!
//! Where a file does not say when announcements are repeated, that is far off, so that how many
//! there are does not depend on how busy the machine is.

use std::collections::BTreeMap;
use std::time::Duration;

/// What `<notify>` stands for.
const NOTIFY: &str = r#"
    notify "/etc/keepalived/note any"
    notify_master "/etc/keepalived/note master"
    notify_backup "/etc/keepalived/note backup"
    notify_fault "/etc/keepalived/note fault"
    notify_stop "/etc/keepalived/note stop"
"#;

/// What a file begins with that does not speak of the second set of announcements.
const REPEAT_LATE: &str = "global_defs {\n    vrrp_garp_master_delay 600\n}\n";

/// What is waited for.
#[derive(Clone, Debug)]
pub enum Awaited {
    /// The node has an address, or has not.
    Address { address: String, held: bool },
    /// So many lines contain a text.
    Lines {
        of: Lines,
        count: usize,
        text: String,
    },
    /// So many frames contain a text.
    Frames {
        of: Frames,
        count: usize,
        text: String,
    },
}

/// Lines that are waited for.
#[derive(Clone, Copy, Debug)]
pub enum Lines {
    /// What scripts were called with.
    Notes,
    /// What came out of the FIFO.
    Fifo,
    /// What the daemon says.
    Log,
}

/// Frames that are waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frames {
    /// Adverts that the node sends from now on.
    Sent,
    /// Adverts that it receives from now on.
    Heard,
    /// Announcements that it has sent.
    Announced,
}

/// One thing that happens.
#[derive(Clone, Debug)]
pub enum Event {
    /// Time passes in which nothing may happen.
    Sleep(Duration),
    /// Waits.
    Await(Awaited),
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
    /// Runs a command in the other node.
    PeerShell(String),
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
    /// The other node is master before ours starts.
    pub peer_is_first: bool,
    /// Commands before the daemon starts.
    pub before: String,
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
            let scenario = all.last_mut().expect("a scenario before its parts");
            scenario.peer_is_first |= part == "peer first";
        } else if let Some(scenario) = all.last_mut() {
            scenario.line(&part, line);
        }
    }
    for scenario in &mut all {
        let others = scenario.others.values_mut();
        for file in others.chain([&mut scenario.file]) {
            if file.contains("vrrp_instance") && !file.contains("garp_master_delay") {
                file.insert_str(0, REPEAT_LATE);
            }
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
            "peer" | "peer first" => &mut self.peer,
            "before" => &mut self.before,
            "" => &mut self.file,
            other => {
                let name = other.strip_prefix("file ").expect("a part of a scenario");
                self.others.entry(name.to_owned()).or_default()
            }
        };
        text.push_str(match line.trim() {
            "<notify>" => NOTIFY,
            _ => line,
        });
        text.push('\n');
    }
}

fn awaited(line: &str) -> Awaited {
    let (kind, rest) = line.split_once(' ').expect("what is awaited");
    let number = rest.split(' ').next().unwrap_or_default().parse();
    let (count, text) = match number {
        Ok(count) => (count, rest.split_once(' ').map_or("", |(_, text)| text)),
        Err(_) => (1, rest),
    };
    let text = text.to_owned();
    let lines = |of| Awaited::Lines {
        of,
        count,
        text: text.clone(),
    };
    let frames = |of| Awaited::Frames {
        of,
        count,
        text: text.clone(),
    };
    match kind {
        "holds" | "gone" => Awaited::Address {
            address: rest.to_owned(),
            held: kind == "holds",
        },
        "note" => lines(Lines::Notes),
        "fifo" => lines(Lines::Fifo),
        "log" => lines(Lines::Log),
        "adverts" => frames(Frames::Sent),
        "heard" => frames(Frames::Heard),
        "announced" => frames(Frames::Announced),
        _ => panic!("await {kind}"),
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
        ("await", what) => Event::Await(awaited(what)),
        ("look", "") => Event::Look,
        ("reload", name) => Event::Reload(name.to_owned()),
        ("signal", name) => Event::Signal(name.to_owned()),
        ("peer", "on") => Event::Peer(true),
        ("peer", "off") => Event::Peer(false),
        ("peer", command) => {
            let command = command.strip_prefix("shell ").expect("on, off or shell");
            Event::PeerShell(command.to_owned())
        }
        ("cable", state) => Event::Cable(state == "in"),
        ("shell", command) => Event::Shell(command.to_owned()),
        ("stop", "") => Event::Stop,
        ("kill", "") => Event::Kill,
        ("start", "") => Event::Start,
        _ => panic!("no event: {line}"),
    })
}
