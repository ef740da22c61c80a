//! Commands that do not do what they look like.

use crate::complete::Scene;
use crate::complete::advice::text::{self, Text};
use crate::interpret::report::Report;
use crate::interpret::statement::At;
use crate::line::Span;
use crate::model::Command;

/// Words that mean something only to a shell.
const SHELL: [&str; 12] = [
    "|",
    "||",
    "&&",
    ";",
    "&",
    ">",
    ">>",
    "<",
    "2>&1",
    "&>",
    "2>/dev/null",
    "*",
];

/// Programs that always succeed, whatever they print.
const ALWAYS: [&str; 4] = ["echo", "true", "printf", ":"];

/// Words that only a shell knows; there is no program of that name.
const BUILTIN: [&str; 14] = [
    "if", "while", "for", "case", "[[", "((", "source", ".", "export", "exit", "cd", "!", "{",
    "function",
];

/// Looks at all commands.
pub(super) fn advise(scene: &Scene<'_>, report: &mut Report) {
    let draft = scene.draft;
    for script in &draft.scripts {
        let Some(command) = &script.script else {
            continue;
        };
        shell(command, report);
        track(command, &script.name.value, scene, report);
    }
    let notifies = draft.instances.iter().map(|instance| &instance.notify);
    for notify in notifies.chain(draft.groups.iter().map(|group| &group.notify)) {
        let commands = [
            &notify.master,
            &notify.backup,
            &notify.fault,
            &notify.stop,
            &notify.any,
        ];
        for command in commands.into_iter().flatten() {
            shell(command, report);
        }
    }
}

/// No shell reads the line: pipes and redirections are arguments like any other.
fn shell(command: &At<Command>, report: &mut Report) {
    if text::of_shell(&command.value).is_some() {
        return;
    }
    let program = text::program(&command.value);
    let help = "put the line into a file with `#!/bin/sh` and `chmod 755`, and name that";
    if BUILTIN.contains(&program) {
        let message =
            format!("`{program}` is a word of the shell and no program: it cannot be run");
        report.hint("no-shell", command.span, message).help = Some(help.to_owned());
        return;
    }
    let found = command.value.argv.iter().skip(1).find(|word| {
        SHELL.contains(&word.as_str())
            || word.starts_with(">/")
            || word.starts_with("$(")
            || word.ends_with(';')
    });
    if let Some(word) = found {
        let message = format!(
            "no shell reads this command: `{word}` is an argument of `{program}` like any other"
        );
        report.hint("no-shell", command.span, message).help = Some(help.to_owned());
    }
}

/// The command of a `vrrp_script`.
fn track(command: &At<Command>, name: &str, scene: &Scene<'_>, report: &mut Report) {
    always(command, name, report);
    let text = Text::of(&command.value, scene.host);
    let span = command.span;
    if text.mentions("-0") && text.names_daemon() {
        let message = format!(
            "`vrrp_script {name}` checks the daemon that runs it, so it can never fail usefully"
        );
        report.hint("checks-itself", span, message);
        return;
    }
    if text.stops("keepalived") || text.stops("vipd") {
        report
            .hint("stops-the-daemon", span, format!("`vrrp_script {name}` stops the daemon that runs it: the node leaves for good"))
            .help = Some("let the command fail instead: without `weight` the instance leaves, and comes back by itself".to_owned());
    } else if text.starts_something() {
        report
            .hint(
                "check-repairs",
                span,
                format!("`vrrp_script {name}` starts a service: while that succeeds the check never fails"),
            )
            .help = Some("check in one command, repair in another (such as `notify_fault`)".to_owned());
    }
    by_name(command, name, report);
}

/// `echo`, or a shell line whose last part always succeeds.
fn always(command: &At<Command>, name: &str, report: &mut Report) {
    let span: Span = command.span;
    let program = text::program(&command.value);
    let last = text::of_shell(&command.value).and_then(last_resort);
    let Some(what) = ALWAYS.contains(&program).then_some(program).or(last) else {
        return;
    };
    report
        .hint(
            "always-succeeds",
            span,
            format!("`{what}` always succeeds, so `vrrp_script {name}` can never fail"),
        )
        .help = Some("what counts is the exit status, not what is printed".to_owned());
}

/// What a shell line does last, whatever came before, when it always succeeds.
fn last_resort(line: &str) -> Option<&str> {
    let end = |separator: &str| line.rfind(separator).map(|at| at + separator.len());
    let start = end("||").max(end(";")).max(end("\n"))?;
    let last = line.get(start..)?.trim();
    let program = last.split_whitespace().next()?;
    (last == "exit 0" || ALWAYS.contains(&program) && !last.contains("&&")).then_some(last)
}

/// `killall -0 NAME`
fn by_name(command: &At<Command>, name: &str, report: &mut Report) {
    let argv = &command.value.argv;
    if text::program(&command.value) != "killall" || !argv.iter().any(|word| word == "-0") {
        return;
    }
    let process = argv.iter().skip(1).find(|word| !word.starts_with('-'));
    let process = process.map_or("NAME", String::as_str);
    report
        .hint(
            "killall-check",
            command.span,
            format!("`vrrp_script {name}` needs `killall` (package psmisc), and any process named `{process}` will do for it, of whatever user and in whatever container, even one that hangs"),
        )
        .help = Some(format!("track the process itself: `vrrp_track_process {name} {{ process {process} }}` and `track_process {{ {name} }}`, or the port: `track_port`"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_line_succeeds_when_its_last_part_always_does() {
        let cases = [
            ("pidof x && echo 1 || echo 0", Some("echo 0")),
            ("pidof x || true", Some("true")),
            ("pidof x; exit 0", Some("exit 0")),
            ("pidof x || exit 1", None),
            ("pidof x && echo 1", None),
            ("echo a; pidof x", None),
            ("echo a; true && pidof x", None),
        ];
        for (line, last) in cases {
            assert_eq!(last_resort(line), last, "{line}");
        }
    }
}
