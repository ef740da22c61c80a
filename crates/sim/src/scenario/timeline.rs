//! The timeline language: statements on lines of their own or after `;`, `#` begins a comment.
//!
//! | statement | what happens |
//! |---|---|
//! | `at TIME: ACTION` | the action, and those after it, happen at that time |
//! | `until TIME` | the run ends there |
//! | `start N`, `stop N`, `crash N`, `power-off N`, `reload N` | the daemon of a node; `crash` kills all its processes and leaves its addresses; `power-off` takes the machine with it |
//! | `kill-process N` | only the VRRP process dies, and is started again |
//! | `pause N for TIME` | the machine stands still |
//! | `down N NIC`, `up N NIC` | an interface; without a name the first |
//! | `remove N NIC`, `create N NIC` | an interface goes away, with its addresses; is made again |
//! | `fail N NAME`, `recover N NAME` | what a tracked script finds; whether anybody listens on a tracked port; whether a process runs; whether a file says FAULT |
//! | `set N NAME NUMBER` | so many processes of a tracked name run; the number in a tracked file |
//! | `delete N ADDRESS` | somebody removes an address |
//! | `partition A B`, `partition A -> B`, `isolate N`, `rejoin A B` | paths between nodes |
//! | `network [delay T] [jitter T] [loss P%] [duplicate P%] [corrupt P%] [reorder]` | all paths |
//! | `heal`, `heal N` | all is well again, everywhere or at a node |
//!
//! A node runs from the start, unless the first thing done to it is `start`.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use vipd_engine::Instant;

use crate::action::Action;
use crate::machine::Machine;
use crate::network::Quality;
use crate::scenario::tracked::{self, Turn};

/// What happens when.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    /// In order of time.
    pub actions: Vec<(Instant, Action)>,
    /// Where the run ends, when said.
    pub end: Option<Instant>,
}

/// How long a run goes on after the last action when the timeline does not say.
const REST: Duration = Duration::from_secs(30);

impl Timeline {
    /// Where the run ends: where it says, else half a minute after the last action.
    pub fn end(&self) -> Instant {
        let last = self.actions.iter().map(|&(at, _)| at).max();
        self.end.unwrap_or(last.unwrap_or_default() + REST)
    }
}

/// Something that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Line, from 1.
    pub line: usize,
    /// What was found and what was expected.
    pub message: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

/// Words that begin an action, with what follows each.
const ACTIONS: &[(&str, &str)] = &[
    ("crash", "NODE"),
    ("create", "NODE INTERFACE"),
    ("delete", "NODE ADDRESS"),
    ("down", "NODE INTERFACE"),
    ("fail", "NODE NAME"),
    ("heal", "[NODE]"),
    ("isolate", "NODE"),
    ("kill-process", "NODE"),
    (
        "network",
        "[delay TIME] [jitter TIME] [loss N%] [duplicate N%] [corrupt N%] [reorder]",
    ),
    ("partition", "NODE [->] NODE"),
    ("pause", "NODE for TIME"),
    ("power-off", "NODE"),
    ("recover", "NODE NAME"),
    ("rejoin", "NODE NODE"),
    ("reload", "NODE"),
    ("remove", "NODE INTERFACE"),
    ("set", "NODE NAME NUMBER"),
    ("set-clock", "NODE by [-]TIME"),
    ("start", "NODE"),
    ("stop", "NODE"),
    ("up", "NODE INTERFACE"),
];

/// Reads a timeline for these machines. All mistakes are found in one go.
pub fn parse(text: &str, machines: &[Machine]) -> Result<Timeline, Vec<Mistake>> {
    let mut timeline = Timeline::default();
    let mut mistakes = Vec::new();
    let mut at = Instant::default();
    for (line, content) in (1..).zip(text.lines()) {
        let content = content.split('#').next().unwrap_or("");
        for statement in content.split(';') {
            if let Err(message) = read_statement(statement.trim(), machines, &mut at, &mut timeline)
            {
                mistakes.push(Mistake { line, message });
            }
        }
    }
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    timeline.actions.sort_by_key(|&(at, _)| at);
    begin(machines.len(), &mut timeline);
    Ok(timeline)
}

