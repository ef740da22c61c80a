//! Which value of the dump is which line of keepalived's data file.

use serde_json::Value;

/// A value and the line with it.
pub struct Row {
    pub block: &'static str,
    pub keyword: &'static str,
    /// How the line is called there.
    pub label: &'static str,
    /// The value in the words of that line; nothing when there is no such line then.
    pub ours: fn(&Value) -> Option<String>,
    /// The words of the line without what does not matter.
    pub theirs: fn(&str) -> String,
}

const G: &str = "global_defs";
const I: &str = "vrrp_instance";
const S: &str = "vrrp_script";
const Y: &str = "vrrp_sync_group";
const F: &str = "track_file";
const R: &str = "vrrp_track_process";
/// Blocks of the data file that vipd shows as lines of another one.
const P: &str = "parent";
const GG: &str = "garp_group";
const N: &str = "interface";

type Ours = fn(&Value) -> Option<String>;
type Theirs = fn(&str) -> String;

const fn row(
    block: &'static str,
    keyword: &'static str,
    label: &'static str,
    ours: Ours,
    theirs: Theirs,
) -> Row {
    Row {
        block,
        keyword,
        label,
        ours,
        theirs,
    }
}

fn same(text: &str) -> String {
    text.to_owned()
}

/// Text or a number; no line without a value.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Some(value.to_string())
        }
    }
}

fn on(value: &Value) -> bool {
    value == &Value::Bool(true)
}

/// `true` or `false`
fn boolean(value: &Value) -> Option<String> {
    Some(on(value).to_string())
}

fn opposite(value: &Value) -> Option<String> {
    Some((!on(value)).to_string())
}

/// The line stands there only when it is on.
fn flag(value: &Value) -> Option<String> {
    on(value).then(|| "yes".to_owned())
}

fn yes_no(value: &Value) -> Option<String> {
    Some(if on(value) { "yes" } else { "no" }.to_owned())
}

fn enabled(value: &Value) -> Option<String> {
    Some(if on(value) { "enabled" } else { "disabled" }.to_owned())
}

fn disabled(value: &Value) -> Option<String> {
    enabled(&Value::Bool(!on(value)))
}

fn zero_for_none(value: &Value) -> Option<String> {
    Some(text(value).unwrap_or_else(|| "0".to_owned()))
}

/// The first word.
fn first(text: &str) -> String {
    let word = text.split([' ', ',']).next();
    word.unwrap_or_default().to_owned()
}

/// Seconds as a number, whatever the unit of the line.
fn number(text: &str) -> String {
    let value: f64 = first(text).parse().unwrap_or(-1.0);
    let scale = if text.contains("milli-sec") {
        1000.0
    } else {
        1.0
    };
    format!("{}", value / scale)
}

fn seconds(value: &Value) -> Option<String> {
    value.as_f64().map(|value| format!("{value}"))
}

/// Seconds; no line for none.
fn some_seconds(value: &Value) -> Option<String> {
    value
        .as_f64()
        .filter(|value| *value > 0.0)
        .map(|value| format!("{value}"))
}

/// A command without its user, and the program without its folder, which keepalived resolves.
fn command(value: &Value) -> Option<String> {
    text(value).map(|text| program(&text))
}

fn program(text: &str) -> String {
    let argv = text.split(", uid:gid").next().unwrap_or_default();
    argv.replace("/usr/bin/", "/bin/")
}

/// Its user, by number: that of `root`, who is taken when nobody is named.
fn root(value: &Value) -> Option<String> {
    let user = text(value).unwrap_or_else(|| "root".to_owned());
    Some(user.replace("root", "0") + ":0")
}

/// A command before the name of the FIFO that keepalived adds.
fn reader(text: &str) -> String {
    let own = text.split("' '").next().unwrap_or_default();
    let own = own.split(", uid:gid").next().unwrap_or_default();
    format!("'{}'", own.replace("/usr/bin/", "/bin/").replace('\'', ""))
}

/// A command with a time limit at the end.
fn limited(text: &str) -> String {
    program(text)
}

fn limit(text: &str) -> String {
    text.rsplit(' ').next().unwrap_or_default().to_owned()
}

