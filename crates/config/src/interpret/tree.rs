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
    /// The keywords of its lines.
    keywords: Vec<&'static str>,
    /// Blocks inside.
    pub(crate) blocks: Vec<Tree>,
}

impl Tree {
    /// A block with nothing in it yet.
    pub(crate) fn new(keyword: &'static str, statement: &Statement<'_>, order: Order) -> Self {
        Self {
            keyword,
            head: statement
                .values()
                .iter()
                .map(|word| At::new(word.text.to_owned(), word.span))
                .collect(),
            span: statement.keyword_span(),
            order,
            keywords: Vec::new(),
            blocks: Vec::new(),
        }
    }

    /// Adds a line.
    pub(crate) fn leaf(&mut self, keyword: &'static str) {
        self.keywords.push(keyword);
    }

    /// Whether there is a line with that keyword.
    pub(crate) fn has(&self, keyword: &str) -> bool {
        self.keywords.contains(&keyword)
    }

    /// First word of the head: the name of a named block.
    pub(crate) fn name(&self) -> &str {
        self.head.first().map_or("", |word| word.value.as_str())
    }
}
