//! `virtual_server`.

use crate::interpret::lvs::draft::VirtualServerDraft;
use crate::interpret::setter::{count, some};
use crate::interpret::statement::At;
use crate::tables::real_server::REAL_SERVER;
use crate::tables::{CommandForm, Keyword, Nested, Status, Takes, UINT_MAX, int, time};

type Row = Keyword<VirtualServerDraft>;

rows! {
    /// Rows about checks and notification.
    pub(crate) VIRTUAL_SERVER: VirtualServerDraft = [
        Row::new("alpha", Takes::Bool(|v, x| v.times.alpha = Some(x.value)), "off",
            "Takes all real servers for down until their first good answer."),
        Row::new("connect_timeout", Takes::Time(time(1, 4_294_000_000, 6), |v, x| v.times.connect_timeout = Some(x.value)), "5",
            "How long an answer to a check may take, where nothing else is said.").unit("s"),
        Row::new("delay_before_retry", Takes::Time(time(0, 4_294_000_000, 6), |v, x| v.times.delay_before_retry = Some(x.value)), "checker default",
            "Time between a failed try and the next, where nothing else is said.").unit("s"),
        Row::new("delay_loop", Takes::Time(time(1, 4_294_000_000, 6), |v, x| v.times.delay_loop = Some(x.value)), "60",
            "Time from one check to the next, where nothing else is said.").unit("s"),
        Row::new("ha_suspend", Takes::Flag(|v, x| v.ha_suspend = Some(x)), "off",
            "Checks nothing while the address of the service is not on this node."),
        Row::new("inhibit_on_failure", Takes::Bool(|v, x| v.inhibit_on_failure = x.value), "off",
            "Real servers that are down get weight 0 and stay in the table."),
        Row::new("ip_family", Takes::OneOf(&["inet", "inet6"], VirtualServerDraft::family), "from addresses",
            "Address family of a service by firewall mark."),
        Row::new("omega", Takes::Bool(|v, x| v.omega = x.value), "off",
            "Runs `notify_down` and `quorum_down` at stop."),
        Row::new("protocol", Takes::OneOf(&["TCP", "UDP", "SCTP", "tcp", "udp", "sctp"], VirtualServerDraft::protocol), "UDP",
            "Protocol of the service; keepalived complains when it is not given."),
        Row::new("real_server", Takes::Nested(&Nested("IP [PORT]", &[REAL_SERVER], VirtualServerDraft::open_server, VirtualServerDraft::close_server)), "",
            "One of the servers behind the service."),
        Row::new("retry", Takes::Int(int(1..=UINT_MAX), |v, x| v.times.retry = Some(count(x.value))), "checker default (1)",
            "Further tries before a server counts as down, where nothing else is said."),
        Row::new("smtp_alert", Takes::Bool(|v, x| v.smtp_alert = Some(x.value)), "smtp_alert_checker, then smtp_alert, else off",
            "Sends a mail when the quorum is lost or found again."),
        Row::new("snmp_name", Takes::Word("TEXT", |v, x| v.snmp_name = Some(x.value)), "",
            "Name shown by SNMP (not there yet), and in `keepalived_check.data`.").ignored_without(),
        Row::new("virtualhost", Takes::Word("HOST", |v, x| v.virtualhost = Some(x.value)), "",
            "Host named in requests of checks, where nothing else is said.").ignored_without(),
        Row::new("warmup", Takes::Time(time(0, 4_294_000_000, 6), |v, x| v.times.warmup = Some(x.value)), "as delay_loop",
            "Longest random delay of first checks, where nothing else is said.").unit("s"),
    ];
}

