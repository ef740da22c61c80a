//! Blocks of the root for things to follow: files, processes, groups of instances, pacing of ARP.

use crate::tables::{Keyword, Takes, any, any_names, int, time, unused};

type Row = Keyword<()>;

/// `track_group`
#[rustfmt::skip]
pub(crate) const TRACK_GROUP: &[Row] = &[
    Row::new("group", Takes::Names("NAME", any_names), "",
        "Members; empty or missing = block dropped.").not_yet(),
];

/// `garp_group`
#[rustfmt::skip]
pub(crate) const GARP_GROUP: &[Row] = &[
    Row::new("garp_interval", Takes::Time(time(0, 4_294_000_000, 6), unused), "0",
        "Gap between GARPs on the group's interfaces.").unit("s").not_yet(),
    Row::new("gna_interval", Takes::Time(time(0, 4_294_000_000, 6), unused), "0",
        "Gap between unsolicited NAs.").unit("s").not_yet(),
    Row::new("interface", Takes::Word("INTERFACE", unused), "",
        "Single interface of the group (own delays).").not_yet(),
    Row::new("interfaces", Takes::Names("INTERFACE", any_names), "",
        "Several interfaces sharing one timer; group with neither delay is removed.").not_yet(),
];

/// `vrrp_track_process`
#[rustfmt::skip]
pub(crate) const TRACK_PROCESS: &[Row] = &[
    Row::new("delay", Takes::Time(time(1, 3_600_000_000, 6), unused), "no delay",
        "Sets both delays.").unit("s").not_yet(),
    Row::new("fork_delay", Takes::Time(time(1, 3_600_000_000, 6), unused), "no delay",
        "Waits after a fork before acting.").unit("s").not_yet(),
    Row::new("full_command", Takes::Flag(unused), "off",
        "Matches /proc/PID/cmdline argv[0], not comm.").not_yet(),
    Row::new("param_match", Takes::Free("[initial|partial]", any), "exact when params given",
        "How params must match; implies full_command.").not_yet(),
    Row::new("process", Takes::Free("PATH [PARAMS...]", any), "",
        "Process name (comm) or path; giving params implies exact match and full_command; quotes needed for odd words.").not_yet(),
    Row::new("quorum", Takes::Int(int(1..=65_535), unused), "1",
        "Minimum processes.").not_yet(),
    Row::new("quorum_max", Takes::Int(int(0..=65_535), unused), "",
        "Maximum processes; 0 = must not run (quorum becomes 0).").not_yet(),
    Row::new("terminate_delay", Takes::Time(time(1, 3_600_000_000, 6), unused), "no delay",
        "Waits after an exit before acting.").unit("s").not_yet(),
    Row::new("weight", Takes::Free("N [reverse]", any), "0",
        "Priority change; 0 = fault on quorum loss.").not_yet().ignored_without(),
];

/// `track_file`, `vrrp_track_file`
#[rustfmt::skip]
pub(crate) const TRACK_FILE: &[Row] = &[
    Row::new("file", Takes::Word("PATH", unused), "",
        "File to watch (not on pseudo file systems).").not_yet().ignored_without(),
    Row::new("init_file", Takes::Free("[VALUE] [overwrite]", any), "no creation",
        "Creates file at start, overwrite if asked.").not_yet(),
    Row::new("weight", Takes::Free("N [reverse]", any), "1",
        "Multiplied with file value; 0 = non-zero value means fault.").not_yet().ignored_without(),
];
