//! What the least would cost that a pair has to do: one small packet a second, sent and received.

use std::net::{Ipv4Addr, UdpSocket};
use std::thread::sleep;
use std::time::Duration;

use vipd_lab::{Host, Lab, Process, Result};

use crate::measure::{cpu_nanos, family_named};
use crate::report::Spread;
use crate::stage::{Make, PATIENCE, Stage};
use crate::steady::WINDOW;

/// The word that makes this program such a loop.
pub(crate) const WORD: &str = "bare-loop";

/// The name of the program.
const COMM: &str = "vipd-bench";

const PORT: u16 = 112;
const SENDER: Ipv4Addr = Ipv4Addr::new(10, 1, 0, 1);
const RECEIVER: Ipv4Addr = Ipv4Addr::new(10, 1, 0, 2);

/// The loop itself: sends or receives for ever.
pub(crate) fn run(role: &str) -> std::io::Result<()> {
    let own = if role == "send" { SENDER } else { RECEIVER };
    let socket = UdpSocket::bind((own, PORT))?;
    println!("ready");
    let mut packet = [0; 20];
    loop {
        if role == "send" {
            sleep(Duration::from_secs(1));
            socket.send_to(&packet, (RECEIVER, PORT))?;
        } else {
            socket.recv_from(&mut packet)?;
        }
    }
}

/// Processor time of the sender and of the receiver, milliseconds per second.
pub(crate) fn measure(lab: &Lab, runs: usize) -> Result<[Spread; 2]> {
    let mut series = [Vec::new(), Vec::new()];
    for _ in 0..runs {
        let stage = Stage::new(lab, Make::Vipd, 1)?;
        let [a, b] = &stage.nodes;
        let _loops = [start(&b.host, "receive")?, start(&a.host, "send")?];
        let loops = [&b.host, &a.host].map(|host| family_named(host.pid(), COMM));
        // Addresses of the link layer are known by then.
        sleep(Duration::from_secs(2));
        let spent = |pids: &Vec<u32>| cpu_nanos(pids);
        let before = loops.each_ref().map(spent);
        sleep(WINDOW);
        let after = loops.each_ref().map(spent);
        for (role, series) in [1, 0].into_iter().zip(&mut series) {
            let spent = Duration::from_nanos(after[role] - before[role]);
            series.push(spent.as_secs_f64() * 1e3 / WINDOW.as_secs_f64());
        }
    }
    Ok(series.map(Spread::of))
}

fn start(host: &Host, role: &str) -> Result<Process> {
    let own = std::env::current_exe().map_err(|source| vipd_lab::Error::Io {
        doing: "find this program".to_owned(),
        source,
    })?;
    let process = host
        .command(own.to_string_lossy())
        .args([WORD, role])
        .spawn()?;
    process.await_line("ready", PATIENCE)?;
    Ok(process)
}
