//! The one place where the commands write: what they have to say, then the exit status.
//!
//! Commands return an [`Answer`] and print nothing themselves, so that each can be tested as
//! a value and a closed pipe (`vipd keywords | head`) is handled once.

use std::io::{self, ErrorKind, Write};

/// What a command has to say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    /// For standard output.
    pub(crate) out: String,
    /// For standard error.
    pub(crate) err: String,
    /// Exit status.
    pub(crate) status: u8,
}

impl Answer {
    /// Success, with this on standard output.
    pub(crate) fn out(text: impl Into<String>) -> Self {
        Self {
            out: text.into(),
            ..Self::default()
        }
    }

    /// This on standard error, with this exit status.
    pub(crate) fn err(text: impl Into<String>, status: u8) -> Self {
        Self {
            err: text.into(),
            status,
            ..Self::default()
        }
    }

    /// Writes both texts and returns the exit status: 1 when they cannot be written.
    pub(crate) fn write(&self) -> u8 {
        let errors = write_to(&mut io::stderr().lock(), &self.err);
        let output = write_to(&mut io::stdout().lock(), &self.out);
        match errors.and(output) {
            Ok(()) => self.status,
            Err(_) => self.status.max(1),
        }
    }
}

/// Writes and flushes. A reader that has gone away is not an error: it has seen enough.
fn write_to(to: &mut dyn Write, text: &str) -> io::Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    match to.write_all(text.as_bytes()).and_then(|()| to.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        done => done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fails(ErrorKind);

    impl Write for Fails {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_closed_pipe_is_no_error_and_a_full_disk_is() {
        assert!(write_to(&mut Fails(ErrorKind::BrokenPipe), "x").is_ok());
        assert!(write_to(&mut Fails(ErrorKind::StorageFull), "x").is_err());
    }
}