/// Lets every node start at 0 that is not started by the timeline.
fn begin(nodes: usize, timeline: &mut Timeline) {
    let starts_later = |node: usize| {
        let first = timeline
            .actions
            .iter()
            .find(|(_, action)| affects(action, node));
        matches!(first, Some((_, Action::Start(_))))
    };
    let mut all: Vec<(Instant, Action)> = (0..nodes)
        .filter(|&node| !starts_later(node))
        .map(|node| (Instant::default(), Action::Start(node)))
        .collect();
    all.append(&mut timeline.actions);
    timeline.actions = all;
}

/// Whether an action is done to the daemon of a node.
fn affects(action: &Action, node: usize) -> bool {
    match action {
        Action::Start(n)
        | Action::Stop(n)
        | Action::Crash(n)
        | Action::PowerOff(n)
        | Action::KillProcess(n)
        | Action::Reload(n)
        | Action::Reconfigure(n, _)
        | Action::HealNode(n)
        | Action::DeleteAddress(n, _) => *n == node,
        Action::Heal => true,
        Action::Pause(..)
        | Action::SetClock(..)
        | Action::Down(..)
        | Action::Up(..)
        | Action::Remove(..)
        | Action::Create(..)
        | Action::Fail(..)
        | Action::Recover(..)
        | Action::Set(..)
        | Action::Partition(..)
        | Action::PartitionOneWay(..)
        | Action::Isolate(_)
        | Action::Network(_)
        | Action::Rejoin(..) => false,
    }
}

fn read_statement(
    statement: &str,
    machines: &[Machine],
    at: &mut Instant,
    timeline: &mut Timeline,
) -> Result<(), String> {
    let mut rest = statement;
    if let Some(time) = rest.strip_prefix("until ") {
        timeline.end = Some(Instant::default() + read_span(time.trim())?);
        return Ok(());
    }
    if let Some(after) = rest.strip_prefix("at ") {
        let (time, action) = after
            .split_once(':')
            .ok_or_else(|| format!("no `:` after the time in `{statement}`"))?;
        *at = Instant::default() + read_span(time.trim())?;
        rest = action.trim();
    }
    if rest.is_empty() {
        return Ok(());
    }
    let words: Vec<&str> = rest.split_whitespace().collect();
    timeline.actions.push((*at, read_action(&words, machines)?));
    Ok(())
}

fn read_action(words: &[&str], machines: &[Machine]) -> Result<Action, String> {
    let node = |name: &str| find_node(name, machines);
    Ok(match *words {
        ["start", n] => Action::Start(node(n)?),
        ["stop", n] => Action::Stop(node(n)?),
        ["crash", n] => Action::Crash(node(n)?),
        ["power-off", n] => Action::PowerOff(node(n)?),
        ["kill-process", n] => Action::KillProcess(node(n)?),
        ["reload", n] => Action::Reload(node(n)?),
        ["pause", n, "for", span] => Action::Pause(node(n)?, read_span(span)?),
        ["set-clock", n, "by", span] => Action::SetClock(node(n)?, read_step(span)?),
        ["down", n] => first_nic(node(n)?, machines, Action::Down)?,
        ["up", n] => first_nic(node(n)?, machines, Action::Up)?,
        ["down", n, nic] => Action::Down(node(n)?, find_nic(node(n)?, nic, machines)?),
        ["up", n, nic] => Action::Up(node(n)?, find_nic(node(n)?, nic, machines)?),
        ["remove", n, nic] => Action::Remove(node(n)?, find_nic(node(n)?, nic, machines)?),
        ["create", n, nic] => Action::Create(node(n)?, find_nic(node(n)?, nic, machines)?),
        ["fail", n, ref name @ ..] if !name.is_empty() => {
            tracked::change(node(n)?, name, machines, Turn::Fails)?
        }
        ["recover", n, ref name @ ..] if !name.is_empty() => {
            tracked::change(node(n)?, name, machines, Turn::Recovers)?
        }
        ["set", n, ref name @ .., number] if !name.is_empty() => {
            tracked::set(node(n)?, name, number, machines)?
        }
        ["delete", n, address] => Action::DeleteAddress(node(n)?, read_address(address)?),
        ["partition", a, b] => Action::Partition(node(a)?, node(b)?),
        ["partition", a, "->", b] => Action::PartitionOneWay(node(a)?, node(b)?),
        ["rejoin", a, b] => Action::Rejoin(node(a)?, node(b)?),
        ["isolate", n] => Action::Isolate(node(n)?),
        ["network", ref words @ ..] => Action::Network(read_quality(words)?),
        ["heal"] => Action::Heal,
        ["heal", n] => Action::HealNode(node(n)?),
        [word, ..] => return Err(explain(word)),
        [] => return Err("nothing to do".to_owned()),
    })
}

