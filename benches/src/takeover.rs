//! (c) How long the takeover of many instances takes: from the first advert of priority 0, which
//! includes the skew time that the protocol prescribes, and from the first advert of the new master.

use std::collections::BTreeMap;
use std::time::Duration;

use vipd_lab::{Capture, Frame, Lab, Result};

use crate::report::{Spread, Table};
use crate::stage::{MAKES, Make, PATIENCE, Stage, instances, segments, stop};

/// When what began, and when the last address was announced.
struct Times {
    /// First advert of priority 0.
    resigned: Duration,
    /// First advert of the new master.
    claimed: Duration,
    /// Last address announced for the first time.
    done: Duration,
}

/// Takeover of many instances at once, in milliseconds.
pub(crate) fn measure(lab: &Lab, runs: usize, sizes: &[usize]) -> Result<Table> {
    let mut table = Table::default();
    for size in sizes {
        // By row, then by make.
        let mut series: [[Vec<f64>; 2]; 2] = Default::default();
        for _ in 0..runs {
            for (column, make) in MAKES.into_iter().enumerate() {
                let times = play(lab, make, *size)?;
                for (row, start) in [times.resigned, times.claimed].into_iter().enumerate() {
                    let span = times.done.saturating_sub(start);
                    series[row][column].push(span.as_secs_f64() * 1e3);
                }
            }
        }
        let from = ["the first priority 0", "the new master's first advert"];
        for (from, series) in from.into_iter().zip(series) {
            let [vipd, keepalived] = series.map(Spread::of);
            table.row(format!("{size} instances, from {from}"), vipd, keepalived);
        }
    }
    Ok(table)
}

fn play(lab: &Lab, make: Make, size: usize) -> Result<Times> {
    let stage = Stage::new(lab, make, segments(size))?;
    let [a, b] = &stage.nodes;
    let daemon = a.start(&instances(size, 254, ""))?;
    let _backup = b.start(&instances(size, 253, ""))?;
    a.await_vips(size)?;
    // The second set of announcements must be over.
    std::thread::sleep(Duration::from_secs(7));
    let captures = (0..segments(size))
        .map(|segment| stage.client.capture(&format!("eth{segment}")))
        .collect::<Result<Vec<_>>>()?;
    stop(daemon)?;
    b.await_vips(size)?;
    for (segment, capture) in captures.iter().enumerate() {
        let before = segment * crate::stage::PER_SEGMENT;
        await_announced(capture, (size - before).min(crate::stage::PER_SEGMENT))?;
    }
    let frames: Vec<_> = captures.iter().flat_map(Capture::frames).collect();
    Ok(times(&frames))
}

/// Waits until so many different addresses have been announced.
fn await_announced(capture: &Capture, wanted: usize) -> Result<()> {
    let seen = std::cell::RefCell::new(std::collections::BTreeSet::new());
    let all = |frame: &Frame| {
        let mut seen = seen.borrow_mut();
        seen.extend(announced(frame));
        seen.len() >= wanted
    };
    capture.await_frame(all, PATIENCE).map(drop)
}

/// Reads the times from what a client heard.
fn times(frames: &[Frame]) -> Times {
    let first = |priority: u8, since: Duration| {
        let adverts = frames
            .iter()
            .filter(|frame| is_advert(frame) && frame.at >= since);
        let wanted = adverts.filter(|frame| frame.bytes.get(36) == Some(&priority));
        wanted.map(|frame| frame.at).min().unwrap_or_default()
    };
    let resigned = first(0, Duration::ZERO);
    let mut announcements: BTreeMap<[u8; 4], Duration> = BTreeMap::new();
    for frame in frames.iter().filter(|frame| frame.at >= resigned) {
        if let Some(address) = announced(frame) {
            let at = announcements.entry(address).or_insert(frame.at);
            *at = frame.at.min(*at);
        }
    }
    Times {
        resigned,
        claimed: first(253, resigned),
        done: announcements.values().max().copied().unwrap_or_default(),
    }
}

/// Whether a frame is an advert.
pub(crate) fn is_advert(frame: &Frame) -> bool {
    frame.bytes.get(12..14) == Some(&[8, 0]) && frame.bytes.get(23) == Some(&112)
}

/// The address that a gratuitous ARP announces.
fn announced(frame: &Frame) -> Option<[u8; 4]> {
    let bytes = &frame.bytes;
    let gratuitous = bytes.get(12..14)? == [8, 6] && bytes.get(28..32)? == bytes.get(38..42)?;
    gratuitous.then(|| bytes.get(28..32)?.try_into().ok())?
}
