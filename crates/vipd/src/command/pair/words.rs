//! What a trial shows, in words.

use std::cmp::Ordering;
use std::fmt::Write as _;
use std::time::Duration;

use vipd_config::model::Check;
use vipd_sim::proof::{
    Assumptions, Change, Course, Kind, Member, Outcome, Proof, Remedy, Thing, Trial, Trouble,
};

/// Overlaps up to this are the way of a packet and not worth a word.
const OVERLAP: Duration = Duration::from_millis(50);

/// That a thing fails: `port 80 fails on a`.
pub(super) fn failure(proof: &Proof, thing: &Thing) -> String {
    let node = &proof.nodes[thing.node];
    match &thing.kind {
        Kind::Node => format!("node {node} dies"),
        Kind::Daemon => format!("the daemon on {node} stops"),
        Kind::Interface(name) => format!("{name} fails on {node}"),
        Kind::Check { target, scripts } => format!("{} fails on {node}", checked(target, scripts)),
        Kind::Port { number, .. } => format!("port {number} fails on {node}"),
        Kind::Process(name) => format!("process {name} fails on {node}"),
        Kind::File { name, number } => format!("file {name} says {number} on {node}"),
        Kind::Link(peer) => format!("the link {node} - {} is cut", proof.nodes[*peer]),
    }
}

/// What scripts look at: a port, a file, else the scripts themselves.
pub(super) fn checked(target: &Check, scripts: &[String]) -> String {
    match target {
        Check::Connect { host, port } if is_here(host) => format!("port {port}"),
        Check::Connect { host, port } => format!("port {port} of {host}"),
        Check::Open(path) => path.clone(),
        Check::Run(_) => scripts.join(" and "),
    }
}

fn is_here(host: &str) -> bool {
    host == "localhost" || host == "::1" || host.starts_with("127.")
}

/// That several things fail, one after the other.
pub(super) fn failures(proof: &Proof, trial: &Trial) -> String {
    let things = trial
        .things
        .iter()
        .map(|&index| failure(proof, &proof.things[index]));
    things.collect::<Vec<_>>().join(" and then ")
}

/// Names of nodes: `a`, `a and b`, `nobody`.
pub(super) fn nodes(proof: &Proof, nodes: &[usize]) -> String {
    let names: Vec<&str> = nodes
        .iter()
        .map(|&node| proof.nodes[node].as_str())
        .collect();
    match names[..] {
        [] => "nobody".to_owned(),
        [ref some @ .., last] if !some.is_empty() => format!("{} and {last}", some.join(", ")),
        _ => names.concat(),
    }
}

/// A span of time: `3.6 s`, `20 ms`.
pub(super) fn span(span: Duration) -> String {
    if span < Duration::from_millis(100) {
        format!("{} ms", (span.as_secs_f64() * 1e3).ceil())
    } else {
        format!("{:.1} s", span.as_secs_f64())
    }
}

fn after(course: &Course) -> String {
    match course.since {
        Some(since) if since < Duration::from_millis(1) => "at once".to_owned(),
        Some(since) => format!("after {}", span(since)),
        None => "at once".to_owned(),
    }
}

/// What became of a virtual router: `-> b after 3.6 s, back to a on recovery after 1.0 s`.
pub(super) fn outcome(proof: &Proof, outcome: &Outcome) -> String {
    let (failed, healed) = (&outcome.failed, &outcome.healed);
    let mut text = match failed.masters[..] {
        _ if failed.masters == outcome.before => {
            let verb = if outcome.before.len() > 1 {
                "stay masters"
            } else {
                "stays"
            };
            let stays = format!("{} {verb}", nodes(proof, &outcome.before));
            let compared = compared(outcome).filter(|_| is_weaker(outcome));
            match compared {
                Some(numbers) => format!("{stays} ({numbers})"),
                None => stays,
            }
        }
        [] if outcome.before.is_empty() => "nobody".to_owned(),
        [] => format!("nobody is master {}", after(failed)),
        [master] if outcome.before.is_empty() => {
            format!("{} {}", proof.nodes[master], after(failed))
        }
        [master] => format!("-> {} {}", proof.nodes[master], after(failed)),
        _ => format!(
            "{} are both master {}",
            nodes(proof, &failed.masters),
            after(failed)
        ),
    };
    if failed.masters.len() == 1 && failed.several > OVERLAP {
        let _ = write!(text, ", two masters for {}", span(failed.several));
    }
    if failed.masters == outcome.before && failed.nobody > OVERLAP {
        let _ = write!(text, ", nobody for {}", span(failed.nobody));
    }
    text + &recovery(proof, outcome, healed)
}

