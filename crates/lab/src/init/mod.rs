//! The first process of a host: prepares its files, starts and reaps its processes.
//!
//! It is this same program, started twice. The *keeper* is a child of the lab: it makes the
//! namespaces and waits. Its only child is process 1 of the host, which obeys orders. When the
//! tether breaks, process 1 ends, and the kernel ends every process of the host with it.

mod children;
mod files;
mod root;
mod syslog;

use std::ffi::OsString;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::unistd::setsid;
use vipd_linux::namespace::unshare_host;
use vipd_linux::netlink::{Route, create};

use crate::conversation::{Hello, Line, Order, Reply, Tug};
use children::Conversation;
use syslog::MessageLog;

/// The word by which the keeper starts process 1.
const SECOND: &str = "--process-one";

/// First process of a host: `NAME`, with the tether as standard input. Returns the exit status.
pub fn init(words: &[OsString]) -> u8 {
    let Ok(tether) = io::stdin().as_fd().try_clone_to_owned() else {
        return 1;
    };
    let tether = Line::from_descriptor(tether);
    let words: Vec<String> = words
        .iter()
        .map(|w| w.to_string_lossy().into_owned())
        .collect();
    let done = match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [SECOND, name] => process_one(name, tether),
        [name] => keep(name, &tether),
        _ => Err("wants the name of a host".to_owned()),
    };
    u8::from(done.is_err())
}

/// Makes the namespaces, starts process 1 in them and waits for its end.
fn keep(name: &str, tether: &Line) -> Result<(), String> {
    let result = setsid()
        .map_err(|e| format!("cannot leave the session: {e}"))
        .and_then(|_| unshare_host().map_err(|e| e.to_string()))
        .and_then(|()| {
            Command::new("/proc/self/exe")
                .arg0("vipd")
                .args(["lab-init", SECOND, name])
                .stdin(Stdio::inherit())
                .env_clear()
                .spawn()
                .map_err(|e| format!("cannot start its first process: {e}"))
        });
    let mut first = match result {
        Ok(first) => first,
        Err(why) => {
            // If the lab is gone too there is nobody to tell.
            let _ = tether.say(&Hello::Failed(why.clone()), &[]);
            return Err(why);
        }
    };
    let _ = tether.say(&Hello::Born(first.id()), &[]);
    let ended = first.wait().map_err(|e| e.to_string())?;
    if ended.success() {
        Ok(())
    } else {
        Err(ended.to_string())
    }
}

/// Process 1: prepares the host, then obeys until the tether breaks or it is told to stop.
fn process_one(name: &str, tether: Line) -> Result<(), String> {
    // Whatever the lab's signal mask is, that of a host is empty. The tether is taken out of the way: what is started here must not hold the tether.
    let _ = SigSet::empty().thread_set_mask();
    let null = std::fs::File::open("/dev/null").map_err(|e| e.to_string())?;
    nix::unistd::dup2_stdin(&null).map_err(|e| e.to_string())?;
    match Host::prepare(name, tether) {
        Ok(mut host) => host.obey().map_err(|e| e.to_string()),
        Err((tether, why)) => {
            let _ = tether.say(&Hello::Failed(why.clone()), &[]);
            Err(why)
        }
    }
}

/// A host, from inside.
struct Host {
    tether: Option<Line>,
    listener: Option<UnixListener>,
    signals: SignalFd,
    syslog: Option<MessageLog>,
    conversations: Vec<Conversation>,
    stopped: bool,
}

/// What can be read.
enum Readable {
    Tether,
    Signals,
    Listener,
    Syslog,
    Conversation(usize),
}

impl Host {
    fn prepare(name: &str, tether: Line) -> Result<Self, (Line, String)> {
        match Self::parts(name) {
            Ok((signals, syslog)) => {
                let _ = tether.say(&Hello::Ready, &[]);
                Ok(Self {
                    tether: Some(tether),
                    listener: None,
                    signals,
                    syslog,
                    conversations: Vec::new(),
                    stopped: false,
                })
            }
            Err(why) => Err((tether, why)),
        }
    }

    fn parts(name: &str) -> Result<(SignalFd, Option<MessageLog>), String> {
        root::prepare().map_err(|e| e.to_string())?;
        nix::unistd::sethostname(name).map_err(|e| format!("cannot set the host name: {e}"))?;
        let mut route = Route::open().map_err(|e| e.to_string())?;
        create::set_up(&mut route, "lo", true).map_err(|e| e.to_string())?;
        let mut wanted = SigSet::empty();
        wanted.add(Signal::SIGCHLD);
        wanted.thread_block().map_err(|e| e.to_string())?;
        let flags = SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK;
        let signals = SignalFd::with_flags(&wanted, flags).map_err(|e| e.to_string())?;
        // Without one, what daemons log is lost, as on a machine without syslog.
        Ok((signals, MessageLog::open(name).ok()))
    }

