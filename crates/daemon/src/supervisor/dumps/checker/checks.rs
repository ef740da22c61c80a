//! The checks of real servers.

use std::time::Duration;

use vipd_config::model::lvs::{
    Checker, CheckerKind, Connection, DnsType, HttpCheck, HttpVersion, RealServer, UdpCheck, Url,
    VirtualServer,
};
use vipd_engine::lvs::CheckStatus;

use super::super::{Page, quoted, user_text};
use super::yes;

/// Files and sessions that a real server follows.
pub(super) fn followed(page: &mut Page<'_>, rs: &RealServer) {
    let (mut files, mut sessions) = (Vec::new(), Vec::new());
    for checker in &rs.checkers {
        if let CheckerKind::File(check) = &checker.kind {
            let reverse = if check.reverse { " reverse" } else { "" };
            files.push(format!("{}, weight {}{reverse}", check.file, check.weight));
        }
        if let CheckerKind::Bfd(check) = &checker.kind {
            sessions.push(check.session.clone());
        }
    }
    for (title, lines) in [("Tracked Files", files), ("Tracked BFDs", sessions)] {
        if !lines.is_empty() {
            page.line(title);
            for line in lines {
                page.line(format_args!("  {line}"));
            }
        }
    }
}

/// A check that is made by asking.
pub(super) fn about(
    page: &mut Page<'_>,
    vs: &VirtualServer,
    rs: &RealServer,
    checker: &Checker,
    status: &CheckStatus,
) {
    if matches!(checker.kind, CheckerKind::File(_) | CheckerKind::Bfd(_)) {
        return;
    }
    page.indent = " ";
    let server = rs.label(vs.key.protocol());
    page.line(format_args!("{} -> {server}", vs.key));
    page.indent = "   ";
    let micros = |time: Duration| format!("{} us", time.as_micros());
    let schedule = &checker.schedule;
    page.value("Enabled", yes(status.is_enabled));
    page.value("Up", yes(status.is_up));
    page.value("Has run", yes(status.has_run));
    page.value("Current weight", status.weight);
    page.value("Alpha", yes(schedule.alpha));
    page.value("Delay loop", micros(schedule.delay_loop));
    page.value("Warmup", micros(schedule.warmup));
    page.value("Retries", schedule.retry);
    if schedule.retry > 0 {
        page.value("Delay before retry", micros(schedule.delay_before_retry));
    }
    page.value("Retries iterations", status.tries);
    page.value("Log all failures", yes(schedule.log_all_failures));
    about_kind(page, &checker.kind);
}

fn about_kind(page: &mut Page<'_>, kind: &CheckerKind) {
    let method = kind.keyword();
    match kind {
        CheckerKind::Tcp(to) | CheckerKind::Ping(to) => {
            about_connection(page, to);
            page.value("Keepalive method", method);
        }
        CheckerKind::Http(check) => about_http(page, check, method),
        CheckerKind::Smtp(check) => {
            for connection in &check.connections {
                about_connection(page, connection);
            }
            page.value("Keepalive method", method);
            page.value("helo", &check.helo_name);
        }
        CheckerKind::Dns(check) => {
            about_connection(page, &check.connection);
            page.value("Keepalive method", method);
            page.value("Type", dns_type(check.record));
            page.value("Name", &check.name);
        }
        CheckerKind::Misc(check) => {
            page.value("Keepalive method", method);
            page.value("script", quoted(&check.command));
            page.value("timeout", check.timeout.as_secs());
            page.value("dynamic", if check.dynamic { "YES" } else { "NO" });
            if let Some(user) = &check.command.user {
                page.value("user", user_text(user));
            }
        }
        CheckerKind::Udp(check) => {
            about_connection(page, &check.connection);
            page.value("Keepalive method", method);
            about_udp(page, check);
        }
        CheckerKind::File(_) | CheckerKind::Bfd(_) => {}
    }
}

