//! Commands that do not do what they look like.

use crate::complete::Scene;
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

/// Looks at all commands.
pub(super) fn advise(scene: &Scene<'_>, report: &mut Report) {
    let draft = scene.draft;
    for script in &draft.scripts {
        let Some(command) = &script.script else {
            continue;
        };
        shell(command, report);
        track(command, &script.name.value, report);
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

fn program(command: &Command) -> &str {
    let path = command.argv.first().map_or("", String::as_str);
    path.rsplit('/').next().unwrap_or(path)
}

/// No shell reads the line: pipes and redirections are arguments like any other.
fn shell(command: &At<Command>, report: &mut Report) {
    if ["sh", "bash", "dash", "ash", "zsh"].contains(&program(&command.value)) {
        return;
    }
    let found = command.value.argv.iter().skip(1).find(|word| {
        SHELL.contains(&word.as_str())
            || word.starts_with(">/")
            || word.starts_with("$(")
            || word.ends_with(';')
    });
    if let Some(word) = found {
        report
            .hint(
                "no-shell",
                command.span,
                format!(
                    "no shell reads this command: `{word}` is an argument of `{}` like any other",
                    program(&command.value)
                ),
            )
            .help = Some(
            "put the line into a file with `#!/bin/sh` and `chmod 755`, and name that".to_owned(),
        );
    }
}

fn track(command: &At<Command>, name: &str, report: &mut Report) {
    let program = program(&command.value);
    let line = command.value.argv.join(" ");
    let span: Span = command.span;
    if ALWAYS.contains(&program) {
        report
            .hint(
                "always-succeeds",
                span,
                format!("`{program}` always succeeds, so `vrrp_script {name}` can never fail"),
            )
            .help = Some("what counts is the exit status, not what is printed".to_owned());
    }
    let about_daemon = line.contains("keepalived") || line.contains("vipd");
    let stops = ["stop", "restart", "pkill", "killall", "kill "]
        .iter()
        .any(|word| line.contains(word));
    if about_daemon && line.contains("-0") {
        report.hint(
            "checks-itself",
            span,
            format!(
                "`vrrp_script {name}` checks the daemon that runs it, so it can never fail usefully"
            ),
        );
    } else if about_daemon && stops {
        report
            .hint("stops-the-daemon", span, format!("`vrrp_script {name}` stops the daemon that runs it: the node leaves for good"))
            .help = Some("let the command fail instead: without `weight` the instance leaves, and comes back by itself".to_owned());
    } else if ["systemctl", "service"].contains(&program)
        && (line.contains(" start") || line.contains(" restart"))
    {
        report
            .hint(
                "check-repairs",
                span,
                format!("`vrrp_script {name}` starts a service: while that succeeds the check never fails"),
            )
            .help = Some("check in one command, repair in another (such as `notify_fault`)".to_owned());
    }
}
