//! Signals, by what they mean to a keepalived parent.

use std::io;

use tokio::signal::unix::{SignalKind, signal};
use vipd_linux::process::real_time_signals;

use super::happening::{Happening, Inbox};

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// `SIGTERM`, `SIGINT`: stop.
    Stop,
    /// `SIGHUP`: reload.
    Reload,
    /// `SIGUSR1`: write what is known.
    Data,
    /// `SIGUSR2`: write the counters.
    Statistics,
    /// `SIGRTMAX-1`: write the counters and clear them.
    ClearStatistics,
    /// `SIGRTMIN+2`: write what is known as JSON.
    Json,
}

/// Begins to listen: from now on these signals arrive in the inbox and do nothing else.
pub(crate) fn listen(inbox: &Inbox) -> io::Result<()> {
    let (lowest, highest) = real_time_signals();
    let table = [
        (SignalKind::terminate(), Signal::Stop),
        (SignalKind::interrupt(), Signal::Stop),
        (SignalKind::hangup(), Signal::Reload),
        (SignalKind::user_defined1(), Signal::Data),
        (SignalKind::user_defined2(), Signal::Statistics),
        (SignalKind::from_raw(highest - 1), Signal::ClearStatistics),
        (SignalKind::from_raw(lowest + 2), Signal::Json),
    ];
    for (kind, meaning) in table {
        let mut arrivals = signal(kind)?;
        let inbox = inbox.clone();
        tokio::spawn(async move {
            while arrivals.recv().await.is_some() {
                if inbox.send(Happening::Signal(meaning)).await.is_err() {
                    break;
                }
            }
        });
    }
    Ok(())
}
