//! Single values: numbers, times, truth, addresses.

use std::net::IpAddr;
use std::time::Duration;

use crate::interpret::report::Report;
use crate::interpret::statement::{At, Statement};
use crate::line::{Span, Word};
use crate::tables::{Int, Otherwise, Time};

/// Why a word is no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadNumber {
    /// It has other characters than digits in it.
    NotANumber,
    /// It is out of range.
    OutOfRange,
}

/// What is done with a bad value, in words.
fn outcome(used: Option<String>, default: &str) -> String {
    match used {
        Some(value) => format!("{value} is used"),
        None if default.is_empty() => "the line is ignored".to_owned(),
        None if default.contains(' ') => {
            format!("the line is ignored, and the default holds: {default}")
        }
        None => format!("the line is ignored, and the default `{default}` holds"),
    }
}

/// What is used for a number outside of its range; for something that is no number, `None` goes in.
fn instead(otherwise: Otherwise, found: Option<i64>, (min, max): (i64, i64)) -> Option<i64> {
    match otherwise {
        Otherwise::Ignored => None,
        Otherwise::Zero => Some(0),
        Otherwise::OneForZero => (found == Some(0)).then_some(1),
        Otherwise::Nearest => found.map(|value| value.clamp(min, max)),
    }
}

/// Reads a decimal whole number: an optional `-` and digits, nothing else.
pub(crate) fn whole(text: &str) -> Result<i64, BadNumber> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(BadNumber::NotANumber);
    }
    text.parse().map_err(|_| BadNumber::OutOfRange)
}

/// Reads a decimal number as microseconds of its unit's second (or, with `in_millis`, millisecond).
/// The flag tells that digits were cut off.
pub(crate) fn micros(text: &str, form: &Time) -> Result<(u64, bool), BadNumber> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.len() + fraction.len() == 0 || !digits(whole) || !digits(fraction) {
        return Err(BadNumber::NotANumber);
    }
    if form.decimals == 0 && text.contains('.') {
        return Err(BadNumber::NotANumber);
    }
    let seconds: u64 = if whole.is_empty() {
        0
    } else {
        whole.parse().map_err(|_| BadNumber::OutOfRange)?
    };
    let kept = fraction.len().min(usize::from(form.decimals));
    let digits = fraction[..kept].bytes().chain(std::iter::repeat(b'0'));
    let part = digits
        .take(6)
        .fold(0, |part: u64, digit| part * 10 + u64::from(digit - b'0'));
    let scale = if form.in_millis { 1000 } else { 1 };
    let total = seconds
        .checked_mul(1_000_000)
        .and_then(|micros| micros.checked_add(part))
        .ok_or(BadNumber::OutOfRange)?
        / scale;
    Ok((total, kept < fraction.len()))
}

/// The number in a word, or a message and what the row says it becomes.
pub(crate) fn int(
    word: &Word<'_>,
    keyword: &str,
    form: &Int,
    default: &str,
    report: &mut Report,
) -> Option<At<i64>> {
    let found = whole(word.text);
    if let Ok(value) = found
        && (form.min..=form.max).contains(&value)
    {
        return Some(At::new(value, word.span));
    }
    let used = instead(form.otherwise, found.ok(), (form.min, form.max));
    let outcome = outcome(used.map(|value| value.to_string()), default);
    let takes = describe_int(form);
    let is_number = found != Err(BadNumber::NotANumber);
    refuse(
        word,
        keyword,
        is_number,
        &format!("takes {takes}; {outcome}"),
        report,
    );
    if used.is_none() {
        report.refuse(keyword);
    }
    used.map(|value| At::new(value, word.span))
}

/// Says that a word is no number, or none in range.
fn refuse(word: &Word<'_>, keyword: &str, is_number: bool, what: &str, report: &mut Report) {
    let text = word.text;
    if is_number {
        let message = format!("`{text}` is out of range: `{keyword}` {what}");
        report.general("value-out-of-range", word.span, message);
    } else {
        let message = format!("`{text}` is not a number: `{keyword}` {what}");
        let problem = report.general("invalid-number", word.span, message);
        suggest_digits(word, problem);
    }
}

/// `10s` and the like: offers the number alone.
fn suggest_digits(word: &Word<'_>, problem: &mut crate::diagnostic::Diagnostic) {
    let digits: String = word
        .text
        .trim_start_matches(['=', '\''])
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    if digits.is_empty() {
        return;
    }
    problem.help = Some(format!(
        "write `{digits}`: numbers have no unit and no quotes"
    ));
    if word.span.column > 0 && !word.quoted {
        problem.fix = exact(word.span, digits);
    }
}

