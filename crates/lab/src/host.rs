//! A host: namespaces with a first process that obeys.

use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command as Program, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use nix::sys::memfd::{MFdFlags, memfd_create};
use nix::sys::signal::Signal;
use vipd_linux::namespace::Network;
use vipd_linux::netlink::{NewAddress, Route, create};

use crate::conversation::{Hello, Line, Order, Reply, Tug};
use crate::{Command, Error, Result, privilege};

/// How long a host may take to be born, or to obey.
const PATIENCE: Duration = Duration::from_secs(20);

/// A host. Dropping it ends every process in it and removes its links.
#[derive(Debug)]
pub struct Host {
    name: String,
    pid: u32,
    tether: Option<Line>,
    keeper: Option<Child>,
    network: Network,
    route: Mutex<Route>,
    kept: AtomicBool,
}

impl Host {
    /// Makes a host without links but `lo`.
    ///
    /// `program` is the executable whose `lab-init` becomes the host's first process.
    pub(crate) fn make(program: &Path, name: &str) -> Result<Self> {
        let (ours, theirs) = Line::pair().map_err(|e| Error::io("make a socket pair", e))?;
        let mut keeper = Program::new(program)
            .arg0("vipd")
            .args(["lab-init", name])
            .stdin(Stdio::from(theirs.into_descriptor()))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|e| Error::io(format!("start {}", program.display()), e))?;
        match be_born(name, &ours).and_then(|pid| Ok((pid, Network::of_process(pid)?))) {
            Ok((pid, network)) => {
                let route = network.run(Route::open)??;
                let host = Self {
                    name: name.to_owned(),
                    pid,
                    tether: Some(ours),
                    keeper: Some(keeper),
                    network,
                    route: Mutex::new(route),
                    kept: AtomicBool::new(false),
                };
                host.quiet_ipv6()?;
                Ok(host)
            }
            Err(error) => {
                drop(ours);
                let _ = keeper.wait();
                Err(error)
            }
        }
    }

    /// No duplicate address detection: addresses are usable at once, as on IPv4.
    fn quiet_ipv6(&self) -> Result<()> {
        for which in ["all", "default"] {
            let path = format!("/proc/sys/net/ipv6/conf/{which}/accept_dad");
            match self.overwrite(&path, "0") {
                Ok(()) => {}
                Err(Error::Refused { why, .. }) if why.contains("No such file") => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Its name, which is also its host name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Process number of its first process, as seen from the lab.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Its network.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Its route socket.
    pub(crate) fn route(&self) -> MutexGuard<'_, Route> {
        self.route.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A program to run in this host, with a path or looked up in the host's `PATH`.
    pub fn command(&self, program: impl Into<String>) -> Command<'_> {
        Command::new(self, program.into())
    }

    /// Gives an interface an address, usable at once.
    pub fn add_address(&self, interface: &str, address: IpAddr, prefix: u8) -> Result<()> {
        let mut new = self.address(interface, address, prefix)?;
        new.flags.nodad = address.is_ipv6();
        let added = self.route().request(new.add());
        Ok(added.map_err(|e| refused("add address", &new, e))?)
    }

    /// Takes an address away.
    pub fn remove_address(&self, interface: &str, address: IpAddr, prefix: u8) -> Result<()> {
        let old = self.address(interface, address, prefix)?;
        let removed = self.route().request(old.remove());
        Ok(removed.map_err(|e| refused("remove address", &old, e))?)
    }

    fn address(&self, interface: &str, address: IpAddr, prefix: u8) -> Result<NewAddress> {
        let mut new = NewAddress::new(self.link(interface)?, address);
        new.prefix_len = prefix;
        new.broadcast = match address {
            IpAddr::V4(v4) if prefix < 31 => Some((u32::from(v4) | (u32::MAX >> prefix)).into()),
            IpAddr::V4(_) | IpAddr::V6(_) => None,
        };
        Ok(new)
    }

    /// Adds a route: to a network and its prefix length, out of an interface, through a gateway.
    pub fn add_route(
        &self,
        to: (IpAddr, u8),
        interface: &str,
        gateway: Option<IpAddr>,
    ) -> Result<()> {
        let link = self.link(interface)?;
        Ok(create::route(&mut self.route(), link, to, gateway)?)
    }

    /// Sets an interface up or down.
    pub fn set_up(&self, interface: &str, up: bool) -> Result<()> {
        Ok(create::set_up(&mut self.route(), interface, up)?)
    }

    /// Index of an interface.
    pub fn link(&self, interface: &str) -> Result<u32> {
        let index = self
            .network
            .run(|| nix::net::if_::if_nametoindex(interface))?;
        index.map_err(|_| Error::Missing {
            what: format!("interface {interface} in host {}", self.name),
        })
    }

    /// Every address it has now.
    pub fn addresses(&self) -> Result<Vec<IpAddr>> {
        let all = self.route().addresses(None)?;
        Ok(all.into_iter().map(|found| found.address).collect())
    }

    /// Makes a file with these contents and permissions (`0o755`), and the folders it needs.
    /// No other host sees it, and nothing of it reaches the machine.
    pub fn write_file(&self, path: &str, mode: u32, contents: impl AsRef<[u8]>) -> Result<()> {
        let file = in_memory(contents.as_ref())?;
        let path = path.to_owned();
        self.obey(&Order::Write { path, mode }, &file).map(drop)
    }

    /// Writes into a file that exists, such as `/proc/sys/net/ipv4/ip_nonlocal_bind`.
    pub fn overwrite(&self, path: &str, contents: impl AsRef<[u8]>) -> Result<()> {
        let file = in_memory(contents.as_ref())?;
        let path = path.to_owned();
        self.obey(&Order::Overwrite { path }, &file).map(drop)
    }

    /// Reads a file as the host sees it.
    pub fn read_file(&self, path: &str) -> Result<Vec<u8>> {
        let nothing = in_memory(&[])?;
        let answer = self.obey(
            &Order::Read {
                path: path.to_owned(),
            },
            &nothing,
        )?;
        let mut contents = Vec::new();
        if let Some(file) = answer {
            File::from(file)
                .read_to_end(&mut contents)
                .map_err(|e| Error::io(format!("read {path} of host {}", self.name), e))?;
        }
        Ok(contents)
    }

    /// Makes a symbolic link, in place of whatever was there.
    pub fn link_file(&self, target: &str, path: &str) -> Result<()> {
        let order = Order::Link {
            target: target.to_owned(),
            path: path.to_owned(),
        };
        self.obey(&order, &in_memory(&[])?).map(drop)
    }

    /// Kills every process of the host at once, as a power cut does. The kernel of the host, with
    /// its addresses, lives on: pull its cables too to have a dead host.
    pub fn kill_all(&self) -> Result<()> {
        self.signal_all(Signal::SIGKILL)
    }

    /// Stops every process of the host where it is.
    pub fn freeze(&self) -> Result<()> {
        self.signal_all(Signal::SIGSTOP)
    }

    /// Lets them go on.
    pub fn thaw(&self) -> Result<()> {
        self.signal_all(Signal::SIGCONT)
    }

    fn signal_all(&self, signal: Signal) -> Result<()> {
        self.obey(&Order::SignalAll(signal as i32), &in_memory(&[])?)
            .map(drop)
    }

    /// Waits until a TCP port of this host, or one it can reach, takes connections.
    pub fn await_port(&self, address: SocketAddr, limit: Duration) -> Result<()> {
        let end = Instant::now() + limit;
        // No event tells of a new listener; a refused attempt costs microseconds.
        let open = self.network.run(|| {
            while Instant::now() < end {
                if TcpStream::connect_timeout(&address, limit).is_ok() {
                    return true;
                }
                std::thread::sleep(Duration::from_millis(5));
            }
            false
        })?;
        if open {
            return Ok(());
        }
        let what = format!("port {address} from host {}", self.name);
        Err(Error::Timeout { what, limit })
    }

    /// Fetches `/` over HTTP and returns the body.
    pub fn http_get(&self, address: SocketAddr, limit: Duration) -> Result<String> {
        let fetch = || -> io::Result<String> {
            let mut server = TcpStream::connect_timeout(&address, limit)?;
            server.set_read_timeout(Some(limit))?;
            write!(server, "GET / HTTP/1.0\r\nHost: {address}\r\n\r\n")?;
            let mut answer = String::new();
            server.read_to_string(&mut answer)?;
            let body = answer
                .split_once("\r\n\r\n")
                .map(|(_, body)| body.to_owned());
            body.ok_or_else(|| io::Error::other("no HTTP answer"))
        };
        self.network
            .run(fetch)?
            .map_err(|e| Error::io(format!("get http://{address}/ in host {}", self.name), e))
    }

    /// Opens a conversation with the first process.
    pub(crate) fn converse(&self) -> Result<Line> {
        let failed = |e| Error::io(format!("talk to host {}", self.name), e);
        let (ours, theirs) = Line::pair().map_err(failed)?;
        let tether = self.tether.as_ref().ok_or_else(|| Error::Missing {
            what: format!("host {} any more", self.name),
        })?;
        tether
            .say(&Tug::Converse, &[theirs.as_fd()])
            .map_err(failed)?;
        Ok(ours)
    }

    fn obey(&self, order: &Order, with: &OwnedFd) -> Result<Option<OwnedFd>> {
        command(&self.name, &self.converse()?, order, with)
    }

    /// Lets the host live on after this program. Others reach it through `listener`.
    pub(crate) fn keep(&self, listener: &OwnedFd) -> Result<()> {
        if let Some(tether) = &self.tether {
            tether
                .say(&Tug::Keep, &[listener.as_fd()])
                .map_err(|e| Error::io(format!("keep host {}", self.name), e))?;
        }
        self.kept.store(true, Ordering::Relaxed);
        Ok(())
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.tether = None;
        if let Some(mut keeper) = self.keeper.take()
            && !self.kept.load(Ordering::Relaxed)
        {
            // It ends as soon as the first process has; there is nothing to do about a failure.
            let _ = keeper.wait();
        }
    }
}

fn refused(doing: &'static str, address: &NewAddress, error: io::Error) -> vipd_linux::Error {
    let on = format!("{}/{}", address.address, address.prefix_len);
    vipd_linux::Error::new(doing, on, error)
}

/// Waits until the host is ready.
fn be_born(name: &str, tether: &Line) -> Result<u32> {
    let failed = |e| Error::io(format!("make host {name}"), e);
    let mut born = None;
    let mut ready = false;
    while !(ready && born.is_some()) {
        if !tether.wait(Some(PATIENCE)).map_err(failed)? {
            let what = format!("host {name}");
            return Err(Error::Timeout {
                what,
                limit: PATIENCE,
            });
        }
        match tether.hear::<Hello>().map_err(failed)? {
            Some((Hello::Born(pid), _)) => born = Some(pid),
            Some((Hello::Ready, _)) => ready = true,
            Some((Hello::Failed(why), _)) => {
                let why = privilege::explain(&why, Path::new("/"));
                return Err(Error::Refused {
                    host: name.to_owned(),
                    why,
                });
            }
            None => {
                let why = "its first process ended at once".to_owned();
                return Err(Error::Refused {
                    host: name.to_owned(),
                    why,
                });
            }
        }
    }
    Ok(born.unwrap_or_default())
}

/// Gives one order and waits for the answer.
pub(crate) fn command(
    host: &str,
    line: &Line,
    order: &Order,
    with: &OwnedFd,
) -> Result<Option<OwnedFd>> {
    let failed = |e| Error::io(format!("talk to host {host}"), e);
    line.say(order, &[with.as_fd()]).map_err(failed)?;
    if !line.wait(Some(PATIENCE)).map_err(failed)? {
        let what = format!("an answer of host {host}");
        return Err(Error::Timeout {
            what,
            limit: PATIENCE,
        });
    }
    match line.hear::<Reply>().map_err(failed)? {
        Some((Reply::Failed(why), _)) => Err(Error::Refused {
            host: host.to_owned(),
            why,
        }),
        Some((_, descriptors)) => Ok(descriptors.into_iter().next()),
        None => Err(Error::Missing {
            what: format!("host {host} any more"),
        }),
    }
}

/// A nameless file in memory with these contents, to be read from the start.
pub(crate) fn in_memory(contents: &[u8]) -> Result<OwnedFd> {
    let make = || -> io::Result<OwnedFd> {
        let mut file = File::from(memfd_create(c"lab", MFdFlags::MFD_CLOEXEC)?);
        file.write_all(contents)?;
        file.rewind()?;
        Ok(file.into())
    };
    make().map_err(|e| Error::io("make a file in memory", e))
}
