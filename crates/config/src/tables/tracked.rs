//! Blocks of the root for things to follow: files, processes, groups of instances, pacing of ARP.

use crate::interpret::routing::TrackGroupDraft;
use crate::tables::{Keyword, Takes, any, any_names, int, time, unused};

type Row = Keyword<()>;

/// `track_group`
#[rustfmt::skip]
pub(crate) const TRACK_GROUP: &[Keyword<TrackGroupDraft>] = &[
    Keyword::new("group", Takes::Names("NAME", |g, _, names, _| g.members.extend(names)), "",
        "The instances."),
];

/// `garp_group`
#[rustfmt::skip]
pub(crate) const GARP_GROUP: &[Row] = &[
    Row::new("garp_interval", Takes::Time(time(0, 4_294_000_000, 6), unused), "0",
        "Gap between gratuitous ARPs.").unit("s").not_yet(),
    Row::new("gna_interval", Takes::Time(time(0, 4_294_000_000, 6), unused), "0",
        "Gap between unsolicited neighbour advertisements.").unit("s").not_yet(),
    Row::new("interface", Takes::Word("INTERFACE", unused), "",
        "The interface that the gaps are for.").not_yet(),
    Row::new("interfaces", Takes::Names("INTERFACE", any_names), "",
        "Interfaces that share one clock for the gaps.").not_yet(),
];

/// `vrrp_track_process`
#[rustfmt::skip]
pub(crate) const TRACK_PROCESS: &[Row] = &[
    Row::new("delay", Takes::Time(time(1, 3_600_000_000, 6), unused), "no delay",
        "How long a change must last before it counts.").unit("s").not_yet(),
    Row::new("fork_delay", Takes::Time(time(1, 3_600_000_000, 6), unused), "no delay",
        "How long a new process must run before it counts.").unit("s").not_yet(),
    Row::new("full_command", Takes::Flag(unused), "off",
        "Compares the whole first word of the command line, not the short name.").not_yet(),
    Row::new("param_match", Takes::Free("[initial|partial]", any), "exact when params given",
        "How the arguments must match.").not_yet(),
    Row::new("process", Takes::Free("PATH [PARAMS...]", any), "",
        "Name or path of the program, and its arguments if these matter.").not_yet(),
    Row::new("quorum", Takes::Int(int(1..=65_535), unused), "1",
        "Fewest processes that must run.").not_yet(),
    Row::new("quorum_max", Takes::Int(int(0..=65_535), unused), "",
        "Most processes that may run; 0 for none.").not_yet(),
    Row::new("terminate_delay", Takes::Time(time(1, 3_600_000_000, 6), unused), "no delay",
        "How long a process must be gone before it counts.").unit("s").not_yet(),
    Row::new("weight", Takes::Free("N [reverse]", any), "0",
        "Added to the priority while enough processes run; 0 for FAULT while not.").not_yet().ignored_without(),
];

/// `track_file`, `vrrp_track_file`
#[rustfmt::skip]
pub(crate) const TRACK_FILE: &[Row] = &[
    Row::new("file", Takes::Word("PATH", unused), "",
        "The file.").not_yet().ignored_without(),
    Row::new("init_file", Takes::Free("[VALUE] [overwrite]", any), "no creation",
        "Creates the file at start with this value; `overwrite` also when it is there.").not_yet(),
    Row::new("weight", Takes::Free("N [reverse]", any), "1",
        "What the number in the file is multiplied with; 0 for FAULT while it is not 0.").not_yet().ignored_without(),
];
