//! The canonical form of a file of the corpus.

use std::path::Path;

use vipd_config::files::MemoryFiles;
use vipd_config::format::format;
use vipd_config::reader::Environment;
use vipd_config::{Host, load};

use crate::run::Failure;

/// The canonical form, printed again, is itself; and it means what the file means.
///
/// Both are read from memory, where neither has the other files of this machine.
pub(super) fn holds(path: &Path, host: &Host) -> Result<bool, Failure> {
    let failed = |error| Failure(format!("cannot read {}: {error}", path.display()));
    let text = std::fs::read(path).map_err(failed)?;
    let new = format(&text);
    if format(&new) != new {
        return Ok(false);
    }
    let name = path.to_string_lossy();
    let environment = Environment {
        config_id: "judge".to_owned(),
        ..Environment::default()
    };
    let means = |text: Vec<u8>| {
        let files = MemoryFiles::single(name.as_ref(), text);
        load(&files, &name, &environment, host).config
    };
    Ok(means(new) == means(text))
}
