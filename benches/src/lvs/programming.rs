//! How long it takes to make a table of ten thousand real servers, from the first change to the
//! last, beside a loop that does nothing else.

use std::thread;
use std::time::Duration;

use vipd_linux::netlink::ipvs::{
    Destination, DestinationKey, Forwarding, Granularity, Ipvs, Operation, Service, ServiceFlags,
    ServiceKey,
};

use super::daemon::{Daemon, Plan};
use super::field::{self, PER_SERVICE, own_network};
use super::inside::UNKNOWN;
use super::trace::{CHANGE, Trace};
use super::{Result, progress};
use crate::Section;
use crate::report::{Measured, Spread, Table};
use crate::stage::Make;

/// Real servers.
const SERVERS: usize = 10_000;

/// Longest that it may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// Who makes the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Author {
    Daemon(Make),
    /// A loop that has everything ready and sends it.
    Loop,
}

/// Milliseconds from the first change to the last.
pub(super) fn measure(runs: usize) -> Section {
    let series = |author| -> Measured {
        let times: Result<Vec<f64>> = (0..runs)
            .map(|_| {
                let played = thread::spawn(move || play(author)).join();
                let played = played.unwrap_or_else(|_| Err(UNKNOWN.to_owned()));
                progress(&format!("a table, {author:?}"), &played);
                played
            })
            .collect();
        Ok(Spread::of(times?))
    };
    let vipd = series(Author::Daemon(Make::Vipd));
    let keepalived = series(Author::Daemon(Make::Keepalived));
    let bare = series(Author::Loop);
    let mut table = Table::default();
    table.row_or("10,000 real servers at the start", vipd.clone(), keepalived);
    let beside = match (&vipd, &bare) {
        (Ok(vipd), Ok(bare)) => format!(
            "\nA loop that only sends the same takes {bare} ms: vipd {:.2} times that.\n",
            vipd.median / bare.median
        ),
        (Err(why), _) | (_, Err(why)) => format!("\n{why}\n"),
    };
    let title = "Load balancing: a table is made".to_owned();
    (title, table.markdown("ms") + &beside)
}

fn play(author: Author) -> Result<f64> {
    own_network()?;
    let trace = Trace::start(&[CHANGE])?;
    let plan = Plan {
        servers: SERVERS,
        mortal: 0,
        check: None,
        delay_loop: 60,
    };
    let changes = SERVERS + SERVERS / PER_SERVICE;
    let daemon = match author {
        Author::Daemon(make) => Some(Daemon::start(make, &plan)?),
        Author::Loop => {
            send_all()?;
            None
        }
    };
    let mut calls = Vec::new();
    let is_whole = Daemon::until(PATIENCE, || {
        thread::sleep(Duration::from_secs(1));
        calls = trace.read().unwrap_or_default();
        calls.len() >= changes
    });
    if !is_whole {
        let said = daemon.map(|daemon| daemon.said()).unwrap_or_default();
        return Err(format!("{} changes of {changes}: {said}", calls.len()));
    }
    if let Some(daemon) = daemon {
        daemon.kill();
    }
    let (first, last) = (calls.first(), calls.get(changes - 1));
    let span = first.zip(last).map(|((first, _), (last, _))| last - first);
    Ok(span.unwrap_or_default() * 1e3)
}

fn send_all() -> Result<()> {
    let mut ipvs = Ipvs::open().map_err(|error| error.to_string())?;
    let mut operations = Vec::new();
    for number in 0..SERVERS {
        let key = ServiceKey::Address {
            protocol: 6,
            address: field::service(number / PER_SERVICE).into(),
            port: 80,
        };
        if number % PER_SERVICE == 0 {
            operations.push(Operation::AddService(Service {
                key,
                scheduler: "rr".to_owned(),
                flags: ServiceFlags::default(),
                timeout: 0,
                granularity: Granularity::single(false),
                engine: None,
            }));
        }
        let address = field::address(number).into();
        let destination = Destination {
            key: DestinationKey { address, port: 80 },
            forwarding: Forwarding::Masquerade,
            weight: 1,
            upper_threshold: 0,
            lower_threshold: 0,
        };
        operations.push(Operation::AddDestination(key, destination));
    }
    let results = ipvs.perform(&operations);
    let results = results.map_err(|error| error.to_string())?;
    let refused = results.into_iter().find_map(std::result::Result::err);
    refused.map_or(Ok(()), |error| Err(error.to_string()))
}
