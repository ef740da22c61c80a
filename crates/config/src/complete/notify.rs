//! Scripts and mails of an instance or a group.

use crate::interpret::draft::{GlobalDraft, NotifyDraft};
use crate::interpret::report::Report;
use crate::interpret::statement::At;
use crate::model::{Command, Notify};

/// Fills in the defaults of `global_defs`.
pub(super) fn complete(
    draft: &NotifyDraft,
    global: &GlobalDraft,
    owner: &str,
    report: &mut Report,
) -> Notify {
    for (keyword, span) in &draft.repeated {
        report.general(
            "repeated-keyword",
            *span,
            format!("`{keyword}` of `{owner}` is given a second time; the first one holds"),
        );
    }
    let command = |command: &Option<Box<At<Command>>>| {
        command
            .as_ref()
            .map(|command| Box::new(command.value.clone()))
    };
    Notify {
        master: command(&draft.master),
        backup: command(&draft.backup),
        fault: command(&draft.fault),
        stop: command(&draft.stop),
        deleted: draft
            .deleted
            .as_ref()
            .and_then(|command| command.value.clone().map(Box::new)),
        tells_deleted: draft.deleted.is_some(),
        any: command(&draft.any),
        master_rx_lower_pri: command(&draft.master_rx_lower_pri),
        smtp_alert: draft
            .smtp_alert
            .or(global.smtp_alert_vrrp)
            .or(global.smtp_alert)
            .unwrap_or(false),
        priority_changes: draft.priority_changes.unwrap_or(global.priority_changes),
    }
}
