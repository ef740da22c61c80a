//! The keyword tables as people and tools see them: manual, `explain`, completion.

use std::fmt::Write as _;
use std::sync::LazyLock;

use crate::interpret::suggest::nearest;
use crate::tables::port::TRACK_PORT;
use crate::tables::root::ROOT;
use crate::tables::script::SCRIPT;
use crate::tables::ssl::SSL;
use crate::tables::sync_group::SYNC_GROUP;
use crate::tables::tracked::{GARP_GROUP, TRACK_FILE, TRACK_GROUP, TRACK_PROCESS};
use crate::tables::{
    Effect, GLOBAL_DEFS, Known, Nested, Rows, Section, Status, Takes, VIRTUAL_SERVER, VRRP_INSTANCE,
};

/// One keyword of one block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Names of the blocks it stands in, from the outside in. Empty: the root of the file.
    pub block: Vec<&'static str>,
    /// The keyword.
    pub name: &'static str,
    /// What follows it on its line, such as `N` or `"COMMAND" [USER [GROUP]]`.
    pub form: String,
    /// What follows it, in words, with its range.
    pub takes: String,
    /// What holds when it is not given; empty when nothing does.
    pub default: &'static str,
    /// Unit of the value; empty when it has none.
    pub unit: &'static str,
    /// What it means.
    pub doc: &'static str,
    /// Whether it should still be written.
    pub standing: Standing,
    /// vipd does what it says; otherwise it is recognised and named in a warning.
    pub in_effect: bool,
    /// It opens a block.
    pub opens: bool,
}

/// Whether a keyword should still be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Yes.
    Normal,
    /// Old; write this instead.
    Deprecated(&'static str),
    /// Another name for this.
    Alias(&'static str),
    /// Works, is in no manual of keepalived.
    Hidden,
    /// Of vipd alone.
    Own,
}

impl Entry {
    /// Its blocks and itself, joined by dots: `vrrp_instance.priority`.
    pub fn path(&self) -> String {
        let mut path = self.block.join(".");
        if !path.is_empty() {
            path.push('.');
        }
        path + self.name
    }
}

static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(collect);

/// All keywords of all blocks: blocks in the order of the root, keywords by name.
pub fn keywords() -> &'static [Entry] {
    &ENTRIES
}

fn collect() -> Vec<Entry> {
    let mut entries = Vec::new();
    walk(&[ROOT], &mut Vec::new(), true, &mut entries);
    entries
}

/// Adds the rows of a block, then those of the blocks in it.
fn walk<C>(
    rows: &'static Rows<C>,
    block: &mut Vec<&'static str>,
    effect: bool,
    entries: &mut Vec<Entry>,
) {
    let start = entries.len();
    entries.extend(
        rows.iter()
            .flat_map(|part| part.iter())
            .map(|row| entry(row, block, effect)),
    );
    entries[start..].sort_by_key(|entry| entry.name);
    let mut sorted: Vec<Known<C>> = rows.iter().flat_map(|part| part.iter()).collect();
    sorted.sort_by_key(|row| row.name());
    for row in sorted {
        let effect = effect && row.effect() == Effect::Full;
        block.push(row.name());
        match row.takes() {
            Takes::Unused(_, rows) => walk(rows, block, effect, entries),
            Takes::Block(rows) | Takes::Nested(Nested(_, rows, ..)) => {
                walk(rows, block, effect, entries);
            }
            Takes::Section(Section::VirtualServer) => walk(VIRTUAL_SERVER, block, effect, entries),
            Takes::Section(Section::Ssl) => walk(&[SSL], block, effect, entries),
            Takes::Section(Section::Global) => walk(GLOBAL_DEFS, block, effect, entries),
            Takes::Section(Section::Instance) => walk(VRRP_INSTANCE, block, effect, entries),
            Takes::Section(Section::Script) => walk(&[SCRIPT], block, effect, entries),
            Takes::Section(Section::SyncGroup) => walk(&[SYNC_GROUP], block, effect, entries),
            Takes::Section(Section::TrackPort) => walk(&[TRACK_PORT], block, effect, entries),
            Takes::Section(Section::TrackFile(_)) => {
                walk(&[TRACK_FILE], block, effect, entries);
            }
            Takes::Section(Section::TrackProcess) => {
                walk(&[TRACK_PROCESS], block, effect, entries);
            }
            Takes::Section(Section::GarpGroup) => walk(&[GARP_GROUP], block, effect, entries),
            Takes::Section(Section::TrackGroup) => walk(&[TRACK_GROUP], block, effect, entries),
            Takes::Flag(_)
            | Takes::Bool(_)
            | Takes::Int(..)
            | Takes::Time(..)
            | Takes::OneOf(..)
            | Takes::Word(..)
            | Takes::Address(_)
            | Takes::Command(..)
            | Takes::Free(..)
            | Takes::Entries(..)
            | Takes::Section(Section::VirtualServerGroup)
            | Takes::Marker(_)
            | Takes::Names(..)
            | Takes::Include => {}
        }
        block.pop();
    }
}

