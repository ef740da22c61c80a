//! `vipd check`: what is wrong with a configuration, what happens because of it, how to mend it.

mod cluster;
mod dump;
mod fix;
mod github;
mod reload;
mod sarif;

use std::fmt::Write as _;
use std::io::IsTerminal;

use serde_json::{Value, json};
use vipd_config::diagnostic::terminal::Style;
use vipd_config::diagnostic::{Diagnostic, Severity, json as as_json, terminal};
use vipd_config::files::Files;
use vipd_config::{Host, Loaded, load};
use vipd_daemon::host;

use super::pair::source as read;
use super::{failure, pair};
use crate::keepalived::DEFAULT_CONFIG;
use crate::output::Answer;
use fix::{Fix, Overlay};

/// Exit status when the daemon would not start.
const REFUSED: u8 = 2;
/// Exit status when it would, and there are warnings or hints, and `--strict` was given.
const WARNED: u8 = 1;

/// Check configuration files
///
/// Shows every mistake with its place, its consequence and how to mend it. Several files, or a
/// directory, are those of the nodes of one cluster: they are also compared with each other, and
/// everything that can fail is made to fail in simulated time, to see who is master then. Needs
/// neither root nor the interfaces that the files name. Exit status: 0 the daemon would start, 1
/// it would, and there are warnings or hints, and --strict was given, 2 it would not start, 3 the nodes
/// would not do together what they should.
#[derive(Debug, clap::Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own"
)]
pub(super) struct Arguments {
    /// Configuration file, - is standard input; or that of each node of a cluster: FILE,
    /// NAME=FILE, or a directory with one file for each node
    #[arg(value_name = "FILE", default_value = DEFAULT_CONFIG)]
    files: Vec<String>,

    /// How the report is written
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    format: Format,

    /// Exit status 1 when there are warnings or hints
    #[arg(long)]
    strict: bool,

    /// Show the edits that mend what can be mended, as a difference that `patch` reads
    #[arg(long, value_enum, value_name = "WHICH", num_args = 0..=1, default_missing_value = "certain", require_equals = true)]
    fix: Option<Fix>,

    /// With --fix: write the edits into the files
    #[arg(long, requires = "fix")]
    write: bool,

    /// Show no mistakes but every value as it holds, defaults too, and the line that it comes from
    #[arg(long, conflicts_with_all = ["fix", "explain", "was"])]
    dump: bool,

    /// Check against this machine too: do the interfaces, users and programs exist?
    #[arg(long)]
    host: bool,

    /// Which lines that begin with @ID hold; without this, the host name up to its first dot
    #[arg(short = 'i', long, value_name = "ID")]
    config_id: Option<String>,

    /// Every include must match a file
    #[arg(long)]
    all_config: bool,

    /// With several nodes: show how each priority comes about
    #[arg(long)]
    explain: bool,

    /// With several nodes: the files that they run by now, in the same order; says in which order
    /// to reload them
    #[arg(long, value_name = "FILE", num_args = 1..)]
    was: Vec<String>,
}

/// How the report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people
    Text,
    /// For programs: one JSON object for each file, in an array
    Json,
    /// SARIF 2.1.0, for code scanners
    Sarif,
    /// Annotations of GitHub workflows
    Github,
}

/// Checks all files and sums up.
pub(super) fn answer(arguments: &Arguments) -> Answer {
    let machine = if arguments.host {
        match host::host_with_programs() {
            Ok(machine) => machine,
            Err(error) => return failure("ask for the interfaces of this machine", &error),
        }
    } else {
        Host::unknown(host::name())
    };
    if let Some(which) = arguments.fix {
        return mend(arguments, which, &machine);
    }
    if arguments.dump {
        return dump::answer(arguments, &machine);
    }
    match pair::node_files(&arguments.files) {
        Ok(Some(nodes)) => return cluster::answer(arguments, nodes),
        Ok(None) if !arguments.was.is_empty() => {
            let message = "vipd check: --was is for the files of several nodes\n";
            return Answer::err(message, REFUSED);
        }
        Ok(None) => {}
        Err(error) => return failure("list the files of the nodes", &error),
    }
    alone(arguments, &machine)
}

/// One file by itself.
fn alone(arguments: &Arguments, machine: &Host) -> Answer {
    let nodes = match pair::all_nodes(&arguments.files) {
        Ok(nodes) => nodes,
        Err(error) => return failure("list the files of the nodes", &error),
    };
    let Some(node) = nodes.first() else {
        return Answer::default();
    };
    let name = &node.file;
    let files = match read(name) {
        Ok(files) => files,
        Err(error) => return failure("read standard input", &error),
    };
    let loaded = check(files.as_ref(), name, node.given(), arguments, machine);
    let out = match arguments.format {
        Format::Text => text(name, &loaded, style()),
        Format::Json => format!("{:#}\n", json!([report(name, &loaded)])),
        Format::Sarif => format!("{:#}\n", sarif::render(std::iter::once(&loaded))),
        Format::Github => github::render(&loaded),
    };
    Answer {
        status: exit_status(&loaded, arguments.strict),
        ..Answer::out(out)
    }
}

