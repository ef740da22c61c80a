//! What holds for the whole file: words at its root, `global_defs`, mail.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Command, Fifo, Firewall, Retry, ScriptUser, VrrpProcess};

/// Root-level words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Root {
    /// `instance`: added to PID file names and the syslog identity.
    pub instance: Option<String>,
    /// `net_namespace`: run everything inside this network namespace.
    pub net_namespace: Option<String>,
    /// `use_pid_dir`: PID files go into `/run/keepalived/`.
    pub use_pid_dir: bool,
    /// `child_wait_time`: how long the supervisor waits for its children at stop.
    pub child_wait_time: Duration,
}

impl Default for Root {
    fn default() -> Self {
        Self {
            instance: None,
            net_namespace: None,
            use_pid_dir: false,
            child_wait_time: Duration::from_secs(5),
        }
    }
}

/// `global_defs`, as far as it is not copied into each instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a keyword of its own"
)]
pub struct Global {
    /// `router_id`; the host name when not given.
    pub router_id: String,
    /// Mail settings.
    pub mail: Mail,
    /// `script_user`.
    pub script_user: Option<ScriptUser>,
    /// `enable_script_security`.
    pub script_security: bool,
    /// `use_symlink_paths`.
    pub use_symlink_paths: bool,
    /// `notify_fifo` with its script.
    pub notify_fifo: Option<Fifo>,
    /// `vrrp_notify_fifo` with its script.
    pub vrrp_notify_fifo: Option<Fifo>,
    /// `startup_script` and its time limit.
    pub startup_script: Option<(Command, Duration)>,
    /// `shutdown_script` and its time limit.
    pub shutdown_script: Option<(Command, Duration)>,
    /// `process_names`, `process_name`, `vrrp_process_name`, `checker_process_name`:
    /// key is `""` for the supervisor, else `vrrp` or `checker`.
    pub process_names: BTreeMap<String, String>,
    /// `vrrp_garp_interval`: gap between gratuitous ARPs on one interface. Zero: none.
    pub garp_interval: Duration,
    /// `vrrp_gna_interval`: gap between unsolicited neighbour advertisements on one interface.
    pub gna_interval: Duration,
    /// `vrrp_startup_delay`.
    pub startup_delay: Duration,
    /// `vrrp_delay_after_boot`, from the boot of the machine.
    pub delay_after_boot: Duration,
    /// `dynamic_interfaces`: interfaces need not exist at start.
    pub dynamic_interfaces: bool,
    /// `vip_restore`: what others remove of a master's is put back.
    pub vip_restore: bool,
    /// `log_unknown_vrids`.
    pub log_unknown_vrids: bool,
    /// `no_email_faults`.
    pub no_email_faults: bool,
    /// `umask`.
    pub umask: u32,
    /// `vrrp_priority`: nice value of the VRRP process.
    pub vrrp_nice: i32,
    /// `vrrp_rt_priority`: `SCHED_RR` priority of the VRRP process, 1 to 99.
    pub vrrp_rt_priority: Option<u8>,
    /// `vrrp_no_swap`: lock the VRRP process in memory.
    pub vrrp_no_swap: bool,
    /// Limits of the VRRP process.
    pub vrrp_process: VrrpProcess,
    /// `notify_retry`
    pub notify_retry: Retry,
    /// `set_supplementary_groups`: scripts get the further groups of their user.
    pub supplementary_groups: bool,
    /// `fifo_write_vrrp_states_on_reload`
    pub fifo_states_on_reload: bool,
    /// `reload_file`: there while a configuration is read again. Empty: in the folder of the PID
    /// files.
    pub reload_file: Option<String>,
    /// `reload_time_file`: says when to reload.
    pub reload_time_file: Option<String>,
    /// `reload_repeat`: that file stays, and a time without date holds for every day.
    pub reload_repeat: bool,
    /// `process_monitor_rcv_bufs` and `_force`: receive buffer for process events, bytes, and
    /// whether it may exceed the limit of the system.
    pub process_events_buffer: Option<(u32, bool)>,
    /// `reload_check_config`: refuse to start or reload on any message.
    pub reload_check_config: bool,
    /// `nftables` and its like.
    pub firewall: Firewall,
}

impl Default for Global {
    fn default() -> Self {
        Self {
            router_id: String::new(),
            mail: Mail::default(),
            script_user: None,
            script_security: false,
            use_symlink_paths: false,
            notify_fifo: None,
            vrrp_notify_fifo: None,
            startup_script: None,
            shutdown_script: None,
            process_names: BTreeMap::new(),
            garp_interval: Duration::ZERO,
            gna_interval: Duration::ZERO,
            startup_delay: Duration::ZERO,
            delay_after_boot: Duration::ZERO,
            dynamic_interfaces: false,
            vip_restore: true,
            log_unknown_vrids: false,
            no_email_faults: false,
            umask: 0o177,
            vrrp_nice: 0,
            vrrp_rt_priority: None,
            vrrp_no_swap: false,
            vrrp_process: VrrpProcess::default(),
            notify_retry: Retry::default(),
            supplementary_groups: false,
            fifo_states_on_reload: false,
            reload_file: None,
            reload_time_file: None,
            reload_repeat: false,
            process_events_buffer: None,
            reload_check_config: false,
            firewall: Firewall::default(),
        }
    }
}

/// Where mails go and how. No server: no mails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// `notification_email`.
    pub to: Vec<String>,
    /// `notification_email_from`; `root@HOST` when not given.
    pub from: Option<String>,
    /// `smtp_server`: host or address, and port.
    pub server: Option<(String, u16)>,
    /// `smtp_helo_name`; the host name when not given.
    pub helo_name: Option<String>,
    /// `smtp_connect_timeout`.
    pub timeout: Duration,
}

impl Default for Mail {
    fn default() -> Self {
        Self {
            to: Vec::new(),
            from: None,
            server: None,
            helo_name: None,
            timeout: Duration::from_secs(30),
        }
    }
}
