//! Files that need more care than `std::fs` gives: locked PID files, FIFOs, dumps, and who may
//! change a path.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::fcntl::{FcntlArg, fcntl};
use nix::sys::stat::Mode;
use nix::unistd::{Gid, Uid};

use crate::Error;
use crate::users::Identity;

/// A PID file, locked as long as this value (or a copy in a forked process) lives.
#[derive(Debug)]
pub struct PidFile {
    path: PathBuf,
    file: File,
}

/// Why a PID file cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum PidFileError {
    /// A living process holds it.
    #[error("daemon is already running")]
    AlreadyRunning,
    /// The kernel said no.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl PidFile {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Creates and locks the file without writing a number yet. Folders are made when missing.
    ///
    /// A file that nobody has locked but whose process lives under one of `names` counts as held
    /// too: not every daemon locks its file.
    pub fn lock(path: &Path, names: &[&str]) -> Result<Self, PidFileError> {
        let failed = |e: io::Error| Error::new("open PID file", path.display().to_string(), e);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        let mut file = loop {
            let file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .mode(0o644)
                .custom_flags(libc::O_NOFOLLOW | libc::O_CLOEXEC)
                .open(path)
                .map_err(failed)?;
            if !try_lock(&file).map_err(failed)? {
                return Err(PidFileError::AlreadyRunning);
            }
            // Its last holder may have removed it since it was opened here.
            if is_at(&file, path) {
                break file;
            }
        };
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(failed)?;
        if is_running(text.trim(), names) {
            return Err(PidFileError::AlreadyRunning);
        }
        // The umask may have taken bits away.
        file.set_permissions(fs::Permissions::from_mode(0o644))
            .map_err(failed)?;
        Ok(Self {
            path: path.to_owned(),
            file,
        })
    }

    /// Writes a process number, replacing any other.
    pub fn write(&mut self, pid: u32) -> Result<(), Error> {
        let mut put = || {
            self.file.set_len(0)?;
            self.file.rewind()?;
            writeln!(self.file, "{pid}")
        };
        put().map_err(|e| Error::new("write PID file", self.path.display().to_string(), e))
    }

    /// Removes the file and gives up the lock.
    pub fn remove(self) {
        // Somebody may have removed it already; that is what is wanted.
        let _ = fs::remove_file(&self.path);
    }
}

/// Whether this open file is the one that stands at `path`.
fn is_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::symlink_metadata(path)) {
        (Ok(open), Ok(there)) => (open.dev(), open.ino()) == (there.dev(), there.ino()),
        _ => false,
    }
}

/// Takes the write lock of the open file description; false when another has it.
fn try_lock(file: &File) -> io::Result<bool> {
    let lock = libc::flock {
        l_type: i16::try_from(libc::F_WRLCK).unwrap_or_default(),
        l_whence: i16::try_from(libc::SEEK_SET).unwrap_or_default(),
        l_start: 0,
        l_len: 0,
        l_pid: 0,
    };
    match fcntl(file, FcntlArg::F_OFD_SETLK(&lock)) {
        Ok(_) => Ok(true),
        Err(nix::Error::EAGAIN | nix::Error::EACCES) => Ok(false),
        Err(e) => Err(e.into()),
    }
}

/// Whether the process of this number lives, is another one, and has one of these names.
fn is_running(pid: &str, names: &[&str]) -> bool {
    let Ok(pid) = pid.parse::<u32>() else {
        return false;
    };
    pid != std::process::id()
        && fs::read_to_string(format!("/proc/{pid}/comm"))
            .is_ok_and(|comm| names.contains(&comm.trim_end()))
}

/// Flag for opening something without waiting for whoever is at its other end.
pub const NONBLOCK: i32 = libc::O_NONBLOCK;

/// Makes a FIFO for writing without ever waiting for a reader.
#[derive(Debug)]
pub struct Fifo {
    path: PathBuf,
    file: File,
    created: bool,
}

