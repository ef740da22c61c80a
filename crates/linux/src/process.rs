//! Processes: going to the background, children of the same program, scripts, names.

use std::ffi::{CString, OsStr, OsString};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use nix::sched::{CloneFlags, setns};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::{ForkResult, Pid, fork, pipe2, setsid};

use crate::Error;
use crate::users::Identity;

/// The descriptor by which a child finds the socket to its parent.
pub const PARENT_SOCKET: i32 = 3;

/// Sets the name that `ps -C`, `pgrep` and `killall` know this process by; the kernel keeps 15 bytes.
pub fn set_name(name: &str) {
    if let Ok(name) = CString::new(name) {
        // The kernel cuts long names; there is no other way to fail.
        let _ = nix::sys::prctl::set_name(&name);
    }
}

/// Which side of a fork into the background this is.
#[derive(Debug)]
pub enum Side {
    /// The process that was started from the shell: it waits for the daemon.
    Front(Front),
    /// The daemon.
    Back(Back),
}

/// The process that was started from the shell.
#[derive(Debug)]
pub struct Front {
    pipe: File,
}

impl Front {
    /// Waits until the daemon says how its start went, and returns the exit status for the shell.
    /// A daemon that dies before it says anything gives 1.
    pub fn wait(mut self) -> u8 {
        let mut status = [1];
        match self.pipe.read_exact(&mut status) {
            Ok(()) => status[0],
            Err(_) => 1,
        }
    }
}

/// The daemon, which owes the process in front a word.
#[derive(Debug)]
pub struct Back {
    pipe: File,
}

impl Back {
    /// Tells the process in front its exit status; it ends then.
    pub fn tell(mut self, status: u8) {
        // When nobody is in front any more, nobody wants to know.
        let _ = self.pipe.write_all(&[status]);
    }
}

/// Goes to the background: two forks, a session of its own, `/` as working directory, and
/// `/dev/null` for the standard streams.
///
/// To be called while the process has one thread: only the calling thread lives on.
pub fn daemonise() -> Result<Side, Error> {
    let failed = |e: nix::Error| Error::new("go to the background as", "a daemon", e);
    let (reader, writer) = pipe2(nix::fcntl::OFlag::O_CLOEXEC).map_err(failed)?;
    // SAFETY: the process has one thread, as the caller promised, so nothing is left half done
    // in the child.
    if let ForkResult::Parent { child } = unsafe { fork() }.map_err(failed)? {
        drop(writer);
        // The process in the middle ends at once; what it says does not matter.
        let _ = nix::sys::wait::waitpid(child, None);
        return Ok(Side::Front(Front {
            pipe: File::from(reader),
        }));
    }
    drop(reader);
    setsid().map_err(failed)?;
    // SAFETY: as above.
    if let ForkResult::Parent { .. } = unsafe { fork() }.map_err(failed)? {
        // SAFETY: ends the process in the middle without running anything of the others'.
        unsafe { libc::_exit(0) };
    }
    let failed = |e: io::Error| Error::new("go to the background as", "a daemon", e);
    std::env::set_current_dir("/").map_err(failed)?;
    let null = File::options()
        .read(true)
        .write(true)
        .open("/dev/null")
        .map_err(failed)?;
    for standard in 0..=2 {
        // SAFETY: both descriptors are open; replacing a standard stream of this process is the
        // very purpose.
        if unsafe { libc::dup2(null.as_raw_fd(), standard) } < 0 {
            return Err(failed(io::Error::last_os_error()));
        }
    }
    Ok(Side::Back(Back {
        pipe: File::from(writer),
    }))
}

/// A command that starts this same program again as a child that speaks over `socket`, which it
/// finds as [`PARENT_SOCKET`]. All other descriptors but the standard ones are closed.
///
/// Descriptor 3 must be in use in this process, so that it is not taken for the start itself.
pub fn same_program(
    arguments: &[OsString],
    environment: impl IntoIterator<Item = (OsString, OsString)>,
    socket: &OwnedFd,
) -> Command {
    let mut command = Command::new("/proc/self/exe");
    if let Some((name, rest)) = arguments.split_first() {
        command.arg0(name).args(rest);
    }
    command.env_clear().envs(environment).stdin(Stdio::null());
    let socket = socket.as_raw_fd();
    // SAFETY: between fork and exec only system calls are made; nothing is allocated and no lock
    // is taken. `socket` lives until the command is started, or the start fails.
    unsafe {
        command.pre_exec(move || keep_only(socket));
    }
    command
}

