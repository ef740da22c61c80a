//! Mails about changes of state, handed to an SMTP server one after the other.
//!
//! A server that is slow or dead delays nothing but mails: they wait in a queue with a bound.

use std::time::Duration;

use lettre::address::Envelope;
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout_at};
use vipd_config::model;
use vipd_engine::notify;
use vipd_linux::local_time::LocalTime;

use super::happening::{Happening, Inbox};

/// Mails that may wait for the server.
const WAITING_MAX: usize = 256;

/// Pause before the second attempt; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// A mail with everything needed to send it.
#[derive(Clone, Debug)]
struct Letter {
    server: (String, u16),
    helo: String,
    timeout: Duration,
    envelope: Envelope,
    text: String,
}

/// Sends mails.
#[derive(Debug)]
pub(crate) struct Mailer {
    queue: mpsc::Sender<Letter>,
    pending: usize,
}

impl Mailer {
    /// Begins to work. Each mail that is through or given up arrives in the inbox.
    pub(crate) fn start(inbox: Inbox) -> Self {
        let (queue, letters) = mpsc::channel(WAITING_MAX);
        tokio::spawn(work(letters, inbox));
        Self { queue, pending: 0 }
    }

    /// Sends a mail if the settings say where to. Returns a log line when it cannot be sent.
    pub(crate) fn send(
        &mut self,
        settings: &model::Mail,
        host: &str,
        mail: &notify::Mail,
    ) -> Option<String> {
        let letter = match compose(settings, host, mail, &LocalTime::now())? {
            Ok(letter) => letter,
            Err(complaint) => return Some(complaint),
        };
        match self.queue.try_send(letter) {
            Ok(()) => {
                self.pending += 1;
                None
            }
            Err(_) => Some(format!(
                "mail `{}` is not sent: {WAITING_MAX} others wait for the SMTP server",
                mail.subject
            )),
        }
    }

    /// A mail is through or given up.
    pub(crate) fn finished(&mut self) {
        self.pending = self.pending.saturating_sub(1);
    }

    /// No mail waits or is under way.
    pub(crate) fn is_idle(&self) -> bool {
        self.pending == 0
    }
}

/// The letter for a mail; none when nobody is to get it or no server is given.
fn compose(
    settings: &model::Mail,
    host: &str,
    mail: &notify::Mail,
    now: &LocalTime,
) -> Option<Result<Letter, String>> {
    let server = settings.server.clone()?;
    if settings.to.is_empty() {
        return None;
    }
    let from = settings
        .from
        .clone()
        .unwrap_or_else(|| format!("root@{host}"));
    Some(envelope(&from, &settings.to).map(|envelope| {
        Letter {
            server,
            helo: settings
                .helo_name
                .clone()
                .unwrap_or_else(|| host.to_owned()),
            timeout: settings.timeout,
            envelope,
            text: text(&from, &settings.to, mail, now),
        }
    }))
}

fn envelope(from: &str, to: &[String]) -> Result<Envelope, String> {
    let address = |text: &str| {
        bare(text)
            .parse::<Address>()
            .map_err(|error| format!("mails are not sent: `{text}` is no mail address: {error}"))
    };
    let to = to
        .iter()
        .map(|text| address(text))
        .collect::<Result<_, _>>()?;
    Envelope::new(Some(address(from)?), to).map_err(|error| format!("mails are not sent: {error}"))
}

/// What stands between the angle brackets of `Name <user@host>`, or all of it.
fn bare(text: &str) -> &str {
    match (text.find('<'), text.rfind('>')) {
        (Some(begin), Some(end)) if begin < end => &text[begin + 1..end],
        _ => text.trim(),
    }
}

/// Headers and body as keepalived writes them.
fn text(from: &str, to: &[String], mail: &notify::Mail, now: &LocalTime) -> String {
    // A line break in a name would begin another header.
    let subject: String = mail
        .subject
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    format!(
        "Date: {}\r\nFrom: {from}\r\nSubject: {subject}\r\nX-Mailer: Keepalived\r\nTo: {}\r\n\r\n\
         {}\r\n",
        now.mail(),
        to.join(", "),
        mail.body
    )
}

async fn work(mut letters: mpsc::Receiver<Letter>, inbox: Inbox) {
    while let Some(letter) = letters.recv().await {
        let text = match deliver(&letter).await {
            Ok(()) => "SMTP alert successfully sent.".to_owned(),
            Err(error) => {
                let (host, port) = &letter.server;
                format!("SMTP alert not sent: server [{host}]:{port}: {error}")
            }
        };
        if inbox.send(Happening::Mail(text)).await.is_err() {
            return;
        }
    }
}

/// Tries to deliver until the server takes or refuses the mail, or the timeout is over.
async fn deliver(letter: &Letter) -> Result<(), String> {
    let deadline = Instant::now() + letter.timeout;
    let mut pause = FIRST_PAUSE;
    let mut last = String::from("it does not answer");
    let attempts = async {
        loop {
            match attempt(letter).await {
                Ok(()) => return Ok(()),
                Err(error) if error.is_permanent() => return Err(error.to_string()),
                Err(error) => last = describe(&error),
            }
            sleep(pause).await;
            pause *= 2;
        }
    };
    match timeout_at(deadline, attempts).await {
        Ok(result) => result,
        Err(_) => Err(last),
    }
}

/// An error with what is behind it.
fn describe(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

async fn attempt(letter: &Letter) -> Result<(), lettre::transport::smtp::Error> {
    let (host, port) = &letter.server;
    let transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
        .port(*port)
        .hello_name(ClientId::Domain(letter.helo.clone()))
        .timeout(Some(letter.timeout))
        .build();
    transport
        .send_raw(&letter.envelope, letter.text.as_bytes())
        .await
        .map(drop)
}

#[cfg(test)]
mod tests;
