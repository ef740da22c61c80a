//! The files a configuration is read from: a trait, the disk, and a table in memory.

use std::collections::BTreeMap;
use std::io;

/// What is known of a path without reading it. Symbolic links are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What stands there.
    pub kind: EntryKind,
    /// Permission bits, the lower twelve of `st_mode`.
    pub mode: u32,
    /// The calling process can read it.
    pub readable: bool,
}

/// Kind of a directory entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    Regular,
    /// A directory.
    Directory,
    /// Anything else: a device, a FIFO, a socket.
    Other,
}

impl Entry {
    /// Somebody may execute it; keepalived reads no such file as configuration.
    pub fn is_executable(self) -> bool {
        self.mode & 0o111 != 0
    }
}

/// Where configuration files come from.
///
/// Paths are as written in the configuration, joined to the directory of the including
/// file when relative. Nothing is cached by the caller: each question is asked once.
pub trait Files {
    /// Reads a whole file.
    fn read(&self, path: &str) -> io::Result<Vec<u8>>;

    /// What stands at `path`; `None` when nothing does, or it cannot be told.
    fn entry(&self, path: &str) -> Option<Entry>;

    /// Names in a directory, without `.` and `..`, in any order; empty when it cannot be listed.
    fn list(&self, directory: &str) -> Vec<String>;

    /// Absolute path that relative ones start from.
    fn current_directory(&self) -> String;
}

/// The files of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct DiskFiles;

impl Files for DiskFiles {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        std::fs::read(path)
    }

    fn entry(&self, path: &str) -> Option<Entry> {
        use std::os::unix::fs::PermissionsExt;

        let metadata = std::fs::metadata(path).ok()?;
        let kind = match metadata.file_type() {
            t if t.is_file() => EntryKind::Regular,
            t if t.is_dir() => EntryKind::Directory,
            _ => EntryKind::Other,
        };
        Some(Entry {
            kind,
            mode: metadata.permissions().mode() & 0o7777,
            // Opening a FIFO or a device may block or have effects: only files are tried.
            readable: kind == EntryKind::Regular && std::fs::File::open(path).is_ok(),
        })
    }

    fn list(&self, directory: &str) -> Vec<String> {
        let directory = if directory.is_empty() { "." } else { directory };
        std::fs::read_dir(directory).map_or_else(
            |_| Vec::new(),
            |entries| {
                entries
                    .flatten()
                    .filter_map(|entry| entry.file_name().into_string().ok())
                    .collect()
            },
        )
    }

    fn current_directory(&self) -> String {
        std::env::current_dir()
            .ok()
            .and_then(|path| path.into_os_string().into_string().ok())
            .unwrap_or_else(|| "/".to_owned())
    }
}

/// Files in memory: for tests, for text from standard input (under the name `-`), for fuzzing.
#[derive(Clone, Debug, Default)]
pub struct MemoryFiles {
    files: BTreeMap<String, MemoryFile>,
}

#[derive(Clone, Debug)]
struct MemoryFile {
    bytes: Vec<u8>,
    mode: u32,
}

impl MemoryFiles {
    /// No files.
    pub fn new() -> Self {
        Self::default()
    }

    /// One file.
    pub fn single(path: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        let mut files = Self::new();
        files.add(path, bytes);
        files
    }

    /// Adds a file with mode 0644. Directories exist as soon as a file is in them.
    pub fn add(&mut self, path: impl Into<String>, bytes: impl Into<Vec<u8>>) -> &mut Self {
        self.add_with_mode(path, bytes, 0o644)
    }

    /// Adds a file with these permission bits; without `0o444` it cannot be read.
    pub fn add_with_mode(
        &mut self,
        path: impl Into<String>,
        bytes: impl Into<Vec<u8>>,
        mode: u32,
    ) -> &mut Self {
        let bytes = bytes.into();
        let path = absolute(&path.into());
        self.files.insert(path, MemoryFile { bytes, mode });
        self
    }
}

/// Everything before the last `/` of a path; `/` for files in the root, empty without a `/`.
pub(crate) fn directory_of(path: &str) -> &str {
    match path.rfind('/') {
        Some(0) => "/",
        Some(end) => &path[..end],
        None => "",
    }
}

/// The path from the root, without `.`, `..` and doubled slashes.
pub(crate) fn absolute(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

impl Files for MemoryFiles {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        match self.files.get(&absolute(path)) {
            Some(file) if file.mode & 0o444 != 0 => Ok(file.bytes.clone()),
            Some(_) => Err(io::ErrorKind::PermissionDenied.into()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn entry(&self, path: &str) -> Option<Entry> {
        let path = absolute(path);
        if let Some(file) = self.files.get(&path) {
            return Some(Entry {
                kind: EntryKind::Regular,
                mode: file.mode,
                readable: file.mode & 0o444 != 0,
            });
        }
        let inside = format!("{}/", path.trim_end_matches('/'));
        self.files
            .keys()
            .any(|name| name.starts_with(&inside))
            .then_some(Entry {
                kind: EntryKind::Directory,
                mode: 0o755,
                readable: true,
            })
    }

    fn list(&self, directory: &str) -> Vec<String> {
        let inside = format!("{}/", absolute(directory).trim_end_matches('/'));
        let mut names: Vec<String> = self
            .files
            .keys()
            .filter_map(|name| name.strip_prefix(&inside))
            .filter_map(|rest| rest.split('/').next())
            .map(str::to_owned)
            .collect();
        names.dedup();
        names
    }

    fn current_directory(&self) -> String {
        "/".to_owned()
    }
}