impl Fifo {
    /// Creates the FIFO with mode 0644 (less the umask) and this owner, or opens one that is there
    /// and belongs to this process or to the owner. A symbolic link is refused.
    pub fn open(path: &Path, owner: Identity) -> Result<Self, Error> {
        let on = || path.display().to_string();
        let created = match nix::unistd::mkfifo(path, Mode::from_bits_truncate(0o644)) {
            Ok(()) => {
                give(path, owner).inspect_err(|_| {
                    // One that nobody may use shall not stay.
                    let _ = fs::remove_file(path);
                })?;
                true
            }
            Err(nix::Error::EEXIST) => false,
            Err(e) => return Err(Error::new("create FIFO", on(), e)),
        };
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(libc::O_NONBLOCK | libc::O_NOFOLLOW | libc::O_CLOEXEC)
            .open(path)
            .map_err(|e| Error::new("open FIFO", on(), e))?;
        let metadata = file
            .metadata()
            .map_err(|e| Error::new("look at FIFO", on(), e))?;
        let wrong = if !metadata.file_type().is_fifo() {
            Some("it exists and is no FIFO")
        } else if ![owner.uid, Identity::current().uid].contains(&metadata.uid()) {
            Some("it exists and belongs to another user")
        } else {
            None
        };
        match wrong {
            Some(reason) => Err(Error::new("use FIFO", on(), io::Error::other(reason))),
            None => Ok(Self {
                path: path.to_owned(),
                file,
                created,
            }),
        }
    }

    /// Writes one line whole or not at all; it never waits. A full FIFO gives `WouldBlock`.
    pub fn write(&mut self, line: &str) -> io::Result<()> {
        // Up to PIPE_BUF bytes the kernel writes all or nothing.
        self.file.write(line.as_bytes()).map(|_| ())
    }

    /// Closes the FIFO, and removes it if it was created here.
    pub fn close(self) {
        if self.created {
            // It may be gone already; that is what is wanted.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Makes `owner` the owner of what stands at `path`, a symbolic link itself included.
fn give(path: &Path, owner: Identity) -> Result<(), Error> {
    nix::unistd::fchownat(
        nix::fcntl::AT_FDCWD,
        path,
        Some(Uid::from_raw(owner.uid)),
        Some(Gid::from_raw(owner.gid)),
        nix::fcntl::AtFlags::AT_SYMLINK_NOFOLLOW,
    )
    .map_err(|e| Error::new("give its owner to FIFO", path.display().to_string(), e))
}

/// Writes a file with mode 0600 so that readers see the old text or the new, never a part.
/// An existing symbolic link is refused, not followed.
pub fn write_atomically(path: &Path, text: &[u8]) -> Result<(), Error> {
    let failed = |e: io::Error| Error::new("write", path.display().to_string(), e);
    if fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_symlink()) {
        return Err(failed(io::Error::other("it is a symbolic link")));
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}", std::process::id()));
    let temporary = path.with_file_name(name);
    let write = || {
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .custom_flags(libc::O_NOFOLLOW | libc::O_CLOEXEC)
            .open(&temporary)?;
        file.write_all(text)?;
        fs::rename(&temporary, path)
    };
    // What an earlier process of this number left half done.
    let _ = fs::remove_file(&temporary);
    write().map_err(failed)
}

/// One step of a path: a directory, or the file at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The path up to here, no symbolic link in it.
    pub path: PathBuf,
    /// Owner.
    pub owner: Identity,
    /// Permission bits, the lower twelve of `st_mode`.
    pub mode: u32,
    /// What stands there.
    pub kind: StepKind,
}

/// What stands at a step of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// A directory.
    Directory,
    /// A regular file.
    File,
    /// Anything else.
    Other,
}

