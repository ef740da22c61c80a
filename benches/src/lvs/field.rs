//! Real servers: one listener that answers for a whole network of addresses.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use nix::sched::{CloneFlags, unshare};

use super::Result;

/// Where servers listen that live as long as the measurement.
pub(super) const LIVING: u16 = 80;

/// Where servers listen that die in it.
pub(super) const MORTAL: u16 = 81;

/// Servers of one virtual server.
pub(super) const PER_SERVICE: usize = 100;

/// Connections that wait to be taken.
const BACKLOG: &str = "16384";

/// Longest that a client may take to ask.
const PATIENCE: Duration = Duration::from_secs(1);

/// What is answered to whoever asks.
const ANSWER: &[u8] = b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nhi\n";

/// The address of a real server.
pub(super) fn address(number: usize) -> Ipv4Addr {
    let number = u32::try_from(number).unwrap_or(u32::MAX / 2);
    Ipv4Addr::from_bits(Ipv4Addr::new(10, 1, 0, 0).to_bits() + number)
}

/// The address of a virtual server.
pub(super) fn service(number: usize) -> Ipv4Addr {
    let number = u32::try_from(number).unwrap_or(u32::MAX / 2);
    Ipv4Addr::from_bits(Ipv4Addr::new(10, 9, 0, 0).to_bits() + number)
}

/// A network namespace of this thread, in which all of 10.0.0.0/8 is here.
pub(super) fn own_network() -> Result<()> {
    unshare(CloneFlags::CLONE_NEWNET).map_err(|error| format!("a network namespace: {error}"))?;
    shell("ip link set lo up && ip addr add 10.0.0.1/8 dev lo")?;
    let limit = "/proc/sys/net/core/somaxconn";
    std::fs::write(limit, BACKLOG).map_err(|error| format!("{limit}: {error}"))
}

/// Runs a command and returns what it says.
pub(super) fn shell(command: &str) -> Result<String> {
    let output = Command::new("/bin/sh").args(["-c", command]).output();
    let output = output.map_err(|error| format!("{command}: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{command}: {} {said}", output.status));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether clients ask for something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// They connect.
    Tcp,
    /// They ask.
    Http,
}

/// Servers at one port of all addresses, until this is dropped.
pub(super) struct Servers {
    port: u16,
    asked: Arc<AtomicU64>,
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Servers {
    pub(super) fn start(kind: Kind, port: u16) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, port));
        let listener = listener.map_err(|error| format!("port {port}: {error}"))?;
        // As many may wait as the system lets.
        nix::sys::socket::listen(&listener, nix::sys::socket::Backlog::MAXALLOWABLE)
            .map_err(|error| format!("port {port}: {error}"))?;
        let (asked, ends) = (Arc::default(), Arc::default());
        let (count, end) = (Arc::clone(&asked), Arc::clone(&ends));
        let thread = thread::spawn(move || serve(kind, &listener, &count, &end));
        Ok(Self {
            port,
            asked,
            ends,
            thread: Some(thread),
        })
    }

    /// How many connections were taken.
    pub(super) fn asked(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        // It is seen with the next connection; who connects makes no difference.
        let _ = std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(kind: Kind, listener: &TcpListener, asked: &AtomicU64, ends: &AtomicBool) {
    while let Ok((mut stream, _)) = listener.accept() {
        if ends.load(Ordering::Relaxed) {
            return;
        }
        asked.fetch_add(1, Ordering::Relaxed);
        if kind == Kind::Tcp {
            continue;
        }
        let mut request = [0; 1024];
        let _ = stream.set_read_timeout(Some(PATIENCE));
        // Requests are small: they come whole, or from somebody who is not measured.
        if let Ok(1..) = stream.read(&mut request) {
            let _ = stream.write_all(ANSWER);
        }
    }
}
