//! Words of the root of the file.

use crate::interpret::draft::Draft;
use crate::interpret::setter::seconds;
use crate::tables::bfd::{BFD, SSL};
use crate::tables::tracked::{GARP_GROUP, TRACK_FILE, TRACK_PROCESS};
use crate::tables::virtual_server::{VIRTUAL_SERVER, VIRTUAL_SERVER_SCHEDULING};
use crate::tables::{Keyword, Section, Status, Takes, UINT_MAX, any, int, unused};

type Row = Keyword<Draft>;

/// The root.
#[rustfmt::skip]
pub(crate) const ROOT: &[Row] = &[
    Row::new("SSL", Takes::Unused("", &[SSL]), "",
        "Keys and certificates of HTTPS checks.").not_yet(),
    Row::new("bfd_instance", Takes::Unused("NAME", &[BFD]), "",
        "A BFD session with a neighbour, for instances and health checks to follow.").not_yet(),
    Row::new("child_wait_time", Takes::Int(int(0..=UINT_MAX), |d, v| d.root.child_wait_time = seconds(v.value)), "5",
        "How long the supervisor waits for its children before it kills them.").unit("s"),
    Row::new("garp_group", Takes::Unused("", &[GARP_GROUP]), "",
        "Gaps between gratuitous ARPs on one or several interfaces.").not_yet(),
    Row::new("global_defs", Takes::Section(Section::Global), "",
        "Settings of the daemon and defaults of instances; several blocks add up."),
    Row::new("include", Takes::Include, "",
        "Reads other files, each line as if it stood here; what cannot be read is only logged."),
    Row::new("includea", Takes::Include, "",
        "As `include`, with the demands of all its kinds together."),
    Row::new("includeb", Takes::Include, "",
        "As `includer`, and each alternative in braces must match a file."),
    Row::new("includem", Takes::Include, "",
        "As `includer`, and a plain name must be that of a file."),
    Row::new("includer", Takes::Include, "",
        "As `include`, but the daemon does not start (status 6) when a match is unreadable, executable or no file."),
    Row::new("includew", Takes::Include, "",
        "As `includem`, and a pattern must match a file."),
    Row::new("instance", Takes::Word("NAME", |d, v| d.root.instance = Some(v.value)), "",
        "Name of this daemon among several on one machine: part of PID file names and log identity.").ignored_without(),
    Row::new("interface_up_down_delays", Takes::Entries("INTERFACE DOWN [UP]", Draft::delayed_interface), "",
        "Times that an interface must be down or up before it counts.").unit("s").not_yet(),
    Row::new("linkbeat_interfaces", Takes::Entries("IF [MII|ETHTOOL|IOCTL]", any), "",
        "Interfaces that are asked for their link state again and again, each with the way to ask.").not_yet(),
    Row::new("linkbeat_use_polling", Takes::Flag(unused), "off",
        "Asks all interfaces for their link state again and again.").not_yet(),
    Row::new("namespace_with_ipsets", Takes::Flag(unused), "off",
        "Uses ipsets in a network namespace even so; kernels before 3.13 cannot.").not_yet(),
    Row::new("net_namespace", Takes::Word("NAME", |d, v| d.root.net_namespace = Some(v.value)), "",
        "Network namespace that everything runs in.").ignored_without(),
    Row::new("net_namespace_ipvs", Takes::Free("[NAME]", any), "",
        "Network namespace of the health checks alone; without name the one the daemon was started in.").not_yet(),
    Row::new("static_ipaddress", Takes::Entries("ADDRESS[/LENGTH] [dev IF] [track_group NAME] ...", Draft::static_address), "",
        "Addresses that are there from start to stop."),
    Row::new("static_routes", Takes::Entries("ROUTE", Draft::static_route), "",
        "Routes that are there from start to stop."),
    Row::new("static_rules", Takes::Entries("RULE", Draft::static_rule), "",
        "Routing rules that are there from start to stop."),
    Row::new("track_file", Takes::Unused("NAME", &[TRACK_FILE]), "",
        "A file whose number changes the priority of instances or the weight of servers.").not_yet(),
    Row::new("track_group", Takes::Section(Section::TrackGroup), "",
        "Names instances that follow the interfaces of static addresses, routes and rules: FAULT while one is down."),
    Row::new("use_pid_dir", Takes::Flag(|d, _| d.root.use_pid_dir = true), "off",
        "PID files go into `/run/keepalived/`."),
    Row::new("virtual_server", Takes::Unused("IP [PORT] | fwmark N | group NAME", &[VIRTUAL_SERVER, VIRTUAL_SERVER_SCHEDULING]), "",
        "A service that is spread over real servers by IPVS.").not_yet(),
    Row::new("virtual_server_group", Takes::NamedEntries("ADDRESS[/LENGTH | -END] [PORT] | fwmark N [inet|inet6]"), "",
        "Addresses, ports and firewall marks that make one virtual service.").not_yet(),
    Row::new("vrrp_instance", Takes::Section(Section::Instance), "",
        "One virtual router on this node."),
    Row::new("vrrp_script", Takes::Section(Section::Script), "",
        "Something that is run again and again and says whether all is well."),
    Row::new("vrrp_sync_group", Takes::Section(Section::SyncGroup), "",
        "Instances that change state together."),
    Row::new("vrrp_track_file", Takes::Unused("NAME", &[TRACK_FILE]), "",
        "Earlier name of `track_file`.").status(Status::QuietlyDeprecated("track_file")).not_yet(),
    Row::new("vrrp_track_port", Takes::Section(Section::TrackPort), "",
        "A port of this host on which something must listen, for instances to follow.").status(Status::Own),
    Row::new("vrrp_track_process", Takes::Unused("NAME", &[TRACK_PROCESS]), "",
        "Processes that must run, for instances to follow.").not_yet(),
];
