//! What happens to things that are tracked: scripts, ports, processes, files.

use vipd_config::model::Config;
use vipd_engine::tracking::watch::Kind;

use crate::action::Action;
use crate::machine::Machine;
use crate::watched;

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    Fails,
    Recovers,
}

/// A tracked thing fails or recovers: `chk_mysql`, `tcp 3306`, and for that also `3306`.
pub(super) fn change(
    node: usize,
    words: &[&str],
    machines: &[Machine],
    turn: Turn,
) -> Result<Action, String> {
    let (machine, name) = (&machines[node], words.join(" "));
    let in_full = format!("tcp {name}");
    let is_meant = |known: &&&String| ***known == name || ***known == in_full;
    if let Some(found) = by_result(&machine.config).find(|known| is_meant(&known)) {
        return Ok(match turn {
            Turn::Fails => Action::Fail(node, found.clone()),
            Turn::Recovers => Action::Recover(node, found.clone()),
        });
    }
    let Some((kind, name, readings)) = find(&machine.config, &name) else {
        return Err(not_tracked(machine, &name));
    };
    let reading = match turn {
        Turn::Fails => readings.failed,
        Turn::Recovers => readings.well,
    };
    Ok(Action::Set(node, kind, name.to_owned(), reading))
}

/// So many processes run, or a file has this number.
pub(super) fn set(
    node: usize,
    words: &[&str],
    number: &str,
    machines: &[Machine],
) -> Result<Action, String> {
    let (machine, name) = (&machines[node], words.join(" "));
    let reading = number
        .parse()
        .map_err(|_| format!("`{number}` is no number"))?;
    if by_result(&machine.config).any(|known| *known == name) {
        return Err(format!("`{name}` has no number: it fails or recovers"));
    }
    let (kind, name, _) =
        find(&machine.config, &name).ok_or_else(|| not_tracked(machine, &name))?;
    Ok(Action::Set(node, kind, name.to_owned(), reading))
}

/// Scripts and ports.
fn by_result(config: &Config) -> impl Iterator<Item = &String> {
    let scripts = config.scripts.iter().map(|script| &script.name);
    scripts.chain(config.ports.iter().map(|port| &port.name))
}

/// A process or file by its name, which may have the word for it in front.
fn find<'c>(config: &'c Config, name: &str) -> Option<(Kind, &'c str, watched::Readings)> {
    let exact = watched::all(config).find(|(_, known, _)| *known == name);
    exact.or_else(|| {
        watched::all(config).find(|(kind, known, _)| {
            let rest = name.strip_prefix(kind.word());
            rest.and_then(|rest| rest.strip_prefix(' ')) == Some(*known)
        })
    })
}

fn not_tracked(machine: &Machine, name: &str) -> String {
    let others = watched::all(&machine.config).map(|(_, name, _)| name);
    let names = by_result(&machine.config).map(String::as_str).chain(others);
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    let names = if names.is_empty() {
        "nothing".to_owned()
    } else {
        names.join(", ")
    };
    format!("`{name}` is not tracked on {}, {names} is", machine.name)
}
