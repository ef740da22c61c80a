//! Health checks of a `real_server`.

use crate::interpret::lvs::draft::VirtualServerDraft;
use crate::interpret::setter::{count, port, seconds, some};
use crate::tables::{CommandForm, Keyword, Nested, Status, Takes, UINT_MAX, any, int, time};

type Row = Keyword<VirtualServerDraft>;

rows! {
    /// What checks over the network have in common; `TCP_CHECK` and `PING_CHECK` have nothing else.
    pub(crate) CONNECTION: VirtualServerDraft = [
        Row::new("alpha", Takes::Bool(|v, x| v.check.times.alpha = Some(x.value)), "RS value",
            "Takes the server for down until its first good answer."),
        Row::new("bind_if", Takes::Word("INTERFACE", |v, x| v.check.connection.bind_interface = Some(x.value)), "",
            "Interface that the check goes out by."),
        Row::new("bind_port", Takes::Int(int(1..=65_535), |v, x| v.check.connection.bind_port = port(x.value)), "0 = any",
            "Local port that the check comes from."),
        Row::new("bindto", Takes::Address(|v, x| v.check.connection.bind_address = Some(x.value)), "",
            "Local address that the check comes from."),
        Row::new("connect_ip", Takes::Address(|v, x| v.check.connection.address = Some(x.value)), "RS address",
            "Address that is checked, where it is not that of the real server."),
        Row::new("connect_port", Takes::Int(int(1..=65_535), |v, x| v.check.connection.port = Some(port(x.value))), "RS port",
            "Port that is checked, where it is not that of the real server."),
        Row::new("connect_timeout", Takes::Time(time(1, 4_294_000_000, 6), |v, x| v.check.times.connect_timeout = Some(x.value)), "RS value (5)",
            "How long an answer may take.").unit("s"),
        Row::new("delay_before_retry", Takes::Time(time(0, 4_294_000_000, 6), |v, x| v.check.times.delay_before_retry = Some(x.value)), "RS/VS value, else 1 (HTTP/SSL 3",
            "Time between a failed try and the next.").unit("s"),
        Row::new("delay_loop", Takes::Time(time(1, 4_294_000_000, 6), |v, x| v.check.times.delay_loop = Some(x.value)), "RS/VS value, else 60",
            "Time from one check to the next.").unit("s"),
        Row::new("fwmark", Takes::Int(int(0..=UINT_MAX), |v, x| v.check.connection.mark = count(x.value)), "0",
            "Firewall mark on the packets of the check."),
        Row::new("log_all_failures", Takes::Bool(|v, x| v.check.log_all_failures = Some(x.value)), "as checker_log_all_failures",
            "Logs each failed try, and not only the last."),
        Row::new("retry", Takes::Int(int(0..=UINT_MAX), |v, x| v.check.times.retry = Some(count(x.value))), "RS/VS value, else 1 (MISC 0, DNS 3)",
            "Further tries before the server counts as down."),
        Row::new("warmup", Takes::Time(time(0, 4_294_000_000, 6), |v, x| v.check.times.warmup = Some(x.value)), "RS/VS value, else delay_loop",
            "Longest random delay of the first check.").unit("s"),
    ];
}

rows! {
    /// `UDP_CHECK`
    pub(crate) UDP_CHECK: VirtualServerDraft = [
        Row::new("max_reply_length", Takes::Int(int(0..=65_535), |v, x| v.words().max_reply = Some(port(x.value))), "255",
            "Most bytes that a good reply has.").unit("bytes"),
        Row::new("min_reply_length", Takes::Int(int(0..=65_535), |v, x| v.words().min_reply = port(x.value)), "0",
            "Fewest bytes that a good reply has.").unit("bytes"),
        Row::new("payload", Takes::Free("HEX", VirtualServerDraft::payload), "empty datagram",
            "Bytes that are sent, as hexadecimal digits.").ignored_without(),
        Row::new("require_reply", Takes::Free("[HEX with x wildcards]", VirtualServerDraft::require_reply), "off",
            "Needs an answer, and one that fits when a pattern is given; without it only an ICMP error is a failure."),
    ];
}

