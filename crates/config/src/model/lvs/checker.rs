//! Health checks of a `real_server`, with all that they inherit filled in.

use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::Command;

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Checker {
    /// What is done.
    pub kind: CheckerKind,
    /// When.
    pub schedule: Schedule,
}

/// When checks are made, and what their outcomes count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Schedule {
    /// `delay_loop`: from one check to the next.
    pub delay_loop: Duration,
    /// `warmup`: longest random delay of the first check.
    pub warmup: Duration,
    /// `retry`: further tries before the server counts as down.
    pub retry: u32,
    /// `delay_before_retry`: from a failed try to the next.
    pub delay_before_retry: Duration,
    /// `alpha`: down until the first success.
    pub alpha: bool,
    /// `log_all_failures`: not only of the try that decides.
    pub log_all_failures: bool,
}

/// The ten kinds of checks; `HTTP_GET` and `SSL_GET` are one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum CheckerKind {
    /// `TCP_CHECK`: accepts connections.
    Tcp(Connection),
    /// `HTTP_GET`, `SSL_GET`: answers requests as it should.
    Http(Box<HttpCheck>),
    /// `SMTP_CHECK`: greets as a mail server does.
    Smtp(Box<SmtpCheck>),
    /// `DNS_CHECK`: answers a query.
    Dns(Box<DnsCheck>),
    /// `MISC_CHECK`: a command succeeds.
    Misc(Box<MiscCheck>),
    /// `UDP_CHECK`: does not refuse, or answers, a datagram.
    Udp(Box<UdpCheck>),
    /// `PING_CHECK`: answers an echo request. The port has no meaning.
    Ping(Connection),
    /// `FILE_CHECK`: by the number in a file.
    File(FileCheck),
    /// `BFD_CHECK`: a session is up.
    Bfd(BfdCheck),
}

impl CheckerKind {
    /// Its keyword.
    pub fn keyword(&self) -> &'static str {
        match self {
            Self::Tcp(_) => "TCP_CHECK",
            Self::Http(check) if check.tls.is_some() => "SSL_GET",
            Self::Http(_) => "HTTP_GET",
            Self::Smtp(_) => "SMTP_CHECK",
            Self::Dns(_) => "DNS_CHECK",
            Self::Misc(_) => "MISC_CHECK",
            Self::Udp(_) => "UDP_CHECK",
            Self::Ping(_) => "PING_CHECK",
            Self::File(_) => "FILE_CHECK",
            Self::Bfd(_) => "BFD_CHECK",
        }
    }
}

/// Where a check connects to, and from where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Connection {
    /// `connect_ip` and `connect_port`; those of the real server when not given.
    pub to: SocketAddr,
    /// `connect_timeout`: how long an answer may take.
    pub timeout: Duration,
    /// What is special about the own end.
    pub binding: Option<Box<Binding>>,
}

/// The own end of a check's connection.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Binding {
    /// `bindto`: local address.
    pub address: Option<IpAddr>,
    /// `bind_port`: local port; 0 is any.
    pub port: u16,
    /// `bind_if`: interface that it goes out by.
    pub interface: Option<String>,
    /// `fwmark` on its packets; 0 is none.
    pub mark: u32,
}

/// `HTTP_GET` and `SSL_GET`
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct HttpCheck {
    /// Where to.
    pub connection: Connection,
    /// Over TLS: `SSL_GET`.
    pub tls: Option<Tls>,
    /// `http_protocol`
    pub version: HttpVersion,
    /// `fast_recovery`: the next URL at once while the server is coming up.
    pub fast_recovery: bool,
    /// `url` blocks, in file order. Never empty. All of them must be good.
    pub urls: Vec<Url>,
}

/// `SSL_GET`
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Tls {
    /// `enable_sni` or `sni_name`: SNI is sent, with the name of `sni_name`, else with the host of
    /// the request ([`Url::virtualhost`], which see).
    pub sends_sni: bool,
    /// `sni_name`
    pub sni_name: Option<String>,
}

/// `http_protocol`
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum HttpVersion {
    /// `1.0`
    #[default]
    V10,
    /// `1.0C`: HTTP/1.0 with `Connection: close`.
    V10Close,
    /// `1.1`, with `Connection: close`.
    V11,
}

