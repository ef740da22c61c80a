//! `real_server`.

use crate::interpret::lvs::draft::VirtualServerDraft;
use crate::interpret::setter::{count, some};
use crate::tables::checkers::{
    BFD_CHECK, CONNECTION, DNS_CHECK, FILE_CHECK, HTTP, HTTP_URL, MISC_CHECK, SMTP_CHECK, SSL_GET,
    UDP_CHECK,
};
use crate::tables::{CommandForm, Keyword, Nested, Takes, UINT_MAX, int, time};

type Row = Keyword<VirtualServerDraft>;

rows! {
    /// `real_server`
    pub(crate) REAL_SERVER: VirtualServerDraft = [
        Row::new("BFD_CHECK", Takes::Nested(&Nested("", &[BFD_CHECK], VirtualServerDraft::open_check, VirtualServerDraft::close_check)), "",
            "Up while a BFD session is.").not_yet(),
        Row::new("DNS_CHECK", Takes::Nested(&Nested("", &[CONNECTION, DNS_CHECK], VirtualServerDraft::open_check, VirtualServerDraft::close_check)), "",
            "Up while it answers a DNS query."),
        Row::new("FILE_CHECK", Takes::Nested(&Nested("", &[FILE_CHECK], VirtualServerDraft::open_check, VirtualServerDraft::close_check)), "",
            "Weight, up and down by the value in a file."),
        Row::new("HTTP_GET", Takes::Nested(&Nested("", &[CONNECTION, HTTP, HTTP_URL], VirtualServerDraft::open_check, VirtualServerDraft::close_check)), "",
            "Up while it answers HTTP requests as it should."),
        Row::new("MISC_CHECK", Takes::Nested(&Nested("", &[MISC_CHECK], VirtualServerDraft::open_check, VirtualServerDraft::close_check)), "",
            "Up while a command succeeds."),
        Row::new("PING_CHECK", Takes::Nested(&Nested("", &[CONNECTION], VirtualServerDraft::open_check, VirtualServerDraft::close_check)), "",
            "Up while it answers pings."),
        Row::new("SMTP_CHECK", Takes::Nested(&Nested("", &[CONNECTION, SMTP_CHECK], VirtualServerDraft::open_check, VirtualServerDraft::close_check)), "",
            "Up while it greets as a mail server does."),
        Row::new("SSL_GET", Takes::Nested(&Nested("", &[CONNECTION, HTTP, SSL_GET], VirtualServerDraft::open_check, VirtualServerDraft::close_check)), "",
            "Up while it answers HTTPS requests as it should."),
        Row::new("TCP_CHECK", Takes::Nested(&Nested("", &[CONNECTION], VirtualServerDraft::open_check, VirtualServerDraft::close_check)), "",
            "Up while it accepts TCP connections."),
        Row::new("UDP_CHECK", Takes::Nested(&Nested("", &[CONNECTION, UDP_CHECK], VirtualServerDraft::open_check, VirtualServerDraft::close_check)), "",
            "Up while it does not refuse, or answers, UDP packets."),
        Row::new("alpha", Takes::Bool(|v, x| v.server.times.alpha = Some(x.value)), "VS value",
            "Takes the server for down until its first good answer."),
        Row::new("connect_timeout", Takes::Time(time(1, 4_294_000_000, 6), |v, x| v.server.times.connect_timeout = Some(x.value)), "VS value (5)",
            "How long an answer to a check may take, where the check says nothing.").unit("s"),
        Row::new("delay_before_retry", Takes::Time(time(0, 4_294_000_000, 6), |v, x| v.server.times.delay_before_retry = Some(x.value)), "VS value",
            "Time between a failed try and the next, where the check says nothing.").unit("s"),
        Row::new("delay_loop", Takes::Time(time(1, 4_294_000_000, 6), |v, x| v.server.times.delay_loop = Some(x.value)), "VS value (60)",
            "Time from one check to the next, where the check says nothing.").unit("s"),
        Row::new("inhibit_on_failure", Takes::Bool(|v, x| v.server.inhibit_on_failure = Some(x.value)), "VS value",
            "A server that is down gets weight 0 and stays in the table."),
        Row::new("lthreshold", Takes::Int(int(0..=UINT_MAX), |v, x| v.server.lower_threshold = count(x.value)), "0",
            "A server that was too busy gets new connections again below this many.").unit("connections"),
        Row::new("lvs_method", Takes::Free("NAT|DR|TUN [type ipip|gre|gue port N] [nocsum|csum|remcsum]", VirtualServerDraft::server_forwarding), "as the virtual server",
            "How packets reach the real server; TUN may be followed by its type and port."),
        Row::new("notify_down", Takes::Command(CommandForm::WithUser, |v, x| v.server.notify_down = some(x).map(Box::new)), "",
            "Command run when the server goes down."),
        Row::new("notify_up", Takes::Command(CommandForm::WithUser, |v, x| v.server.notify_up = some(x).map(Box::new)), "",
            "Command run when the server comes up."),
        Row::new("retry", Takes::Int(int(1..=UINT_MAX), |v, x| v.server.times.retry = Some(count(x.value))), "VS value",
            "Further tries before the server counts as down, where the check says nothing."),
        Row::new("smtp_alert", Takes::Bool(|v, x| v.server.smtp_alert = Some(x.value)), "smtp_alert_checker, then smtp_alert, else ON",
            "Sends a mail when the server comes up or goes down."),
        Row::new("snmp_name", Takes::Word("TEXT", |v, x| v.server.snmp_name = Some(x.value)), "",
            "Name shown by SNMP (not there yet), and in `keepalived_check.data`.").ignored_without(),
        Row::new("uthreshold", Takes::Int(int(0..=UINT_MAX), |v, x| v.server.upper_threshold = count(x.value)), "0 = none",
            "A server gets no new connections above this many.").unit("connections"),
        Row::new("virtualhost", Takes::Word("HOST", |v, x| v.server.virtualhost = Some(x.value)), "VS value",
            "Host named in requests, where the check says nothing.").ignored_without(),
        Row::new("warmup", Takes::Time(time(0, 4_294_000_000, 6), |v, x| v.server.times.warmup = Some(x.value)), "VS value",
            "Longest random delay of the first check, where the check says nothing.").unit("s"),
        Row::new("weight", Takes::Int(int(0..=2_147_483_647), |v, x| v.server.weight = Some(count(x.value))), "VS weight (1)",
            "Share of the connections it gets."),
    ];
}
