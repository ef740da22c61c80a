//! Bytes from the kernel and from other processes of our own.

use vipd_daemon::messages::{Frames, FromVrrp, ToVrrp, encode};
use vipd_engine::vrrp::Snapshot;
use vipd_engine::{Input, Instant};
use vipd_linux::netlink::{listener, monitor};

use crate::packets::{configured, step};

/// Datagrams of the kernel: nothing is made of more messages than fit.
pub(crate) fn netlink(bytes: &[u8]) {
    /// Bytes of the header of a message.
    const HEADER: usize = 16;
    let mut changes = Vec::new();
    monitor::changes_of(bytes, Some(7), &mut changes);
    assert!(changes.len() <= bytes.len() / HEADER + 1);
    let mut deaths = Vec::new();
    listener::deaths_of(bytes, &mut deaths);
    assert!(deaths.len() <= bytes.len() / HEADER + 1);
}

/// A stream in pieces, in both directions; what is read is written and read the same.
pub(crate) fn messages(bytes: &[u8]) {
    let (piece, stream) = bytes
        .split_first()
        .map_or((1, bytes), |(first, rest)| (usize::from(*first) + 1, rest));
    let mut frames = Frames::default();
    for part in stream.chunks(piece) {
        frames.push(part);
        while let Ok(Some(message)) = frames.take::<ToVrrp>() {
            same(&encode(&message), |frames| {
                frames
                    .take::<ToVrrp>()
                    .map(|again| again.map(|again| encode(&again)))
            });
        }
    }
    let mut frames = Frames::default();
    for part in stream.chunks(piece) {
        frames.push(part);
        while let Ok(Some(message)) = frames.take::<FromVrrp>() {
            same(&encode(&message), |frames| {
                frames
                    .take::<FromVrrp>()
                    .map(|again| again.map(|again| encode(&again)))
            });
        }
    }
}

type Encoded = Result<Vec<u8>, vipd_daemon::messages::FrameError>;

/// What was encoded is read whole and encodes to the same.
fn same(
    encoded: &Encoded,
    read: impl Fn(&mut Frames) -> Result<Option<Encoded>, vipd_daemon::messages::FrameError>,
) {
    let Ok(bytes) = encoded else {
        panic!("what was read cannot be written");
    };
    let mut frames = Frames::default();
    frames.push(bytes);
    let again = read(&mut frames);
    assert!(
        matches!(&again, Ok(Some(Ok(again))) if again == bytes),
        "what was written is read differently"
    );
}

/// A state from bytes; when it is one, an engine carries on from it.
pub(crate) fn snapshot(bytes: &[u8]) {
    let Ok(snapshot) = postcard::from_bytes::<Snapshot>(bytes) else {
        return;
    };
    let again = postcard::to_allocvec(&snapshot);
    let again = again
        .ok()
        .and_then(|bytes| postcard::from_bytes(&bytes).ok());
    assert_eq!(Some(&snapshot), again.as_ref());
    let mut router = configured();
    let restored = vec![snapshot];
    step(&mut router, Instant(1), Input::Start { restored });
    for _ in 0..20 {
        let Some((at, _)) = router.deadline() else {
            break;
        };
        step(&mut router, at, Input::Tick);
    }
    step(&mut router, Instant(u64::MAX / 4), Input::Stop);
}
