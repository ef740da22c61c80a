//! `vrrp_sync_group`.

use crate::interpret::draft::GroupDraft;
use crate::interpret::port;
use crate::interpret::sync_group::group;
use crate::interpret::tracking::{BFDS, FILES, INTERFACES, PROCESSES, SCRIPTS, tracked};
use crate::tables::{CommandForm, Keyword, Status, Takes};

type Row = Keyword<GroupDraft>;

rows! {
    /// `vrrp_sync_group`
    pub(crate) SYNC_GROUP: GroupDraft = [
        Row::new("global_tracking", Takes::Flag(|g, _| g.tracking_weight = true), "off",
            "Earlier name of `sync_group_tracking_weight`.").status(Status::Deprecated("sync_group_tracking_weight")),
        Row::new("group", Takes::Names("INSTANCE", group), "",
            "Instances that change state together; the first such block holds."),
        Row::new("notify", Takes::Command(CommandForm::WithUser, |g, v| g.notify.set("notify", |n| &mut n.any, v)), "",
            "Command run on every change of the group, with INSTANCE or GROUP, the name, the state and the priority as further arguments."),
        Row::new("notify_backup", Takes::Command(CommandForm::WithUser, |g, v| g.notify.set("notify_backup", |n| &mut n.backup, v)), "",
            "Command run when the group becomes backup."),
        Row::new("notify_fault", Takes::Command(CommandForm::WithUser, |g, v| g.notify.set("notify_fault", |n| &mut n.fault, v)), "",
            "Command run when the group goes into FAULT."),
        Row::new("notify_master", Takes::Command(CommandForm::WithUser, |g, v| g.notify.set("notify_master", |n| &mut n.master, v)), "",
            "Command run when all members are master."),
        Row::new("notify_priority_changes", Takes::Bool(|g, v| g.notify.priority_changes = Some(v.value)), "as vrrp_notify_priority_changes",
            "Changes of the effective priority of members are notified too."),
        Row::new("notify_stop", Takes::Command(CommandForm::WithUser, |g, v| g.notify.set("notify_stop", |n| &mut n.stop, v)), "",
            "Command run when the daemon stops."),
        Row::new("smtp_alert", Takes::Bool(|g, v| g.notify.smtp_alert = Some(v.value)), "as smtp_alert_vrrp, smtp_alert, else off",
            "Sends a mail on every change of the group."),
        Row::new("sync_group_tracking_weight", Takes::Flag(|g, _| g.tracking_weight = true), "off",
            "Members keep their own weights; otherwise what a member tracks by itself has weight 0."),
        Row::new("track_bfd", Takes::Entries("NAME [weight N [reverse|noreverse]]", |g, r, s| g.tracking.bfds.extend(tracked(r, s, BFDS))), "",
            "BFD sessions to follow, each defined before by `bfd_instance`, for all members.").not_yet(),
        Row::new("track_file", Takes::Entries("NAME [weight N [reverse|noreverse]]", |g, r, s| g.tracking.files.extend(tracked(r, s, FILES))), "",
            "Files to follow, each defined before by `track_file`, for all members."),
        Row::new("track_interface", Takes::Entries("INTERFACE [weight N [reverse]]", |g, r, s| g.tracking.interfaces.extend(tracked(r, s, INTERFACES))), "",
            "Interfaces that all members follow."),
        Row::new("track_port", Takes::Entries("[tcp|udp] [ADDRESS:]PORT | NAME [weight N [reverse|noreverse]]", |g, r, s| g.tracking.ports.extend(port::line(r, s))), "",
            "Ports of this host that all members follow, or names of `vrrp_track_port`.").status(Status::Own),
        Row::new("track_process", Takes::Entries("NAME [weight N [reverse|noreverse]]", |g, r, s| g.tracking.processes.extend(tracked(r, s, PROCESSES))), "",
            "Processes to follow, each defined before by `vrrp_track_process`, for all members."),
        Row::new("track_script", Takes::Entries("NAME [weight N [reverse|noreverse]]", |g, r, s| g.tracking.scripts.extend(tracked(r, s, SCRIPTS))), "",
            "Scripts that all members follow."),
    ];
}