/// What is wrong with a statement that begins with this word.
fn explain(word: &str) -> String {
    if let Some((_, form)) = ACTIONS.iter().find(|(name, _)| *name == word) {
        return format!("`{word}` is followed by: {form}");
    }
    let names: Vec<&str> = ACTIONS.iter().map(|(name, _)| *name).collect();
    format!(
        "`{word}` is nothing that can happen; known are {}",
        names.join(", ")
    )
}

fn find_node(name: &str, machines: &[Machine]) -> Result<usize, String> {
    let exact = machines.iter().position(|machine| machine.name == name);
    let loose = || {
        machines
            .iter()
            .position(|machine| machine.name.eq_ignore_ascii_case(name))
    };
    exact.or_else(loose).ok_or_else(|| {
        let names: Vec<&str> = machines
            .iter()
            .map(|machine| machine.name.as_str())
            .collect();
        format!("no node `{name}`; there are {}", names.join(", "))
    })
}

fn find_nic(node: usize, name: &str, machines: &[Machine]) -> Result<String, String> {
    let machine = &machines[node];
    if machine.nics.iter().any(|nic| nic.name == name) {
        return Ok(name.to_owned());
    }
    let names: Vec<&str> = machine.nics.iter().map(|nic| nic.name.as_str()).collect();
    Err(format!(
        "no interface `{name}` on {}; there are {}",
        machine.name,
        names.join(", ")
    ))
}

fn first_nic(
    node: usize,
    machines: &[Machine],
    action: impl Fn(usize, String) -> Action,
) -> Result<Action, String> {
    let nic = machines[node].nics.first().ok_or("it has no interface")?;
    Ok(action(node, nic.name.clone()))
}

fn read_address(word: &str) -> Result<IpAddr, String> {
    let address = word.split('/').next().unwrap_or(word);
    address
        .parse()
        .map_err(|_| format!("`{word}` is no address"))
}

/// Reads a span: a number with `us`, `ms`, `s`, `m` or `h`; seconds without.
pub fn read_span(word: &str) -> Result<Duration, String> {
    let digits = word
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(word.len());
    let (number, unit) = word.split_at(digits);
    let scale = match unit.trim() {
        "us" => 1_000.0,
        "ms" => 1_000_000.0,
        "s" | "" => 1_000_000_000.0,
        "m" | "min" => 60e9,
        "h" => 3600e9,
        other => return Err(format!("`{other}` is no unit of time; us, ms, s, m, h are")),
    };
    match number.parse::<f64>() {
        Ok(number) if number * scale < 1e18 => Ok(Duration::from_secs_f64(number * scale / 1e9)),
        _ => Err(format!("`{word}` is no span of time")),
    }
}

/// Milliseconds out of a span of time that may be negative.
fn read_step(word: &str) -> Result<i64, String> {
    let (sign, rest) = match word.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, word),
    };
    let millis = i64::try_from(read_span(rest)?.as_millis());
    millis
        .map(|millis| sign * millis)
        .map_err(|_| format!("`{word}` is too long"))
}

