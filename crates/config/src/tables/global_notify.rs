//! `global_defs`: scripts, FIFOs and mails.

use crate::interpret::draft::GlobalDraft;
use crate::interpret::global::{notification_email, notify_retry, script_user, smtp_server};
use crate::interpret::setter::{seconds, some};
use crate::tables::{CommandForm, Keyword, Otherwise, Status, TIMER_MAX, Takes, int, int_or};

type Row = Keyword<GlobalDraft>;

rows! {
    /// Rows about scripts, FIFOs and mails.
    pub(crate) GLOBAL_NOTIFY: GlobalDraft = [
        Row::new("enable_script_security", Takes::Flag(|g, s| { g.script_security = Some(s); g.global.script_security = true; }), "off",
            "Scripts that run as root are refused when another user could change them."),
        Row::new("fifo_write_vrrp_states_on_reload", Takes::Flag(|g, _| g.global.fifo_states_on_reload = true), "off",
            "Writes the state of every instance and group to the FIFOs after a reload."),
        Row::new("no_email_faults", Takes::Flag(|g, _| g.global.no_email_faults = true), "off",
            "No mail is sent about FAULT."),
        Row::new("notification_email", Takes::Names("ADDRESS", notification_email), "",
            "Recipients of mails; several blocks add up."),
        Row::new("notification_email_from", Takes::Word("ADDRESS", |g, v| g.global.mail.from = Some(v.value)), "the user and host name",
            "Sender of mails.").ignored_without(),
        Row::new("notify_fifo", Takes::Free("PATH [USER [GROUP]]", |g, r, s| g.notify_fifo.path(r, s)), "",
            "FIFO that gets a line for every change of state.").ignored_without(),
        Row::new("notify_fifo_script", Takes::Command(CommandForm::WithUser, |g, v| g.notify_fifo.script = some(v)), "",
            "Command that reads `notify_fifo`; the path is its last argument.").ignored_without(),
        Row::new("notify_retry", Takes::Free("COUNT [SECONDS]", notify_retry), "0",
            "How often a notify script that fails is run again, and the pause before that, which doubles each time; not when another state has come.").status(Status::Own),
        Row::new("script_user", Takes::Free("USER [GROUP]", script_user), "keepalived_script if that user exists, else root",
            "User and group that scripts run as.").ignored_without(),
        Row::new("set_supplementary_groups", Takes::Bool(|g, v| g.global.supplementary_groups = v.value), "off",
            "Scripts also get the further groups of their user."),
        Row::new("shutdown_script", Takes::Command(CommandForm::WithUser, |g, v| g.shutdown_script = some(v)), "",
            "Command that is run after everything else has stopped.").ignored_without(),
        Row::new("shutdown_script_timeout", Takes::Int(int(1..=1000), |g, v| g.shutdown_timeout = Some(seconds(v.value))), "10",
            "Longest run of `shutdown_script`.").unit("s").ignored_without(),
        Row::new("smtp_alert", Takes::Bool(|g, v| g.smtp_alert = Some(v.value)), "on for real servers, off otherwise",
            "Whether mails are sent where a block says nothing."),
        Row::new("smtp_alert_vrrp", Takes::Bool(|g, v| g.smtp_alert_vrrp = Some(v.value)), "as global smtp_alert",
            "Whether mails about VRRP instances and groups are sent where these say nothing."),
        Row::new("smtp_connect_timeout", Takes::Int(int_or(1..=TIMER_MAX, Otherwise::OneForZero), |g, v| g.global.mail.timeout = seconds(v.value)), "30",
            "Longest wait for the mail relay.").unit("s"),
        Row::new("smtp_helo_name", Takes::Word("NAME", |g, v| g.global.mail.helo_name = Some(v.value)), "the host name",
            "Name given to the mail relay in HELO.").silent_without(),
        Row::new("smtp_server", Takes::Free("HOST [PORT]", smtp_server), "",
            "Mail relay, port 25 unless said; without one no mail is sent."),
        Row::new("startup_script", Takes::Command(CommandForm::WithUser, |g, v| g.startup_script = some(v)), "",
            "Command that is run before anything else starts.").ignored_without(),
        Row::new("startup_script_timeout", Takes::Int(int(1..=1000), |g, v| g.startup_timeout = Some(seconds(v.value))), "10",
            "Longest run of `startup_script`.").unit("s").ignored_without(),
        Row::new("use_symlink_paths", Takes::Bool(|g, v| g.global.use_symlink_paths = v.value), "off",
            "Script paths are used as written, symbolic links kept."),
        Row::new("vrrp_notify_fifo", Takes::Free("PATH [USER [GROUP]]", |g, r, s| g.vrrp_notify_fifo.path(r, s)), "",
            "FIFO that gets a line for every change of a VRRP instance or group.").ignored_without(),
        Row::new("vrrp_notify_fifo_script", Takes::Command(CommandForm::WithUser, |g, v| g.vrrp_notify_fifo.script = some(v)), "",
            "Command that reads `vrrp_notify_fifo`; the path is its last argument.").ignored_without(),
        Row::new("vrrp_notify_priority_changes", Takes::Bool(|g, v| g.priority_changes = v.value), "off",
            "Changes of the effective priority are notified too, for all instances."),
    ];
}
