//! `@ID rest` and `@^ID rest`.

use super::Reader;
use super::text::{Text, blank_char};

impl Reader<'_> {
    /// What is left of a line after its conditional; `None` when it does not hold here.
    pub(super) fn conditional<'t>(&self, text: Text<'t>) -> Option<Text<'t>> {
        let Some(rest) = text.as_str().strip_prefix('@') else {
            return Some(text);
        };
        let (wanted, id) = match rest.strip_prefix('^') {
            Some(id) => (false, id),
            None => (true, rest),
        };
        let id = id.split(blank_char).next().unwrap_or_default();
        if (id == self.environment.config_id) != wanted {
            return None;
        }
        let used = 1 + usize::from(!wanted) + id.len();
        let start = text.skip_blanks(used);
        Some(text.part(start, text.as_str().len()))
    }
}
