//! A host in a network namespace of its own, plugged into another one where everything that
//! it sends is seen; on it, the VRRP process or keepalived.

use std::fs;
use std::io::{Read, Write};
use std::net::IpAddr;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::sched::{CloneFlags, unshare};
use nix::sys::signal::{Signal, kill};
use nix::sys::socket::sockopt::RcvBufForce;
use nix::sys::socket::{
    AddressFamily, MsgFlags, SockFlag, SockProtocol, SockType, recv, setsockopt, socket,
};
use nix::unistd::Pid;
use vipd_config::model::Config;
use vipd_daemon::messages::{Frames, FromVrrp, ToVrrp, VrrpOptions, encode};
use vipd_engine::event::State;
use vipd_engine::vrrp::Snapshot;
use vipd_linux::namespace::Network;
use vipd_linux::netlink::create::{self, End};
use vipd_linux::netlink::{NewAddress, Route};
use vipd_linux::poll::Poll;

/// Time after which something awaited will not come any more.
const PATIENCE: Duration = Duration::from_secs(20);

/// First argument that makes this program the VRRP process, on its standard input.
pub(super) const CHILD: &str = "be-the-vrrp-process";
/// Likewise, without any privilege.
pub(super) const POWERLESS_CHILD: &str = "be-a-powerless-vrrp-process";

/// A network namespace for the calling thread and everything it starts.
pub(super) struct Host {
    /// Requests on this host.
    pub(super) route: Route,
    /// Where the other ends of its cables are.
    pub(super) switch: Network,
}

impl Host {
    /// Makes the host, with `cables` interfaces `eth0`, `eth1` and so on: up, with the
    /// addresses `10.9.N.1/24` and `fe80::1:N/64`. The other ends are `p0`, `p1` and so on,
    /// with `10.9.N.2/24`.
    pub(super) fn new(cables: u32) -> Self {
        let switch = thread::spawn(|| {
            own_network();
            Network::current().unwrap()
        })
        .join()
        .unwrap();
        own_network();
        let mut host = Self {
            route: Route::open().unwrap(),
            switch,
        };
        for number in 0..cables {
            host.plug(number);
        }
        host
    }

    /// Plugs in `ethN`.
    pub(super) fn plug(&mut self, number: u32) {
        let (ours, theirs) = (format!("eth{number}"), format!("p{number}"));
        let here = Network::current().unwrap();
        let one = End {
            name: &ours,
            network: &here,
            // Not the same on both sides, as on two machines: see `End::index`.
            index: 100 + number,
        };
        let other = End {
            name: &theirs,
            network: &self.switch,
            index: 1000 + number,
        };
        create::veth(&mut self.route, one, other).unwrap();
        create::set_up(&mut self.route, &ours, true).unwrap();
        let last = u8::try_from(number).unwrap();
        let other_end = || {
            let mut route = Route::open().unwrap();
            create::set_up(&mut route, &theirs, true).unwrap();
            give(&mut route, &theirs, [10, 9, last, 2].into(), 24);
        };
        self.switch.run(other_end).unwrap();
        give(&mut self.route, &ours, [10, 9, last, 1].into(), 24);
        let link_local = format!("fe80::1:{number:x}").parse().unwrap();
        give(&mut self.route, &ours, link_local, 64);
    }

    /// Index of an interface.
    pub(super) fn index(&mut self, name: &str) -> u32 {
        index(&mut self.route, name)
    }

    /// Whether the host has an address.
    pub(super) fn has(&mut self, address: IpAddr) -> bool {
        let all = self.route.addresses(None).unwrap();
        all.iter().any(|found| found.address == address)
    }

    /// Takes an address away, as an administrator would.
    pub(super) fn take(&mut self, interface: &str, address: IpAddr) {
        let index = self.index(interface);
        let request = NewAddress::new(index, address).remove();
        self.route.request(request).unwrap();
    }

    /// Sees all frames that the host sends from now on.
    pub(super) fn capture(&self) -> Capture {
        let open = || {
            let all = SockProtocol::EthAll;
            let socket = socket(
                AddressFamily::Packet,
                SockType::Raw,
                SockFlag::SOCK_NONBLOCK,
                all,
            );
            let socket = socket.unwrap();
            // Beyond the system's limit as far as we may.
            let _ = setsockopt(&socket, RcvBufForce, &(16 << 20));
            socket
        };
        let socket = self.switch.run(open).unwrap();
        let poll = Poll::new().unwrap();
        poll.add(&socket, 0).unwrap();
        Capture { socket, poll }
    }
}

