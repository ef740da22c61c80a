//! What the engine orders, done to a real table by the checker process's part for it, and what
//! that reads back.

use std::net::IpAddr;
use std::process::Command;

use nix::sched::{CloneFlags, unshare};
use vipd_config::model::Family;
use vipd_config::model::lvs::{
    Forwarding, Netmask, Persistence, Scheduler, SchedulerFlags, ServiceProtocol, SyncDaemon,
    Timeouts, Tunnel, TunnelChecksum,
};
use vipd_daemon::checker::table::Table;
use vipd_engine::lvs::{
    DestinationId, DestinationSettings, Operation, Present, ServiceId, ServiceSettings, SyncRole,
};
use vipd_linux::netlink::{Route, create};

use crate::Test;

pub(crate) const ALL: &[Test] = &[
    ("what_was_ordered_is_read_back_as_ordered", ordered),
    ("what_others_made_is_read", foreign),
    ("timeouts_are_put_back_as_they_were", timeouts),
    ("sync_daemons_start_and_stop", sync),
    ("a_refusal_names_the_operation", refusal),
];

fn own_network() -> Table {
    unshare(CloneFlags::CLONE_NEWNET).expect("root in the virtual machine");
    create::set_up(&mut Route::open().unwrap(), "lo", true).unwrap();
    Table::open(None).unwrap()
}