fn about_connection(page: &mut Page<'_>, connection: &Connection) {
    page.line("Connection");
    let (address, port) = (connection.to.ip(), connection.to.port());
    page.value("  Dest", format_args!("[{address}]:{port}"));
    if let Some(binding) = &connection.binding {
        if let Some(address) = binding.address {
            let port = binding.port;
            page.value("  Bind to", format_args!("[{address}]:{port}"));
        }
        if let Some(interface) = &binding.interface {
            page.value("  Bind i/f", interface);
        }
        if binding.mark != 0 {
            page.value("  Mark", binding.mark);
        }
    }
    let timeout = connection.timeout;
    let micros = timeout.subsec_micros();
    page.value(
        "  Timeout",
        format_args!("{}.{micros:06}", timeout.as_secs()),
    );
}

fn about_http(page: &mut Page<'_>, check: &HttpCheck, method: &str) {
    about_connection(page, &check.connection);
    let version = match check.version {
        HttpVersion::V10 => "1.0",
        HttpVersion::V10Close => "1.0C",
        HttpVersion::V11 => "1.1",
    };
    page.value(
        "Keepalive method",
        format_args!("{method}, http protocol {version}"),
    );
    let set = |is_so: bool| if is_so { "set" } else { "unset" };
    let tls = check.tls.as_ref();
    let sends_sni = tls.is_some_and(|tls| tls.sends_sni);
    page.line(format_args!("Enable SNI {}", set(sends_sni)));
    if let Some(name) = tls.and_then(|tls| tls.sni_name.as_ref()) {
        page.value("SNI name", name);
    }
    page.line(format_args!("Fast recovery {}", set(check.fast_recovery)));
    for url in &check.urls {
        about_url(page, url);
    }
}

fn about_url(page: &mut Page<'_>, url: &Url) {
    page.value("Checked url", &url.path);
    if let Some(digest) = &url.digest {
        let digits: Vec<String> = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        page.value("  digest", digits.concat());
    }
    page.line("  HTTP Status Code(s)");
    let usual = [(200, 299)];
    let codes = if url.status_codes.is_empty() {
        &usual[..]
    } else {
        &url.status_codes
    };
    for (first, last) in codes {
        if first == last {
            page.line(format_args!("    {first}"));
        } else {
            page.line(format_args!("    {first}-{last}"));
        }
    }
    if let Some(host) = &url.virtualhost {
        page.value("  Virtual host", host);
    }
    if let Some(regex) = &url.regex {
        page.value("  Regex", format_args!("\"{}\"", regex.text));
        if regex.must_not_match {
            page.line("  Regex no match");
        }
        if regex.min_offset > 0 || regex.max_offset.is_some() {
            page.line(format_args!(
                "  Regex min offset = {}, max_offset = {}",
                regex.min_offset,
                regex.max_offset.unwrap_or(0)
            ));
        }
        let options: Vec<String> = regex.options.iter().map(|o| format!(" {o}")).collect();
        page.line(format_args!("  Regex options:{}", options.concat()));
    }
}

fn about_udp(page: &mut Page<'_>, check: &UdpCheck) {
    if !check.payload.is_empty() {
        page.value("Payload len", check.payload.len());
    }
    page.value("Require reply", yes(check.requires_reply));
    if check.requires_reply {
        page.value("  Min reply length", check.min_reply_bytes);
        page.value("  Max reply length", check.max_reply_bytes);
        if !check.reply.is_empty() {
            page.value("  Reply data len", check.reply.len());
            let has_mask = check.reply.iter().any(|(_, mask)| *mask != u8::MAX);
            page.value("  Reply data mask", yes(has_mask));
        }
    }
}

fn dns_type(record: DnsType) -> &'static str {
    match record {
        DnsType::A => "A",
        DnsType::Ns => "NS",
        DnsType::Cname => "CNAME",
        DnsType::Soa => "SOA",
        DnsType::Mx => "MX",
        DnsType::Txt => "TXT",
        DnsType::Aaaa => "AAAA",
        DnsType::Rrsig => "RRSIG",
        DnsType::Dnskey => "DNSKEY",
    }
}