fn read_quality(words: &[&str]) -> Result<Quality, String> {
    let mut quality = Quality::default();
    let mut words = words.iter();
    while let Some(&word) = words.next() {
        if word == "reorder" {
            quality.reorders = true;
            continue;
        }
        let value = words.next().ok_or_else(|| explain("network"))?;
        match word {
            "delay" => quality.delay = read_span(value)?,
            "jitter" => quality.jitter = read_span(value)?,
            "loss" => quality.loss_percent = read_percent(value)?,
            "corrupt" => quality.corrupt_percent = read_percent(value)?,
            "duplicate" => quality.duplicate_percent = read_percent(value)?,
            _ => return Err(explain("network")),
        }
    }
    Ok(quality)
}

fn read_percent(word: &str) -> Result<u8, String> {
    let number = word.strip_suffix('%').unwrap_or(word).parse::<u8>();
    number
        .ok()
        .filter(|&n| n <= 100)
        .ok_or_else(|| format!("`{word}` is not 0% to 100%"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::words::spell;
    use vipd_config::model::{Config, Instance};

    fn pair() -> Vec<Machine> {
        let config = Config {
            instances: vec![Instance::new("VI_1", "eth0", 51)],
            ..Config::default()
        };
        vec![
            Machine::new(0, "a", config.clone()),
            Machine::new(1, "b", config),
        ]
    }

    fn mistakes(text: &str) -> Vec<String> {
        let mistakes = parse(text, &pair()).unwrap_err();
        mistakes.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_printed_can_be_read_back() {
        let text = "at 1.5s: stop a; crash b\nat 2m: power-off a; kill-process b; reload b\n\
                    pause a for 250ms; down a eth0; up b; remove a eth0; create a eth0\nat 3m: delete a 192.0.2.1; partition a b\n\
                    partition b -> a; isolate b; rejoin b a; heal b; heal\n\
                    network delay 2ms jitter 1.5ms loss 10% duplicate 3% corrupt 2% reorder";
        let timeline = parse(text, &pair()).unwrap();
        let spelled: Vec<String> = timeline
            .actions
            .iter()
            .map(|(at, action)| format!("at {at}: {}", spell(&["a", "b"], action)))
            .collect();
        assert_eq!(parse(&spelled.join("\n"), &pair()).unwrap(), timeline);
        assert_eq!(spelled.len(), 2 + 18);
    }

    #[test]
    fn a_node_that_is_started_later_does_not_run_at_first() {
        let timeline = parse("at 5s: start b; at 9s: stop b; until 1m", &pair()).unwrap();
        let first: Vec<&Action> = timeline.actions.iter().map(|(_, action)| action).collect();
        assert_eq!(
            first,
            [&Action::Start(0), &Action::Start(1), &Action::Stop(1)]
        );
        assert_eq!(timeline.end, Some(Instant(60_000_000_000)));
    }

    #[test]
    fn mistakes_say_what_would_be_right() {
        let text = "explode a\nstop c\npause a\ndown a eth7\nfail b chk\nat 5s stop a\n\
                    at 5x: stop a\nnetwork loss 101%";
        let expected = [
            "line 1: `explode` is nothing that can happen; known are crash, create, delete, down, \
             fail, heal, isolate, kill-process, network, partition, pause, power-off, recover, \
             rejoin, reload, remove, set, set-clock, start, stop, up",
            "line 2: no node `c`; there are a, b",
            "line 3: `pause` is followed by: NODE for TIME",
            "line 4: no interface `eth7` on a; there are eth0",
            "line 5: `chk` is not tracked on b, nothing is",
            "line 6: no `:` after the time in `at 5s stop a`",
            "line 7: `x` is no unit of time; us, ms, s, m, h are",
            "line 8: `101%` is not 0% to 100%",
        ];
        assert_eq!(mistakes(text), expected);
    }
}
