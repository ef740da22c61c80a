//! Manual pages, made from what the program itself is made from.

mod daemon;
mod language;

use clap_mangen::roff::{Inline, Roff, bold, roman};

pub(crate) use daemon::keepalived_8;
pub(crate) use language::vipd_conf_5;

/// The pages of vipd's own commands: file name and text of each.
pub(crate) fn commands(definition: clap::Command) -> Vec<(String, String)> {
    let mut definition = definition.disable_help_subcommand(true);
    definition.build();
    let mut pages = vec![command(&definition)];
    for inner in definition.get_subcommands().filter(|c| !c.is_hide_set()) {
        pages.push(command(inner));
        pages.extend(
            inner
                .get_subcommands()
                .filter(|c| !c.is_hide_set() && c.get_name() != "help")
                .map(command),
        );
    }
    pages
}

/// The page of one command.
fn command(definition: &clap::Command) -> (String, String) {
    let name = definition
        .get_display_name()
        .unwrap_or_else(|| definition.get_name())
        .to_owned();
    let page = clap_mangen::Man::new(definition.clone().version(env!("CARGO_PKG_VERSION")))
        .title(name.clone())
        .source(SOURCE)
        .manual("vipd");
    let mut text = Vec::new();
    // Writing to memory does not fail.
    let _ = page.render(&mut text);
    let text = String::from_utf8_lossy(&text).into_owned();
    (format!("{name}.1"), text)
}

/// What stands at the foot of each page.
const SOURCE: &str = concat!("vipd ", env!("CARGO_PKG_VERSION"));

/// A manual page in the making.
struct Page(Roff);

impl Page {
    /// A page with its title and first section.
    fn new(title: &str, section: &str, name: &str, about: &str) -> Self {
        let mut page = Self(Roff::new());
        page.0.control("TH", [title, section, "", SOURCE, "vipd"]);
        page.section("NAME");
        page.text([roman(format!("{name} - {about}"))]);
        page
    }

    /// Begins a section.
    fn section(&mut self, title: &str) {
        self.0.control("SH", [title]);
    }

    /// Begins a part of a section.
    fn subsection(&mut self, title: &str) {
        self.0.control("SS", [title]);
    }

    /// A paragraph.
    fn paragraph(&mut self, text: &str) {
        self.0.control("PP", []);
        self.text([roman(text)]);
    }

    /// Text that goes on where the last one ended.
    fn text(&mut self, text: impl Into<Vec<Inline>>) {
        self.0.text(text);
    }

    /// A term and what it means.
    fn term(&mut self, term: &str, meaning: &str) {
        self.0.control("TP", []);
        self.text([bold(term)]);
        self.text([roman(meaning)]);
    }

    /// The page as a file.
    fn render(&self) -> String {
        self.0.to_roff()
    }
}
