//! Words that say the same as others give the same configuration: old spellings, words that hold
//! for all instances beside the word of one, includes beside what they include.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use vipd_config::files::DiskFiles;
use vipd_config::model::Config;
use vipd_config::reader::Environment;
use vipd_config::{Host, load};

/// What a file means, in a folder of its own.
fn meaning(folder: &Path, text: &str) -> Config {
    let path = folder.join("keepalived.conf");
    std::fs::write(&path, text).unwrap();
    let host = Host::unknown("host");
    let path = path.to_str().unwrap();
    load(&DiskFiles, path, &Environment::default(), &host).config
}

/// A file with words in `global_defs`, in an instance, and at the root.
fn file(globals: &str, instance: &str, root: &str) -> String {
    format!(
        "global_defs {{\n router_id x\n {globals}\n}}\n{root}\nvrrp_instance A {{\n state BACKUP\n \
         interface eth0\n virtual_router_id 7\n {instance}\n virtual_ipaddress {{\n 10.0.0.1/24\n }}\n}}\n"
    )
}

/// Words in `global_defs`, in an instance, at the root.
type Words = [&'static str; 3];

/// What means the same, and not the same as nothing.
const SAME: &[(Words, Words)] = &[
    (
        ["vrrp_vmac_garp_intvl 5", "", ""],
        ["vrrp_garp_extra_if 5", "", ""],
    ),
    (
        ["vrrp_garp_extra_if all 5", "", ""],
        ["", "garp_extra_if all 5", ""],
    ),
    (["", "vmac_garp_intvl 5", ""], ["", "garp_extra_if 5", ""]),
    (
        ["vrrp_rlimit_rtime 7000", "", ""],
        ["vrrp_rlimit_rttime 7000", "", ""],
    ),
    (
        ["lvs_process_name x", "", ""],
        ["checker_process_name x", "", ""],
    ),
    (
        ["", "nopreempt\n thread_timer_expired 100", ""],
        ["", "nopreempt\n timer_expired_backup 100", ""],
    ),
    (
        ["vrrp_min_garp", "", ""],
        [
            "",
            "garp_master_repeat 1\n garp_master_delay 0\n garp_lower_prio_repeat 1\n garp_lower_prio_delay 0",
            "",
        ],
    ),
    (
        ["vrrp_owner_ignore_adverts", "", ""],
        ["", "owner_ignore_adverts", ""],
    ),
    (
        ["", "linkbeat_use_polling", ""],
        ["", "", "linkbeat_interfaces {\n eth0\n}"],
    ),
    (
        ["vrrp_rx_bufs_policy 9000", "", ""],
        ["", "kernel_rx_buf_size 9000", ""],
    ),
    (
        [
            "vrrp_rx_bufs_policy ADVERT\n vrrp_rx_bufs_multiplier 2",
            "",
            "",
        ],
        // IP header, VRRP header, one address, eight bytes for a password.
        ["", "kernel_rx_buf_size 80", ""],
    ),
    (
        [
            "default_interface eth1",
            "",
            "static_ipaddress {\n 10.0.0.2/24\n}",
        ],
        ["", "", "static_ipaddress {\n 10.0.0.2/24 dev eth1\n}"],
    ),
    (["", "", "include other"], ["", "", "linkbeat_use_polling"]),
    (["", "", "includea other"], ["", "", "linkbeat_use_polling"]),
    (["", "", "includeb other"], ["", "", "linkbeat_use_polling"]),
    (["", "", "includem other"], ["", "", "linkbeat_use_polling"]),
    (["", "", "includer other"], ["", "", "linkbeat_use_polling"]),
    (["", "", "includew othe*"], ["", "", "linkbeat_use_polling"]),
];

#[test]
fn words_that_say_the_same_mean_the_same() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("other"), "linkbeat_use_polling\n").unwrap();
    let read =
        |[globals, instance, root]: &Words| meaning(folder.path(), &file(globals, instance, root));
    let nothing = read(&["", "", ""]);
    for (one, other) in SAME {
        let meant = read(one);
        assert_eq!(meant, read(other), "{one:?}");
        assert_ne!(meant, nothing, "{one:?}");
    }
}
