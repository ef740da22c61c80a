//! `garp_extra_if [all] SECONDS`, for an instance and for all.

use crate::interpret::draft::{GlobalDraft, InstanceDraft};
use crate::interpret::report::Report;
use crate::interpret::setter::seconds;
use crate::interpret::statement::Statement;
use crate::interpret::value;
use crate::model::{GarpExtra, OldChecksum};
use crate::tables::int;

/// A day: the longest period, seconds.
const LONGEST: i64 = 86_400;

fn extra(report: &mut Report, statement: &Statement<'_>) -> Option<GarpExtra> {
    let words = statement.values();
    let everywhere = words.first().is_some_and(|word| word.text == "all");
    let word = words.get(usize::from(everywhere))?;
    let form = int(0..=LONGEST);
    let period = value::int(word, statement.keyword(), &form, "", report)?;
    Some(GarpExtra {
        every: seconds(period.value),
        everywhere,
    })
}

/// `vrrp_garp_extra_if`
pub(crate) fn for_all(global: &mut GlobalDraft, report: &mut Report, statement: &Statement<'_>) {
    global.garp_extra = extra(report, statement).or(global.garp_extra);
}

/// `garp_extra_if`
pub(crate) fn for_one(
    instance: &mut InstanceDraft,
    report: &mut Report,
    statement: &Statement<'_>,
) {
    instance.garp_extra = extra(report, statement).or(instance.garp_extra);
}

/// `old_unicast_checksum [never]`
pub(crate) fn old_checksum(
    instance: &mut InstanceDraft,
    report: &mut Report,
    statement: &Statement<'_>,
) {
    instance.unicast_word.get_or_insert(statement.span);
    instance.old_checksum = match statement.value() {
        None => OldChecksum::Always,
        Some(word) if word.text == "never" => OldChecksum::Never,
        Some(word) => {
            let message = format!(
                "`{}` means nothing after `old_unicast_checksum`: expected `never` or nothing; the line is ignored",
                word.text
            );
            report.general("unknown-option", word.span, message);
            return;
        }
    };
}
