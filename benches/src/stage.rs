//! Two nodes and a client, with as many segments between them as the instances need.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::time::Duration;

use vipd_lab::{Host, Lab, PROGRAM, Port, Process, Result, Signal};

use crate::measure;

/// Longest that anything may take.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// Virtual routers per segment: there are 255 numbers for them.
pub(crate) const PER_SEGMENT: usize = 255;

/// Whose daemon is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Make {
    Vipd,
    Keepalived,
}

/// Both, in the order of the columns.
pub(crate) const MAKES: [Make; 2] = [Make::Vipd, Make::Keepalived];

/// A machine with a daemon of one make.
pub(crate) struct Node {
    pub(crate) host: Host,
    /// Its cables, one per segment.
    pub(crate) ports: Vec<Port>,
}

/// Two nodes and a client.
pub(crate) struct Stage {
    pub(crate) client: Host,
    pub(crate) nodes: [Node; 2],
    /// Kept alive.
    _switches: Vec<vipd_lab::Switch>,
}

impl Stage {
    /// Makes one with this many segments; `10.S.0.1` and `.2` are the nodes on segment S, `.9` the client.
    pub(crate) fn new(lab: &Lab, make: Make, segments: usize) -> Result<Self> {
        let client = lab.host("client")?;
        let mut nodes = [node(lab, make, "node-a")?, node(lab, make, "node-b")?];
        let mut switches = Vec::new();
        for segment in 0..segments {
            let switch = lab.switch(&format!("switch{segment}"))?;
            let interface = format!("eth{segment}");
            switch.connect(&client, &interface, &[address(segment, 9)])?;
            for (node, last) in nodes.iter_mut().zip([1, 2]) {
                let port = switch.connect(&node.host, &interface, &[address(segment, last)])?;
                node.ports.push(port);
            }
            switches.push(switch);
        }
        Ok(Self {
            client,
            nodes,
            _switches: switches,
        })
    }
}

fn node(lab: &Lab, make: Make, name: &str) -> Result<Node> {
    Ok(Node {
        host: make_host(lab, make, name)?,
        ports: Vec::new(),
    })
}

/// A host whose `/usr/sbin/keepalived` is of that make.
pub(crate) fn make_host(lab: &Lab, make: Make, name: &str) -> Result<Host> {
    let host = lab.host(name)?;
    if make == Make::Vipd {
        host.link_file(PROGRAM, "/usr/sbin/keepalived")?;
    }
    Ok(host)
}

/// Address of a host on a segment, with its prefix length.
fn address(segment: usize, last: u8) -> (IpAddr, u8) {
    let segment = u8::try_from(segment + 1).unwrap_or(u8::MAX);
    (IpAddr::from([10, segment, 0, last]), 16)
}

impl Node {
    /// Writes the configuration file and starts the daemon, logging to a file.
    pub(crate) fn start(&self, configuration: &str) -> Result<Process> {
        self.host
            .write_file("/etc/keepalived/keepalived.conf", 0o644, configuration)?;
        let daemon = self
            .host
            .command("/usr/sbin/keepalived")
            .args(["-n", "-l", "-G"])
            .output_file("/srv/log")
            .spawn()?;
        Ok(daemon)
    }

    /// Starts the lab's service, which says who answers.
    pub(crate) fn serve(&self) -> Result<Process> {
        let service = self
            .host
            .command(PROGRAM)
            .args(["lab-web", "80", self.host.name()])
            .spawn()?;
        service.await_line("serving", PATIENCE)?;
        Ok(service)
    }

    /// Processes of the daemon, numbered as this program sees them.
    pub(crate) fn daemon_pids(&self) -> Vec<u32> {
        measure::family_named(self.host.pid(), "keepalived")
    }

    /// Waits until this many addresses more than its own are there.
    pub(crate) fn await_vips(&self, count: usize) -> Result<()> {
        let end = std::time::Instant::now() + PATIENCE;
        loop {
            let vips = self
                .host
                .addresses()?
                .iter()
                .filter(|address| is_vip(**address))
                .count();
            if vips == count {
                return Ok(());
            }
            if std::time::Instant::now() > end {
                let what = format!("{count} addresses on {}, not {vips}", self.host.name());
                return Err(vipd_lab::Error::Timeout {
                    what,
                    limit: PATIENCE,
                });
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Whether an address is one of [`instances`].
fn is_vip(address: IpAddr) -> bool {
    matches!(address, IpAddr::V4(v4) if v4.octets()[2] >= 100)
}

/// Asks a daemon to end and waits until it has.
pub(crate) fn stop(mut daemon: Process) -> Result<()> {
    daemon.kill(Signal::SIGTERM)?;
    daemon.wait(PATIENCE).map(drop)
}

/// A configuration of `count` instances with one address each: `10.S.100.N`.
pub(crate) fn instances(count: usize, priority: u8, words: &str) -> String {
    let mut text = String::new();
    for index in 0..count {
        let (segment, vrid) = (index / PER_SEGMENT, index % PER_SEGMENT + 1);
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "vrrp_instance I{index} {{
    state BACKUP
    interface eth{segment}
    virtual_router_id {vrid}
    priority {priority}
    {words}
    virtual_ipaddress {{
        10.{}.100.{vrid}/32
    }}
}}
",
            segment + 1
        );
    }
    text
}

/// Segments that so many instances need.
pub(crate) fn segments(count: usize) -> usize {
    count.div_ceil(PER_SEGMENT)
}
