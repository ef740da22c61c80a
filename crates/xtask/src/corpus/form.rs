//! The canonical form of a file of the corpus.

use std::path::Path;

use vipd_config::files::MemoryFiles;
use vipd_config::format::format;
use vipd_config::reader::Environment;
use vipd_config::{Host, Loaded, load};

use crate::run::Failure;

/// The canonical form, printed again, is itself; and what is read of it is what was `loaded`.
pub(super) fn holds(path: &Path, loaded: &Loaded, host: &Host) -> Result<bool, Failure> {
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
    let again = load(
        &MemoryFiles::single(name.as_ref(), new),
        &name,
        &environment,
        host,
    );
    Ok(again.config == loaded.config)
}
