//! Everything that the supervisor and its children say to each other.
//!
//! On the wire each message is its length (`u32`, little endian) and its postcard encoding,
//! over a Unix stream socket pair that the child finds as descriptor 3.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use vipd_config::model::Config;
use vipd_engine::input::ScriptOutcome;
use vipd_engine::tracking::watch::Kind;
use vipd_engine::vrrp::Snapshot;
use vipd_engine::{Event, Instant};

mod checker;

pub use checker::{FromChecker, SupervisorKnows, TableNetwork, ToChecker};

/// From the supervisor to the VRRP process.
#[derive(Debug, Serialize, Deserialize)]
pub enum ToVrrp {
    /// The first message: what to do, and what an earlier process left.
    Configure {
        /// The configuration.
        config: Box<Config>,
        /// States to carry on from; empty at a first start.
        restored: Vec<Snapshot>,
        /// Settings of the kernel that an earlier process changed.
        changed: Vec<ChangedSetting>,
        /// Things from the command line.
        options: VrrpOptions,
        /// How everything stands that the supervisor watches.
        watched: Vec<Reading>,
    },
    /// A reload.
    Reconfigure {
        /// The configuration.
        config: Box<Config>,
        /// How everything stands that the supervisor watches.
        watched: Vec<Reading>,
    },
    /// Something watched is not what it was.
    Watched(Reading),
    /// A tracked script ended.
    Script {
        /// Its name.
        script: String,
        /// How it ended.
        outcome: ScriptOutcome,
    },
    /// Report the status of everything ([`FromVrrp::Status`]).
    Status {
        /// Clear the counters afterwards.
        clear: bool,
    },
    /// Answer with [`FromVrrp::Alive`]: the supervisor wants to know that the loop turns.
    Ping,
    /// Leave in an orderly way and end.
    Stop,
}

/// A setting of the kernel that we have changed, to be put back when we leave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedSetting {
    /// Its path under `/proc/sys/net`.
    pub name: String,
    /// What it was.
    pub old: String,
    /// What we have set.
    pub new: String,
}

/// What was seen of something watched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// What kind of thing.
    pub kind: Kind,
    /// Its name in the configuration.
    pub name: String,
    /// How many there are, or the number in a file.
    pub value: i64,
}

/// Settings of the VRRP process that come from the command line.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct VrrpOptions {
    /// `-V`: leave VIPs where they are at stop.
    pub keep_addresses: bool,
    /// `-a`: report every address that comes or goes.
    pub monitor_addresses: bool,
}

/// From the VRRP process to the supervisor.
#[derive(Debug, Serialize, Deserialize)]
pub enum FromVrrp {
    /// The configuration is in effect (after `Configure` and `Reconfigure`).
    Ready,
    /// Something happened.
    Report {
        /// When.
        at: Instant,
        /// What.
        event: Event,
    },
    /// Something failed that people should know of; the text is a whole log line.
    Trouble(String),
    /// Something that was asked for (`-a`), to be logged as information; the text is a whole log line.
    Note(String),
    /// State to keep for a successor.
    Save(Box<Snapshot>),
    /// Settings of the kernel that are other than they were, to be kept for a successor.
    Changed(Vec<ChangedSetting>),
    /// Answer to [`ToVrrp::Status`].
    Status(Vec<vipd_engine::vrrp::InstanceStatus>),
    /// It cannot go on with this configuration; the exit status of the daemon.
    Fatal {
        /// Why, as a log line.
        message: String,
        /// keepalived's exit status (2 configuration, 4 permission, 1 other).
        status: u8,
    },
    /// Answer to [`ToVrrp::Ping`].
    Alive,
    /// It has left in an orderly way and ends now.
    Stopped,
}

/// Longest message that is believed, bytes. A configuration of ten thousand instances is far below.
pub const MESSAGE_BYTES_MAX: usize = 256 << 20;

/// What the other side sent cannot be a message: the two do not speak the same language.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The length is beyond [`MESSAGE_BYTES_MAX`].
    #[error("a message of {0} bytes is too long")]
    TooLong(usize),
    /// The bytes are no message.
    #[error("a message cannot be read: {0}")]
    Unreadable(#[from] postcard::Error),
}

/// One message as it goes over the socket, length first.
pub fn encode<T: Serialize>(message: &T) -> Result<Vec<u8>, FrameError> {
    let mut frame = postcard::to_extend(message, vec![0; 4])?;
    let length = frame.len() - 4;
    match u32::try_from(length) {
        Ok(prefix) if length <= MESSAGE_BYTES_MAX => {
            frame[..4].copy_from_slice(&prefix.to_le_bytes());
            Ok(frame)
        }
        _ => Err(FrameError::TooLong(length)),
    }
}

/// Room that is kept for the next message, bytes: a configuration is long, the others are short.
const KEPT_BYTES: usize = 16 * 1024;

/// Puts messages together from the bytes of a stream, however they are cut.
#[derive(Debug, Default)]
pub struct Frames {
    bytes: Vec<u8>,
    read: usize,
}

impl Frames {
    /// Adds what was read from the socket.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.read > 0 {
            self.bytes.drain(..self.read);
            self.read = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// The next whole message, or none until more is pushed. After an error the stream is of no use.
    pub fn take<T: DeserializeOwned>(&mut self) -> Result<Option<T>, FrameError> {
        let rest = &self.bytes[self.read..];
        let Some((prefix, rest)) = rest.split_first_chunk::<4>() else {
            return Ok(None);
        };
        let length = u32::from_le_bytes(*prefix) as usize;
        if length > MESSAGE_BYTES_MAX {
            return Err(FrameError::TooLong(length));
        }
        let Some(body) = rest.get(..length) else {
            return Ok(None);
        };
        let message = postcard::from_bytes(body)?;
        self.read += 4 + length;
        if self.read == self.bytes.len() {
            self.bytes.clear();
            self.bytes.shrink_to(KEPT_BYTES);
            self.read = 0;
        }
        Ok(Some(message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_out_whole_however_the_stream_is_cut() {
        let messages = [
            encode(&FromVrrp::Trouble("first".into())).unwrap(),
            encode(&FromVrrp::Ready).unwrap(),
            encode(&FromVrrp::Trouble("x".repeat(300))).unwrap(),
        ];
        let stream = messages.concat();
        for piece in [1, 3, 7, stream.len()] {
            let (mut frames, mut seen) = (Frames::default(), Vec::new());
            for part in stream.chunks(piece) {
                frames.push(part);
                while let Some(message) = frames.take::<FromVrrp>().unwrap() {
                    seen.push(encode(&message).unwrap());
                }
            }
            assert_eq!(seen, messages, "cut into pieces of {piece}");
        }
    }

    #[test]
    fn a_length_beyond_belief_is_refused() {
        let mut frames = Frames::default();
        frames.push(&u32::MAX.to_le_bytes());
        assert!(matches!(
            frames.take::<FromVrrp>(),
            Err(FrameError::TooLong(_))
        ));
    }

    #[test]
    fn bytes_that_are_no_message_are_refused() {
        let mut frames = Frames::default();
        frames.push(&[1, 0, 0, 0, 0x7f]);
        assert!(matches!(
            frames.take::<FromVrrp>(),
            Err(FrameError::Unreadable(_))
        ));
    }
}