/// `url`
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Url {
    /// `path`
    pub path: String,
    /// `virtualhost` of the URL, the check, the real or the virtual server; `None`: the request
    /// names address and port.
    pub virtualhost: Option<String>,
    /// `status_code`: codes that are good. Empty: 200 to 299.
    pub status_codes: Vec<RangeOfCodes>,
    /// `digest`: MD5 of the body.
    pub digest: Option<[u8; 16]>,
    /// `regex`: what the body must match.
    pub regex: Option<Box<Pattern>>,
    /// `tls_compliant`: a TLS connection that is not closed properly is a failure.
    pub tls_compliant: bool,
}

/// The first and the last of a range of status codes.
pub type RangeOfCodes = (u16, u16);

impl Url {
    /// A status code is good.
    pub fn accepts(&self, code: u16) -> bool {
        const DEFAULT: RangeInclusive<u16> = 200..=299;
        if self.status_codes.is_empty() {
            return DEFAULT.contains(&code);
        }
        let mut ranges = self.status_codes.iter();
        ranges.any(|(first, last)| (*first..=*last).contains(&code))
    }
}

/// `regex` and its kin.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Pattern {
    /// The pattern, as PCRE2 has them.
    pub text: String,
    /// `regex_options` that exist, in file order.
    pub options: Vec<String>,
    /// `regex_no_match`: it must not match.
    pub must_not_match: bool,
    /// `regex_min_offset`: first byte at which the match may begin.
    pub min_offset: u32,
    /// `regex_max_offset`: last byte at which it may begin.
    pub max_offset: Option<u32>,
}

/// `SMTP_CHECK`
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SmtpCheck {
    /// Where to: one, or one for each `host`. Never empty. All of them must be good.
    pub connections: Vec<Connection>,
    /// `helo_name`
    pub helo_name: String,
}

/// `DNS_CHECK`
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DnsCheck {
    /// Where to.
    pub connection: Connection,
    /// `type`
    pub record: DnsType,
    /// `name`: what is asked for, without a dot at the end; empty: the root.
    pub name: String,
}

/// `type` of a `DNS_CHECK`
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[expect(missing_docs, reason = "the names of DNS record types")]
pub enum DnsType {
    A,
    Ns,
    Cname,
    #[default]
    Soa,
    Mx,
    Txt,
    Aaaa,
    Rrsig,
    Dnskey,
}

impl DnsType {
    /// The type of that name.
    pub fn of(name: &str) -> Option<Self> {
        Some(match name {
            "A" => Self::A,
            "NS" => Self::Ns,
            "CNAME" => Self::Cname,
            "SOA" => Self::Soa,
            "MX" => Self::Mx,
            "TXT" => Self::Txt,
            "AAAA" => Self::Aaaa,
            "RRSIG" => Self::Rrsig,
            "DNSKEY" => Self::Dnskey,
            _ => return None,
        })
    }

    /// Its number in DNS.
    pub const fn number(self) -> u16 {
        match self {
            Self::A => 1,
            Self::Ns => 2,
            Self::Cname => 5,
            Self::Soa => 6,
            Self::Mx => 15,
            Self::Txt => 16,
            Self::Aaaa => 28,
            Self::Rrsig => 46,
            Self::Dnskey => 48,
        }
    }
}

/// `MISC_CHECK`
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MiscCheck {
    /// `misc_path`, with `user`.
    pub command: Command,
    /// `misc_timeout`; `delay_loop` of the check when that is 0.
    pub timeout: Duration,
    /// `misc_dynamic`: exit statuses from 2 on are weights.
    pub dynamic: bool,
}

/// `UDP_CHECK`
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct UdpCheck {
    /// Where to.
    pub connection: Connection,
    /// `payload`: bytes that are sent.
    pub payload: Vec<u8>,
    /// `require_reply`: silence is a failure.
    pub requires_reply: bool,
    /// The start that a reply must have: bytes with the bits of each that count.
    pub reply: Vec<(u8, u8)>,
    /// `min_reply_length`, bytes.
    pub min_reply_bytes: u16,
    /// `max_reply_length`, bytes.
    pub max_reply_bytes: u16,
}

/// `FILE_CHECK`
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FileCheck {
    /// `track_file`: name of the file.
    pub file: String,
    /// `weight`: what the number in it is multiplied with; 0: any number but 0 is a failure.
    /// -2,147,483,647 to 2,147,483,647.
    pub weight: i32,
    /// `weight ... reverse`: 0 in the file is a failure; the sum counts negative.
    pub reverse: bool,
}

/// `BFD_CHECK`
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BfdCheck {
    /// `name`: the `bfd_instance`.
    pub session: String,
}
