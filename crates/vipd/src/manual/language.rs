//! vipd.conf(5): the configuration file, from the keyword tables.

use vipd_config::reference::{Entry, Standing, keywords};

use super::Page;

/// The page.
pub(crate) fn vipd_conf_5() -> String {
    let mut page = Page::new(
        "vipd.conf",
        "5",
        "vipd.conf",
        "configuration of vipd: keepalived.conf",
    );
    page.section("DESCRIPTION");
    page.paragraph(
        "vipd reads keepalived's configuration file, /etc/keepalived/keepalived.conf unless told \
         otherwise. A line is a keyword and what it takes. A block is a keyword, its name if it \
         has one, and lines in braces. Whatever follows # or ! on a line is a comment. Text with \
         blanks is put in double quotes. Times are in seconds unless said otherwise.",
    );
    page.paragraph(
        "What cannot be understood is reported and left out; the rest holds. vipd-check(1) shows \
         it with its place, its consequence and what to do about it. vipd-explain(1) shows what \
         stands here about a single keyword.",
    );
    page.section("KEYWORDS");
    let mut block: Option<&[&str]> = None;
    for entry in keywords() {
        if block != Some(entry.block.as_slice()) {
            block = Some(entry.block.as_slice());
            page.subsection(&title(&entry.block));
        }
        let term = format!("{} {}", entry.name, entry.form);
        page.term(term.trim_end(), &meaning(entry));
    }
    page.section("SEE ALSO");
    page.paragraph("vipd(1), vipd-check(1), vipd-explain(1), keepalived(8)");
    page.render()
}

/// Title of a block.
fn title(block: &[&str]) -> String {
    if block.is_empty() {
        "The root of the file".to_owned()
    } else {
        block.join(" > ")
    }
}

/// Everything about a keyword in one paragraph.
fn meaning(entry: &Entry) -> String {
    let mut sentences = vec![entry.doc.to_owned()];
    if !entry.opens && !entry.takes.is_empty() {
        sentences.push(format!("Takes {}.", entry.takes));
    }
    if !entry.default.is_empty() {
        sentences.push(format!("Default: {}.", entry.default));
    }
    match entry.standing {
        Standing::Normal | Standing::Hidden => {}
        Standing::Own => sentences.push("Unknown to keepalived.".to_owned()),
        Standing::Deprecated(instead) => sentences.push(format!("Old: write {instead}.")),
        Standing::Alias(of) => sentences.push(format!("The same as {of}.")),
    }
    if !entry.in_effect {
        sentences.push("Recognised, not in effect yet.".to_owned());
    }
    sentences.join(" ")
}
