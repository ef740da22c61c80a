//! One file of the corpus: what keepalived said, and what vipd says.

use std::collections::BTreeSet;

use vipd_config::diagnostic::{Class, Diagnostic};

use super::causes;
use super::verdict::{Complaint, Verdict};

/// What keepalived notices at the `}` of a block only; vipd points to the line that is the reason.
const AT_END: [&str; 3] = ["empty-block", "empty-group", "script-without-user"];

/// How the complaints about one file compare.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Comparison {
    /// Complaints of keepalived that vipd has too.
    pub(super) shared: usize,
    /// Complaints of keepalived that vipd does not have.
    pub(super) missed: Vec<String>,
    /// Complaints of vipd that keepalived does not have.
    pub(super) extra: Vec<String>,
}

impl Comparison {
    /// Compares a verdict with diagnostics. Advice is no complaint.
    pub(super) fn of(verdict: &Verdict, diagnostics: &[Diagnostic], text: &str) -> Self {
        let mut found = Self::default();
        let ours: Vec<&Diagnostic> = diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.class > Class::Hint)
            .collect();
        let mut said: BTreeSet<usize> = BTreeSet::new();
        let mut seen: BTreeSet<&Complaint> = BTreeSet::new();
        // Each process of keepalived reads the files, and says the same again.
        for complaint in verdict
            .complaints
            .iter()
            .filter(|complaint| seen.insert(complaint))
        {
            let codes = causes::codes(&complaint.text);
            let same: Vec<usize> = (0..ours.len())
                .filter(|index| {
                    codes.contains(&ours[*index].code) && fits(complaint, ours[*index], text)
                })
                .collect();
            if same.is_empty() {
                found.missed.push(shown(complaint.line, &complaint.text));
            } else {
                found.shared += 1;
            }
            said.extend(same);
        }
        // After its last word keepalived looks at nothing more; vipd goes on. A notice is what
        // keepalived says at a start only.
        if !verdict.ended {
            found.extra = ours
                .iter()
                .enumerate()
                .filter(|(index, ours)| !said.contains(index) && ours.class > Class::Notice)
                .map(|(_, diagnostic)| {
                    let text = format!("{}: {}", diagnostic.code, diagnostic.message);
                    shown(diagnostic.span.map(|span| span.line), &text)
                })
                .collect();
        }
        found
    }

    /// Both say the same.
    pub(super) fn agrees(&self) -> bool {
        self.missed.is_empty() && self.extra.is_empty()
    }
}

/// The diagnostic is about that line, or about lines that include it; a complaint without a line
/// names what it is about, and so must the diagnostic.
fn fits(complaint: &Complaint, diagnostic: &Diagnostic, text: &str) -> bool {
    let Some(line) = complaint.line else {
        return named(&complaint.text).is_none_or(|name| diagnostic.message.contains(name));
    };
    let Some(span) = diagnostic.span else {
        return false;
    };
    let last = diagnostic
        .labels
        .iter()
        .filter(|_| diagnostic.code == "unknown-block")
        .map(|(end, _)| end.line)
        .max();
    let at_end = AT_END.contains(&diagnostic.code) && end_of_block(text, span.line) == Some(line);
    at_end || (span.line..=last.unwrap_or(span.line)).contains(&line)
}

/// The line of the `}` that ends the block which this line opens or is in.
fn end_of_block(text: &str, line: u32) -> Option<u32> {
    let mut depth = 0_i32;
    for (number, text) in (1..).zip(text.lines()).skip(line as usize - 1) {
        let code = text.split(['#', '!']).next().unwrap_or_default();
        for brace in code.chars().filter(|c| matches!(c, '{' | '}')) {
            depth += if brace == '{' { 1 } else { -1 };
            if depth <= 0 && brace == '}' {
                return Some(number);
            }
        }
    }
    None
}

/// The script that a message without a line is about.
fn named(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("Disabling track script ")?;
    rest.split(' ').next()
}

fn shown(line: Option<u32>, text: &str) -> String {
    line.map_or_else(|| text.to_owned(), |line| format!("line {line}: {text}"))
}
