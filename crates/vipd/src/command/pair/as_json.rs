//! The flip proof for programs.

use std::time::Duration;

use serde_json::{Value, json};
use vipd_sim::proof::{Assumptions, Change, Course, Kind, Outcome, Proof, Thing, Trial, Trouble};

use super::words;

/// The whole proof. Times are seconds.
pub(super) fn proof(proof: &Proof) -> Value {
    let names = |nodes: &[usize]| -> Vec<&str> {
        nodes
            .iter()
            .map(|&node| proof.nodes[node].as_str())
            .collect()
    };
    let calms = proof.calms.iter().map(|calm| {
        let routers = proof.routers.iter().zip(&calm.courses).zip(&calm.troubles);
        let routers: Vec<Value> = routers
            .map(|((router, course), trouble)| {
                json!({
                    "instance": router.name,
                    "masters": names(&course.masters),
                    "after": seconds(course.since),
                    "trouble": trouble.map(trouble_name),
                })
            })
            .collect();
        json!({
            "after_recovery_of": calm.reached_by.map(|index| thing(proof, &proof.things[index])),
            "instances": routers,
            "faults": calm.faults.iter().map(|(node, instance, fault)| json!({
                "node": proof.nodes[*node],
                "instance_index": instance,
                "fault": fault.to_string(),
            })).collect::<Vec<_>>(),
        })
    });
    let trials =
        |trials: &[Trial]| -> Vec<Value> { trials.iter().map(|one| trial(proof, one)).collect() };
    json!({
        "holds": proof.holds(),
        "nodes": proof.nodes,
        "instances": proof.routers.iter().map(|router| json!({
            "name": router.name,
            "virtual_router_id": router.vrid,
            "nodes": router.members.iter().map(|(node, _)| proof.nodes[*node].as_str()).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "well": calms.collect::<Vec<_>>(),
        "failures": trials(&proof.singles),
        "pairs_of_failures": if proof.pairs_left_out { Value::Null } else { trials(&proof.pairs).into() },
        "given": given(&proof.nodes, &proof.assumptions),
    })
}

fn thing(proof: &Proof, thing: &Thing) -> Value {
    let node = &proof.nodes[thing.node];
    match &thing.kind {
        Kind::Node => json!({"node": node, "kind": "node"}),
        Kind::Daemon => json!({"node": node, "kind": "daemon"}),
        Kind::Interface(name) => json!({"node": node, "kind": "interface", "name": name}),
        Kind::Port { name, number } => {
            json!({"node": node, "kind": "port", "name": name, "port": number})
        }
        Kind::Process(name) => json!({"node": node, "kind": "process", "name": name}),
        Kind::File { name, number } => {
            json!({"node": node, "kind": "file", "name": name, "number": number})
        }
        Kind::Check { target, scripts } => json!({
            "node": node, "kind": "check", "name": words::checked(target, scripts), "scripts": scripts,
        }),
        Kind::Link(peer) => json!({"node": node, "kind": "link", "name": proof.nodes[*peer]}),
    }
}

fn trial(proof: &Proof, trial: &Trial) -> Value {
    let things = trial
        .things
        .iter()
        .map(|&index| thing(proof, &proof.things[index]));
    let outcomes = trial.outcomes.iter().map(|one| outcome(proof, trial, one));
    json!({
        "well": trial.calm,
        "fails": things.collect::<Vec<_>>(),
        "outcomes": outcomes.collect::<Vec<_>>(),
    })
}

fn outcome(proof: &Proof, trial: &Trial, outcome: &Outcome) -> Value {
    let members = outcome.members.iter().map(|member| {
        json!({
            "node": proof.nodes[member.node],
            "base_priority": member.base,
            "priority_well": member.well,
            "priority_failed": member.failed.map(|(priority, _)| priority),
            "can_be_master": member.failed.is_some_and(|(_, is_fit)| is_fit),
        })
    });
    let before = outcome
        .before
        .iter()
        .map(|&node| proof.nodes[node].as_str());
    json!({
        "instance": proof.routers[outcome.router].name,
        "before": before.collect::<Vec<_>>(),
        "failed": course(proof, &outcome.failed),
        "recovered": course(proof, &outcome.healed),
        "members": members.collect::<Vec<_>>(),
        "arithmetic": words::arithmetic(proof, outcome),
        "trouble": outcome.trouble.map(trouble_name),
        "sentence": outcome.trouble.map(|trouble| words::trouble(proof, trial, outcome, trouble)),
        "changes": outcome.remedies.iter().map(|remedy| change(proof, &remedy.change, remedy.after)).collect::<Vec<_>>(),
    })
}

fn course(proof: &Proof, course: &Course) -> Value {
    let masters = course
        .masters
        .iter()
        .map(|&node| proof.nodes[node].as_str());
    json!({
        "masters": masters.collect::<Vec<_>>(),
        "after": seconds(course.since),
        "nobody_for": course.nobody.as_secs_f64(),
        "several_for": course.several.as_secs_f64(),
    })
}

fn change(proof: &Proof, change: &Change, after: Duration) -> Value {
    let names = |nodes: &[usize]| -> Vec<&str> {
        nodes
            .iter()
            .map(|&node| proof.nodes[node].as_str())
            .collect()
    };
    match change {
        Change::Weight {
            nodes,
            tracked,
            from,
            to,
        } => json!({
            "change": "weight", "nodes": names(nodes), "tracked": tracked, "from": from, "to": to,
            "moves_after": after.as_secs_f64(),
        }),
        Change::Priority { node, from, to, .. } => json!({
            "change": "priority", "nodes": names(&[*node]), "from": from, "to": to,
            "moves_after": after.as_secs_f64(),
        }),
        Change::NoWeight { node, tracked } => json!({
            "change": "no-weight", "nodes": names(&[*node]), "tracked": tracked,
            "moves_after": after.as_secs_f64(),
        }),
    }
}

fn seconds(span: Option<Duration>) -> Option<f64> {
    span.map(|span| span.as_secs_f64())
}

fn trouble_name(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::NoEffect => "no-effect",
        Trouble::OnlyTogether => "only-together",
        Trouble::Nobody => "nobody",
        Trouble::Several => "several",
        Trouble::Restless => "restless",
    }
}

/// What was taken for granted.
pub(in crate::command) fn given(nodes: &[String], given: &Assumptions) -> Value {
    let node = |node: &usize| nodes[*node].as_str();
    json!({
        "scripts_succeed": given.scripts.iter().map(|(n, script)| json!({"node": node(n), "script": script})).collect::<Vec<_>>(),
        "addresses": given.addresses.iter().map(|(n, nic, address)| json!({
            "node": node(n), "interface": nic, "address": address,
        })).collect::<Vec<_>>(),
        "segments": given.plugged.iter().map(|(n, nic, segment)| json!({
            "node": node(n), "interface": nic, "segment": segment,
        })).collect::<Vec<_>>(),
        "files": given.files.iter().map(|(n, file, number)| json!({
            "node": node(n), "file": file, "number": number,
        })).collect::<Vec<_>>(),
    })
}
