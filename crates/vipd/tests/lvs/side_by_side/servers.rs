//! Real servers: they take connections and answer HTTP, or are dead.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::{AsRawFd, RawFd};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// Who is there from the start.
const ADDRESSES: [&str; 4] = ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"];

/// A status, and how long it takes to come.
type Answer = (u16, Duration);

type Answers = Arc<Mutex<BTreeMap<String, Answer>>>;

/// All real servers, in the network namespace of the thread that started them.
pub(super) struct Servers {
    listeners: BTreeMap<String, TcpListener>,
    answers: Answers,
}

impl Servers {
    pub(super) fn start() -> Self {
        let mut servers = Self {
            listeners: BTreeMap::new(),
            answers: Answers::default(),
        };
        for address in ADDRESSES {
            servers.set(address, true);
        }
        servers
    }

    pub(super) fn stop(&mut self) {
        for address in ADDRESSES {
            self.set(address, false);
        }
    }

    /// A server lives or is dead from now on.
    pub(super) fn set(&mut self, address: &str, lives: bool) {
        if let Some(listener) = self.listeners.remove(address) {
            // Ends the thread that waits in accept.
            shut_down(listener.as_raw_fd());
        }
        if lives {
            let listener = TcpListener::bind((address, 80)).expect("a port");
            let answers = Arc::clone(&self.answers);
            let own = listener.try_clone().expect("a descriptor");
            thread::spawn(move || serve(&own, &answers));
            self.listeners.insert(address.to_owned(), listener);
        }
    }

    /// This is answered for a path.
    pub(super) fn answer(&self, path: &str, status: Answer) {
        let mut answers = self.answers.lock().expect("no panic while it was held");
        answers.insert(path.to_owned(), status);
    }
}

fn shut_down(listener: RawFd) {
    nix::sys::socket::shutdown(listener, nix::sys::socket::Shutdown::Both).expect("a listener");
}

fn serve(listener: &TcpListener, answers: &Answers) {
    while let Ok((stream, _)) = listener.accept() {
        let answers = Arc::clone(answers);
        thread::spawn(move || answer(stream, &answers));
    }
}

/// Answers one request, if there is one.
fn answer(mut stream: TcpStream, answers: &Answers) {
    let limit = stream.set_read_timeout(Some(Duration::from_secs(5)));
    limit.expect("a time limit");
    let mut request = Vec::new();
    let mut buffer = [0; 1024];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return,
            Ok(length) => request.extend_from_slice(&buffer[..length]),
        }
    }
    let text = String::from_utf8_lossy(&request);
    let path = text.split(' ').nth(1).unwrap_or_default();
    let (status, after) = {
        let answers = answers.lock().expect("no panic while it was held");
        answers.get(path).copied().unwrap_or((200, Duration::ZERO))
    };
    // This server is slow: nobody waits for it but its client.
    thread::sleep(after);
    let reply = format!("HTTP/1.0 {status} Thing\r\nContent-Length: 3\r\n\r\nhi\n");
    // Whoever asked may be gone.
    let _ = stream.write_all(reply.as_bytes());
    let _ = stream.shutdown(Shutdown::Both);
}
