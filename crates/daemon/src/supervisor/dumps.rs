//! What is written to a file on a signal: the configuration with its state, counters, JSON.

use std::fmt::{self, Display, Write as _};
use std::time::{Duration, SystemTime};

use vipd_config::model::{
    AuthKind, Authentication, Check, Command, Config, Instance, Notify, ScriptUser, Transport,
    Version, VirtualAddress,
};
use vipd_engine::event::State;
use vipd_engine::lvs::ServiceStatus;
use vipd_engine::vrrp::InstanceStatus;
use vipd_linux::clock::monotonic_nanos;
use vipd_linux::files::write_atomically;
use vipd_linux::local_time::LocalTime;

use super::daemon::Daemon;
use super::places::dump_folder;

mod checker;
mod json;
mod statistics;

/// What a signal wants to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dump {
    /// `keepalived_parent.data` and `keepalived.data`; beside them the checker process is asked for
    /// what `keepalived_check.data` says.
    Data,
    /// `keepalived.stats`.
    Statistics,
    /// `keepalived.stats`, and the counters start again at zero.
    ClearStatistics,
    /// `keepalived.json`.
    Json,
}

impl Daemon {
    /// Writes the dump that was asked for first, with what the VRRP process says of itself.
    pub(super) fn write_dump(&mut self, status: &[InstanceStatus]) {
        let Some(dump) = self.dumps.pop_front() else {
            return;
        };
        let clock = Clock::now();
        match dump {
            Dump::Data => {
                let parent = parent(&self.config);
                self.write_file("keepalived_parent.data", &parent);
                let mut text = parent;
                topology(&mut text, &self.config, status, &clock);
                self.write_file("keepalived.data", &text);
            }
            Dump::Statistics | Dump::ClearStatistics => {
                self.write_file("keepalived.stats", &statistics::text(status));
            }
            // keepalived writes no file when there is no instance.
            Dump::Json if status.is_empty() => {}
            Dump::Json => {
                let text = json::text(&self.config, status, &clock);
                self.write_file("keepalived.json", &text);
            }
        }
    }

    /// Writes `keepalived_check.data`, with what the checker process says of itself.
    pub(super) fn write_checker_dump(&self, status: &[ServiceStatus]) {
        let text = checker::text(&self.config, status);
        self.write_file("keepalived_check.data", &text);
    }

    fn write_file(&self, name: &str, text: &str) {
        let path = dump_folder().join(name);
        match write_atomically(&path, text.as_bytes()) {
            Ok(()) => self.log.line(format!("Wrote {}", path.display())),
            Err(error) => self.log.line(error.to_string()),
        }
    }
}

/// The configuration without any state, for the log at start.
pub(super) fn configuration(config: &Config) -> String {
    let mut text = parent(config);
    topology(&mut text, config, &[], &Clock::now());
    text
}

/// Turns moments of the engine into moments of the wall clock.
pub(super) struct Clock {
    wall: SystemTime,
    monotonic: vipd_engine::Instant,
}

impl Clock {
    fn now() -> Self {
        Self {
            wall: SystemTime::now(),
            monotonic: vipd_engine::Instant(monotonic_nanos()),
        }
    }

    fn wall(&self, at: vipd_engine::Instant) -> SystemTime {
        self.wall - self.monotonic.since(at) + at.since(self.monotonic)
    }

    /// Seconds since 1970.
    fn unix(&self, at: vipd_engine::Instant) -> Duration {
        self.wall(at)
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default()
    }
}

/// The word for a state.
fn state_word(state: State) -> &'static str {
    match state {
        State::Init => "INIT",
        State::Backup => "BACKUP",
        State::Master => "MASTER",
        State::Fault => "FAULT",
    }
}

/// A value that may be missing.
struct Or<T>(Option<T>, &'static str);

impl<T: Display> Display for Or<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(value) => value.fmt(f),
            None => f.write_str(self.1),
        }
    }
}

/// Writes ` NAME = VALUE` lines, indented.
struct Page<'a> {
    text: &'a mut String,
    indent: &'static str,
}

impl Page<'_> {
    fn line(&mut self, text: impl Display) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "{}{text}", self.indent);
    }

    fn value(&mut self, name: &str, value: impl Display) {
        self.line(format_args!("{name} = {value}"));
    }

    fn title(&mut self, title: &str) {
        // As above.
        let _ = writeln!(self.text, "------< {title} >------");
    }
}

/// A command as keepalived shows it: each argument in quotes.
fn quoted(command: &Command) -> String {
    let words: Vec<String> = command.argv.iter().map(|w| format!("'{w}'")).collect();
    words.join(" ")
}

fn with_user(command: &Command) -> String {
    match &command.user {
        Some(user) => format!("{}, user {}", quoted(command), user_text(user)),
        None => quoted(command),
    }
}

fn user_text(user: &ScriptUser) -> String {
    match &user.group {
        Some(group) => format!("{}:{group}", user.user),
        None => user.user.clone(),
    }
}

