//! What stands in the files: each line that was understood, with its block.

use crate::dump::{Origin, changes};
use crate::interpret::statement::Order;
use crate::line::Span;
use crate::load::Loaded;

/// A line of a block.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    /// Keyword of the block at the root that it is in; empty at the root itself.
    pub(crate) block: &'static str,
    /// Name of that block.
    pub(crate) name: String,
    /// The keyword, of an entry that of its list.
    pub(crate) keyword: &'static str,
    /// It is an entry of a list.
    pub(crate) is_entry: bool,
    /// Its words without the keyword.
    pub(crate) text: String,
    /// Where it stands.
    pub(crate) span: Span,
    /// When it was read.
    pub(crate) order: Order,
    /// It has no effect.
    pub(crate) idle: bool,
}

/// All of them, and what was said about them.
pub(super) struct Writings {
    written: Vec<Written>,
    judged: Vec<(Span, &'static str)>,
}

/// Words of which the first line holds; of all others the last one does.
const FIRST: [&str; 12] = [
    "notify",
    "notify_master",
    "notify_backup",
    "notify_fault",
    "notify_stop",
    "notify_master_rx_lower_pri",
    "notify_fifo",
    "vrrp_notify_fifo",
    "group",
    "state",
    "notification_email",
    "virtual_ipaddress",
];

impl Writings {
    pub(super) fn new(written: Vec<Written>, loaded: &Loaded) -> Self {
        let judged = loaded.diagnostics.iter();
        let judged = judged.filter(|problem| changes(problem.class));
        Self {
            written,
            judged: judged
                .filter_map(|problem| Some((problem.span?, problem.code)))
                .collect(),
        }
    }

    fn of<'a>(
        &'a self,
        block: &'a str,
        name: &'a str,
    ) -> impl DoubleEndedIterator<Item = &'a Written> {
        let written = self.written.iter();
        written.filter(move |line| line.block == block && line.name == name)
    }

    /// The line that gives one of these words.
    pub(super) fn place(&self, block: &str, name: &str, words: &[&str]) -> Option<Span> {
        let mut given = self
            .of(block, name)
            .filter(|line| !line.is_entry && words.contains(&line.keyword));
        let first = words.iter().any(|word| FIRST.contains(word));
        let line = if first {
            given.next()
        } else {
            given.next_back()
        };
        line.map(|line| line.span)
    }

    /// The line in a block without a name that has this word.
    pub(super) fn naming(&self, block: &str, word: &str) -> Option<Span> {
        let mut lines = self.of(block, "");
        lines
            .find(|line| line.text.split(' ').any(|one| one == word))
            .map(|line| line.span)
    }

    /// The entries of a list.
    pub(super) fn entries(&self, block: &str, name: &str, list: &str) -> Vec<(Span, String)> {
        let entries = self.of(block, name);
        entries
            .filter(|line| line.is_entry && line.keyword == list)
            .map(|line| (line.span, line.text.clone()))
            .collect()
    }

    /// Lines without effect.
    pub(super) fn idle<'a>(
        &'a self,
        block: &'a str,
        name: &'a str,
    ) -> impl Iterator<Item = &'a Written> {
        self.of(block, name).filter(|line| line.idle)
    }

    /// The line as origin, and whether something was said about it.
    pub(super) fn judged(&self, span: Span) -> Origin {
        let same = |other: &Span| (other.file, other.line) == (span.file, span.line);
        let mut judged = self.judged.iter();
        match judged.find(|(place, _)| same(place)) {
            Some((_, code)) => Origin::Changed(span, code),
            None => Origin::Line(span),
        }
    }
}
