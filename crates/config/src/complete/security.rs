//! Who runs scripts, and whether that is safe.
//!
//! The full check, with path components and modes, is made where the files are; here is
//! only what the configuration itself tells, and what decides the exit status of `-t`.

use std::collections::BTreeSet;

use crate::complete::Scene;
use crate::diagnostic::{Class, Diagnostic};
use crate::interpret::draft::{Draft, GroupDraft, NotifyDraft};
use crate::interpret::lvs::draft::ServiceDraft;
use crate::interpret::report::Report;
use crate::interpret::statement::At;
use crate::line::Span;
use crate::load::Program;
use crate::model::Command;

/// User that keepalived falls back to when it exists.
const DEFAULT_USER: &str = "keepalived_script";

/// What becomes of a command.
enum Verdict {
    /// It will be run.
    Runs,
    /// It cannot be run.
    Disabled,
    /// There is nobody to run it as; a `vrrp_script` is then as if it were not defined.
    Removed,
}

/// A command that will be run.
struct Script<'a> {
    program: &'a str,
    span: Span,
    /// A user of its own.
    user: Option<&'a str>,
    /// Where that user is named, when it is not in the line of the command.
    user_span: Option<Span>,
    /// Name of the `vrrp_script`.
    tracked: Option<&'a str>,
}

/// Looks at every command of the file. Returns the names of scripts that keepalived would
/// disable: nothing tracks them then.
pub(super) fn check(scene: &Scene<'_>, report: &mut Report) -> BTreeSet<String> {
    let secure = scene.draft.global.script_security.is_some();
    let user = global_user(scene, report);
    let mut running = None;
    let mut disabled = BTreeSet::new();
    for script in scripts(scene.draft) {
        match verdict(&script, secure, user, scene, report) {
            Verdict::Runs => {
                running.get_or_insert(script.span);
            }
            Verdict::Disabled => disabled.extend(script.tracked.map(str::to_owned)),
            Verdict::Removed => {
                if let Some(name) = script.tracked {
                    disabled.insert(name.to_owned());
                    tracks_removed(name, scene.draft, report);
                }
            }
        }
    }
    if let Some(span) = running.filter(|_| !secure) {
        unchecked(span, report);
    }
    disabled
}

/// What becomes of a command; a message has been made unless it runs.
fn verdict(
    script: &Script<'_>,
    secure: bool,
    user: bool,
    scene: &Scene<'_>,
    report: &mut Report,
) -> Verdict {
    if let Some(own) = script.user.filter(|own| scene.host.lacks_user(own)) {
        unknown_user(script, own, report);
        return Verdict::Removed;
    }
    if secure && script.user.is_none() && !user {
        without_user(script, report);
        return Verdict::Removed;
    }
    match scene.host.program(script.program) {
        Program::Missing => disabled(script, "cannot be found or run", report),
        Program::Insecure if secure => {
            disabled(script, "can be changed by others than root", report);
        }
        Program::Usable | Program::Insecure => return Verdict::Runs,
    }
    Verdict::Disabled
}

/// Lines that track a script which is gone because nobody is there to run it as.
fn tracks_removed(name: &str, draft: &Draft, report: &mut Report) {
    let instances = draft
        .instances
        .iter()
        .map(|block| (&block.name, &block.tracking));
    let groups = draft
        .groups
        .iter()
        .map(|block| (&block.name, &block.tracking));
    for (owner, tracking) in instances.chain(groups) {
        for tracked in tracking
            .scripts
            .iter()
            .filter(|tracked| tracked.name.value == name)
        {
            let message = format!(
                "`vrrp_script {name}` has nobody to run as; `{}` does not track it",
                owner.value
            );
            report.general("unknown-script", tracked.name.span, message);
        }
    }
}

/// Scripts are run, and nothing checks who can change them.
fn unchecked(span: Span, report: &mut Report) {
    // keepalived has given up before it looks at scripts when an interface is not there.
    let gave_up = report
        .diagnostics
        .iter()
        .any(|diagnostic| diagnostic.code == "unknown-interface");
    let class = if gave_up {
        Class::Notice
    } else {
        Class::Security
    };
    let message =
        "scripts are run without `enable_script_security`: nothing checks who can change them";
    report
        .add(Diagnostic::new("script-security-off", class, message).at(span))
        .help =
        Some("add `enable_script_security` and `script_user USER` to `global_defs`".to_owned());
}

/// A tracked script counts as a mistake, any other is left out in silence.
fn unknown_user(script: &Script<'_>, user: &str, report: &mut Report) {
    let class = if script.tracked.is_some() {
        Class::General
    } else {
        Class::Notice
    };
    let message = format!(
        "there is no user `{user}` on this machine; `{}` is disabled",
        script.program
    );
    let span = script.user_span.unwrap_or(script.span);
    report.add(Diagnostic::new("unknown-user", class, message).at(span));
}

