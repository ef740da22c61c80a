//! A scenario file: what it shows, the configuration of each node, the timeline.
//!
//! ```text
//! The standby takes over when the master dies.
//!
//! --- nodes a b
//! vrrp_instance VI_1 {
//!     interface eth0
//!     virtual_router_id 51
//!     @a priority 150
//!     @b priority 100
//!     virtual_ipaddress { 192.0.2.100/24 }
//! }
//! --- timeline
//! at 10s: crash a
//! until 30s
//! ```
//!
//! A section `--- nodes NAME…` is a `keepalived.conf` for these nodes; lines that begin with
//! `@NAME` are for that one only, as keepalived has it. Text before the first section is for
//! readers.

use vipd_config::files::MemoryFiles;
use vipd_config::load::{Host, load};
use vipd_config::model::Config;
use vipd_config::reader::Environment;

use crate::invariant;
use crate::machine::{self, Machine};
use crate::scenario::timeline::{self, Mistake, Timeline};
use crate::world::{Settings, World};

/// A scenario, read.
#[derive(Clone, Debug)]
pub struct Case {
    /// Text before the first section.
    pub about: String,
    /// The machines.
    pub machines: Vec<Machine>,
    /// What happens to them.
    pub timeline: Timeline,
}

/// A section: its head, the line it begins on, its text.
struct Section<'a> {
    head: &'a str,
    line: usize,
    text: String,
}

/// Reads a scenario file.
pub fn parse(text: &str) -> Result<Case, Vec<Mistake>> {
    let (about, sections) = split(text);
    let mut configs = Vec::new();
    let mut last = None;
    for section in &sections {
        match section.head.split_whitespace().collect::<Vec<_>>()[..] {
            ["nodes", ref names @ ..] if !names.is_empty() => {
                for name in names {
                    let config =
                        configure(name, &section.text).map_err(|found| within(section, &found))?;
                    configs.push(((*name).to_owned(), config));
                }
            }
            ["timeline"] => last = Some(section),
            _ => {
                let message = format!("`{}`: expected `nodes NAME…` or `timeline`", section.head);
                return Err(vec![Mistake {
                    line: section.line,
                    message,
                }]);
            }
        }
    }
    let machines = machine::machines(configs);
    let timeline = match last {
        Some(section) => timeline::parse(&section.text, &machines).map_err(|mistakes| {
            let shifted = mistakes.into_iter();
            shifted
                .map(|m| Mistake {
                    line: m.line + section.line,
                    ..m
                })
                .collect::<Vec<_>>()
        })?,
        None => Timeline::default(),
    };
    Ok(Case {
        about,
        machines,
        timeline,
    })
}

fn split(text: &str) -> (String, Vec<Section<'_>>) {
    let mut about = String::new();
    let mut sections: Vec<Section<'_>> = Vec::new();
    for (line, content) in (1..).zip(text.lines()) {
        if let Some(head) = content.strip_prefix("--- ") {
            sections.push(Section {
                head: head.trim(),
                line,
                text: String::new(),
            });
            continue;
        }
        let part = sections
            .last_mut()
            .map_or(&mut about, |section| &mut section.text);
        part.push_str(content);
        part.push('\n');
    }
    (about, sections)
}

fn within(section: &Section<'_>, found: &[(usize, String)]) -> Vec<Mistake> {
    let shift = |(line, message): &(usize, String)| Mistake {
        line: line + section.line,
        message: message.clone(),
    };
    found.iter().map(shift).collect()
}

/// The configuration of a node; else what refuses it, with lines.
fn configure(name: &str, text: &str) -> Result<Config, Vec<(usize, String)>> {
    let files = MemoryFiles::single("keepalived.conf", text);
    let environment = Environment {
        config_id: name.to_owned(),
        ..Environment::default()
    };
    let loaded = load(
        &files,
        "keepalived.conf",
        &environment,
        &Host::unknown(name),
    );
    if loaded.starts().is_ok() {
        return Ok(loaded.config);
    }
    let told = loaded.diagnostics.iter().map(|found| {
        let line = found
            .span
            .map_or(0, |span| usize::try_from(span.line).unwrap_or(0));
        (line, format!("{name}: {}", found.message))
    });
    Err(told.collect())
}

impl Case {
    /// Plays it, with every invariant watched but those that need calm at the end.
    pub fn run(self) -> World {
        let end = self.timeline.end();
        let mut world = World::new(self.machines, Settings::default(), invariant::all());
        for (at, action) in self.timeline.actions {
            world.plan(at, action);
        }
        world.run_until(end);
        world
    }
}