/// Shows the edits of all files, and writes them when that is asked for. The exit status is
/// that of the files as they are with the edits.
fn mend(arguments: &Arguments, which: Fix, machine: &Host) -> Answer {
    let nodes = match pair::all_nodes(&arguments.files) {
        Ok(nodes) => nodes,
        Err(error) => return failure("list the files of the nodes", &error),
    };
    let mut answer = Answer::default();
    for node in &nodes {
        let name = &node.file;
        let own_id = (nodes.len() > 1).then_some(&*node.name).or(node.given());
        let files = match read(name) {
            Ok(files) => files,
            Err(error) => return failure("read standard input", &error),
        };
        let loaded = check(files.as_ref(), name, own_id, arguments, machine);
        let mended = fix::mend(&loaded, which);
        let with = Overlay {
            below: files.as_ref(),
            texts: &mended.files,
        };
        let after = check(&with, name, own_id, arguments, machine);
        answer.out += &mended.difference;
        let edits = match mended.edits {
            1 => "1 edit".to_owned(),
            edits => format!("{edits} edits"),
        };
        let state = if arguments.write { "made" } else { "possible" };
        let found = summary(&after);
        // Writing to a `String` cannot fail.
        let _ = writeln!(answer.err, "{name}: {edits} {state}; with them: {found}");
        answer.status = answer.status.max(exit_status(&after, arguments.strict));
        if arguments.write
            && let Err(error) = mended.write(&loaded)
        {
            return failure("write the edits", &error);
        }
    }
    answer
}

fn check(
    files: &dyn Files,
    name: &str,
    own_id: Option<&str>,
    arguments: &Arguments,
    machine: &Host,
) -> Loaded {
    let id = arguments.config_id.as_deref().or(own_id);
    let environment = host::environment(id, arguments.all_config);
    load(files, name, &environment, machine)
}

fn exit_status(loaded: &Loaded, strict: bool) -> u8 {
    if loaded.starts().is_err() {
        REFUSED
    } else if strict && !loaded.diagnostics.is_empty() {
        WARNED
    } else {
        0
    }
}

/// Colours when somebody looks at them and has not said otherwise.
fn style() -> Style {
    if std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none() {
        Style::Coloured
    } else {
        Style::Plain
    }
}

/// The report about one file, for people.
fn text(name: &str, loaded: &Loaded, style: Style) -> String {
    let mut text = String::new();
    for diagnostic in &loaded.diagnostics {
        text += &terminal::render(diagnostic, &loaded.sources, style);
        text += "\n\n";
    }
    text + &format!("{name}: {}\n", summary(loaded))
}

/// The report about one file, for programs.
fn report(name: &str, loaded: &Loaded) -> Value {
    let diagnostics: Vec<Value> = loaded
        .diagnostics
        .iter()
        .map(|diagnostic| as_json::render(diagnostic, &loaded.sources))
        .collect();
    json!({
        "file": name,
        "starts": loaded.starts().is_ok(),
        "exit_status": loaded.starts().err().unwrap_or(0),
        "test_exit_status": loaded.test_exit_status(),
        "diagnostics": diagnostics,
    })
}

/// One line: how much was found, and what becomes of the daemon.
fn summary(loaded: &Loaded) -> String {
    let found: Vec<String> = [
        (Severity::Error, "error"),
        (Severity::Warning, "warning"),
        (Severity::Note, "note"),
        (Severity::Hint, "hint"),
    ]
    .into_iter()
    .map(|(severity, word)| (count(loaded, severity), word))
    .filter(|(count, _)| *count > 0)
    .map(|(count, word)| format!("{count} {word}{}", if count == 1 { "" } else { "s" }))
    .collect();
    let found = if found.is_empty() {
        "no mistakes".to_owned()
    } else {
        found.join(", ")
    };
    match loaded.starts() {
        Ok(()) => format!("{found}; the daemon starts"),
        Err(status) => format!("{found}; the daemon does not start (exit status {status})"),
    }
}

fn count(loaded: &Loaded, severity: Severity) -> usize {
    loaded
        .diagnostics
        .iter()
        .map(Diagnostic::severity)
        .filter(|found| *found == severity)
        .count()
}
