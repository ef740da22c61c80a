//! The counters in the layout of `keepalived.stats`, which exporters parse.

use std::fmt::Write as _;

use vipd_engine::vrrp::InstanceStatus;

/// All counters of all instances.
pub(super) fn text(status: &[InstanceStatus]) -> String {
    let mut text = String::new();
    for instance in status {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "VRRP Instance: {}", instance.instance);
        for line in lines(instance) {
            let _ = match line {
                Line::Section(name) => writeln!(text, "  {name}:"),
                Line::Counter(name, value) => writeln!(text, "  {name}: {value}"),
                Line::Part(name, value) => writeln!(text, "    {name}: {value}"),
            };
        }
    }
    text
}

enum Line {
    Section(&'static str),
    Counter(&'static str, u64),
    Part(&'static str, u64),
}

fn lines(instance: &InstanceStatus) -> [Line; 25] {
    use Line::{Counter, Part, Section};
    let counters = &instance.counters;
    [
        Section("Advertisements"),
        Part("Received", counters.advert_rcvd),
        Part("Sent", counters.advert_sent),
        Counter("Became master", counters.become_master),
        Counter("Released master", counters.release_master),
        Section("Packet Errors"),
        Part("Length", counters.packet_len_err),
        Part("TTL", counters.ip_ttl_err),
        Part("Invalid Type", counters.invalid_type_rcvd),
        Part("Advertisement Interval", counters.advert_interval_err),
        Part("Address List", counters.addr_list_err),
        Section("Authentication Errors"),
        Part("Invalid Type", counters.invalid_authtype),
        Part("Type Mismatch", counters.authtype_mismatch),
        Part("Failure", counters.auth_failure),
        // Adverts are not signed (`auth_hmac`), so nothing can be wrong with signatures.
        Section("Authentication Extension Errors"),
        Part("Missing", 0),
        Part("Malformed", 0),
        Part("Unknown Key", 0),
        Part("Invalid HMAC", 0),
        Part("Stale", 0),
        Part("Replay", 0),
        Section("Priority Zero"),
        Part("Received", counters.pri_zero_rcvd),
        Part("Sent", counters.pri_zero_sent),
    ]
}