/// The time in a word, or a message and what the row says it becomes.
pub(crate) fn time(
    word: &Word<'_>,
    keyword: &str,
    form: &Time,
    default: &str,
    report: &mut Report,
) -> Option<At<Duration>> {
    let found = micros(word.text, form);
    if let Ok((value, cut)) = found
        && (form.min..=form.max).contains(&value)
    {
        if cut {
            let message = format!(
                "`{}` has more than {} digits after the point; the others are dropped",
                word.text, form.decimals
            );
            report.general("too-many-decimals", word.span, message);
        }
        return Some(At::new(Duration::from_micros(value), word.span));
    }
    let zero = matches!(found, Ok((0, false))).then_some(0);
    let used = instead(form.otherwise, zero, (0, 0));
    let outcome = outcome(used.map(|value| value.to_string()), default);
    let is_number = found != Err(BadNumber::NotANumber) || word.text.starts_with('-');
    let takes = describe_time(form);
    refuse(
        word,
        keyword,
        is_number,
        &format!("takes {takes}; {outcome}"),
        report,
    );
    let seconds = u64::try_from(used?).unwrap_or(0);
    Some(At::new(Duration::from_secs(seconds), word.span))
}

/// `a number from 1 to 255`.
pub(crate) fn describe_int(form: &Int) -> String {
    let (min, max) = (form.min, form.max);
    if max >= crate::tables::INT_MAX {
        format!("a number from {min} on")
    } else {
        format!("a number from {min} to {max}")
    }
}

/// `seconds from 0.01 to 255`.
pub(crate) fn describe_time(form: &Time) -> String {
    let scale = if form.in_millis { 1_000 } else { 1_000_000 };
    let show = |micros: u64| {
        let text = format!(
            "{}.{:06}",
            micros / scale,
            micros % scale * (1_000_000 / scale)
        );
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    let unit = if form.in_millis {
        "milliseconds"
    } else {
        "seconds"
    };
    let decimals = match form.decimals {
        0 => "whole ",
        _ => "",
    };
    format!(
        "{decimals}{unit} from {} to {}",
        show(form.min),
        show(form.max)
    )
}

/// Truth as keepalived spells it: exact, lower case. Nothing means yes.
pub(crate) fn truth(statement: &Statement<'_>, report: &mut Report) -> Option<At<bool>> {
    let Some(word) = statement.value() else {
        return Some(At::new(true, statement.keyword_span()));
    };
    match word.text {
        "on" | "true" | "yes" => Some(At::new(true, word.span)),
        "off" | "false" | "no" => Some(At::new(false, word.span)),
        other => {
            let problem = report.general(
                "invalid-bool",
                word.span,
                format!(
                    "`{other}` is neither true nor false: `{}` takes on, true, yes, off, false or no; the line is ignored",
                    statement.keyword()
                ),
            );
            let lower = other.to_ascii_lowercase();
            if ["on", "true", "yes", "off", "false", "no"].contains(&lower.as_str()) {
                problem.help = Some(format!("write `{lower}`, in lower case"));
                problem.fix = exact(word.span, lower);
            }
            None
        }
    }
}

/// An address, or a message.
pub(crate) fn address(word: &Word<'_>, keyword: &str, report: &mut Report) -> Option<At<IpAddr>> {
    if let Ok(address) = word.text.parse() {
        return Some(At::new(address, word.span));
    }
    if let Some(address) = host_of(word, report) {
        return Some(At::new(address, word.span));
    }
    report.general(
        "invalid-address",
        word.span,
        format!(
            "`{}` is not an IP address; `{keyword}` is ignored",
            word.text
        ),
    );
    None
}

/// The address of `ADDRESS/LENGTH` where only an address is wanted: what follows the `/` is
/// passed over, as keepalived does in silence.
pub(crate) fn host_of(word: &Word<'_>, report: &mut Report) -> Option<IpAddr> {
    let (bare, _) = word.text.split_once('/')?;
    let address = bare.parse().ok()?;
    let hint = report.hint(
        "needless-prefix",
        word.span,
        format!("an address of a node has no prefix length; `{bare}` is used"),
    );
    hint.help = Some(format!("write `{bare}`"));
    hint.fix = exact(word.span, bare);
    Some(address)
}

/// An edit, when the place is known exactly.
pub(crate) fn exact(span: Span, text: impl Into<String>) -> Option<crate::diagnostic::Edit> {
    (span.column > 0).then(|| crate::diagnostic::Edit {
        span,
        text: text.into(),
        is_certain: true,
    })
}

/// An edit that may not be what was meant, when the place is known exactly.
pub(crate) fn likely(span: Span, text: impl Into<String>) -> Option<crate::diagnostic::Edit> {
    exact(span, text).map(|edit| crate::diagnostic::Edit {
        is_certain: false,
        ..edit
    })
}
