//! The canonical form of every case: printed again it is itself, and it means the same.

use std::path::Path;

use vipd_config::files::MemoryFiles;
use vipd_config::format::format;
use vipd_config::reader::Environment;
use vipd_config::{Host, Loaded, load};

fn read(text: &[u8]) -> Loaded {
    let files = MemoryFiles::single("/k.conf", text);
    load(
        &files,
        "/k.conf",
        &Environment::default(),
        &Host::unknown("a"),
    )
}

#[test]
fn the_form_of_every_case_is_stable_and_means_the_same() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut compared = 0;
    for entry in folder.read_dir().expect("the cases").flatten() {
        let path = entry.path();
        if path.extension().is_none_or(|kind| kind != "conf") {
            continue;
        }
        let text = std::fs::read(&path).expect("a case");
        let new = format(&text);
        assert_eq!(format(&new), new, "{}", path.display());
        let (old, new) = (read(&text), read(&new));
        assert_eq!(old.config, new.config, "{}", path.display());
        let codes = |loaded: &Loaded| {
            let mut codes: Vec<_> = loaded.diagnostics.iter().map(|d| d.code).collect();
            codes.sort_unstable();
            codes
        };
        assert_eq!(codes(&old), codes(&new), "{}", path.display());
        compared += 1;
    }
    assert!(compared > 20, "{compared}");
}