fn recovery(proof: &Proof, outcome: &Outcome, healed: &Course) -> String {
    let mut text = match healed.masters[..] {
        _ if healed.masters == outcome.failed.masters && healed.takeovers == 0 => {
            if outcome.failed.masters == outcome.before {
                String::new()
            } else {
                ", not back on recovery".to_owned()
            }
        }
        [] => ", nobody is master after recovery".to_owned(),
        [master] if healed.masters == outcome.before => {
            format!(
                ", back to {} on recovery {}",
                proof.nodes[master],
                after(healed)
            )
        }
        [master] => format!(", {} on recovery {}", proof.nodes[master], after(healed)),
        _ => format!(
            ", {} are both master after recovery",
            nodes(proof, &healed.masters)
        ),
    };
    if healed.several > OVERLAP && healed.masters.len() == 1 && outcome.failed.masters.len() < 2 {
        let _ = write!(text, " (two masters for {})", span(healed.several));
    }
    text
}

/// The priority of the master is lower than while all is well.
fn is_weaker(outcome: &Outcome) -> bool {
    let master = outcome.members.iter().find(|m| outcome.before == [m.node]);
    master.is_some_and(|m| match (m.well, m.failed) {
        (Some(well), Some((failed, _))) => failed < well,
        _ => false,
    })
}

/// The numbers that decided: `98 > 80`.
pub(super) fn compared(outcome: &Outcome) -> Option<String> {
    let fit = |m: &&Member| m.failed.is_some_and(|(_, is_fit)| is_fit);
    let priority = |m: &Member| m.failed.map_or(0, |(priority, _)| priority);
    let members = outcome.members.iter().filter(fit);
    let winner = members
        .clone()
        .find(|m| outcome.failed.masters == [m.node])?;
    let other = members
        .filter(|m| m.node != winner.node)
        .max_by_key(|m| priority(m))?;
    let (ours, theirs) = (priority(winner), priority(other));
    Some(format!("{ours} {} {theirs}", sign(ours, theirs)))
}

fn sign(ours: u8, theirs: u8) -> &'static str {
    match ours.cmp(&theirs) {
        Ordering::Greater => ">",
        Ordering::Equal => "=",
        Ordering::Less => "<",
    }
}

/// How a priority comes about: `base 100 - 2 = 98`.
pub(super) fn sum(member: &Member) -> String {
    let Some((failed, is_fit)) = member.failed else {
        return "does not run".to_owned();
    };
    if !is_fit {
        return "FAULT".to_owned();
    }
    let base = i32::from(member.base);
    let well = member.well.map_or(base, i32::from);
    let step = |step: i32| match step {
        0 => String::new(),
        1.. => format!(" + {step}"),
        _ => format!(" - {}", -step),
    };
    let parts = step(well - base) + &step(i32::from(failed) - well);
    if parts.is_empty() {
        format!("base {base}")
    } else {
        format!("base {base}{parts} = {failed}")
    }
}

