//! Hosts that outlive the program that made them, and how others find them.
//!
//! Each kept host listens on a socket in a folder that only its owner can enter:
//! `$XDG_RUNTIME_DIR/vipd-lab`, or `/tmp/vipd-lab-UID`.

use std::fs;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, SigmaskHow, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::socket::{
    AddressFamily, Backlog, SockFlag, SockType, UnixAddr, bind, connect, listen, socket,
};

use crate::command::start;
use crate::conversation::{Line, Order, Reply, Start};
use crate::host::{command, in_memory};
use crate::{Error, Host, Result};

/// Where kept hosts are found: the folder of this user.
#[derive(Clone, Debug)]
pub struct Place(PathBuf);

impl Place {
    /// The folder of user `uid`, given the value of `XDG_RUNTIME_DIR`, if it is set.
    pub fn of_user(uid: u32, runtime_folder: Option<PathBuf>) -> Self {
        match runtime_folder.filter(|folder| folder.is_absolute() && folder.is_dir()) {
            Some(folder) => Self(folder.join("vipd-lab")),
            None => Self(PathBuf::from(format!("/tmp/vipd-lab-{uid}"))),
        }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Lets these hosts live on, and registers them under their names.
    pub fn keep(&self, hosts: &[&Host]) -> Result<()> {
        self.make()?;
        for host in hosts {
            let path = self.socket(host.name());
            let listener = listener(&path)
                .map_err(|e| Error::io(format!("listen on {}", path.display()), e))?;
            host.keep(&listener)?;
        }
        Ok(())
    }

    /// Names of the hosts that live here, sorted. What dead ones left is removed.
    pub fn list(&self) -> Result<Vec<String>> {
        let failed = |e| Error::io(format!("list {}", self.0.display()), e);
        let entries = match fs::read_dir(&self.0) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(failed)?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let path = entry.map_err(failed)?.path();
            let name = path
                .file_name()
                .and_then(|name| name.to_str()?.strip_suffix(".sock"));
            let Some(name) = name else {
                continue;
            };
            if connected(&path).is_ok() {
                names.push(name.to_owned());
            } else {
                // Whoever else removes it at the same time has done the work.
                let _ = fs::remove_file(&path);
            }
        }
        names.sort();
        Ok(names)
    }

    /// Runs a command in a host with this program's own input and output, passing signals on,
    /// and returns how it ended.
    pub fn exec(&self, host: &str, words: &[String]) -> Result<ExitStatus> {
        let line = self.call(host)?;
        let (program, arguments) = words.split_first().ok_or_else(|| Error::Missing {
            what: "command".to_owned(),
        })?;
        let order = Start {
            program: program.clone(),
            arguments: arguments.to_vec(),
            environment: std::env::var("TERM")
                .map(|term| ("TERM".to_owned(), term))
                .into_iter()
                .collect(),
            ..Start::default()
        };
        let failed = |e| Error::io("pass on standard input and output", e);
        let streams: [OwnedFd; 3] = [
            io::stdin().as_fd().try_clone_to_owned().map_err(failed)?,
            io::stdout().as_fd().try_clone_to_owned().map_err(failed)?,
            io::stderr().as_fd().try_clone_to_owned().map_err(failed)?,
        ];
        let signals = SigSet::from_iter([Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP]);
        let before = signals
            .thread_swap_mask(SigmaskHow::SIG_BLOCK)
            .map_err(|e| Error::io("block signals", e))?;
        let ended = SignalFd::with_flags(&signals, SfdFlags::SFD_CLOEXEC)
            .map_err(|e| Error::io("take signals", e))
            .and_then(|signals| {
                start(host, &line, order, streams.each_ref())?;
                see_through(&line, &signals).map_err(|e| Error::io(format!("follow {program}"), e))
            });
        // Never fails for a mask that was in effect before.
        let _ = before.thread_set_mask();
        ended
    }

