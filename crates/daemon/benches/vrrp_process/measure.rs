//! What is measured, for one number of instances.

use std::collections::BTreeMap;
use std::fs;
use std::io::IoSliceMut;
use std::os::fd::{AsRawFd, OwnedFd};
use std::time::{Duration, Instant};

use nix::cmsg_space;
use nix::sys::socket::sockopt::{RcvBufForce, ReceiveTimestampns};
use nix::sys::socket::{
    AddressFamily, ControlMessageOwned, MsgFlags, SockFlag, SockProtocol, SockType, recvmsg,
    setsockopt, socket,
};
use nix::sys::time::TimeSpec;
use vipd_config::model::{Config, Instance, VirtualAddress};
use vipd_daemon::messages::{FromVrrp, ToVrrp};

use super::host::{Advert, Host, Keepalived, Process, announcement};

/// Instances per cable.
const PER_CABLE: usize = 250;
/// How long the steady state is watched.
const WATCH: Duration = Duration::from_secs(10);
/// How long a takeover may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// Measures both daemons with this many instances.
pub(super) fn size(count: usize) {
    println!("{count} instances, 1 VIP each, advert interval 1 s");
    let cables = u32::try_from(count.div_ceil(PER_CABLE)).unwrap();
    std::thread::spawn(move || {
        let host = Host::new(cables);
        let watcher = Watcher::open(&host);
        keepalived(count, &watcher);
        // What it leaves behind in sockets and addresses is gone with it.
        let watcher = Watcher::open(&host);
        ours(count, &host, &watcher);
    })
    .join()
    .unwrap();
}

fn keepalived(count: usize, watcher: &Watcher) {
    let daemon = Keepalived::start(&configuration_file(count));
    let started = Instant::now();
    let takeover = watcher.takeover(count);
    let vrrp = daemon.vrrp_process();
    let cpu_start = cpu(vrrp);
    report("keepalived", "takeover", &takeover, cpu_start, started);
    steady("keepalived master", vrrp, watcher);
    daemon.stop();
}

fn ours(count: usize, host: &Host, watcher: &Watcher) {
    let started = Instant::now();
    let mut master = Process::start(configuration("eth", count, 200));
    let takeover = watcher.takeover(count);
    master.await_message(|message| matches!(message, FromVrrp::Ready).then_some(()));
    report("vipd", "takeover", &takeover, cpu(master.pid()), started);
    let backup = host.switch.run(|| {
        let mut backup = Process::start(configuration("p", count, 100));
        backup.await_message(|message| matches!(message, FromVrrp::Ready).then_some(()));
        backup
    });
    let mut backup = backup.unwrap();
    steady("vipd master", master.pid(), watcher);
    steady("vipd backup", backup.pid(), watcher);
    backup.say(&ToVrrp::Stop);
    backup.await_end();
    let before = Instant::now();
    master.say(&ToVrrp::Stop);
    master.await_end();
    println!("  vipd stop: {} ms", before.elapsed().as_millis());
}

fn report(who: &str, what: &str, takeover: &Takeover, cpu: Duration, started: Instant) {
    println!(
        "  {who} {what}: {:.1} ms from the first advert to the last VIP announced; \
         {:.1} ms CPU since the start {:.1} s ago",
        takeover.span.as_secs_f64() * 1e3,
        cpu.as_secs_f64() * 1e3,
        started.elapsed().as_secs_f64(),
    );
}

/// CPU per advert over a while, and memory after it.
fn steady(who: &str, pid: u32, watcher: &Watcher) {
    watcher.skip_for(Duration::from_secs(6));
    let before = cpu(pid);
    let adverts = watcher.skip_for(WATCH);
    let used = cpu(pid).saturating_sub(before);
    let each = used.as_secs_f64() * 1e6 / f64::from(u32::try_from(adverts.max(1)).unwrap());
    println!(
        "  {who}: {each:.1} us CPU per advert ({adverts} adverts), {} kB private, {} kB resident",
        memory(pid, "Private_Dirty:") + memory(pid, "Private_Clean:"),
        memory(pid, "Rss:"),
    );
}

fn cpu(pid: u32) -> Duration {
    let text = fs::read_to_string(format!("/proc/{pid}/schedstat")).unwrap();
    let nanos = text.split(' ').next().unwrap().parse().unwrap();
    Duration::from_nanos(nanos)
}

