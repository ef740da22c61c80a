//! What is tracked, what goes together, and what is there from start to stop.

use serde_json::Value;

use crate::dump::instance::notify;
use crate::dump::words::{self, seconds, tracked, user};
use crate::dump::written::Writings;
use crate::dump::{Gather, Section};
use crate::model::{Check, Config, SyncGroup, TrackPort, TrackScript};

/// `static_ipaddress`, `static_routes`, `static_rules`
pub(super) fn statics(config: &Config, writings: &Writings) -> Vec<Section> {
    let mut all = Vec::new();
    for list in ["static_ipaddress", "static_routes", "static_rules"] {
        let mut gather = Gather::new("", "", writings);
        if list == "static_ipaddress" {
            let held = config.statics.addresses.iter();
            gather.list(
                list,
                held.map(|entry| words::address(entry, None)).collect(),
            );
        } else {
            gather.as_written(list);
        }
        let mut section = gather.done();
        section.fields.retain(|field| field.keyword == list);
        section.block = list;
        all.push(section);
    }
    all
}

/// `vrrp_script`
pub(super) fn script(script: &TrackScript, writings: &Writings) -> Section {
    let mut gather = Gather::new("vrrp_script", &script.name, writings);
    let (shown, as_user) = match &script.check {
        Check::Run(command) => {
            let mut alone = command.clone();
            alone.user = None;
            (words::command(Some(&alone)), command.user.as_ref())
        }
        Check::Connect { host, port } => (Value::from(format!("</dev/tcp/{host}/{port}")), None),
        Check::Open(path) => (Value::from(format!("<{path}")), None),
    };
    gather.value("script", shown, "");
    gather.value("user", as_user.map(user), "script_user");
    gather.value("interval", seconds(script.interval), "");
    gather.value("timeout", seconds(script.timeout), "");
    gather.value("weight", words::weight(script.weight), "");
    gather.value("rise", script.rise, "");
    gather.value("fall", script.fall, "");
    gather.value("init_fail", script.init_fail, "");
    gather.done()
}

/// `vrrp_track_port`; of a line that says it all there is nothing more to say.
pub(super) fn port(port: &TrackPort, writings: &Writings) -> Option<Section> {
    writings.place("vrrp_track_port", &port.name, &["port"])?;
    let mut gather = Gather::new("vrrp_track_port", &port.name, writings);
    gather.value("port", words::port(port.port), "");
    gather.value("weight", words::weight(port.weight), "");
    gather.value("rise_delay", seconds(port.rise_delay), "");
    gather.value("fall_delay", seconds(port.fall_delay), "");
    Some(gather.done())
}

/// `vrrp_sync_group`
pub(super) fn group(group: &SyncGroup, writings: &Writings) -> Section {
    let mut gather = Gather::new("vrrp_sync_group", &group.name, writings);
    for member in &group.members {
        gather.value("group", member.clone(), "");
    }
    let words = ["sync_group_tracking_weight", "global_tracking"];
    gather.any_of(
        "sync_group_tracking_weight",
        &words,
        group.tracking_weight,
        "",
    );
    gather.list("track_interface", tracked(&group.track_interfaces));
    gather.list("track_script", tracked(&group.track_scripts));
    gather.list("track_port", tracked(&group.track_ports));
    notify(&group.notify, &mut gather);
    gather.done()
}
