//! `auth_hmac` of an instance.

use crate::interpret::draft::{HmacDraft, InstanceDraft};
use crate::interpret::report::Report;
use crate::interpret::statement::{At, Statement};
use crate::line::Span;
use crate::model::{AntiReplay, HmacMode};

/// The block of an instance; its place is that of the first word in it.
pub(crate) fn block(instance: &mut InstanceDraft, span: Span) -> &mut HmacDraft {
    instance.hmac.get_or_insert_with(|| {
        Box::new(HmacDraft {
            span,
            ..HmacDraft::default()
        })
    })
}

/// One of the words of the row.
pub(crate) fn anti_replay(word: &str) -> AntiReplay {
    match word {
        "monotonic" => AntiReplay::Monotonic,
        _ => AntiReplay::Time,
    }
}

/// One of the words of the row.
pub(crate) fn mode(word: &str) -> HmacMode {
    match word {
        "permissive" => HmacMode::Permissive,
        "receive-only" => HmacMode::ReceiveOnly,
        _ => HmacMode::Enforce,
    }
}

/// `key ID TEXT|hex:HEX|file:PATH`
pub(crate) fn key(instance: &mut InstanceDraft, report: &mut Report, statement: &Statement<'_>) {
    let Some(number) = statement.value() else {
        return;
    };
    let block = block(instance, number.span);
    let id = number.text.parse().ok().filter(|id| *id > 0_u8);
    let Some(id) = id else {
        let found = number.text;
        report.general(
            "hmac-key-invalid",
            number.span,
            format!("`{found}` is no number of a key: expected 1 to 255; the key is ignored"),
        );
        return;
    };
    let Some(text) = statement.values().get(1) else {
        report.general(
            "hmac-key-invalid",
            number.span,
            format!("key {id} has nothing after its number; it is ignored"),
        );
        return;
    };
    if block.keys.iter().any(|(known, _)| *known == id) {
        report.general(
            "hmac-key-double",
            number.span,
            format!("there is a key {id} already; this one is ignored"),
        );
        return;
    }
    block
        .keys
        .push((id, At::new(text.text.to_owned(), text.span)));
}
