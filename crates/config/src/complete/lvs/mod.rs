//! Load balancing: defaults, what is inherited, and what does not go together.

mod checks;
mod global;
mod groups;
mod ports;
mod servers;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::complete::Scene;
use crate::interpret::lvs::draft::{KeyDraft, ServiceDraft};
use crate::interpret::report::Report;
use crate::interpret::statement::Order;
use crate::model::Instance;
use crate::model::Weight;
use crate::model::lvs::{Lvs, VirtualServerGroup};

/// What the steps for each virtual server need to know.
struct Context<'a> {
    /// Groups by name.
    groups: BTreeMap<&'a str, &'a VirtualServerGroup>,
    /// `track_file` blocks: when they were read, and their weight.
    files: BTreeMap<&'a str, (Order, i32, bool)>,
    /// `bfd_instance` blocks: when they were read.
    sessions: BTreeMap<&'a str, Order>,
    /// Mails of real servers that say nothing.
    mails_of_servers: bool,
    /// Mails of virtual servers that say nothing.
    mails_of_services: bool,
    /// `checker_log_all_failures`
    log_all_failures: bool,
}

/// Makes the part of the configuration about load balancing.
pub(super) fn complete(scene: &Scene<'_>, instances: &[Instance], report: &mut Report) -> Lvs {
    let draft = scene.draft;
    let groups = groups::complete(&draft.server_groups, report);
    let mut context = Context::new(scene);
    context.groups = groups
        .iter()
        .map(|group| (group.name.as_str(), group))
        .collect();
    let mut known: BTreeMap<&KeyDraft, &ServiceDraft> = BTreeMap::new();
    let mut servers = Vec::with_capacity(draft.virtual_servers.len());
    for server in &draft.virtual_servers {
        let Some(key) = &server.key else { continue };
        let completed = servers::complete(server, key, &context, report);
        let protocol = |server: &ServiceDraft| server.protocol.map(|protocol| protocol.value);
        match known.entry(key) {
            Entry::Occupied(first) if protocol(first.get()) == protocol(server) => {
                repeated(server, first.get(), report);
                continue;
            }
            Entry::Occupied(mut other) => drop(other.insert(server)),
            Entry::Vacant(free) => drop(free.insert(server)),
        }
        servers.extend(completed);
    }
    Lvs {
        global: global::complete(scene, instances, report),
        ssl: draft.ssl.clone(),
        groups,
        servers,
    }
}

impl<'a> Context<'a> {
    fn new(scene: &'a Scene<'_>) -> Self {
        let global = &scene.draft.global;
        let mails = global.lvs.smtp_alert.or(global.smtp_alert);
        let mut files = BTreeMap::new();
        let mut sessions = BTreeMap::new();
        for file in &scene.files {
            let Weight { value, reverse } = file.what.weight;
            let known = (file.order, i32::from(value), reverse);
            files.entry(file.what.name.as_str()).or_insert(known);
        }
        for tree in &scene.draft.recorded {
            if tree.keyword == "bfd_instance" {
                sessions.entry(tree.name()).or_insert(tree.order);
            }
        }
        Self {
            groups: BTreeMap::new(),
            files,
            sessions,
            mails_of_servers: mails.unwrap_or(true),
            mails_of_services: mails.unwrap_or(false),
            log_all_failures: global.lvs.log_all_failures,
        }
    }
}

fn repeated(server: &ServiceDraft, first: &ServiceDraft, report: &mut Report) {
    let message = format!(
        "`virtual_server {}` is defined already; this second block is left out",
        server.name
    );
    let problem = report.hint("repeated-server", server.span, message);
    problem.labels.push((first.span, "defined here".to_owned()));
}
