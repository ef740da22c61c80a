//! What the kernel alone takes for checks: a loop that connects to each server once in a second.

use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::Result;
use super::field::{self, Kind, LIVING, Servers, own_network};
use crate::measure::cpu_nanos;

/// The word that makes this program such a loop.
pub(crate) const WORD: &str = "lvs-bare";

/// Servers that are connected to.
const SERVERS: usize = 1000;

/// Connections between two pauses.
const TOGETHER: usize = 10;

/// How long it is watched.
const WINDOW: Duration = Duration::from_secs(5);

/// The loop itself, for ever.
pub(crate) fn run() -> Result<String> {
    let parts = SERVERS / TOGETHER;
    let mut start = Instant::now();
    loop {
        for part in 0..parts {
            for number in 0..TOGETHER {
                let at = (field::address(part * TOGETHER + number), LIVING);
                TcpStream::connect(at).map_err(|error| format!("connect: {error}"))?;
            }
            let next = start + Duration::from_secs(1) / u32::try_from(parts).unwrap_or(1);
            sleep(next.saturating_duration_since(Instant::now()));
            start = next.max(Instant::now());
        }
    }
}

/// Microseconds of processor time for each connection.
pub(super) fn measure() -> Result<f64> {
    own_network()?;
    let servers = Servers::start(Kind::Tcp, LIVING)?;
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let child = Command::new(own)
        .arg(WORD)
        .stdin(Stdio::null())
        .spawn()
        .map_err(|error| error.to_string())?;
    let child = Killed(child);
    let pids = [child.0.id()];
    sleep(Duration::from_secs(1));
    let (spent, asked) = (cpu_nanos(&pids), servers.asked());
    sleep(WINDOW);
    let spent = Duration::from_nanos(cpu_nanos(&pids) - spent).as_secs_f64();
    let asked = u32::try_from(servers.asked() - asked).unwrap_or(u32::MAX);
    Ok(spent * 1e6 / f64::from(asked.max(1)))
}

/// A process that ends with this.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        // Both fail only if it has gone already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