/// What comes from the configuration; else keepalived shows what it has found.
fn configured(text: &str) -> String {
    let own = text.strip_suffix(" (from configuration)");
    own.unwrap_or_default().to_owned()
}

fn auth_type(value: &Value) -> Option<String> {
    let words = [("PASS", "SIMPLE_PASSWORD"), ("AH", "IPSEC_AH")];
    let own = text(value)?;
    words
        .iter()
        .find(|(ours, _)| *ours == own)
        .map(|(_, theirs)| (*theirs).to_owned())
}

fn auth_shown(text: &str) -> String {
    if text == "none" { "" } else { text }.to_owned()
}

fn off(value: &Value) -> Option<String> {
    on(value).then(|| "off".to_owned())
}

/// `FILE (repeat)`
fn repeats(text: &str) -> String {
    let repeats = text.ends_with(" (repeat)");
    if repeats { "yes" } else { "" }.to_owned()
}

fn old_checksum(value: &Value) -> Option<String> {
    text(value).map(|word| word.replace("always", "config"))
}

/// No line for `no`.
fn unless_no(text: &str) -> String {
    if text == "no" { "" } else { text }.to_owned()
}

/// Not the usual time, which is not shown.
fn unusual(value: &Value) -> Option<String> {
    text(value).filter(|seconds| seconds != "30")
}

fn one_zero(value: &Value) -> Option<String> {
    Some(if on(value) { "1" } else { "0" }.to_owned())
}

/// `'COMMAND' 'ARGUMENT'...`: the command.
fn quoted_first(value: &Value) -> Option<String> {
    let text = text(value)?;
    text.split('\'').nth(1).map(str::to_owned)
}

/// The arguments.
fn quoted_rest(value: &Value) -> Option<String> {
    let text = text(value)?;
    let (_, rest) = text.split_once("' ")?;
    Some(rest.replace('\'', ""))
}

/// `1.500000s`
fn plain_seconds(text: &str) -> String {
    number(text.trim_end_matches('s'))
}

/// A gap in `INTERFACES: garp_interval N, gna_interval N`.
fn garp_gap(value: &Value) -> Option<String> {
    gap(value, "garp_interval ")
}

fn gna_gap(value: &Value) -> Option<String> {
    gap(value, "gna_interval ")
}

fn gap(value: &Value, word: &str) -> Option<String> {
    let text = text(value)?;
    let (_, rest) = text.split_once(word)?;
    rest.split(',').next().map(str::to_owned)
}

/// `INTERFACE DOWN UP`
fn down_delay(value: &Value) -> Option<String> {
    text(value)?.split(' ').nth(1).map(str::to_owned)
}

fn up_delay(value: &Value) -> Option<String> {
    text(value)?.split(' ').nth(2).map(str::to_owned)
}

fn microseconds(text: &str) -> String {
    let value: f64 = text.trim_end_matches("us").parse().unwrap_or(-1.0);
    format!("{}", value / 1e6)
}

/// The interface below that of a virtual MAC address.
fn base(text: &str) -> String {
    let below = text.split_once("vmac on ").map_or(text, |(_, below)| below);
    first(below)
}

/// `NAME weight N`
fn tracked(text: &str) -> String {
    text.replace(", weight", " weight")
}

/// Address, prefix length, interface and label; a full length is not shown there.
fn address(value: &Value) -> Option<String> {
    let text = text(value)?;
    let words: Vec<&str> = text.split(' ').filter(|word| *word != "-nodad").collect();
    let words = words.join(" ");
    Some(words.replace("/32 ", " ").replace("/128 ", " "))
}

fn shown_address(text: &str) -> String {
    let place = text.split('@').next().unwrap_or_default();
    let rest = text.split('@').nth(1).and_then(|rest| rest.split_once(' '));
    let rest = rest.map_or_else(String::new, |(_, rest)| format!(" {rest}"));
    format!("{place}{rest}")
        .replace(" scope global", "")
        .replace(" preferred_lft forever", "")
}

/// The bounds of the TTL, which are shown there always.
fn peer(value: &Value) -> Option<String> {
    text(value)
}

fn shown_peer(text: &str) -> String {
    text.replace(" min_ttl 0 max_ttl 255", "")
}

