//! Log lines: to syslog, and to standard error in the foreground. Writing one never waits.
//!
//! Each sink has a thread of its own behind a bounded queue: a syslog daemon or a terminal that
//! does not read costs lines, which are counted, and never time.

use std::io::Write as _;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use vipd_engine::event::{Detail, Event};
use vipd_linux::local_time::LocalTime;

use super::LogOptions;

/// Lines that may wait for a sink.
const WAITING_MAX: usize = 4096;

/// How long the end of the daemon waits for a sink to write what waits.
const FLUSH_MAX: Duration = Duration::from_millis(500);

/// How long one datagram may wait for the syslog daemon.
const SYSLOG_WAIT_MAX: Duration = Duration::from_secs(1);

/// Where the syslog daemon listens.
const SYSLOG_SOCKET: &str = "/dev/log";

/// How long a syslog daemon that is not there is left alone.
const SYSLOG_ABSENT: Duration = Duration::from_secs(1);

/// Severity "informational" of RFC 3164, which keepalived gives to nearly every line.
const INFORMATIONAL: u8 = 6;

/// Facility "daemon" of RFC 3164.
const DAEMON: u8 = 3;

/// One line on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// When it was said.
    pub(crate) at: SystemTime,
    /// Who says it: program, and for a child its part.
    pub(crate) ident: Arc<str>,
    /// Its process.
    pub(crate) pid: u32,
    /// The text, one line.
    pub(crate) text: String,
}

/// What writes lines somewhere; it may take its time.
pub(crate) type Writer = Box<dyn FnMut(&Line) + Send>;

enum Order {
    Write(Line),
    Flush(SyncSender<()>),
}

struct Sink {
    /// Takes as much memory as lines wait; [`Counts::waiting`] bounds it.
    queue: Sender<Order>,
    counts: Arc<Counts>,
}

/// What a sink and its thread know of each other.
#[derive(Default)]
struct Counts {
    /// Lines that wait, at most [`WAITING_MAX`].
    waiting: AtomicUsize,
    /// Lines that did not fit since that was last said.
    lost: AtomicU64,
}

/// The log of the daemon.
pub(crate) struct Log {
    sinks: Vec<Sink>,
    detail: u8,
    ident: Arc<str>,
    vrrp_ident: Arc<str>,
    checker_ident: Arc<str>,
}

impl Log {
    /// Starts the sinks the command line asks for. `name` is the name the program was called by,
    /// `suffix` is what the configuration adds to it (`_NETNS_INSTANCE`).
    pub(crate) fn start(
        options: LogOptions,
        is_foreground: bool,
        name: &str,
        suffix: &str,
    ) -> Self {
        let mut writers: Vec<Writer> = Vec::new();
        if options.console && is_foreground {
            writers.push(Box::new(write_to_console));
        }
        if !options.no_syslog {
            let facility = options.facility.unwrap_or(DAEMON);
            writers.push(syslog(PathBuf::from(SYSLOG_SOCKET), facility));
        }
        Self::with(writers, options.detail, name, suffix)
    }

    /// A log that writes to these.
    pub(crate) fn with(writers: Vec<Writer>, detail: u8, name: &str, suffix: &str) -> Self {
        let mut ident = name.to_owned();
        if name == "keepalived" {
            ident.replace_range(..1, "K");
        }
        Self {
            sinks: writers.into_iter().filter_map(start_sink).collect(),
            detail,
            checker_ident: format!("{ident}_healthcheckers{suffix}").into(),
            vrrp_ident: format!("{ident}_vrrp{suffix}").into(),
            ident: (ident + suffix).into(),
        }
    }

    /// Says something as the supervisor.
    pub(crate) fn line(&self, text: impl Into<String>) {
        self.put(&Line {
            at: SystemTime::now(),
            ident: Arc::clone(&self.ident),
            pid: std::process::id(),
            text: text.into(),
        });
    }

    /// Says something in the name of the VRRP process.
    pub(crate) fn vrrp_line(&self, pid: u32, text: impl Into<String>) {
        self.put(&Line {
            at: SystemTime::now(),
            ident: Arc::clone(&self.vrrp_ident),
            pid,
            text: text.into(),
        });
    }

    /// Says something in the name of the checker process.
    pub(crate) fn checker_line(&self, pid: u32, text: impl Into<String>) {
        self.put(&Line {
            at: SystemTime::now(),
            ident: Arc::clone(&self.checker_ident),
            pid,
            text: text.into(),
        });
    }

    /// Logs an event of the VRRP process, if the command line wants this much detail.
    pub(crate) fn event(&self, pid: u32, event: &Event) {
        let wanted = match event.detail() {
            Detail::Always => true,
            Detail::Detail => self.detail >= 1,
            Detail::Extra => self.detail >= 2,
            Detail::Silent => false,
        };
        if wanted {
            self.vrrp_line(pid, event.to_string());
        }
    }

    /// Waits until everything said so far is written, but not for long.
    pub(crate) fn flush(&self) {
        let deadline = Instant::now() + FLUSH_MAX;
        for sink in &self.sinks {
            let (done, answer) = sync_channel(1);
            // A sink that is gone or does not answer in time loses its lines.
            let _ = sink.queue.send(Order::Flush(done));
            let _ = answer.recv_timeout(deadline.saturating_duration_since(Instant::now()));
        }
    }

    fn put(&self, line: &Line) {
        for sink in &self.sinks {
            sink.put(line);
        }
    }
}

