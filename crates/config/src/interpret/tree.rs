//! Blocks of which only form and names are kept, for the checks between blocks.

use crate::interpret::statement::{At, Order, Statement};
use crate::line::Span;

/// A block as written.
#[derive(Clone, Debug)]
pub(crate) struct Tree {
    /// Its keyword.
    pub(crate) keyword: &'static str,
    /// The words between keyword and `{`.
    pub(crate) head: Vec<At<String>>,
    /// Where its keyword stands.
    pub(crate) span: Span,
    /// When it was read.
    pub(crate) order: Order,
    /// Its lines: keyword (of a list entry: nothing) and words.
    pub(crate) leaves: Vec<Leaf>,
    /// Blocks inside.
    pub(crate) blocks: Vec<Tree>,
}

/// A line of a [`Tree`].
#[derive(Clone, Debug)]
pub(crate) struct Leaf {
    /// Its keyword; of a list entry, nothing.
    pub(crate) keyword: &'static str,
    /// The words after it; of a list entry, all.
    pub(crate) words: Vec<String>,
}

impl Tree {
    /// A block with nothing in it yet.
    pub(crate) fn new(keyword: &'static str, statement: &Statement<'_>, order: Order) -> Self {
        Self {
            keyword,
            head: statement
                .values()
                .iter()
                .map(|word| At::new(word.text.clone(), word.span))
                .collect(),
            span: statement.keyword_span(),
            order,
            leaves: Vec::new(),
            blocks: Vec::new(),
        }
    }

    /// Adds a line.
    pub(crate) fn leaf(&mut self, keyword: &'static str, statement: &Statement<'_>) {
        let words = if keyword.is_empty() {
            statement.words
        } else {
            statement.values()
        };
        self.leaves.push(Leaf {
            keyword,
            words: words.iter().map(|word| word.text.clone()).collect(),
        });
    }

    /// The line with that keyword.
    pub(crate) fn find(&self, keyword: &str) -> Option<&Leaf> {
        self.leaves.iter().find(|leaf| leaf.keyword == keyword)
    }

    /// First word of the head: the name of a named block.
    pub(crate) fn name(&self) -> &str {
        self.head.first().map_or("", |word| word.value.as_str())
    }
}
