//! Who runs scripts, and whether that is safe.
//!
//! The full check, with path components and modes, is made where the files are; here is
//! only what the configuration itself tells, and what decides the exit status of `-t`.

use crate::complete::Scene;
use crate::diagnostic::{Class, Diagnostic};
use crate::interpret::draft::{Draft, NotifyDraft};
use crate::interpret::report::Report;
use crate::interpret::statement::At;
use crate::line::Span;
use crate::load::Program;
use crate::model::Command;

/// User that keepalived falls back to when it exists.
const DEFAULT_USER: &str = "keepalived_script";

/// A command that will be run.
struct Script<'a> {
    program: &'a str,
    span: Span,
    /// It has a user of its own.
    has_user: bool,
    /// Name of the `vrrp_script`.
    tracked: Option<&'a str>,
}

/// Looks at every command of the file.
pub(super) fn check(scene: &Scene<'_>, report: &mut Report) {
    let draft = scene.draft;
    let secure = draft.global.script_security.is_some();
    let user = global_user(scene, report);
    let mut running = None;
    for script in scripts(draft) {
        if secure && !script.has_user && !user {
            without_user(&script, report);
            continue;
        }
        match scene.host.program(script.program) {
            Program::Usable => {
                running.get_or_insert(script.span);
            }
            Program::Missing => disabled(&script, "cannot be found or run", report),
            Program::Insecure if secure => disabled(&script, "can be changed by others than root", report),
            Program::Insecure => {
                running.get_or_insert(script.span);
            }
        }
    }
    if let Some(span) = running.filter(|_| !secure) {
        report
            .add(
                Diagnostic::new(
                    "script-security-off",
                    Class::Security,
                    "scripts are run without `enable_script_security`: nothing checks who can change them",
                )
                .at(span),
            )
            .help = Some("add `enable_script_security` and `script_user USER` to `global_defs`".to_owned());
    }
}

/// Some user is set for scripts that name none.
fn global_user(scene: &Scene<'_>, report: &mut Report) -> bool {
    match &scene.draft.global.script_user {
        Some(user) if scene.host.lacks_user(&user.value.user) => {
            report.general(
                "unknown-user",
                user.span,
                format!("there is no user `{}` on this machine; the line is ignored", user.value.user),
            );
            false
        }
        Some(_) => true,
        None => !scene.host.lacks_user(DEFAULT_USER),
    }
}

fn without_user(script: &Script<'_>, report: &mut Report) {
    report
        .general(
            "script-without-user",
            script.span,
            format!("`{}` has no user to run as under `enable_script_security`; it is disabled", script.program),
        )
        .help = Some("add `script_user USER` to `global_defs`".to_owned());
}

fn disabled(script: &Script<'_>, why: &str, report: &mut Report) {
    // keepalived counts a script that is tracked as a mistake, others it only logs.
    let class = if script.tracked.is_some() { Class::General } else { Class::Notice };
    let name = script.tracked.map_or_else(|| "command".to_owned(), |name| format!("`vrrp_script {name}`"));
    report.add(
        Diagnostic::new(
            "script-disabled",
            class,
            format!("`{}` {why}; the {name} is disabled", script.program),
        )
        .at(script.span),
    );
}

fn scripts(draft: &Draft) -> Vec<Script<'_>> {
    let mut found: Vec<Script<'_>> = Vec::new();
    for script in &draft.scripts {
        let Some(command) = &script.script else { continue };
        if command.value.argv.first().is_some_and(|program| program.starts_with('<')) {
            continue;
        }
        let mut entry = of(command);
        entry.has_user |= script.user.is_some();
        entry.tracked = Some(&script.name.value);
        found.push(entry);
    }
    for instance in &draft.instances {
        found.extend(notify(&instance.notify));
    }
    for group in &draft.groups {
        found.extend(notify(&group.notify));
    }
    let global = &draft.global;
    let fixed = [
        &global.startup_script,
        &global.shutdown_script,
        &global.notify_fifo.script,
        &global.vrrp_notify_fifo.script,
    ];
    found.extend(fixed.into_iter().flatten().map(of));
    found.retain(|script| !script.program.is_empty());
    found
}

fn of(command: &At<Command>) -> Script<'_> {
    Script {
        program: command.value.argv.first().map_or("", String::as_str),
        span: command.span,
        has_user: command.value.user.is_some(),
        tracked: None,
    }
}

fn notify(notify: &NotifyDraft) -> impl Iterator<Item = Script<'_>> {
    let commands = [
        &notify.master,
        &notify.backup,
        &notify.fault,
        &notify.stop,
        &notify.any,
        &notify.master_rx_lower_pri,
    ];
    let deleted = notify.deleted.iter().filter_map(|deleted| {
        deleted.value.as_ref().map(|command| Script {
            program: command.argv.first().map_or("", String::as_str),
            span: deleted.span,
            has_user: command.user.is_some(),
            tracked: None,
        })
    });
    commands.into_iter().flatten().map(of).chain(deleted)
}