/// Some user is set for scripts that name none.
fn global_user(scene: &Scene<'_>, report: &mut Report) -> bool {
    match &scene.draft.global.script_user {
        Some(user) if scene.host.lacks_user(&user.value.user) => {
            report.general(
                "unknown-user",
                user.span,
                format!(
                    "there is no user `{}` on this machine; the line is ignored",
                    user.value.user
                ),
            );
            false
        }
        Some(_) => true,
        None => !scene.host.lacks_user(DEFAULT_USER),
    }
}

fn without_user(script: &Script<'_>, report: &mut Report) {
    // keepalived says so of each script that is tracked, and of others only if nothing was said.
    let said = report
        .diagnostics
        .iter()
        .any(|known| known.code == "script-without-user");
    let class = if said && script.tracked.is_none() {
        Class::Notice
    } else {
        Class::General
    };
    let message = format!(
        "`{}` has no user to run as under `enable_script_security`; it is disabled",
        script.program
    );
    let problem = Diagnostic::new("script-without-user", class, message)
        .at(script.span)
        .help("add `script_user USER` to `global_defs`");
    report.add(problem);
}

fn disabled(script: &Script<'_>, why: &str, report: &mut Report) {
    // keepalived counts a script that is tracked as a mistake, others it only logs.
    let class = if script.tracked.is_some() {
        Class::General
    } else {
        Class::Notice
    };
    let name = script.tracked.map_or_else(
        || "command".to_owned(),
        |name| format!("`vrrp_script {name}`"),
    );
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
        let Some(command) = &script.script else {
            continue;
        };
        if command
            .value
            .argv
            .first()
            .is_some_and(|program| program.starts_with('<'))
        {
            continue;
        }
        let mut entry = of(command);
        if let Some(user) = &script.user {
            entry.user = Some(user.value.user.as_str());
            entry.user_span = Some(user.span);
        }
        entry.tracked = Some(&script.name.value);
        found.push(entry);
    }
    for instance in &draft.instances {
        found.extend(notify(&instance.notify));
    }
    if !draft.groups.is_empty() {
        let names = draft.instances.iter();
        let names: BTreeSet<&str> = names.map(|block| block.name.value.as_str()).collect();
        for group in draft
            .groups
            .iter()
            .filter(|group| has_member(group, &names))
        {
            found.extend(notify(&group.notify));
        }
    }
    for server in &draft.virtual_servers {
        virtual_server(server, &mut found);
    }
    let global = &draft.global;
    let fixed = [
        &global.startup_script,
        &global.shutdown_script,
        &global.notify_fifo.script,
        &global.vrrp_notify_fifo.script,
    ];
    found.extend(fixed.into_iter().flatten().map(of));
    let fifo = &global.lvs.fifo;
    let reader = fifo.script.as_ref().filter(|_| fifo.path.is_some());
    found.extend(reader.map(of));
    found.retain(|script| !script.program.is_empty());
    found
}

/// A group without members is forgotten, its scripts too.
fn has_member(group: &GroupDraft, instances: &BTreeSet<&str>) -> bool {
    let mut members = group.members.iter().flat_map(|members| &members.value);
    members.any(|member| instances.contains(member.value.as_str()))
}

/// Commands of a virtual server.
fn virtual_server<'a>(draft: &'a ServiceDraft, found: &mut Vec<Script<'a>>) {
    let quorum = [&draft.quorum_up, &draft.quorum_down];
    found.extend(quorum.into_iter().flatten().map(|command| of(command)));
    for server in &draft.servers {
        let notify = [&server.notify_up, &server.notify_down];
        found.extend(notify.into_iter().flatten().map(|command| of(command)));
        for words in server
            .checks
            .iter()
            .filter_map(|check| check.words.as_ref())
        {
            let Some(command) = &words.command else {
                continue;
            };
            let mut script = of(command);
            let user = words.user.as_ref();
            script.user = user.map(|user| user.value.user.as_str());
            found.push(script);
        }
    }
}

fn of(command: &At<Command>) -> Script<'_> {
    Script {
        program: command.value.argv.first().map_or("", String::as_str),
        span: command.span,
        user: command.value.user.as_ref().map(|user| user.user.as_str()),
        user_span: None,
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
            user: command.user.as_ref().map(|user| user.user.as_str()),
            user_span: None,
            tracked: None,
        })
    });
    let commands = commands.into_iter().flatten();
    commands.map(|command| of(command)).chain(deleted)
}
