//! Notify commands that work against the checks, or need something more to end in the right state.

use crate::complete::Scene;
use crate::complete::advice::text::Text;
use crate::interpret::draft::{NotifyDraft, TrackingDraft};
use crate::interpret::report::Report;
use crate::interpret::statement::At;
use crate::model::Command;

/// Programs that talk to the provider of the machine.
const CLOUD: [&str; 14] = [
    "aws",
    "gcloud",
    "az",
    "hcloud",
    "openstack",
    "doctl",
    "oci",
    "aliyun",
    "tccli",
    "ovhcloud",
    "linode-cli",
    "vultr-cli",
    "scw",
    "ibmcloud",
];

/// Parts of names of scripts that talk to the provider.
const CLOUD_NAMES: [&str; 10] = [
    "aws",
    "azure",
    "gcp",
    "hetzner",
    "hcloud",
    "ovh",
    "floating",
    "elastic",
    "eip",
    "failover-ip",
];

/// Phrases that make a database the one that writes.
const PROMOTIONS: [&str; 9] = [
    "slaveof no one",
    "replicaof no one",
    "stop slave",
    "stop replica",
    "reset slave",
    "pg_ctl promote",
    "standby promote",
    "drbdadm primary",
    "cluster promote",
];

/// Parts of words that say the same.
const PROMOTION_WORDS: [&str; 5] = [
    "promote",
    "read_only=0",
    "read_only=off",
    "pg_promote",
    "switchover",
];

/// Looks at the notify commands of all instances and groups.
pub(super) fn advise(scene: &Scene<'_>, report: &mut Report) {
    let draft = scene.draft;
    for instance in &draft.instances {
        one(&instance.notify, &instance.tracking, scene, report);
    }
    for group in &draft.groups {
        one(&group.notify, &group.tracking, scene, report);
    }
}

fn one(notify: &NotifyDraft, tracking: &TrackingDraft, scene: &Scene<'_>, report: &mut Report) {
    for (keyword, command) in [
        ("notify_backup", &notify.backup),
        ("notify_fault", &notify.fault),
        ("notify", &notify.any),
    ] {
        if let Some(command) = command {
            stops_what_is_checked(keyword, command, tracking, scene, report);
        }
    }
    for (keyword, command) in [("notify_master", &notify.master), ("notify", &notify.any)] {
        let Some(command) = command else { continue };
        let text = Text::of(&command.value, scene.host);
        if notify.master_rx_lower_pri.is_none() {
            cloud(keyword, command, &text, report);
        }
        promotion(keyword, command, &text, report);
    }
}

/// A backup stops what its own check wants to see running.
fn stops_what_is_checked(
    keyword: &str,
    command: &At<Command>,
    tracking: &TrackingDraft,
    scene: &Scene<'_>,
    report: &mut Report,
) {
    let text = Text::of(&command.value, scene.host);
    for service in text.stopped() {
        let scripts = tracking.scripts.iter().filter_map(|tracked| {
            let mut known = scene.draft.scripts.iter();
            known.find(|script| script.name.value == tracked.name.value)
        });
        let mut checks = scripts.filter_map(|script| {
            let check = script.script.as_ref()?;
            let looks = Text::of(&check.value, scene.host).contains(&service.to_lowercase());
            looks.then_some((&script.name.value, check.span))
        });
        let Some((name, place)) = checks.next() else {
            continue;
        };
        let message = format!(
            "`{keyword}` stops `{service}`, which `vrrp_script {name}` checks: a backup is never healthy, and cannot take over"
        );
        let problem = report.hint("notify-stops-checked", command.span, message);
        problem.labels.push((place, "checked here".to_owned()));
        problem.help = Some(
            "leave the service running on all nodes, or check something that a backup has too"
                .to_owned(),
        );
        return;
    }
}

/// The address is moved at the provider when this node becomes master, and at no other time.
fn cloud(keyword: &str, command: &At<Command>, text: &Text, report: &mut Report) {
    let by_program = text.programs().any(|program| CLOUD.contains(&program))
        || text
            .programs()
            .any(|program| ["curl", "wget"].contains(&program))
            && text.contains("http");
    let name = command.value.argv.first().map_or("", String::as_str);
    let name = name.rsplit('/').next().unwrap_or(name).to_lowercase();
    let by_name = CLOUD_NAMES.iter().any(|part| name.contains(part));
    if !(by_program || by_name) {
        return;
    }
    let message = format!(
        "`{keyword}` tells the provider of the network where the address is: after both nodes were master for a moment it stays with the loser, since the winner never changed its state"
    );
    report.hint("cloud-without-lower-priority", command.span, message).help = Some(
        "add `notify_master_rx_lower_pri` with the same command: the winner then tells the provider again".to_owned(),
    );
}

/// Data that only one node may write.
fn promotion(keyword: &str, command: &At<Command>, text: &Text, report: &mut Report) {
    let found = PROMOTIONS.iter().any(|phrase| text.says(phrase))
        || PROMOTION_WORDS.iter().any(|word| text.contains(word));
    if !found {
        return;
    }
    let message = format!(
        "`{keyword}` makes this node the one that writes data: when two nodes do not hear each other both do, and their data part ways"
    );
    report.hint("promotes-data", command.span, message).help = Some(
        "make sure that the other node is off first (fencing), or that a majority of three agrees; VRRP alone is for services without data of their own".to_owned(),
    );
}
