//! `virtual_server_group` blocks.

use std::collections::BTreeSet;

use crate::interpret::lvs::group::ServerGroupDraft;
use crate::interpret::report::Report;
use crate::model::Family;
use crate::model::lvs::{GroupEntry, VirtualServerGroup};

/// Groups that can be used; of those with the same name the first.
pub(super) fn complete(
    drafts: &[ServerGroupDraft],
    report: &mut Report,
) -> Vec<VirtualServerGroup> {
    let mut names = BTreeSet::new();
    let mut groups = Vec::new();
    for draft in drafts {
        let name = &draft.name;
        if draft.entries.is_empty() {
            let message = format!(
                "`virtual_server_group {}` is empty; it is left out",
                name.value
            );
            report.general("incomplete-block", name.span, message);
        } else if is_mixed(&draft.entries) {
            let message = format!(
                "`virtual_server_group {}` has addresses of both families and a `fwmark` of none; it is left out",
                name.value
            );
            report.general("mixed-group", name.span, message).help =
                Some("write `inet` or `inet6` after the mark".to_owned());
        } else if names.insert(name.value.as_str()) {
            groups.push(VirtualServerGroup {
                name: name.value.clone(),
                entries: draft.entries.clone(),
            });
        } else {
            let message = format!(
                "`virtual_server_group {}` is defined already; this second block is left out",
                name.value
            );
            report.hint("repeated-server", name.span, message);
        }
    }
    groups
}

fn is_mixed(entries: &[GroupEntry]) -> bool {
    let has = |family: Family| {
        entries.iter().any(|entry| match entry {
            GroupEntry::Addresses(addresses) => addresses.family() == family,
            GroupEntry::Mark { .. } => false,
        })
    };
    let has_mark = entries
        .iter()
        .any(|entry| matches!(entry, GroupEntry::Mark { family: None, .. }));
    has(Family::V4) && has(Family::V6) && has_mark
}
