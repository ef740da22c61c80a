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
    text.replace(" scope global", "")
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

    row(I, "interface", "Interface", text, same),
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
    row(S, "rise", "Rise", text, same),
    row(S, "fall", "Fall", text, same),

    row(Y, "group", "VRRP member instances", text, same),
    row(Y, "sync_group_tracking_weight", "sync group tracking weight set", flag, same),
    row(Y, "track_interface", "Tracked interfaces", text, tracked),
    row(Y, "track_script", "Tracked scripts", text, tracked),
    row(Y, "notify_master", "Master state transition script", command, program),
    row(Y, "smtp_alert", "Using smtp notification", yes_no, same),
];

const ABSENT: &str = "keepalived's data file says nothing of it";

/// Values that are not compared, and why.
#[rustfmt::skip]
pub const NOT_SHOWN: &[(&str, &str, &str)] = &[
    ("", "instance", "shown as part of the names of files only"),
    ("", "net_namespace", "the lab has no namespace of that name"),
    ("", "use_pid_dir", ABSENT),
    ("", "child_wait_time", ABSENT),
    (G, "script_user", "shown as numbers, and as root when nothing says so"),
    (G, "smtp_connect_timeout", "shown only when there is a server; the default is the same"),
    (G, "no_email_faults", "2.2.7 shows the opposite words in two versions of its log"),
    (G, "use_symlink_paths", ABSENT),
    (G, "notify_fifo_script", ABSENT),
    (G, "vrrp_notify_fifo_script", ABSENT),
    (G, "startup_script", "in the data file of the parent, which has no dump of its own here"),
    (G, "startup_script_timeout", "as `startup_script`"),
    (G, "shutdown_script", "as `startup_script`"),
    (G, "shutdown_script_timeout", "as `startup_script`"),
    (G, "process_name", ABSENT),
    (G, "vip_restore", "a word of vipd alone"),
    (I, "state", "what it wants changes while it runs"),
    (I, "timer_expired_backup", "not in 2.2.7"),
    (I, "owner_ignore_adverts", "not in 2.2.7"),
    (I, "v3_checksum_as_v2", "not in 2.2.7"),
    (I, "auth_type", "`none` or no line at all without one"),
    (I, "auth_pass", "vipd shows no password"),
    (I, "mcast_src_ip", "without one keepalived shows the address it found"),
    (I, "unicast_src_ip", "as `mcast_src_ip`"),
    (I, "track_src_ip", ABSENT),
    (I, "virtual_routes", "shown as the kernel has them; see the test of routes and rules"),
    (I, "virtual_rules", "as `virtual_routes`"),
    (S, "user", "numbers, not names"),
    (S, "timeout", "0 stands for the interval there"),
    (S, "init_fail", "shows how it stands, not how it begins"),
    (Y, "notify_backup", "as of instances"),
    (Y, "notify_fault", "as of instances"),
    (Y, "notify_stop", "as of instances"),
    (Y, "notify", "as of instances"),
    (Y, "notify_master_rx_lower_pri", "groups of 2.2.7 have none"),
    (Y, "notify_deleted", "groups of 2.2.7 have none"),
    (Y, "notify_priority_changes", "shown of instances only"),
];
