//! Namespaces: being root in one of one's own, whole-host namespaces, work inside another network.
//!
//! Links between the namespaces are made in [`crate::netlink::create`].

use std::ffi::CString;
use std::fs::{self, File};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::thread;

use caps::{CapSet, Capability};
use nix::sched::{CloneFlags, setns, unshare};
use nix::unistd::{getegid, geteuid};

use crate::Error;

/// Whether this process may make namespaces and the links between them.
pub fn may_make_namespaces() -> bool {
    [Capability::CAP_SYS_ADMIN, Capability::CAP_NET_ADMIN]
        .into_iter()
        .all(|capability| caps::has_cap(None, CapSet::Effective, capability).unwrap_or(false))
}

/// Enters a user namespace in which this process is root, mapped to the user it is outside.
///
/// The process must have one thread only: the kernel refuses others with "invalid argument".
pub fn become_root() -> Result<(), Error> {
    let (user, group) = (geteuid(), getegid());
    unshare(CloneFlags::CLONE_NEWUSER)
        .map_err(|e| Error::new("make a user namespace for", format!("user {user}"), e))?;
    let write = |file: &str, text: String| {
        let path = format!("/proc/self/{file}");
        fs::write(&path, text).map_err(|e| Error::new("write", path, e))
    };
    write("setgroups", "deny".to_owned())?;
    write("uid_map", format!("0 {user} 1"))?;
    write("gid_map", format!("0 {group} 1"))
}

/// The setting of this system that forbids user namespaces, and how to change it, if one does.
///
/// `root` is the file system root under which `/proc/sys` is looked up.
pub fn what_forbids_user_namespaces(root: &Path) -> Option<String> {
    const SETTINGS: [(&str, &str, &str); 3] = [
        ("user/max_user_namespaces", "0", "15000"),
        ("kernel/unprivileged_userns_clone", "0", "1"),
        ("kernel/apparmor_restrict_unprivileged_userns", "1", "0"),
    ];
    SETTINGS.iter().find_map(|(name, forbids, allows)| {
        let value = fs::read_to_string(root.join("proc/sys").join(name)).ok()?;
        let dotted = name.replace('/', ".");
        (value.trim() == *forbids)
            .then(|| format!("{dotted} is {forbids}; allow them with: sysctl -w {dotted}={allows}"))
    })
}

/// Leaves for new network, mount, host name and IPC namespaces; the next child starts a new
/// process namespace as its process 1.
///
/// No later mount is seen outside.
pub fn unshare_host() -> Result<(), Error> {
    let all = CloneFlags::CLONE_NEWNET
        | CloneFlags::CLONE_NEWNS
        | CloneFlags::CLONE_NEWUTS
        | CloneFlags::CLONE_NEWIPC
        | CloneFlags::CLONE_NEWPID;
    unshare(all).map_err(|e| Error::new("make namespaces for", "a host", e))?;
    let private = nix::mount::MsFlags::MS_REC | nix::mount::MsFlags::MS_PRIVATE;
    nix::mount::mount(None::<&str>, "/", None::<&str>, private, None::<&str>)
        .map_err(|e| Error::new("make private the mounts of", "a host", e))
}

/// Makes a mount and all mounts below it read-only, in this mount namespace.
pub fn read_only_with_all_below(mount: &Path) -> Result<(), Error> {
    let failed = |e| Error::new("make read-only", mount.display().to_string(), e);
    let path = CString::new(mount.as_os_str().as_bytes())
        .map_err(|_| failed(io::ErrorKind::InvalidInput.into()))?;
    let attributes = MountAttributes {
        set: libc::MOUNT_ATTR_RDONLY,
        ..MountAttributes::default()
    };
    // SAFETY: the path is a C string and the attributes are of the size that is given; the kernel
    // keeps neither.
    let result = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            libc::AT_FDCWD,
            path.as_ptr(),
            libc::AT_RECURSIVE,
            &raw const attributes,
            size_of::<MountAttributes>(),
        )
    };
    if result == 0 {
        Ok(())
    } else {
        Err(failed(io::Error::last_os_error()))
    }
}

/// `struct mount_attr`
#[derive(Default)]
#[repr(C)]
struct MountAttributes {
    set: u64,
    clear: u64,
    propagation: u64,
    user_namespace: u64,
}

/// A network namespace, kept alive while this value is.
#[derive(Debug)]
pub struct Network(OwnedFd);

impl Network {
    /// The network of the calling thread.
    pub fn current() -> Result<Self, Error> {
        Self::open("/proc/thread-self/ns/net")
    }

    /// The network of a process.
    pub fn of_process(pid: u32) -> Result<Self, Error> {
        Self::open(&format!("/proc/{pid}/ns/net"))
    }

    /// The network that `ip netns` has under this name.
    pub fn named(name: &str) -> Result<Self, Error> {
        if name.is_empty() || name.contains('/') {
            let error = io::Error::other("this is no name of a namespace");
            return Err(Error::new("open network", name, error));
        }
        Self::open(&format!("/run/netns/{name}"))
    }

    /// The network that another process holds under this descriptor.
    pub fn held_by(pid: u32, descriptor: i32) -> Result<Self, Error> {
        Self::open(&format!("/proc/{pid}/fd/{descriptor}"))
    }

    fn open(path: &str) -> Result<Self, Error> {
        let file = File::open(path).map_err(|e| Error::new("open network", path, e))?;
        Ok(Self(file.into()))
    }

    /// Does `work` inside this network, on a thread of its own that ends with it.
    ///
    /// Sockets that `work` opens and returns belong to this network for ever.
    /// A panic of `work` goes on in the caller.
    pub fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> Result<T, Error> {
        thread::scope(|scope| {
            let inside = scope.spawn(|| {
                setns(&self.0, CloneFlags::CLONE_NEWNET)?;
                Ok::<T, nix::Error>(work())
            });
            match inside.join() {
                Ok(done) => done.map_err(|e| Error::new("enter", "network namespace", e)),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        })
    }

    /// A second handle on the same network.
    pub fn try_clone(&self) -> io::Result<Self> {
        self.0.try_clone().map(Self)
    }
}

impl AsFd for Network {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_setting_that_forbids_user_namespaces() {
        let root = tempdir("userns-settings");
        let sys = root.join("proc/sys/user");
        fs::create_dir_all(&sys).unwrap();
        fs::write(sys.join("max_user_namespaces"), "127000\n").unwrap();
        assert_eq!(what_forbids_user_namespaces(&root), None);
        fs::write(sys.join("max_user_namespaces"), "0\n").unwrap();
        assert_eq!(
            what_forbids_user_namespaces(&root).as_deref(),
            Some(
                "user.max_user_namespaces is 0; allow them with: sysctl -w user.max_user_namespaces=15000"
            )
        );
        fs::remove_dir_all(&root).unwrap();
    }

    fn tempdir(name: &str) -> std::path::PathBuf {
        let path = std::env::temp_dir().join(format!("vipd-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        path
    }
}
