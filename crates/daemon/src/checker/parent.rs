//! The conversation with the supervisor: never waits to be heard, bounded in both directions.

use std::io;
use std::os::fd::OwnedFd;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc;

use crate::messages::{Frames, encode};

/// Messages that may wait for a supervisor that does not read.
const WAITING_MAX: usize = 1 << 16;

/// Messages that can be left out are left out when there is no more room than this.
const KEPT_FREE: usize = WAITING_MAX / 4;

/// Bytes read at once.
const CHUNK_BYTES: usize = 16 * 1024;

/// The supervisor is gone, does not read, or what it says cannot be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone;

/// The supervisor, seen from a child.
#[derive(Debug)]
pub struct Parent {
    reader: OwnedReadHalf,
    incoming: Frames,
    buffer: Vec<u8>,
    outgoing: mpsc::Sender<Vec<u8>>,
    written: tokio::task::JoinHandle<()>,
    /// Messages left out since that was last asked for.
    lost: u64,
}

impl Parent {
    /// Takes over the socket. To be called inside the runtime.
    pub fn new(socket: OwnedFd) -> io::Result<Self> {
        let stream = std::os::unix::net::UnixStream::from(socket);
        stream.set_nonblocking(true)?;
        let (reader, writer) = UnixStream::from_std(stream)?.into_split();
        let (outgoing, frames) = mpsc::channel(WAITING_MAX);
        Ok(Self {
            reader,
            incoming: Frames::default(),
            buffer: vec![0; CHUNK_BYTES],
            outgoing,
            written: tokio::spawn(write(frames, writer)),
            lost: 0,
        })
    }

    /// The next message. Nothing is lost when this is dropped before it is done.
    pub async fn hear<T: DeserializeOwned>(&mut self) -> Result<T, Gone> {
        loop {
            if let Some(message) = self.incoming.take().map_err(|_| Gone)? {
                return Ok(message);
            }
            match self.reader.read(&mut self.buffer).await {
                Ok(0) | Err(_) => return Err(Gone),
                Ok(length) => self.incoming.push(&self.buffer[..length]),
            }
        }
    }

    /// Says something that must not be lost.
    pub fn say<T: Serialize>(&mut self, message: &T) -> Result<(), Gone> {
        let frame = encode(message).map_err(|_| Gone)?;
        self.outgoing.try_send(frame).map_err(|_| Gone)
    }

    /// Says something that may be left out when the supervisor does not keep up.
    pub fn mention<T: Serialize>(&mut self, message: &T) -> Result<(), Gone> {
        if self.outgoing.capacity() <= KEPT_FREE {
            self.lost += 1;
            return Ok(());
        }
        self.say(message)
    }

    /// How many messages were left out since this was asked last.
    pub fn take_lost(&mut self) -> u64 {
        std::mem::take(&mut self.lost)
    }

    /// Waits until everything that was said is out, or the supervisor is gone.
    pub async fn finish(self) {
        let Self {
            outgoing, written, ..
        } = self;
        drop(outgoing);
        // It ends when all is written or nobody reads; it has no other way to fail.
        let _ = written.await;
    }
}

async fn write(mut frames: mpsc::Receiver<Vec<u8>>, mut writer: OwnedWriteHalf) {
    while let Some(frame) = frames.recv().await {
        if writer.write_all(&frame).await.is_err() {
            // The end of the conversation is seen by whoever reads.
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream as Plain;

    use super::*;

    fn pair() -> (Parent, Parent) {
        let (one, other) = Plain::pair().unwrap();
        (
            Parent::new(one.into()).unwrap(),
            Parent::new(other.into()).unwrap(),
        )
    }

    #[tokio::test]
    async fn what_is_said_is_heard_in_order() {
        let (mut one, mut other) = pair();
        for number in 0..1000_u32 {
            one.say(&(number, "x".repeat(100))).unwrap();
        }
        for number in 0..1000_u32 {
            let (heard, _): (u32, String) = other.hear().await.unwrap();
            assert_eq!(heard, number);
        }
        one.say(&7_u32).unwrap();
        one.finish().await;
        assert_eq!(other.hear::<u32>().await, Ok(7));
        assert_eq!(other.hear::<u32>().await, Err(Gone));
    }

    #[tokio::test]
    async fn who_does_not_listen_loses_mentions_first_and_then_the_conversation() {
        let (mut one, _deaf) = pair();
        let text = "x".repeat(1000);
        let mut said = 0;
        while one.lost == 0 {
            one.mention(&text).unwrap();
            said += 1;
        }
        assert!(said >= WAITING_MAX - KEPT_FREE, "{said}");
        let mut result = Ok(());
        for _ in 0..=WAITING_MAX {
            result = one.say(&text);
        }
        assert_eq!(result, Err(Gone));
        assert_eq!((one.take_lost(), one.take_lost()), (1, 0));
    }
}