fn ipvsadm(words: &str) -> String {
    let output = Command::new("ipvsadm").args(words.split(' ')).output();
    let output = output.expect("ipvsadm");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn web(address: &str) -> ServiceId {
    ServiceId::Address {
        address: ip(address),
        port: 80,
        protocol: ServiceProtocol::Tcp,
    }
}

fn plain(scheduler: Scheduler) -> ServiceSettings {
    ServiceSettings {
        scheduler,
        flags: SchedulerFlags::default(),
        one_packet: false,
        persistence: None,
    }
}

fn at(address: &str) -> DestinationId {
    DestinationId {
        address: ip(address),
        port: 80,
    }
}

fn with(forwarding: Forwarding) -> DestinationSettings {
    DestinationSettings {
        forwarding,
        weight: 3,
        upper_threshold: 20,
        lower_threshold: 10,
    }
}

fn persistent(netmask: Netmask, engine: Option<&str>) -> Persistence {
    Persistence {
        timeout_s: 77,
        netmask,
        engine: engine.map(Into::into),
    }
}

/// Services of every kind, in the order of their ids.
fn wanted() -> Vec<Present> {
    let gue = Tunnel::Gue {
        port: 6080,
        checksum: TunnelChecksum::Remote,
    };
    let gre = Tunnel::Gre { has_checksum: true };
    let destinations = vec![
        (at("10.0.0.2"), Some(with(Forwarding::Nat))),
        (at("10.0.0.3"), Some(with(Forwarding::DirectRoute))),
        (at("10.0.0.4"), Some(with(Forwarding::Tunnel(Tunnel::Ipip)))),
        (at("10.0.0.5"), Some(with(Forwarding::Tunnel(gue)))),
        (at("10.0.0.6"), Some(with(Forwarding::Tunnel(gre)))),
    ];
    let mark = |mark, family| ServiceId::Mark { mark, family };
    let udp = ServiceId::Address {
        address: ip("10.0.0.1"),
        port: 5060,
        protocol: ServiceProtocol::Udp,
    };
    let mut list: Vec<Present> = [
        (web("10.0.0.1"), plain(Scheduler::Wlc)),
        (
            web("fd00::1"),
            ServiceSettings {
                flags: SchedulerFlags {
                    first: true,
                    second: true,
                    third: false,
                },
                persistence: Some(persistent(Netmask::V6(64), None)),
                ..plain(Scheduler::Sh)
            },
        ),
        (
            udp,
            ServiceSettings {
                one_packet: true,
                persistence: Some(persistent(
                    Netmask::V4([255, 255, 255, 0].into()),
                    Some("sip"),
                )),
                ..plain(Scheduler::Rr)
            },
        ),
        (mark(5, Family::V4), plain(Scheduler::Mh)),
        (mark(5, Family::V6), plain(Scheduler::Fo)),
    ]
    .into_iter()
    .map(|(id, settings)| Present {
        id,
        settings: Some(settings),
        destinations: Vec::new(),
    })
    .collect();
    list[0].destinations = destinations;
    list.sort_by_key(|present| present.id);
    list
}

fn read(table: &mut Table) -> Vec<Present> {
    let mut present = table.present().unwrap();
    present.sort_by_key(|present| present.id);
    for service in &mut present {
        service.destinations.sort_by_key(|(id, _)| *id);
    }
    present
}

fn perform(table: &mut Table, operations: &[Operation]) {
    let refused = table.perform(operations).unwrap();
    assert!(refused.is_empty(), "{refused:?}");
}

fn ordered() {
    let mut table = own_network();
    let wanted = wanted();
    let mut operations = Vec::new();
    for service in &wanted {
        let settings = Box::new(service.settings.clone().unwrap());
        operations.push(Operation::AddService(service.id, settings));
        for (id, settings) in &service.destinations {
            let new = settings.unwrap();
            operations.push(Operation::AddDestination(service.id, *id, new));
        }
    }
    perform(&mut table, &operations);
    assert_eq!(read(&mut table), wanted);
    // A successor that does not look first does no harm.
    perform(&mut table, &operations);
    assert_eq!(read(&mut table), wanted);
    let removals: Vec<_> = wanted
        .iter()
        .map(|w| Operation::RemoveService(w.id))
        .collect();
    perform(&mut table, &removals);
    perform(&mut table, &removals);
    assert_eq!(read(&mut table), []);
}

fn foreign() {
    let mut table = own_network();
    ipvsadm("-A -t 10.0.0.1:80 -s wlc");
    ipvsadm("-a -t 10.0.0.1:80 -r 10.0.0.2:80 -m -w 4");
    ipvsadm("-A -t 10.0.0.9:80 -s rr -p 50");
    ipvsadm("-E -t 10.0.0.9:80 -s rr -p 50 -M 255.255.0.0");
    let present = read(&mut table);
    assert_eq!(present[0].settings, Some(plain(Scheduler::Wlc)));
    let (id, settings) = present[0].destinations[0];
    assert_eq!((id, settings.unwrap().weight), (at("10.0.0.2"), 4));
    let netmask = Netmask::V4([255, 255, 0, 0].into());
    let found = present[1].settings.clone().unwrap().persistence.unwrap();
    assert_eq!((found.netmask, found.timeout_s), (netmask, 50));
    perform(&mut table, &[Operation::Flush]);
    assert_eq!(read(&mut table), []);
}

fn timeouts() {
    let mut table = own_network();
    ipvsadm("--set 101 102 103");
    let shown = || ipvsadm("-L --timeout").trim().to_owned();
    perform(&mut table, &[Operation::SetTimeouts(Timeouts::default())]);
    assert_eq!(shown(), "Timeout (tcp tcpfin udp): 101 102 103");
    for tcp_s in [7, 8] {
        let wanted = Timeouts {
            tcp_s: Some(tcp_s),
            udp_s: Some(9),
            ..Timeouts::default()
        };
        perform(&mut table, &[Operation::SetTimeouts(wanted)]);
        assert_eq!(shown(), format!("Timeout (tcp tcpfin udp): {tcp_s} 102 9"));
    }
    perform(&mut table, &[Operation::RestoreTimeouts]);
    assert_eq!(shown(), "Timeout (tcp tcpfin udp): 101 102 103");
    perform(&mut table, &[Operation::RestoreTimeouts]);
}

fn sync() {
    let mut table = own_network();
    let daemon = Box::new(SyncDaemon {
        interface: "lo".to_owned(),
        instance: None,
        id: 7,
        max_len_bytes: None,
        port: None,
        ttl: Some(2),
        group: None,
    });
    let start = Operation::StartSync(SyncRole::Master, daemon.clone());
    let both = [start, Operation::StartSync(SyncRole::Backup, daemon)];
    perform(&mut table, &both);
    perform(&mut table, &both);
    let shown = ipvsadm("-L --daemon");
    assert!(
        shown.contains("master sync daemon (mcast=lo, syncid=7,"),
        "{shown}"
    );
    assert!(
        shown.contains("group=224.0.0.81, port=8848, ttl=2"),
        "{shown}"
    );
    let stop = [
        Operation::StopSync(SyncRole::Master),
        Operation::StopSync(SyncRole::Backup),
    ];
    perform(&mut table, &stop);
    perform(&mut table, &stop);
    assert_eq!(ipvsadm("-L --daemon"), "");
}

fn refusal() {
    let mut table = own_network();
    let lost = Operation::AddDestination(web("10.0.0.1"), at("10.0.0.2"), with(Forwarding::Nat));
    let fine = Operation::AddService(web("10.0.0.9"), Box::new(plain(Scheduler::Rr)));
    let refused = table.perform(&[lost.clone(), fine]).unwrap();
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0].operation, lost);
    assert_eq!(refused[0].why.raw_os_error(), Some(3), "no such service");
    assert_eq!(read(&mut table).len(), 1);
}
