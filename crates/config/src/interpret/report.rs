//! Where handlers say what is wrong.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::diagnostic::{Class, Consequence, Diagnostic};
use crate::dump::Written;
use crate::interpret::names::Names;
use crate::interpret::statement::{At, Order, Statement};
use crate::interpret::suggest;
use crate::interpret::tree::Tree;
use crate::line::Span;

/// The diagnostics so far, and what else is gathered on the way.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// What was found, in the order of finding.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Keywords that are in the file and not in effect, with their places.
    pub(crate) not_in_effect: Vec<(String, Span)>,
    /// Blocks that are only recorded.
    pub(crate) recorded: Vec<Tree>,
    /// Keywords whose value was refused, with the line.
    pub(crate) refused: Vec<(String, Order)>,
    /// Lists that were opened and closed with nothing in them.
    pub(crate) empty_lists: Vec<(At<String>, Order)>,
    /// Addresses written without prefix length.
    pub(crate) bare_addresses: BTreeSet<Span>,
    /// The line being read.
    pub(crate) order: Order,
    /// Every line that was understood, when that is wanted.
    pub(crate) written: Option<Vec<Written>>,
    /// Keyword and name of the block at the root that is being read, when that is wanted.
    pub(crate) section: (&'static str, String),
    /// Names of routing, when something has asked for one.
    pub(crate) names: Names,
    /// For the next rule without one.
    pub(crate) rule_priority: u32,
    /// How many names were compared to find the nearest.
    pub(crate) compared: usize,
}

/// So many names are compared for one file; who has more unknown ones has another problem.
const COMPARED_MAX: usize = 100_000;

impl Report {
    /// A message as keepalived has one: raises the exit status of `-t` to 5.
    pub(crate) fn general(
        &mut self,
        code: &'static str,
        span: Span,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.add(Diagnostic::new(code, Class::General, message).at(span))
    }

    /// Advice.
    pub(crate) fn hint(
        &mut self,
        code: &'static str,
        span: Span,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.add(Diagnostic::hint(code, message).at(span))
    }

    /// A message after which keepalived, when it is not only testing, gives up.
    pub(crate) fn unusable(
        &mut self,
        code: &'static str,
        span: Span,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.add(
            Diagnostic::new(code, Class::General, message)
                .at(span)
                .refuses(2),
        )
    }

    /// The name nearest to one that is not there, of an instance or of something tracked.
    pub(crate) fn nearest<'a>(
        &mut self,
        name: &str,
        known: impl Iterator<Item = &'a str>,
    ) -> Option<&'a str> {
        if self.compared > COMPARED_MAX {
            return None;
        }
        let compared = &mut self.compared;
        suggest::nearest(name, known.inspect(|_| *compared += 1))
    }

    /// Remembers a line, when that is wanted; `text` is made only then.
    pub(crate) fn write(
        &mut self,
        keyword: &'static str,
        is_entry: bool,
        idle: bool,
        statement: &Statement<'_>,
    ) {
        let order = self.order;
        let (block, name) = &self.section;
        let Some(written) = &mut self.written else {
            return;
        };
        let words = if is_entry {
            statement.words
        } else {
            statement.values()
        };
        let words: Vec<&str> = words.iter().map(|word| word.text).collect();
        written.push(Written {
            block,
            name: name.clone(),
            keyword,
            is_entry,
            text: words.join(" "),
            span: statement.keyword_span(),
            order,
            idle,
        });
    }

    /// The place of an empty list of that kind within these lines.
    pub(crate) fn empty_list(&self, keyword: &str, lines: &Range<Order>) -> Option<Span> {
        self.empty_lists
            .iter()
            .find(|(known, order)| known.value == keyword && lines.contains(order))
            .map(|(known, _)| known.span)
    }

    /// Something has been found that ends keepalived where it stands; what follows from it
    /// need not be said.
    pub(crate) fn is_over(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| {
            diagnostic.class == Class::Fatal && diagnostic.consequence != Consequence::Starts
        })
    }

    /// The value of that keyword was refused on one of these lines, with a message.
    pub(crate) fn refused(&self, keyword: &str, lines: &Range<Order>) -> bool {
        self.refused
            .iter()
            .any(|(known, order)| known == keyword && lines.contains(order))
    }

    /// Remembers that a message was made about the value of a keyword.
    pub(crate) fn refuse(&mut self, keyword: &str) {
        self.refused.push((keyword.to_owned(), self.order));
    }

    /// That was said of that place already.
    pub(crate) fn has(&self, code: &str, span: Span) -> bool {
        let mut known = self.diagnostics.iter();
        known.any(|known| known.code == code && known.span == Some(span))
    }

    /// Adds a diagnostic and returns it, for help and labels.
    pub(crate) fn add(&mut self, diagnostic: Diagnostic) -> &mut Diagnostic {
        self.diagnostics.push(diagnostic);
        let last = self.diagnostics.len() - 1;
        &mut self.diagnostics[last]
    }
}
