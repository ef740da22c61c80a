//! What virtual servers, real servers and checks are read into.
//!
//! A real server is open in the draft of its virtual server while its lines are read, and a
//! check, a URL or a mail host likewise: rows of all these blocks fill in the one draft.

use std::net::IpAddr;
use std::ops::{Deref, DerefMut};
use std::time::Duration;

use crate::interpret::report::Report;
use crate::interpret::statement::{At, Order, Statement};
use crate::interpret::value::whole;
use crate::line::Span;
use crate::model::lvs::{
    DnsType, Forwarding, HttpVersion, Netmask, Pattern, Scheduler, SchedulerFlags, ServiceProtocol,
    Url,
};
use crate::model::{Command, Family, ScriptUser};

/// Words before the `{` of a virtual server.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum KeyDraft {
    /// `ADDRESS [PORT]`
    Address(IpAddr, u16),
    /// `fwmark N`
    Mark(u32),
    /// `group NAME`
    Group(String),
}

/// What a check inherits from its real server, and that from its virtual server.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TimesDraft {
    /// `alpha`
    pub(crate) alpha: Option<bool>,
    /// `connect_timeout`
    pub(crate) connect_timeout: Option<Duration>,
    /// `delay_before_retry`
    pub(crate) delay_before_retry: Option<Duration>,
    /// `delay_loop`
    pub(crate) delay_loop: Option<Duration>,
    /// `retry`
    pub(crate) retry: Option<u32>,
    /// `warmup`
    pub(crate) warmup: Option<Duration>,
}

/// A `virtual_server` that is being read, with what is open in it. The words of its own are
/// reached through it.
#[derive(Debug, Default)]
pub(crate) struct VirtualServerDraft {
    /// What is kept of it.
    pub(crate) service: ServiceDraft,
    /// The real server that is open.
    pub(crate) server: ServerDraft,
    /// The check that is open.
    pub(crate) check: CheckDraft,
    /// The `url` that is open.
    pub(crate) url: UrlDraft,
}

impl Deref for VirtualServerDraft {
    type Target = ServiceDraft;

    fn deref(&self) -> &ServiceDraft {
        &self.service
    }
}

impl DerefMut for VirtualServerDraft {
    fn deref_mut(&mut self) -> &mut ServiceDraft {
        &mut self.service
    }
}

/// `virtual_server`
#[derive(Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a keyword of its own"
)]
pub(crate) struct ServiceDraft {
    /// What it is known by; nothing only before it is read.
    pub(crate) key: Option<KeyDraft>,
    /// The words before the `{`.
    pub(crate) name: String,
    /// Where its keyword stands.
    pub(crate) span: Span,
    /// What checks inherit.
    pub(crate) times: TimesDraft,
    /// `virtualhost`
    pub(crate) virtualhost: Option<String>,
    /// `inhibit_on_failure`
    pub(crate) inhibit_on_failure: bool,
    /// `ip_family`
    pub(crate) family: Option<At<Family>>,
    /// `protocol`
    pub(crate) protocol: Option<At<ServiceProtocol>>,
    /// `lb_algo`
    pub(crate) scheduler: Option<Scheduler>,
    /// The last line that should have set it was refused.
    pub(crate) refused_scheduler: bool,
    /// `lb_kind`
    pub(crate) forwarding: Option<Forwarding>,
    /// Where that stands.
    pub(crate) forwarding_span: Span,
    /// The last line that should have set it was refused.
    pub(crate) refused_forwarding: bool,
    /// `flag-1` and its kin
    pub(crate) flags: SchedulerFlags,
    /// `ops`
    pub(crate) one_packet: Option<Span>,
    /// `persistence_timeout`
    pub(crate) persistence_timeout: Option<u32>,
    /// `persistence_granularity`
    pub(crate) netmask: Option<At<Netmask>>,
    /// `persistence_engine`
    pub(crate) engine: Option<String>,
    /// `ha_suspend`
    pub(crate) ha_suspend: Option<Span>,
    /// `omega`
    pub(crate) omega: bool,
    /// `quorum`
    pub(crate) quorum: Option<At<u32>>,
    /// `hysteresis`
    pub(crate) hysteresis: Option<At<u32>>,
    /// `quorum_up`
    pub(crate) quorum_up: Option<Box<At<Command>>>,
    /// `quorum_down`
    pub(crate) quorum_down: Option<Box<At<Command>>>,
    /// `weight`
    pub(crate) weight: Option<u32>,
    /// `sorry_server`
    pub(crate) sorry: Option<At<(IpAddr, u16)>>,
    /// `sorry_server_inhibit`
    pub(crate) sorry_inhibit: bool,
    /// `sorry_server_lvs_method`
    pub(crate) sorry_forwarding: Option<Forwarding>,
    /// `smtp_alert`
    pub(crate) smtp_alert: Option<bool>,
    /// `snmp_name`
    pub(crate) snmp_name: Option<String>,
    /// Real servers whose blocks have ended.
    pub(crate) servers: Vec<ServerDraft>,
}