/// The part about the whole daemon.
fn parent(config: &Config) -> String {
    let mut text = String::new();
    let mut page = Page {
        text: &mut text,
        indent: " ",
    };
    let (root, global) = (&config.root, &config.global);
    page.title("Global definitions");
    let namespace = Or(root.net_namespace.as_ref(), "(default)");
    page.value("Network namespace", namespace);
    if let Some(instance) = &root.instance {
        page.value("Instance name", instance);
    }
    page.value("Router ID", &global.router_id);
    if let Some((server, port)) = &global.mail.server {
        page.value("Smtp server", server);
        page.value("Smtp server port", port);
        let timeout = global.mail.timeout.as_secs();
        page.value("Smtp server connection timeout", timeout);
    }
    if let Some(helo) = &global.mail.helo_name {
        page.value("Smtp HELO name", helo);
    }
    if let Some(from) = &global.mail.from {
        page.value("Email notification from", from);
    }
    if !global.mail.to.is_empty() {
        page.line("Email notification to:");
        for to in &global.mail.to {
            page.line(format_args!("  {to}"));
        }
    }
    page.value("Dynamic interfaces", global.dynamic_interfaces);
    for (kind, fifo) in [
        ("Global", &global.notify_fifo),
        ("VRRP", &global.vrrp_notify_fifo),
    ] {
        let Some(fifo) = fifo else { continue };
        page.value(&format!("{kind} notify fifo"), &fifo.path);
        if let Some(script) = &fifo.script {
            page.value(&format!("{kind} notify fifo script"), with_user(script));
        }
    }
    let security = if global.script_security {
        "enabled"
    } else {
        "disabled"
    };
    page.line(format_args!("Script security {security}"));
    let user = global.script_user.as_ref().map(user_text);
    page.value("Default script user", Or(user, "(none)"));
    page.value("umask", format_args!("{:04o}", global.umask));
    text
}

/// The part about instances, groups and scripts.
fn topology(text: &mut String, config: &Config, status: &[InstanceStatus], clock: &Clock) {
    let mut page = Page { text, indent: " " };
    page.title("VRRP Topology");
    for instance in &config.instances {
        page.indent = " ";
        page.value("VRRP Instance", &instance.name);
        page.indent = "   ";
        let status = status.iter().find(|s| s.instance == instance.name);
        about_state(&mut page, config, instance, status, clock);
        about_protocol(&mut page, instance, status);
        for (kind, addresses) in [
            ("Virtual IP", &instance.addresses),
            ("Virtual IP Excluded", &instance.excluded_addresses),
        ] {
            if !addresses.is_empty() {
                let is_set = status.is_some_and(|status| status.holds_addresses);
                about_addresses(&mut page, kind, addresses, instance, is_set);
            }
        }
        for tracker in status.iter().flat_map(|status| &status.trackers) {
            let result = match tracker.is_up {
                None => "unknown",
                Some(true) => "up",
                Some(false) => "down",
            };
            let reverse = if tracker.reverse { " reverse" } else { "" };
            page.line(format_args!(
                "Tracked {} weight {}{reverse}: {result}",
                tracker.name, tracker.weight
            ));
        }
        about_notify(&mut page, &instance.notify);
    }
    about_groups(&mut page, config);
    about_scripts(&mut page, config);
}

fn about_state(
    page: &mut Page<'_>,
    config: &Config,
    instance: &Instance,
    status: Option<&InstanceStatus>,
    clock: &Clock,
) {
    let version = match instance.version {
        Version::V2 => 2,
        Version::V3 => 3,
    };
    page.value("VRRP Version", version);
    let mut groups = config.sync_groups.iter();
    if let Some(group) = groups.find(|g| g.members.contains(&instance.name)) {
        page.value("Sync group", &group.name);
    }
    let Some(status) = status else {
        page.value("State", "unknown");
        return;
    };
    page.value("State", state_word(status.state));
    if let Some((address, priority)) = status.master {
        page.value("Master router", address);
        page.value("Master priority", priority);
    }
    for fault in &status.faults {
        page.value("Fault", fault);
    }
    let unix = clock.unix(status.since);
    page.value(
        "Last transition",
        format_args!(
            "{}.{:06} ({})",
            unix.as_secs(),
            unix.subsec_micros(),
            LocalTime::at(clock.wall(status.since)).ctime()
        ),
    );
    page.value("Effective priority", status.priority);
}