#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    row(G, "router_id", "Router ID", text, same),
    row(G, "notification_email", "Email notification to", text, same),
    row(G, "notification_email_from", "Email notification from", text, same),
    row(G, "smtp_server", "Smtp server", |v| text(v).map(|t| first(&t)), same),
    row(G, "smtp_server", "Smtp server port", |v| text(v).map(|t| t.rsplit(' ').next().unwrap_or_default().to_owned()), same),
    row(G, "smtp_helo_name", "Smtp HELO name", text, same),
    row(G, "smtp_connect_timeout", "Smtp server connection timeout", unusual, same),
    row(G, "no_email_faults", "Send emails for fault transitions", off, same),
    row(G, "script_user", "Default script uid:gid", root, same),
    row(G, "notify_fifo_script", "Global notify fifo script", command, reader),
    row(G, "vrrp_notify_fifo_script", "VRRP notify fifo script", command, reader),
    row(G, "nftables", "nftables table name", text, same),
    row(G, "nftables_priority", "nftables base chain priority", text, same),
    row(G, "nftables_counters", "nftables with counters", flag, same),
    row(G, "process_monitor_rcv_bufs", "process_monitor_rcv_bufs", zero_for_none, same),
    row(G, "process_monitor_rcv_bufs_force", "process_monitor_rcv_bufs_force", one_zero, same),
    row(G, "fifo_write_vrrp_states_on_reload", "FIFO write vrrp states on reload", boolean, same),
    row(G, "max_auto_priority", "Max auto priority", zero_for_none, same),
    row(G, "min_auto_priority_delay", "Min auto priority delay", |v| text(v).or_else(|| Some("1000000".to_owned())), first),
    row(G, "vrrp_cpu_affinity", "VRRP CPU Affinity", text, same),
    row(G, "vrrp_netlink_cmd_rcv_bufs", "vrrp_netlink_cmd_rcv_bufs", zero_for_none, same),
    row(G, "vrrp_netlink_cmd_rcv_bufs_force", "vrrp_netlink_cmd_rcv_bufs_force", one_zero, same),
    row(G, "vrrp_netlink_monitor_rcv_bufs", "vrrp_netlink_monitor_rcv_bufs", zero_for_none, same),
    row(G, "vrrp_netlink_monitor_rcv_bufs_force", "vrrp_netlink_monitor_rcv_bufs_force", one_zero, same),
    row(G, "disable_local_igmp", "Disable local IGMP", yes_no, same),
    row(G, "reload_file", "Reload_file", text, same),
    row(G, "reload_time_file", "Reload time file", text, first),
    row(G, "reload_repeat", "Reload time file", flag, repeats),
    row(G, "vrrp_rlimit_rttime", "VRRP realtime limit", text, same),
    row(G, "process_name", "Parent process name", text, same),
    row(P, "startup_script", "Startup script", command, limited),
    row(P, "startup_script_timeout", "Startup script", text, limit),
    row(P, "shutdown_script", "Shutdown script", command, limited),
    row(P, "shutdown_script_timeout", "Shutdown script", text, limit),
    row("static_ipaddress", "static_ipaddress", "address", address, shown_address),
    row(GG, "garp_group", "GARP interval", garp_gap, same),
    row(GG, "garp_group", "GNA interval", gna_gap, same),
    row(N, "interface_up_down_delays", "Down debounce timer", down_delay, microseconds),
    row(N, "interface_up_down_delays", "Up debounce timer", up_delay, microseconds),
    row(N, "use_vmac", "MAC", text, same),

    row(F, "file", "File", text, same),
    row(F, "weight", "Weight", text, same),
    row(R, "process", "Process", quoted_first, same),
    row(R, "process", "Parameters", quoted_rest, same),
    row(R, "param_match", "Param match", text, same),
    row(R, "full_command", "Full command", boolean, same),
    row(R, "weight", "Weight", text, same),
    row(R, "quorum", "Min processes", text, same),
    row(R, "quorum_max", "Max processes", text, same),
    row(R, "fork_delay", "Fork delay", seconds, plain_seconds),
    row(R, "terminate_delay", "Terminate delay", seconds, plain_seconds),

    row(G, "enable_script_security", "Script security enabled", flag, same),
    row(G, "notify_fifo", "Global notify fifo", text, first),
    row(G, "vrrp_notify_fifo", "VRRP notify fifo", text, first),
    row(G, "vrrp_process_name", "VRRP process name", text, same),
    row(G, "checker_process_name", "LVS process name", text, same),
    row(G, "vrrp_priority", "VRRP process priority", text, same),
    row(G, "vrrp_rt_priority", "VRRP realtime priority", zero_for_none, same),
    row(G, "vrrp_no_swap", "VRRP don't swap", boolean, same),
    row(G, "vrrp_garp_interval", "Gratuitous ARP interval", seconds, number),
    row(G, "vrrp_gna_interval", "Gratuitous NA interval", seconds, number),
    row(G, "vrrp_startup_delay", "vrrp_startup_delay", some_seconds, number),
    row(G, "dynamic_interfaces", "Dynamic interfaces", boolean, same),
    row(G, "log_unknown_vrids", "log_unknown_vrids", flag, same),
    row(G, "umask", "umask", text, same),
    row(G, "reload_check_config", "No test config before reload", |v| (!on(v)).then(|| "yes".to_owned()), same),

    row(I, "interface", "Interface", text, base),
    row(I, "virtual_router_id", "Virtual Router ID", text, same),
    row(I, "native_ipv6", "Using Native IPv6", flag, same),
    row(I, "version", "VRRP Version", text, same),
    row(I, "priority", "Priority", text, same),
    row(I, "advert_int", "Advert interval", seconds, number),
    row(I, "nopreempt", "Preempt", disabled, same),
    row(I, "preempt_delay", "Preempt delay", some_seconds, number),
    row(I, "down_timer_adverts", "Down timer adverts", text, same),
    row(I, "lower_prio_no_advert", "Send advert after receive lower priority advert", opposite, same),
    row(I, "higher_prio_send_advert", "Send advert after receive higher priority advert", boolean, same),
    row(I, "strict_mode", "Enforcing strict VRRP compliance", flag, same),
    row(I, "skip_check_adv_addr", "Skip checking advert IP addresses", flag, same),
    row(I, "accept", "Accept", enabled, same),
    row(I, "dont_track_primary", "VRRP interface tracking disabled", flag, same),
    row(I, "promote_secondaries", "Promote_secondaries", enabled, same),
    row(I, "old_unicast_checksum", "Unicast checksum compatibility", old_checksum, unless_no),
    row(I, "kernel_rx_buf_size", "Kernel rx buffer size", text, same),
    row(I, "mcast_dst_ip", "Multicast address", text, first),
    row(I, "unicast_peer", "Unicast Peer", peer, shown_peer),
    row(I, "unicast_ttl", "Unicast TTL", text, same),
    row(I, "check_unicast_src", "Check unicast src", yes_no, same),
    row(I, "unicast_fault_no_peer", "If unicast go to fault state if no peers", flag, same),
    row(I, "virtual_ipaddress", "Virtual IP", address, shown_address),
    row(I, "virtual_ipaddress_excluded", "Virtual IP Excluded", address, shown_address),
    row(I, "garp_master_repeat", "Gratuitous ARP repeat", text, same),
    row(I, "garp_master_delay", "Gratuitous ARP delay", text, same),
    row(I, "garp_master_refresh", "Gratuitous ARP refresh", text, same),
    row(I, "garp_master_refresh_repeat", "Gratuitous ARP refresh repeat", text, same),
    row(I, "garp_lower_prio_repeat", "Gratuitous ARP lower priority repeat", text, same),
    row(I, "garp_lower_prio_delay", "Gratuitous ARP lower priority delay", text, same),
    row(I, "auth_type", "Authentication type", auth_type, auth_shown),
    row(I, "mcast_src_ip", "Using src_ip", text, configured),
    row(I, "unicast_src_ip", "Using src_ip", text, configured),
    row(I, "use_vmac", "Use VMAC", |v| text(v).map(|t| first(&t)), same),
    row(I, "use_vmac_addr", "Use VMAC for VIPs on other interfaces", flag, same),
    row(I, "vmac_xmit_base", "xmit_base", flag, same),
    row(I, "track_file", "Tracked files", text, tracked),
    row(I, "track_process", "Tracked processes", text, tracked),
    row(I, "track_interface", "Tracked interfaces", text, tracked),
    row(I, "track_script", "Tracked scripts", text, tracked),
    row(I, "notify_master", "Master state transition script", command, program),
    row(I, "notify_backup", "Backup state transition script", command, program),
    row(I, "notify_fault", "Fault state transition script", command, program),
    row(I, "notify_stop", "Stop state transition script", command, program),
    row(I, "notify", "Generic state transition script", command, program),
    row(I, "notify_master_rx_lower_pri", "Master rx lower pri state transition script", command, program),
    row(I, "notify_deleted", "Notify deleted", |v| Some(if v == &Value::Bool(false) { "Fault" } else { "Deleted" }.to_owned()), same),
    row(I, "notify_deleted", "Deleted state transition script", |v| v.as_str().map(program), program),
    row(I, "smtp_alert", "Using smtp notification", yes_no, same),
    row(I, "notify_priority_changes", "Notify priority changes", boolean, same),

    row(S, "script", "Command", command, program),
    row(S, "interval", "Interval", seconds, number),
    row(S, "weight", "Weight", text, same),
    row(S, "timeout", "Timeout", text, number),
    row(S, "user", "Script uid:gid", root, same),
    row(S, "rise", "Rise", text, same),
    row(S, "fall", "Fall", text, same),

    row(Y, "group", "VRRP member instances", text, same),
    row(Y, "sync_group_tracking_weight", "sync group tracking weight set", flag, same),
    row(Y, "track_interface", "Tracked interfaces", text, tracked),
    row(Y, "track_script", "Tracked scripts", text, tracked),
    row(Y, "track_file", "Tracked files", text, tracked),
    row(Y, "track_process", "Tracked process", text, tracked),
    row(Y, "notify_backup", "Backup state transition script", command, program),
    row(Y, "notify_fault", "Fault state transition script", command, program),
    row(Y, "notify_stop", "Stop state transition script", command, program),
    row(Y, "notify", "Generic state transition script", command, program),
    row(Y, "notify_master", "Master state transition script", command, program),
    row(Y, "smtp_alert", "Using smtp notification", yes_no, same),
];