rows! {
    /// Rows about scheduling and quorum.
    pub(crate) VIRTUAL_SERVER_SCHEDULING: VirtualServerDraft = [
        Row::new("flag-1", Takes::Flag(|v, _| v.flags.first = true), "off",
            "First flag of the scheduler."),
        Row::new("flag-2", Takes::Flag(|v, _| v.flags.second = true), "off",
            "Second flag of the scheduler."),
        Row::new("flag-3", Takes::Flag(|v, _| v.flags.third = true), "off",
            "Third flag of the scheduler."),
        Row::new("hashed", Takes::Marker(VirtualServerDraft::named_flag), "off",
            "Accepted by keepalived, and without effect."),
        Row::new("hysteresis", Takes::Int(int(0..=UINT_MAX), |v, x| v.hysteresis = Some(At::new(count(x.value), x.span))), "0",
            "How much weight above the quorum brings it back, and below it loses it.").unit("weight"),
        Row::new("lb_algo", Takes::Free("rr|wrr|lc|wlc|lblc|lblcr|sh|mh|dh|fo|ovf|sed|nq|twos", VirtualServerDraft::scheduler), "wlc",
            "Scheduler that picks a real server for each connection."),
        Row::new("lb_kind", Takes::Free("NAT|DR|TUN [type ipip|gre|gue port N] [nocsum|csum|remcsum]", VirtualServerDraft::forwarding), "NAT",
            "How packets reach real servers; after TUN may come the kind of tunnel."),
        Row::new("lvs_method", Takes::Free("NAT|DR|TUN [type ipip|gre|gue port N] [nocsum|csum|remcsum]", VirtualServerDraft::forwarding), "NAT",
            "How packets reach real servers; after TUN may come the kind of tunnel.").status(Status::Alias("lb_kind")),
        Row::new("lvs_sched", Takes::Free("rr|wrr|lc|wlc|lblc|lblcr|sh|mh|dh|fo|ovf|sed|nq|twos", VirtualServerDraft::scheduler), "wlc",
            "Scheduler that picks a real server for each connection.").status(Status::Alias("lb_algo")),
        Row::new("mh-fallback", Takes::Marker(VirtualServerDraft::named_flag), "off",
            "Scheduler mh: another server is taken when the chosen one is down."),
        Row::new("mh-port", Takes::Marker(VirtualServerDraft::named_flag), "off",
            "Scheduler mh: the source port counts too; after `lb_algo mh`."),
        Row::new("ops", Takes::Flag(|v, x| v.one_packet = Some(x)), "off",
            "Every UDP packet is scheduled anew."),
        Row::new("persistence_engine", Takes::Word("NAME", |v, x| v.engine = Some(x.value)), "",
            "What tells clients apart, such as `sip`."),
        Row::new("persistence_granularity", Takes::Free("MASK|PREFIX", VirtualServerDraft::granularity), "255.255.255.255 / 128",
            "Netmask by which clients count as one; turns persistence on."),
        Row::new("persistence_timeout", Takes::Free("[SECONDS]", VirtualServerDraft::persistence), "off; 360 without a value",
            "How long a client stays with its server.").unit("s"),
        Row::new("quorum", Takes::Int(int(1..=UINT_MAX), |v, x| v.quorum = Some(At::new(count(x.value), x.span))), "1",
            "Least weight of living servers for the service to be up.").unit("weight"),
        Row::new("quorum_down", Takes::Command(CommandForm::WithUser, |v, x| v.quorum_down = some(x).map(Box::new)), "",
            "Command run when the quorum is lost."),
        Row::new("quorum_up", Takes::Command(CommandForm::WithUser, |v, x| v.quorum_up = some(x).map(Box::new)), "",
            "Command run when the quorum is there again."),
        Row::new("sh-fallback", Takes::Marker(VirtualServerDraft::named_flag), "off",
            "Scheduler sh: another server is taken when the chosen one is down."),
        Row::new("sh-port", Takes::Marker(VirtualServerDraft::named_flag), "off",
            "Scheduler sh: the source port counts too; after `lb_algo sh`."),
        Row::new("sorry_server", Takes::Free("IP [PORT]", VirtualServerDraft::sorry), "",
            "Server that is used while the quorum is lost."),
        Row::new("sorry_server_inhibit", Takes::Flag(|v, _| v.sorry_inhibit = true), "off",
            "The sorry server gets weight 0 instead of being taken out."),
        Row::new("sorry_server_lvs_method", Takes::Free("NAT|DR|TUN [type ipip|gre|gue port N] [nocsum|csum|remcsum]", VirtualServerDraft::sorry_forwarding), "as the virtual server",
            "How packets reach the sorry server.").ignored_without(),
        Row::new("weight", Takes::Int(int(1..=2_147_483_647), |v, x| v.weight = Some(count(x.value))), "1",
            "Weight of real servers that say none."),
    ];
}
