//! Words about nftables and iptables.

use crate::interpret::draft::GlobalDraft;
use crate::interpret::report::Report;
use crate::interpret::statement::Statement;

/// Longest name of a table that the kernel takes, bytes.
const LONGEST_NAME: usize = 255;

/// `nftables [TABLE]`: the first one holds.
pub(crate) fn nftables(global: &mut GlobalDraft, report: &mut Report, statement: &Statement<'_>) {
    if std::mem::replace(&mut global.has_firewall, true) {
        let message = "tables of nftables are named a second time; the first line about them holds";
        report.general("repeated-keyword", statement.span, message);
        return;
    }
    let Some(table) = statement.value() else {
        return;
    };
    if table.text.len() > LONGEST_NAME {
        let message = format!(
            "the kernel takes names of tables up to {LONGEST_NAME} bytes; `keepalived` is used"
        );
        report.general("name-too-long", table.span, message);
        return;
    }
    table.text.clone_into(&mut global.global.firewall.table);
}

/// `vrrp_iptables [IN [OUT]]`, `vrrp_ipsets`: builds of keepalived for current kernels do without
/// iptables.
pub(crate) fn iptables(global: &mut GlobalDraft, report: &mut Report, statement: &Statement<'_>) {
    global.has_firewall |= statement.keyword() == "vrrp_iptables";
    let message = format!(
        "`{}` is about iptables; nftables is used instead",
        statement.keyword()
    );
    report
        .hint("no-iptables", statement.keyword_span(), message)
        .help = Some("write `nftables`".to_owned());
}
