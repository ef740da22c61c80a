//! Lines of `track_interface`, `track_script` and their like.

use crate::interpret::draft::TrackedDraft;
use crate::interpret::report::Report;
use crate::interpret::statement::{At, Statement};
use crate::interpret::value::{BadNumber, whole};
use crate::line::Word;
use crate::model::Weight;

/// What the lines of a tracking block may say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tracking {
    /// The keyword of the block.
    keyword: &'static str,
    /// Largest weight.
    limit: i64,
    /// `noreverse` is a word here.
    noreverse: bool,
}

/// `track_interface`
pub(crate) const INTERFACES: Tracking = Tracking {
    keyword: "track_interface",
    limit: 253,
    noreverse: false,
};
/// `track_script`
pub(crate) const SCRIPTS: Tracking = Tracking {
    keyword: "track_script",
    limit: 253,
    noreverse: true,
};
/// `track_file`
pub(crate) const FILES: Tracking = Tracking {
    keyword: "track_file",
    limit: 254,
    noreverse: true,
};
/// `track_process`
pub(crate) const PROCESSES: Tracking = Tracking {
    keyword: "track_process",
    limit: 254,
    noreverse: true,
};
/// `track_port`
pub(crate) const PORTS: Tracking = Tracking {
    keyword: "track_port",
    limit: 253,
    noreverse: true,
};
/// `track_bfd`
pub(crate) const BFDS: Tracking = Tracking {
    keyword: "track_bfd",
    limit: 253,
    noreverse: true,
};

/// One line: `NAME [weight N [reverse]]`.
pub(crate) fn tracked(
    report: &mut Report,
    statement: &Statement<'_>,
    kind: Tracking,
) -> Option<TrackedDraft> {
    let name = statement.words.first()?;
    Some(TrackedDraft {
        name: At::new(name.text.to_owned(), name.span),
        order: report.order,
        weight: options(report, statement.values(), name.text, kind),
    })
}

/// What follows the name: `weight N [reverse]`.
pub(crate) fn options(
    report: &mut Report,
    mut words: &[Word<'_>],
    name: &str,
    kind: Tracking,
) -> Option<At<Weight>> {
    let mut weight = None;
    while let Some((option, rest)) = words.split_first() {
        words = match option.text {
            "weight" => {
                let reversible = rest.get(1).is_some_and(|word| {
                    word.text == "reverse" || (kind.noreverse && word.text == "noreverse")
                });
                let taken = rest.len().min(if reversible { 2 } else { 1 });
                if rest.is_empty() {
                    report.general(
                        "missing-parameter",
                        option.span,
                        format!("`weight` of `{name}` has no number after it; it is ignored"),
                    );
                } else {
                    weight = weight_of(&rest[..taken], name, kind.limit, report);
                }
                &rest[taken..]
            }
            other => {
                unknown_option(other, option, name, kind, report);
                rest
            }
        };
    }
    weight
}

fn unknown_option(other: &str, option: &Word<'_>, name: &str, kind: Tracking, report: &mut Report) {
    let problem = report.general(
        "unknown-option",
        option.span,
        format!(
            "`{other}` means nothing after `{name}` in `{}`: expected `weight`; it is ignored",
            kind.keyword
        ),
    );
    if let Some(found) = crate::interpret::suggest::suggest(other, ["weight"].into_iter()) {
        problem.help = Some(format!("did you mean `{}`?", found.text()));
        problem.fix = crate::interpret::value::likely(option.span, found.text());
    } else {
        problem.help = Some("each name stands on a line of its own".to_owned());
    }
}

/// `N [reverse]`, at most `limit` either way. 254 where only 253 is possible becomes 253.
pub(crate) fn weight_of(
    words: &[Word<'_>],
    of: &str,
    limit: i64,
    report: &mut Report,
) -> Option<At<Weight>> {
    let word = words.first()?;
    let reverse = words.get(1).is_some_and(|word| word.text == "reverse");
    let value = match whole(word.text.strip_prefix('+').unwrap_or(word.text)) {
        Ok(value) if (-limit..=limit).contains(&value) => value,
        Ok(value) if value.abs() == 254 => {
            let nearest = value.signum() * limit;
            report.general(
                "value-out-of-range",
                word.span,
                format!(
                    "`{}` is out of range for the weight of `{of}`: {nearest} is used",
                    word.text
                ),
            );
            nearest
        }
        Ok(_) | Err(BadNumber::OutOfRange) => {
            report.general(
                "value-out-of-range",
                word.span,
                format!(
                    "`{}` is out of range: a weight is from -{limit} to {limit}; it is ignored",
                    word.text
                ),
            );
            return None;
        }
        Err(BadNumber::NotANumber) => {
            report.general(
                "invalid-number",
                word.span,
                format!(
                    "`{}` is not a number: a weight is from -{limit} to {limit}; it is ignored",
                    word.text
                ),
            );
            return None;
        }
    };
    let value = i16::try_from(value).unwrap_or(0);
    Some(At::new(Weight { value, reverse }, word.span))
}
