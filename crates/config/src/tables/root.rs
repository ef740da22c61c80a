//! Words of the root of the file.

use crate::interpret::draft::Draft;
use crate::interpret::linkbeat;
use crate::interpret::setter::seconds;
use crate::tables::bfd::BFD;
use crate::tables::{Keyword, Section, Status, Takes, UINT_MAX, int, unused};

type Row = Keyword<Draft>;

rows! {
    /// The root.
    pub(crate) ROOT: Draft = [
        Row::new("SSL", Takes::Section(Section::Ssl), "",
            "Keys and certificates of HTTPS checks."),
        Row::new("bfd_instance", Takes::Unused("NAME", &[BFD]), "",
            "A BFD session with a neighbour, for instances and health checks to follow.").not_yet(),
        Row::new("child_wait_time", Takes::Int(int(0..=UINT_MAX), |d, v| d.root.child_wait_time = seconds(v.value)), "5",
            "How long the supervisor waits for its children before it kills them.").unit("s"),
        Row::new("garp_group", Takes::Section(Section::GarpGroup), "",
            "Gaps between gratuitous ARPs on one or several interfaces."),
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
            "Times that an interface must be down or up before it counts.").unit("s"),
        Row::new("linkbeat_interfaces", Takes::Entries("IF [MII|ETHTOOL|IOCTL]", linkbeat::entry), "",
            "Interfaces that are asked for their link state every second, each with the way that is tried first; MII without one."),
        Row::new("linkbeat_use_polling", Takes::Flag(|d, _| d.linkbeat.all = true), "off",
            "Asks all interfaces that instances use for their link state every second."),
        Row::new("namespace_with_ipsets", Takes::Flag(unused), "off",
            "Uses ipsets in a network namespace even so; kernels before 3.13 cannot.").not_yet(),
        Row::new("net_namespace", Takes::Word("NAME", |d, v| d.root.net_namespace = Some(v.value)), "",
            "Network namespace that everything runs in.").ignored_without(),
        Row::new("net_namespace_ipvs", Takes::Free("[NAME]", Draft::net_namespace_ipvs), "",
            "Network namespace of IPVS alone, and of `nftables_ipvs`; checks are made in that of the daemon. Without name the one it was started in."),
        Row::new("static_ipaddress", Takes::Entries("ADDRESS[/LENGTH] [dev IF] [track_group NAME] ...", Draft::static_address), "",
            "Addresses that are there from start to stop."),
        Row::new("static_routes", Takes::Entries("ROUTE", Draft::static_route), "",
            "Routes that are there from start to stop."),
        Row::new("static_rules", Takes::Entries("RULE", Draft::static_rule), "",
            "Routing rules that are there from start to stop."),
        Row::new("track_file", Takes::Section(Section::TrackFile("track_file")), "",
            "A file whose number changes the priority of instances or the weight of servers."),
        Row::new("track_group", Takes::Section(Section::TrackGroup), "",
            "Names instances that follow the interfaces of static addresses, routes and rules: FAULT while one is down."),
        Row::new("use_pid_dir", Takes::Flag(|d, _| d.root.use_pid_dir = true), "off",
            "PID files go into `/run/keepalived/`."),
        Row::new("virtual_server", Takes::Section(Section::VirtualServer), "",
            "A service that is spread over real servers by IPVS."),
        Row::new("virtual_server_group", Takes::Section(Section::VirtualServerGroup), "",
            "Addresses, ports and firewall marks that make one virtual service."),
        Row::new("vrrp_instance", Takes::Section(Section::Instance), "",
            "One virtual router on this node."),
        Row::new("vrrp_script", Takes::Section(Section::Script), "",
            "Something that is run again and again and says whether all is well."),
        Row::new("vrrp_sync_group", Takes::Section(Section::SyncGroup), "",
            "Instances that change state together."),
        Row::new("vrrp_track_file", Takes::Section(Section::TrackFile("vrrp_track_file")), "",
            "Earlier name of `track_file`.").status(Status::QuietlyDeprecated("track_file")),
        Row::new("vrrp_track_port", Takes::Section(Section::TrackPort), "",
            "A port of this host on which something must listen, for instances to follow.").status(Status::Own),
        Row::new("vrrp_track_process", Takes::Section(Section::TrackProcess), "",
            "Processes that must run, for instances to follow."),
    ];
}
