//! The file system of a host: that of the machine, with every change kept to the host.
//!
//! Over each folder of the root lies an overlay whose upper layer is in memory. `/run`, `/tmp` and
//! `/dev` are new; `/proc` and `/sys` show the host's own processes and network. Nothing the host
//! writes reaches the machine.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use nix::mount::{MsFlags, mount};
use nix::unistd::{AccessFlags, access};
use vipd_linux::namespace::read_only_with_all_below;

/// Where upper layers lie.
const LAYERS: &str = "/run/lab/layers";

/// The program itself, under a path that exists in every host.
const PROGRAM: &str = "/run/lab/bin/vipd";

/// Folders that are not overlaid: made anew, or kernel interfaces.
const SPECIAL: [&str; 6] = ["dev", "proc", "run", "sys", "tmp", "lost+found"];

/// How deep folders are looked into that cannot be overlaid as a whole.
const DEPTH: u32 = 2;

/// Most bytes of a folder that is copied because nothing else works.
const MOST_COPIED: u64 = 64 << 20;

/// Makes the root file system of this mount namespace that of a host.
pub(super) fn prepare() -> io::Result<()> {
    std::env::set_current_dir("/")?;
    let mut program = File::open("/proc/self/exe")?;
    let path = handle_of_program(&program);
    new("proc", "/proc", "", "proc of its own")?;
    new("tmpfs", "/run", "mode=0755", "private /run")?;
    for folder in [LAYERS, "/run/lab/bin", "/run/lock"] {
        fs::create_dir_all(folder)?;
    }
    let mut here = File::create(PROGRAM)?;
    if let Some(path) = path {
        bind(&format!("/proc/self/fd/{}", path.as_raw_fd()), PROGRAM)?;
    } else {
        io::copy(&mut program, &mut here)?;
        fs::set_permissions(PROGRAM, fs::Permissions::from_mode(0o755))?;
    }
    drop(here);
    overlay_all()?;
    new("tmpfs", "/tmp", "mode=1777", "private /tmp")?;
    devices()?;
    // Without it (a kernel that hides sysfs from user namespaces) the machine's links are seen
    // there, which does no harm.
    let _ = new("sysfs", "/sys", "", "sysfs of its own");
    if is_real_root() {
        read_only("/")?;
    }
    Ok(())
}

/// The running program by its path, unless that leads elsewhere by now (after a rebuild), or
/// nowhere for this user.
///
/// `/proc/self/exe` itself cannot be bound: it was started through the mounts of the keeper's parent.
fn handle_of_program(program: &File) -> Option<File> {
    let path = fs::read_link("/proc/self/exe").ok()?;
    let found = handle(path.to_str()?).ok()?;
    let (one, other) = (program.metadata().ok()?, found.metadata().ok()?);
    ((one.dev(), one.ino()) == (other.dev(), other.ino())).then_some(found)
}

/// Lays overlays over all folders of the root.
fn overlay_all() -> io::Result<()> {
    for entry in fs::read_dir("/")? {
        let entry = entry?;
        let special = SPECIAL.iter().any(|name| entry.file_name() == *name);
        if special || !entry.file_type()?.is_dir() {
            continue;
        }
        cover(&entry.path(), DEPTH)?;
    }
    Ok(())
}

/// Lays an overlay over a folder. Where that cannot be (a user namespace, and something mounted in
/// the folder), the folder is made read-only and its subfolders are covered one by one.
fn cover(folder: &Path, depth: u32) -> io::Result<()> {
    if overlay(folder).is_ok() {
        return Ok(());
    }
    if folder == Path::new("/etc") || !is_open(folder) {
        return copy_into_memory(folder);
    }
    let name = folder.to_string_lossy();
    bind(&name, &name)?;
    read_only_with_all_below(folder).map_err(io::Error::other)?;
    if depth == 0 {
        return Ok(());
    }
    for entry in fs::read_dir(folder)?.flatten() {
        let path = entry.path();
        if entry.file_type()?.is_dir() && is_open(&path) {
            cover(&path, depth - 1)?;
        }
    }
    Ok(())
}

/// Lets the host write to `folder` without the machine noticing.
pub(super) fn make_private(folder: &Path) -> io::Result<()> {
    overlay(folder).or_else(|_| copy_into_memory(folder))
}

/// Whether this user may look into a folder.
fn is_open(folder: &Path) -> bool {
    access(folder, AccessFlags::R_OK | AccessFlags::X_OK).is_ok()
}

/// Numbers the layers.
static NUMBER: AtomicU32 = AtomicU32::new(0);

