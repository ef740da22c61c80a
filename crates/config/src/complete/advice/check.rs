//! Checks beside each other: intervals, and two that look at the same thing.

use std::net::IpAddr;

use crate::complete::Scene;
use crate::interpret::report::Report;
use crate::model::{Check, Config, TrackScript};

/// Looks at all checks.
pub(super) fn advise(
    scene: &Scene<'_>,
    config: &Config,
    scripts: &[TrackScript],
    report: &mut Report,
) {
    for (index, script) in scripts.iter().enumerate() {
        let Some(draft) = scene
            .draft
            .scripts
            .iter()
            .find(|draft| draft.name.value == script.name)
        else {
            continue;
        };
        let span = draft
            .script
            .as_ref()
            .map_or(draft.name.span, |command| command.span);
        if let Some(timeout) = draft
            .timeout
            .filter(|timeout| timeout.value > script.interval)
        {
            report.hint(
                "timeout-over-interval",
                timeout.span,
                format!("`vrrp_script {}` may run longer than its `interval`: runs are skipped, and a failure is seen late", script.name),
            );
        }
        if let Some(first) = scripts[..index]
            .iter()
            .find(|first| first.check == script.check)
        {
            let there = scene
                .draft
                .scripts
                .iter()
                .find(|draft| draft.name.value == first.name);
            let what = match &script.check {
                Check::Connect { host, port } => format!("port {port} of {host}"),
                Check::Open(path) => path.clone(),
                Check::Run(command) => command.argv.join(" "),
            };
            report
                .hint(
                    "same-check",
                    span,
                    format!(
                        "`vrrp_script {}` checks the same as `{}`: {what}",
                        script.name, first.name
                    ),
                )
                .labels
                .extend(
                    there
                        .and_then(|draft| draft.script.as_ref())
                        .map(|command| (command.span, "checked here too".to_owned())),
                );
        }
        if let Some(address) = checks_own_address(script, config) {
            report
                .hint(
                    "checks-the-address",
                    span,
                    format!("`vrrp_script {}` asks `{address}`, which the master holds: a backup checks the master, not itself", script.name),
                )
                .help = Some("ask 127.0.0.1, or an address of this node".to_owned());
        }
    }
}

/// The virtual address that the check names, if it names one.
fn checks_own_address(script: &TrackScript, config: &Config) -> Option<IpAddr> {
    let text = match &script.check {
        Check::Run(command) => command.argv.join(" "),
        Check::Connect { host, .. } => host.clone(),
        Check::Open(_) => return None,
    };
    let parts: Vec<&str> = text
        .split(|c: char| !(c.is_ascii_hexdigit() || c == '.' || c == ':'))
        .map(|part| part.trim_matches(':'))
        .collect();
    let mut addresses = config
        .instances
        .iter()
        .flat_map(|instance| &instance.addresses);
    addresses.find_map(|address| {
        let shown = address.address.to_string();
        let named = parts
            .iter()
            .any(|part| *part == shown || part.split(':').next() == Some(shown.as_str()));
        named.then_some(address.address)
    })
}