/// The arithmetic of an outcome: `base 100 - 2 = 98 > 80: stays`.
pub(super) fn arithmetic(proof: &Proof, outcome: &Outcome) -> String {
    let verdict = match outcome.failed.masters[..] {
        _ if outcome.failed.masters == outcome.before => "stays".to_owned(),
        [] => "nobody".to_owned(),
        [master] => format!("{} is master", proof.nodes[master]),
        _ => "both are master".to_owned(),
    };
    let master = outcome
        .members
        .iter()
        .find(|m| outcome.failed.masters == [m.node]);
    let others: Vec<&Member> = outcome
        .members
        .iter()
        .filter(|m| master.is_none_or(|master| master.node != m.node))
        .collect();
    let short = match (master, &others[..]) {
        (Some(master), [other]) => match (master.failed, other.failed) {
            (Some((ours, true)), Some((theirs, true)))
                if other.well == Some(theirs) && other.base == theirs =>
            {
                let sign = sign(ours, theirs);
                Some(format!("{} {sign} {theirs}: {verdict}", sum(master)))
            }
            _ => None,
        },
        _ => None,
    };
    short.unwrap_or_else(|| {
        let members = outcome.members.iter();
        let sums: Vec<String> = members
            .map(|m| format!("{}: {}", proof.nodes[m.node], sum(m)))
            .collect();
        format!("{}: {verdict}", sums.join(", "))
    })
}

/// What is wrong, as a sentence: `if port 80 fails on a, a stays master (98 > 80)`.
pub(super) fn trouble(proof: &Proof, trial: &Trial, outcome: &Outcome, trouble: Trouble) -> String {
    let failures = failures(proof, trial);
    let numbers = compared(outcome).map_or_else(String::new, |n| format!(" ({n})"));
    let before = nodes(proof, &outcome.before);
    let rest = match trouble {
        Trouble::NoEffect => format!("{before} stays master{numbers}"),
        Trouble::OnlyTogether => {
            format!("{before} stays master{numbers}; it yields when all of them fail")
        }
        Trouble::Nobody => "nobody is master, although somebody could be".to_owned(),
        Trouble::Several => format!("{} are both master", nodes(proof, &outcome.failed.masters)),
        Trouble::Restless => format!(
            "mastership goes to and fro, {} times in a short while",
            outcome.failed.takeovers
        ),
    };
    let since = proof.calms[trial.calm]
        .reached_by
        .map_or_else(String::new, |_| format!(" while {before} is master"));
    format!("if {failures}{since}, {rest}")
}

/// A change that would help.
pub(super) fn remedy(proof: &Proof, router: usize, remedy: &Remedy) -> String {
    let change = match &remedy.change {
        Change::Weight {
            nodes: on,
            tracked,
            from,
            to,
        } => format!(
            "`weight {to}` instead of {from} for {tracked} on {}",
            nodes(proof, on)
        ),
        Change::Priority { node, from, to, .. } => format!(
            "`priority {to}` instead of {from} for {} on {}",
            proof.routers[router].name, proof.nodes[*node]
        ),
        Change::NoWeight { node, tracked } => format!(
            "no weight for {tracked} on {}, so that its failure means FAULT",
            proof.nodes[*node]
        ),
    };
    format!("{change}: moves after {}", span(remedy.after))
}

/// What the files do not say and was taken instead, one line each.
pub(in crate::command) fn given(nodes: &[String], given: &Assumptions) -> String {
    let mut text = String::new();
    for (node, name) in nodes.iter().enumerate() {
        let scripts = given.scripts.iter().filter(|(n, _)| *n == node);
        let scripts: Vec<&str> = scripts.map(|(_, script)| script.as_str()).collect();
        if !scripts.is_empty() {
            let _ = writeln!(
                text,
                "  what is checked on {name}: all is well, until made to fail: {}",
                scripts.join(", ")
            );
        }
        for (_, file, number) in given.files.iter().filter(|(n, ..)| *n == node) {
            let _ = writeln!(text, "  file {file} on {name} says {number}");
        }
        for (_, nic, segment) in given.plugged.iter().filter(|(n, ..)| *n == node) {
            let _ = writeln!(
                text,
                "  {nic} on {name} is on one network segment with {segment}"
            );
        }
        for (_, nic, address) in given.addresses.iter().filter(|(n, ..)| *n == node) {
            let _ = writeln!(text, "  {nic} on {name} has the address {address}");
        }
    }
    text
}
