//! Every case, damaged in ways that nobody would think of: loading, printing and rendering end
//! without a crash, and what is printed is a fixed point.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;

use proptest::prelude::*;
use vipd_config::diagnostic::terminal::{Style, render};
use vipd_config::diagnostic::{json, log};
use vipd_config::files::MemoryFiles;
use vipd_config::format::format;
use vipd_config::reader::Environment;
use vipd_config::{Host, load};

/// Texts of all cases.
fn cases() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut paths: Vec<_> = folder
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "conf"))
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| std::fs::read(path).unwrap())
        .collect()
}

/// One damage: at a place, so many bytes are replaced by these.
fn damage() -> impl Strategy<Value = (prop::sample::Index, usize, Vec<u8>)> {
    let bytes = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..4),
        prop::sample::select(vec![
            &b"{"[..],
            b"}",
            b"\"",
            b"#",
            b"!",
            b"\\",
            b"\n",
            b"\r\n",
            b"\0",
            b"$A=",
            b"${A}",
            b"@x ",
            b"~SEQ(V,1,9) ",
            b"~LST(V,a,b) ",
            b"include /k.conf\n",
            b"'",
        ])
        .prop_map(<[u8]>::to_vec),
    ];
    (any::<prop::sample::Index>(), 0..12_usize, bytes)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn damaged_cases_do_no_harm(
        which in any::<prop::sample::Index>(),
        damages in prop::collection::vec(damage(), 1..6),
    ) {
        let cases = cases();
        let mut text = cases[which.index(cases.len())].clone();
        for (place, removed, bytes) in damages {
            let start = place.index(text.len() + 1);
            let end = text.len().min(start + removed);
            text.splice(start..end, bytes);
        }
        let files = MemoryFiles::single("/k.conf", text.clone());
        let loaded = load(&files, "/k.conf", &Environment::default(), &Host::unknown("a"));
        for diagnostic in &loaded.diagnostics {
            prop_assert!(!render(diagnostic, &loaded.sources, Style::Plain).is_empty());
            let line = log::render(diagnostic, &loaded.sources);
            prop_assert!(!line.chars().any(char::is_control), "{line}");
            prop_assert!(json::render(diagnostic, &loaded.sources).is_object());
        }
        let form = format(&text);
        prop_assert_eq!(format(&form), form.clone());
        let files = MemoryFiles::single("/k.conf", form);
        let again = load(&files, "/k.conf", &Environment::default(), &Host::unknown("a"));
        prop_assert_eq!(again.config, loaded.config);
    }
}