/// `real_server`
#[derive(Debug, Default)]
pub(crate) struct ServerDraft {
    /// Its address; nothing only before it is read.
    pub(crate) address: Option<IpAddr>,
    /// Its port.
    pub(crate) port: u16,
    /// Where its keyword stands.
    pub(crate) span: Span,
    /// What checks inherit.
    pub(crate) times: TimesDraft,
    /// `virtualhost`
    pub(crate) virtualhost: Option<String>,
    /// `inhibit_on_failure`
    pub(crate) inhibit_on_failure: Option<bool>,
    /// `weight`
    pub(crate) weight: Option<u32>,
    /// `lvs_method`
    pub(crate) forwarding: Option<Forwarding>,
    /// `uthreshold`
    pub(crate) upper_threshold: u32,
    /// `lthreshold`
    pub(crate) lower_threshold: u32,
    /// `notify_up`
    pub(crate) notify_up: Option<Box<At<Command>>>,
    /// `notify_down`
    pub(crate) notify_down: Option<Box<At<Command>>>,
    /// `smtp_alert`
    pub(crate) smtp_alert: Option<bool>,
    /// `snmp_name`
    pub(crate) snmp_name: Option<String>,
    /// Checks whose blocks have ended.
    pub(crate) checks: Vec<CheckDraft>,
}

/// Where a check connects to, and from where.
#[derive(Clone, Debug, Default)]
pub(crate) struct ConnectionDraft {
    /// `connect_ip`
    pub(crate) address: Option<IpAddr>,
    /// `connect_port`
    pub(crate) port: Option<u16>,
    /// `bindto`
    pub(crate) bind_address: Option<IpAddr>,
    /// `bind_port`
    pub(crate) bind_port: u16,
    /// `bind_if`
    pub(crate) bind_interface: Option<String>,
    /// `fwmark`
    pub(crate) mark: u32,
}

/// A check.
#[derive(Debug, Default)]
pub(crate) struct CheckDraft {
    /// Its keyword.
    pub(crate) keyword: &'static str,
    /// Where that stands.
    pub(crate) span: Span,
    /// When it was read.
    pub(crate) order: Order,
    /// What it would inherit.
    pub(crate) times: TimesDraft,
    /// `log_all_failures`
    pub(crate) log_all_failures: Option<bool>,
    /// Ends of its connection.
    pub(crate) connection: ConnectionDraft,
    /// Words that few checks have; made when the first is read.
    pub(crate) words: Option<Box<CheckWords>>,
}

/// Words of single kinds of checks.
#[derive(Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a keyword of its own"
)]
pub(crate) struct CheckWords {
    /// `host` blocks of a mail check, with their timeouts.
    pub(crate) hosts: Vec<(ConnectionDraft, TimesDraft)>,
    /// What was read of the mail check before its open `host`.
    pub(crate) outer: Option<(ConnectionDraft, TimesDraft)>,
    /// `helo_name`
    pub(crate) helo_name: Option<String>,
    /// `url` blocks that are complete
    pub(crate) urls: Vec<Url>,
    /// `http_protocol`
    pub(crate) version: HttpVersion,
    /// `fast_recovery`
    pub(crate) fast_recovery: bool,
    /// `enable_sni`
    pub(crate) sends_sni: bool,
    /// `sni_name`
    pub(crate) sni_name: Option<String>,
    /// `tls_compliant`
    pub(crate) tls_compliant: bool,
    /// `virtualhost`
    pub(crate) virtualhost: Option<String>,
    /// `type`
    pub(crate) record: DnsType,
    /// `name` of a DNS check
    pub(crate) dns_name: Option<String>,
    /// `misc_path`
    pub(crate) command: Option<At<Command>>,
    /// `user`
    pub(crate) user: Option<At<ScriptUser>>,
    /// `misc_timeout`, seconds
    pub(crate) misc_timeout: Duration,
    /// `misc_dynamic`
    pub(crate) dynamic: bool,
    /// `payload`
    pub(crate) payload: Vec<u8>,
    /// `require_reply`
    pub(crate) reply: Option<Vec<(u8, u8)>>,
    /// `min_reply_length`
    pub(crate) min_reply: u16,
    /// `max_reply_length`
    pub(crate) max_reply: Option<u16>,
    /// `track_file`
    pub(crate) file: Option<At<String>>,
    /// `weight` of a file check, and `reverse`
    pub(crate) file_weight: Option<(i32, bool)>,
    /// `name` of a BFD check
    pub(crate) session: Option<At<String>>,
}

/// `url`
#[derive(Debug, Default)]
pub(crate) struct UrlDraft {
    /// Where its keyword stands.
    pub(crate) span: Span,
    /// `path`
    pub(crate) path: Option<String>,
    /// `virtualhost`
    pub(crate) virtualhost: Option<String>,
    /// `status_code`
    pub(crate) status_codes: Vec<(u16, u16)>,
    /// `digest`
    pub(crate) digest: Option<[u8; 16]>,
    /// `regex` and its kin
    pub(crate) pattern: Pattern,
    /// `tls_compliant`
    pub(crate) tls_compliant: Option<bool>,
}

