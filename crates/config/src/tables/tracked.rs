//! Blocks of the root for things to follow: files, processes, groups of instances, pacing of ARP.

use crate::interpret::draft::{FileDraft, GarpGroupDraft, ProcessDraft};
use crate::interpret::routing::TrackGroupDraft;
use crate::interpret::setter::count;
use crate::interpret::watched::{file_weight, init_file, param_match, process, process_weight};
use crate::tables::{Keyword, Takes, int, time};

type Row = Keyword<GarpGroupDraft>;
type FileRow = Keyword<FileDraft>;
type ProcessRow = Keyword<ProcessDraft>;

rows! {
    /// `track_group`
    pub(crate) TRACK_GROUP: TrackGroupDraft = [
        Keyword::new("group", Takes::Names("NAME", |g, _, names, _| g.members.extend(names)), "",
            "The instances."),
    ];
}

rows! {
    /// `garp_group`
    pub(crate) GARP_GROUP: GarpGroupDraft = [
        Row::new("garp_interval", Takes::Time(time(0, 4_294_000_000, 6), |g, v| g.garp_interval = v.value), "0",
            "Gap between gratuitous ARPs.").unit("s"),
        Row::new("gna_interval", Takes::Time(time(0, 4_294_000_000, 6), |g, v| g.gna_interval = v.value), "0",
            "Gap between unsolicited neighbour advertisements.").unit("s"),
        Row::new("interface", Takes::Word("INTERFACE", |g, v| g.interfaces.push(v)), "",
            "The interface that the gaps are for."),
        Row::new("interfaces", Takes::Names("INTERFACE", |g, _, names, _| g.interfaces.extend(names)), "",
            "Interfaces that share one clock for the gaps."),
    ];
}

rows! {
    /// `vrrp_track_process`
    pub(crate) TRACK_PROCESS: ProcessDraft = [
        ProcessRow::new("delay", Takes::Time(time(1, 3_600_000_000, 6), |p, v| (p.fork_delay, p.terminate_delay) = (v.value, v.value)), "no delay",
            "Sets `fork_delay` and `terminate_delay`.").unit("s"),
        ProcessRow::new("fork_delay", Takes::Time(time(1, 3_600_000_000, 6), |p, v| p.fork_delay = v.value), "no delay",
            "How long a change must last that new processes bring.").unit("s"),
        ProcessRow::new("full_command", Takes::Flag(|p, _| p.full_command = true), "off",
            "Compares the whole first word of the command line, not the short name."),
        ProcessRow::new("param_match", Takes::Free("[initial|partial]", param_match), "exact when params given",
            "How the arguments must match: the last one may be longer, or others may follow; without a word there may be no others."),
        ProcessRow::new("process", Takes::Free("PATH [PARAMS...]", process), "",
            "Name or path of the program, and its arguments if these matter."),
        ProcessRow::new("quorum", Takes::Int(int(1..=65_535), |p, v| p.quorum = Some(v.map(count))), "1",
            "Fewest processes that must run."),
        ProcessRow::new("quorum_max", Takes::Int(int(0..=65_535), |p, v| p.quorum_max = Some(v.map(count))), "",
            "Most processes that may run; 0 for none."),
        ProcessRow::new("terminate_delay", Takes::Time(time(1, 3_600_000_000, 6), |p, v| p.terminate_delay = v.value), "no delay",
            "How long a change must last that the end of processes brings.").unit("s"),
        ProcessRow::new("weight", Takes::Free("N [reverse]", process_weight), "0",
            "Added to the priority while enough processes run (when negative: while not); 0 for FAULT while not.").ignored_without(),
    ];
}

rows! {
    /// `track_file`, `vrrp_track_file`
    pub(crate) TRACK_FILE: FileDraft = [
        FileRow::new("file", Takes::Word("PATH", |f, v| f.path = Some(v)), "",
            "The file.").ignored_without(),
        FileRow::new("init_file", Takes::Free("[VALUE] [overwrite]", init_file), "no creation",
            "Creates the file at start with this value; `overwrite` also when it is there."),
        FileRow::new("weight", Takes::Free("N [reverse]", file_weight), "1",
            "What the number in the file is multiplied with; 0 for FAULT while it is not 0.").ignored_without(),
    ];
}
