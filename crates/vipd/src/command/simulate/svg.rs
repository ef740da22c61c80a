//! A story as a picture: one lane for each node and instance, coloured by state. The file stands
//! by itself and can be pasted anywhere.

use std::fmt::Write as _;

use vipd_engine::Instant;
use vipd_engine::event::State;
use vipd_sim::lanes::{Lane, lanes};
use vipd_sim::scenario::words;
use vipd_sim::{What, World};

/// Width of the names on the left.
const LEFT: f64 = 170.0;
/// Width of the time.
const WIDTH: f64 = 900.0;
/// Height of a lane, and what it takes with the gap below.
const LANE: (f64, f64) = (26.0, 34.0);
/// Height of a line of text above the lanes.
const LINE: f64 = 15.0;
/// Fonts and colours of everything but the states.
const STYLE: &str = "text{font:12px sans-serif;fill:#222}.small{font-size:10px;fill:#555}\
.state{font-size:10px;fill:#fff}.action{stroke:#b00020;stroke-dasharray:3 3}.axis{stroke:#ccc}\
.grid{stroke:#eee}.garp{fill:#222}.advert{stroke:#222;stroke-opacity:.5}";

/// Where things are.
struct Scale {
    end: Instant,
    /// Top of the first lane.
    top: f64,
    /// Bottom of the last lane.
    bottom: f64,
}

impl Scale {
    fn x(&self, at: Instant) -> f64 {
        LEFT + WIDTH * seconds(at) / seconds(self.end).max(1e-9)
    }

    fn lane(&self, index: usize) -> f64 {
        self.top + LANE.1 * f64::from(u32::try_from(index).unwrap_or(u32::MAX))
    }
}

fn seconds(at: Instant) -> f64 {
    at.since(Instant::default()).as_secs_f64()
}

/// The picture; with `adverts` each advert is a tick.
pub(super) fn draw(world: &World, adverts: bool) -> String {
    let lanes = lanes(world);
    let actions = actions(world);
    let count = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    let top = 40.0 + LINE * count(actions.len());
    let scale = Scale {
        end: world.now(),
        top,
        bottom: top + LANE.1 * count(lanes.len()),
    };
    let (width, height) = (LEFT + WIDTH + 30.0, scale.bottom + 60.0);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">\n\
         <style>{STYLE}</style>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    axis(&scale, &mut svg);
    for (index, (at, text)) in actions.iter().enumerate() {
        action(&scale, index, *at, text, &mut svg);
    }
    for (index, lane) in lanes.iter().enumerate() {
        draw_lane(world, &scale, index, lane, &mut svg);
        marks(world, &scale, index, lane, adverts, &mut svg);
    }
    legend(&scale, adverts, &mut svg);
    svg + "</svg>\n"
}

/// What the story does, but for the start of everything.
fn actions(world: &World) -> Vec<(Instant, String)> {
    let mut actions = Vec::new();
    for record in world.records().iter().filter(|r| r.at > Instant::default()) {
        if let What::Action(action) = &record.what {
            actions.push((record.at, words::action(world.nodes(), action)));
        }
    }
    actions
}

fn colour(state: Option<State>) -> (&'static str, &'static str) {
    match state {
        Some(State::Master) => ("#2e7d32", "MASTER"),
        Some(State::Backup) => ("#5c85ad", "BACKUP"),
        Some(State::Fault) => ("#c62828", "FAULT"),
        Some(State::Init) => ("#9e9e9e", "INIT"),
        None => ("#eeeeee", "off"),
    }
}

/// Lines at whole numbers of seconds, about ten of them.
fn axis(scale: &Scale, svg: &mut String) {
    let seconds = scale.end.0 / 1_000_000_000;
    let steps = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600];
    let step = steps
        .into_iter()
        .find(|step| seconds / step <= 12)
        .unwrap_or(36_000);
    for second in (0..=seconds).step_by(usize::try_from(step).unwrap_or(usize::MAX)) {
        let x = scale.x(Instant(second * 1_000_000_000));
        let (top, bottom) = (scale.top - 4.0, scale.bottom);
        let _ = writeln!(
            svg,
            "<line class=\"grid\" x1=\"{x:.1}\" y1=\"{top}\" x2=\"{x:.1}\" y2=\"{bottom}\"/>"
        );
        let y = scale.bottom + 14.0;
        let _ = writeln!(
            svg,
            "<text class=\"small\" x=\"{x:.1}\" y=\"{y}\" text-anchor=\"middle\">{second} s</text>"
        );
    }
}

