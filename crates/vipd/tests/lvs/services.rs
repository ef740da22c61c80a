//! What real servers serve: Debian's nginx and dnsmasq, and a small mail server; and clients of
//! theirs.

use std::collections::BTreeSet;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::AsRawFd;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use vipd_lab::{Host, Process};

use crate::stage::{Node, PATIENCE};

/// How long a client waits for an answer.
const ANSWER: Duration = Duration::from_secs(3);

/// Certificates and keys that tests have.
macro_rules! pem {
    ($name:literal) => {
        include_bytes!(concat!(
            "../../../daemon/src/checker/probe/tests/",
            $name,
            ".pem"
        ))
    };
}

/// The certificate that clients show, and its key, which has the password `foo`.
pub(crate) const CLIENT: &[u8] = pem!("client");
pub(crate) const CLIENT_KEY: &[u8] = pem!("client-key-aes256");

/// Has a node serve web pages: `/` says its name, files are in `/srv/www`. At port 443 there is
/// TLS: `secure.example` asks for the certificate of the client and has files in `/srv/secure`,
/// other names have nothing.
pub(crate) fn nginx(node: &Node) -> Process {
    let name = node.host.name();
    let temporary: Vec<String> = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .iter()
        .map(|kind| format!("{kind}_temp_path /run/nginx-{kind};\n"))
        .collect();
    let tls = "ssl_certificate /srv/server.pem;\nssl_certificate_key /srv/server-key.pem;";
    let configuration = format!(
        "user root;\nworker_processes 1;\npid /run/nginx.pid;\nevents {{ }}\nhttp {{\naccess_log off;\n\
         default_type text/plain;\n{}\
         server {{\nlisten 80;\nlisten [::]:80;\nroot /srv/www;\n\
         location = / {{ return 200 \"{name}\\n\"; }}\n\
         location /slow {{ limit_rate 200k; }}\n}}\n\
         server {{\nlisten 443 ssl default_server;\n{tls}\nreturn 404;\n}}\n\
         server {{\nlisten 443 ssl;\nserver_name secure.example;\n{tls}\n\
         ssl_client_certificate /srv/client.pem;\nssl_verify_client on;\n\
         root /srv/secure;\n}}\n}}\n",
        temporary.concat()
    );
    for (path, contents) in [
        ("/srv/nginx.conf", configuration.as_bytes()),
        ("/srv/client.pem", CLIENT),
        ("/srv/server.pem", pem!("certificate")),
        ("/srv/server-key.pem", pem!("key")),
        ("/srv/www/slow", &vec![b'x'; 300_000]),
    ] {
        let written = node.host.write_file(path, 0o644, contents);
        written.expect("a file");
    }
    let nginx = node
        .host
        .command("/usr/sbin/nginx")
        .args(["-e", "stderr", "-c", "/srv/nginx.conf"])
        .args(["-g", "daemon off;"])
        .spawn()
        .expect("nginx");
    await_port(node, 80);
    nginx
}

/// Waits until something listens at a port of a node.
fn await_port(node: &Node, port: u16) {
    let here = SocketAddr::from(([127, 0, 0, 1], port));
    let opened = node.host.await_port(here, PATIENCE);
    opened.unwrap_or_else(|error| panic!("{}:{port}: {error}", node.host.name()));
}

/// Has a node answer questions for `who.example` with 10.9.9.N and nothing else. Without a number
/// it knows no such name.
pub(crate) fn dnsmasq(node: &Node, number: Option<usize>) -> Process {
    let answer = number.map(|number| format!("--address=/who.example/10.9.9.{number}"));
    let dnsmasq = node
        .host
        .command("/usr/sbin/dnsmasq")
        .args([
            "--keep-in-foreground",
            "--conf-file=/dev/null",
            "--no-resolv",
        ])
        .args([
            "--no-hosts",
            "--user=root",
            "--pid-file=",
            "--log-facility=-",
        ])
        .args(answer)
        .spawn()
        .expect("dnsmasq");
    await_port(node, 53);
    dnsmasq
}

/// A mail server in a host that says what it is told to say first. It takes no mail.
pub(crate) struct Greeter {
    listener: TcpListener,
}

impl Greeter {
    pub(crate) fn start(host: &Host, greeting: &'static str) -> Self {
        let at = SocketAddr::from(([0, 0, 0, 0], 25));
        let listener = host.network().run(|| TcpListener::bind(at));
        let listener = listener.expect("a network").expect("port 25");
        let own = listener.try_clone().expect("a descriptor");
        thread::spawn(move || {
            while let Ok((client, _)) = own.accept() {
                // A client that breaks off has heard enough.
                thread::spawn(move || greet(&client, greeting));
            }
        });
        Self { listener }
    }
}

