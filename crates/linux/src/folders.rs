//! Folders that tell when something in them changes (`inotify(7)`).

use std::ffi::OsString;
use std::io;
use std::os::fd::{AsFd, AsRawFd, RawFd};
use std::path::Path;

use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify, WatchDescriptor};

/// Folders that are watched together.
#[derive(Debug)]
pub struct Folders(Inotify);

/// A watched folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Folder(WatchDescriptor);

/// Something has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// This name in this folder was written, made, moved or removed.
    In(Folder, OsString),
    /// The folder itself is gone or elsewhere; it is watched no more.
    Gone(Folder),
    /// Too much changed: anything may be different.
    Overrun,
}

impl Folders {
    /// None yet.
    pub fn open() -> io::Result<Self> {
        let flags = InitFlags::IN_NONBLOCK | InitFlags::IN_CLOEXEC;
        Ok(Self(Inotify::init(flags)?))
    }

    /// Watches a folder. The same folder again is the same [`Folder`].
    pub fn watch(&self, path: &Path) -> io::Result<Folder> {
        let flags = AddWatchFlags::IN_CLOSE_WRITE
            | AddWatchFlags::IN_CREATE
            | AddWatchFlags::IN_MOVE
            | AddWatchFlags::IN_DELETE
            | AddWatchFlags::IN_ATTRIB
            | AddWatchFlags::IN_DELETE_SELF
            | AddWatchFlags::IN_MOVE_SELF
            | AddWatchFlags::IN_ONLYDIR;
        Ok(Folder(self.0.add_watch(path, flags)?))
    }

    /// Appends what has changed since the last call. Never waits.
    pub fn read(&self, changes: &mut Vec<Change>) -> io::Result<()> {
        let events = match self.0.read_events() {
            Ok(events) => events,
            Err(nix::Error::EAGAIN | nix::Error::EINTR) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        for event in events {
            let folder = Folder(event.wd);
            let gone = AddWatchFlags::IN_DELETE_SELF
                | AddWatchFlags::IN_MOVE_SELF
                | AddWatchFlags::IN_UNMOUNT
                | AddWatchFlags::IN_IGNORED;
            if event.mask.contains(AddWatchFlags::IN_Q_OVERFLOW) {
                changes.push(Change::Overrun);
            } else if event.mask.intersects(gone) {
                if event.mask.contains(AddWatchFlags::IN_MOVE_SELF) {
                    // Otherwise it would be told of under its old name for ever.
                    let _ = self.0.rm_watch(event.wd);
                }
                changes.push(Change::Gone(folder));
            } else if let Some(name) = event.name {
                changes.push(Change::In(folder, name));
            }
        }
        Ok(())
    }
}

impl AsRawFd for Folders {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_fd().as_raw_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(folders: &Folders) -> Vec<Change> {
        let mut changes = Vec::new();
        folders.read(&mut changes).unwrap();
        changes
    }

    #[test]
    fn a_folder_tells_of_its_files_and_of_its_own_end() {
        let path = std::env::temp_dir().join(format!("vipd-folders-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        let folders = Folders::open().unwrap();
        let folder = folders.watch(&path).unwrap();
        assert_eq!(changes(&folders), []);
        std::fs::write(path.join("a"), "1").unwrap();
        let told = changes(&folders);
        assert!(told.contains(&Change::In(folder, "a".into())), "{told:?}");
        std::fs::rename(path.join("a"), path.join("b")).unwrap();
        let told = changes(&folders);
        assert!(told.contains(&Change::In(folder, "b".into())), "{told:?}");
        std::fs::remove_dir_all(&path).unwrap();
        let told = changes(&folders);
        assert!(told.contains(&Change::Gone(folder)), "{told:?}");
    }
}
