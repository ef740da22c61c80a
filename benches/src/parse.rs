//! (d) How long it takes to read and judge a large configuration: `keepalived -t`.

use std::fmt::Write as _;
use std::time::Instant;

use vipd_lab::{Error, Host, Lab, Result};

use crate::report::{Spread, Table};
use crate::stage::{MAKES, PATIENCE, instances, make_host};

/// Where the configuration is put.
const FILE: &str = "/etc/keepalived/keepalived.conf";
/// Interfaces that the configurations name.
const INTERFACES: usize = 256;

/// Milliseconds from the start of the program to its end, by kind of file. Both must find the
/// file to be without mistakes.
pub(crate) fn measure(lab: &Lab, runs: usize) -> Result<Table> {
    let files = [
        ("1000 instances", instances(1000, 100, "advert_int 1")),
        ("4000 instances", instances(4000, 100, "advert_int 1")),
        ("10000 virtual servers with two real ones", servers(10_000)),
        ("65024 instances by `~SEQ`", generated()),
    ];
    let mut table = Table::default();
    for (what, text) in files {
        let mut series: [Vec<f64>; 2] = Default::default();
        for (column, make) in MAKES.into_iter().enumerate() {
            let host = make_host(lab, make, "reader")?;
            interfaces(&host)?;
            host.write_file(FILE, 0o644, &text)?;
            for _ in 0..runs {
                let start = Instant::now();
                let output = host
                    .command("/usr/sbin/keepalived")
                    .args(["-t", "-f", FILE])
                    .output(PATIENCE)?;
                series[column].push(start.elapsed().as_secs_f64() * 1e3);
                if !output.status.success() {
                    let errors = output.stderr;
                    let first = errors.lines().next().unwrap_or_default().to_owned();
                    let what = format!("{make:?} to take {what} for right: {first}");
                    return Err(Error::Timeout {
                        what,
                        limit: PATIENCE,
                    });
                }
            }
        }
        let [vipd, keepalived] = series.map(Spread::of);
        table.row(what, vipd, keepalived);
    }
    Ok(table)
}

/// The interfaces that the configurations name.
fn interfaces(host: &Host) -> Result<()> {
    let mut batch = String::new();
    for index in 0..INTERFACES {
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

/// 254 instances on each of 256 interfaces, in a few lines.
fn generated() -> String {
    r"$INSTANCE=vrrp_instance I_${I}_${V} { \
interface eth${I} \
virtual_router_id ${V} \
priority 100 \
virtual_ipaddress { \
10.${I}.100.${V}/32 \
} \
}
~SEQ(I,0,255) ~SEQ(V,1,254) $INSTANCE
"
    .to_owned()
}
