//! The file that is there, and empty, while the configuration is read again (`reload_file`), so
//! that whoever writes the configuration knows when not to.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// Its name where the configuration says none.
const NAME: &str = "keepalived.reload";

/// The file, as long as this lives.
#[derive(Debug)]
pub(super) struct ReloadFile(PathBuf);

impl ReloadFile {
    /// Makes or empties it. `folder`: where it is without a path.
    pub(super) fn set(path: &str, folder: &Path) -> Result<Self, String> {
        let path = if path.is_empty() {
            folder.join(NAME)
        } else {
            PathBuf::from(path)
        };
        match File::create(&path) {
            Ok(_) => Ok(Self(path)),
            Err(error) => Err(format!(
                "cannot make reload_file {}: {error}",
                path.display()
            )),
        }
    }

    /// Removes it. A log line when that cannot be done.
    pub(super) fn remove(self) -> Option<String> {
        match fs::remove_file(&self.0) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Some(format!(
                "cannot remove reload_file {}: {error}",
                self.0.display()
            )),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_empty_while_it_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(NAME);
        fs::write(&path, "changing").unwrap();
        let file = ReloadFile::set("", folder.path()).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().len(), 0);
        assert_eq!(file.remove(), None);
        assert!(!path.exists());
        let elsewhere = folder.path().join("no/such");
        assert!(ReloadFile::set(elsewhere.to_str().unwrap(), folder.path()).is_err());
    }
}
