//! Files that hold a secret.

use std::fs::OpenOptions;
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

/// Most bytes that a file with a secret may have.
const BYTES_MAX: u64 = 4096;

/// A file with a secret.
#[derive(PartialEq, Eq)]
pub enum Secret {
    /// What is in it.
    Read(Vec<u8>),
    /// Group or others have permissions for it.
    Exposed,
}

/// Reads a regular file of at most 4096 bytes that nobody but its owner may touch. The file
/// that is judged is the one that is read. Never waits, whatever stands at the path.
pub fn read(path: &Path) -> io::Result<Secret> {
    let flags = libc::O_NONBLOCK | libc::O_CLOEXEC | libc::O_NOCTTY;
    let mut file = OpenOptions::new()
        .read(true)
        .custom_flags(flags)
        .open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    if metadata.mode() & 0o077 != 0 {
        return Ok(Secret::Exposed);
    }
    if metadata.len() > BYTES_MAX {
        return Err(io::Error::other("too long for a key"));
    }
    let mut bytes = Vec::new();
    (&mut file).take(BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(Secret::Read(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_secret_is_for_its_owner() {
        let directory = std::env::temp_dir().join(format!("vipd-secret-{}", std::process::id()));
        std::fs::create_dir(&directory).unwrap();
        let path = directory.join("key");
        std::fs::write(&path, "hidden").unwrap();
        for (mode, seen) in [(0o600, true), (0o400, true), (0o640, false), (0o604, false)] {
            let permissions = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(&path, permissions).unwrap();
            let wanted = if seen {
                Secret::Read(b"hidden".to_vec())
            } else {
                Secret::Exposed
            };
            assert!(read(&path).unwrap() == wanted, "{mode:o}");
        }
        assert!(read(&directory).is_err());
        assert!(read(&directory.join("none")).is_err());
        std::fs::remove_dir_all(&directory).unwrap();
    }
}
