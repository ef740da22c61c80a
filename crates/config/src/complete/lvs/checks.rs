//! Checks of real servers, with all that they inherit.

use std::net::SocketAddr;
use std::time::Duration;

use super::Context;
use crate::interpret::lvs::draft::{
    CheckDraft, CheckWords, ConnectionDraft, ServerDraft, TimesDraft,
};
use crate::interpret::report::Report;
use crate::model::lvs::{
    BfdCheck, Binding, Checker, CheckerKind, Connection, DnsCheck, FileCheck, HttpCheck, MiscCheck,
    Schedule, SmtpCheck, Tls, UdpCheck,
};

/// What checks of one real server inherit.
pub(super) struct Heritage<'a> {
    /// Address and port of the real server.
    pub(super) to: SocketAddr,
    /// Times of the real server, then of the virtual server.
    pub(super) times: [TimesDraft; 2],
    /// `virtualhost`
    pub(super) virtualhost: Option<&'a String>,
}

impl Heritage<'_> {
    /// The first value that check, real server or virtual server give.
    fn first<T: Copy>(&self, own: TimesDraft, value: fn(&TimesDraft) -> Option<T>) -> Option<T> {
        let mut levels = [own, self.times[0], self.times[1]].into_iter();
        levels.find_map(|times| value(&times))
    }

    fn connection(&self, draft: &ConnectionDraft, times: TimesDraft) -> Connection {
        const TIMEOUT: Duration = Duration::from_secs(5);
        let binding = Binding {
            address: draft.bind_address,
            port: draft.bind_port,
            interface: draft.bind_interface.clone(),
            mark: draft.mark,
        };
        let address = draft.address.unwrap_or(self.to.ip());
        let port = draft.port.unwrap_or(self.to.port());
        let timeout = self.first(times, |times| times.connect_timeout);
        Connection {
            to: (address, port).into(),
            timeout: timeout.unwrap_or(TIMEOUT),
            binding: (binding != Binding::default()).then(|| Box::new(binding)),
        }
    }
}

/// The checks of a real server that can be made.
pub(super) fn complete(
    server: &ServerDraft,
    heritage: &Heritage<'_>,
    context: &Context<'_>,
    report: &mut Report,
) -> Vec<Checker> {
    let mut checkers = Vec::with_capacity(server.checks.len());
    for check in &server.checks {
        if let Some(kind) = kind(check, heritage, context, report) {
            let schedule = schedule(check, &kind, heritage, context);
            checkers.push(Checker { kind, schedule });
        }
    }
    checkers
}

fn schedule(
    check: &CheckDraft,
    kind: &CheckerKind,
    heritage: &Heritage<'_>,
    context: &Context<'_>,
) -> Schedule {
    let own = check.times;
    let delay_loop = delay_loop(check, heritage);
    let (retry, delay_before_retry) = match kind {
        CheckerKind::Dns(_) => (3, delay_loop),
        CheckerKind::Http(_) => (1, Duration::from_secs(3)),
        CheckerKind::Misc(_) | CheckerKind::File(_) | CheckerKind::Bfd(_) => {
            (0, Duration::from_secs(1))
        }
        CheckerKind::Tcp(_) | CheckerKind::Smtp(_) | CheckerKind::Udp(_) | CheckerKind::Ping(_) => {
            (1, Duration::from_secs(1))
        }
    };
    let has_alpha = !matches!(kind, CheckerKind::File(_));
    Schedule {
        delay_loop,
        warmup: heritage
            .first(own, |times| times.warmup)
            .unwrap_or(delay_loop),
        retry: heritage.first(own, |times| times.retry).unwrap_or(retry),
        delay_before_retry: heritage
            .first(own, |times| times.delay_before_retry)
            .unwrap_or(delay_before_retry),
        alpha: has_alpha && heritage.first(own, |times| times.alpha).unwrap_or(false),
        log_all_failures: check.log_all_failures.unwrap_or(context.log_all_failures),
    }
}

fn delay_loop(check: &CheckDraft, heritage: &Heritage<'_>) -> Duration {
    const DELAY_LOOP: Duration = Duration::from_mins(1);
    let given = heritage.first(check.times, |times| times.delay_loop);
    given.unwrap_or(DELAY_LOOP)
}

/// What is done; `None`: a message has been made and the check is left out.
fn kind(
    check: &CheckDraft,
    heritage: &Heritage<'_>,
    context: &Context<'_>,
    report: &mut Report,
) -> Option<CheckerKind> {
    let nothing = CheckWords::default();
    let words = check.words.as_deref().unwrap_or(&nothing);
    let connection = || heritage.connection(&check.connection, check.times);
    match check.keyword {
        "TCP_CHECK" => Some(CheckerKind::Tcp(connection())),
        "PING_CHECK" => Some(CheckerKind::Ping(connection())),
        "HTTP_GET" | "SSL_GET" => http(check, words, heritage, report),
        "SMTP_CHECK" => Some(CheckerKind::Smtp(Box::new(smtp(check, words, heritage)))),
        "DNS_CHECK" => Some(CheckerKind::Dns(Box::new(DnsCheck {
            connection: connection(),
            record: words.record,
            name: words.dns_name.clone().unwrap_or_default(),
        }))),
        "UDP_CHECK" => Some(CheckerKind::Udp(Box::new(udp(
            connection(),
            words,
            check,
            report,
        )))),
        "MISC_CHECK" => misc(check, words, heritage, report),
        "FILE_CHECK" => file(check, words, context, report),
        "BFD_CHECK" => bfd(check, words, context, report),
        _ => None,
    }
}

