//! Files of a host, made and read on order.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use nix::unistd::{AccessFlags, access};

use super::root;

/// Makes a file in one step, with its folders, in place of whatever was there.
pub(super) fn write(path: &str, mode: u32, contents: Vec<OwnedFd>) -> Result<(), String> {
    make_room(path)?;
    let fresh = PathBuf::from(format!("{path}.lab-new"));
    let place = |from: &mut File| {
        let mut to = File::create(&fresh)?;
        io::copy(from, &mut to)?;
        fs::set_permissions(&fresh, Permissions::from_mode(mode))?;
        drop(to);
        fs::rename(&fresh, path)
    };
    let mut from = only(contents)?;
    place(&mut from).map_err(|e| format!("cannot write {path}: {e}"))
}

/// Writes into a file that exists.
pub(super) fn overwrite(path: &str, contents: Vec<OwnedFd>) -> Result<(), String> {
    let mut from = only(contents)?;
    OpenOptions::new()
        .write(true)
        .truncate(true)
        .open(path)
        .and_then(|mut to| io::copy(&mut from, &mut to))
        .map(drop)
        .map_err(|e| format!("cannot write {path}: {e}"))
}

/// Opens a file for reading.
pub(super) fn open(path: &str) -> Result<OwnedFd, String> {
    File::open(path)
        .map(OwnedFd::from)
        .map_err(|e| format!("cannot read {path}: {e}"))
}

/// Makes a symbolic link, in place of whatever was there.
pub(super) fn link(target: &str, path: &str) -> Result<(), String> {
    make_room(path)?;
    match fs::remove_file(path) {
        Ok(()) => {}
        Err(e) if e.kind() == io::ErrorKind::NotFound => {}
        Err(e) => return Err(format!("cannot replace {path}: {e}")),
    }
    symlink(target, path).map_err(|e| format!("cannot make link {path}: {e}"))
}

/// Sees to it that the folder of `path` exists and that files can be made in it.
pub(super) fn make_room(path: &str) -> Result<(), String> {
    let folder = Path::new(path)
        .parent()
        .filter(|folder| folder.is_absolute())
        .ok_or_else(|| format!("{path}: not an absolute path of a file"))?;
    let there = folder
        .ancestors()
        .find(|f| f.is_dir())
        .unwrap_or(Path::new("/"));
    if access(there, AccessFlags::W_OK).is_err() {
        root::make_private(there).map_err(|e| format!("{}: {e}", there.display()))?;
    }
    fs::create_dir_all(folder).map_err(|e| format!("cannot make {}: {e}", folder.display()))
}

fn only(contents: Vec<OwnedFd>) -> Result<File, String> {
    let file = contents
        .into_iter()
        .next()
        .ok_or("no contents came with the order")?;
    Ok(File::from(file))
}
