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
    /// Follows one logical line.
    pub(super) fn enter(&mut self, line: &Line) {
        match line {
            Line::Statement { words, opens, .. } => {
                if self.depth == 0 {
                    let is_name = words.first().is_some_and(|word| word.text == "global_defs");
                    let goes_on = words.is_empty() && self.is_announced;
                    self.is_announced = is_name && !opens;
                    self.is_global = *opens && (is_name || goes_on);
                }
                self.depth = self.depth.saturating_add(u32::from(*opens));
            }
            Line::Close { .. } => {
                self.depth = self.depth.saturating_sub(1);
                self.is_global &= self.depth > 0;
            }
        }
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

    /// The line stands in `global_defs`.
    pub(super) fn is_global(self) -> bool {
        self.is_global
    }
}

impl Reader<'_> {
    /// Follows the words of `global_defs` that steer reading itself.
    pub(super) fn notice_setting(&mut self, line: &Line) {
        let Line::Statement { words, .. } = line else {
            return;
        };
        if !self.region.is_global() {
            return;
        }
        match words.split_first() {
            Some((first, rest)) if first.text == "include_check" => {
                self.checks = rest.iter().map(|word| word.text.as_str()).fold(
                    Checks::before(self.checks, rest.iter().map(|word| word.text.as_str())),
                    Checks::with_word,
                );
            }
            Some((first, rest)) if first.text == "random_seed" => {
                if let Some(Ok(seed)) = rest.first().map(|word| word.text.parse()) {
                    self.random.0 = seed;
                }
            }
            _ => {}
        }
    }
}
