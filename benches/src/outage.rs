//! (a) How long a client sees nothing when the master leaves, dies, loses its cable or its service.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use vipd_lab::{Lab, Process, Result, Signal};

use crate::report::{Spread, Table};
use crate::stage::{MAKES, Make, PATIENCE, Stage, instances};

/// What happens to the master.
#[derive(Clone, Copy, Debug)]
enum Fate {
    /// It is asked to stop.
    Stop,
    /// The machine dies: cable and every process at once.
    Death,
    /// Its cable is pulled.
    Cable,
    /// Its tracked script fails.
    Script,
    /// Its service is killed: vipd tracks the port, keepalived a script that looks for it.
    Service,
}

const FATES: [(Fate, &str); 5] = [
    (Fate::Stop, "graceful stop"),
    (Fate::Death, "death of the machine"),
    (Fate::Cable, "cable pulled"),
    (
        Fate::Script,
        "script fails (interval 1, fall 1), from the failure on",
    ),
    (
        Fate::Service,
        "service killed (vipd: track_port; keepalived: script, interval 1, fall 2)",
    ),
];

/// All fates at all intervals, in milliseconds; each played `runs` times per daemon, in turn.
pub(crate) fn measure(lab: &Lab, runs: usize) -> Result<Table> {
    let mut table = Table::default();
    for interval in ["1", "0.1", "0.01"] {
        for (fate, name) in FATES {
            let mut series = [Vec::new(), Vec::new()];
            for _ in 0..runs {
                for (make, series) in MAKES.into_iter().zip(&mut series) {
                    series.push(play(lab, make, fate, interval)?.as_secs_f64() * 1e3);
                }
            }
            let [vipd, keepalived] = series.map(Spread::of);
            table.row(format!("advert_int {interval}: {name}"), vipd, keepalived);
        }
    }
    Ok(table)
}

/// One run; for a failing script the time from the failure to the first answer of the other node,
/// else what the client missed.
fn play(lab: &Lab, make: Make, fate: Fate, interval: &str) -> Result<Duration> {
    let stage = Stage::new(lab, make, 1)?;
    let [a, b] = &stage.nodes;
    let services = [a.serve()?, b.serve()?];
    for node in [a, b] {
        node.host.write_file("/srv/ok", 0o644, "")?;
        node.host.write_file("/srv/check", 0o755, check(fate))?;
    }
    let version = if interval == "1" {
        ""
    } else {
        "version 3\n    "
    };
    let (script, tracks) = tracking(make, fate);
    let words = format!("{version}advert_int {interval}\n    {tracks}");
    let text = |priority| script.to_owned() + &instances(1, priority, &words);
    let daemon = a.start(&text(200))?;
    let _backup = b.start(&text(100))?;
    a.await_vips(1)?;
    let prober = stage.client.probe(
        SocketAddr::from(([10, 1, 100, 1], 80)),
        Duration::from_millis(1),
    )?;
    prober.await_calm("node-a", Duration::from_millis(1500), PATIENCE)?;
    let start = Instant::now();
    suffer(&stage, fate, &daemon, &services[0])?;
    prober.await_answer("node-b", PATIENCE)?;
    if matches!(fate, Fate::Script) {
        return Ok(start.elapsed());
    }
    prober.await_calm("node-b", Duration::from_millis(200), PATIENCE)?;
    Ok(prober.seen(start, Instant::now()).outage)
}

/// What the script looks at.
fn check(fate: Fate) -> &'static str {
    match fate {
        // State 0A is listening; the service listens on the IPv6 wildcard.
        Fate::Service => "#!/bin/sh\nexec grep -q ':0050 .* 0A ' /proc/net/tcp6 /proc/net/tcp\n",
        Fate::Stop | Fate::Death | Fate::Cable | Fate::Script => {
            "#!/bin/sh\nexec test -e /srv/ok\n"
        }
    }
}

/// Words at the root and in the instance.
fn tracking(make: Make, fate: Fate) -> (&'static str, &'static str) {
    let script = "track_script {\n        check\n    }";
    match (make, fate) {
        (Make::Vipd, Fate::Service) => ("", "track_port {\n        tcp 0.0.0.0:80\n    }"),
        (Make::Keepalived, Fate::Service) => (
            "vrrp_script check {\n    script /srv/check\n    interval 1\n    fall 2\n}\n",
            script,
        ),
        (_, Fate::Stop | Fate::Death | Fate::Cable | Fate::Script) => (
            "vrrp_script check {\n    script /srv/check\n    interval 1\n}\n",
            script,
        ),
    }
}

fn suffer(stage: &Stage, fate: Fate, daemon: &Process, service: &Process) -> Result<()> {
    let a = &stage.nodes[0];
    match fate {
        Fate::Stop => daemon.kill(Signal::SIGTERM),
        Fate::Death => {
            a.ports[0].pull()?;
            a.host.kill_all()
        }
        Fate::Cable => a.ports[0].pull(),
        Fate::Service => service.kill(Signal::SIGKILL),
        Fate::Script => a
            .host
            .command("/bin/rm")
            .arg("/srv/ok")
            .status(PATIENCE)
            .map(drop),
    }
}