rows! {
    /// `SMTP_CHECK`
    pub(crate) SMTP_CHECK: VirtualServerDraft = [
        Row::new("helo_name", Takes::Word("TEXT", |v, x| v.words().helo_name = Some(x.value)), "smtpchecker.keepalived.org",
            "Name given in HELO.").ignored_without(),
        Row::new("host", Takes::Nested(&Nested("", &[CONNECTION], VirtualServerDraft::open_host, VirtualServerDraft::close_host)), "",
            "Connection words of one target, as older files have them.").status(Status::QuietlyDeprecated("the words of SMTP_CHECK itself")),
    ];
}

rows! {
    /// `DNS_CHECK`
    pub(crate) DNS_CHECK: VirtualServerDraft = [
        Row::new("name", Takes::Free("TEXT", VirtualServerDraft::dns_name), ". (root)",
            "Name that is asked for."),
        Row::new("type", Takes::OneOf(&["A", "NS", "CNAME", "SOA", "MX", "TXT", "AAAA", "RRSIG", "DNSKEY"], VirtualServerDraft::record), "SOA",
            "Kind of record that is asked for."),
    ];
}

rows! {
    /// `MISC_CHECK`
    pub(crate) MISC_CHECK: VirtualServerDraft = [
        Row::new("alpha", Takes::Bool(|v, x| v.check.times.alpha = Some(x.value)), "RS value",
            "Takes the server for down until its first good answer."),
        Row::new("delay_before_retry", Takes::Time(time(0, 4_294_000_000, 6), |v, x| v.check.times.delay_before_retry = Some(x.value)), "RS/VS value, else 1 (HTTP/SSL 3",
            "Time between a failed try and the next.").unit("s"),
        Row::new("delay_loop", Takes::Time(time(1, 4_294_000_000, 6), |v, x| v.check.times.delay_loop = Some(x.value)), "RS/VS value, else 60",
            "Time from one check to the next.").unit("s"),
        Row::new("log_all_failures", Takes::Bool(|v, x| v.check.log_all_failures = Some(x.value)), "as checker_log_all_failures",
            "Logs each failed try, and not only the last."),
        Row::new("misc_dynamic", Takes::Flag(|v, _| v.words().dynamic = true), "off",
            "Exit statuses from 2 to 255 set the weight of the server to that number less 2."),
        Row::new("misc_path", Takes::Command(CommandForm::Alone, |v, x| v.words().command = some(x)), "",
            "Command whose exit status tells whether the server is up.").ignored_without(),
        Row::new("misc_timeout", Takes::Int(int(0..=4294), |v, x| v.words().misc_timeout = seconds(x.value)), "0 = delay_loop",
            "Longest run of the command.").unit("s"),
        Row::new("retry", Takes::Int(int(0..=UINT_MAX), |v, x| v.check.times.retry = Some(count(x.value))), "RS/VS value, else 1 (MISC 0, DNS 3)",
            "Further tries before the server counts as down."),
        Row::new("user", Takes::Free("USER [GROUP]", VirtualServerDraft::user), "script_user",
            "User and group that the command runs as.").ignored_without(),
        Row::new("warmup", Takes::Time(time(0, 4_294_000_000, 6), |v, x| v.check.times.warmup = Some(x.value)), "RS/VS value, else delay_loop",
            "Longest random delay of the first check.").unit("s"),
    ];
}

rows! {
    /// What `HTTP_GET` and `SSL_GET` have in common.
    pub(crate) HTTP: VirtualServerDraft = [
        Row::new("enable_sni", Takes::Bool(|v, x| v.words().sends_sni = x.value), "off",
            "Tells the server by SNI which host is meant."),
        Row::new("fast_recovery", Takes::Bool(|v, x| v.words().fast_recovery = x.value), "off",
            "Asks for the next URL at once while the server is coming up."),
        Row::new("http_protocol", Takes::OneOf(&["1.0", "1.0C", "1.1"], VirtualServerDraft::http_protocol), "1.0",
            "Version of HTTP in the request; `1.0C` adds `Connection: close`.").ignored_without(),
        Row::new("nb_get_retry", Takes::Int(int(0..=UINT_MAX), |v, x| v.check.times.retry = Some(count(x.value))), "as retry",
            "Earlier name of `retry`.").status(Status::Deprecated("retry")),
        Row::new("sni_name", Takes::Free("[HOST]", VirtualServerDraft::sni_name), "virtualhost value",
            "Name sent by SNI, where it is not the virtual host; turns SNI on."),
        Row::new("virtualhost", Takes::Word("HOST", |v, x| v.words().virtualhost = Some(x.value)), "RS/VS value, else ip:port",
            "Host named in requests.").ignored_without(),
    ];
}

