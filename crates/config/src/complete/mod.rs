//! From drafts to the configuration: defaults, and what depends on more than one line.
//!
//! Nothing here looks at text again. The order of the steps is that of keepalived, which
//! knows all of `global_defs` before it looks at the first instance.

mod addresses;
mod advice;
mod between;
pub(crate) mod codes;
mod election;
mod global;
mod group_tracking;
mod groups;
mod hmac;
mod instance;
mod interfaces;
mod lvs;
mod notify;
mod ports;
mod recorded;
mod scripts;
mod security;
mod statics;
mod strict;
mod tracking;
mod transport;
mod virtual_links;
mod watched;

use std::collections::BTreeSet;

use crate::diagnostic::Diagnostic;
use crate::interpret::draft::{Draft, InstanceDraft};
use crate::interpret::report::Report;
use crate::load::Host;
use crate::model::{Config, TrackFile, TrackPort, TrackProcess};

/// What the steps for each instance need to know.
pub(crate) struct Scene<'a> {
    /// All blocks, as read.
    pub(crate) draft: &'a Draft,
    /// The machine.
    pub(crate) host: &'a Host,
    /// Names of scripts that have something to run, with when they were read.
    pub(crate) scripts: Vec<scripts::Known>,
    /// Ports that can be tracked.
    pub(crate) ports: Vec<TrackPort>,
    /// Files that can be tracked.
    pub(crate) files: Vec<watched::Known<TrackFile>>,
    /// Processes that can be tracked.
    pub(crate) processes: Vec<watched::Known<TrackProcess>>,
}

/// Makes the configuration.
pub(crate) fn complete(draft: &Draft, host: &Host, report: &mut Report) -> Config {
    let mut config = Config {
        root: draft.root.clone(),
        global: global::complete(&draft.global, host, report),
        ..Config::default()
    };
    let (mut scripts, known) = scripts::complete(&draft.scripts, report);
    let scene = Scene {
        draft,
        host,
        scripts: known,
        ports: ports::complete(draft, report),
        files: watched::files(draft, report),
        processes: watched::processes(draft, report),
    };
    config.instances.reserve_exact(draft.instances.len());
    for block in blocks(draft) {
        config
            .instances
            .push(instance::complete(block, &scene, report));
    }
    virtual_links::complete(&scene, &mut config, report);
    config.sync_groups = groups::complete(&scene, &mut config.instances, report);
    between::check(draft, &config.instances, report);
    statics::complete(&scene, &mut config, report);
    recorded::check(&scene, report);
    config.lvs = lvs::complete(&scene, &config.instances, report);
    let disabled = security::check(&scene, report);
    advice::advise(&scene, &config, &scripts, report);
    scripts::leave_out_unused(&mut scripts, &config, draft, report);
    config.scripts = scripts;
    config.ports.clone_from(&scene.ports);
    ports::leave_out_unused(&mut config, draft, report);
    let files = scene.files.iter().map(|known| known.what.clone());
    config.files = files.collect();
    let processes = scene.processes.iter().map(|known| known.what.clone());
    config.processes = processes.collect();
    config.linkbeat = statics::linkbeat(draft, &config.instances);
    config.garp_groups = statics::garp_groups(draft);
    config.interface_delays = statics::interface_delays(draft, &config, report);
    watched::leave_out_unused(&mut config, draft, report);
    disable(&disabled, &mut config);
    not_in_effect(report);
    config
}

/// keepalived runs on without scripts that it cannot run, as if nothing tracked them.
fn disable(names: &BTreeSet<String>, config: &mut Config) {
    config
        .scripts
        .retain(|script| !names.contains(&script.name));
    for instance in &mut config.instances {
        instance
            .track_scripts
            .retain(|tracked| !names.contains(&tracked.name));
    }
    for group in &mut config.sync_groups {
        group
            .track_scripts
            .retain(|tracked| !names.contains(&tracked.name));
    }
}

/// The blocks that instances were made of: one for each, in their order.
pub(crate) fn blocks(draft: &Draft) -> impl Iterator<Item = &InstanceDraft> {
    let blocks = draft.instances.iter();
    blocks.filter(|block| !block.name.value.is_empty())
}

/// One warning that names every word that is recognised and not in effect.
fn not_in_effect(report: &mut Report) {
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in &report.not_in_effect {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let Some((_, first)) = report.not_in_effect.first() else {
        return;
    };
    let listed = names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ");
    let mut warning = Diagnostic::hint(
        "not-in-effect",
        format!("recognised, but without effect in this version of vipd: {listed}"),
    )
    .at(*first);
    for name in names.iter().skip(1) {
        let place = report.not_in_effect.iter().find(|(known, _)| known == name);
        warning
            .labels
            .extend(place.map(|(_, span)| (*span, "also this".to_owned())));
    }
    report.add(warning);
}
