//! Advice: what keepalived says nothing about, and what is hardly ever meant.
//!
//! Hints never change an exit status.

mod check;
mod command;
mod network;
mod notify;
mod pace;
mod server;
mod subnet;
mod text;
mod weight;

use crate::complete::{Scene, blocks};
use crate::interpret::report::Report;
use crate::model::{Config, TrackScript};

/// Adds the hints.
pub(super) fn advise(
    scene: &Scene<'_>,
    config: &Config,
    scripts: &[TrackScript],
    report: &mut Report,
) {
    samples(scene, report);
    firewall(scene, report);
    command::advise(scene, report);
    notify::advise(scene, report);
    server::advise(scene, config, report);
    check::advise(scene, config, scripts, report);
    for (instance, draft) in config.instances.iter().zip(blocks(scene.draft)) {
        network::advise(draft, instance, scene, report);
        subnet::advise(draft, instance, scene, report);
        weight::advise(draft, instance, report);
        pace::advise(draft, instance, scripts, scene, report);
    }
}

/// Values of the sample file that nobody has replaced.
fn samples(scene: &Scene<'_>, report: &mut Report) {
    let global = &scene.draft.global;
    if let Some(name) = global
        .router_id
        .as_ref()
        .filter(|name| name.value == "LVS_DEVEL")
    {
        report
            .hint("sample-value", name.span, "`LVS_DEVEL` is the name of the sample file: mails from all nodes would look the same")
            .help = Some("name this node, or leave the line out: the host name is used then".to_owned());
    }
}

/// Packets of VRRP do not get through to this machine.
fn firewall(scene: &Scene<'_>, report: &mut Report) {
    let Some(first) = scene.draft.instances.first() else {
        return;
    };
    let machine = scene.host.machine.as_ref();
    if let Some(file) = machine.and_then(|machine| machine.0.firewall()) {
        report
            .hint(
                "firewall-drops-adverts",
                first.name.span,
                format!("`{file}` drops what it does not name, and names no VRRP: adverts of other nodes do not arrive, and all are master"),
            )
            .help = Some("let IP protocol 112 in (with `auth_type AH`: 51), to 224.0.0.18 and ff02::12 where multicast is used".to_owned());
    }
}
