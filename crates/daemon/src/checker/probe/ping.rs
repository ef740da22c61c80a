//! `PING_CHECK`: an echo request and its answer.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU16, Ordering};

use tokio::time::timeout;
use vipd_config::model::lvs::Connection;
use vipd_linux::probe_socket::Kind;

use super::{Failed, socket};

/// Bytes of the header of an echo message.
const HEADER_BYTES: usize = 8;

/// What is sent along, as `ping` does it.
const PAYLOAD_BYTES: usize = 56;

/// Types of echo requests and answers in ICMP and `ICMPv6`.
const fn types(to: IpAddr) -> (u8, u8) {
    match to {
        IpAddr::V4(_) => (8, 0),
        IpAddr::V6(_) => (128, 129),
    }
}

/// Asks once.
pub(super) async fn look(connection: &Connection) -> Result<(), Failed> {
    static NEXT: AtomicU16 = AtomicU16::new(1);
    let sequence = NEXT.fetch_add(1, Ordering::Relaxed);
    let (request, _) = types(connection.to.ip());
    // The kernel fills in identifier and checksum.
    let mut packet = vec![request, 0, 0, 0, 0, 0];
    packet.extend(sequence.to_be_bytes());
    packet.resize(HEADER_BYTES + PAYLOAD_BYTES, 0x55);
    let socket = socket::datagrams(Kind::Ping, connection).await?;
    let answer = async {
        socket
            .send(&packet)
            .await
            .map_err(|error| format!("send echo request: {error}"))?;
        let mut buffer = [0; HEADER_BYTES + PAYLOAD_BYTES];
        loop {
            let length = socket
                .recv(&mut buffer)
                .await
                .map_err(|error| format!("receive echo reply: {error}"))?;
            if is_answer(connection.to.ip(), sequence, &buffer[..length]) {
                return Ok(());
            }
        }
    };
    match timeout(connection.timeout, answer).await {
        Ok(verdict) => verdict,
        Err(_) => Err("no echo reply".into()),
    }
}

/// Whether this is the answer to the request of that number. The kernel has seen to it that it
/// belongs to the socket.
pub fn is_answer(from: IpAddr, sequence: u16, packet: &[u8]) -> bool {
    let (_, reply) = types(from);
    packet.first() == Some(&reply)
        && packet.get(6..HEADER_BYTES) == Some(sequence.to_be_bytes().as_slice())
}
