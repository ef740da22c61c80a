//! Health checks of a `real_server`.

use crate::tables::{CommandForm, Keyword, Status, Takes, UINT_MAX, any, int, time, unused};

type Row = Keyword<()>;

/// What checks over the network have in common; `TCP_CHECK` and `PING_CHECK` have nothing else.
#[rustfmt::skip]
pub(crate) const CONNECTION: &[Row] = &[
    Row::new("alpha", Takes::Bool(unused), "RS value",
        "Starts down.").not_yet(),
    Row::new("bind_if", Takes::Word("INTERFACE", unused), "",
        "Bind to device.").not_yet(),
    Row::new("bind_port", Takes::Int(int(1..=65_535), unused), "0 = any",
        "Local port.").not_yet(),
    Row::new("bindto", Takes::Address(unused), "",
        "Local address.").not_yet(),
    Row::new("connect_ip", Takes::Address(unused), "RS address",
        "Address to check.").not_yet(),
    Row::new("connect_port", Takes::Int(int(1..=65_535), unused), "RS port",
        "Port to check.").not_yet(),
    Row::new("connect_timeout", Takes::Time(time(1, 4_294_000_000, 6), unused), "RS value (5)",
        "Connect and read timeout.").unit("s").not_yet(),
    Row::new("delay_before_retry", Takes::Time(time(0, 4_294_000_000, 6), unused), "RS/VS value, else 1 (HTTP/SSL 3",
        "Waits between tries.").unit("s").not_yet(),
    Row::new("delay_loop", Takes::Time(time(1, 4_294_000_000, 6), unused), "RS/VS value, else 60",
        "Interval.").unit("s").not_yet(),
    Row::new("fwmark", Takes::Int(int(0..=UINT_MAX), unused), "0",
        "SO_MARK of the check.").not_yet(),
    Row::new("log_all_failures", Takes::Bool(unused), "as checker_log_all_failures",
        "Logs each failure.").not_yet(),
    Row::new("retry", Takes::Int(int(0..=UINT_MAX), unused), "RS/VS value, else 1 (MISC 0, DNS 3)",
        "Extra tries before down.").not_yet(),
    Row::new("warmup", Takes::Time(time(0, 4_294_000_000, 6), unused), "RS/VS value, else delay_loop",
        "Spread of first check.").unit("s").not_yet(),
];

/// `UDP_CHECK`
#[rustfmt::skip]
pub(crate) const UDP_CHECK: &[Row] = &[
    Row::new("max_reply_length", Takes::Int(int(0..=65_535), unused), "255",
        "Longest reply.").unit("bytes").not_yet(),
    Row::new("min_reply_length", Takes::Int(int(0..=65_535), unused), "0",
        "Shortest reply.").unit("bytes").not_yet(),
    Row::new("payload", Takes::Word("HEX", unused), "empty datagram",
        "Data sent.").not_yet().ignored_without(),
    Row::new("require_reply", Takes::Free("[HEX with x wildcards]", any), "off",
        "Needs a reply (matching when given).").not_yet(),
];

/// `SMTP_CHECK`
#[rustfmt::skip]
pub(crate) const SMTP_CHECK: &[Row] = &[
    Row::new("helo_name", Takes::Word("TEXT", unused), "smtpchecker.keepalived.org",
        "HELO argument.").not_yet().ignored_without(),
    Row::new("host", Takes::Block(&[CONNECTION]), "",
        "One target; use connection keywords directly instead.").status(Status::QuietlyDeprecated("the words of SMTP_CHECK itself")).not_yet(),
];

/// `DNS_CHECK`
#[rustfmt::skip]
pub(crate) const DNS_CHECK: &[Row] = &[
    Row::new("name", Takes::Word("TEXT", unused), ". (root)",
        "Query name.").not_yet(),
    Row::new("type", Takes::OneOf(&["A", "NS", "CNAME", "SOA", "MX", "TXT", "AAAA", "RRSIG", "DNSKEY"], unused), "SOA",
        "Query type.").not_yet(),
];

/// `MISC_CHECK`
#[rustfmt::skip]
pub(crate) const MISC_CHECK: &[Row] = &[
    Row::new("alpha", Takes::Bool(unused), "RS value",
        "Starts down.").not_yet(),
    Row::new("delay_before_retry", Takes::Time(time(0, 4_294_000_000, 6), unused), "RS/VS value, else 1 (HTTP/SSL 3",
        "Waits between tries.").unit("s").not_yet(),
    Row::new("delay_loop", Takes::Time(time(1, 4_294_000_000, 6), unused), "RS/VS value, else 60",
        "Interval.").unit("s").not_yet(),
    Row::new("log_all_failures", Takes::Bool(unused), "as checker_log_all_failures",
        "Logs each failure.").not_yet(),
    Row::new("misc_dynamic", Takes::Flag(unused), "off",
        "Exit 2-255 sets weight = code-2.").not_yet(),
    Row::new("misc_path", Takes::Command(CommandForm::Alone, unused), "",
        "Command.").not_yet().ignored_without(),
    Row::new("misc_timeout", Takes::Int(int(0..=4294), unused), "0 = delay_loop",
        "Runs time limit.").unit("s").not_yet(),
    Row::new("retry", Takes::Int(int(0..=UINT_MAX), unused), "RS/VS value, else 1 (MISC 0, DNS 3)",
        "Extra tries before down.").not_yet(),
    Row::new("user", Takes::Free("USER [GROUP]", any), "script_user",
        "Runs as.").not_yet().ignored_without(),
    Row::new("warmup", Takes::Time(time(0, 4_294_000_000, 6), unused), "RS/VS value, else delay_loop",
        "Spread of first check.").unit("s").not_yet(),
];

