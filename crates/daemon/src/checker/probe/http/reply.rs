//! Reads an answer of HTTP as it comes, in whatever pieces, and judges it at its end.
//!
//! The body is not kept: what is wanted of it goes into a digest and through a pattern.

use md5::{Digest, Md5};
use vipd_config::model::lvs::Url;

use crate::checker::probe::pattern::{Compiled, Search};

/// Longest header, bytes.
pub const HEAD_BYTES_MAX: usize = 64 * 1024;

/// Longest body, bytes. It is not kept, so this bounds work, not memory.
pub const BODY_BYTES_MAX: u64 = 256 << 20;

/// An answer that is being read.
#[derive(Debug)]
pub struct ReplyReader<'a> {
    url: &'a Url,
    state: State,
    digest: Option<Md5>,
    search: Option<Search<'a>>,
}

#[derive(Debug)]
enum State {
    /// The header is not whole.
    Head(Vec<u8>),
    /// The body is being read.
    Body {
        status: u16,
        /// Bytes that belong to it and have not come.
        missing: Option<u64>,
        seen: u64,
    },
}

impl<'a> ReplyReader<'a> {
    /// A reader for the answer to a request for this URL.
    pub fn new(url: &'a Url, pattern: Option<&'a Compiled>) -> Self {
        Self {
            url,
            state: State::Head(Vec::new()),
            digest: url.digest.map(|_| Md5::new()),
            search: pattern.map(Search::new),
        }
    }

    /// Takes what was read. An error ends the conversation.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), String> {
        let State::Head(head) = &mut self.state else {
            return self.body(bytes);
        };
        let known = head.len();
        head.extend_from_slice(bytes);
        match end_of_head(head, known) {
            Some(end) => {
                let head = std::mem::take(head);
                let (status, missing) = read_head(&head[..end])?;
                self.state = State::Body {
                    status,
                    missing,
                    seen: 0,
                };
                self.body(&head[end..])
            }
            None if head.len() > HEAD_BYTES_MAX => {
                Err("the header of the answer is too long".into())
            }
            None => Ok(()),
        }
    }

    fn body(&mut self, bytes: &[u8]) -> Result<(), String> {
        let State::Body { missing, seen, .. } = &mut self.state else {
            return Ok(());
        };
        *seen = seen.saturating_add(bytes.len() as u64);
        if *seen > BODY_BYTES_MAX {
            return Err("the answer is too long".into());
        }
        // What comes after the announced length is no part of the body.
        let mut bytes = bytes;
        if let Some(missing) = missing {
            let wanted = usize::try_from(*missing).unwrap_or(usize::MAX);
            bytes = &bytes[..bytes.len().min(wanted)];
            *missing -= bytes.len() as u64;
        }
        if let Some(digest) = &mut self.digest {
            digest.update(bytes);
        }
        match &mut self.search {
            Some(search) => search.push(bytes),
            None => Ok(()),
        }
    }

    /// Judges the answer, which is over.
    pub fn finish(self) -> Result<(), String> {
        let status = match self.state {
            State::Head(head) if head.is_empty() => return Err("the server hung up".into()),
            State::Head(_) => return Err("the answer ends within its header".into()),
            State::Body { status, .. } => status,
        };
        if !self.url.accepts(status) {
            return Err(format!("status {status}"));
        }
        if let (Some(digest), Some(wanted)) = (self.digest, self.url.digest) {
            let seen: [u8; 16] = digest.finalize().into();
            if seen != wanted {
                return Err(format!("digest {:032x}", u128::from_be_bytes(seen)));
            }
        }
        match self.search {
            Some(search) => search.finish(),
            None => Ok(()),
        }
    }
}

/// Where the body begins: after the first empty line, which ends as RFC 9112 has it. Up to `known`
/// there was none.
fn end_of_head(head: &[u8], known: usize) -> Option<usize> {
    let start = known.saturating_sub(3);
    let found = head[start..]
        .windows(4)
        .position(|four| four == b"\r\n\r\n");
    found.map(|at| start + at + 4)
}

/// Status and length of the body.
///
/// As keepalived does it, of the first line only the number between two spaces counts; other lines
/// may be whatever they are. A number without a space behind it is none there.
fn read_head(head: &[u8]) -> Result<(u16, Option<u64>), String> {
    let mut lines = head
        .split(|&byte| byte == b'\n')
        .map(<[u8]>::trim_ascii_start);
    let mut words = lines
        .next()
        .unwrap_or_default()
        .splitn(3, |&byte| byte == b' ');
    let status = match (words.next(), words.next(), words.next()) {
        (Some(_), Some(status), Some(_)) => number(status).and_then(|n| u16::try_from(n).ok()),
        _ => None,
    };
    let status = status.ok_or("the answer has no status")?;
    let length = lines.find_map(|line| {
        let (name, value) = line.split_at(line.iter().position(|&byte| byte == b':')?);
        name.eq_ignore_ascii_case(b"content-length")
            .then(|| number(value[1..].trim_ascii()))
            .flatten()
    });
    Ok((status, length))
}

fn number(digits: &[u8]) -> Option<u64> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests;
