//! (d) What it costs to read and judge a large configuration: `keepalived -t`.

use std::fmt::Write as _;
use std::time::Duration;

use vipd_lab::{Host, Lab, PROGRAM, Result};

use crate::once::{self, Cost, Run};
use crate::report::{Spread, Table};
use crate::stage::{MAKES, Make, PATIENCE, PER_SEGMENT, instances, make_host};

/// Where the configuration is put.
const FILE: &str = "/etc/keepalived/keepalived.conf";
/// After that long a run is given up.
const LIMIT: Duration = Duration::from_mins(2);

/// A kind of file.
struct Case {
    what: String,
    text: String,
    /// Interfaces that it names.
    interfaces: usize,
}

/// Tables of time, processor time and memory, by kind of file. Both daemons must find the
/// files to be without mistakes.
pub(crate) fn measure(lab: &Lab, runs: usize) -> Result<[Table; 3]> {
    let mut tables: [Table; 3] = Default::default();
    for case in cases() {
        let [vipd, keepalived] = MAKES.map(|make| series(lab, make, &case, runs));
        rows(&case.what, &vipd?, &keepalived?, &mut tables);
    }
    Ok(tables)
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for count in [1000, 4000] {
        cases.push(Case {
            what: format!("{count} instances"),
            text: instances(count, 100, "advert_int 1"),
            interfaces: count.div_ceil(PER_SEGMENT),
        });
    }
    cases.push(Case {
        what: "10000 virtual servers with two real ones".to_owned(),
        text: servers(10_000),
        interfaces: 0,
    });
    for count in [16, 64, 256] {
        cases.push(Case {
            what: format!("{} instances by `~SEQ`", count * 254),
            text: generated(count),
            interfaces: count,
        });
    }
    cases
}

/// The costs of so many runs; of one that is given up, no more are made.
fn series(
    lab: &Lab,
    make: Make,
    case: &Case,
    runs: usize,
) -> Result<std::result::Result<Vec<Cost>, Duration>> {
    let host = make_host(lab, make, "reader")?;
    interfaces(&host, case.interfaces)?;
    host.write_file(FILE, 0o644, &case.text)?;
    let words = ["/usr/sbin/keepalived", "-t", "-f", FILE];
    // The first run finds the program on disk.
    once::run(&host, PATIENCE, &[words[0], "--version"])?;
    let mut costs = Vec::new();
    for _ in 0..runs {
        match once::run(&host, LIMIT, &words)? {
            Run::Ended(cost) => costs.push(cost),
            Run::Endless(limit) => return Ok(Err(limit)),
        }
    }
    Ok(Ok(costs))
}

/// Adds a row to each table.
fn rows(
    what: &str,
    vipd: &std::result::Result<Vec<Cost>, Duration>,
    keepalived: &std::result::Result<Vec<Cost>, Duration>,
    tables: &mut [Table; 3],
) {
    let figures: [fn(&Cost) -> f64; 3] = [
        |cost| cost.wall_ms,
        |cost| cost.cpu_ms,
        |cost| cost.memory_kb,
    ];
    for (table, figure) in tables.iter_mut().zip(figures) {
        let [vipd, keepalived] = [vipd, keepalived].map(|costs| match costs {
            Ok(costs) => Ok(Spread::of(costs.iter().map(figure).collect())),
            Err(limit) => Err(format!("not ended in {} s", limit.as_secs())),
        });
        table.row_or(what, vipd, keepalived);
    }
}

/// The interfaces that the configurations name.
fn interfaces(host: &Host, count: usize) -> Result<()> {
    let mut batch = String::new();
    for index in 0..count {
        // Writing to a String cannot fail.
        let _ = writeln!(batch, "link add eth{index} type veth peer name end{index}");
    }
    let command = host.command("/sbin/ip").args(["-batch", "-"]).input(batch);
    command.status(PATIENCE).map(drop)
}

/// Virtual servers with two real servers each and a check on every one.
fn servers(count: usize) -> String {
    let mut text = String::new();
    for index in 0..count {
        let (high, low) = (index / 250, index % 250 + 1);
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "virtual_server 10.1.{high}.{low} 80 {{
    lb_algo rr
    lb_kind NAT
    protocol TCP
    real_server 10.2.{high}.{low} 80 {{
        weight 1
        TCP_CHECK {{
            connect_timeout 3
        }}
    }}
    real_server 10.3.{high}.{low} 80 {{
        weight 1
        TCP_CHECK {{
            connect_timeout 3
        }}
    }}
}}
"
        );
    }
    text
}

/// 254 instances on each of so many interfaces, in a few lines.
fn generated(interfaces: usize) -> String {
    let sequence = format!("~SEQ(I,0,{}) ~SEQ(V,1,254) $INSTANCE\n", interfaces - 1);
    let instance = r"$INSTANCE=vrrp_instance I_${I}_${V} { \
interface eth${I} \
virtual_router_id ${V} \
priority 100 \
virtual_ipaddress { \
10.${I}.100.${V}/32 \
} \
}
";
    instance.to_owned() + &sequence
}

/// What the flip proof of a pair costs: `vipd check A B`, two nodes, ten instances that track a
/// script, an interface, a port and each other. keepalived has nothing like it.
pub(crate) fn proof(lab: &Lab, runs: usize) -> Result<[Spread; 3]> {
    let host = make_host(lab, Make::Vipd, "prover")?;
    for (name, priority) in [("/srv/a.conf", 150), ("/srv/b.conf", 100)] {
        host.write_file(name, 0o644, node(priority))?;
    }
    let mut costs = Vec::new();
    for _ in 0..runs {
        let words = [PROGRAM, "check", "/srv/a.conf", "/srv/b.conf"];
        if let Run::Ended(cost) = once::run(&host, LIMIT, &words)? {
            costs.push(cost);
        }
    }
    let spread = |figure: fn(&Cost) -> f64| Spread::of(costs.iter().map(figure).collect());
    Ok([
        spread(|cost| cost.wall_ms),
        spread(|cost| cost.cpu_ms),
        spread(|cost| cost.memory_kb),
    ])
}

/// One node of the pair.
fn node(priority: u8) -> String {
    let mut text = String::from(
        "global_defs {
    enable_script_security
    script_user root
}
vrrp_script web {
    script \"/bin/true\"
    interval 2
    fall 2
    rise 2
    weight -60
}
",
    );
    for index in 1..=10 {
        let interface = index % 2;
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "vrrp_instance I{index} {{
    state BACKUP
    interface eth{interface}
    virtual_router_id {index}
    priority {priority}
    advert_int 1
    virtual_ipaddress {{
        10.{interface}.100.{index}/24
    }}
    track_script {{
        web
    }}
    track_interface {{
        eth2 weight -60
    }}
}}
"
        );
    }
    text
}
