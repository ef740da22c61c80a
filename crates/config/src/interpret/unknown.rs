//! Words that are no keyword where they stand.

use crate::diagnostic::{Class, Diagnostic};
use crate::interpret::Interpreter;
use crate::interpret::statement::Statement;
use crate::interpret::suggest::suggest;
use crate::interpret::value;
use crate::line::Span;

/// A block that ended before its time: the `}` of an unknown block inside closed it.
#[derive(Clone, Debug)]
pub(crate) struct Early {
    /// The unknown word.
    unknown: Span,
    /// Keyword of the block that ended.
    block: &'static str,
}

impl Interpreter<'_> {
    /// A block has ended; `unknown` is the place of an unknown block in it, if there was one.
    /// The `}` that was meant for the block itself is still to come.
    pub(super) fn ends_early(&mut self, unknown: Option<Span>, block: &'static str) {
        self.early = unknown.map(|unknown| Early { unknown, block });
        self.lost = usize::from(unknown.is_some() && self.path.len() == 1);
    }

    /// Says that a word is unknown, and what it may have been meant for.
    pub(super) fn unknown(
        &mut self,
        statement: &Statement<'_>,
        known: impl Iterator<Item = &'static str> + Clone,
    ) {
        let parent = self.path.last().copied();
        let inside_lost = parent.is_none() && self.lost > 0 && self.early.is_none();
        if parent.is_none() && statement.opens {
            self.lost += 1;
        }
        if inside_lost {
            return self.swallowed(statement.span);
        }
        let word = statement.keyword();
        let span = statement.keyword_span();
        let mut problem = match (parent, statement.opens) {
            (Some(parent), true) => Diagnostic::new(
                "unknown-block",
                Class::General,
                format!("unknown block `{word}` in `{parent}`: its lines are taken as lines of `{parent}`, and its `}}` closes `{parent}`"),
            ),
            (None, true) => Diagnostic::new(
                "unknown-block",
                Class::General,
                format!("unknown block `{word}` at the root of the file; all that is in it is ignored"),
            ),
            (Some(parent), false) => unknown_keyword(word, &format!("in `{parent}`")),
            (None, false) => unknown_keyword(word, "at the root of the file"),
        }
        .at(span);
        if let Some(early) = self.early.as_ref().filter(|_| parent.is_none()) {
            let explanation = format!(
                "the `}}` of this unknown block has closed `{}`",
                early.block
            );
            problem = problem.label(early.unknown, explanation);
        }
        if let Some(blocks) = blocks_with(word, parent) {
            problem = problem.help(format!("`{word}` belongs in {blocks}"));
        } else if let Some(found) = suggest(word, known) {
            problem = problem.help(format!("did you mean `{}`?", found.text()));
            if !statement.words.first().is_some_and(|word| word.quoted) {
                // A value glued to its keyword can be nothing else.
                problem.fix = match found.value {
                    Some(_) => value::exact(span, found.text()),
                    None => value::likely(span, found.text()),
                };
            }
        }
        if problem.code == "unknown-block" {
            self.owner = Some(self.report.diagnostics.len());
        }
        self.report.add(problem);
    }

    /// A line, or a `}`, means nothing because of an unknown block before it: the message about
    /// that block says how far it reaches.
    pub(super) fn swallowed(&mut self, span: Span) {
        const REACH: &str = "all to here is ignored with it";
        let Some(problem) = self
            .owner
            .and_then(|owner| self.report.diagnostics.get_mut(owner))
        else {
            return;
        };
        match problem.labels.last_mut().filter(|(_, text)| text == REACH) {
            Some((end, _)) => *end = span,
            None => problem.labels.push((span, REACH.to_owned())),
        }
    }
}

fn unknown_keyword(word: &str, place: &str) -> Diagnostic {
    Diagnostic::new(
        "unknown-keyword",
        Class::General,
        format!("unknown keyword `{word}` {place}; the line is ignored"),
    )
}

/// The blocks that have this keyword, in words; at most two.
fn blocks_with(word: &str, parent: Option<&'static str>) -> Option<String> {
    let mut blocks: Vec<String> = crate::reference::keywords()
        .iter()
        .filter(|row| row.name == word && row.block.last().copied() != parent)
        .map(|row| match row.block.last() {
            Some(block) => format!("`{block}`"),
            None => "the root of the file".to_owned(),
        })
        .collect();
    blocks.dedup();
    blocks.truncate(2);
    (!blocks.is_empty()).then(|| blocks.join(" or "))
}
