//! `vrrp_instance`: what happens on changes of state: scripts, mails, gratuitous ARP.

use crate::interpret::draft::InstanceDraft;
use crate::interpret::extra;
use crate::interpret::setter::{count, seconds};
use crate::interpret::statement::At;
use crate::tables::{
    CommandForm, Keyword, Otherwise, Status, TIMER_MAX, Takes, UINT_MAX, int, int_or, unused,
};

type Row = Keyword<InstanceDraft>;

rows! {
    /// Rows about changes of state.
    pub(crate) INSTANCE_TRANSITIONS: InstanceDraft = [
        Row::new("garp_extra_if", Takes::Free("SECONDS | all SECONDS", extra::for_one), "global vrrp_garp_extra_if (off)",
            "Announces VIPs this often on interfaces with virtual MAC addresses, or on all, that no adverts go out on; 0 for not.").unit("s").ignored_without(),
        Row::new("garp_lower_prio_delay", Takes::Int(int(0..=TIMER_MAX), |i, v| i.garp.lower_prio_delay = Some(At::new(seconds(v.value), v.span))), "as vrrp_garp_lower_prio_delay",
            "Time from an advert of lower priority to the second set of gratuitous ARPs.").unit("s"),
        Row::new("garp_lower_prio_repeat", Takes::Int(int(0..=UINT_MAX), |i, v| i.garp.lower_prio_repeat = Some(At::new(count(v.value), v.span))), "as vrrp_garp_lower_prio_repeat",
            "Gratuitous ARPs after an advert of lower priority; 0 for none."),
        Row::new("garp_master_delay", Takes::Int(int(0..=TIMER_MAX), |i, v| i.garp.master_delay = Some(seconds(v.value))), "as vrrp_garp_master_delay",
            "Time from becoming master to the second set of gratuitous ARPs; 0 for no second set.").unit("s"),
        Row::new("garp_master_refresh", Takes::Int(int(0..=UINT_MAX), |i, v| i.garp.refresh = Some(seconds(v.value))), "as vrrp_garp_master_refresh",
            "Period of gratuitous ARPs while master; 0 for none.").unit("s"),
        Row::new("garp_master_refresh_repeat", Takes::Int(int_or(1..=UINT_MAX, Otherwise::OneForZero), |i, v| i.garp.refresh_repeat = Some(count(v.value))), "as vrrp_garp_master_refresh_repeat",
            "Gratuitous ARPs in each refresh."),
        Row::new("garp_master_repeat", Takes::Int(int_or(1..=UINT_MAX, Otherwise::OneForZero), |i, v| i.garp.master_repeat = Some(count(v.value))), "as vrrp_garp_master_repeat",
            "Gratuitous ARPs in a set."),
        Row::new("lvs_sync_daemon_interface", Takes::Word("INTERFACE", unused), "",
            "Interface of the IPVS sync daemon, as older files have it.").status(Status::Deprecated("lvs_sync_daemon")).not_yet(),
        Row::new("notify", Takes::Command(CommandForm::WithUser, |i, v| i.notify.set("notify", |n| &mut n.any, v)), "",
            "Command run on every change, with INSTANCE or GROUP, the name, the state and the priority as further arguments."),
        Row::new("notify_backup", Takes::Command(CommandForm::WithUser, |i, v| i.notify.set("notify_backup", |n| &mut n.backup, v)), "",
            "Command run on becoming backup."),
        Row::new("notify_deleted", Takes::Command(CommandForm::Optional, |i, v| i.notify.deleted = Some(Box::new(v))), "",
            "A reload that removes the instance tells DELETED and not FAULT; with the command to run then.").silent_without(),
        Row::new("notify_fault", Takes::Command(CommandForm::WithUser, |i, v| i.notify.set("notify_fault", |n| &mut n.fault, v)), "",
            "Command run on going into FAULT."),
        Row::new("notify_master", Takes::Command(CommandForm::WithUser, |i, v| i.notify.set("notify_master", |n| &mut n.master, v)), "",
            "Command run on becoming master."),
        Row::new("notify_master_rx_lower_pri", Takes::Command(CommandForm::WithUser, |i, v| i.notify.set("notify_master_rx_lower_pri", |n| &mut n.master_rx_lower_pri, v)), "",
            "Command run when a master hears an advert of lower priority."),
        Row::new("notify_priority_changes", Takes::Bool(|i, v| i.notify.priority_changes = Some(v.value)), "as vrrp_notify_priority_changes",
            "Changes of the effective priority are notified too."),
        Row::new("notify_stop", Takes::Command(CommandForm::WithUser, |i, v| i.notify.set("notify_stop", |n| &mut n.stop, v)), "",
            "Command run when the daemon stops."),
        Row::new("smtp_alert", Takes::Bool(|i, v| i.notify.smtp_alert = Some(v.value)), "as smtp_alert_vrrp, smtp_alert, else off",
            "Sends a mail on every change of state."),
        Row::new("vmac_garp_intvl", Takes::Free("SECONDS | all SECONDS", extra::for_one), "off",
            "Earlier name of `garp_extra_if`.").unit("s").status(Status::Deprecated("garp_extra_if")).ignored_without(),
    ];
}