    fn obey(&mut self) -> io::Result<()> {
        while !self.stopped && (self.tether.is_some() || self.listener.is_some()) {
            for what in self.wait()? {
                match what {
                    Readable::Tether => self.hear_tether()?,
                    Readable::Signals => self.reap(),
                    Readable::Listener => self.answer_caller(),
                    Readable::Syslog => self.log(),
                    Readable::Conversation(place) => self.converse(place),
                }
            }
        }
        Ok(())
    }

    /// Everything that can be read now, conversations last to first so that places stay true.
    fn wait(&self) -> io::Result<Vec<Readable>> {
        let mut kinds = vec![Readable::Signals];
        let mut wanted = vec![PollFd::new(self.signals.as_fd(), PollFlags::POLLIN)];
        let mut add = |kind, descriptor| {
            kinds.push(kind);
            wanted.push(PollFd::new(descriptor, PollFlags::POLLIN));
        };
        for (place, conversation) in self.conversations.iter().enumerate().rev() {
            add(Readable::Conversation(place), conversation.line.as_fd());
        }
        if let Some(tether) = &self.tether {
            add(Readable::Tether, tether.as_fd());
        }
        if let Some(listener) = &self.listener {
            add(Readable::Listener, listener.as_fd());
        }
        if let Some(syslog) = &self.syslog {
            add(Readable::Syslog, syslog.as_fd());
        }
        match poll(&mut wanted, PollTimeout::NONE) {
            Ok(_) | Err(nix::errno::Errno::EINTR) => {}
            Err(e) => return Err(e.into()),
        }
        let ready = wanted
            .iter()
            .map(|w| w.any().unwrap_or(true))
            .collect::<Vec<_>>();
        let all = kinds.into_iter().zip(ready);
        Ok(all
            .filter_map(|(kind, ready)| ready.then_some(kind))
            .collect())
    }

    fn hear_tether(&mut self) -> io::Result<()> {
        let Some(tether) = &self.tether else {
            return Ok(());
        };
        match tether.hear::<Tug>()? {
            None => self.tether = None,
            Some((Tug::Converse, descriptors)) => {
                let new = descriptors.into_iter().map(Conversation::new);
                self.conversations.extend(new);
            }
            Some((Tug::Keep, descriptors)) => {
                self.listener = descriptors.into_iter().next().map(UnixListener::from);
            }
        }
        Ok(())
    }

    /// Somebody connected to the socket of a kept host.
    fn answer_caller(&mut self) {
        if let Some(Ok((caller, _))) = self.listener.as_ref().map(UnixListener::accept) {
            self.conversations.push(Conversation::new(caller.into()));
        }
    }

    fn log(&mut self) {
        if let Some(syslog) = &mut self.syslog {
            syslog.take();
        }
    }

    fn reap(&mut self) {
        while matches!(self.signals.read_signal(), Ok(Some(_))) {}
        children::reap(&mut self.conversations);
    }

    fn converse(&mut self, place: usize) {
        let Some(conversation) = self.conversations.get_mut(place) else {
            return;
        };
        let reply = match conversation.line.hear::<Order>() {
            Ok(Some((Order::Shutdown, _))) => {
                self.stopped = true;
                Ok((Reply::Done, None))
            }
            Ok(Some((order, descriptors))) => perform(conversation, order, descriptors),
            Ok(None) | Err(_) => {
                self.conversations.remove(place);
                return;
            }
        };
        let (reply, file) = reply.unwrap_or_else(|why| (Reply::Failed(why), None));
        let with: Vec<_> = file.iter().map(AsFd::as_fd).collect();
        // Who gave the order may be gone already.
        let _ = conversation.line.say(&reply, &with);
        children::reap(&mut self.conversations);
    }
}

/// Does what is ordered. The descriptor goes with the reply.
fn perform(
    conversation: &mut Conversation,
    order: Order,
    descriptors: Vec<OwnedFd>,
) -> Result<(Reply, Option<OwnedFd>), String> {
    match order {
        Order::Start(start) => {
            let pid = conversation.start(&start, descriptors)?;
            return Ok((Reply::Started(pid), None));
        }
        Order::Signal(signal) => conversation.signal(signal)?,
        Order::KillTree => conversation.kill_tree()?,
        Order::SignalAll(signal) => children::signal_all(signal)?,
        Order::Write { path, mode } => files::write(&path, mode, descriptors)?,
        Order::Overwrite { path } => files::overwrite(&path, descriptors)?,
        Order::Read { path } => return Ok((Reply::Done, Some(files::open(&path)?))),
        Order::Link { target, path } => files::link(&target, &path)?,
        Order::Shutdown => {}
    }
    Ok((Reply::Done, None))
}