impl Drop for Greeter {
    fn drop(&mut self) {
        let both = nix::sys::socket::Shutdown::Both;
        // It ends the thread that waits in accept.
        let _ = nix::sys::socket::shutdown(self.listener.as_raw_fd(), both);
    }
}

fn greet(client: &TcpStream, greeting: &str) -> io::Result<()> {
    let mut say = client;
    write!(say, "{greeting}\r\n")?;
    for line in BufReader::new(client).lines() {
        match line?.split(' ').next() {
            Some("HELO" | "EHLO") => say.write_all(b"250 lab\r\n")?,
            Some("QUIT") => return say.write_all(b"221 bye\r\n"),
            _ => say.write_all(b"502 not here\r\n")?,
        }
    }
    Ok(())
}

/// Asks a web server for a path, over a connection of its own; the body.
fn get(to: SocketAddr, path: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&to, ANSWER)?;
    stream.set_read_timeout(Some(ANSWER))?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: lab\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("Content-Length: "));
    let is_whole = length.and_then(|length| length.parse().ok()) == Some(body.len());
    if !(head.contains(" 200 ") && is_whole) {
        return Err(io::Error::other(format!("{head}, {} bytes", body.len())));
    }
    Ok(body.trim().to_owned())
}

/// The same, inside of a host.
pub(crate) fn get_from(host: &Host, to: SocketAddr, path: &str) -> io::Result<String> {
    host.network().run(|| get(to, path)).expect("a network")
}

/// Who serves so many pages.
pub(crate) fn who_serves(host: &Host, to: IpAddr, requests: usize) -> BTreeSet<String> {
    let to = SocketAddr::new(to, 80);
    let ask = || get_from(host, to, "/").unwrap_or_else(|error| error.to_string());
    (0..requests).map(|_| ask()).collect()
}

/// Who answers so many questions for `who.example`: the last part of the addresses.
pub(crate) fn who_resolves(host: &Host, to: IpAddr, questions: usize) -> BTreeSet<String> {
    let ask = || host.network().run(|| resolve(to)).expect("a network");
    let answers = (0..questions).map(|_| match ask() {
        Ok(number) => format!("r{number}"),
        Err(error) => error.to_string(),
    });
    answers.collect()
}

/// A question for the address of `who.example`.
pub(crate) const QUESTION: &[u8] = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\
    \x03who\x07example\x00\x00\x01\x00\x01";

fn resolve(to: IpAddr) -> io::Result<u8> {
    let any: IpAddr = match to {
        IpAddr::V4(_) => [0; 4].into(),
        IpAddr::V6(_) => [0_u16; 8].into(),
    };
    let socket = UdpSocket::bind((any, 0))?;
    socket.set_read_timeout(Some(ANSWER))?;
    socket.connect((to, 53))?;
    socket.send(QUESTION)?;
    let mut answer = [0; 512];
    let length = socket.recv(&mut answer)?;
    // The address is the last that it says.
    match &answer[..length] {
        [0x12, 0x34, .., 10, 9, 9, number] => Ok(*number),
        other => Err(io::Error::other(format!("{other:?}"))),
    }
}

/// A client that asks for page after page, until it is stopped.
pub(crate) struct Crowd {
    is_over: Arc<Mutex<bool>>,
    thread: thread::JoinHandle<Vec<Request>>,
}

/// A request of it: when it ended, and who answered.
pub(crate) type Request = (std::time::Instant, Result<String, String>);

impl Crowd {
    pub(crate) fn start(host: &Host, to: IpAddr) -> Self {
        let network = host.network().try_clone().expect("a descriptor");
        let is_over = Arc::new(Mutex::new(false));
        let over = Arc::clone(&is_over);
        let to = SocketAddr::new(to, 80);
        let ask = move || {
            let mut requests = Vec::new();
            while !*over.lock().expect("no panic while it was held") {
                let answer = get(to, "/").map_err(|error| error.to_string());
                requests.push((std::time::Instant::now(), answer));
                // So many that they are a load, and not so many that ports run out.
                thread::sleep(Duration::from_millis(2));
            }
            requests
        };
        let thread = thread::spawn(move || network.run(ask).expect("a network"));
        Self { is_over, thread }
    }

    pub(crate) fn stop(self) -> Vec<Request> {
        *self.is_over.lock().expect("no panic while it was held") = true;
        self.thread.join().expect("a client")
    }
}
