//! How late adverts are while hundreds of addresses are announced.

use std::cell::Cell;
use std::fmt::Write as _;
use std::time::Duration;

use vipd_lab::{Frame, Lab, Result};

use crate::report::{Spread, Table};
use crate::stage::{MAKES, Make, PATIENCE, Stage, stop};
use crate::takeover::is_advert;

/// Addresses of the one instance; an advert has room for 255.
const ADDRESSES: usize = 500;
const IN_ADVERTS: usize = 20;

/// Longer than until the second set of announcements, five seconds after the first.
const WINDOW: Duration = Duration::from_secs(8);

/// The longest time between two adverts of a new master beyond the interval, in hundredths of the
/// interval.
pub(crate) fn measure(lab: &Lab, runs: usize) -> Result<Table> {
    let mut table = Table::default();
    for interval in [1.0, 0.1] {
        let mut series: [Vec<f64>; 2] = Default::default();
        for _ in 0..runs {
            for (make, series) in MAKES.into_iter().zip(&mut series) {
                series.push(play(lab, make, interval)?);
            }
        }
        let [vipd, keepalived] = series.map(Spread::of);
        let what = format!("advert_int {interval}, {ADDRESSES} addresses");
        table.row(what, vipd, keepalived);
    }
    Ok(table)
}

fn play(lab: &Lab, make: Make, interval: f64) -> Result<f64> {
    let stage = Stage::new(lab, make, 1)?;
    let [node, _] = &stage.nodes;
    let capture = stage.client.capture("eth0")?;
    let daemon = node.start(&configuration(interval))?;
    let adverts = (WINDOW.as_secs_f64() / interval).ceil();
    let seen = Cell::new(0.0);
    let enough = |frame: &Frame| {
        seen.set(seen.get() + f64::from(u8::from(is_advert(frame))));
        seen.get() > adverts
    };
    capture.await_frame(enough, PATIENCE)?;
    let frames = capture.frames();
    stop(daemon)?;
    let sent = frames.iter().filter(|frame| is_advert(frame));
    let times: Vec<Duration> = sent.map(|frame| frame.at).collect();
    let gaps = times.windows(2).map(|pair| pair[1].saturating_sub(pair[0]));
    let longest = gaps.max().unwrap_or_default().as_secs_f64();
    Ok((longest / interval - 1.0).max(0.0) * 100.0)
}

fn configuration(interval: f64) -> String {
    let mut text = format!(
        "vrrp_instance A {{\n interface eth0\n version 3\n virtual_router_id 1\n priority 200\n \
         advert_int {interval}\n virtual_ipaddress {{\n"
    );
    for index in 0..ADDRESSES {
        if index == IN_ADVERTS {
            text.push_str(" }\n virtual_ipaddress_excluded {\n");
        }
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  10.1.{}.{}/32", 100 + index / 250, 1 + index % 250);
    }
    text.push_str(" }\n}\n");
    text
}
