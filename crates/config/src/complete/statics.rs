//! Static addresses, routes and rules, and who follows them.

use crate::complete::{Scene, addresses, interfaces};
use crate::diagnostic::{Class, Diagnostic};
use crate::interpret::draft::Draft;
use crate::interpret::report::Report;
use crate::interpret::statement::At;
use crate::line::Span;
use crate::model::{
    Config, GarpGroup, Instance, InterfaceDelay, Linkbeat, Statics, Tracked, VirtualAddress, Weight,
};

/// Interface of static addresses when `default_interface` is not given.
const DEFAULT_INTERFACE: &str = "eth0";

/// Everything static, and the instances of track groups.
pub(super) fn complete(scene: &Scene<'_>, config: &mut Config, report: &mut Report) {
    let draft = scene.draft;
    let addresses = draft.static_addresses.iter();
    let addresses = addresses
        .map(|entry| address(entry, scene, report))
        .collect();
    let routing = draft.routing.every().map(|entry| entry.value.clone());
    config.statics = Statics {
        addresses,
        routing: routing.collect(),
    };
    for name in &draft.routing.interfaces {
        interfaces::exists(
            name,
            format_args!("a route or rule names it"),
            scene,
            report,
        );
    }
    track(scene, config, report);
}

fn address(entry: &At<VirtualAddress>, scene: &Scene<'_>, report: &mut Report) -> VirtualAddress {
    let mut address = addresses::settled(&entry.value);
    match &address.interface {
        Some(interface) => {
            let name = At::new(interface.clone(), entry.span);
            interfaces::exists(
                &name,
                format_args!("a static address is to be on it"),
                scene,
                report,
            );
        }
        None => address.interface = Some(default_interface(scene, entry.span, report)),
    }
    address
}

fn default_interface(scene: &Scene<'_>, span: Span, report: &mut Report) -> String {
    let default = scene.draft.global.default_interface.as_ref();
    let name = default.map_or(DEFAULT_INTERFACE, |name| name.value.as_str());
    if scene.host.lacks(name) {
        let message = format!(
            "a static address without `dev` goes to `{name}`, which is not on this machine"
        );
        report.add(Diagnostic::new("unknown-interface", Class::Fatal, message).at(span));
    }
    name.to_owned()
}

/// The members of a track group follow the interfaces of what names the group.
fn track(scene: &Scene<'_>, config: &mut Config, report: &mut Report) {
    for group in &scene.draft.track_groups {
        let name = Some(group.name.value.as_str());
        let statics = &config.statics;
        let addresses = statics.addresses.iter();
        let addresses = addresses.filter(|address| address.track_group.as_deref() == name);
        let routing = statics.routing.iter();
        let routing = routing.filter(|routing| routing.track_group() == name);
        let followed: Vec<String> = addresses
            .filter_map(|address| address.interface.as_deref())
            .chain(routing.filter_map(|routing| routing.interface()))
            .map(str::to_owned)
            .collect();
        for member in &group.members {
            let instances = &mut config.instances;
            let Some(instance) = instances.iter_mut().find(|i| i.name == member.value) else {
                let message = format!("there is no `vrrp_instance {}`", member.value);
                report.general("unknown-member", member.span, message);
                continue;
            };
            for name in &followed {
                let listed = &mut instance.track_interfaces;
                if listed.iter().all(|known| known.name != *name) {
                    listed.push(Tracked {
                        name: name.clone(),
                        weight: Weight::default(),
                    });
                }
            }
        }
    }
}

/// Groups of interfaces with gaps between announcements; those without gaps change nothing.
pub(super) fn garp_groups(draft: &Draft) -> Vec<GarpGroup> {
    let groups = draft.garp_groups.iter().map(|group| GarpGroup {
        interfaces: group.interfaces.iter().map(|at| at.value.clone()).collect(),
        garp_interval: group.garp_interval,
        gna_interval: group.gna_interval,
    });
    groups
        .filter(|group| !(group.garp_interval.is_zero() && group.gna_interval.is_zero()))
        .collect()
}

/// Delays of interfaces. One that is down may not count as up for so long that backups take over
/// before the instance there gives way.
pub(super) fn interface_delays(
    draft: &Draft,
    config: &Config,
    report: &mut Report,
) -> Vec<InterfaceDelay> {
    let mut delays = Vec::new();
    for line in &draft.delayed_interfaces {
        let name = &line.name.value;
        let there = |instance: &&Instance| instance.interface.as_ref() == Some(name);
        let instances = config.instances.iter().filter(there);
        let longest = instances
            .map(|i| i.advert_interval * u32::from(i.down_timer_adverts.saturating_sub(1)))
            .min();
        let mut down = line.down;
        if let Some(longest) = longest.filter(|longest| down > *longest) {
            let message = format!(
                "`{name}` may be down for {} s at most before that counts, or backups take over first; that is used",
                longest.as_secs_f64()
            );
            report.hint("delay-too-long", line.name.span, message);
            down = longest;
        }
        delays.push(InterfaceDelay {
            interface: name.clone(),
            down,
            up: line.up,
        });
    }
    delays
}

/// Interfaces that are asked for their link state.
pub(super) fn linkbeat(draft: &Draft, instances: &[Instance]) -> Linkbeat {
    let mut linkbeat = draft.linkbeat.clone();
    for asked in draft.instances.iter().filter(|instance| instance.linkbeat) {
        let name = &asked.name.value;
        let found = instances.iter().find(|instance| instance.name == *name);
        if let Some(name) = found.and_then(|instance| instance.interface.clone()) {
            linkbeat.interfaces.entry(name).or_default();
        }
    }
    linkbeat
}
