//! Single looks at real servers: one question, one answer, bounded in time and bytes.
//!
//! Whoever answers is taken for hostile. Each step of a conversation may take `connect_timeout`;
//! all of them together may take [`STEPS_MAX`] times as long, so that a server that sends a byte a
//! second does not keep a check busy for ever. What decides about an answer are pure functions
//! ([`http::reply`], [`smtp::Reply`], [`dns::judge`], [`udp::judge`], [`ping::is_answer`]).

pub mod dns;
pub mod http;
mod key;
pub mod pattern;
pub mod ping;
pub mod smtp;
mod socket;
pub mod tls;
pub mod udp;

use std::future::Future;
use std::io;
use std::time::Duration;

use tokio::time::timeout;
use vipd_config::model::lvs::{CheckerKind, Connection, SmtpCheck};
use vipd_engine::lvs::Outcome;

pub use tls::{Material, TlsSettings};

/// A whole conversation may take so many times `connect_timeout`.
pub const STEPS_MAX: u32 = 8;

/// Why there is no good answer, on the way out of a conversation.
type Failed = String;

/// A check that can be made again and again. What can be prepared is.
#[derive(Debug)]
pub enum Probe {
    /// `TCP_CHECK`
    Tcp(Connection),
    /// `HTTP_GET`, `SSL_GET`
    Http(Box<http::HttpProbe>),
    /// `SMTP_CHECK`
    Smtp(Box<SmtpCheck>),
    /// `DNS_CHECK`
    Dns(Box<vipd_config::model::lvs::DnsCheck>),
    /// `UDP_CHECK`
    Udp(Box<vipd_config::model::lvs::UdpCheck>),
    /// `PING_CHECK`
    Ping(Connection),
}

impl Probe {
    /// Prepares a check. None for checks that no conversation belongs to: `MISC_CHECK`,
    /// `FILE_CHECK`, `BFD_CHECK`.
    pub fn new(kind: &CheckerKind, tls: &TlsSettings) -> Option<Self> {
        Some(match kind {
            CheckerKind::Tcp(connection) => Self::Tcp(connection.clone()),
            CheckerKind::Http(check) => Self::Http(Box::new(http::HttpProbe::new(check, tls))),
            CheckerKind::Smtp(check) => Self::Smtp(check.clone()),
            CheckerKind::Dns(check) => Self::Dns(check.clone()),
            CheckerKind::Udp(check) => Self::Udp(check.clone()),
            CheckerKind::Ping(connection) => Self::Ping(connection.clone()),
            CheckerKind::Misc(_) | CheckerKind::File(_) | CheckerKind::Bfd(_) => return None,
        })
    }

    /// What cannot be done as configured, to be told once: a pattern that is none.
    pub fn troubles(&self) -> Vec<String> {
        match self {
            Self::Http(probe) => probe.troubles(),
            Self::Tcp(_) | Self::Smtp(_) | Self::Dns(_) | Self::Udp(_) | Self::Ping(_) => {
                Vec::new()
            }
        }
    }

    /// Makes the check once. `url` says which one of an `HTTP_GET`, by its place in the file.
    ///
    /// Conversations are on the heap, so that a check that only connects takes no room for those.
    pub async fn look(&self, url: usize) -> Outcome {
        let answer = match self {
            Self::Tcp(connection) => {
                let connected = socket::connect(connection).await;
                connected.map(drop)
            }
            Self::Http(probe) => Box::pin(bounded(probe.step(), probe.look(url))).await,
            Self::Smtp(check) => Box::pin(look_at_all(check)).await,
            Self::Dns(check) => Box::pin(dns::look(check)).await,
            Self::Udp(check) => Box::pin(udp::look(check)).await,
            Self::Ping(connection) => Box::pin(ping::look(connection)).await,
        };
        match answer {
            Ok(()) => Outcome::Success,
            Err(why) => Outcome::Failure(why),
        }
    }
}

/// Talks to all hosts of a check, one after the other; all of them must be good.
async fn look_at_all(check: &SmtpCheck) -> Result<(), Failed> {
    for connection in &check.connections {
        let talk = smtp::look(connection, &check.helo_name);
        bounded(connection.timeout, talk).await?;
    }
    Ok(())
}

/// A conversation of several steps, cut off when all of them together take too long.
async fn bounded(
    step: Duration,
    talk: impl Future<Output = Result<(), Failed>>,
) -> Result<(), Failed> {
    let limit = step.saturating_mul(STEPS_MAX);
    match timeout(limit, talk).await {
        Ok(answer) => answer,
        Err(_) => Err(format!("not done after {} s", limit.as_secs_f32())),
    }
}

/// One step of a conversation.
async fn step<T>(
    doing: &str,
    limit: Duration,
    future: impl Future<Output = io::Result<T>>,
) -> Result<T, Failed> {
    match timeout(limit, future).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(format!("{doing}: {error}")),
        Err(_) => Err(format!(
            "{doing}: no answer within {} s",
            limit.as_secs_f32()
        )),
    }
}

#[cfg(test)]
mod tests;
