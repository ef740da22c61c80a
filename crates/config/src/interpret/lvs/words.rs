//! Words of virtual servers and checks with a form of their own.

use std::net::{IpAddr, Ipv4Addr};

use crate::diagnostic::Diagnostic;
use crate::interpret::lvs::draft::VirtualServerDraft as Draft;
use crate::interpret::lvs::method::method;
use crate::interpret::report::Report;
use crate::interpret::script::user_of;
use crate::interpret::single::unknown_choice;
use crate::interpret::statement::{At, Statement};
use crate::interpret::value::{self, whole};
use crate::line::{Span, Word};
use crate::model::Family;
use crate::model::lvs::{DnsType, HttpVersion, Netmask, Scheduler, ServiceProtocol};
use crate::tables::int;

/// `regex_options` of PCRE2 that are known.
const REGEX_OPTIONS: [&str; 24] = [
    "allow_empty_class",
    "alt_bsux",
    "auto_callout",
    "caseless",
    "dollar_endonly",
    "dotall",
    "dupnames",
    "extended",
    "firstline",
    "match_unset_backref",
    "multiline",
    "never_ucp",
    "never_utf",
    "no_auto_capture",
    "no_auto_possess",
    "no_dotstar_anchor",
    "no_start_optimize",
    "ucp",
    "ungreedy",
    "utf",
    "never_backslash_c",
    "alt_circumflex",
    "alt_verbnames",
    "use_offset_limit",
];

/// Names of the schedulers.
pub(crate) const SCHEDULERS: &[&str] = &[
    "rr", "wrr", "lc", "wlc", "lblc", "lblcr", "sh", "mh", "dh", "fo", "ovf", "sed", "nq", "twos",
];

impl Draft {
    /// `lb_algo NAME`
    pub(crate) fn scheduler(&mut self, report: &mut Report, statement: &Statement<'_>) {
        let Some(word) = statement.value() else {
            return;
        };
        let found = Scheduler::of(word.text);
        if found.is_none() {
            unknown_choice(word, SCHEDULERS, statement.keyword(), report);
        }
        self.refused_scheduler = found.is_none();
        self.scheduler = found.or(self.scheduler);
    }

    /// `lb_kind METHOD`
    pub(crate) fn forwarding(&mut self, report: &mut Report, statement: &Statement<'_>) {
        let found = method(report, statement);
        self.refused_forwarding = found.is_none();
        self.forwarding_span = statement.keyword_span();
        self.forwarding = found.or(self.forwarding);
    }

    /// `sorry_server_lvs_method METHOD`
    pub(crate) fn sorry_forwarding(&mut self, report: &mut Report, statement: &Statement<'_>) {
        self.sorry_forwarding = method(report, statement).or(self.sorry_forwarding);
    }

    /// `lvs_method METHOD` of a real server
    pub(crate) fn server_forwarding(&mut self, report: &mut Report, statement: &Statement<'_>) {
        self.server.forwarding = method(report, statement).or(self.server.forwarding);
    }

    /// `protocol`
    pub(crate) fn protocol(&mut self, name: At<&'static str>) {
        let protocol = match name.value {
            "TCP" | "tcp" => ServiceProtocol::Tcp,
            "SCTP" | "sctp" => ServiceProtocol::Sctp,
            _ => ServiceProtocol::Udp,
        };
        self.protocol = Some(At::new(protocol, name.span));
    }

    /// `ip_family`
    pub(crate) fn family(&mut self, name: At<&'static str>) {
        let family = if name.value == "inet6" {
            Family::V6
        } else {
            Family::V4
        };
        self.family = Some(At::new(family, name.span));
    }

    /// `persistence_timeout [SECONDS]`
    pub(crate) fn persistence(&mut self, report: &mut Report, statement: &Statement<'_>) {
        const DEFAULT_S: u32 = 360;
        let form = int(1..=2_678_400);
        self.persistence_timeout = match statement.value() {
            None => Some(DEFAULT_S),
            Some(word) => value::int(word, statement.keyword(), &form, "", report)
                .and_then(|value| u32::try_from(value.value).ok())
                .or(self.persistence_timeout),
        };
    }

