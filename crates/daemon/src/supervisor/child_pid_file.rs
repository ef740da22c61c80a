//! The PID file of a child: there as long as the child has something to do.

use std::path::{Path, PathBuf};

use vipd_linux::files::{PidFile, PidFileError};

/// Names under which a process may hold a PID file of ours.
pub(super) const NAMES: [&str; 2] = ["keepalived", "vipd"];

/// The PID file of one of the children.
#[derive(Debug)]
pub(crate) struct ChildPidFile {
    path: PathBuf,
    file: Option<PidFile>,
}

impl ChildPidFile {
    /// It will be there once the child is.
    pub(super) fn at(path: PathBuf) -> Self {
        Self { path, file: None }
    }

    /// Where it is, or will be.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Creates and locks it, if that has not been done: no other daemon can have it from now on.
    pub(super) fn lock(&mut self) -> Result<&mut PidFile, PidFileError> {
        let file = match self.file.take() {
            Some(file) => file,
            None => PidFile::lock(&self.path, &NAMES)?,
        };
        Ok(self.file.insert(file))
    }

    /// Writes the number of the child. Returns a log line when it cannot.
    #[must_use]
    pub(super) fn write(&mut self, pid: u32) -> Option<String> {
        match self.lock() {
            Ok(file) => file.write(pid).err().map(|error| error.to_string()),
            Err(error) => Some(format!("{}: {error}", self.path.display())),
        }
    }

    /// Takes it away.
    pub(super) fn remove(&mut self) {
        if let Some(file) = self.file.take() {
            file.remove();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_that_is_not_wanted_leaves_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vrrp.pid");
        let mut ours = ChildPidFile::at(path.clone());
        ours.remove();
        assert!(!path.exists());

        assert_eq!(ours.write(77), None);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "77\n");
        let theirs = ChildPidFile::at(path.clone()).write(78);
        assert!(theirs.unwrap().ends_with("daemon is already running"));

        ours.remove();
        assert!(!path.exists());
        assert_eq!(ours.write(79), None, "and it may come back");
    }
}
