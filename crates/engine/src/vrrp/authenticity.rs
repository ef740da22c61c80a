//! The receive checks of authentication by header (AH-2 to AH-6) and of signatures (`auth_hmac`).

use vipd_config::model::{HmacMode, Transport};

use super::receive::{Findings, Packet, Receiver};
use super::rejection::Rejection;
use crate::wire::{ah, hmac};

impl Receiver<'_> {
    /// Whether a signature follows the message, right or wrong.
    pub(super) fn is_signed(&self, packet: &Packet<'_>) -> bool {
        let length = self.wanted_bytes(packet) + hmac::TRAILER_BYTES;
        self.settings.hmac.is_some() && packet.message.len() == length
    }

    /// `auth_hmac`: a known key, a listed peer, the code, the time, the order.
    pub(super) fn check_signature(
        &mut self,
        packet: &Packet<'_>,
        findings: &mut Findings,
    ) -> Result<(), Rejection> {
        let Some(rules) = &self.settings.hmac else {
            return Ok(());
        };
        if !self.is_signed(packet) {
            return match rules.mode {
                HmacMode::Enforce => Err(Rejection::Unsigned),
                HmacMode::Permissive | HmacMode::ReceiveOnly => Ok(()),
            };
        }
        let (message, bytes) = packet.message.split_at(self.wanted_bytes(packet));
        let trailer = hmac::Trailer::parse(bytes).ok_or(Rejection::Signature)?;
        let secret = rules.keys.get(&trailer.key);
        let secret = secret.ok_or(Rejection::SignatureKey(trailer.key))?;
        if let Transport::Unicast { peers, .. } = &self.settings.transport
            && !peers.iter().any(|peer| peer.address == packet.source)
        {
            return Err(Rejection::NotPeer(packet.source));
        }
        if !hmac::is_right(&secret.0, packet.source, message, bytes) {
            return Err(Rejection::Signature);
        }
        let skew = self
            .signing
            .accept(packet.source, trailer.stamp, self.wall, rules)?;
        let skewed = skew.map(|seconds| Rejection::SignatureSkewed { seconds });
        findings.reasons.extend(skewed);
        Ok(())
    }

    /// V2-13, AH-2 to AH-6, AH-8. The number counts only when all else is right.
    pub(super) fn check_ah(
        &mut self,
        key: [u8; ah::KEY_BYTES],
        packet: &Packet<'_>,
    ) -> Result<(), Rejection> {
        let (Some(ip), Some(header)) = (packet.ip, packet.ah) else {
            return Err(Rejection::Digest);
        };
        if header.spi != ip.source {
            return Err(Rejection::Spi {
                found: header.spi,
                wanted: ip.source,
            });
        }
        // What Ethernet padded is not covered.
        let covered = ip.header_bytes + ah::HEADER_BYTES + self.wanted_bytes(packet);
        let covered = packet.whole.get(..covered).unwrap_or(packet.whole);
        let icv = ah::icv(key, self.settings.is_unicast(), covered, ip.header_bytes);
        if !icv.is_some_and(|icv| ah::same(&icv, &header.icv)) {
            return Err(Rejection::Digest);
        }
        let (number, last) = (header.sequence, self.sequence.last());
        if self.sequence.accept(number) {
            Ok(())
        } else {
            Err(Rejection::Replayed { number, last })
        }
    }
}
