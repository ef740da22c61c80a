//! What a successor of the VRRP process needs, kept small.

use std::collections::BTreeMap;

use vipd_engine::vrrp::Snapshot;

/// The last snapshot of each instance, encoded: thousands of them wait for an accident that
/// hardly ever comes.
#[derive(Debug, Default)]
pub(super) struct Snapshots {
    by_instance: BTreeMap<Box<str>, Box<[u8]>>,
}

impl Snapshots {
    /// Keeps one in place of the instance's last; says so when it cannot be kept.
    pub(super) fn keep(&mut self, snapshot: &Snapshot) -> Result<(), postcard::Error> {
        let bytes = postcard::to_allocvec(snapshot)?;
        self.by_instance
            .insert(snapshot.instance.as_str().into(), bytes.into());
        Ok(())
    }

    /// Moves all of them together: those that came in a storm lie between what it left behind.
    pub(super) fn gather(&mut self) {
        let list = std::mem::take(&mut self.by_instance);
        let moved = list
            .iter()
            .map(|(name, bytes)| (name.clone(), bytes.clone()));
        self.by_instance = moved.collect();
    }

    /// Forgets instances that `is_known` does not know.
    pub(super) fn retain(&mut self, is_known: impl Fn(&str) -> bool) {
        self.by_instance.retain(|name, _| is_known(name));
    }

    /// Whether there is nothing to carry on from.
    pub(super) fn is_empty(&self) -> bool {
        self.by_instance.is_empty()
    }

    /// All of them. What was encoded here can be read here.
    pub(super) fn all(&self) -> Vec<Snapshot> {
        self.by_instance
            .values()
            .filter_map(|bytes| postcard::from_bytes(bytes).ok())
            .collect()
    }
}
