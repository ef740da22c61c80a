//! Records as text for people: one line each.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::sync::Arc;

use vipd_engine::Event;
use vipd_engine::event::Detail;
use vipd_engine::notify::{Notification, Teller};

use crate::frame::Advert;
use crate::node::Node;
use crate::record::{Record, What, span_in_words};
use crate::scenario::words;
use crate::world::World;

/// How much is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Telling {
    /// What changes: states, addresses, announcements, what was done, who is told, what people
    /// should know.
    Changes,
    /// That, and each advert that is sent.
    Adverts,
    /// Everything: each packet, each input, each report.
    Everything,
}

/// The story of a world so far, and how it stands now.
pub fn tell(world: &World, telling: Telling) -> String {
    let mut story = Story {
        nodes: world.nodes(),
        tellers: tellers(world.nodes()),
        telling,
        text: String::new(),
        announced: None,
    };
    for record in world.records() {
        story.add(record);
    }
    story.flush();
    story.text.push_str(&standing(world));
    story.text
}

/// How everything stands: each virtual router, each VIP.
pub fn standing(world: &World) -> String {
    let mut text = String::from("in the end\n");
    for members in &world.routers().members {
        let Some(&(first, index)) = members.first() else {
            continue;
        };
        let instance = &world.nodes()[first].config.instances[index];
        let states: Vec<String> = members
            .iter()
            .map(|&(node, index)| member_in_words(&world.nodes()[node], index))
            .collect();
        let _ = writeln!(text, "  {}: {}", instance.name, states.join(", "));
        for (nic, address) in world.nodes()[first].addresses_of(index) {
            let holders: Vec<&str> = world
                .nodes()
                .iter()
                .filter(|node| node.has_address(address))
                .map(|node| node.name.as_str())
                .collect();
            let segment = world.nodes()[first]
                .nics
                .get(nic)
                .map_or("", |nic| &nic.segment);
            let announcer = world.last_announcement(segment, address);
            let announcer = announcer.map_or("nobody", |(node, _)| &world.nodes()[node].name);
            let holders = if holders.is_empty() {
                "nobody".to_owned()
            } else {
                holders.join(" and ")
            };
            let _ = writeln!(
                text,
                "  {address}: on {holders}, announced last by {announcer}"
            );
        }
    }
    text
}

fn member_in_words(node: &Node, instance: usize) -> String {
    let standing = node.standings[instance];
    if node.runs() {
        format!("{} {} {}", node.name, standing.state, standing.priority)
    } else {
        format!("{} off", node.name)
    }
}

/// Announcements of one moment, told as one line for each address.
struct Announcements {
    first: Record,
    counts: Vec<(String, IpAddr, u32)>,
}

struct Story<'a> {
    nodes: &'a [Node],
    tellers: Vec<Teller>,
    telling: Telling,
    text: String,
    announced: Option<Announcements>,
}

impl Story<'_> {
    fn add(&mut self, record: &Record) {
        if let What::Announced { nic, address } = &record.what {
            return self.count(record, nic, *address);
        }
        if let Some(text) = in_words(self.nodes, record, self.telling) {
            self.flush();
            self.line(record, &text);
        }
        self.tell(record);
    }

    /// Whom the daemon would tell about an event: scripts, FIFOs, mail.
    fn tell(&mut self, record: &Record) {
        for notification in told(&self.tellers, record) {
            self.flush();
            self.line(record, &notification_in_words(&notification));
        }
    }

    fn count(&mut self, record: &Record, nic: &str, address: IpAddr) {
        let same =
            |open: &Announcements| (open.first.at, open.first.node) == (record.at, record.node);
        if !self.announced.as_ref().is_some_and(same) {
            self.flush();
        }
        let open = self.announced.get_or_insert_with(|| Announcements {
            first: record.clone(),
            counts: Vec::new(),
        });
        match open
            .counts
            .iter_mut()
            .find(|(n, a, _)| n == nic && *a == address)
        {
            Some((_, _, count)) => *count += 1,
            None => open.counts.push((nic.to_owned(), address, 1)),
        }
    }

    fn flush(&mut self) {
        if let Some(open) = self.announced.take() {
            for (nic, address, count) in open.counts {
                let times = if count == 1 {
                    String::new()
                } else {
                    format!(" {count} times")
                };
                self.line(&open.first, &format!("announces {address} on {nic}{times}"));
            }
        }
    }

    fn line(&mut self, record: &Record, text: &str) {
        let name = record.node.map_or("*", |node| &self.nodes[node].name);
        let (seconds, nanos) = (record.at.0 / 1_000_000_000, record.at.0 % 1_000_000_000);
        let time = match self.telling {
            Telling::Changes | Telling::Adverts => format!("{seconds:>4}.{:03}", nanos / 1_000_000),
            Telling::Everything => format!("{seconds:>4}.{:06}", nanos / 1000),
        };
        let _ = writeln!(self.text, "{time}  {name:<4} {text}");
    }
}