/// In a child before exec: makes `socket` descriptor 3, and closes all above at exec.
fn keep_only(socket: i32) -> io::Result<()> {
    let placed = if socket == PARENT_SOCKET {
        // SAFETY: a plain system call on a descriptor that is open.
        unsafe { libc::fcntl(socket, libc::F_SETFD, 0) }
    } else {
        // SAFETY: as above; descriptor 3 is given up on purpose.
        unsafe { libc::dup2(socket, PARENT_SOCKET) }
    };
    if placed < 0 {
        return Err(io::Error::last_os_error());
    }
    // Rust opens everything close-on-exec; this is for what was inherited from outside.
    // A kernel without the call (before 5.11) leaves those open, which is harmless.
    // SAFETY: plain numbers go in, no memory is touched.
    unsafe {
        libc::syscall(
            libc::SYS_close_range,
            libc::c_uint::try_from(PARENT_SOCKET + 1).unwrap_or(4),
            libc::c_uint::MAX,
            libc::CLOSE_RANGE_CLOEXEC,
        );
    }
    Ok(())
}

/// In a child: the socket to its parent; none when there is none, so this is no child.
///
/// To be called once, before anything else opens a descriptor.
pub fn parent_socket() -> Option<OwnedFd> {
    // SAFETY: a plain system call; a descriptor that is not open gives an error.
    let set = unsafe { libc::fcntl(PARENT_SOCKET, libc::F_SETFD, libc::FD_CLOEXEC) };
    // SAFETY: the descriptor is open, and nothing else in this new process owns it.
    (set == 0).then(|| unsafe { OwnedFd::from_raw_fd(PARENT_SOCKET) })
}

/// Ignores the signals that people and programs send to a daemon by its name: only its
/// supervisor tells a child what to do. `SIGKILL` and the signals of faults stay as they are.
pub fn ignore_requests() {
    let (lowest, highest) = real_time_signals();
    let plain = [
        libc::SIGTERM,
        libc::SIGINT,
        libc::SIGHUP,
        libc::SIGQUIT,
        libc::SIGUSR1,
        libc::SIGUSR2,
        libc::SIGPIPE,
    ];
    for number in plain.into_iter().chain(lowest..=highest) {
        // SAFETY: ignoring a signal runs no code of ours. A number that cannot be ignored gives
        // an error, which changes nothing.
        unsafe { libc::signal(number, libc::SIG_IGN) };
    }
}

/// Variables of the environment that scripts do not get: they could change what a program does,
/// or belong to the daemon alone.
const WITHHELD: [&str; 8] = [
    "IFS",
    "LD_PRELOAD",
    "LD_LIBRARY_PATH",
    "NOTIFY_SOCKET",
    "WATCHDOG_USEC",
    "WATCHDOG_PID",
    "LISTEN_FDS",
    "LISTEN_PID",
];

/// The environment of this process without what scripts and children shall not get.
pub fn clean_environment() -> impl Iterator<Item = (OsString, OsString)> {
    std::env::vars_os().filter(|(name, _)| !WITHHELD.iter().any(|w| OsStr::new(w) == name))
}

/// A command that runs a script: in a process group of its own, with `/dev/null` for the standard
/// streams, as `identity` and without further groups when that is another than ours. With
/// `groups`, with these instead.
pub fn script(argv: &[String], identity: Identity, groups: Option<Vec<u32>>) -> Command {
    let mut command = Command::new(argv.first().map_or("", String::as_str));
    command
        .args(argv.iter().skip(1))
        .env_clear()
        .envs(clean_environment())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0);
    match groups {
        Some(groups) => {
            // SAFETY: between fork and exec only system calls are made; nothing is allocated and
            // no lock is taken.
            unsafe {
                command.pre_exec(move || become_member(identity, &groups));
            }
        }
        None if identity != Identity::current() => {
            command.gid(identity.gid).uid(identity.uid);
        }
        None => {}
    }
    command
}

/// In a child before exec: takes groups, group and user, in this order, while it still may.
fn become_member(identity: Identity, groups: &[u32]) -> io::Result<()> {
    let done = |result: libc::c_int| match result {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    };
    // SAFETY: pointer and length describe `groups`, which outlives the call and is only read.
    done(unsafe { libc::setgroups(groups.len(), groups.as_ptr()) })?;
    // SAFETY: plain numbers.
    done(unsafe { libc::setgid(identity.gid) })?;
    // SAFETY: plain numbers.
    done(unsafe { libc::setuid(identity.uid) })
}

/// How hard a process group is asked to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// `SIGTERM`: it may tidy up.
    Ask,
    /// `SIGKILL`: it may not.
    Force,
}

