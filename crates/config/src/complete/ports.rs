//! `vrrp_track_port` blocks, and the ports that lines of `track_port` name themselves.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::diagnostic::{Class, Diagnostic};
use crate::interpret::draft::{Draft, PortLineDraft};
use crate::interpret::report::Report;
use crate::interpret::value;
use crate::model::{Config, TrackPort, Tracked, Weight};

/// All ports that can be tracked: the blocks, then what lines name themselves.
pub(super) fn complete(draft: &Draft, report: &mut Report) -> Vec<TrackPort> {
    let mut ports: Vec<TrackPort> = Vec::new();
    for block in &draft.ports {
        let name = &block.name.value;
        let Some(port) = block.port else {
            if !name.is_empty() && !report.refused("port", &block.lines) {
                report.general(
                    "incomplete-block",
                    block.name.span,
                    format!("`vrrp_track_port {name}` has no `port`; it is left out"),
                );
            }
            continue;
        };
        ports.push(TrackPort {
            name: name.clone(),
            port,
            weight: block.weight,
            rise_delay: block.rise_delay,
            fall_delay: block.fall_delay,
        });
    }
    for line in lines(draft) {
        let is_known = ports.iter().any(|known| known.name == line.name.value);
        if let Some(port) = line.port.filter(|_| !is_known) {
            ports.push(TrackPort {
                name: line.name.value.clone(),
                port,
                weight: Weight::default(),
                rise_delay: Duration::ZERO,
                fall_delay: Duration::ZERO,
            });
        }
    }
    ports
}

fn lines(draft: &Draft) -> impl Iterator<Item = &PortLineDraft> {
    let instances = draft.instances.iter().flat_map(|i| &i.tracking.ports);
    instances.chain(draft.groups.iter().flat_map(|g| &g.tracking.ports))
}

/// The ports of a `track_port` block.
pub(super) fn tracked(
    lines: &[PortLineDraft],
    owner: &str,
    ports: &[TrackPort],
    report: &mut Report,
) -> Vec<Tracked> {
    let mut found: Vec<Tracked> = Vec::new();
    for line in lines {
        let name = &line.name.value;
        let Some(port) = ports.iter().find(|port| port.name == *name) else {
            let near = report.nearest(name, ports.iter().map(|port| port.name.as_str()));
            let problem = report.general(
                "unknown-tracked",
                line.name.span,
                format!("there is no `vrrp_track_port {name}`; `{owner}` does not track it"),
            );
            if let Some(near) = near {
                problem.help = Some(format!("did you mean `{near}`?"));
                problem.fix = value::exact(line.name.span, near);
            }
            continue;
        };
        if found.iter().any(|known| known.name == *name) {
            report.hint(
                "tracked-twice",
                line.name.span,
                format!("`{owner}` tracks port `{name}` already; this line counts nothing"),
            );
            continue;
        }
        found.push(Tracked {
            name: name.clone(),
            weight: line.weight.map_or(port.weight, |weight| weight.value),
        });
    }
    found
}

/// Leaves out what nothing tracks, and says so.
pub(super) fn leave_out_unused(config: &mut Config, draft: &Draft, report: &mut Report) {
    let instances = config.instances.iter().flat_map(|i| &i.track_ports);
    let tracked = instances.chain(config.sync_groups.iter().flat_map(|g| &g.track_ports));
    let names: BTreeSet<String> = tracked.map(|tracked| tracked.name.clone()).collect();
    config.ports.retain(|port| names.contains(&port.name));
    for block in &draft.ports {
        let name = &block.name.value;
        let is_meant = names.contains(name) || lines(draft).any(|line| line.name.value == *name);
        if is_meant || block.port.is_none() {
            continue;
        }
        let message = format!("`vrrp_track_port {name}` is tracked by nothing; it has no effect");
        let mut notice = Diagnostic::new("unused-tracked", Class::Notice, message);
        notice.span = Some(block.name.span);
        notice.help = Some(format!("add `track_port {{ {name} }}` to the instance"));
        report.add(notice);
    }
}
