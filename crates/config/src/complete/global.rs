//! `global_defs` as a whole.

use std::net::IpAddr;
use std::time::Duration;

use crate::interpret::draft::{FifoDraft, GlobalDraft};
use crate::interpret::report::Report;
use crate::interpret::statement::At;
use crate::load::Host;
use crate::model::{AutoPriority, Buffer, Fifo, Global};

/// Time limit of the start and stop scripts.
const SCRIPT_LIMIT: Duration = Duration::from_secs(10);

/// `min_auto_priority_delay` when it is not given.
const AUTO_PRIORITY_DELAY: Duration = Duration::from_secs(1);

/// Fills in what other lines decide.
pub(super) fn complete(draft: &GlobalDraft, host: &Host, report: &mut Report) -> Global {
    let mut global = draft.global.clone();
    global.router_id = draft
        .router_id
        .as_ref()
        .map_or_else(|| host.hostname.clone(), |name| name.value.clone());
    global.script_user = draft.script_user.as_ref().map(|user| user.value.clone());
    global.notify_fifo = fifo(&draft.notify_fifo, "notify_fifo", report);
    global.vrrp_notify_fifo = fifo(&draft.vrrp_notify_fifo, "vrrp_notify_fifo", report);
    same_fifo(draft, &mut global, report);
    unknown_mail_server(draft, host, report);
    global.startup_script = draft.startup_script.as_ref().map(|command| {
        (
            command.value.clone(),
            draft.startup_timeout.unwrap_or(SCRIPT_LIMIT),
        )
    });
    global.shutdown_script = draft.shutdown_script.as_ref().map(|command| {
        (
            command.value.clone(),
            draft.shutdown_timeout.unwrap_or(SCRIPT_LIMIT),
        )
    });
    if draft.process_names {
        for (process, name) in [("vrrp", "keepalived_vrrp"), ("checker", "keepalived_lvs")] {
            global
                .process_names
                .entry(process.to_owned())
                .or_insert_with(|| name.to_owned());
        }
    }
    global.process_events_buffer = draft
        .process_buffer
        .map(|bytes| (bytes, draft.process_buffer_force));
    process(draft, &mut global);
    process_names(&mut global);
    group(draft.group4, "vrrp_mcast_group4", IpAddr::is_ipv4, report);
    group(draft.group6, "vrrp_mcast_group6", IpAddr::is_ipv6, report);
    global
}

/// How the VRRP process is run.
fn process(draft: &GlobalDraft, global: &mut Global) {
    let process = &mut global.vrrp_process;
    // keepalived makes 2 of 1.
    process.real_time_micros = process.real_time_micros.max(2);
    process.auto_priority = (draft.auto_priority > 0).then_some(AutoPriority {
        most: draft.auto_priority,
        delay: draft.auto_priority_delay.unwrap_or(AUTO_PRIORITY_DELAY),
    });
    let buffer = |bytes: Option<u32>, forced| bytes.map(|bytes| Buffer { bytes, forced });
    process.command_buffer = buffer(draft.command_buffer, draft.command_buffer_force);
    process.monitor_buffer = buffer(draft.monitor_buffer, draft.monitor_buffer_force);
}

/// keepalived looks the mail server up while it reads, and forgets it when there is no address.
fn unknown_mail_server(draft: &GlobalDraft, host: &Host, report: &mut Report) {
    let named = draft.smtp_server.as_ref();
    if let Some(server) = named.filter(|server| host.cannot_resolve(&server.value)) {
        report.general(
            "unknown-host",
            server.span,
            format!(
                "no address is known for `{}`; mails cannot be sent until there is one",
                server.value
            ),
        );
    }
}

/// The kernel keeps 15 bytes of a name.
fn process_names(global: &mut Global) {
    for name in global.process_names.values_mut() {
        let mut end = name.len().min(15);
        while !name.is_char_boundary(end) {
            end -= 1;
        }
        name.truncate(end);
    }
}

pub(super) fn fifo(draft: &FifoDraft, keyword: &str, report: &mut Report) -> Option<Fifo> {
    let Some(path) = &draft.path else {
        if let Some(script) = &draft.script {
            report.hint(
                "fifo-script-without-fifo",
                script.span,
                format!("`{keyword}_script` has no `{keyword}` to read from; it is not run"),
            );
        }
        return None;
    };
    let (path, user) = path.value.clone();
    Some(Fifo {
        path,
        user,
        script: draft.script.as_ref().map(|script| script.value.clone()),
    })
}

/// The FIFO of VRRP must not be the one for everything.
fn same_fifo(draft: &GlobalDraft, global: &mut Global, report: &mut Report) {
    let (Some(all), Some(vrrp)) = (&global.notify_fifo, &global.vrrp_notify_fifo) else {
        return;
    };
    if all.path != vrrp.path {
        return;
    }
    let span = draft
        .vrrp_notify_fifo
        .path
        .as_ref()
        .map(|path| path.span)
        .unwrap_or_default();
    report.general(
        "same-fifo",
        span,
        format!(
            "`{}` is the path of `notify_fifo` too; `vrrp_notify_fifo` is ignored",
            vrrp.path
        ),
    );
    global.vrrp_notify_fifo = None;
}

fn group(
    group: Option<At<IpAddr>>,
    keyword: &str,
    family: fn(&IpAddr) -> bool,
    report: &mut Report,
) {
    let Some(group) = group else { return };
    if !is_group(group.value, family) {
        report.general(
            "not-multicast",
            group.span,
            format!(
                "`{}` is not a multicast address for `{keyword}`; the default is used",
                group.value
            ),
        );
    }
}

/// The multicast group of instances that name none.
pub(super) fn group_of(draft: &GlobalDraft, v6: bool) -> IpAddr {
    let (given, family, default): (_, fn(&IpAddr) -> bool, _) = if v6 {
        (
            draft.group6,
            IpAddr::is_ipv6,
            IpAddr::from([0xff02, 0, 0, 0, 0, 0, 0, 0x12]),
        )
    } else {
        (draft.group4, IpAddr::is_ipv4, IpAddr::from([224, 0, 0, 18]))
    };
    given
        .map(|group| group.value)
        .filter(|group| is_group(*group, family))
        .unwrap_or(default)
}

fn is_group(address: IpAddr, family: fn(&IpAddr) -> bool) -> bool {
    address.is_multicast() && family(&address)
}
