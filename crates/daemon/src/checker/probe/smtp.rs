//! `SMTP_CHECK`: greeting, `HELO`, `QUIT`, each with its answer.
//!
//! Answers of several lines are taken, as RFC 5321 has them. keepalived 2.2.7 takes a server that
//! greets in several lines for down.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use vipd_config::model::lvs::Connection;

use super::{Failed, socket, step};

/// Longest reply that is read, bytes, all its lines together.
const REPLY_BYTES_MAX: usize = 16 * 1024;

/// Talks once to a mail server.
pub(super) async fn look(connection: &Connection, helo_name: &str) -> Result<(), Failed> {
    let mut talk = Talk {
        stream: socket::connect(connection).await?,
        reply: Reply::default(),
        connection,
    };
    talk.expect("greeting", 220).await?;
    talk.say("HELO", &format!("HELO {helo_name}\r\n")).await?;
    talk.expect("HELO", 250).await?;
    talk.say("QUIT", "QUIT\r\n").await?;
    talk.expect("QUIT", 221).await
}

struct Talk<'a> {
    stream: TcpStream,
    reply: Reply,
    connection: &'a Connection,
}

impl Talk<'_> {
    async fn say(&mut self, what: &str, line: &str) -> Result<(), Failed> {
        let limit = self.connection.timeout;
        step(what, limit, self.stream.write_all(line.as_bytes())).await
    }

    async fn expect(&mut self, what: &str, code: u16) -> Result<(), Failed> {
        let mut buffer = [0; 1024];
        loop {
            match self.reply.take() {
                Some(Ok(seen)) if seen == code => return Ok(()),
                Some(Ok(seen)) => return Err(format!("{what}: answer {seen}, not {code}")),
                Some(Err(why)) => return Err(format!("{what}: {why}")),
                None => {}
            }
            let limit = self.connection.timeout;
            let length = step(what, limit, self.stream.read(&mut buffer)).await?;
            if length == 0 {
                return Err(format!("{what}: the server hung up"));
            }
            self.reply.push(&buffer[..length]);
        }
    }
}

/// Puts replies together from the bytes of a stream (RFC 5321 4.2).
#[derive(Debug, Default)]
pub struct Reply {
    bytes: Vec<u8>,
    /// Where the line begins that is not yet known to be the last.
    line: usize,
}

impl Reply {
    /// Adds what was read.
    pub fn push(&mut self, bytes: &[u8]) {
        let room = (REPLY_BYTES_MAX + 1).saturating_sub(self.bytes.len());
        self.bytes.extend(bytes.iter().take(room));
    }

    /// The code of the next whole reply; none until its last line is there.
    pub fn take(&mut self) -> Option<Result<u16, &'static str>> {
        while let Some(length) = self.bytes[self.line..].iter().position(|&b| b == b'\n') {
            let line = &self.bytes[self.line..self.line + length];
            let code = line.get(..3).filter(|c| c.iter().all(u8::is_ascii_digit));
            let Some(code) = code else {
                return Some(Err("the answer is not SMTP"));
            };
            let code = code
                .iter()
                .fold(0, |n, digit| n * 10 + u16::from(digit - b'0'));
            let continues = line.get(3) == Some(&b'-');
            self.line += length + 1;
            if !continues {
                self.bytes.drain(..self.line);
                self.line = 0;
                return Some(Ok(code));
            }
        }
        (self.bytes.len() > REPLY_BYTES_MAX).then_some(Err("the answer is too long"))
    }
}
