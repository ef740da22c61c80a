//! A syslog for one host: what is sent to `/dev/log` is appended to `/var/log/messages`.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixDatagram;

use super::files;

/// Where messages go.
const FILE: &str = "/var/log/messages";

/// Longest message that is kept whole, bytes.
const LONGEST: usize = 8192;

/// The socket and the file.
pub(super) struct MessageLog {
    socket: UnixDatagram,
    file: File,
}

impl MessageLog {
    pub(super) fn open(_host: &str) -> io::Result<Self> {
        files::make_room(FILE).map_err(io::Error::other)?;
        let socket = UnixDatagram::bind("/dev/log")?;
        socket.set_nonblocking(true)?;
        std::fs::set_permissions(
            "/dev/log",
            std::os::unix::fs::PermissionsExt::from_mode(0o666),
        )?;
        // An older log of the machine itself is not this host's.
        let file = OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(true)
            .open(FILE)?;
        Ok(Self { socket, file })
    }

    /// Writes down what has arrived.
    pub(super) fn take(&mut self) {
        let mut buffer = [0; LONGEST];
        while let Ok(length) = self.socket.recv(&mut buffer) {
            let line = without_priority(&buffer[..length]);
            // A full disk costs the message, as with any syslog.
            let _ = self.file.write_all(&[line, b"\n"].concat());
        }
    }
}

impl AsFd for MessageLog {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// Cuts off `<NUMBER>` in front, and line ends and NULs behind.
fn without_priority(message: &[u8]) -> &[u8] {
    let line = match message.iter().position(|b| *b == b'>') {
        Some(end) if message.first() == Some(&b'<') && end < 6 => &message[end + 1..],
        _ => message,
    };
    let end = line
        .iter()
        .rposition(|b| !matches!(b, b'\n' | 0))
        .map_or(0, |last| last + 1);
    &line[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn priorities_and_line_ends_are_cut_off() {
        let cases: [(&[u8], &[u8]); 4] = [
            (b"<30>Nov 20 keepalived: x\n\0", b"Nov 20 keepalived: x"),
            (b"plain", b"plain"),
            (b"a > b", b"a > b"),
            (b"<30>", b""),
        ];
        for (message, line) in cases {
            assert_eq!(without_priority(message), line);
        }
    }
}
