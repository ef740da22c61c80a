//! Keywords that are complete on their line.

use crate::diagnostic::{Class, Diagnostic};
use crate::interpret::report::Report;
use crate::interpret::statement::{At, Statement};
use crate::interpret::{script, suggest, value};
use crate::line::Word;
use crate::tables::{Known, Lacking, Takes};

/// A keyword that is complete on its line.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "what has an arm in the second match has none in the first, and blocks have none"
)]
pub(super) fn line<C>(
    row: Known<C>,
    statement: &Statement<'_>,
    context: &mut C,
    report: &mut Report,
) {
    let (name, default) = (row.name(), row.default());
    match row.takes() {
        Takes::Flag(set) => return set(context, statement.keyword_span()),
        Takes::Marker(set) => return set(context, report, statement),
        Takes::Bool(set) => {
            if let Some(value) = value::truth(statement, report) {
                set(context, value);
            }
            return;
        }
        Takes::Command(form, set) => {
            if let Some(command) = script::command(statement, *form, row.lacking(), report) {
                set(context, command);
            }
            return;
        }
        Takes::Free(form, set) if form.starts_with('[') => return set(context, report, statement),
        _ => {}
    }
    let Some(word) = statement.value() else {
        return missing(
            statement,
            &row.takes().describe(),
            row.lacking(),
            default,
            report,
        );
    };
    match row.takes() {
        Takes::Int(form, set) => {
            if let Some(value) = value::int(word, name, form, default, report) {
                set(context, value);
            }
        }
        Takes::Time(form, set) => {
            if let Some(value) = value::time(word, name, form, default, report) {
                set(context, value);
            }
        }
        Takes::OneOf(words, set) => match words.iter().find(|known| **known == word.text) {
            Some(known) => set(context, At::new(known, word.span)),
            None => unknown_choice(word, words, name, report),
        },
        Takes::Word(_, set) => set(context, At::new(word.text.to_owned(), word.span)),
        Takes::Address(set) => {
            if let Some(value) = value::address(word, name, report) {
                set(context, value);
            }
        }
        Takes::Free(_, set) => set(context, report, statement),
        _ => {}
    }
}

pub(crate) fn unknown_choice(
    word: &Word<'_>,
    words: &'static [&'static str],
    name: &str,
    report: &mut Report,
) {
    let problem = report.general(
        "unknown-choice",
        word.span,
        format!(
            "`{}` means nothing to `{name}`: expected {}; the line is ignored",
            word.text,
            words.join(", ")
        ),
    );
    if let Some(found) = suggest::suggest(word.text, words.iter().copied()) {
        problem.help = Some(format!("did you mean `{}`?", found.keyword));
        problem.fix = value::likely(word.span, found.keyword);
    }
}

/// A line without the value that it needs.
pub(crate) fn missing(
    statement: &Statement<'_>,
    expected: &str,
    lacking: Lacking,
    default: &str,
    report: &mut Report,
) {
    let keyword = statement.keyword();
    let span = statement.keyword_span();
    let consequence = match lacking {
        Lacking::Silent => return,
        Lacking::Refuses => "the daemon refuses to start",
        Lacking::Ignored => "it is ignored",
    };
    report.refuse(keyword);
    let mut problem = Diagnostic::new(
        "missing-parameter",
        if lacking == Lacking::Refuses {
            Class::Fatal
        } else {
            Class::General
        },
        format!("`{keyword}` has no value: expected {expected}; {consequence}"),
    )
    .at(span);
    if lacking == Lacking::Refuses {
        problem = problem.refuses(2);
    }
    problem.help = Some(if default.is_empty() || default.contains(' ') {
        format!("write a value after `{keyword}`")
    } else {
        format!("write a value, or leave the line out: the default is `{default}`")
    });
    report.add(problem);
}
