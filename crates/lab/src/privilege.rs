//! Being allowed to make hosts: as root, or as root of a user namespace of one's own.

use std::path::Path;

use vipd_linux::namespace;

use crate::{Error, Result};

/// Makes an ordinary user root of a user namespace of their own; does nothing for root.
///
/// To be called first thing in `main`, before any thread exists. All files this process makes
/// afterwards still belong to that user.
pub fn become_root_if_needed() -> Result<()> {
    if namespace::may_make_namespaces() {
        return Ok(());
    }
    namespace::become_root().map_err(|error| Error::Forbidden {
        why: explain(&error.to_string(), Path::new("/")),
    })?;
    if namespace::may_make_namespaces() {
        Ok(())
    } else {
        let why = explain("the new user namespace has no capabilities", Path::new("/"));
        Err(Error::Forbidden { why })
    }
}

/// Adds what can be done about it.
pub(crate) fn explain(error: &str, root: &Path) -> String {
    match namespace::what_forbids_user_namespaces(root) {
        Some(setting) => format!("{error} ({setting}; or run as root)"),
        None => format!(
            "{error} (run as root, or where user namespaces are allowed: some containers forbid them)"
        ),
    }
}