const READER: &str = "of the reader of files: it has no value";
const OWN: &str = "a word of vipd alone";
const EACH: &str = "shown of each instance";
const ABSENT: &str = "keepalived's data file says nothing of it";

/// Keywords whose value vipd shows under another one, and what vipd does not show, and why. An empty
/// keyword stands for all of the block.
#[rustfmt::skip]
pub const NOT_SHOWN: &[(&str, &str, &str)] = &[
    ("", "instance", "shown as part of the names of files only"),
    ("", "net_namespace", "the lab has no namespace of that name"),
    ("", "net_namespace_ipvs", "needs a kernel with IPVS; see the program `lvs`"),
    ("", "use_pid_dir", ABSENT),
    ("", "child_wait_time", ABSENT),
    ("", "static_routes", "shown as the kernel has them; see the test of routes and rules"),
    ("", "static_rules", "as `static_routes`"),
    ("", "track_group", "not in 2.2.7"),
    ("", "include", READER), ("", "includea", READER), ("", "includeb", READER),
    ("", "includem", READER), ("", "includer", READER), ("", "includew", READER),
    (G, "include_check", READER),
    (G, "random_seed", ABSENT),
    ("", "linkbeat_use_polling", "the data file says how an interface is asked, not that it is to be"),
    (I, "linkbeat_use_polling", "as that of the root"),
    (G, "set_supplementary_groups", "not in 2.2.7"),
    (G, "vrrp_rx_bufs_policy", "is in `kernel_rx_buf_size`; the data file has the sum of each socket"),
    (G, "vrrp_rx_bufs_multiplier", "as `vrrp_rx_bufs_policy`"),
    (G, "vrrp_garp_extra_if", EACH), (G, "vrrp_vmac_garp_intvl", EACH),
    (G, "vrrp_rlimit_rtime", "another name for `vrrp_rlimit_rttime`"),
    (G, "stats_dump_file", "has no meaning"), (I, "debug", "has no meaning"),
    (G, "tmp_config_directory", "has no meaning for vipd"),
    (I, "garp_extra_if", "the data file has that of `global_defs` only"),
    (I, "vmac_garp_intvl", "another name for `garp_extra_if`"),
    (I, "vrf", "needs an interface of that kind, which is not in every kernel"),
    (I, "thread_timer_expired", "another name for `timer_expired_backup`"),
    (G, "use_symlink_paths", "not in 2.2.7"),
    (G, "vip_restore", OWN), (G, "notify_retry", OWN),
    (G, "vrrp_delay_after_boot", "not in 2.2.7"),
    (G, "default_interface", "is the `dev` of static addresses"),
    (G, "iproute_etc_dir", "is in the numbers of routes and rules"),
    (G, "iproute_usr_dir", "as `iproute_etc_dir`"),
    (G, "nftables_ifindex", "always so in vipd"),
    (G, "vrrp_iptables", "nftables is used whatever it says"),
    (G, "vrrp_ipsets", "as `vrrp_iptables`"),
    (I, "use_ipvlan", "needs a kernel with ipvlan; see the program `lvs`"),
    (G, "vmac_prefix", "is in the name that `use_vmac` shows"),
    (G, "vmac_addr_prefix", "is in the `dev` of the addresses"),
    (G, "process_names", "is in `vrrp_process_name` and its like"),
    (G, "lvs_process_name", "another name for `checker_process_name`"),
    (G, "smtp_alert", EACH), (G, "smtp_alert_vrrp", EACH), (G, "v3_checksum_as_v2", EACH),
    (G, "vrrp_check_unicast_src", EACH), (G, "vrrp_down_timer_adverts", EACH),
    (G, "vrrp_garp_lower_prio_delay", EACH), (G, "vrrp_garp_lower_prio_repeat", EACH),
    (G, "vrrp_garp_master_delay", EACH), (G, "vrrp_garp_master_refresh", EACH),
    (G, "vrrp_garp_master_refresh_repeat", EACH), (G, "vrrp_garp_master_repeat", EACH),
    (G, "vrrp_higher_prio_send_advert", EACH), (G, "vrrp_lower_prio_no_advert", EACH),
    (G, "vrrp_mcast_group4", EACH), (G, "vrrp_mcast_group6", EACH), (G, "vrrp_min_garp", EACH),
    (G, "vrrp_notify_priority_changes", EACH), (G, "vrrp_owner_ignore_adverts", EACH),
    (G, "vrrp_skip_check_adv_addr", EACH), (G, "vrrp_strict", EACH), (G, "vrrp_version", EACH),
    (I, "state", "what it wants changes while it runs"),
    (I, "timer_expired_backup", "not in 2.2.7"),
    (I, "owner_ignore_adverts", "not in 2.2.7"),
    (I, "v3_checksum_as_v2", "not in 2.2.7"),
    (I, "auth_pass", "vipd shows no password"),
    (I, "authentication", "see `auth_type`"),
    (I, "auth_hmac", "not in 2.2.7"), (I, "key", "as `auth_hmac`"),
    (I, "active_key", "as `auth_hmac`"), (I, "time_window", "as `auth_hmac`"),
    (I, "anti_replay", "as `auth_hmac`"), (I, "mode", "as `auth_hmac`"),
    (I, "track_src_ip", ABSENT),
    (I, "no_accept", "see `accept`"),
    (I, "preempt", "see `nopreempt`"),
    (I, "no_virtual_ipaddress", "says that there is nothing to show"),
    (I, "virtual_routes", "shown as the kernel has them; see the test of routes and rules"),
    (I, "virtual_rules", "as `virtual_routes`"),
    (I, "track_port", OWN), (Y, "track_port", OWN), ("vrrp_track_port", "", OWN),
    (S, "init_fail", "shows how it stands, not how it begins"),
    (F, "init_file", ABSENT),
    (R, "delay", "see `fork_delay` and `terminate_delay`"),
    (Y, "global_tracking", "another name for `sync_group_tracking_weight`"),
    (Y, "notify_priority_changes", "shown of instances only"),
];
