//! `global_defs`: processes, reload, files.

use crate::interpret::draft::GlobalDraft;
use crate::interpret::global::{reload_file, umask};
use crate::interpret::process::auto_priority;
use crate::interpret::setter::{count, micros};
use crate::tables::{Keyword, Status, Takes, UINT_MAX, any, int, unused};

type Row = Keyword<GlobalDraft>;

rows! {
    /// Rows about the daemon itself.
    pub(crate) GLOBAL_PROCESS: GlobalDraft = [
        Row::new("bfd_process_name", Takes::Word("NAME", unused), "",
            "Name of the BFD process.").not_yet(),
        Row::new("checker_process_name", Takes::Word("NAME", |g, v| g.process_name("checker", v.value)), "",
            "Name of the process of the health checks."),
        Row::new("config_save_dir", Takes::Word("DIRECTORY", unused), "",
            "Where the configuration is saved before and after a reload, for debugging.").not_yet(),
        Row::new("data_use_instance", Takes::Bool(unused), "off",
            "Names of dump files contain the instance and the network namespace.").not_yet(),
        Row::new("include_check", Takes::Free("[+|-]{read|match|wildcard_match|brace_match}...", any), "no checks",
            "What later `include` lines must fulfil."),
        Row::new("lvs_process_name", Takes::Word("NAME", |g, v| g.process_name("checker", v.value)), "",
            "Earlier name of `checker_process_name`.").status(Status::QuietlyDeprecated("checker_process_name")),
        Row::new("max_auto_priority", Takes::Free("[N]", auto_priority), "0 = off",
            "Highest real-time priority that the VRRP process takes itself, step by step, when its timers run late; 99 without a number."),
        Row::new("min_auto_priority_delay", Takes::Int(int(1..=10_000_000), |g, v| g.auto_priority_delay = Some(micros(v.value))), "1000000",
            "How late a timer must be for that.").unit("us").ignored_without(),
        Row::new("process_monitor_rcv_bufs", Takes::Int(int(1..=UINT_MAX), |g, v| g.process_buffer = Some(count(v.value))), "set by the kernel",
            "Receive buffer of the socket that tells about processes.").unit("bytes").ignored_without(),
        Row::new("process_monitor_rcv_bufs_force", Takes::Bool(|g, v| g.process_buffer_force = v.value), "off",
            "That buffer may exceed the limit of the system."),
        Row::new("process_name", Takes::Word("NAME", |g, v| g.process_name("", v.value)), "",
            "Name of the supervising process."),
        Row::new("process_names", Takes::Flag(|g, _| g.process_names = true), "off",
            "Child processes are called `keepalived_vrrp`, `keepalived_lvs` and `keepalived_bfd`."),
        Row::new("random_seed", Takes::Int(int(0..=UINT_MAX), unused), "the time",
            "Seed of `${_RANDOM}`."),
        Row::new("reload_check_config", Takes::Free("[FILE]", |g, _, _| g.global.reload_check_config = true), "off",
            "Refuses to start or reload when there is any message about the configuration."),
        Row::new("reload_file", Takes::Free("[PATH]", reload_file), "off",
            "File that is there, and empty, while the configuration is read again; `keepalived.reload` beside the PID files without a path."),
        Row::new("reload_repeat", Takes::Flag(|g, _| g.global.reload_repeat = true), "off",
            "The file of `reload_time_file` stays, and a time without a date holds for every day."),
        Row::new("reload_time_file", Takes::Word("PATH", |g, v| g.global.reload_time_file = Some(v.value)), "",
            "File that says when to reload: `[YYYY-MM-DD ]HH:MM:SS[Z]`; it is removed then.").ignored_without(),
        Row::new("router_id", Takes::Word("NAME", |g, v| g.router_id = Some(v)), "the host name",
            "Names this node in mails, SNMP and dumps.").ignored_without(),
        Row::new("state_dump_file", Takes::Word("PATH", unused), "tmp dir/keepalived.data",
            "Where SIGUSR1 writes the state; a directory when it ends with `/`.").status(Status::Hidden).not_yet(),
        Row::new("stats_dump_file", Takes::Word("PATH", unused), "tmp dir/keepalived.stats",
            "Kept by keepalived and never used.").status(Status::Hidden),
        Row::new("tmp_config_directory", Takes::Word("DIRECTORY", unused), "memory (memfd)",
            "Where the copy of the configuration for the child processes is kept. vipd makes no copy that is kept.").ignored_without(),
        Row::new("umask", Takes::Free("MODE", umask), "0177",
            "Mode bits that created files do not get: a number, or names such as `IRGRP|IROTH`."),
        Row::new("vrrp_process_name", Takes::Word("NAME", |g, v| g.process_name("vrrp", v.value)), "",
            "Name of the VRRP process."),
    ];
}
