//! `UDP_CHECK`: no refusal, or an answer that fits.

use tokio::time::timeout;
use vipd_config::model::lvs::UdpCheck;
use vipd_linux::probe_socket::Kind;

use super::{Failed, socket};

/// What keepalived sends when it is not told what.
const PAYLOAD: &[u8; 32] = b"keepalived check - keepalived ch";

/// Sends the payload once and waits for what is wanted.
pub(super) async fn look(check: &UdpCheck) -> Result<(), Failed> {
    let connection = &check.connection;
    let socket = socket::datagrams(Kind::Datagram, connection).await?;
    let payload = match check.payload.as_slice() {
        [] => PAYLOAD,
        payload => payload,
    };
    let answer = async {
        socket
            .send(payload)
            .await
            .map_err(|error| format!("send: {error}"))?;
        // One byte more shows that an answer is too long.
        let mut buffer = vec![0; usize::from(check.max_reply_bytes) + 1];
        let length = socket
            .recv(&mut buffer)
            .await
            .map_err(|error| format!("receive: {error}"))?;
        judge(check, &buffer[..length])
    };
    match timeout(connection.timeout, answer).await {
        Ok(verdict) => verdict,
        Err(_) if check.requires_reply => Err("no answer".into()),
        Err(_) => Ok(()),
    }
}

/// Whether an answer is what the check wants.
pub fn judge(check: &UdpCheck, answer: &[u8]) -> Result<(), Failed> {
    if !check.requires_reply {
        return Ok(());
    }
    let length = answer.len();
    if length < usize::from(check.min_reply_bytes) || length > usize::from(check.max_reply_bytes) {
        return Err(format!("an answer of {length} bytes or more does not fit"));
    }
    let fits = length >= check.reply.len()
        && check
            .reply
            .iter()
            .zip(answer)
            .all(|((wanted, mask), byte)| (wanted ^ byte) & mask == 0);
    if fits {
        Ok(())
    } else {
        Err("the answer does not fit the pattern".into())
    }
}