fn action(scale: &Scale, index: usize, at: Instant, text: &str, svg: &mut String) {
    let x = scale.x(at);
    let y = 30.0 + LINE * f64::from(u32::try_from(index).unwrap_or(u32::MAX));
    let bottom = scale.bottom;
    let _ = writeln!(
        svg,
        "<line class=\"action\" x1=\"{x:.1}\" y1=\"{y}\" x2=\"{x:.1}\" y2=\"{bottom}\"/>"
    );
    // Near the right edge the text stands on the other side of its line.
    let (anchor, shift) = if x > LEFT + WIDTH * 0.75 {
        ("end", -4.0)
    } else {
        ("start", 4.0)
    };
    let (when, text) = (seconds(at), escaped(text));
    let x = x + shift;
    let _ = writeln!(
        svg,
        "<text class=\"small\" x=\"{x:.1}\" y=\"{y}\" text-anchor=\"{anchor}\">{when} s: {text}</text>"
    );
}

fn draw_lane(world: &World, scale: &Scale, index: usize, lane: &Lane, svg: &mut String) {
    let node = &world.nodes()[lane.node];
    let name = escaped(&format!(
        "{}  {}",
        node.name, node.config.instances[lane.instance].name
    ));
    let y = scale.lane(index);
    let middle = y + LANE.0 / 2.0 + 4.0;
    let _ = writeln!(svg, "<text x=\"10\" y=\"{middle}\">{name}</text>");
    for span in &lane.spans {
        let (from, to) = (scale.x(span.from), scale.x(span.to));
        let (fill, state) = colour(span.state);
        let (width, height) = (to - from, LANE.0);
        let (begin, end) = (seconds(span.from), seconds(span.to));
        let _ = writeln!(
            svg,
            "<rect x=\"{from:.1}\" y=\"{y}\" width=\"{width:.1}\" height=\"{height}\" fill=\"{fill}\"><title>{state} {begin:.3} s to {end:.3} s</title></rect>"
        );
        if width > 60.0 && span.state.is_some() {
            let x = from + 6.0;
            let _ = writeln!(
                svg,
                "<text class=\"state\" x=\"{x:.1}\" y=\"{middle}\">{state} {begin:.1} s</text>"
            );
        }
    }
}

/// Announcements as triangles below a lane, adverts as ticks in it.
fn marks(world: &World, scale: &Scale, index: usize, lane: &Lane, adverts: bool, svg: &mut String) {
    let node = &world.nodes()[lane.node];
    let instance = &node.config.instances[lane.instance];
    let y = scale.lane(index) + LANE.0;
    let mut last = None;
    for record in world.records().iter().filter(|r| r.node == Some(lane.node)) {
        let x = scale.x(record.at);
        #[expect(clippy::wildcard_enum_match_arm, reason = "the rest is not drawn")]
        match &record.what {
            What::Announced { address, .. }
                if node
                    .addresses_of(lane.instance)
                    .any(|(_, own)| own == *address)
                    && last.replace(record.at) != Some(record.at) =>
            {
                let (low, a, b) = (y + 6.0, x - 3.0, x + 3.0);
                let _ = writeln!(
                    svg,
                    "<path class=\"garp\" d=\"M{x:.1} {y}L{a:.1} {low}L{b:.1} {low}Z\"/>"
                );
            }
            What::Sent {
                advert, left: true, ..
            } if adverts && advert.vrid == instance.vrid => {
                let top = y - 6.0;
                let _ = writeln!(
                    svg,
                    "<line class=\"advert\" x1=\"{x:.1}\" y1=\"{top}\" x2=\"{x:.1}\" y2=\"{y}\"/>"
                );
            }
            _ => {}
        }
    }
}

fn legend(scale: &Scale, adverts: bool, svg: &mut String) {
    let y = scale.bottom + 34.0;
    let states = [
        Some(State::Master),
        Some(State::Backup),
        Some(State::Fault),
        Some(State::Init),
        None,
    ];
    let mut x = LEFT;
    for (fill, word) in states.map(colour) {
        let (text, base) = (x + 18.0, y + 10.0);
        let _ = writeln!(
            svg,
            "<rect x=\"{x}\" y=\"{y}\" width=\"12\" height=\"12\" fill=\"{fill}\" stroke=\"#999\"/>"
        );
        let _ = writeln!(
            svg,
            "<text class=\"small\" x=\"{text}\" y=\"{base}\">{word}</text>"
        );
        x += 90.0;
    }
    let base = y + 10.0;
    let more = if adverts {
        ", tick: an advert is sent"
    } else {
        ""
    };
    let _ = writeln!(
        svg,
        "<text class=\"small\" x=\"{x}\" y=\"{base}\">triangle: addresses are announced{more}</text>"
    );
}

/// Text for XML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
