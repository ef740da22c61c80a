//! The end: the table is left as it was found.

use std::sync::Arc;

use vipd_config::model::lvs::{FlushOnStop, RealServer, Timeouts};

use super::service::Server;
use super::telling::Teller;
use super::{Balancer, Life};
use crate::lvs::{Effect, Operation, SyncRole, What};

impl Balancer {
    pub(super) fn stop(&mut self, keep_table: bool, effects: &mut Vec<Effect>) {
        self.life = Life::Stopped;
        for id in self.checks.ids() {
            self.abandon(id, effects);
        }
        let config = Arc::clone(&self.config);
        if !keep_table {
            self.clear_table(effects);
        }
        for (vs, service) in config.lvs.servers.iter().zip(&self.services) {
            let teller = Teller::new(&config, vs);
            // As keepalived: not of one that is down and only inhibited.
            let told =
                |(rs, server): &(&RealServer, &Server)| server.is_alive || !rs.inhibit_on_failure;
            let servers = vs.servers.iter().zip(&service.servers).filter(told);
            // What goes in one sweep is not told one by one.
            let one_by_one = !keep_table && config.lvs.global.flush_on_stop.is_none();
            for (rs, _) in servers.filter(|_| one_by_one) {
                effects.push(Effect::Report(teller.of_server(rs, What::ShuttingDown)));
            }
            if vs.omega {
                teller.shut_down(service, "Shutting down", true, effects);
            }
        }
        if config.lvs.global.timeouts != Timeouts::default() {
            effects.push(Effect::Kernel(Operation::RestoreTimeouts));
        }
        if config.lvs.global.sync_daemon.is_some() {
            Self::stop_sync(effects);
        }
        effects.push(Effect::Stopped);
    }

    fn clear_table(&mut self, effects: &mut Vec<Effect>) {
        if self.mark_table().is_some() {
            effects.push(Effect::Kernel(Operation::Mark(None)));
        }
        if self.config.lvs.global.flush_on_stop == Some(FlushOnStop::Table) {
            effects.push(Effect::Kernel(Operation::Flush));
            self.books.clear();
            return;
        }
        // A service goes with its destinations.
        for id in self.books.services().copied().collect::<Vec<_>>() {
            self.books.remove_service(id, effects);
        }
    }

    /// Stops the sync daemon in whatever role.
    pub(super) fn stop_sync(effects: &mut Vec<Effect>) {
        for role in [SyncRole::Master, SyncRole::Backup] {
            effects.push(Effect::Kernel(Operation::StopSync(role)));
        }
    }
}