rows! {
    /// `url` of `HTTP_GET`
    pub(crate) HTTP_URL: VirtualServerDraft = [
        Row::new("url", Takes::Nested(&Nested("", &[URL], VirtualServerDraft::open_url, VirtualServerDraft::close_url)), "",
            "One request and what its answer must be; all of them must be good."),
    ];
}

rows! {
    /// `SSL_GET`
    pub(crate) SSL_GET: VirtualServerDraft = [
        Row::new("tls_compliant", Takes::Bool(|v, x| v.words().tls_compliant = x.value), "off",
            "A TLS connection that ends without being closed properly is a failure."),
        Row::new("url", Takes::Nested(&Nested("", &[URL, SSL_URL], VirtualServerDraft::open_url, VirtualServerDraft::close_url)), "",
            "One request and what its answer must be; all of them must be good."),
    ];
}

rows! {
    /// `url`
    pub(crate) URL: VirtualServerDraft = [
        Row::new("digest", Takes::Free("MD5", VirtualServerDraft::digest), "",
            "MD5 that the body of the answer must have."),
        Row::new("path", Takes::Word("TEXT", |v, x| v.url.path = Some(x.value)), "",
            "Path of the request."),
        Row::new("regex", Takes::Word("PATTERN", |v, x| v.url.pattern.text = x.value), "",
            "Pattern that the body of the answer must match.").ignored_without(),
        Row::new("regex_max_offset", Takes::Int(int(0..=UINT_MAX), |v, x| v.url.pattern.max_offset = Some(count(x.value))), "",
            "Last byte at which the match may begin.").unit("bytes").ignored_without(),
        Row::new("regex_min_offset", Takes::Int(int(0..=UINT_MAX), |v, x| v.url.pattern.min_offset = count(x.value)), "0",
            "First byte at which the match may begin.").unit("bytes").ignored_without(),
        Row::new("regex_no_match", Takes::Flag(|v, _| v.url.pattern.must_not_match = true), "off",
            "The body must not match."),
        Row::new("regex_options", Takes::Free("OPT...", VirtualServerDraft::regex_options), "",
            "Options of the pattern.").ignored_without(),
        Row::new("regex_stack", Takes::Free("START MAX", any), "build default",
            "First and largest size of the stack of the compiled pattern.").unit("bytes").ignored_without(),
        Row::new("status_code", Takes::Free("N|N-M ...", VirtualServerDraft::status_code), "200-299",
            "HTTP status codes that are good.").ignored_without(),
        Row::new("virtualhost", Takes::Word("HOST", |v, x| v.url.virtualhost = Some(x.value)), "checker value",
            "Host named in this request.").ignored_without(),
    ];
}

rows! {
    /// `url` of `SSL_GET`
    pub(crate) SSL_URL: VirtualServerDraft = [
        Row::new("tls_compliant", Takes::Bool(|v, x| v.url.tls_compliant = Some(x.value)), "checker value",
            "As in the check around it, for this request."),
    ];
}

rows! {
    /// `FILE_CHECK`
    pub(crate) FILE_CHECK: VirtualServerDraft = [
        Row::new("track_file", Takes::Word("NAME", |v, x| v.words().file = Some(x)), "",
            "The `track_file` whose value counts."),
        Row::new("weight", Takes::Free("N [reverse]", VirtualServerDraft::file_weight), "the file's weight",
            "What the value of the file is multiplied with; 0: any value but 0 is a failure.").ignored_without(),
    ];
}

rows! {
    /// `BFD_CHECK`
    pub(crate) BFD_CHECK: VirtualServerDraft = [
        Row::new("alpha", Takes::Bool(|v, x| v.check.times.alpha = Some(x.value)), "RS value",
            "Takes the server for down until its first good answer.").not_yet(),
        Row::new("name", Takes::Word("NAME", |v, x| v.words().session = Some(x)), "",
            "The `bfd_instance` to follow.").not_yet().ignored_without(),
    ];
}