/// Asks the process group of a script to end. A group that is gone is no error.
pub fn end_group(leader: u32, how: End) {
    let signal = match how {
        End::Ask => Signal::SIGTERM,
        End::Force => Signal::SIGKILL,
    };
    if let Ok(leader @ 2..) = i32::try_from(leader) {
        // ESRCH: it has ended by itself.
        let _ = killpg(Pid::from_raw(leader), signal);
    }
}

/// Moves this process into the network namespace of this name (`ip netns`).
///
/// To be called while the process has one thread: the others would stay where they are.
pub fn enter_network_namespace(name: &str) -> Result<(), Error> {
    let failed = |e: io::Error| Error::new("enter network namespace", name, e);
    if name.is_empty() || name.contains('/') {
        return Err(failed(io::Error::other("this is no name of a namespace")));
    }
    let namespace = File::open(format!("/run/netns/{name}")).map_err(failed)?;
    setns(namespace, CloneFlags::CLONE_NEWNET).map_err(|e| failed(e.into()))
}

/// `SIGRTMIN` and `SIGRTMAX` of the C library, from which real-time signals are counted.
pub fn real_time_signals() -> (i32, i32) {
    (libc::SIGRTMIN(), libc::SIGRTMAX())
}

/// Sets the mask of permission bits that new files do not get.
pub fn set_umask(mask: u32) {
    nix::sys::stat::umask(nix::sys::stat::Mode::from_bits_truncate(mask));
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    fn output_of(argv: &[&str]) -> String {
        let argv: Vec<String> = argv.iter().map(ToString::to_string).collect();
        let output = script(&argv, Identity::current(), None)
            .stdout(Stdio::piped())
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    #[test]
    fn a_script_leads_a_group_of_its_own_and_sees_no_streams() {
        let seen = output_of(&[
            "/bin/sh",
            "-c",
            "echo $$ $(ps -o pgid= -p $$) $(readlink /proc/$$/fd/0)",
        ]);
        let words: Vec<&str> = seen.split_whitespace().collect();
        assert_eq!(words[0], words[1]);
        assert_eq!(words[2], "/dev/null");
    }

    /// `set_supplementary_groups`
    #[test]
    fn a_script_has_the_groups_it_is_given() {
        let argv = ["/bin/sh", "-c", "id -G"].map(Into::into);
        let identity = Identity { uid: 65534, gid: 7 };
        let mut command = script(&argv, identity, Some(vec![7, 9, 11]));
        match command.stdout(Stdio::piped()).output() {
            Ok(output) => assert_eq!(output.stdout, b"7 9 11\n"),
            // Only the administrator may do this.
            Err(error) => assert!(
                Identity::current().uid != 0 || error.kind() == io::ErrorKind::PermissionDenied,
                "{error}"
            ),
        }
    }

    #[test]
    fn a_group_ends_when_it_is_asked_to() {
        let argv: Vec<String> = ["/bin/sh", "-c", "sleep 1000 & wait"]
            .map(Into::into)
            .into();
        let mut child = script(&argv, Identity::current(), None).spawn().unwrap();
        end_group(child.id(), End::Ask);
        assert_eq!(child.wait().unwrap().signal(), Some(libc::SIGTERM));
    }

    #[test]
    fn a_child_finds_its_socket_as_descriptor_3_and_nothing_else() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let _occupies_3 = File::open("/dev/null").unwrap();
        let leaked = File::open("/dev/null").unwrap();
        nix::fcntl::fcntl(
            &leaked,
            nix::fcntl::FcntlArg::F_SETFD(nix::fcntl::FdFlag::empty()),
        )
        .unwrap();
        let theirs = OwnedFd::from(theirs);
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "ls /proc/$$/fd >&3"]);
        let socket = theirs.as_raw_fd();
        // SAFETY: system calls only, as in `same_program`.
        unsafe {
            command.pre_exec(move || keep_only(socket));
        }
        assert!(command.status().unwrap().success());
        drop(theirs);
        let listed = io::read_to_string(ours).unwrap();
        let extra: Vec<&str> = listed
            .split_whitespace()
            .filter(|fd| fd.parse::<i32>().is_ok_and(|fd| (4..10).contains(&fd)))
            .collect();
        assert!(listed.split_whitespace().any(|fd| fd == "3"), "{listed}");
        assert_eq!(extra, Vec::<&str>::new());
    }

    #[test]
    fn scripts_do_not_get_the_variables_of_the_daemon() {
        let names: Vec<OsString> = clean_environment().map(|(name, _)| name).collect();
        assert!(names.iter().all(|name| name != "IFS"));
        assert!(names.iter().any(|name| name == "PATH"));
    }
}