fn memory(pid: u32, row: &str) -> u64 {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap();
    let line = text.lines().find(|line| line.starts_with(row)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Cable, VRID and VIP of each instance.
fn places(count: usize) -> impl Iterator<Item = (usize, u8, [u8; 4])> {
    (0..count).map(|number| {
        let (cable, vrid) = (number / PER_CABLE, number % PER_CABLE + 1);
        let vrid = u8::try_from(vrid).unwrap();
        (cable, vrid, [10, 8, u8::try_from(cable).unwrap(), vrid])
    })
}

fn configuration(interface: &str, count: usize, priority: u8) -> Config {
    let instances = places(count).map(|(cable, vrid, vip)| {
        let mut instance = Instance::new(
            format!("I{cable}-{vrid}"),
            format!("{interface}{cable}"),
            vrid,
        );
        instance.priority = priority;
        instance.addresses = vec![VirtualAddress::new(vip.into())];
        instance
    });
    Config {
        instances: instances.collect(),
        ..Config::default()
    }
}

fn configuration_file(count: usize) -> String {
    let blocks = places(count).map(|(cable, vrid, [a, b, c, d])| {
        format!(
            "vrrp_instance I{cable}-{vrid} {{\n interface eth{cable}\n virtual_router_id {vrid}\n \
             priority 200\n virtual_ipaddress {{\n {a}.{b}.{c}.{d}\n }}\n}}\n"
        )
    });
    blocks.collect()
}

/// How a takeover went.
struct Takeover {
    span: Duration,
}

/// Sees everything that comes over the cables, with the kernel's time.
struct Watcher(OwnedFd);

impl Watcher {
    fn open(host: &Host) -> Self {
        let open = || {
            let kind = SockType::Raw;
            let all = SockProtocol::EthAll;
            let socket = socket(AddressFamily::Packet, kind, SockFlag::empty(), all).unwrap();
            setsockopt(&socket, RcvBufForce, &(64 << 20)).unwrap();
            setsockopt(&socket, ReceiveTimestampns, &true).unwrap();
            let tick = nix::sys::time::TimeVal::new(0, 50_000);
            setsockopt(&socket, nix::sys::socket::sockopt::ReceiveTimeout, &tick).unwrap();
            socket
        };
        Self(host.switch.run(open).unwrap())
    }

    /// The next frame and when it came; none if there is none for a while.
    fn next<T>(&self, read: impl FnOnce(&[u8]) -> T) -> Option<(Duration, T)> {
        let mut space = cmsg_space!(TimeSpec);
        let mut buffer = [0; 256];
        let mut parts = [IoSliceMut::new(&mut buffer)];
        let fd = self.0.as_raw_fd();
        let message = recvmsg::<()>(fd, &mut parts, Some(&mut space), MsgFlags::empty()).ok()?;
        let time = message.cmsgs().unwrap().find_map(|control| match control {
            ControlMessageOwned::ScmTimestampns(time) => Some(Duration::from(time)),
            _ => None,
        });
        let length = message.bytes;
        Some((time.unwrap(), read(&buffer[..length.min(256)])))
    }

    /// Waits until as many VIPs are announced.
    fn takeover(&self, count: usize) -> Takeover {
        let until = Instant::now() + PATIENCE;
        let (mut first, mut vips) = (None, BTreeMap::new());
        while vips.len() < count {
            assert!(
                Instant::now() < until,
                "only {} of {count} VIPs",
                vips.len()
            );
            let seen = self.next(|frame| (Advert::read(frame).is_some(), announcement(frame)));
            match seen {
                Some((at, (true, _))) => {
                    first.get_or_insert(at);
                }
                Some((at, (_, Some(arp)))) if arp[12..14] == [8, 6] => {
                    let vip: [u8; 4] = arp[28..32].try_into().unwrap();
                    vips.entry(vip).or_insert(at);
                }
                _ => {}
            }
        }
        let last = vips.values().max().unwrap();
        Takeover {
            span: last.saturating_sub(first.unwrap()),
        }
    }

    /// Reads for a while; how many adverts there were.
    fn skip_for(&self, span: Duration) -> usize {
        let until = Instant::now() + span;
        let mut adverts = 0;
        while Instant::now() < until {
            let seen = self.next(|frame| Advert::read(frame).is_some());
            adverts += usize::from(seen.is_some_and(|(_, is_advert)| is_advert));
        }
        adverts
    }
}