fn entry<C>(row: Known<C>, block: &[&'static str], effect: bool) -> Entry {
    Entry {
        block: block.to_vec(),
        name: row.name(),
        form: row.takes().form(),
        takes: row.takes().describe(),
        default: row.default(),
        unit: row.unit(),
        doc: row.doc(),
        standing: match row.status() {
            Status::Normal => Standing::Normal,
            Status::Deprecated(instead) | Status::QuietlyDeprecated(instead) => {
                Standing::Deprecated(instead)
            }
            Status::Alias(of) => Standing::Alias(of),
            Status::Hidden => Standing::Hidden,
            Status::Own => Standing::Own,
        },
        in_effect: effect && row.effect() == Effect::Full,
        opens: row.takes().form().ends_with('}'),
    }
}

/// The words that may start a line in this block (empty: the root), for completion.
pub fn words_in(block: &[&str]) -> Vec<&'static str> {
    keywords()
        .iter()
        .filter(|entry| entry.block == block)
        .map(|entry| entry.name)
        .collect()
}

/// Everything `explain` can be asked about: each keyword, and each keyword with its block.
pub fn topics() -> Vec<String> {
    let mut topics: Vec<String> = keywords()
        .iter()
        .flat_map(|entry| [entry.name.to_owned(), entry.path()])
        .collect();
    topics.sort();
    topics.dedup();
    topics
}

/// Text about a keyword (`priority`, `vrrp_instance.priority`), or, when there is no such
/// keyword, the nearest one there is.
pub fn explain(query: &str) -> Result<String, String> {
    let asked = query.replace('/', ".");
    let found: Vec<&Entry> = keywords()
        .iter()
        .filter(|entry| {
            entry.name == asked
                || entry.path() == asked
                || entry.path().ends_with(&format!(".{asked}"))
        })
        .collect();
    if found.is_empty() {
        let topics = topics();
        return Err(match nearest(&asked, topics.iter().map(String::as_str)) {
            Some(near) => format!("there is no keyword `{query}`; did you mean `{near}`?"),
            None => format!("there is no keyword `{query}`"),
        });
    }
    let mut texts: Vec<(Vec<String>, String)> = Vec::new();
    for entry in found {
        let text = explanation(entry);
        let place = place(entry);
        match texts.iter_mut().find(|(_, known)| *known == text) {
            Some((places, _)) => places.push(place),
            None => texts.push((vec![place], text)),
        }
    }
    let parts: Vec<String> = texts
        .into_iter()
        .map(|(places, text)| format!("{text}  in:       {}\n", places.join(", ")))
        .collect();
    Ok(parts.join("\n"))
}

fn place(entry: &Entry) -> String {
    if entry.block.is_empty() {
        "the root of the file".to_owned()
    } else {
        entry.block.join(" > ")
    }
}

fn explanation(entry: &Entry) -> String {
    let mut text = format!("{} {}", entry.name, entry.form)
        .trim_end()
        .to_owned();
    let _ = write!(text, "\n  {}\n  takes:    {}", entry.doc, entry.takes);
    if !entry.unit.is_empty() && !entry.takes.contains("seconds") {
        let _ = write!(text, " ({})", entry.unit);
    }
    text.push('\n');
    if !entry.default.is_empty() {
        let _ = writeln!(text, "  default:  {}", entry.default);
    }
    match entry.standing {
        Standing::Normal => {}
        Standing::Deprecated(instead) => {
            let _ = writeln!(text, "  old:      write {instead} instead");
        }
        Standing::Alias(of) => {
            let _ = writeln!(text, "  same as:  {of}");
        }
        Standing::Hidden => text.push_str("  note:     in no manual of keepalived\n"),
        Standing::Own => text.push_str("  note:     unknown to keepalived\n"),
    }
    if !entry.in_effect {
        text.push_str("  note:     recognised, not in effect yet\n");
    }
    text
}

/// The reference manual, in Markdown.
pub fn markdown() -> String {
    let mut text = String::from(
        "# Keywords\n\nEvery keyword of `keepalived.conf`, block by block. Times are in seconds unless said otherwise.\n\
         A keyword marked **not yet** is recognised and checked, has no effect so far, and is named in a warning.\n",
    );
    let mut block: Option<&[&str]> = None;
    for entry in keywords() {
        if block != Some(entry.block.as_slice()) {
            block = Some(entry.block.as_slice());
            let _ = write!(
                text,
                "\n## {}\n\n| keyword | takes | default | meaning |\n|---|---|---|---|\n",
                if entry.block.is_empty() {
                    "The root of the file".to_owned()
                } else {
                    format!("`{}`", entry.block.join(" > "))
                },
            );
        }
        let _ = writeln!(
            text,
            "| `{}` | {} | {} | {}{}{} |",
            entry.name,
            cell(&entry.takes),
            cell(entry.default),
            cell(entry.doc),
            standing(entry.standing),
            if entry.in_effect { "" } else { " **not yet**" },
        );
    }
    text
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn standing(standing: Standing) -> String {
    match standing {
        Standing::Normal => String::new(),
        Standing::Deprecated(instead) => format!(" Old: write `{instead}`."),
        Standing::Alias(of) => format!(" Same as `{of}`."),
        Standing::Hidden => " In no manual of keepalived.".to_owned(),
        Standing::Own => " Unknown to keepalived.".to_owned(),
    }
}
