//! Which of vipd's diagnostics say what a message of keepalived says.

/// A message of keepalived and the codes that have the same cause.
struct Cause {
    /// A part of the message that no other one has; the first row that fits counts.
    fragment: &'static str,
    /// The codes.
    codes: &'static [&'static str],
}

const fn cause(fragment: &'static str, codes: &'static [&'static str]) -> Cause {
    Cause { fragment, codes }
}

/// Codes of an unknown word, with or without a block.
const UNKNOWN: &[&str] = &["unknown-keyword", "unknown-block", "no-blank-after-keyword"];
/// Codes of a value that is not taken.
const VALUE: &[&str] = &["invalid-number", "value-out-of-range"];
/// Codes of an address that is none.
const ADDRESS: &[&str] = &["invalid-address"];
/// Codes of a script without somebody to run as.
const USER: &[&str] = &["script-without-user", "unknown-user"];

#[rustfmt::skip]
const CAUSES: &[Cause] = &[
    cause("Unknown keyword '}'", &["extra-close-brace", "unknown-block"]),
    cause("Extra '}' found", &["extra-close-brace", "unknown-block"]),
    cause("Unknown keyword", UNKNOWN),
    cause("Unexpected '{'", &["unexpected-brace", "unknown-block"]),
    cause("missing '}'s or extra", &["missing-close-brace", "extra-close-brace", "unexpected-brace", "unknown-block"]),
    cause("has extra parameters", &["extra-words"]),
    cause("is missing a parameter after keyword", &["missing-parameter"]),
    cause("is deprecated. Please use", &["deprecated-keyword"]),
    cause("is deprecated - please use '", &["deprecated-keyword"]),
    cause("Specifying lvs_sync_daemon_interface", &["deprecated-keyword"]),
    cause("Please use global lvs_sync_daemon", &["deprecated-keyword"]),
    cause("without any unicast peers", &["unicast-without-peers"]),
    cause("SECURITY VIOLATION", &["script-security-off"]),
    cause("Truncating auth_pass", &["password-too-long"]),
    cause("outside range", VALUE),
    cause("Priority not valid", VALUE),
    cause("' not valid - must be between", VALUE),
    cause("_interval '", VALUE),
    cause("invalid number", &["invalid-number", "value-out-of-range", "invalid-address", "unknown-option"]),
    cause("persistence_timeout invalid", VALUE),
    cause("Invalid checker connect_port", VALUE),
    cause("Invalid address prefix len", &["invalid-address"]),
    cause("persistence_granularity specified", VALUE),
    cause("Quorum ", &["quorum-too-high", "value-out-of-range"]),
    cause("digest '", VALUE),
    cause("address family must match", &["other-family"]),
    cause("Cannot specify native_ipv6", &["native-ipv6-with-ipv4"]),
    cause("duplicates a VIP", &["repeated-address"]),
    cause("parsed invalid IP", ADDRESS),
    cause("malformed unicast peer", ADDRESS),
    cause("malformed src address", ADDRESS),
    cause("Invalid bindto address", ADDRESS),
    cause("Invalid connect_ip address", ADDRESS),
    cause("Invalid smtp server", &["unknown-host"]),
    cause("Invalid virtual server IP", &["bad-server"]),
    cause("No VIP specified", &["no-address"]),
    cause("due to insecure", &["script-disabled"]),
    cause("not found/accessible", &["script-disabled"]),
    cause("Non-existent interface specified", &["unknown-interface", "unexpected-brace"]),
    cause("doesn't exist - ignoring", &["unknown-member"]),
    cause("no matching virtual router found", &["empty-group", "unknown-member"]),
    cause("tracked interface { doesn't exist", &["unexpected-brace"]),
    cause("has no members - removing", &["empty-group", "empty-block"]),
    cause("has only 1 virtual router", &["group-of-one"]),
    cause("doesn't exist", &["unknown-interface"]),
    cause("Interface name '", &["label-too-long", "unknown-interface", "value-out-of-range"]),
    cause("Unknown interface!", &["no-interface", "unknown-interface"]),
    cause("no forwarding method set", &["incomplete-block"]),
    cause("no scheduler set", &["incomplete-block"]),
    cause("routing method for virtual server", &["unknown-choice"]),
    cause("Invalid lvs_scheduler", &["unknown-choice"]),
    cause("Strict mode does not support auth", &["authentication-not-supported"]),
    cause("does not support authentication", &["authentication-not-supported"]),
    cause("State MASTER must match being address owner", &["not-strict"]),
    cause("incompatible with AH authentication", &["master-with-ah"]),
    cause("unknown authentication type", &["unknown-auth-type"]),
    cause("nopreempt will not work", &["nopreempt-as-master"]),
    cause("preempt delay will not work", &["preempt-delay-as-master"]),
    cause("with weights due to address_owner", &["weight-of-owner"]),
    cause("Ignoring track_interface", &["own-interface-tracked"]),
    cause("unknown state", &["unknown-state"]),
    cause("the virtual router id must be set", &["no-virtual-router-id"]),
    cause("Error setting global script uid/gid", USER),
    cause("Unable to set default user", USER),
    cause("Unable to set uid/gid for script", USER),
    cause("track script option", &["unknown-option"]),
    cause("track_interface auth_", &["unknown-option"]),
    cause("track script", &["unknown-script"]),
    cause("track file", &["unknown-tracked"]),
    cause("empty notification_email", &["empty-block"]),
    cause("protocol specified for fwmark", &["protocol-with-fwmark"]),
    cause("routerid name missing", &["missing-parameter"]),
    cause("realpath() error", &["missing-file", "unknown-tracked"]),
    cause("script already specified", &["repeated-keyword"]),
    cause("already defined", &["repeated-name"]),
    cause("Route cannot be tracked", &["route-protocol"]),
    cause("Config files missing", &["include-missing"]),
];

/// The codes that say what this message says; none: nobody has thought of the message yet.
pub(super) fn codes(message: &str) -> &'static [&'static str] {
    CAUSES
        .iter()
        .find(|cause| message.contains(cause.fragment))
        .map_or(&[], |cause| cause.codes)
}
