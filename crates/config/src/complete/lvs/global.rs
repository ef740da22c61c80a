//! Words of `global_defs` about load balancing.

use crate::complete::Scene;
use crate::complete::global::fifo;
use crate::interpret::report::Report;
use crate::model::Instance;
use crate::model::lvs::{LvsGlobal, NftablesIpvs};

/// Fills in what other lines decide.
pub(super) fn complete(
    scene: &Scene<'_>,
    instances: &[Instance],
    report: &mut Report,
) -> LvsGlobal {
    let draft = &scene.draft.global.lvs;
    let mut global = draft.global.clone();
    global.notify_fifo = fifo(&draft.fifo, "lvs_notify_fifo", report);
    global
        .net_namespace
        .clone_from(&scene.draft.net_namespace_ipvs);
    global.nftables = draft.nftables.as_ref().map(|table| NftablesIpvs {
        table: table.clone(),
        priority: draft.nftables_priority.unwrap_or(-1),
        start_mark: draft.nftables_start.unwrap_or(1000),
    });
    global.sync_daemon = draft.sync.as_ref().map(|sync| {
        let (mut daemon, has_id) = sync.value.clone();
        if let Some(name) = &daemon.instance {
            let found = instances.iter().find(|instance| instance.name == *name);
            match found {
                Some(instance) if !has_id => daemon.id = instance.vrid,
                Some(_) => {}
                None => {
                    let message = format!(
                        "there is no `vrrp_instance {name}` for the sync daemon to follow; it stays backup"
                    );
                    report.hint("unknown-instance", sync.span, message);
                }
            }
        }
        daemon
    });
    global
}