/// A check that lacks a word is left out.
fn lacks(check: &CheckDraft, missing: &str, report: &mut Report) {
    let message = format!(
        "`{}` has no `{missing}`; the check is left out",
        check.keyword
    );
    report.general("incomplete-block", check.span, message);
}

fn http(
    check: &CheckDraft,
    words: &CheckWords,
    heritage: &Heritage<'_>,
    report: &mut Report,
) -> Option<CheckerKind> {
    if words.urls.is_empty() {
        lacks(check, "url", report);
        return None;
    }
    let host = words.virtualhost.as_ref().or(heritage.virtualhost);
    let mut urls = words.urls.clone();
    for url in &mut urls {
        url.virtualhost = url.virtualhost.take().or_else(|| host.cloned());
        url.tls_compliant |= words.tls_compliant;
    }
    let tls = (check.keyword == "SSL_GET").then(|| Tls {
        sends_sni: words.sends_sni,
        sni_name: words.sni_name.clone(),
    });
    Some(CheckerKind::Http(Box::new(HttpCheck {
        connection: heritage.connection(&check.connection, check.times),
        tls,
        version: words.version,
        fast_recovery: words.fast_recovery,
        urls,
    })))
}

fn smtp(check: &CheckDraft, words: &CheckWords, heritage: &Heritage<'_>) -> SmtpCheck {
    const NAME: &str = "smtpchecker.keepalived.org";
    let hosts = words.hosts.iter();
    let mut connections: Vec<Connection> = hosts
        .map(|(host, times)| heritage.connection(host, *times))
        .collect();
    if connections.is_empty() {
        connections.push(heritage.connection(&check.connection, check.times));
    }
    SmtpCheck {
        connections,
        helo_name: words.helo_name.clone().unwrap_or_else(|| NAME.to_owned()),
    }
}

fn udp(
    connection: Connection,
    words: &CheckWords,
    check: &CheckDraft,
    report: &mut Report,
) -> UdpCheck {
    const LONGEST: u16 = 255;
    let (least, most) = (words.min_reply, words.max_reply.unwrap_or(LONGEST));
    if least > most {
        let message = format!(
            "no reply has at least {least} and at most {most} bytes: the check always fails"
        );
        report.general("reply-length", check.span, message);
    }
    UdpCheck {
        connection,
        payload: words.payload.clone(),
        requires_reply: words.reply.is_some(),
        reply: words.reply.clone().unwrap_or_default(),
        min_reply_bytes: least,
        max_reply_bytes: most,
    }
}

fn misc(
    check: &CheckDraft,
    words: &CheckWords,
    heritage: &Heritage<'_>,
    report: &mut Report,
) -> Option<CheckerKind> {
    let Some(command) = &words.command else {
        lacks(check, "misc_path", report);
        return None;
    };
    let mut command = command.value.clone();
    command.user = words.user.as_ref().map(|user| user.value.clone());
    let timeout = match words.misc_timeout {
        Duration::ZERO => delay_loop(check, heritage),
        given => given,
    };
    Some(CheckerKind::Misc(Box::new(MiscCheck {
        command,
        timeout,
        dynamic: words.dynamic,
    })))
}

fn file(
    check: &CheckDraft,
    words: &CheckWords,
    context: &Context<'_>,
    report: &mut Report,
) -> Option<CheckerKind> {
    let Some(name) = &words.file else {
        lacks(check, "track_file", report);
        return None;
    };
    let known = context.files.get(name.value.as_str());
    let Some((_, weight, reverse)) = known.filter(|(order, ..)| *order < check.order) else {
        let message = format!(
            "no `track_file {}` is defined before this line; the check is left out",
            name.value
        );
        report.general("unknown-tracked", name.span, message);
        return None;
    };
    let (weight, reverse) = words.file_weight.unwrap_or((*weight, *reverse));
    Some(CheckerKind::File(FileCheck {
        file: name.value.clone(),
        weight,
        reverse,
    }))
}

fn bfd(
    check: &CheckDraft,
    words: &CheckWords,
    context: &Context<'_>,
    report: &mut Report,
) -> Option<CheckerKind> {
    let Some(name) = &words.session else {
        lacks(check, "name", report);
        return None;
    };
    if !context.sessions.contains_key(name.value.as_str()) {
        let message = format!(
            "there is no `bfd_instance {}`; the check is left out",
            name.value
        );
        report.general("unknown-tracked", name.span, message);
        return None;
    }
    Some(CheckerKind::Bfd(BfdCheck {
        session: name.value.clone(),
    }))
}
