//! The flip proof as a short table.

use std::fmt::Write as _;

use vipd_sim::proof::{Calm, Outcome, Proof, Trial, Trouble};

use super::nodes::NodeFile;
use super::words;

/// Troubles shown in full; of more only the number.
const TROUBLES_SHOWN: usize = 20;
/// Columns for what fails: at least and at most.
const WIDTH_LEAST: usize = 27;
const WIDTH_MOST: usize = 40;

/// The table, what is wrong, and what was taken for granted.
pub(super) fn table(nodes: &[NodeFile], proof: &Proof, explain: bool) -> String {
    let names: Vec<String> = nodes
        .iter()
        .map(|node| format!("{} ({})", node.name, node.file))
        .collect();
    let mut text = format!("Nodes: {}\n", names.join(", "));
    let heads = proof
        .singles
        .iter()
        .map(|trial| words::failures(proof, trial));
    let width = heads.map(|head| head.len()).max().unwrap_or_default();
    let width = width.clamp(WIDTH_LEAST, WIDTH_MOST);
    for (index, calm) in proof.calms.iter().enumerate() {
        begin(proof, index, calm, &mut text);
        for trial in proof.singles.iter().filter(|trial| trial.calm == index) {
            row(proof, trial, explain, width, &mut text);
        }
    }
    pairs(proof, &mut text);
    troubles(proof, &mut text);
    text += "\nTaken for granted: every packet arrives, after 0.1 ms; times count from the worst moment, right after the last advert or check.\n";
    text += &words::given(&proof.nodes, &proof.assumptions);
    let verdict = if proof.holds() {
        "every failure of one or two things does what it should"
    } else {
        "the nodes do not do what they should"
    };
    text + &format!("\n{}: {verdict}\n", plain(nodes))
}

fn plain(nodes: &[NodeFile]) -> String {
    let names: Vec<&str> = nodes.iter().map(|node| node.name.as_str()).collect();
    names.join(", ")
}

/// Who is master while all is well.
fn begin(proof: &Proof, index: usize, calm: &Calm, text: &mut String) {
    text.push('\n');
    let mut lines: Vec<(String, Vec<&str>)> = Vec::new();
    for (router, course) in proof.routers.iter().zip(&calm.courses) {
        let what = match course.masters.len() {
            0 => "nobody is master".to_owned(),
            1 => format!("{} is master", words::nodes(proof, &course.masters)),
            _ => format!("{} are both master", words::nodes(proof, &course.masters)),
        };
        let after = match (index, course.since) {
            (0, Some(since)) => format!(", {} after a common start", words::span(since)),
            _ => String::new(),
        };
        add(&mut lines, what + &after, &router.name);
    }
    let how = match calm.reached_by {
        None => "All is well".to_owned(),
        Some(thing) => format!(
            "All is well again after: {}",
            words::failure(proof, &proof.things[thing])
        ),
    };
    for (what, routers) in lines {
        let _ = writeln!(text, "{how}: {}: {what}", routers.join(", "));
    }
    for (node, instance, fault) in &calm.faults {
        let router = proof
            .routers
            .iter()
            .find(|r| r.members.contains(&(*node, *instance)));
        let name = router.map_or("", |router| &router.name);
        let _ = writeln!(
            text,
            "  {name} is in FAULT on {}: {fault}",
            proof.nodes[*node]
        );
    }
}

/// Puts virtual routers together of which the same can be said.
fn add<'a>(lines: &mut Vec<(String, Vec<&'a str>)>, what: String, router: &'a str) {
    match lines.iter_mut().find(|(known, _)| *known == what) {
        Some((_, routers)) => routers.push(router),
        None => lines.push((what, vec![router])),
    }
}

fn row(proof: &Proof, trial: &Trial, explain: bool, width: usize, text: &mut String) {
    let head = words::failures(proof, trial);
    let mut lines: Vec<(String, Vec<&str>)> = Vec::new();
    for outcome in &trial.outcomes {
        let name = proof.routers[outcome.router].name.as_str();
        let mut what = words::outcome(proof, outcome);
        if explain {
            let indent = width + 3;
            let _ = write!(
                what,
                "\n{:indent$}{}",
                "",
                words::arithmetic(proof, outcome)
            );
        }
        add(&mut lines, what, name);
    }
    if lines.is_empty() {
        let _ = writeln!(text, "  {head:<width$} no effect: nothing tracks it");
        return;
    }
    let all = proof.routers.len();
    for (at, (what, routers)) in lines.iter().enumerate() {
        let head = if at == 0 { head.as_str() } else { "" };
        let names = if routers.len() == all {
            String::new()
        } else {
            format!("{}: ", routers.join(", "))
        };
        let _ = writeln!(text, "  {head:<width$} {names}{what}");
    }
}

/// How many pairs of failures were tried, and what became of them.
fn pairs(proof: &Proof, text: &mut String) {
    if proof.pairs_left_out {
        *text += "\nPairs of failures were not tried: there are too many.\n";
        return;
    }
    let outcomes = || proof.pairs.iter().flat_map(|trial| &trial.outcomes);
    let held = outcomes().filter(|o| o.failed.masters.len() == 1).count();
    let none = outcomes()
        .filter(|o| o.failed.masters.is_empty() && o.trouble.is_none())
        .count();
    let cut = outcomes()
        .filter(|o| o.failed.masters.len() > 1 && o.trouble.is_none())
        .count();
    let bad = outcomes().filter(|o| o.trouble.is_some()).count();
    let _ = writeln!(
        text,
        "\n{} pairs of failures were tried too: {held} times there is one master, {none} times nobody is left, {cut} times both are masters while they cannot hear each other, {bad} times something is wrong.",
        proof.pairs.len()
    );
}

fn troubles(proof: &Proof, text: &mut String) {
    for (index, calm) in proof.calms.iter().enumerate() {
        for (router, trouble) in proof.routers.iter().zip(&calm.troubles) {
            let Some(trouble) = trouble.filter(|_| index == 0) else {
                continue;
            };
            let what = match trouble {
                Trouble::Nobody => "nobody is master although all is well",
                Trouble::Several => "two are masters although all is well",
                Trouble::NoEffect | Trouble::OnlyTogether | Trouble::Restless => {
                    "mastership goes to and fro although all is well"
                }
            };
            let _ = writeln!(text, "\n{}: {what}", router.name);
        }
    }
    let mut told: Vec<(String, Vec<&str>, &Outcome)> = Vec::new();
    for (trial, outcome, trouble) in proof.troubles() {
        let sentence = words::trouble(proof, trial, outcome, trouble);
        let name = proof.routers[outcome.router].name.as_str();
        match told.iter_mut().find(|(known, ..)| *known == sentence) {
            Some((_, routers, _)) => routers.push(name),
            None => told.push((sentence, vec![name], outcome)),
        }
    }
    for (sentence, routers, outcome) in told.iter().take(TROUBLES_SHOWN) {
        let _ = writeln!(text, "\n{}: {sentence}", routers.join(", "));
        if !outcome.remedies.is_empty() {
            let _ = writeln!(text, "  {}", words::arithmetic(proof, outcome));
            *text += "  the smallest change of each kind that moves it:\n";
        }
        for remedy in &outcome.remedies {
            let _ = writeln!(text, "    {}", words::remedy(proof, outcome.router, remedy));
        }
    }
    if told.len() > TROUBLES_SHOWN {
        let _ = writeln!(text, "\nand {} more", told.len() - TROUBLES_SHOWN);
    }
}
