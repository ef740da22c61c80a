//! Which process of keepalived handles the line being read.
//!
//! keepalived's parent takes the words at the root and in `global_defs`; its children
//! take the rest from a copy of the text, after a second removal of comments.

use crate::line::Line;

use super::Reader;
use super::include::Checks;
use super::text::blank_char;

/// Words at the root that the parent handles.
const PARENT_WORDS: [&str; 8] = [
    "child_wait_time",
    "global_defs",
    "instance",
    "linkbeat_use_polling",
    "namespace_with_ipsets",
    "net_namespace",
    "net_namespace_ipvs",
    "use_pid_dir",
];

/// How deep in which block the reader stands, by counting braces.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Region {
    depth: u32,
    /// The block at the root is `global_defs`.
    is_global: bool,
    /// `global_defs` was read and its `{` was not yet.
    is_announced: bool,
}

impl Region {
    /// Follows a statement by its first word, if it has one.
    pub(super) fn enter(&mut self, first: Option<&str>, opens: bool) {
        if self.depth == 0 {
            let is_name = first == Some("global_defs");
            let goes_on = first.is_none() && self.is_announced;
            self.is_announced = is_name && !opens;
            self.is_global = opens && (is_name || goes_on);
        }
        self.depth = self.depth.saturating_add(u32::from(opens));
    }

    /// Follows a `}`.
    pub(super) fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        self.is_global &= self.depth > 0;
    }

    /// The parent handles a line that begins like this.
    pub(super) fn is_parents(self, line: &str) -> bool {
        if self.depth > 0 {
            return self.is_global;
        }
        let word = line
            .split(|next: char| blank_char(next) || matches!(next, '{' | '"'))
            .next();
        word.is_some_and(|word| PARENT_WORDS.contains(&word))
    }

    /// The line stands in a block that says nothing about reading.
    pub(super) fn is_inside(self) -> bool {
        self.depth > 0 && !self.is_global
    }

    /// The line stands in `global_defs`.
    pub(super) fn is_global(self) -> bool {
        self.is_global
    }
}

impl Reader<'_> {
    /// Follows the statement that was kept last.
    pub(super) fn notice_line(&mut self, opens: bool) {
        if self.region.is_inside() {
            return self.region.enter(None, opens);
        }
        let last = self.reading.lines.len().saturating_sub(1);
        if self.region.is_global() {
            self.notice_setting(last);
        }
        let is_root = self.region.depth == 0;
        let [first, _] = self.reading.lines.first_words(last);
        self.region.enter(first, opens);
        if is_root && opens {
            self.reading.lines.count_block();
        }
    }

    /// Follows the words of `global_defs` that steer reading itself.
    fn notice_setting(&mut self, index: usize) {
        let [Some(first), second] = self.reading.lines.first_words(index) else {
            return;
        };
        match first {
            "include_check" => {
                let Some(Line::Statement { words, .. }) = self.reading.lines.get(index) else {
                    return;
                };
                let words = words.iter().skip(1).map(|word| word.text);
                let before = Checks::before(self.checks, words.clone());
                self.checks = words.fold(before, Checks::with_word);
            }
            "random_seed" => {
                if let Some(Ok(seed)) = second.map(str::parse) {
                    self.random.0 = seed;
                }
            }
            _ => {}
        }
    }
}
