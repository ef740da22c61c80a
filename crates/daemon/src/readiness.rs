//! Descriptors that the runtime waits for.

use std::io;
use std::os::fd::AsRawFd;

use tokio::io::unix::AsyncFd;

/// Has the runtime tell when a descriptor becomes readable.
#[expect(
    deprecated,
    reason = "the newer form is unsafe; what comes here owns its descriptor until it is dropped"
)]
pub(crate) fn awaited<T: AsRawFd>(inner: T) -> io::Result<AsyncFd<T>> {
    AsyncFd::new(inner)
}