    /// `persistence_granularity MASK|PREFIX`
    pub(crate) fn granularity(&mut self, report: &mut Report, statement: &Statement<'_>) {
        let Some(word) = statement.value() else {
            return;
        };
        let mask = word.text.parse::<Ipv4Addr>().map(Netmask::V4).ok();
        let prefix = whole(word.text).ok().and_then(|length| {
            let length = u8::try_from(length).ok()?;
            (1..=128).contains(&length).then_some(Netmask::V6(length))
        });
        let Some(netmask) = mask.or(prefix) else {
            let message = format!(
                "`{}` is neither a netmask nor a prefix length; the line is ignored",
                word.text
            );
            report.general("invalid-number", word.span, message);
            return;
        };
        self.netmask = Some(At::new(netmask, word.span));
    }

    /// `sorry_server ADDRESS [PORT]`
    pub(crate) fn sorry(&mut self, report: &mut Report, statement: &Statement<'_>) {
        let Some(word) = statement.value() else {
            return;
        };
        let Ok(address) = word.text.parse::<IpAddr>() else {
            let message = format!("`{}` is not an IP address; the line is ignored", word.text);
            report.general("bad-server", word.span, message);
            return;
        };
        let port = statement.words.get(2);
        let number = port.map_or(Ok(0), |port| {
            let number = whole(port.text)
                .ok()
                .and_then(|port| u16::try_from(port).ok());
            number.ok_or(port)
        });
        let port = match number {
            Ok(port) => port,
            Err(word) => {
                let message = format!("`{}` is not a port; the line is ignored", word.text);
                report.general("bad-server", word.span, message);
                return;
            }
        };
        self.sorry = Some(At::new((address, port), statement.keyword_span()));
    }

    /// `sni_name [HOST]`
    pub(crate) fn sni_name(&mut self, _: &mut Report, statement: &Statement<'_>) {
        self.words().sends_sni = true;
        if let Some(word) = statement.value() {
            self.words().sni_name = Some(word.text.to_owned());
        }
    }

    /// `http_protocol`
    pub(crate) fn http_protocol(&mut self, name: At<&'static str>) {
        self.words().version = match name.value {
            "1.1" => HttpVersion::V11,
            "1.0C" => HttpVersion::V10Close,
            _ => HttpVersion::V10,
        };
    }

    /// `type` of a DNS check
    pub(crate) fn record(&mut self, name: At<&'static str>) {
        self.words().record = DnsType::of(name.value).unwrap_or_default();
    }

    /// `name` of a DNS check
    pub(crate) fn dns_name(&mut self, report: &mut Report, statement: &Statement<'_>) {
        const NAME_MAX: usize = 253;
        const LABEL_MAX: usize = 63;
        let Some(word) = statement.value() else {
            return;
        };
        let name = word.text.strip_suffix('.').unwrap_or(word.text);
        let fits = name.is_empty()
            || name
                .split('.')
                .all(|part| (1..=LABEL_MAX).contains(&part.len()));
        if !fits || name.len() > NAME_MAX {
            let message = format!("`{}` is no name of a host; the line is ignored", word.text);
            report.general("value-out-of-range", word.span, message);
            return;
        }
        self.words().dns_name = Some(name.to_owned());
    }

    /// `user` of a command
    pub(crate) fn user(&mut self, _: &mut Report, statement: &Statement<'_>) {
        self.words().user =
            user_of(statement.values()).map(|user| At::new(user, statement.keyword_span()));
    }

    /// `payload HEX ...`
    pub(crate) fn payload(&mut self, report: &mut Report, statement: &Statement<'_>) {
        if let Some(bytes) = hex(statement.values(), false, statement, report) {
            self.words().payload = bytes.into_iter().map(|(byte, _)| byte).collect();
        }
    }

    /// `require_reply [HEX ...]`
    pub(crate) fn require_reply(&mut self, report: &mut Report, statement: &Statement<'_>) {
        let bytes = hex(statement.values(), true, statement, report);
        self.words().reply = Some(bytes.unwrap_or_default());
    }

    /// `digest MD5`
    pub(crate) fn digest(&mut self, report: &mut Report, statement: &Statement<'_>) {
        let Some(word) = statement.value() else {
            return;
        };
        let mut digest = [0; 16];
        let pairs = word.text.as_bytes().chunks(2);
        let fits = word.text.len() == 32
            && pairs.zip(&mut digest).all(|(pair, byte)| {
                let text = std::str::from_utf8(pair).unwrap_or_default();
                let found = u8::from_str_radix(text, 16).ok();
                *byte = found.unwrap_or(0);
                found.is_some() && !text.starts_with('+')
            });
        if fits {
            self.url.digest = Some(digest);
        } else {
            let message = format!(
                "`{}` is no MD5 sum: `digest` takes 32 hexadecimal digits; the line is ignored",
                word.text
            );
            report.general("value-out-of-range", word.span, message);
        }
    }