/// Gives an interface an address that is usable at once.
fn give(route: &mut Route, name: &str, address: IpAddr, prefix_len: u8) {
    let mut new = NewAddress::new(index(route, name), address);
    new.prefix_len = prefix_len;
    new.flags.nodad = address.is_ipv6();
    route.request(new.add()).unwrap();
}

fn index(route: &mut Route, name: &str) -> u32 {
    let links = route.links().unwrap();
    links.iter().find(|link| link.name == name).unwrap().index
}

fn own_network() {
    unshare(CloneFlags::CLONE_NEWNET).expect(
        "these tests make network namespaces: run them as root, or under `unshare --map-root-user`",
    );
}

/// Frames on their way.
pub(super) struct Capture {
    socket: OwnedFd,
    poll: Poll,
}

impl Capture {
    /// The next frame that `wanted` takes something out of.
    pub(super) fn next<T>(&mut self, mut wanted: impl FnMut(&[u8]) -> Option<T>) -> T {
        let until = Instant::now() + PATIENCE;
        let mut buffer = [0; 4096];
        let mut ready = Vec::new();
        loop {
            let fd = self.socket.as_raw_fd();
            if let Ok(length) = recv(fd, &mut buffer, MsgFlags::empty()) {
                if let Some(found) = wanted(&buffer[..length]) {
                    return found;
                }
                continue;
            }
            assert!(Instant::now() < until, "no such frame came");
            let soon = vipd_linux::clock::monotonic_nanos() + 100_000_000;
            self.poll.wait(Some(soon), false, &mut ready).unwrap();
        }
    }

    /// The next advert.
    pub(super) fn advert(&mut self) -> Advert {
        self.next(Advert::read)
    }

    /// Forgets everything that has come so far.
    pub(super) fn clear(&mut self) {
        let mut buffer = [0; 16];
        while recv(self.socket.as_raw_fd(), &mut buffer, MsgFlags::empty()).is_ok() {}
    }
}

/// A VRRP advert in its frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Advert {
    /// The frame, from the Ethernet header on.
    pub(super) frame: Vec<u8>,
    /// Where the VRRP header begins.
    pub(super) start: usize,
}

impl Advert {
    /// Reads a frame; none when it is something else.
    pub(super) fn read(frame: &[u8]) -> Option<Self> {
        let start = match frame.get(12..14)? {
            [0x08, 0x00] if frame.get(23) == Some(&112) => 34,
            [0x86, 0xdd] if frame.get(20) == Some(&112) => 54,
            _ => return None,
        };
        Some(Self {
            frame: frame.to_vec(),
            start,
        })
    }

    /// Virtual router.
    pub(super) fn vrid(&self) -> u8 {
        self.frame[self.start + 1]
    }

    /// Priority.
    pub(super) fn priority(&self) -> u8 {
        self.frame[self.start + 2]
    }

    /// The frame with the IPv4 id and the header checksum, which covers it, set to zero.
    pub(super) fn without_id(&self) -> Vec<u8> {
        let mut frame = self.frame.clone();
        if self.start == 34 {
            frame[18..20].fill(0);
            frame[24..26].fill(0);
        }
        frame
    }
}

/// A gratuitous ARP or a neighbour advertisement: the whole frame.
pub(super) fn announcement(frame: &[u8]) -> Option<Vec<u8>> {
    let is_arp = frame.get(12..14)? == [0x08, 0x06] && frame.get(28..32)? == frame.get(38..42)?;
    // To all nodes, ICMPv6, neighbour advertisement.
    let is_advertisement =
        frame.get(..6)? == [0x33, 0x33, 0, 0, 0, 1] && frame.get(54) == Some(&136);
    (is_arp || is_advertisement).then(|| frame.to_vec())
}

/// The VRRP process, seen from the supervisor's side.
pub(super) struct Process {
    child: Child,
    stream: UnixStream,
    frames: Frames,
}

