//! `global_defs`: processes, reload, files.

use crate::interpret::draft::GlobalDraft;
use crate::interpret::global::umask;
use crate::tables::{Keyword, Status, Takes, UINT_MAX, any, int, unused};

type Row = Keyword<GlobalDraft>;

/// Rows about the daemon itself.
#[rustfmt::skip]
pub(crate) const GLOBAL_PROCESS: &[Row] = &[
    Row::new("bfd_process_name", Takes::Word("NAME", unused), "",
        "Name of BFD child.").not_yet(),
    Row::new("checker_process_name", Takes::Word("NAME", |g, v| g.process_name("checker", v.value)), "",
        "Name of the process of the health checks."),
    Row::new("config_save_dir", Takes::Word("DIRECTORY", unused), "",
        "Save dumps of config before and after reload (debug).").not_yet(),
    Row::new("data_use_instance", Takes::Bool(unused), "off",
        "Adds instance/namespace to *.data file names (only state dumps).").not_yet(),
    Row::new("include_check", Takes::Free("[+|-]{read|match|wildcard_match|brace_match}...", any), "no checks",
        "What later `include` lines must fulfil."),
    Row::new("lvs_process_name", Takes::Word("NAME", |g, v| g.process_name("checker", v.value)), "",
        "Earlier name of `checker_process_name`.").status(Status::QuietlyDeprecated("checker_process_name")),
    Row::new("max_auto_priority", Takes::Free("[N]", any), "0 = off",
        "Allows automatic switch to SCHED_RR and raise of real-time priority when timers run late.").not_yet(),
    Row::new("min_auto_priority_delay", Takes::Int(int(1..=10_000_000), unused), "1000000",
        "Lateness that triggers a raise.").unit("us").not_yet().ignored_without(),
    Row::new("process_monitor_rcv_bufs", Takes::Int(int(1..=UINT_MAX), unused), "set by the kernel",
        "Proc connector receive buffer.").unit("bytes").not_yet().ignored_without(),
    Row::new("process_monitor_rcv_bufs_force", Takes::Bool(unused), "off",
        "Uses SO_RCVBUFFORCE.").not_yet(),
    Row::new("process_name", Takes::Word("NAME", |g, v| g.process_name("", v.value)), "",
        "Name of the supervising process."),
    Row::new("process_names", Takes::Flag(|g, _| g.process_names = true), "off",
        "Child processes are called `keepalived_vrrp`, `keepalived_lvs` and `keepalived_bfd`."),
    Row::new("random_seed", Takes::Int(int(0..=UINT_MAX), unused), "the time",
        "Seed of `${_RANDOM}`."),
    Row::new("reload_check_config", Takes::Free("[FILE]", |g, _, _| g.global.reload_check_config = true), "off",
        "Refuses to start or reload when there is any message about the configuration."),
    Row::new("reload_file", Takes::Free("[PATH]", any), "off",
        "File present while a reload runs; removed when done.").not_yet(),
    Row::new("reload_repeat", Takes::Flag(unused), "off",
        "Reloads each day at that time.").not_yet(),
    Row::new("reload_time_file", Takes::Word("PATH", unused), "",
        "File holding date/time for a scheduled reload.").not_yet().ignored_without(),
    Row::new("router_id", Takes::Word("NAME", |g, v| g.router_id = Some(v)), "the host name",
        "Names this node in mails, SNMP and dumps.").ignored_without(),
    Row::new("state_dump_file", Takes::Word("PATH", unused), "tmp dir/keepalived.data",
        "Template for USR1 dump files; trailing / = directory; man page calls it state_file_location, which is not accepted.").status(Status::Hidden).not_yet(),
    Row::new("stats_dump_file", Takes::Word("PATH", unused), "tmp dir/keepalived.stats",
        "Stored but never used (bug); man page: stats_file_location.").status(Status::Hidden).not_yet(),
    Row::new("tmp_config_directory", Takes::Word("DIRECTORY", unused), "memory (memfd)",
        "Where the merged config copy is kept; cannot change on reload.").not_yet().ignored_without(),
    Row::new("umask", Takes::Free("MODE", umask), "0177",
        "Mode bits that created files do not get: a number, or names such as `IRGRP|IROTH`."),
    Row::new("vrrp_process_name", Takes::Word("NAME", |g, v| g.process_name("vrrp", v.value)), "",
        "Name of the VRRP process."),
];