    /// `status_code N|N-M ...`
    pub(crate) fn status_code(&mut self, report: &mut Report, statement: &Statement<'_>) {
        let code = |text: &str| {
            let code = whole(text).ok().and_then(|code| u16::try_from(code).ok());
            code.filter(|code| (100..=599).contains(code))
        };
        for word in statement.values() {
            let (first, last) = word.text.split_once('-').unwrap_or((word.text, word.text));
            match (code(first), code(last)) {
                (Some(first), Some(last)) if first <= last => {
                    self.url.status_codes.push((first, last));
                }
                _ => {
                    let message = format!(
                        "`{}` is no HTTP status code from 100 to 599, nor a range of them; it is ignored",
                        word.text
                    );
                    report.general("value-out-of-range", word.span, message);
                }
            }
        }
    }

    /// `regex_options OPTION ...`
    pub(crate) fn regex_options(&mut self, report: &mut Report, statement: &Statement<'_>) {
        for word in statement.values() {
            if REGEX_OPTIONS.contains(&word.text) {
                self.url.pattern.options.push(word.text.to_owned());
            } else {
                let message = format!("`{}` is no option of a pattern; it is ignored", word.text);
                report.add(Diagnostic::hint("unknown-pattern-option", message).at(word.span));
            }
        }
    }

    /// `weight N [reverse]` of a file check
    pub(crate) fn file_weight(&mut self, report: &mut Report, statement: &Statement<'_>) {
        let Some(word) = statement.value() else {
            return;
        };
        let form = int(-2_147_483_647..=2_147_483_647);
        let Some(weight) = value::int(word, "weight", &form, "", report) else {
            return;
        };
        let reverse = statement
            .words
            .get(2)
            .is_some_and(|word| word.text == "reverse");
        self.words().file_weight = i32::try_from(weight.value)
            .ok()
            .map(|weight| (weight, reverse));
    }

    /// `sh-port` and its kin: only after the scheduler that they are flags of.
    pub(crate) fn flag_of(
        &mut self,
        scheduler: Scheduler,
        keyword: &str,
        span: Span,
        report: &mut Report,
    ) -> bool {
        if self.scheduler == Some(scheduler) {
            return true;
        }
        let message = format!(
            "`{keyword}` is a flag of the scheduler {0} and comes after `lb_algo {0}`; it is ignored",
            scheduler.name()
        );
        report.general("flag-without-scheduler", span, message);
        false
    }

    /// `sh-port`, `sh-fallback`, `mh-port`, `mh-fallback`, `hashed`
    pub(crate) fn named_flag(&mut self, report: &mut Report, statement: &Statement<'_>) {
        let (keyword, span) = (statement.keyword(), statement.keyword_span());
        let scheduler = if keyword.starts_with("mh") {
            Scheduler::Mh
        } else {
            Scheduler::Sh
        };
        if keyword == "hashed" && self.scheduler == Some(Scheduler::Mh) {
            return;
        }
        if self.flag_of(scheduler, keyword, span, report) {
            match keyword.rsplit_once('-') {
                Some((_, "port")) => self.flags.second = true,
                Some((_, "fallback")) => self.flags.first = true,
                _ => {}
            }
        }
    }
}

/// Bytes of hexadecimal digits, over any number of words; with `wild` an `x` stands for any digit.
/// Each byte comes with the bits that count.
fn hex(
    words: &[Word<'_>],
    wild: bool,
    statement: &Statement<'_>,
    report: &mut Report,
) -> Option<Vec<(u8, u8)>> {
    let digit = |byte: u8| match byte {
        b'x' | b'X' if wild => Some((0, 0)),
        byte => {
            let value = char::from(byte).to_digit(16)?;
            Some((u8::try_from(value).ok()?, 0xf))
        }
    };
    let text: Vec<u8> = words.iter().flat_map(|word| word.text.bytes()).collect();
    let pairs = text.chunks(2).map(|pair| match pair {
        [high, low] => {
            let ((high, high_bits), (low, low_bits)) = (digit(*high)?, digit(*low)?);
            Some((high << 4 | low, high_bits << 4 | low_bits))
        }
        _ => None,
    });
    let bytes: Option<Vec<_>> = pairs.collect();
    if bytes.is_none() {
        let span = words.first().map_or(statement.span, |word| word.span);
        let message = format!(
            "`{}` takes pairs of hexadecimal digits; the line is ignored",
            statement.keyword()
        );
        report.general("value-out-of-range", span, message);
    }
    bytes
}
