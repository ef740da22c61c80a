//! Words that are no keyword where they stand.

use crate::interpret::Interpreter;
use crate::interpret::statement::Statement;
use crate::interpret::suggest::suggest;
use crate::interpret::value;
use crate::line::Span;

/// A block that ended before its time: the `}` of an unknown block inside closed it.
#[derive(Clone, Debug)]
pub(crate) struct Early {
    /// The unknown word.
    pub(crate) unknown: Span,
    /// Keyword of the block that ended.
    pub(crate) block: &'static str,
}

impl Early {
    /// What it means for what follows.
    pub(crate) fn explanation(&self) -> String {
        format!("the `}}` of this unknown block has closed `{}`", self.block)
    }
}

impl Interpreter<'_> {
    /// Says that a word is unknown, and what it may have been meant for.
    pub(super) fn unknown(
        &mut self,
        statement: &Statement<'_>,
        known: impl Iterator<Item = &'static str> + Clone,
    ) {
        let word = statement.keyword();
        let span = statement.keyword_span();
        let place = match self.path.last() {
            Some(block) => format!("in `{block}`"),
            None => "at the root of the file".to_owned(),
        };
        let parent = self.path.last().copied();
        let early = self.early.as_ref().filter(|_| parent.is_none());
        let label = early.map(|early| (early.unknown, early.explanation()));
        let elsewhere = blocks_with(word, parent);
        let message = match parent {
            Some(parent) if statement.opens => format!(
                "unknown block `{word}` {place}: its lines are taken as lines of `{parent}`, and its `}}` closes `{parent}`"
            ),
            _ => format!("unknown keyword `{word}` {place}; the line is ignored"),
        };
        let code = if statement.opens {
            "unknown-block"
        } else {
            "unknown-keyword"
        };
        let problem = self.report.general(code, span, message);
        problem.labels.extend(label);
        if let Some(blocks) = elsewhere {
            problem.help = Some(format!("`{word}` belongs into {blocks}"));
        } else if let Some(found) = suggest(word, known) {
            problem.help = Some(format!("did you mean `{}`?", found.text()));
            if !statement.words.first().is_some_and(|word| word.quoted) {
                problem.fix = value::exact(span, found.text());
            }
        }
    }
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
