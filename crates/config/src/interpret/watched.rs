//! Words of `track_file` and `vrrp_track_process` with a form of their own.

use crate::interpret::draft::{FileDraft, Matching, ProcessDraft};
use crate::interpret::report::Report;
use crate::interpret::statement::{At, Statement};
use crate::interpret::tracking::weight_of;
use crate::interpret::value::whole;
use crate::model::InitFile;

/// Largest weight of files and processes.
const LIMIT: i64 = 254;

/// `weight N [reverse]`
pub(crate) fn file_weight(file: &mut FileDraft, report: &mut Report, statement: &Statement<'_>) {
    if let Some(weight) = weight_of(statement.values(), "weight", LIMIT, report) {
        other_words(report, statement, 2, &["reverse"]);
        file.weight = Some(weight);
    }
}

/// `weight N [reverse]`
pub(crate) fn process_weight(
    process: &mut ProcessDraft,
    report: &mut Report,
    statement: &Statement<'_>,
) {
    if let Some(weight) = weight_of(statement.values(), "weight", LIMIT, report) {
        other_words(report, statement, 2, &["reverse"]);
        process.weight = Some(weight);
    }
}

/// Words from the `from`-th on that mean nothing here.
fn other_words(report: &mut Report, statement: &Statement<'_>, from: usize, known: &[&str]) {
    for word in statement.words.iter().skip(from) {
        if !known.contains(&word.text) {
            unknown(report, statement, word.span, word.text, known);
        }
    }
}

fn unknown(
    report: &mut Report,
    statement: &Statement<'_>,
    span: crate::line::Span,
    text: &str,
    known: &[&str],
) {
    let listed: Vec<String> = known.iter().map(|word| format!("`{word}`")).collect();
    report.general(
        "unknown-option",
        span,
        format!(
            "`{text}` means nothing after `{}`: expected {}; it is ignored",
            statement.keyword(),
            listed.join(" or ")
        ),
    );
}

/// `init_file [VALUE] [overwrite]`
pub(crate) fn init_file(file: &mut FileDraft, report: &mut Report, statement: &Statement<'_>) {
    let mut init = InitFile {
        value: 0,
        overwrite: false,
    };
    for word in statement.values() {
        if word.text == "overwrite" {
            init.overwrite = true;
        } else if let Some(value) = whole(word.text).ok().and_then(|v| i32::try_from(v).ok()) {
            init.value = value;
        } else {
            unknown(
                report,
                statement,
                word.span,
                word.text,
                &["a number", "overwrite"],
            );
        }
    }
    file.init = Some(init);
}

/// `process PATH [PARAMS...]`
pub(crate) fn process(process: &mut ProcessDraft, _: &mut Report, statement: &Statement<'_>) {
    let words = statement.values().iter().map(|word| word.text.to_owned());
    process.command = Some(At::new(words.collect(), statement.span));
}

/// `param_match [initial|partial]`
pub(crate) fn param_match(
    process: &mut ProcessDraft,
    report: &mut Report,
    statement: &Statement<'_>,
) {
    let Some(word) = statement.value() else {
        process.matching = Some(Matching::Exact);
        return;
    };
    process.matching = match word.text {
        "initial" => Some(Matching::Initial),
        "partial" => Some(Matching::Partial),
        text => {
            let known = ["initial", "partial"];
            return unknown(report, statement, word.span, text, &known);
        }
    };
}