impl Process {
    /// Starts it on this thread's host.
    pub(super) fn start(config: Config) -> Self {
        Self::start_as(CHILD, config, Vec::new())
    }

    /// Starts it with a role and what an earlier one left.
    pub(super) fn start_as(role: &str, config: Config, restored: Vec<Snapshot>) -> Self {
        let (stream, theirs) = UnixStream::pair().unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let child = Command::new(std::env::current_exe().unwrap())
            .arg(role)
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .spawn()
            .unwrap();
        let mut process = Self {
            child,
            stream,
            frames: Frames::default(),
        };
        process.say(&ToVrrp::Configure {
            config: Box::new(config),
            restored,
            changed: Vec::new(),
            options: VrrpOptions::default(),
            watched: Vec::new(),
        });
        process
    }

    /// Says something to it.
    pub(super) fn say(&mut self, message: &ToVrrp) {
        self.stream.write_all(&encode(message).unwrap()).unwrap();
    }

    /// The next message; none at the end of the conversation.
    pub(super) fn hear(&mut self) -> Option<FromVrrp> {
        loop {
            if let Some(message) = self.frames.take().unwrap() {
                return Some(message);
            }
            let mut chunk = vec![0; 65536];
            match self.stream.read(&mut chunk) {
                Ok(0) => return None,
                Ok(length) => self.frames.push(&chunk[..length]),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => panic!("nothing was said in time: {error}"),
            }
        }
    }

    /// Reads on until `wanted` takes something out of a message.
    pub(super) fn await_message<T>(&mut self, mut wanted: impl FnMut(&FromVrrp) -> Option<T>) -> T {
        loop {
            let message = self.hear().expect("it ended too early");
            if let FromVrrp::Trouble(text) = &message {
                eprintln!("trouble: {text}");
            }
            if let Some(found) = wanted(&message) {
                return found;
            }
        }
    }

    /// Waits until an instance enters a state.
    pub(super) fn await_state(&mut self, name: &str, state: State) {
        use vipd_engine::Event;
        self.await_message(|message| match message {
            FromVrrp::Report {
                event: Event::StateChanged { instance, to, .. },
                ..
            } if instance == name && *to == state => Some(()),
            _ => None,
        });
    }

    /// Waits for its end; the exit status.
    pub(super) fn await_end(mut self) -> i32 {
        while self.hear().is_some() {}
        self.child.wait().unwrap().code().unwrap_or(-1)
    }

    /// Ends the conversation, as a dead supervisor would; the exit status.
    pub(super) fn abandon(mut self) -> i32 {
        self.stream.shutdown(std::net::Shutdown::Both).unwrap();
        self.child.wait().unwrap().code().unwrap_or(-1)
    }

    /// Kills it.
    pub(super) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Its process id.
    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }
}

/// A real keepalived on this thread's host, with a `/run` of its own.
pub(super) struct Keepalived {
    child: Child,
    _directory: tempfile::TempDir,
}

impl Keepalived {
    /// Starts it with this configuration file.
    pub(super) fn start(text: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("keepalived.conf");
        fs::write(&file, text).unwrap();
        let log = fs::File::create(directory.path().join("log")).unwrap();
        let script = "mount -t tmpfs none /run && exec keepalived -n -l -G -D -f \"$1\"";
        let child = Command::new("unshare")
            .args(["--mount", "sh", "-c", script, "sh"])
            .arg(&file)
            .stdout(log.as_fd().try_clone_to_owned().unwrap())
            .stderr(log)
            .spawn()
            .expect(
                "these tests need `unshare` (util-linux) and `keepalived` (apt install keepalived)",
            );
        Self {
            child,
            _directory: directory,
        }
    }

    /// Its VRRP process, which is the child of the one that was started.
    pub(super) fn vrrp_process(&self) -> u32 {
        let pid = self.child.id();
        let children = format!("/proc/{pid}/task/{pid}/children");
        let list = fs::read_to_string(children).unwrap();
        list.split_whitespace().next().unwrap().parse().unwrap()
    }

    /// Stops it and waits for its end.
    pub(super) fn stop(mut self) {
        let pid = Pid::from_raw(self.child.id().try_into().unwrap());
        kill(pid, Signal::SIGTERM).unwrap();
        self.child.wait().unwrap();
    }
}