    /// Ends all hosts and removes the folder.
    pub fn stop(&self) -> Result<Vec<String>> {
        let names = self.list()?;
        for name in &names {
            let line = self.call(name)?;
            command(name, &line, &Order::Shutdown, &in_memory(&[])?)?;
            // The line closes when the host has ended.
            while let Ok(Some(_)) = line.hear::<Reply>() {}
            let path = self.socket(name);
            fs::remove_file(&path)
                .map_err(|e| Error::io(format!("remove {}", path.display()), e))?;
        }
        match fs::remove_dir(&self.0) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => {
                Err(Error::io(format!("remove {}", self.0.display()), e))
            }
            _ => Ok(names),
        }
    }

    fn socket(&self, host: &str) -> PathBuf {
        self.0.join(format!("{host}.sock"))
    }

    /// Makes the folder, or makes sure that it is this user's alone.
    fn make(&self) -> Result<()> {
        let failed = |e| Error::io(format!("make {}", self.0.display()), e);
        match fs::DirBuilder::new().mode(0o700).create(&self.0) {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            made => return made.map_err(failed),
        }
        let found = fs::symlink_metadata(&self.0).map_err(failed)?;
        let own = found.is_dir() && found.uid() == nix::unistd::geteuid().as_raw();
        if own && found.mode().trailing_zeros() >= 6 {
            return Ok(());
        }
        let text = "it exists and is not a folder of this user alone";
        Err(failed(io::Error::other(text)))
    }

    fn call(&self, host: &str) -> Result<Line> {
        let path = self.socket(host);
        let missing = [io::ErrorKind::NotFound, io::ErrorKind::ConnectionRefused];
        match connected(&path) {
            Ok(socket) => Ok(Line::from_descriptor(socket)),
            Err(e) if missing.contains(&e.kind()) => Err(Error::Missing {
                what: format!("host {host} (see: vipd lab list)"),
            }),
            Err(e) => Err(Error::io(
                format!("reach host {host} at {}", path.display()),
                e,
            )),
        }
    }
}

/// Passes signals on until the process ends.
fn see_through(line: &Line, signals: &SignalFd) -> io::Result<ExitStatus> {
    loop {
        let mut wanted = [
            PollFd::new(line.as_fd(), PollFlags::POLLIN),
            PollFd::new(signals.as_fd(), PollFlags::POLLIN),
        ];
        match poll(&mut wanted, PollTimeout::NONE) {
            Ok(_) | Err(nix::errno::Errno::EINTR) => {}
            Err(e) => return Err(e.into()),
        }
        let (said, signalled) = (wanted[0].any(), wanted[1].any());
        if signalled == Some(true)
            && let Some(signal) = signals.read_signal()?
        {
            let number = i32::try_from(signal.ssi_signo).unwrap_or(Signal::SIGTERM as i32);
            line.say(&Order::Signal(number), &[])?;
        }
        if said == Some(false) {
            continue;
        }
        match line.hear::<Reply>()? {
            Some((Reply::Ended(status), _)) => return Ok(ExitStatus::from_raw(status)),
            Some(_) => {}
            // The host was stopped.
            None => return Ok(ExitStatus::from_raw(Signal::SIGKILL as i32)),
        }
    }
}

fn socket_and_address(path: &Path) -> io::Result<(OwnedFd, UnixAddr)> {
    let socket = socket(
        AddressFamily::Unix,
        SockType::SeqPacket,
        SockFlag::SOCK_CLOEXEC,
        None,
    )?;
    Ok((socket, UnixAddr::new(path)?))
}

fn listener(path: &Path) -> io::Result<OwnedFd> {
    let (socket, address) = socket_and_address(path)?;
    bind(socket.as_raw_fd(), &address)?;
    listen(&socket, Backlog::MAXCONN)?;
    Ok(socket)
}

fn connected(path: &Path) -> io::Result<OwnedFd> {
    let (socket, address) = socket_and_address(path)?;
    connect(socket.as_raw_fd(), &address)?;
    Ok(socket)
}