/// All steps of a path from `/` to its end, symbolic links followed.
pub fn steps(path: &Path) -> Result<Vec<Step>, Error> {
    let failed = |e: io::Error| Error::new("find", path.display().to_string(), e);
    let resolved = fs::canonicalize(path).map_err(failed)?;
    let mut ancestors: Vec<&Path> = resolved.ancestors().collect();
    ancestors.reverse();
    ancestors
        .into_iter()
        .map(|at| {
            let metadata = fs::symlink_metadata(at)?;
            Ok(Step {
                path: at.to_owned(),
                owner: Identity {
                    uid: metadata.uid(),
                    gid: metadata.gid(),
                },
                mode: metadata.mode() & 0o7777,
                kind: match metadata.file_type() {
                    t if t.is_dir() => StepKind::Directory,
                    t if t.is_file() => StepKind::File,
                    _ => StepKind::Other,
                },
            })
        })
        .collect::<io::Result<_>>()
        .map_err(failed)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// A folder of its own for each test, removed at its end.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("vipd-{}-{name}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Self(fs::canonicalize(path).unwrap())
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_locked_pid_file_means_already_running() {
        let folder = Folder::new("pid");
        let path = folder.0.join("deep/x.pid");
        let mut first = PidFile::lock(&path, &[]).unwrap();
        first.write(123_456).unwrap();
        first.write(77).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "77\n");
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o644);
        assert!(matches!(
            PidFile::lock(&path, &[]),
            Err(PidFileError::AlreadyRunning)
        ));
        first.remove();
        assert!(!path.exists());
        PidFile::lock(&path, &[]).unwrap();
    }

    #[test]
    fn an_unlocked_pid_file_counts_when_its_process_lives_under_a_known_name() {
        let folder = Folder::new("pid-alive");
        let path = folder.0.join("x.pid");
        fs::write(&path, format!("{}\n", nix::unistd::getppid())).unwrap();
        let comm = fs::read_to_string(format!("/proc/{}/comm", nix::unistd::getppid())).unwrap();
        assert!(matches!(
            PidFile::lock(&path, &[comm.trim_end()]),
            Err(PidFileError::AlreadyRunning)
        ));
        PidFile::lock(&path, &["another-name"]).unwrap();
    }

    #[test]
    fn a_fifo_never_waits_and_is_removed_when_it_was_made_here() {
        let folder = Folder::new("fifo");
        let path = folder.0.join("fifo");
        let mut fifo = Fifo::open(&path, Identity::current()).unwrap();
        let line = "x".repeat(4000);
        let refused = std::iter::repeat_with(|| fifo.write(&line))
            .take(100)
            .find_map(Result::err)
            .expect("a FIFO without reader gets full");
        assert_eq!(refused.kind(), io::ErrorKind::WouldBlock);
        let second = Fifo::open(&path, Identity::current()).unwrap();
        second.close();
        assert!(path.exists(), "the second only found it");
        fifo.close();
        assert!(!path.exists());
    }

    #[test]
    fn a_fifo_is_neither_a_file_nor_a_link() {
        let folder = Folder::new("fifo-wrong");
        let (file, link) = (folder.0.join("file"), folder.0.join("link"));
        fs::write(&file, "").unwrap();
        let refused = Fifo::open(&file, Identity::current()).unwrap_err();
        assert!(refused.to_string().contains("is no FIFO"), "{refused}");
        let target = folder.0.join("target");
        let _made = Fifo::open(&target, Identity::current()).unwrap();
        symlink(&target, &link).unwrap();
        assert!(Fifo::open(&link, Identity::current()).is_err());
    }

    #[test]
    fn a_dump_replaces_a_file_but_never_follows_a_link() {
        let folder = Folder::new("dump");
        let path = folder.0.join("x.data");
        write_atomically(&path, b"one").unwrap();
        write_atomically(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 1);
        let link = folder.0.join("link");
        symlink(&path, &link).unwrap();
        assert!(write_atomically(&link, b"three").is_err());
        assert_eq!(fs::read(&path).unwrap(), b"two");
    }

    #[test]
    fn steps_lead_from_the_root_through_links() {
        let folder = Folder::new("steps");
        fs::create_dir(folder.0.join("real")).unwrap();
        fs::write(folder.0.join("real/script"), "").unwrap();
        symlink("real", folder.0.join("alias")).unwrap();
        let steps = steps(&folder.0.join("alias/script")).unwrap();
        assert_eq!(steps[0].path, Path::new("/"));
        let last = steps.last().unwrap();
        assert_eq!(last.path, folder.0.join("real/script"));
        assert_eq!(last.kind, StepKind::File);
        assert!(
            steps[..steps.len() - 1]
                .iter()
                .all(|step| step.kind == StepKind::Directory)
        );
    }
}
