//! Words of `global_defs` about load balancing with a form of their own.

use crate::interpret::draft::{Draft, FifoDraft, GlobalDraft};
use crate::interpret::report::Report;
use crate::interpret::statement::{At, Statement};
use crate::interpret::value;
use crate::line::Word;
use crate::model::lvs::{FlushOnStop, SyncDaemon, Timeouts};
use crate::tables::int;

/// What `global_defs` says of load balancing.
#[derive(Debug, Default)]
pub(crate) struct LvsGlobalDraft {
    /// What needs no second thought.
    pub(crate) global: crate::model::lvs::LvsGlobal,
    /// `lvs_notify_fifo`
    pub(crate) fifo: FifoDraft,
    /// `lvs_sync_daemon`, and whether it names an id.
    pub(crate) sync: Option<At<(SyncDaemon, bool)>>,
    /// `smtp_alert_checker`
    pub(crate) smtp_alert: Option<bool>,
    /// `checker_log_all_failures`
    pub(crate) log_all_failures: bool,
    /// `nftables_ipvs`
    pub(crate) nftables: Option<String>,
    /// `nftables_ipvs_priority`
    pub(crate) nftables_priority: Option<i32>,
    /// `nftables_ipvs_start_fwmark`
    pub(crate) nftables_start: Option<u32>,
}

/// `lvs_timeouts tcp N tcpfin N udp N`
pub(crate) fn timeouts(global: &mut GlobalDraft, report: &mut Report, statement: &Statement<'_>) {
    let form = int(0..=2_678_400);
    let found = &mut global.lvs.global.timeouts;
    let mut words = statement.values().iter();
    while let Some(word) = words.next() {
        let slot: fn(&mut Timeouts) -> &mut Option<u32> = match word.text {
            "tcp" => |found| &mut found.tcp_s,
            "tcpfin" => |found| &mut found.tcp_fin_s,
            "udp" => |found| &mut found.udp_s,
            _ => {
                unknown(word, statement, report);
                continue;
            }
        };
        let Some(value) = words.next() else { return };
        if let Some(value) = value::int(value, word.text, &form, "", report) {
            *slot(found) = u32::try_from(value.value).ok().filter(|value| *value > 0);
        }
    }
}

fn unknown(word: &Word<'_>, statement: &Statement<'_>, report: &mut Report) {
    let message = format!(
        "`{}` means nothing to `{}`; it is ignored",
        word.text,
        statement.keyword()
    );
    report.general("unknown-choice", word.span, message);
}

/// `lvs_flush_on_stop [VS]`
pub(crate) fn flush_on_stop(
    global: &mut GlobalDraft,
    report: &mut Report,
    statement: &Statement<'_>,
) {
    global.lvs.global.flush_on_stop = match statement.value() {
        None => Some(FlushOnStop::Table),
        Some(word) if word.text == "VS" => Some(FlushOnStop::Services),
        Some(word) => return unknown(word, statement, report),
    };
}

/// `nftables_ipvs [TABLE]`
pub(crate) fn nftables(global: &mut GlobalDraft, _: &mut Report, statement: &Statement<'_>) {
    let name = statement
        .value()
        .map_or("keepalived_ipvs", |word| word.text);
    global.lvs.nftables = Some(name.to_owned());
}

/// `checker_cpu_affinity CPU ...`
pub(crate) fn cpu_affinity(
    global: &mut GlobalDraft,
    report: &mut Report,
    statement: &Statement<'_>,
) {
    let form = int(0..=4095);
    for word in statement.values() {
        let cpu = value::int(word, statement.keyword(), &form, "", report);
        let cpu = cpu.and_then(|cpu| u16::try_from(cpu.value).ok());
        global.lvs.global.process.cpu_affinity.extend(cpu);
    }
}

/// `lvs_sync_daemon IF [inst VRRP] [id N] [maxlen N] [port N] [ttl N] [group ADDR]`, or as it once
/// was: `IF VRRP [ID]`.
pub(crate) fn sync_daemon(
    global: &mut GlobalDraft,
    report: &mut Report,
    statement: &Statement<'_>,
) {
    crate::interpret::global::sync_daemon(global, report, statement);
    let Some(interface) = statement.value() else {
        return;
    };
    if let Some(first) = &global.lvs.sync {
        let first = first.span;
        let message = "`lvs_sync_daemon` is given a second time; the first one holds";
        let problem = report.general("repeated-keyword", interface.span, message);
        problem.labels.push((first, "first given here".to_owned()));
        return;
    }
    let mut daemon = SyncDaemon {
        interface: interface.text.to_owned(),
        instance: None,
        id: 0,
        max_len_bytes: None,
        port: None,
        ttl: None,
        group: None,
    };
    let has_id = sync_words(&mut daemon, statement, report);
    global.lvs.sync = Some(At::new((daemon, has_id), statement.keyword_span()));
}

/// The words after the interface. Returns whether there is an id.
fn sync_words(daemon: &mut SyncDaemon, statement: &Statement<'_>, report: &mut Report) -> bool {
    const WORDS: [&str; 6] = ["inst", "id", "maxlen", "port", "ttl", "group"];
    let rest = statement.words.get(2..).unwrap_or_default();
    let mut words = rest.iter();
    let mut has_id = false;
    let number = |word: Option<&Word<'_>>, name: &str, most: i64, report: &mut Report| {
        let least = i64::from(name != "id");
        let value = value::int(word?, name, &int(least..=most), "", report)?;
        u16::try_from(value.value).ok()
    };
    let byte = |value: u16| u8::try_from(value).unwrap_or(u8::MAX);
    if let Some(name) = rest.first().filter(|word| !WORDS.contains(&word.text)) {
        daemon.instance = Some(name.text.to_owned());
        words.next();
        if let Some(id) = rest.get(1).filter(|word| !WORDS.contains(&word.text)) {
            words.next();
            let id = number(Some(id), "id", 255, report);
            has_id = id.is_some();
            daemon.id = id.map_or(0, byte);
        }
    }
    while let Some(word) = words.next() {
        match word.text {
            "inst" => daemon.instance = words.next().map(|word| word.text.to_owned()),
            "id" => {
                let id = number(words.next(), "id", 255, report);
                has_id = id.is_some();
                daemon.id = id.map_or(0, byte);
            }
            "maxlen" => daemon.max_len_bytes = number(words.next(), "maxlen", 65_507, report),
            "port" => daemon.port = number(words.next(), "port", 65_535, report),
            "ttl" => daemon.ttl = number(words.next(), "ttl", 255, report).map(byte),
            "group" => {
                let group = words.next();
                daemon.group = group
                    .and_then(|word| value::address(word, "group", report))
                    .map(|group| group.value);
            }
            _ => unknown(word, statement, report),
        }
    }
    has_id
}

impl Draft {
    /// `net_namespace_ipvs [NAME]`
    pub(crate) fn net_namespace_ipvs(&mut self, _: &mut Report, statement: &Statement<'_>) {
        let name = statement.value().map(|word| word.text.to_owned());
        self.net_namespace_ipvs = Some(name.unwrap_or_default());
    }
}