fn about_protocol(page: &mut Page<'_>, instance: &Instance, status: Option<&InstanceStatus>) {
    page.value("Interface", Or(instance.interface.as_ref(), "(none)"));
    if let Some(source) = status.and_then(|status| status.source) {
        page.value("Using src_ip", source);
    }
    match &instance.transport {
        Transport::Multicast { group } => page.line(format_args!("Multicast address {group}")),
        Transport::Unicast { peers, .. } => {
            page.line("Unicast Peers :");
            for peer in peers {
                page.line(format_args!("  {}", peer.address));
            }
        }
    }
    let garp = &instance.garp;
    page.value("Gratuitous ARP delay", garp.master_delay.as_secs());
    page.value("Gratuitous ARP repeat", garp.master_repeat);
    page.value("Gratuitous ARP refresh", garp.refresh.as_secs());
    page.value("Gratuitous ARP refresh repeat", garp.refresh_repeat);
    let lower = garp.lower_prio_delay.as_secs();
    page.value("Gratuitous ARP lower priority delay", lower);
    let lower = garp.lower_prio_repeat;
    page.value("Gratuitous ARP lower priority repeat", lower);
    page.value("Down timer adverts", instance.down_timer_adverts);
    page.value("Virtual Router ID", instance.vrid);
    page.value("Priority", instance.priority);
    let interval = instance.advert_interval.as_millis();
    page.value("Advert interval", format_args!("{interval} milli-sec"));
    page.value("Accept", enabled(instance.accept));
    page.value("Preempt", enabled(instance.preempts));
    if !instance.preempt_delay.is_zero() {
        let delay = instance.preempt_delay.as_secs_f64();
        page.value("Preempt delay", format_args!("{delay} secs"));
    }
    page.value("Promote_secondaries", enabled(instance.promote_secondaries));
    let kind = match &instance.authentication {
        None => "none",
        Some(Authentication { kind, .. }) => match kind {
            AuthKind::Pass => "SIMPLE_PASSWORD",
            AuthKind::Ah => "IPSEC_AH",
        },
    };
    page.value("Authentication type", kind);
}

fn enabled(is_on: bool) -> &'static str {
    if is_on { "enabled" } else { "disabled" }
}

fn about_addresses(
    page: &mut Page<'_>,
    kind: &str,
    addresses: &[VirtualAddress],
    instance: &Instance,
    is_set: bool,
) {
    page.line(format_args!("{kind} ({}):", addresses.len()));
    for address in addresses {
        page.line(format_args!(
            "  {}{}",
            address_text(address, instance),
            if is_set { " set" } else { "" }
        ));
    }
}

/// An address with its interface and options.
fn address_text(address: &VirtualAddress, instance: &Instance) -> String {
    let mut text = format!("{}/{}", address.address, address.prefix_len);
    let interface = address.interface.as_ref().or(instance.interface.as_ref());
    // Writing to a string cannot fail.
    let _ = interface.map(|interface| write!(text, " dev {interface}"));
    let _ = address.peer.map(|peer| write!(text, " peer {peer}"));
    let _ = address.broadcast.map(|brd| write!(text, " brd {brd}"));
    match address.scope {
        0 => text.push_str(" scope global"),
        number => {
            let _ = write!(text, " scope {number}");
        }
    }
    let label = address.label.as_ref();
    let _ = label.map(|label| write!(text, " label {label}"));
    text
}

fn about_notify(page: &mut Page<'_>, notify: &Notify) {
    if notify.smtp_alert {
        page.value("Using smtp notification", "yes");
    }
    let deleted = if notify.tells_deleted {
        "Deleted"
    } else {
        "Fault"
    };
    page.value("Notify deleted", deleted);
    for (name, command) in [
        ("Backup", &notify.backup),
        ("Master", &notify.master),
        ("Fault", &notify.fault),
        ("Stop", &notify.stop),
        ("Deleted", &notify.deleted),
        ("Generic", &notify.any),
        ("Master rx lower pri", &notify.master_rx_lower_pri),
    ] {
        if let Some(command) = command {
            page.value(
                &format!("{name} state transition script"),
                with_user(command),
            );
        }
    }
    page.value("Notify priority changes", notify.priority_changes);
}

fn about_groups(page: &mut Page<'_>, config: &Config) {
    if config.sync_groups.is_empty() {
        return;
    }
    page.title("VRRP Sync groups");
    for group in &config.sync_groups {
        page.indent = " ";
        page.value("VRRP Sync Group", &group.name);
        page.indent = "   ";
        page.line("VRRP member instances :");
        for member in &group.members {
            page.line(format_args!("  {member}"));
        }
        about_notify(page, &group.notify);
    }
}

fn about_scripts(page: &mut Page<'_>, config: &Config) {
    if config.scripts.is_empty() {
        return;
    }
    page.title("VRRP Scripts");
    for script in &config.scripts {
        page.indent = " ";
        page.value("VRRP Script", &script.name);
        page.indent = "   ";
        match &script.check {
            Check::Run(command) => page.value("Command", with_user(command)),
            Check::Connect { host, port } => {
                page.value("Connect to", format_args!("{host} port {port}"));
            }
            Check::Open(path) => page.value("Open", path),
        }
        let interval = script.interval.as_secs_f64();
        page.value("Interval", format_args!("{interval} sec"));
        let timeout = script.timeout.as_secs_f64();
        page.value("Timeout", format_args!("{timeout} sec"));
        page.value("Weight", script.weight.value);
        page.value("Rise", script.rise);
        page.value("Fall", script.fall);
        page.line("Tracking instances :");
        for instance in &config.instances {
            let mut tracked = instance.track_scripts.iter();
            if let Some(by) = tracked.find(|tracked| tracked.name == script.name) {
                page.line(format_args!(
                    "  {}, weight {}",
                    instance.name, by.weight.value
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests;
