//! Checks beside each other: intervals, and two that look at the same thing.

use std::net::IpAddr;

use crate::complete::Scene;
use crate::interpret::report::Report;
use crate::line::Span;
use crate::model::{Check, Config, TrackScript, Transport};

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
            .filter(|timeout| timeout.value >= script.interval)
        {
            let what = if timeout.value > script.interval {
                "longer than"
            } else {
                "as long as"
            };
            report.hint(
                "timeout-over-interval",
                timeout.span,
                format!("`vrrp_script {}` may run {what} its `interval`: runs are skipped, and a failure is seen late", script.name),
            );
        }
        same(&scripts[..index], script, span, scene, report);
        if let Some(address) = named(script, others(scene, config)) {
            report
                .hint(
                    "checks-another-node",
                    span,
                    format!("`vrrp_script {}` asks `{address}`, which is another node or a server behind: when that fails this node gives up too, and the addresses go round in circles", script.name),
                )
                .help = Some("check what runs on this node; a failure elsewhere is no reason to leave".to_owned());
        }
        if let Some(address) = named(script, virtual_addresses(config)) {
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

/// A script before it looks at the same thing.
fn same(
    before: &[TrackScript],
    script: &TrackScript,
    span: Span,
    scene: &Scene<'_>,
    report: &mut Report,
) {
    let Some(first) = before.iter().find(|first| first.check == script.check) else {
        return;
    };
    let mut drafts = scene.draft.scripts.iter();
    let there = drafts.find(|draft| draft.name.value == first.name);
    let what = match &script.check {
        Check::Connect { host, port } => format!("port {port} of {host}"),
        Check::Open(path) => path.clone(),
        Check::Run(command) => command.argv.join(" "),
    };
    let message = format!(
        "`vrrp_script {}` checks the same as `{}`: {what}",
        script.name, first.name
    );
    let place = there.and_then(|draft| draft.script.as_ref());
    let labels = place.map(|command| (command.span, "checked here too".to_owned()));
    let problem = report.hint("same-check", span, message);
    problem.labels.extend(labels);
}

/// The addresses that the master holds.
fn virtual_addresses(config: &Config) -> impl Iterator<Item = IpAddr> {
    let instances = config.instances.iter();
    instances.flat_map(|instance| instance.addresses.iter().map(|vip| vip.address))
}

/// Addresses of other machines that the file names: peers and real servers.
fn others<'a>(scene: &'a Scene<'_>, config: &'a Config) -> impl Iterator<Item = IpAddr> + 'a {
    let transports = config.instances.iter().map(|instance| &instance.transport);
    let peers = transports.flat_map(|transport| match transport {
        Transport::Unicast { peers, .. } => peers.as_slice(),
        Transport::Multicast { .. } => &[],
    });
    let services = scene.draft.virtual_servers.iter();
    let servers = services.flat_map(|service| &service.servers);
    peers
        .map(|peer| peer.address)
        .chain(servers.filter_map(|server| server.address))
        .filter(|address: &IpAddr| !address.is_loopback())
}

/// The address among these that the check names, if it names one.
fn named(script: &TrackScript, mut addresses: impl Iterator<Item = IpAddr>) -> Option<IpAddr> {
    let text = match &script.check {
        Check::Run(command) => command.argv.join(" "),
        Check::Connect { host, .. } => host.clone(),
        Check::Open(_) => return None,
    };
    let parts: Vec<&str> = text
        .split(|c: char| !(c.is_ascii_hexdigit() || c == '.' || c == ':'))
        .map(|part| part.trim_matches(':'))
        .filter(|part| part.contains(['.', ':']))
        .collect();
    if parts.is_empty() {
        return None;
    }
    addresses.find(|address| {
        let shown = address.to_string();
        let mut parts = parts.iter();
        parts.any(|part| *part == shown || part.split(':').next() == Some(shown.as_str()))
    })
}
