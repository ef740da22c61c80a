//! `vrrp_script` blocks.

use std::time::Duration;

use crate::diagnostic::{Class, Diagnostic};
use crate::interpret::draft::{Draft, ScriptDraft};
use crate::interpret::report::Report;
use crate::interpret::statement::Order;
use crate::model::{Check, Command, Config, ScriptUser, TrackScript, Weight};

/// A script that can be tracked.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    /// Its name.
    pub(crate) name: String,
    /// When it was read: it can be tracked only later.
    pub(crate) order: Order,
    /// Weight where a tracking line gives none.
    pub(crate) weight: Weight,
}

/// All scripts that have something to run; of those with the same name the first.
pub(super) fn complete(
    drafts: &[ScriptDraft],
    report: &mut Report,
) -> (Vec<TrackScript>, Vec<Known>) {
    let mut scripts: Vec<TrackScript> = Vec::new();
    let mut known = Vec::new();
    for draft in drafts {
        let name = &draft.name.value;
        if let Some(first) = drafts.iter().find(|other| other.name.value == *name)
            && first.order != draft.order
        {
            report
                .hint(
                    "repeated-name",
                    draft.name.span,
                    format!(
                        "`vrrp_script {name}` is defined already; what tracks it gets the first one"
                    ),
                )
                .labels
                .push((first.name.span, "this one is used".to_owned()));
        }
        let Some(command) = &draft.script else {
            without_command(draft, report);
            continue;
        };
        let weight = draft
            .weight
            .map_or_else(Weight::default, |weight| weight.value);
        known.push(Known {
            name: name.clone(),
            order: draft.order,
            weight,
        });
        if scripts.iter().any(|script| script.name == *name) {
            continue;
        }
        let interval = draft
            .interval
            .map_or(Duration::from_secs(1), |interval| interval.value);
        scripts.push(TrackScript {
            name: name.clone(),
            check: check(&command.value, draft.user.as_ref().map(|user| &user.value)),
            interval,
            timeout: draft.timeout.map_or(interval, |timeout| timeout.value),
            weight,
            rise: draft.rise.unwrap_or(1),
            fall: draft.fall.unwrap_or(1),
            init_fail: draft.init_fail,
        });
    }
    (scripts, known)
}

fn without_command(draft: &ScriptDraft, report: &mut Report) {
    let name = &draft.name.value;
    if name.is_empty() || report.refused("script", &draft.lines) {
        return;
    }
    report
        .general(
            "script-without-command",
            draft.name.span,
            format!("`vrrp_script {name}` has no command to run; it is left out"),
        )
        .help = Some("add a line `script \"COMMAND\"`".to_owned());
}

/// What the command line means: a program, or one of the two forms that start with `<`.
fn check(command: &Command, user: Option<&ScriptUser>) -> Check {
    let run = || {
        let mut command = command.clone();
        command.user = user.cloned();
        Check::Run(command)
    };
    let line = command.argv.join(" ");
    let Some(path) = line
        .strip_prefix('<')
        .map(str::trim_start)
        .filter(|path| path.starts_with('/'))
    else {
        return run();
    };
    if let Some(endpoint) = path.strip_prefix("/dev/tcp/")
        && let Some((host, port)) = endpoint.split_once('/')
        && let Ok(port) = port.trim().parse()
        && !host.is_empty()
    {
        return Check::Connect {
            host: host.to_owned(),
            port,
        };
    }
    Check::Open(path.trim_end().to_owned())
}

/// keepalived says so when it runs, and forgets them.
pub(super) fn leave_out_unused(
    scripts: &mut Vec<TrackScript>,
    config: &Config,
    draft: &Draft,
    report: &mut Report,
) {
    scripts.retain(|script| {
        let tracked = config
            .instances
            .iter()
            .flat_map(|instance| &instance.track_scripts);
        let tracked = tracked.chain(
            config
                .sync_groups
                .iter()
                .flat_map(|group| &group.track_scripts),
        );
        let used = tracked
            .into_iter()
            .any(|tracked| tracked.name == script.name);
        let meant = draft
            .instances
            .iter()
            .flat_map(|instance| &instance.tracking.scripts)
            .any(|tracked| tracked.name.value == script.name);
        if !used && !meant {
            let span = draft
                .scripts
                .iter()
                .find(|known| known.name.value == script.name);
            let message = format!(
                "`vrrp_script {}` is tracked by nothing; it is never run",
                script.name
            );
            let mut notice = Diagnostic::new("unused-script", Class::Notice, message);
            notice.span = span.map(|known| known.name.span);
            notice.help = Some(format!(
                "add `track_script {{ {} }}` to the instance",
                script.name
            ));
            report.add(notice);
        }
        used
    });
}
