//! Handlers of `vrrp_sync_group`.

use crate::interpret::draft::GroupDraft;
use crate::interpret::report::Report;
use crate::interpret::statement::At;
use crate::line::Span;

/// `group { NAME ... }`: a second one is ignored.
pub(crate) fn group(
    group: &mut GroupDraft,
    report: &mut Report,
    names: Vec<At<String>>,
    span: Span,
) {
    if let Some(first) = &group.members {
        let first = first.span;
        report
            .general(
                "repeated-keyword",
                span,
                "`group` is given a second time; the first one holds",
            )
            .labels
            .push((first, "first given here".to_owned()));
        return;
    }
    group.members = Some(At::new(names, span));
}