impl Sink {
    /// Puts a line in the queue, or counts it as lost.
    fn put(&self, line: &Line) {
        let Counts { waiting, lost } = &*self.counts;
        let has_room = waiting.fetch_add(1, Ordering::Relaxed) < WAITING_MAX;
        if !(has_room && self.queue.send(Order::Write(line.clone())).is_ok()) {
            waiting.fetch_sub(1, Ordering::Relaxed);
            lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Starts the thread of a sink; none when the machine has no thread to give.
fn start_sink(writer: Writer) -> Option<Sink> {
    let (queue, orders) = channel();
    let counts = Arc::new(Counts::default());
    let counted = Arc::clone(&counts);
    thread::Builder::new()
        .name("log".to_owned())
        .spawn(move || write_all(&orders, writer, &counted))
        .ok()?;
    Some(Sink { queue, counts })
}

/// The thread of a sink.
fn write_all(orders: &Receiver<Order>, mut write: Writer, counts: &Counts) {
    while let Ok(order) = orders.recv() {
        match order {
            Order::Write(line) => {
                write(&line);
                counts.waiting.fetch_sub(1, Ordering::Relaxed);
                let lost = counts.lost.swap(0, Ordering::Relaxed);
                if lost > 0 {
                    write(&Line {
                        text: format!("{lost} log lines were lost: the log is written too slowly"),
                        ..line
                    });
                }
            }
            Order::Flush(done) => {
                // Whoever asked may have gone.
                let _ = done.send(());
            }
        }
    }
}

fn write_to_console(line: &Line) {
    let stamp = LocalTime::at(line.at).ctime();
    let text = format!("{stamp}: {}\n", line.text);
    // There is nobody to tell when standard error is closed.
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// A writer to the syslog daemon at `path`; it finds the daemon again when that was started anew.
fn syslog(path: PathBuf, facility: u8) -> Writer {
    let priority = u16::from(facility) * 8 + u16::from(INFORMATIONAL);
    let mut socket = None;
    let mut absent_until = None;
    Box::new(move |line| {
        if absent_until.is_some_and(|end| Instant::now() < end) {
            return;
        }
        let stamp = LocalTime::at(line.at).syslog();
        let text = format!(
            "<{priority}>{stamp} {}[{}]: {}",
            line.ident, line.pid, line.text
        );
        for _ in 0..2 {
            if socket.is_none() {
                socket = connect(&path);
                let is_absent = socket.is_none();
                absent_until = is_absent.then(|| Instant::now() + SYSLOG_ABSENT);
            }
            match &socket {
                Some(daemon) if daemon.send(text.as_bytes()).is_ok() => return,
                _ => socket = None,
            }
        }
    })
}

fn connect(path: &Path) -> Option<UnixDatagram> {
    let socket = UnixDatagram::unbound().ok()?;
    socket.set_write_timeout(Some(SYSLOG_WAIT_MAX)).ok()?;
    socket.connect(path).ok()?;
    Some(socket)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn syslog_lines_have_facility_ident_and_process() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let daemon = UnixDatagram::bind(&path).unwrap();
        let log = Log::with(vec![syslog(path, 16)], 0, "keepalived", "_I");
        log.line("Startup complete");
        log.vrrp_line(77, "(VI_1) Entering MASTER STATE");
        let mut buffer = [0; 200];
        let mut received = || {
            let size = daemon.recv(&mut buffer).unwrap();
            String::from_utf8(buffer[..size].to_vec()).unwrap()
        };
        let (first, second) = (received(), received());
        let own = std::process::id();
        assert!(first.starts_with("<134>"), "{first}");
        assert!(
            first.ends_with(&format!(" Keepalived_I[{own}]: Startup complete")),
            "{first}"
        );
        assert!(
            second.ends_with(" Keepalived_vrrp_I[77]: (VI_1) Entering MASTER STATE"),
            "{second}"
        );
    }

    #[test]
    fn a_sink_that_does_not_write_costs_lines_and_no_time() {
        let (enter, may_write) = sync_channel::<()>(0);
        let seen = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&seen);
        let writer: Writer = Box::new(move |line| {
            let _ = may_write.recv();
            kept.lock().unwrap().push(line.text.clone());
        });
        let log = Log::with(vec![writer], 0, "vipd", "");
        for number in 0..WAITING_MAX + 10 {
            log.line(number.to_string());
        }
        drop(enter);
        log.flush();
        let seen = seen.lock().unwrap();
        let lost: Vec<&String> = seen.iter().filter(|line| line.contains("lost")).collect();
        assert_eq!(lost.len(), 1, "said once");
        assert!(seen.len() < WAITING_MAX + 10);
    }

    #[test]
    fn detail_is_logged_when_it_was_asked_for() {
        use vipd_engine::event::{Note, State};

        let always = Event::StateChanged {
            instance: "A".into(),
            from: State::Backup,
            to: State::Master,
            priority: 100,
        };
        let in_detail = Event::Instance {
            instance: "A".into(),
            note: Note::TimedOut,
        };
        for (asked, expected) in [(0, 1), (1, 2)] {
            let seen = Arc::new(Mutex::new(0));
            let counted = Arc::clone(&seen);
            let writer: Writer = Box::new(move |_| *counted.lock().unwrap() += 1);
            let log = Log::with(vec![writer], asked, "vipd", "");
            log.event(1, &always);
            log.event(1, &in_detail);
            log.flush();
            assert_eq!(*seen.lock().unwrap(), expected);
        }
    }
}
