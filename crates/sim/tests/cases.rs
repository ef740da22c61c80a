//! Scenarios as data: each `cases/NAME.txt` is played and compared with `cases/NAME.out`.
//! `UPDATE_EXPECT=1` writes the expected texts anew.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use expect_test::expect_file;
use vipd_sim::journal::{self, Telling};
use vipd_sim::scenario::case;

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cases")
}

fn story(text: &str) -> String {
    match case::parse(text) {
        Ok(case) => journal::tell(&case.run(), Telling::Changes),
        Err(mistakes) => mistakes.iter().fold(String::new(), |mut text, mistake| {
            let _ = writeln!(text, "{mistake}");
            text
        }),
    }
}

#[test]
fn every_case_goes_as_written() {
    let mut names: Vec<PathBuf> = std::fs::read_dir(directory())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    names.sort();
    assert!(names.len() >= 20, "cases are missing");
    for path in names {
        let story = story(&std::fs::read_to_string(&path).unwrap());
        assert!(!story.contains("!! "), "{}:\n{story}", path.display());
        expect_file![path.with_extension("out")].assert_eq(&story);
    }
}
