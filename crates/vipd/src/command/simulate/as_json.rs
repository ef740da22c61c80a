//! A story for programs: an array of events.

use serde_json::{Value, json};
use vipd_engine::Event;
use vipd_engine::notify::Notification;
use vipd_sim::journal;
use vipd_sim::proof::Assumptions;
use vipd_sim::scenario::words;
use vipd_sim::{Record, What, World};

use crate::command::pair;

/// The whole story. Times are seconds from the beginning.
pub(super) fn story(world: &World, names: &[String], given: &Assumptions, adverts: bool) -> Value {
    let tellers = journal::tellers(world.nodes());
    let events: Vec<Value> = world
        .records()
        .iter()
        .flat_map(|record| {
            let told = journal::told(&tellers, record).into_iter().map(notified);
            let what = happened(world, record, adverts).into_iter().chain(told);
            what.map(|mut event| {
                event["at"] = seconds(record.at.0);
                event["node"] = json!(record.node.map(|node| &names[node]));
                event
            })
            .collect::<Vec<Value>>()
        })
        .collect();
    json!({
        "nodes": names,
        "given": pair::as_json::given(names, given),
        "events": events,
        "end": { "at": seconds(world.now().0), "instances": end(world) },
    })
}

fn seconds(nanos: u64) -> Value {
    json!(std::time::Duration::from_nanos(nanos).as_secs_f64())
}

/// How every instance stands at last.
fn end(world: &World) -> Vec<Value> {
    let nodes = world.nodes().iter();
    nodes
        .flat_map(|node| {
            let instances = node.config.instances.iter().zip(&node.standings);
            instances.map(|(instance, standing)| {
                json!({
                    "node": node.name,
                    "instance": instance.name,
                    "state": node.runs().then(|| standing.state.to_string()),
                    "priority": node.runs().then_some(standing.priority),
                })
            })
        })
        .collect()
}

/// A record as an event; none when it is about the inside of the simulator.
fn happened(world: &World, record: &Record, adverts: bool) -> Option<Value> {
    let instance = |index: &usize| {
        let node = record.node.map(|node| &world.nodes()[node]);
        node.map_or("", |node| &node.config.instances[*index].name)
    };
    Some(match &record.what {
        What::Action(action) => {
            json!({ "event": "action", "action": words::action(world.nodes(), action) })
        }
        What::Started(again) => json!({ "event": "started", "from_snapshot": again }),
        What::Killed => json!({ "event": "killed" }),
        What::Stopped => json!({ "event": "stopped" }),
        What::Paused => json!({ "event": "paused" }),
        What::Resumed => json!({ "event": "resumed" }),
        What::State {
            instance: index,
            from,
            to,
            priority,
        } => json!({
            "event": "state", "instance": instance(index), "from": from.to_string(),
            "to": to.to_string(), "priority": priority,
        }),
        What::Priority {
            instance: index,
            from,
            to,
        } => json!({
            "event": "priority", "instance": instance(index), "from": from, "to": to,
        }),
        What::AddressAdded { nic, address } => {
            json!({ "event": "address-added", "interface": nic, "address": address })
        }
        What::AddressRemoved { nic, address } => {
            json!({ "event": "address-removed", "interface": nic, "address": address })
        }
        What::Announced { nic, address } => {
            json!({ "event": "announced", "interface": nic, "address": address })
        }
        What::Sent { to, left, advert } if adverts || advert.priority == 0 => json!({
            "event": "advert", "virtual_router_id": advert.vrid, "priority": advert.priority,
            "to": to, "left": left,
        }),
        What::Report(event) => return logged(event),
        What::Violation { invariant, message } => {
            json!({ "event": "violation", "invariant": invariant, "message": message })
        }
        What::Sent { .. }
        | What::Handled { .. }
        | What::Heard { .. }
        | What::Lost { .. }
        | What::BadPacket(_)
        | What::Script { .. } => return None,
    })
}

/// What the log would say, where no other record does.
fn logged(event: &Event) -> Option<Value> {
    let shown = event.detail() == vipd_engine::event::Detail::Always
        && !matches!(
            event,
            Event::StateChanged { .. } | Event::PriorityChanged { .. }
        );
    shown.then(|| json!({ "event": "log", "message": event.to_string() }))
}

/// Whom the daemon would tell.
fn notified(notification: Notification) -> Value {
    match notification {
        Notification::Script(script) => json!({ "event": "script", "command": script.argv }),
        Notification::Fifo(line) => json!({ "event": "fifo", "line": line.trim_end() }),
        Notification::Mail(mail) => json!({ "event": "mail", "subject": mail.subject }),
    }
}