/// A record in words; none when it is not to be told.
#[expect(clippy::wildcard_enum_match_arm, reason = "the rest is for `detail`")]
fn in_words(nodes: &[Node], record: &Record, telling: Telling) -> Option<String> {
    let instance = |index: &usize| {
        let node = record.node.map(|node| &nodes[node]);
        node.map_or("", |node| &node.config.instances[*index].name)
    };
    let text = match &record.what {
        What::Action(action) => format!("** {}", words::action(nodes, action)),
        What::Started(false) => "starts".to_owned(),
        What::Started(true) => "starts again from its snapshots".to_owned(),
        What::Killed => "is killed".to_owned(),
        What::Stopped => "has stopped".to_owned(),
        What::Paused => "stands still".to_owned(),
        What::Resumed => "goes on".to_owned(),
        What::State {
            instance: index,
            from,
            to,
            priority,
        } => {
            format!("{}: {from} -> {to}, priority {priority}", instance(index))
        }
        What::Priority { from: 0, .. } | What::Announced { .. } => return None,
        What::Priority {
            instance: index,
            from,
            to,
        } => {
            format!("{}: priority {from} -> {to}", instance(index))
        }
        What::AddressAdded { nic, address } => format!("+ {address} on {nic}"),
        What::AddressRemoved { nic, address } => format!("- {address} on {nic}"),
        What::Sent {
            to,
            advert,
            left: true,
        } if advert.priority == 0 => {
            format!("sends priority 0 for VRID {} to {to}", advert.vrid)
        }
        What::Report(event) if is_told(event) => event.to_string(),
        What::Sent {
            to,
            advert,
            left: true,
        } if telling == Telling::Adverts => {
            format!("sends {} to {to}", advert_in_words(advert))
        }
        What::BadPacket(message) => format!("!! bad packet: {message}"),
        What::Violation { invariant, message } => format!("!! {invariant}: {message}"),
        what if telling == Telling::Everything => return detail(nodes, what),
        _ => return None,
    };
    Some(text)
}

/// The scripts that would be run, the lines for FIFOs and the mails because of a record.
pub fn told(tellers: &[Teller], record: &Record) -> Vec<Notification> {
    match (record.node, &record.what) {
        (Some(node), What::Report(event)) => tellers[node].notifications(event),
        _ => Vec::new(),
    }
}

/// Who knows for each node whom its daemon would tell what.
pub fn tellers(nodes: &[Node]) -> Vec<Teller> {
    let configs = nodes.iter().map(|node| Arc::new(node.config.clone()));
    configs.map(Teller::new).collect()
}

/// One notification.
fn notification_in_words(notification: &Notification) -> String {
    match notification {
        Notification::Script(script) => format!("runs {}", script.argv.join(" ")),
        Notification::Fifo(line) => format!("writes {} to the FIFOs", line.trim_end()),
        Notification::Mail(mail) => format!("mails \"{}\"", mail.subject),
    }
}

/// What only those want to know who want to know everything.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the rest is told by `in_words`"
)]
fn detail(nodes: &[Node], what: &What) -> Option<String> {
    let text = match what {
        What::Sent { to, left, advert } => {
            let how = if *left { "" } else { " (interface down)" };
            format!("  sends {} to {to}{how}", advert_in_words(advert))
        }
        What::Heard { from, advert, .. } => {
            format!(
                "  hears {} of {}",
                advert_in_words(advert),
                nodes[*from].name
            )
        }
        What::Lost { to, advert } => {
            format!(
                "  is not heard by {}: {}",
                nodes[*to].name,
                advert_in_words(advert)
            )
        }
        What::Script { script, well } => {
            format!("  {script} {}", if *well { "succeeds" } else { "fails" })
        }
        What::Handled { input, effects } => format!("  handled {input:?}, {effects} effects"),
        What::Report(event) => format!("  ({event})"),
        _ => return None,
    };
    Some(text)
}

/// Events that are no records of their own, and that a log would show.
fn is_told(event: &Event) -> bool {
    !matches!(
        event,
        Event::StateChanged { .. } | Event::PriorityChanged { .. }
    ) && event.detail() == Detail::Always
}

fn advert_in_words(advert: &Advert) -> String {
    format!(
        "v{} VRID {} priority {} every {}",
        advert.version,
        advert.vrid,
        advert.priority,
        span_in_words(advert.interval)
    )
}
