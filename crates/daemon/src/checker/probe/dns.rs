//! `DNS_CHECK`: a query, and an answer that says no error. What it answers does not matter.

use hickory_proto::op::{Message, MessageType, OpCode, Query};
use hickory_proto::rr::{Name, RecordType};
use tokio::time::timeout;
use vipd_config::model::lvs::DnsCheck;
use vipd_linux::probe_socket::Kind;

use super::{Failed, socket};

/// Longest answer that is read, bytes; only its header counts.
const ANSWER_BYTES: usize = 512;

/// Bytes of the header of a message.
const HEADER_BYTES: usize = 12;

/// Asks once. Answers to other questions, and what is no answer, are waited over.
pub(super) async fn look(check: &DnsCheck) -> Result<(), Failed> {
    let (id, question) = query(check)?;
    let connection = &check.connection;
    let socket = socket::datagrams(Kind::Datagram, connection).await?;
    let answer = async {
        socket
            .send(&question)
            .await
            .map_err(|error| format!("send query: {error}"))?;
        let mut buffer = [0; ANSWER_BYTES];
        loop {
            let length = socket
                .recv(&mut buffer)
                .await
                .map_err(|error| format!("receive answer: {error}"))?;
            if let Some(verdict) = judge(id, &buffer[..length]) {
                return verdict;
            }
        }
    };
    match timeout(connection.timeout, answer).await {
        Ok(verdict) => verdict,
        Err(_) => Err("no answer to the query".into()),
    }
}

/// The query with its id.
fn query(check: &DnsCheck) -> Result<(u16, Vec<u8>), Failed> {
    let refused = |error: &dyn std::fmt::Display| format!("no query for {}: {error}", check.name);
    let mut name = if check.name.is_empty() || check.name == "." {
        Name::root()
    } else {
        Name::from_ascii(&check.name).map_err(|error| refused(&error))?
    };
    name.set_fqdn(true);
    let mut message = Message::query();
    message.metadata.op_code = OpCode::Query;
    message.metadata.message_type = MessageType::Query;
    message.metadata.recursion_desired = true;
    let kind = RecordType::from(check.record.number());
    message.add_query(Query::query(name, kind));
    let bytes = message.to_vec().map_err(|error| refused(&error))?;
    Ok((message.metadata.id, bytes))
}

/// What an answer to the query with this id says; none when it is none.
pub fn judge(id: u16, answer: &[u8]) -> Option<Result<(), Failed>> {
    let header = answer.get(..HEADER_BYTES)?;
    let is_response = header[2] & 0x80 != 0;
    if u16::from_be_bytes([header[0], header[1]]) != id || !is_response {
        return None;
    }
    Some(match header[3] & 0x0f {
        0 => Ok(()),
        code => Err(format!("the answer to the query is error {code}")),
    })
}
