//! `vrrp_instance`: interface, addresses, tracking.

use crate::interpret::draft::InstanceDraft;
use crate::interpret::setter::count;
use crate::interpret::tracking::{BFDS, FILES, INTERFACES, PROCESSES, SCRIPTS, tracked};
use crate::interpret::{address, ipvlan, port, vmac};
use crate::tables::{Keyword, Status, Takes, UINT_MAX, int, unused};

type Row = Keyword<InstanceDraft>;

rows! {
    /// Rows about interface, addresses and tracking.
    pub(crate) INSTANCE: InstanceDraft = [
        Row::new("debug", Takes::Int(int(0..=4), unused), "0",
            "Kept by keepalived and hardly used.").status(Status::Hidden),
        Row::new("dont_track_primary", Takes::Flag(|i, _| i.dont_track_primary = true), "off",
            "The instance stays out of FAULT when its own interface is down."),
        Row::new("interface", Takes::Word("INTERFACE", |i, v| i.interface = Some(v)), "",
            "Interface that adverts are sent on; only a unicast instance with a source address can do without."),
        Row::new("kernel_rx_buf_size", Takes::Int(int(0..=UINT_MAX), |i, v| i.receive_buffer = Some(count(v.value))), "set by the kernel",
            "Receive buffer of the socket of this instance.").unit("bytes").ignored_without(),
        Row::new("linkbeat_use_polling", Takes::Flag(|i, _| i.linkbeat = true), "off",
            "Asks the interface for its link state every second.").status(Status::Deprecated("linkbeat_interfaces")),
        Row::new("no_virtual_ipaddress", Takes::Flag(|i, s| i.no_addresses = Some(s)), "off",
            "Having no address is meant so."),
        Row::new("promote_secondaries", Takes::Flag(|i, _| i.promote_secondaries = true), "off",
            "Other addresses stay on the interface when its first one goes."),
        Row::new("track_bfd", Takes::Entries("NAME [weight N [reverse|noreverse]]", |i, r, s| i.tracking.bfds.extend(tracked(r, s, BFDS))), "",
            "BFD sessions to follow, each defined before by `bfd_instance`.").not_yet(),
        Row::new("track_file", Takes::Entries("NAME [weight N [reverse|noreverse]]", |i, r, s| i.tracking.files.extend(tracked(r, s, FILES))), "",
            "Files to follow, each defined before by `track_file`."),
        Row::new("track_interface", Takes::Entries("INTERFACE [weight N [reverse]]", |i, r, s| i.tracking.interfaces.extend(tracked(r, s, INTERFACES))), "",
            "Interfaces to follow: without weight the instance is in FAULT while one is down."),
        Row::new("track_port", Takes::Entries("[tcp|udp] [ADDRESS:]PORT | NAME [weight N [reverse|noreverse]]", |i, r, s| i.tracking.ports.extend(port::line(r, s))), "",
            "Ports of this host to follow, or names of `vrrp_track_port`: without weight FAULT while nobody listens.").status(Status::Own),
        Row::new("track_process", Takes::Entries("NAME [weight N [reverse|noreverse]]", |i, r, s| i.tracking.processes.extend(tracked(r, s, PROCESSES))), "",
            "Processes to follow, each defined before by `vrrp_track_process`."),
        Row::new("track_script", Takes::Entries("NAME [weight N [reverse|noreverse]]", |i, r, s| i.tracking.scripts.extend(tracked(r, s, SCRIPTS))), "",
            "Scripts to follow, each defined before by `vrrp_script`."),
        Row::new("track_src_ip", Takes::Flag(|i, _| i.track_source = true), "off",
            "FAULT while the source address is not on the interface."),
        Row::new("use_ipvlan", Takes::Free("[INTERFACE] [ADDRESS] [bridge|private|vepa] [group GROUP]", ipvlan::line), "off",
            "Sends adverts on an ipvlan interface, with the hardware address of the own one; addresses stay where they are."),
        Row::new("use_vmac", Takes::Free("[[name] INTERFACE] [MAC] [netlink_notify_msg] [group GROUP]", vmac::line), "off",
            "Sends adverts and holds addresses on an interface with the virtual MAC address."),
        Row::new("use_vmac_addr", Takes::Flag(|i, _| i.use_vmac_addr = true), "off",
            "Addresses on other interfaces, and those of the other family, get virtual MAC addresses too."),
        Row::new("virtual_ipaddress", Takes::Entries("ADDRESS[/LENGTH] [dev IF] [scope S] [brd A] [label L] [peer A] ...", |i, r, s| address::add(&mut i.addresses, r, s)), "",
            "Addresses of the master, carried in its adverts, one on each line."),
        Row::new("virtual_ipaddress_excluded", Takes::Entries("ADDRESS[/LENGTH] [dev IF] [scope S] [brd A] [label L] [peer A] ...", |i, r, s| address::add(&mut i.excluded, r, s)), "",
            "Further addresses of the master, of any family, that are not in its adverts."),
        Row::new("virtual_routes", Takes::Entries("ROUTE", |i, r, s| i.routing.route(r, s, true)), "",
            "Routes of the master."),
        Row::new("virtual_rules", Takes::Entries("RULE", |i, r, s| i.routing.rule(r, s)), "",
            "Routing rules of the master."),
        Row::new("vmac_xmit_base", Takes::Flag(|i, _| i.vmac_xmit_base = true), "off",
            "Sends and receives adverts on the interface itself, not on that with the virtual MAC address."),
        Row::new("vrf", Takes::Word("INTERFACE", |i, v| i.domain = Some(v)), "",
            "Virtual routing domain (VRF) of a unicast instance without `interface`; one with an interface is in the domain of that."),
    ];
}