/// Lays an overlay over one folder.
fn overlay(folder: &Path) -> io::Result<()> {
    if !is_open(folder) {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    let layer = PathBuf::from(LAYERS).join(NUMBER.fetch_add(1, Ordering::Relaxed).to_string());
    let (upper, work) = (layer.join("upper"), layer.join("work"));
    fs::create_dir_all(&upper)?;
    fs::create_dir_all(&work)?;
    // The upper folder gives the overlay its own permissions.
    fs::set_permissions(&upper, fs::metadata(folder)?.permissions())?;
    let name = folder
        .to_str()
        .filter(|name| !name.contains([':', ',', '\\']));
    let name = name.ok_or(io::ErrorKind::InvalidInput)?;
    let attributes = if is_real_root() { "" } else { ",userxattr" };
    let options = format!(
        "lowerdir={name},upperdir={},workdir={}{attributes}",
        upper.display(),
        work.display()
    );
    mount(
        Some("lab"),
        folder,
        Some("overlay"),
        MsFlags::empty(),
        Some(options.as_str()),
    )
    .map_err(Into::into)
}

/// Replaces a folder with a copy of itself in memory, as far as it can be read.
fn copy_into_memory(folder: &Path) -> io::Result<()> {
    let copy = PathBuf::from(LAYERS).join("copy");
    fs::create_dir_all(&copy)?;
    if is_open(folder) {
        copy_folder(folder, &copy, &mut { MOST_COPIED })?;
    }
    let target = folder.to_string_lossy();
    new("tmpfs", &target, "mode=0755", "private folder")?;
    copy_folder(&copy, folder, &mut { MOST_COPIED })?;
    fs::remove_dir_all(&copy)
}

/// Copies what can be read; fails when there is more than `left`.
fn copy_folder(from: &Path, to: &Path, left: &mut u64) -> io::Result<()> {
    for entry in fs::read_dir(from)?.flatten() {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type()?;
        if kind.is_symlink() {
            symlink(fs::read_link(&path)?, &target)?;
        } else if kind.is_dir() {
            fs::create_dir(&target)?;
            if is_open(&path) {
                copy_folder(&path, &target, left)?;
            }
        } else if kind.is_file() {
            let size = entry.metadata()?.len();
            *left = left.checked_sub(size).ok_or_else(|| {
                let most = MOST_COPIED >> 20;
                io::Error::other(format!("{} has more than {most} MiB", from.display()))
            })?;
            // A file that may not be read (shadow) is left out.
            let _ = fs::copy(&path, &target);
        }
    }
    Ok(())
}

/// Makes a `/dev` with what every program may use, and nothing of the machine.
fn devices() -> io::Result<()> {
    const NODES: [&str; 6] = ["null", "zero", "full", "random", "urandom", "tty"];
    let old: Vec<_> = NODES
        .iter()
        .filter_map(|name| Some((*name, handle(&format!("/dev/{name}")).ok()?)))
        .collect();
    let terminals = handle("/dev/pts").ok();
    new("tmpfs", "/dev", "mode=0755", "private /dev")?;
    for (name, node) in old {
        let path = format!("/dev/{name}");
        File::create(&path)?;
        bind(&format!("/proc/self/fd/{}", node.as_raw_fd()), &path)?;
    }
    for (name, target) in [
        ("fd", "/proc/self/fd"),
        ("stdin", "/proc/self/fd/0"),
        ("stdout", "/proc/self/fd/1"),
        ("stderr", "/proc/self/fd/2"),
        ("ptmx", "pts/ptmx"),
    ] {
        symlink(target, format!("/dev/{name}"))?;
    }
    fs::create_dir("/dev/pts")?;
    if let Some(pts) = terminals {
        bind(&format!("/proc/self/fd/{}", pts.as_raw_fd()), "/dev/pts")?;
    }
    fs::create_dir("/dev/shm")?;
    fs::set_permissions("/dev/shm", fs::Permissions::from_mode(0o1777))
}

/// Whether this is root of the machine and not of a user namespace.
fn is_real_root() -> bool {
    fs::read_to_string("/proc/self/uid_map")
        .is_ok_and(|map| map.split_whitespace().eq(["0", "0", "4294967295"]))
}

fn new(kind: &str, target: &str, options: &str, what: &str) -> io::Result<()> {
    let options = (!options.is_empty()).then_some(options);
    mount(Some("lab"), target, Some(kind), MsFlags::empty(), options)
        .map_err(|e| io::Error::other(format!("cannot mount a {what}: {e}")))
}

/// Holds on to a file without opening it, to bind it elsewhere once its path is covered.
fn handle(path: &str) -> io::Result<File> {
    let reference = nix::libc::O_PATH;
    OpenOptions::new()
        .read(true)
        .custom_flags(reference)
        .open(path)
}

fn bind(from: &str, to: &str) -> io::Result<()> {
    let flags = MsFlags::MS_BIND | MsFlags::MS_REC;
    mount(Some(from), to, None::<&str>, flags, None::<&str>)
        .map_err(|e| io::Error::other(format!("cannot bind {from} to {to}: {e}")))
}

fn read_only(target: &str) -> io::Result<()> {
    let flags = MsFlags::MS_BIND | MsFlags::MS_REMOUNT | MsFlags::MS_RDONLY;
    mount(None::<&str>, target, None::<&str>, flags, None::<&str>)
        .map_err(|e| io::Error::other(format!("cannot make {target} read-only: {e}")))
}
