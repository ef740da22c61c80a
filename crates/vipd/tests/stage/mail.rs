//! A mail server that takes every mail and remembers it.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use vipd_lab::Host;

/// One mail as it was handed over.
#[derive(Clone, Debug, Default)]
pub struct Mail {
    pub from: String,
    pub to: Vec<String>,
    pub text: String,
}

impl Mail {
    /// Its subject.
    pub fn subject(&self) -> &str {
        let subject = self
            .text
            .lines()
            .find_map(|line| line.strip_prefix("Subject: "));
        subject.unwrap_or_default()
    }
}

/// A running mail server in a host. It lives as long as the test program.
#[derive(Clone, Default)]
pub struct MailServer {
    mails: Arc<(Mutex<Vec<Mail>>, Condvar)>,
}

impl MailServer {
    /// Starts one at port 25 of `host`'s loopback.
    pub fn start(host: &Host) -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], 25));
        let listener = host
            .network()
            .run(|| TcpListener::bind(address))
            .expect("a network");
        let listener = listener.expect("port 25");
        let server = Self::default();
        let taken = server.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let taken = taken.clone();
                // A client that breaks off has sent nothing worth keeping.
                std::thread::spawn(move || taken.converse(&client));
            }
        });
        server
    }

    fn converse(&self, client: &TcpStream) -> io::Result<()> {
        let mut say = client;
        let mut lines = BufReader::new(client).lines();
        let mut mail = Mail::default();
        say.write_all(b"220 lab ESMTP\r\n")?;
        while let Some(line) = lines.next().transpose()? {
            let upper = line.to_ascii_uppercase();
            if upper.starts_with("MAIL FROM:") {
                mail = Mail {
                    from: bare(&line),
                    ..Mail::default()
                };
            } else if upper.starts_with("RCPT TO:") {
                mail.to.push(bare(&line));
            } else if upper == "DATA" {
                say.write_all(b"354 go on\r\n")?;
                for line in lines.by_ref() {
                    let line = line?;
                    if line == "." {
                        break;
                    }
                    mail.text.push_str(line.strip_prefix('.').unwrap_or(&line));
                    mail.text.push('\n');
                }
                self.take(mail.clone());
            } else if upper == "QUIT" {
                return say.write_all(b"221 bye\r\n");
            }
            say.write_all(b"250 ok\r\n")?;
        }
        Ok(())
    }

    fn take(&self, mail: Mail) {
        self.mails
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(mail);
        self.mails.1.notify_all();
    }

    /// Waits for a mail with this subject; everything about it.
    pub fn await_subject(&self, subject: &str, limit: Duration) -> Mail {
        let end = Instant::now() + limit;
        let mut mails = self.mails.0.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(found) = mails.iter().find(|mail| mail.subject() == subject) {
                return found.clone();
            }
            let left = end.saturating_duration_since(Instant::now());
            let subjects: Vec<_> = mails.iter().map(Mail::subject).collect();
            assert!(
                !left.is_zero(),
                "no mail with subject {subject:?}, only {subjects:?}"
            );
            mails = self
                .mails
                .1
                .wait_timeout(mails, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Every mail so far.
    pub fn all(&self) -> Vec<Mail> {
        let (mails, _) = &*self.mails;
        mails.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Subjects of all mails so far, in order.
    pub fn subjects(&self) -> Vec<String> {
        let mails = self.mails.0.lock().unwrap_or_else(PoisonError::into_inner);
        mails.iter().map(|mail| mail.subject().to_owned()).collect()
    }
}

/// What stands between the angle brackets.
fn bare(line: &str) -> String {
    let start = line.find('<').map_or(0, |at| at + 1);
    let end = line.find('>').unwrap_or(line.len());
    line[start..end].to_owned()
}
