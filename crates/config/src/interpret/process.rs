//! Words about what the VRRP process may take of the machine.

use crate::interpret::draft::{GlobalDraft, ReceivePolicy};
use crate::interpret::report::Report;
use crate::interpret::setter::{byte, count};
use crate::interpret::statement::Statement;
use crate::interpret::value;
use crate::tables::{UINT_MAX, int};

/// Highest number of a processor that is believed.
const PROCESSOR_MAX: i64 = 1023;

/// `max_auto_priority [N]`: -1 and 0 are none, no number is the highest.
pub(crate) fn auto_priority(
    global: &mut GlobalDraft,
    report: &mut Report,
    statement: &Statement<'_>,
) {
    global.auto_priority = match statement.value() {
        None => 99,
        Some(word) => {
            let form = int(-1..=99);
            let Some(most) = value::int(word, statement.keyword(), &form, "0", report) else {
                return;
            };
            byte(most.value.max(0))
        }
    };
}

/// `vrrp_cpu_affinity CPU...`
pub(crate) fn processors(global: &mut GlobalDraft, report: &mut Report, statement: &Statement<'_>) {
    let form = int(0..=PROCESSOR_MAX);
    let numbers = statement.values().iter().filter_map(|word| {
        let number = value::int(word, statement.keyword(), &form, "", report)?;
        u16::try_from(number.value).ok()
    });
    global.global.vrrp_process.processors = numbers.collect();
}

/// `vrrp_rx_bufs_policy MTU|ADVERT|BYTES`
pub(crate) fn receive_policy(
    global: &mut GlobalDraft,
    report: &mut Report,
    statement: &Statement<'_>,
) {
    let Some(word) = statement.value() else {
        return;
    };
    global.receive_policy = if word.text.eq_ignore_ascii_case("MTU") {
        Some(ReceivePolicy::Mtu)
    } else if word.text.eq_ignore_ascii_case("ADVERT") {
        Some(ReceivePolicy::Advert)
    } else {
        let form = int(0..=UINT_MAX);
        let bytes = value::int(word, statement.keyword(), &form, "", report);
        bytes.map(|bytes| ReceivePolicy::Bytes(count(bytes.value)))
    };
}
