//! What holds for all rows.

use std::collections::BTreeSet;

use super::port::TRACK_PORT;
use super::root::ROOT;
use super::script::SCRIPT;
use super::sync_group::SYNC_GROUP;
use super::*;
use crate::line::Word;
use crate::reference::keywords;

/// Calls `check` on each part of each table.
struct Visit {
    rows: usize,
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "only rows that open a block matter"
)]
impl Visit {
    fn part<C>(&mut self, block: &str, part: Part<C>) {
        let all: Vec<Known<C>> = part.iter().collect();
        for pair in all.windows(2) {
            assert!(
                pair[0].name() < pair[1].name(),
                "{block}: {} and {} are out of order",
                pair[0].name(),
                pair[1].name()
            );
        }
        for row in all {
            self.rows += 1;
            default_parses(block, row);
            assert!(
                row.doc().ends_with('.'),
                "{block}.{}: {}",
                row.name(),
                row.doc()
            );
            let path = format!("{block}.{}", row.name());
            match row.takes() {
                Takes::Unused(_, rows) => self.table(&path, rows),
                Takes::Block(rows) | Takes::Nested(Nested(_, rows, ..)) => self.table(&path, rows),
                Takes::Section(Section::VirtualServer) => self.table(&path, VIRTUAL_SERVER),
                Takes::Section(Section::Ssl) => self.table(&path, &[ssl::SSL]),
                Takes::Section(Section::Global) => self.table(&path, GLOBAL_DEFS),
                Takes::Section(Section::Instance) => self.table(&path, VRRP_INSTANCE),
                Takes::Section(Section::Script) => self.table(&path, &[SCRIPT]),
                Takes::Section(Section::SyncGroup) => self.table(&path, &[SYNC_GROUP]),
                Takes::Section(Section::TrackPort) => self.table(&path, &[TRACK_PORT]),
                Takes::Section(Section::TrackFile(_)) => self.table(&path, &[tracked::TRACK_FILE]),
                Takes::Section(Section::TrackProcess) => {
                    self.table(&path, &[tracked::TRACK_PROCESS]);
                }
                Takes::Section(Section::GarpGroup) => self.table(&path, &[tracked::GARP_GROUP]),
                Takes::Section(Section::TrackGroup) => self.table(&path, &[tracked::TRACK_GROUP]),
                _ => {}
            }
        }
    }

    fn table<C>(&mut self, block: &str, rows: &'static Rows<C>) {
        let mut names = BTreeSet::new();
        for part in rows {
            self.part(block, *part);
            for row in part.iter() {
                assert!(
                    names.insert(row.name()),
                    "{block}: {} stands twice",
                    row.name()
                );
            }
        }
    }
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "other rows have no default of one word"
)]
/// A default of one word is a value that the row takes; others describe where it comes from.
fn default_parses<C>(block: &str, row: Known<C>) {
    let default = row.default();
    if default.is_empty() || default.contains(' ') {
        return;
    }
    let word = Word {
        text: default,
        span: Span::default(),
        quoted: false,
    };
    let mut report = Report::default();
    let takes = match row.takes() {
        Takes::Flag(_) | Takes::Marker(_) => default == "off" || default == "on",
        Takes::Bool(_) => ["on", "off"].contains(&default),
        Takes::Int(form, _) => value::int(&word, row.name(), form, "", &mut report).is_some(),
        Takes::Time(form, _) => value::time(&word, row.name(), form, "", &mut report).is_some(),
        Takes::OneOf(words, _) => words.contains(&default),
        Takes::Address(_) => value::address(&word, row.name(), &mut report).is_some(),
        Takes::Command(CommandForm::Optional, _) => default == "off",
        Takes::Word(..) | Takes::Free(..) => true,
        _ => false,
    };
    assert!(
        takes && report.diagnostics.is_empty(),
        "{block}.{}: default {default}",
        row.name()
    );
}

#[test]
fn rows_are_in_order_unique_and_their_defaults_hold() {
    let mut visit = Visit { rows: 0 };
    visit.table("", &[ROOT]);
    assert_eq!(visit.rows, keywords().len());
}

/// The defaults written in the rows of an instance are those of an instance without words (V2-20,
/// V3-20).
#[test]
fn defaults_in_rows_are_the_defaults_of_the_model() {
    let plain = crate::model::Instance::new("", "", 1);
    let default = |name: &str| {
        let entry = keywords()
            .iter()
            .find(|entry| entry.block == ["vrrp_instance"] && entry.name == name);
        entry.expect("a keyword of an instance").default
    };
    let global = |name: &str| {
        let entry = keywords()
            .iter()
            .find(|entry| entry.block == ["global_defs"] && entry.name == name);
        entry.expect("a global keyword").default
    };
    assert_eq!(
        default("advert_int"),
        plain.advert_interval.as_secs().to_string()
    );
    assert_eq!(
        default("preempt_delay"),
        plain.preempt_delay.as_secs().to_string()
    );
    assert_eq!(
        global("vrrp_down_timer_adverts"),
        plain.down_timer_adverts.to_string()
    );
    assert_eq!(
        global("vrrp_garp_master_delay"),
        plain.garp.master_delay.as_secs().to_string()
    );
    assert_eq!(
        global("vrrp_garp_master_repeat"),
        plain.garp.master_repeat.to_string()
    );
    assert_eq!(
        global("vrrp_garp_master_refresh"),
        plain.garp.refresh.as_secs().to_string()
    );
    assert_eq!(
        global("vrrp_garp_master_refresh_repeat"),
        plain.garp.refresh_repeat.to_string()
    );
    assert_eq!(global("vrrp_mcast_group4"), "224.0.0.18");
    assert_eq!(
        global("smtp_connect_timeout"),
        crate::model::Mail::default().timeout.as_secs().to_string()
    );
    assert_eq!(
        global("umask"),
        format!("0{:o}", crate::model::Global::default().umask)
    );
}