/// What `HTTP_GET` and `SSL_GET` have in common.
#[rustfmt::skip]
pub(crate) const HTTP: &[Row] = &[
    Row::new("enable_sni", Takes::Bool(unused), "off",
        "Sends SNI (SSL_GET).").not_yet(),
    Row::new("fast_recovery", Takes::Bool(unused), "off",
        "While not up and no URL known bad, check next URL at once instead of waiting.").not_yet(),
    Row::new("http_protocol", Takes::OneOf(&["1.0", "1.0C", "1.1"], unused), "1.0",
        "Protocol in request; C = Connection: close.").not_yet().ignored_without(),
    Row::new("nb_get_retry", Takes::Int(int(0..=UINT_MAX), unused), "as retry",
        "Old name of retry.").status(Status::Deprecated("retry")).not_yet(),
    Row::new("sni_name", Takes::Free("[HOST]", any), "virtualhost value",
        "SNI name; implies enable_sni (added after the 2.4.3 tag).").not_yet(),
    Row::new("virtualhost", Takes::Word("HOST", unused), "RS/VS value, else ip:port",
        "Host header.").not_yet().ignored_without(),
];

/// `url` of `HTTP_GET`
#[rustfmt::skip]
pub(crate) const HTTP_URL: &[Row] = &[
    Row::new("url", Takes::Block(&[URL]), "",
        "One URL test; several allowed.").not_yet(),
];

/// `SSL_GET`
#[rustfmt::skip]
pub(crate) const SSL_GET: &[Row] = &[
    Row::new("tls_compliant", Takes::Bool(unused), "off",
        "Treats missing close_notify as error (SSL_GET).").not_yet(),
    Row::new("url", Takes::Block(&[URL, SSL_URL]), "",
        "One URL test; several allowed.").not_yet(),
];

/// `url`
#[rustfmt::skip]
pub(crate) const URL: &[Row] = &[
    Row::new("digest", Takes::Word("MD5", unused), "",
        "Expected digest of body.").not_yet(),
    Row::new("path", Takes::Word("TEXT", unused), "",
        "Request path.").not_yet(),
    Row::new("regex", Takes::Word("PATTERN", unused), "",
        "Body must match (PCRE2).").not_yet().ignored_without(),
    Row::new("regex_max_offset", Takes::Int(int(0..=UINT_MAX), unused), "",
        "Start of match <= N.").unit("bytes").not_yet().ignored_without(),
    Row::new("regex_min_offset", Takes::Int(int(0..=UINT_MAX), unused), "0",
        "Start of match >= N.").unit("bytes").not_yet().ignored_without(),
    Row::new("regex_no_match", Takes::Flag(unused), "off",
        "Body must not match.").not_yet(),
    Row::new("regex_options", Takes::Free("OPT...", any), "",
        "PCRE2 compile options.").not_yet().ignored_without(),
    Row::new("regex_stack", Takes::Free("START MAX", any), "build default",
        "JIT stack.").unit("bytes").not_yet().ignored_without(),
    Row::new("status_code", Takes::Free("N|N-M ...", any), "200-299",
        "Accepted codes.").not_yet().ignored_without(),
    Row::new("virtualhost", Takes::Word("HOST", unused), "checker value",
        "Host header of this URL.").not_yet().ignored_without(),
];

/// `url` of `SSL_GET`
#[rustfmt::skip]
pub(crate) const SSL_URL: &[Row] = &[
    Row::new("tls_compliant", Takes::Bool(unused), "checker value",
        "Per URL.").not_yet(),
];

/// `FILE_CHECK`
#[rustfmt::skip]
pub(crate) const FILE_CHECK: &[Row] = &[
    Row::new("track_file", Takes::Word("NAME", unused), "",
        "Track_file to use.").not_yet(),
    Row::new("weight", Takes::Free("N [reverse]", any), "the file's weight",
        "Weight multiplier; 0 = fail when file non-zero.").not_yet().ignored_without(),
];

/// `BFD_CHECK`
#[rustfmt::skip]
pub(crate) const BFD_CHECK: &[Row] = &[
    Row::new("alpha", Takes::Bool(unused), "RS value",
        "Starts down.").not_yet(),
    Row::new("name", Takes::Word("NAME", unused), "",
        "Bfd_instance to follow.").not_yet().ignored_without(),
];
