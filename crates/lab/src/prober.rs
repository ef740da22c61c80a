//! A client that asks all the time: who answers, and how long nobody did.

use std::collections::BTreeSet;
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::conversation::readable;
use crate::{Error, Host, Result};

/// How long a question may take: one that is answered later counts as not answered.
///
/// A new owner of the address may answer a question that waited in the client for the neighbour's
/// hardware address. That is not the service the client wanted at the time.
const LATE: Duration = Duration::from_millis(500);

/// A running client of the lab's web service (over UDP). Ends when dropped.
#[derive(Debug)]
pub struct Prober {
    what: String,
    every: Duration,
    record: Arc<Record>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Record {
    stop: AtomicBool,
    answers: Mutex<Answers>,
    more: Condvar,
}

/// All questions, in order, each with its answer.
#[derive(Debug, Default)]
struct Answers {
    /// When question `i` was asked, and the index of the name of who answered it.
    questions: Vec<(Instant, Option<usize>)>,
    names: Vec<String>,
    /// The last answer: when its question was asked, and from whom it is.
    last: Option<(Instant, usize)>,
}

/// What the client saw in a stretch of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Longest time without any answer: from the first question in vain to the next answered one.
    /// Zero when every question was answered.
    pub outage: Duration,
    /// Everyone who answered, by name.
    pub answered: BTreeSet<String>,
    /// Questions asked, and how many of them had no answer.
    pub questions: (usize, usize),
}

impl Host {
    /// Starts to ask `address` once in `every` (a millisecond, say) who is there.
    pub fn probe(&self, address: SocketAddr, every: Duration) -> Result<Prober> {
        let what = format!("{address} from host {}", self.name());
        let failed = |e| Error::io(format!("ask {what}"), e);
        let any: IpAddr = match address {
            SocketAddr::V4(_) => [0; 4].into(),
            SocketAddr::V6(_) => [0_u16; 8].into(),
        };
        let open = || -> io::Result<UdpSocket> {
            let socket = UdpSocket::bind((any, 0))?;
            socket.set_nonblocking(true)?;
            Ok(socket)
        };
        let socket = self.network().run(open)?.map_err(failed)?;
        let record = Arc::new(Record::default());
        let into = Arc::clone(&record);
        let thread = thread::spawn(move || into.ask(&socket, address, every));
        Ok(Prober {
            what,
            every,
            record,
            thread: Some(thread),
        })
    }
}

impl Prober {
    /// Waits until host `name` answers a question that is asked from now on; how long it took.
    pub fn await_answer(&self, name: &str, limit: Duration) -> Result<Duration> {
        let start = Instant::now();
        let mut answers = self.record.lock();
        loop {
            if let Some((asked, who)) = answers.last
                && asked >= start
                && answers.names[who] == name
            {
                return Ok(start.elapsed());
            }
            let left = (start + limit).saturating_duration_since(Instant::now());
            if left.is_zero() {
                let what = format!("an answer of {name} to {}", self.what);
                return Err(Error::Timeout { what, limit });
            }
            answers = match self.record.more.wait_timeout(answers, left) {
                Ok((answers, _)) => answers,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
    }

    /// Waits until `name` alone has answered for a while, so that the others are silent.
    pub fn await_calm(&self, name: &str, calm: Duration, limit: Duration) -> Result<()> {
        let end = Instant::now() + limit;
        loop {
            self.await_answer(name, end.saturating_duration_since(Instant::now()))?;
            let start = Instant::now();
            thread::sleep(calm.min(end.saturating_duration_since(start)));
            let seen = self.seen(start, Instant::now());
            if seen.answered.iter().eq([name]) {
                return Ok(());
            }
            if Instant::now() >= end {
                let what = format!("{name} alone to answer {}", self.what);
                return Err(Error::Timeout { what, limit });
            }
        }
    }

    /// What the client saw of the questions asked between two moments.
    pub fn seen(&self, from: Instant, to: Instant) -> Seen {
        let answers = self.record.lock();
        let start = answers.questions.partition_point(|(at, _)| *at < from);
        let mut seen = Seen {
            outage: Duration::ZERO,
            answered: BTreeSet::new(),
            questions: (0, 0),
        };
        let mut silent_since = None;
        let mut last = from;
        for (at, answer) in answers.questions[start..]
            .iter()
            .take_while(|(at, _)| *at < to)
        {
            seen.questions.0 += 1;
            last = *at;
            if let Some(who) = answer {
                seen.answered.insert(answers.names[*who].clone());
                let since = silent_since.take().unwrap_or(*at);
                seen.outage = seen.outage.max(*at - since);
            } else {
                seen.questions.1 += 1;
                silent_since.get_or_insert(*at);
            }
        }
        if let Some(since) = silent_since {
            // The newest questions may just be under way.
            let newest = last.elapsed() < self.every * 4;
            if !newest || last - since > self.every * 4 {
                seen.outage = seen.outage.max(last - since + self.every);
            }
        }
        seen
    }
}

impl Drop for Prober {
    fn drop(&mut self) {
        self.record.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A panic there has been shown already.
            let _ = thread.join();
        }
    }
}

impl Record {
    fn lock(&self) -> MutexGuard<'_, Answers> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks on a steady beat and takes in answers between.
    fn ask(&self, socket: &UdpSocket, address: SocketAddr, every: Duration) {
        let start = Instant::now();
        let mut number: u32 = 0;
        while !self.stop.load(Ordering::Relaxed) {
            self.lock().questions.push((Instant::now(), None));
            // No route, no neighbour: that question has no answer.
            let _ = socket.send_to(&number.to_be_bytes(), address);
            number += 1;
            let next = start + every * number;
            loop {
                let left = next.saturating_duration_since(Instant::now());
                match readable(socket.as_fd(), Some(left)) {
                    Ok(true) => self.take_in(socket, address),
                    Ok(false) | Err(_) => break,
                }
            }
        }
    }

    fn take_in(&self, socket: &UdpSocket, address: SocketAddr) {
        let mut answer = [0; 256];
        // An error is news of an earlier question (unreachable, refused): it had no answer.
        while let Ok((length, from)) = socket.recv_from(&mut answer) {
            let Some((number, name)) = answer[..length].split_first_chunk::<4>() else {
                continue;
            };
            if from == address {
                let name = String::from_utf8_lossy(name).into_owned();
                self.note(u32::from_be_bytes(*number) as usize, name);
            }
        }
    }

    fn note(&self, number: usize, name: String) {
        let now = Instant::now();
        let mut answers = self.lock();
        let who = answers
            .names
            .iter()
            .position(|n| *n == name)
            .unwrap_or_else(|| {
                answers.names.push(name);
                answers.names.len() - 1
            });
        let Some(question) = answers.questions.get_mut(number) else {
            return;
        };
        let asked = question.0;
        if question.1.is_none() && now - asked < LATE {
            question.1 = Some(who);
        }
        if answers.last.is_none_or(|(last, _)| last <= asked) {
            answers.last = Some((asked, who));
        }
        drop(answers);
        self.more.notify_all();
    }
}
