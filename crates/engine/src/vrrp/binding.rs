//! What an instance takes from interfaces: source address, socket, results of tracking.

use vipd_config::model::{Family, ReceiveBuffer, Transport};

use super::fault::Fault;
use super::instance::{Instance, Role, Turn};
use super::settings::Target;
use super::sockets::SocketKey;
use crate::Effect;

impl Instance {
    /// Looks up its interfaces again. [`Instance::review`] draws the conclusions.
    pub(crate) fn rebind(&mut self, turn: &mut Turn<'_>) {
        let link = self.settings.source_interface();
        let link = link.and_then(|name| turn.links.get(name));
        let source = match self.settings.source {
            Some(source) => Some(source),
            None => link.and_then(|link| link.primary(self.settings.family)),
        };
        if source.is_none() && matches!(self.role, Role::Master(_)) {
            // The old address still serves to say goodbye.
            self.fall(&[Fault::NoSource(self.settings.family)], turn);
        }
        if source != self.source {
            self.last_advert.forget();
            self.source = source;
        }
        let key = self.socket_key(turn);
        self.swap_socket(key, turn);
        for (tracked, verdict) in self.settings.trackers.iter().zip(&mut self.verdicts) {
            if let Target::Interface(name) = &tracked.what {
                *verdict = Some(turn.links.is_up(name).into());
            }
        }
    }

    /// The socket it needs; none while there is nothing to bind it to.
    fn socket_key(&self, turn: &Turn<'_>) -> Option<SocketKey> {
        let settings = &self.settings;
        let source = self.source?;
        let interface = match settings.sends_on().or(settings.domain()) {
            Some(name) => Some((name.clone(), turn.links.get(name)?.index?)),
            None => None,
        };
        let (group, source) = match &settings.transport {
            // An IPv4 packet carries its source itself, an IPv6 one gets it from the socket.
            Transport::Multicast { group } => match settings.family {
                Family::V4 => (Some(*group), None),
                Family::V6 => (Some(*group), Some(source)),
            },
            Transport::Unicast { .. } => (None, Some(source)),
        };
        Some(SocketKey {
            interface,
            family: settings.family,
            protocol: settings.protocol(),
            group,
            source,
            hop_limit: match settings.family {
                Family::V4 => 255,
                Family::V6 => settings.hop_limit(),
            },
        })
    }

    /// Receive buffer that it adds to its socket, bytes.
    fn receive_buffer(&self, turn: &Turn<'_>) -> Option<u32> {
        match self.settings.receive_buffer()? {
            ReceiveBuffer::Bytes(bytes) => Some(bytes),
            ReceiveBuffer::Mtus(times) => {
                let link = turn.links.get(self.settings.sends_on()?)?;
                Some(link.mtu_bytes.saturating_mul(times))
            }
        }
    }

    fn swap_socket(&mut self, key: Option<SocketKey>, turn: &mut Turn<'_>) {
        let buffer = self.receive_buffer(turn);
        let new = key.map(|key| turn.sockets.acquire(key, buffer));
        if let Some(old) = self.socket.take() {
            turn.sockets.release(old, self.buffer);
        }
        self.socket = new;
        self.buffer = buffer;
        // Here, so that it stands before the first packet for a new socket.
        if turn.sockets.take_changed() {
            turn.effects.push(Effect::SocketsChanged);
        }
    }
}
