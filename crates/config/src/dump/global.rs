//! `global_defs` and the root of the file.

use std::time::Duration;

use serde_json::Value;

use crate::dump::words::{command, seconds, user};
use crate::dump::written::Writings;
use crate::dump::{Gather, Section};
use crate::model::{Buffer, Config, Fifo, Firewall, Global, Retry};

/// Words at the root.
pub(super) fn root(config: &Config, writings: &Writings) -> Section {
    let root = &config.root;
    let mut gather = Gather::new("", "", writings);
    gather.value("instance", root.instance.clone(), "");
    gather.value("net_namespace", root.net_namespace.clone(), "");
    gather.value("use_pid_dir", root.use_pid_dir, "");
    gather.value("child_wait_time", seconds(root.child_wait_time), "");
    gather.value("linkbeat_use_polling", config.linkbeat.all, "");
    gather.done()
}

/// `global_defs`
pub(super) fn section(config: &Config, writings: &Writings) -> Section {
    let global = &config.global;
    let mut gather = Gather::new("global_defs", "", writings);
    gather.value("router_id", global.router_id.clone(), "");
    mail(global, &mut gather);
    scripts(global, &mut gather);
    processes(global, &mut gather);
    gather.value("vrrp_garp_interval", seconds(global.garp_interval), "");
    gather.value("vrrp_gna_interval", seconds(global.gna_interval), "");
    gather.value("vrrp_startup_delay", seconds(global.startup_delay), "");
    gather.value(
        "vrrp_delay_after_boot",
        seconds(global.delay_after_boot),
        "",
    );
    firewall(&global.firewall, &mut gather);
    gather.value("dynamic_interfaces", global.dynamic_interfaces, "");
    gather.value("vip_restore", global.vip_restore, "");
    gather.value("log_unknown_vrids", global.log_unknown_vrids, "");
    gather.value("umask", format!("0{:o}", global.umask), "");
    gather.value("reload_check_config", global.reload_check_config, "");
    gather.value("reload_file", global.reload_file.clone(), "");
    gather.value("reload_time_file", global.reload_time_file.clone(), "");
    gather.value("reload_repeat", global.reload_repeat, "");
    gather.value(
        "fifo_write_vrrp_states_on_reload",
        global.fifo_states_on_reload,
        "",
    );
    gather.value("set_supplementary_groups", global.supplementary_groups, "");
    gather.done()
}

fn firewall(firewall: &Firewall, gather: &mut Gather<'_>) {
    gather.value("nftables", firewall.table.clone(), "");
    gather.value("nftables_priority", firewall.priority, "");
    gather.value("nftables_counters", firewall.counters, "");
    gather.value("disable_local_igmp", !firewall.moves_reports, "");
}

fn mail(global: &Global, gather: &mut Gather<'_>) {
    let mail = &global.mail;
    for address in &mail.to {
        gather.value("notification_email", address.clone(), "");
    }
    gather.value("notification_email_from", mail.from.clone(), "");
    let server = mail.server.as_ref();
    gather.value(
        "smtp_server",
        server.map(|(host, port)| format!("{host} {port}")),
        "",
    );
    gather.value("smtp_helo_name", mail.helo_name.clone(), "");
    gather.value("smtp_connect_timeout", seconds(mail.timeout), "");
    gather.value("no_email_faults", global.no_email_faults, "");
}

fn scripts(global: &Global, gather: &mut Gather<'_>) {
    gather.value("script_user", global.script_user.as_ref().map(user), "");
    gather.value("enable_script_security", global.script_security, "");
    gather.value("use_symlink_paths", global.use_symlink_paths, "");
    gather.value("notify_retry", retry(global.notify_retry), "");
    fifo(
        "notify_fifo",
        "notify_fifo_script",
        global.notify_fifo.as_ref(),
        gather,
    );
    fifo(
        "vrrp_notify_fifo",
        "vrrp_notify_fifo_script",
        global.vrrp_notify_fifo.as_ref(),
        gather,
    );
    for (keyword, timeout, script) in [
        (
            "startup_script",
            "startup_script_timeout",
            &global.startup_script,
        ),
        (
            "shutdown_script",
            "shutdown_script_timeout",
            &global.shutdown_script,
        ),
    ] {
        gather.value(
            keyword,
            command(script.as_ref().map(|(command, _)| command)),
            "",
        );
        let limit = script
            .as_ref()
            .map_or(Value::Null, |(_, limit)| seconds(*limit));
        gather.value(timeout, limit, "");
    }
}

/// `TIMES [PAUSE]`; nothing when no script is run again.
fn retry(retry: Retry) -> Option<String> {
    let shown = || format!("{} {}", retry.times, seconds(retry.pause));
    (retry.times > 0).then(shown)
}

fn fifo(keyword: &'static str, script: &'static str, fifo: Option<&Fifo>, gather: &mut Gather<'_>) {
    let shown = fifo.map(|fifo| match &fifo.user {
        Some(owner) => format!("{} {}", fifo.path, user(owner)),
        None => fifo.path.clone(),
    });
    gather.value(keyword, shown, "");
    gather.value(
        script,
        command(fifo.and_then(|fifo| fifo.script.as_ref())),
        "",
    );
}

fn processes(global: &Global, gather: &mut Gather<'_>) {
    for (keyword, process) in [
        ("process_name", ""),
        ("vrrp_process_name", "vrrp"),
        ("checker_process_name", "checker"),
    ] {
        let words = [keyword, "process_names", "lvs_process_name"];
        let most = match process {
            "" => 1,
            "vrrp" => 2,
            _ => 3,
        };
        let name = global.process_names.get(process).cloned();
        gather.any_of(keyword, &words[..most], name, "");
    }
    let process = &global.vrrp_process;
    let automatic = process.auto_priority.map(|automatic| automatic.most);
    gather.value("max_auto_priority", automatic, "");
    let delay = process.auto_priority.map(|automatic| automatic.delay);
    gather.value("min_auto_priority_delay", delay.map(microseconds), "");
    gather.value("vrrp_rlimit_rttime", process.real_time_micros, "");
    let processors: Vec<String> = process.processors.iter().map(u16::to_string).collect();
    let processors = (!processors.is_empty()).then(|| processors.join(" "));
    gather.value("vrrp_cpu_affinity", processors, "");
    gather.value("vrrp_priority", global.vrrp_nice, "");
    gather.value("vrrp_rt_priority", global.vrrp_rt_priority, "");
    gather.value("vrrp_no_swap", global.vrrp_no_swap, "");
    let events = global.process_events_buffer;
    let events = events.map(|(bytes, forced)| Buffer { bytes, forced });
    for (size, force, buffer) in [
        (
            "process_monitor_rcv_bufs",
            "process_monitor_rcv_bufs_force",
            events,
        ),
        (
            "vrrp_netlink_cmd_rcv_bufs",
            "vrrp_netlink_cmd_rcv_bufs_force",
            process.command_buffer,
        ),
        (
            "vrrp_netlink_monitor_rcv_bufs",
            "vrrp_netlink_monitor_rcv_bufs_force",
            process.monitor_buffer,
        ),
    ] {
        gather.value(size, buffer.map(|buffer| buffer.bytes), "");
        let is_forced = buffer.is_some_and(|buffer| buffer.forced);
        gather.value(force, is_forced, "");
    }
}

/// As `min_auto_priority_delay` is written.
fn microseconds(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
