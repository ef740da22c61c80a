//! How long a failover takes at worst.

use std::time::Duration;

use crate::complete::Scene;
use crate::interpret::draft::InstanceDraft;
use crate::interpret::report::Report;
use crate::model::{Instance, TrackScript, Version};

/// What takes longer than this is worth a word.
const LONG: Duration = Duration::from_secs(10);

/// Looks at one instance.
pub(super) fn advise(
    draft: &InstanceDraft,
    instance: &Instance,
    scripts: &[TrackScript],
    scene: &Scene<'_>,
    report: &mut Report,
) {
    let takeover = takeover(instance);
    if takeover > LONG {
        let span = draft.advert_int.map_or(draft.name.span, |word| word.span);
        let message = format!(
            "when this node dies, it takes up to {} until another one is master of `{}`: {} intervals of {}, and up to one more",
            seconds(takeover),
            instance.name,
            instance.down_timer_adverts,
            seconds(instance.advert_interval)
        );
        report.hint("slow-failover", span, message).help =
            Some("a shorter `advert_int` on all nodes makes it faster".to_owned());
    }
    for tracked in &instance.track_scripts {
        let mut known = scripts.iter();
        let Some(script) = known.find(|script| script.name == tracked.name) else {
            continue;
        };
        let noticed = notice(script);
        // Without weight the node leaves at once, and says so.
        let moves = if tracked.weight.value == 0 {
            instance.advert_interval
        } else {
            takeover
        };
        let total = noticed + moves;
        if noticed <= LONG && total <= LONG {
            continue;
        }
        let mut blocks = scene.draft.scripts.iter();
        let block = blocks.find(|block| block.name.value == script.name);
        let span = block.map_or(draft.name.span, |block| block.name.span);
        if report.has("slow-failover", span) {
            continue;
        }
        let message = format!(
            "when what `vrrp_script {}` checks fails, it takes up to {} until another node is master: {} until the check says so ({} of {} in a row, and a time limit of {})",
            script.name,
            seconds(total),
            seconds(noticed),
            if script.fall == 1 {
                "1 run".to_owned()
            } else {
                format!("{} runs", script.fall)
            },
            seconds(script.interval),
            seconds(script.timeout),
        );
        report.hint("slow-failover", span, message).help = Some(
            "a shorter `interval` and `timeout`, or a smaller `fall`, makes it faster".to_owned(),
        );
    }
}

/// From the last advert of a dead master to the next master: RFC 9568, master down interval.
fn takeover(instance: &Instance) -> Duration {
    let step = match instance.version {
        Version::V2 => Duration::from_secs(1),
        Version::V3 => instance.advert_interval,
    };
    let skew = step * (256 - u32::from(instance.priority)) / 256;
    instance.advert_interval * u32::from(instance.down_timer_adverts) + skew
}

/// From a failure just after a good run to the end of the last run that hangs.
fn notice(script: &TrackScript) -> Duration {
    script
        .interval
        .saturating_mul(script.fall)
        .saturating_add(script.timeout)
}

fn seconds(time: Duration) -> String {
    let tenths = (time.as_millis() + 50) / 100;
    match tenths % 10 {
        0 => format!("{} s", tenths / 10),
        tenth => format!("{}.{tenth} s", tenths / 10),
    }
}
