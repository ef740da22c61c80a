//! How the program has the rows of a table.
//!
//! Every pointer in a table is put right by the loader at each start, and each process has its page
//! to itself from then on. So the words of all rows of a table are one text, made by the compiler,
//! and a row says by numbers where its own are.

use super::{Effect, Keyword, Lacking, Status, Takes};

/// A table: some or all rows of a block.
pub(crate) struct Part<C: 'static> {
    pub(super) rows: &'static [Kept<C>],
    /// The words of all rows, one after the other.
    pub(super) text: &'static str,
}

/// A row, without its words.
pub(crate) struct Kept<C: 'static> {
    takes: Takes<C>,
    /// Where its words begin in the text.
    start: u32,
    /// Where each of them ends, from there on.
    ends: [u16; WORDS],
    mark: Mark,
    effect: Effect,
    lacking: Lacking,
}

/// [`Status`] without its word.
#[derive(Clone, Copy)]
enum Mark {
    Normal,
    Deprecated,
    QuietlyDeprecated,
    Alias,
    Hidden,
    Own,
}

/// A row with its words.
pub(crate) struct Known<C: 'static> {
    kept: &'static Kept<C>,
    text: &'static str,
}

/// Words of a row: name, default, unit, what it means, the word of its status.
const WORDS: usize = 5;

/// Makes a [`Part`] of rows that are written out. The rows themselves are not in the program.
macro_rules! rows {
    ($(#[$about:meta])* $vis:vis $name:ident: $of:ty = [$($row:expr),* $(,)?];) => {
        $(#[$about])*
        $vis const $name: $crate::tables::Part<$of> = {
            use $crate::tables::kept;
            const ROWS: &[$crate::tables::Keyword<$of>] = &[$($row),*];
            static BYTES: [u8; kept::length(ROWS)] = kept::bytes(ROWS);
            static KEPT: [kept::Kept<$of>; ROWS.len()] = kept::kept(ROWS);
            kept::part(&KEPT, &BYTES)
        };
    };
}

/// Puts the two halves of a table together.
pub(super) const fn part<C>(rows: &'static [Kept<C>], bytes: &'static [u8]) -> Part<C> {
    match str::from_utf8(bytes) {
        Ok(text) => Part { rows, text },
        Err(_) => panic!("words are cut into halves nowhere"),
    }
}

const fn words<C>(row: &Keyword<C>) -> [&'static str; WORDS] {
    let of_status = match row.status {
        Status::Normal | Status::Hidden | Status::Own => "",
        Status::Deprecated(word) | Status::QuietlyDeprecated(word) | Status::Alias(word) => word,
    };
    [row.name, row.default, row.unit, row.doc, of_status]
}

/// Length of the text of a table.
pub(super) const fn length<C>(rows: &[Keyword<C>]) -> usize {
    let (mut length, mut row) = (0, 0);
    while row < rows.len() {
        let words = words(&rows[row]);
        let mut word = 0;
        while word < WORDS {
            length += words[word].len();
            word += 1;
        }
        row += 1;
    }
    length
}

/// The text of a table.
pub(super) const fn bytes<C, const N: usize>(rows: &[Keyword<C>]) -> [u8; N] {
    let mut bytes = [0; N];
    let (mut length, mut row) = (0, 0);
    while row < rows.len() {
        let words = words(&rows[row]);
        let mut word = 0;
        while word < WORDS {
            let (_, rest) = bytes.split_at_mut(length);
            let (place, _) = rest.split_at_mut(words[word].len());
            place.copy_from_slice(words[word].as_bytes());
            length += words[word].len();
            word += 1;
        }
        row += 1;
    }
    bytes
}

/// The rows of a table, each with the place of its words.
#[expect(
    clippy::cast_possible_truncation,
    reason = "there is no conversion that a constant could use; tests look at every word"
)]
pub(super) const fn kept<C, const N: usize>(rows: &[Keyword<C>]) -> [Kept<C>; N] {
    let mut all = [Kept::NONE; N];
    let (mut start, mut index) = (0, 0);
    while index < N {
        let row = &rows[index];
        let words = words(row);
        let (mut ends, mut end, mut word) = ([0; WORDS], 0, 0);
        while word < WORDS {
            end += words[word].len();
            ends[word] = end as u16;
            word += 1;
        }
        all[index] = Kept {
            takes: row.takes,
            start: start as u32,
            ends,
            mark: Mark::of(row.status),
            effect: row.effect,
            lacking: row.lacking,
        };
        start += end;
        index += 1;
    }
    all
}