impl VirtualServerDraft {
    /// A virtual server of which only the words before the `{` are known.
    pub(crate) fn new(statement: &Statement<'_>) -> Self {
        let words = statement.values();
        let texts: Vec<&str> = words.iter().map(|word| word.text).collect();
        let number = |at: usize| words.get(at).and_then(|word| whole(word.text).ok());
        let key = match texts.as_slice() {
            ["fwmark", ..] => {
                let mark = number(1).and_then(|mark| u32::try_from(mark).ok());
                KeyDraft::Mark(mark.unwrap_or(0))
            }
            ["group", name, ..] => KeyDraft::Group((*name).to_owned()),
            _ => KeyDraft::Address(
                texts
                    .first()
                    .and_then(|address| address.parse().ok())
                    .unwrap_or(IpAddr::from([0, 0, 0, 0])),
                port(number(1)),
            ),
        };
        let service = ServiceDraft {
            key: Some(key),
            name: texts.join(" "),
            span: statement.keyword_span(),
            ..ServiceDraft::default()
        };
        Self {
            service,
            ..Self::default()
        }
    }

    /// The words of the open check that only some kinds have.
    pub(crate) fn words(&mut self) -> &mut CheckWords {
        self.check.words.get_or_insert_default()
    }

    /// `real_server ADDRESS [PORT] {`
    pub(crate) fn open_server(&mut self, _: &mut Report, statement: &Statement<'_>) {
        let mut words = statement.values().iter();
        self.server = ServerDraft {
            address: words.next().and_then(|word| word.text.parse().ok()),
            port: port(words.next().and_then(|word| whole(word.text).ok())),
            span: statement.keyword_span(),
            ..ServerDraft::default()
        };
    }

    /// The `}` of a real server.
    pub(crate) fn close_server(&mut self, _: &mut Report) {
        let servers = &mut self.service.servers;
        if servers.is_empty() {
            // Most services have two.
            servers.reserve_exact(2);
        }
        servers.push(std::mem::take(&mut self.server));
    }

    /// `TCP_CHECK {` and its like
    pub(crate) fn open_check(&mut self, report: &mut Report, statement: &Statement<'_>) {
        const KEYWORDS: [&str; 10] = [
            "BFD_CHECK",
            "DNS_CHECK",
            "FILE_CHECK",
            "HTTP_GET",
            "MISC_CHECK",
            "PING_CHECK",
            "SMTP_CHECK",
            "SSL_GET",
            "TCP_CHECK",
            "UDP_CHECK",
        ];
        let found = KEYWORDS
            .into_iter()
            .find(|name| *name == statement.keyword());
        self.check = CheckDraft {
            keyword: found.unwrap_or_default(),
            span: statement.keyword_span(),
            order: report.order,
            ..CheckDraft::default()
        };
    }

    /// The `}` of a check.
    pub(crate) fn close_check(&mut self, _: &mut Report) {
        if self.server.checks.is_empty() {
            // Most servers have one.
            self.server.checks.reserve_exact(1);
        }
        self.server.checks.push(std::mem::take(&mut self.check));
    }

    /// `url {`
    pub(crate) fn open_url(&mut self, _: &mut Report, statement: &Statement<'_>) {
        self.url = UrlDraft {
            span: statement.keyword_span(),
            ..UrlDraft::default()
        };
    }

    /// The `}` of a `url`.
    pub(crate) fn close_url(&mut self, report: &mut Report) {
        let url = std::mem::take(&mut self.url);
        let Some(path) = url.path else {
            report.general(
                "incomplete-block",
                url.span,
                "`url` has no `path`; it is left out",
            );
            return;
        };
        let has_pattern = !url.pattern.text.is_empty();
        self.words().urls.push(Url {
            path,
            virtualhost: url.virtualhost,
            status_codes: url.status_codes,
            digest: url.digest,
            regex: has_pattern.then(|| Box::new(url.pattern)),
            tls_compliant: url.tls_compliant.unwrap_or(false),
        });
    }

    /// `host {` of a mail check: its words are those of a connection of its own.
    pub(crate) fn open_host(&mut self, _: &mut Report, _: &Statement<'_>) {
        let outer = (std::mem::take(&mut self.check.connection), self.check.times);
        self.words().outer = Some(outer);
    }

    /// The `}` of a `host`. Its times count for the whole check.
    pub(crate) fn close_host(&mut self, _: &mut Report) {
        let host = std::mem::take(&mut self.check.connection);
        let times = self.check.times;
        self.words().hosts.push((host, times));
        if let Some((connection, times)) = self.words().outer.take() {
            let timeout = times.connect_timeout;
            self.check.connection = connection;
            self.check.times.connect_timeout = timeout;
        }
    }
}

/// A port that was checked before.
fn port(number: Option<i64>) -> u16 {
    number
        .and_then(|port| u16::try_from(port).ok())
        .unwrap_or(0)
}
