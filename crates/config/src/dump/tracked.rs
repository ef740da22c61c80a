//! What is tracked, what goes together, and what is there from start to stop.

use serde_json::Value;

use crate::dump::instance::notify;
use crate::dump::words::{self, seconds, tracked, user};
use crate::dump::written::Writings;
use crate::dump::{Gather, Section};
use crate::model::{
    Arguments, Check, Config, SyncGroup, TrackFile, TrackPort, TrackProcess, TrackScript,
};

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

/// `track_file`, by the name that the block has.
pub(super) fn file(file: &TrackFile, writings: &Writings) -> Section {
    let spelled = ["vrrp_track_file", "track_file"];
    let mut found = spelled.into_iter();
    let block = found.find(|block| writings.place(block, &file.name, &["file"]).is_some());
    let mut gather = Gather::new(block.unwrap_or("track_file"), &file.name, writings);
    gather.value("file", file.path.clone(), "");
    gather.value("weight", words::weight(file.weight), "");
    let init = file.init.map(|init| {
        let overwrite = if init.overwrite { " overwrite" } else { "" };
        format!("{}{overwrite}", init.value)
    });
    gather.value("init_file", init, "");
    gather.done()
}

/// `vrrp_track_process`
pub(super) fn process(process: &TrackProcess, writings: &Writings) -> Section {
    let mut gather = Gather::new("vrrp_track_process", &process.name, writings);
    let (matching, arguments): (_, &[String]) = match &process.arguments {
        Arguments::Any => (None, &[]),
        Arguments::Exact(list) => (Some("exact"), list),
        Arguments::Initial(list) => (Some("initial"), list),
        Arguments::Partial(list) => (Some("partial"), list),
    };
    let words = std::iter::once(&process.command).chain(arguments);
    let words: Vec<String> = words.map(|word| format!("'{word}'")).collect();
    gather.value("process", words.join(" "), "");
    gather.value("param_match", matching, "");
    gather.any_of(
        "full_command",
        &["full_command", "process", "param_match"],
        process.full_command,
        "",
    );
    gather.value("weight", words::weight(process.weight), "");
    gather.value("quorum", process.quorum, "");
    gather.value("quorum_max", process.quorum_max, "");
    for (keyword, delay) in [
        ("fork_delay", process.fork_delay),
        ("terminate_delay", process.terminate_delay),
    ] {
        gather.any_of(keyword, &[keyword, "delay"], seconds(delay), "");
    }
    gather.done()
}

/// `garp_group`: the blocks have no names, so each is a line.
pub(super) fn pacing(config: &Config, writings: &Writings) -> Section {
    let mut gather = Gather::new("", "", writings);
    for group in &config.garp_groups {
        let text = format!(
            "{}: garp_interval {}, gna_interval {}",
            group.interfaces.join(" "),
            seconds(group.garp_interval),
            seconds(group.gna_interval)
        );
        gather.named_in("garp_group", &group.interfaces, text);
    }
    let delays = config.interface_delays.iter().map(|delay| {
        let (down, up) = (seconds(delay.down), seconds(delay.up));
        format!("{} {down} {up}", delay.interface)
    });
    gather.list("interface_up_down_delays", delays.collect());
    let mut section = gather.done();
    let shown = ["garp_group", "interface_up_down_delays"];
    section
        .fields
        .retain(|field| shown.contains(&field.keyword));
    section
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
    gather.list("track_file", tracked(&group.track_files));
    gather.list("track_process", tracked(&group.track_processes));
    notify(&group.notify, &mut gather);
    gather.done()
}