impl<C> Kept<C> {
    /// What stands in an array before the rows do.
    const NONE: Self = Self {
        takes: Takes::Include,
        start: 0,
        ends: [0; WORDS],
        mark: Mark::Normal,
        effect: Effect::Full,
        lacking: Lacking::Silent,
    };
}

impl Mark {
    const fn of(status: Status) -> Self {
        match status {
            Status::Normal => Self::Normal,
            Status::Deprecated(_) => Self::Deprecated,
            Status::QuietlyDeprecated(_) => Self::QuietlyDeprecated,
            Status::Alias(_) => Self::Alias,
            Status::Hidden => Self::Hidden,
            Status::Own => Self::Own,
        }
    }
}

impl<C> Part<C> {
    /// Its rows, in the order of their names.
    pub(crate) fn iter(self) -> impl Iterator<Item = Known<C>> + Clone {
        let text = self.text;
        self.rows.iter().map(move |kept| Known { kept, text })
    }

    /// The row at an index.
    pub(crate) fn get(self, index: usize) -> Option<Known<C>> {
        let kept = self.rows.get(index)?;
        let text = self.text;
        Some(Known { kept, text })
    }

    /// Where the row of that name is.
    pub(crate) fn find(self, name: &str) -> Option<usize> {
        let text = self.text;
        let name_of = |kept| Known { kept, text }.name();
        let found = self.rows.binary_search_by(|kept| name_of(kept).cmp(name));
        found.ok()
    }
}

impl<C> Known<C> {
    /// The word.
    pub(crate) fn name(self) -> &'static str {
        self.word(0)
    }

    /// What holds without it: [`Keyword::default`].
    pub(crate) fn default(self) -> &'static str {
        self.word(1)
    }

    /// Unit of the value.
    pub(crate) fn unit(self) -> &'static str {
        self.word(2)
    }

    /// What it means: one sentence.
    pub(crate) fn doc(self) -> &'static str {
        self.word(3)
    }

    /// What follows it, and the setter for that.
    pub(crate) fn takes(self) -> &'static Takes<C> {
        &self.kept.takes
    }

    /// Whether it should still be written.
    pub(crate) fn status(self) -> Status {
        let word = self.word(4);
        match self.kept.mark {
            Mark::Normal => Status::Normal,
            Mark::Deprecated => Status::Deprecated(word),
            Mark::QuietlyDeprecated => Status::QuietlyDeprecated(word),
            Mark::Alias => Status::Alias(word),
            Mark::Hidden => Status::Hidden,
            Mark::Own => Status::Own,
        }
    }

    /// Whether vipd does what it says.
    pub(crate) fn effect(self) -> Effect {
        self.kept.effect
    }

    /// What a line without a value does.
    pub(crate) fn lacking(self) -> Lacking {
        self.kept.lacking
    }

    fn word(self, index: usize) -> &'static str {
        let Kept { start, ends, .. } = self.kept;
        let from = index.checked_sub(1).map_or(0, |before| ends[before]);
        let place = |offset: u16| *start as usize + usize::from(offset);
        let word = self.text.get(place(from)..place(ends[index]));
        word.unwrap_or_default()
    }
}

impl<C> Clone for Part<C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C> Copy for Part<C> {}

impl<C> Clone for Kept<C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C> Copy for Kept<C> {}

impl<C> Clone for Known<C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C> Copy for Known<C> {}
