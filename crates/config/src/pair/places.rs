//! Where the values of a configuration stand in its files.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::interpret::draft::{Draft, InstanceDraft, TrackingDraft};
use crate::interpret::statement::At;
use crate::line::{FileId, Span};

/// The places of what a comparison between nodes points at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Places {
    /// `router_id`
    pub router_id: Option<Span>,
    /// `vrrp_instance` blocks by name.
    pub instances: BTreeMap<String, InstancePlaces>,
    /// `vrrp_sync_group` blocks by name.
    pub groups: BTreeMap<String, GroupPlaces>,
    /// `vrrp_script` blocks by name: the name.
    pub scripts: BTreeMap<String, Span>,
    /// `lvs_sync_daemon`: its words.
    pub sync_daemon: Option<(Vec<String>, Span)>,
}

/// The places of one `vrrp_instance`; the name of the block where a word is not there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstancePlaces {
    /// Its name.
    pub name: Span,
    /// Values by keyword.
    words: Vec<(Cow<'static, str>, Span)>,
    /// `virtual_ipaddress` and `virtual_ipaddress_excluded`
    addresses: Vec<(IpAddr, Span)>,
    /// `unicast_peer`
    peers: Vec<(IpAddr, Span)>,
    /// What it tracks, by name.
    tracked: BTreeMap<String, Span>,
}

/// The places of one `vrrp_sync_group`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupPlaces {
    /// Its name.
    pub name: Span,
    /// What it tracks, by name.
    pub tracked: BTreeMap<String, Span>,
}

impl InstancePlaces {
    /// The place of a value, by its keyword.
    pub fn word(&self, keyword: &str) -> Span {
        self.given(keyword).unwrap_or(self.name)
    }

    /// The place of a value, when the word is there.
    pub fn given(&self, keyword: &str) -> Option<Span> {
        let mut words = self.words.iter();
        words
            .find(|(word, _)| word == keyword)
            .map(|(_, span)| *span)
    }

    /// The place of an address.
    pub fn address(&self, address: IpAddr) -> Span {
        found(&self.addresses, address).unwrap_or(self.name)
    }

    /// The place of the first address.
    pub fn first_address(&self) -> Span {
        self.addresses.first().map_or(self.name, |(_, span)| *span)
    }

    /// The place of a peer.
    pub fn peer(&self, address: IpAddr) -> Span {
        found(&self.peers, address).unwrap_or_else(|| self.word("unicast_peer"))
    }

    /// The place of the line that tracks something.
    pub fn tracked(&self, name: &str) -> Span {
        self.tracked.get(name).copied().unwrap_or(self.name)
    }
}

fn found(list: &[(IpAddr, Span)], wanted: IpAddr) -> Option<Span> {
    let found = list.iter().find(|(address, _)| *address == wanted);
    found.map(|(_, span)| *span)
}

impl Places {
    /// Takes them from what was read.
    pub(crate) fn of(draft: &Draft) -> Self {
        let instances = draft.instances.iter();
        let groups = draft.groups.iter().map(|group| {
            let places = GroupPlaces {
                name: group.name.span,
                tracked: tracked(&group.tracking),
            };
            (group.name.value.clone(), places)
        });
        let scripts = draft.scripts.iter();
        Self {
            router_id: draft.global.router_id.as_ref().map(|word| word.span),
            instances: instances
                .map(|instance| (instance.name.value.clone(), instance_places(instance)))
                .collect(),
            groups: groups.collect(),
            scripts: scripts
                .map(|script| (script.name.value.clone(), script.name.span))
                .collect(),
            sync_daemon: { draft.global.sync_daemon.as_ref() }
                .map(|daemon| (daemon.value.clone(), daemon.span)),
        }
    }

    /// The same in a collection of files where these come after `before` others.
    #[must_use]
    pub fn after(mut self, before: u32) -> Self {
        let shift = |span: &mut Span| span.file = FileId(span.file.0 + before);
        self.router_id.iter_mut().for_each(shift);
        self.scripts.values_mut().for_each(shift);
        self.sync_daemon
            .iter_mut()
            .for_each(|(_, span)| shift(span));
        for instance in self.instances.values_mut() {
            shift(&mut instance.name);
            instance.words.iter_mut().for_each(|(_, span)| shift(span));
            instance.tracked.values_mut().for_each(shift);
            let addresses = instance.addresses.iter_mut().chain(&mut instance.peers);
            addresses.for_each(|(_, span)| shift(span));
        }
        for group in self.groups.values_mut() {
            shift(&mut group.name);
            group.tracked.values_mut().for_each(shift);
        }
        self
    }
}

fn tracked(draft: &TrackingDraft) -> BTreeMap<String, Span> {
    let lines = draft.interfaces.iter().chain(&draft.scripts);
    let lines = lines
        .chain(&draft.files)
        .chain(&draft.processes)
        .chain(&draft.bfds);
    let ports = draft.ports.iter().map(|line| &line.name);
    lines
        .map(|line| &line.name)
        .chain(ports)
        .map(|name| (name.value.clone(), name.span))
        .collect()
}

fn instance_places(draft: &InstanceDraft) -> InstancePlaces {
    let words = [
        ("interface", span(draft.interface.as_ref())),
        ("virtual_router_id", span(draft.vrid.as_ref())),
        ("version", span(draft.version.as_ref())),
        ("state", span(draft.state.as_ref())),
        ("priority", span(draft.priority.as_ref())),
        ("advert_int", span(draft.advert_int.as_ref())),
        ("nopreempt", draft.nopreempt),
        ("preempt_delay", span(draft.preempt_delay.as_ref())),
        ("auth_type", span(draft.auth_type.as_ref())),
        ("auth_pass", span(draft.auth_pass.as_ref())),
        ("auth_hmac", draft.hmac.as_ref().map(|block| block.span)),
        (
            "active_key",
            draft
                .hmac
                .as_ref()
                .and_then(|block| span(block.active_key.as_ref())),
        ),
        (
            "mode",
            draft
                .hmac
                .as_ref()
                .and_then(|block| span(block.mode.as_ref())),
        ),
        ("source", span(draft.source.as_ref())),
        ("mcast_dst_ip", span(draft.group.as_ref())),
        ("unicast_peer", span(draft.peers.as_ref())),
    ];
    let words = words.into_iter();
    let addresses = draft.addresses.iter().chain(&draft.excluded);
    let peers = draft.peers.iter().flat_map(|peers| &peers.value);
    InstancePlaces {
        name: draft.name.span,
        words: words
            .filter_map(|(word, span)| Some((Cow::Borrowed(word), span?)))
            .collect(),
        addresses: addresses.map(|at| (at.value.address, at.span)).collect(),
        peers: peers.map(|at| (at.value.address, at.span)).collect(),
        tracked: tracked(&draft.tracking),
    }
}

fn span<T>(word: Option<&At<T>>) -> Option<Span> {
    word.map(|word| word.span)
}
