//! (c) From the first advert of priority 0 to the last address announced by the new master.

use std::collections::BTreeMap;
use std::time::Duration;

use vipd_lab::{Capture, Frame, Lab, Result};

use crate::report::{Spread, Table};
use crate::stage::{MAKES, Make, PATIENCE, Stage, instances, segments, stop};

/// Takeover of many instances at once, in milliseconds.
pub(crate) fn measure(lab: &Lab, runs: usize, sizes: &[usize]) -> Result<Table> {
    let mut table = Table::default();
    for size in sizes {
        let mut series = [Vec::new(), Vec::new()];
        for _ in 0..runs {
            for (make, series) in MAKES.into_iter().zip(&mut series) {
                series.push(play(lab, make, *size)?.as_secs_f64() * 1e3);
            }
        }
        let [vipd, keepalived] = series.map(Spread::of);
        table.row(format!("{size} instances"), vipd, keepalived);
    }
    Ok(table)
}

fn play(lab: &Lab, make: Make, size: usize) -> Result<Duration> {
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
        let wanted = (size - segment * crate::stage::PER_SEGMENT).min(crate::stage::PER_SEGMENT);
        await_announced(capture, wanted)?;
    }
    Ok(span(
        &captures
            .iter()
            .flat_map(Capture::frames)
            .collect::<Vec<_>>(),
    ))
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

/// From the first advert of priority 0 to the last first announcement.
fn span(frames: &[Frame]) -> Duration {
    let resigns = |frame: &&Frame| is_advert(frame) && frame.bytes.get(36) == Some(&0);
    let start = frames
        .iter()
        .filter(resigns)
        .map(|frame| frame.at)
        .min()
        .unwrap_or_default();
    let mut first: BTreeMap<[u8; 4], Duration> = BTreeMap::new();
    for frame in frames.iter().filter(|frame| frame.at >= start) {
        if let Some(address) = announced(frame) {
            let at = first.entry(address).or_insert(frame.at);
            *at = frame.at.min(*at);
        }
    }
    let end = first.values().max().copied().unwrap_or_default();
    end.saturating_sub(start)
}

fn is_advert(frame: &Frame) -> bool {
    frame.bytes.get(12..14) == Some(&[8, 0]) && frame.bytes.get(23) == Some(&112)
}

/// The address that a gratuitous ARP announces.
fn announced(frame: &Frame) -> Option<[u8; 4]> {
    let bytes = &frame.bytes;
    let gratuitous = bytes.get(12..14)? == [8, 6] && bytes.get(28..32)? == bytes.get(38..42)?;
    gratuitous.then(|| bytes.get(28..32)?.try_into().ok())?
}
