//! Messages that carry open descriptors between processes, over Unix sockets.

use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use nix::cmsg_space;
use nix::sys::socket::{ControlMessage, ControlMessageOwned, MsgFlags, recvmsg, sendmsg};

/// Most descriptors in one message.
pub const MOST: usize = 4;

/// Sends one message with at most [`MOST`] descriptors; the receiver gets copies of them.
///
/// Never raises `SIGPIPE`.
pub fn send(socket: impl AsFd, bytes: &[u8], descriptors: &[BorrowedFd<'_>]) -> io::Result<()> {
    let raw: Vec<RawFd> = descriptors.iter().map(AsRawFd::as_raw_fd).collect();
    let rights = [ControlMessage::ScmRights(&raw)];
    let control: &[ControlMessage<'_>] = if raw.is_empty() { &[] } else { &rights };
    let parts = [IoSlice::new(bytes)];
    let fd = socket.as_fd().as_raw_fd();
    let sent = sendmsg::<()>(fd, &parts, control, MsgFlags::MSG_NOSIGNAL, None)?;
    if sent == bytes.len() {
        Ok(())
    } else {
        Err(io::ErrorKind::WriteZero.into())
    }
}

/// Receives one message into `buffer`: its length, 0 at the end of the conversation, and the
/// descriptors that came with it. They are closed on exec.
///
/// A message that does not fit is an error.
pub fn receive(socket: impl AsFd, buffer: &mut [u8]) -> io::Result<(usize, Vec<OwnedFd>)> {
    let mut space = cmsg_space!([RawFd; MOST]);
    let mut parts = [IoSliceMut::new(buffer)];
    let fd = socket.as_fd().as_raw_fd();
    let received = recvmsg::<()>(fd, &mut parts, Some(&mut space), MsgFlags::MSG_CMSG_CLOEXEC)?;
    let mut descriptors = Vec::new();
    for message in received.cmsgs()? {
        if let ControlMessageOwned::ScmRights(raw) = message {
            for fd in raw {
                // SAFETY: the kernel has just made this descriptor for us; nobody else knows it.
                descriptors.push(unsafe { OwnedFd::from_raw_fd(fd) });
            }
        }
    }
    let cut = MsgFlags::MSG_TRUNC | MsgFlags::MSG_CTRUNC;
    if received.flags.intersects(cut) {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "message too long",
        ));
    }
    Ok((received.bytes, descriptors))
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Read;
    use std::os::unix::net::UnixDatagram;

    use super::*;

    #[test]
    fn a_descriptor_arrives_and_works() {
        let (one, other) = UnixDatagram::pair().unwrap();
        let file = File::open("/proc/self/comm").unwrap();
        send(&one, b"here", &[file.as_fd()]).unwrap();
        let mut buffer = [0; 16];
        let (length, mut descriptors) = receive(&other, &mut buffer).unwrap();
        assert_eq!(&buffer[..length], b"here");
        let mut text = String::new();
        File::from(descriptors.remove(0))
            .read_to_string(&mut text)
            .unwrap();
        assert!(!text.is_empty());
    }

    #[test]
    fn a_message_that_does_not_fit_is_an_error() {
        let (one, other) = UnixDatagram::pair().unwrap();
        send(&one, &[0; 17], &[]).unwrap();
        let error = receive(&other, &mut [0; 16]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }
}
