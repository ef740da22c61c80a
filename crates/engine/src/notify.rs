//! What has to be told to whom when something happened: scripts, FIFO lines, mails.
//!
//! Pure: the daemon performs what [`Teller::notifications`] lists, in that order; the simulator shows it.
//! The order for one event is: the script for that state, the script for all states, the FIFOs,
//! the mail.

use std::sync::Arc;

use vipd_config::model::{Command, Config, Notify, ScriptUser};

use crate::Event;
use crate::event::State;

/// Something to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notification {
    /// Run a script.
    Script(Script),
    /// Write this line, its newline included, to every notification FIFO.
    Fifo(String),
    /// Send a mail to `notification_email`.
    Mail(Mail),
}

/// Whom a script speaks for. Scripts of one subject must run one after the other, in order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A `vrrp_instance`.
    Instance(String),
    /// A `vrrp_sync_group`.
    Group(String),
}

/// One run of a notify script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// Whom it speaks for.
    pub subject: Subject,
    /// The word it brings: `MASTER`, `BACKUP`, `FAULT`, `STOP`, `DELETED` or `MASTER_RX_LOWER_PRI`.
    pub word: &'static str,
    /// Program and all arguments, those that are added included. Never empty.
    pub argv: Vec<String>,
    /// User given with the command itself.
    pub user: Option<ScriptUser>,
}

/// Text of a mail; addresses and date are added by whoever sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Subject, at most [`SUBJECT_BYTES_MAX`] bytes.
    pub subject: String,
    /// Body, one line without its end.
    pub body: String,
}

/// Longest subject of a mail, bytes; what is longer is cut.
pub const SUBJECT_BYTES_MAX: usize = 255;

/// The words scripts, FIFOs and mails use for what happened to an instance or a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Master,
    Backup,
    Fault,
    Stop,
    /// Removed by a reload, with `notify_deleted`.
    Deleted,
    /// Removed by a reload, without `notify_deleted`: told as FAULT, but `notify_fault` is not run.
    Removed,
}

impl Told {
    fn of(state: State) -> Option<Self> {
        match state {
            State::Init => None,
            State::Backup => Some(Self::Backup),
            State::Master => Some(Self::Master),
            State::Fault => Some(Self::Fault),
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Master => "MASTER",
            Self::Backup => "BACKUP",
            Self::Fault | Self::Removed => "FAULT",
            Self::Stop => "STOP",
            Self::Deleted => "DELETED",
        }
    }

    fn script(self, notify: &Notify) -> Option<&Command> {
        match self {
            Self::Master => notify.master.as_deref(),
            Self::Backup => notify.backup.as_deref(),
            Self::Fault => notify.fault.as_deref(),
            Self::Stop => notify.stop.as_deref(),
            Self::Deleted => notify.deleted.as_deref(),
            Self::Removed => None,
        }
    }

    /// Second half of the subject of a mail.
    fn headline(self) -> &'static str {
        match self {
            Self::Master => "Entering MASTER state",
            Self::Backup => "Entering BACKUP state",
            Self::Fault | Self::Removed => "Entering FAULT state",
            Self::Stop => "Stopping",
            Self::Deleted => "Deleted",
        }
    }

    fn body(self, subject: &Subject) -> &'static str {
        match (subject, self) {
            (Subject::Instance(_), Self::Master) => "=> VRRP Instance is now owning VRRP VIPs <=",
            (Subject::Instance(_), Self::Backup | Self::Fault | Self::Removed) => {
                "=> VRRP Instance is no longer owning VRRP VIPs <="
            }
            (Subject::Instance(_), Self::Stop) => "=> VRRP Instance stopping <=",
            (_, Self::Deleted) => "=> VRRP Deleted at reload <=",
            (Subject::Group(_), Self::Master) => {
                "=> All VRRP group instances are now in MASTER state <="
            }
            (Subject::Group(_), Self::Backup) => {
                "=> All VRRP group instances are now in BACKUP state <="
            }
            (Subject::Group(_), Self::Fault | Self::Removed) => {
                "=> All VRRP group instances are now in FAULT state <="
            }
            (Subject::Group(_), Self::Stop) => "=> All VRRP group instances are now stopping <=",
        }
    }
}

/// Knows who is to be told what, for one configuration.
#[derive(Debug, Default)]
pub struct Teller {
    config: Arc<Config>,
    /// Places of instances in the configuration, in the order of their names.
    instances: Box<[u32]>,
}

impl Teller {
    /// For this configuration.
    pub fn new(config: Arc<Config>) -> Self {
        let named = (0_u32..).zip(&config.instances);
        let mut named: Vec<_> = named.map(|(place, i)| (i.name.as_str(), place)).collect();
        named.sort_unstable();
        let instances = named.into_iter().map(|(_, place)| place).collect();
        Self { config, instances }
    }

    /// The configuration it speaks for.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Everything that is to be told because of an event, in order. Empty when nobody is to be told,
    /// or the instance or group is not in this configuration.
    pub fn notifications(&self, event: &Event) -> Vec<Notification> {
        match event {
            Event::StateChanged {
                instance,
                to,
                priority,
                ..
            } => Told::of(*to).map_or_else(Vec::new, |told| {
                self.tell_instance(instance, told, *priority)
            }),
            Event::InstanceStopped { instance, priority } => {
                self.tell_instance(instance, Told::Stop, *priority)
            }
            Event::InstanceDeleted { instance, priority } => {
                let tells_deleted = self
                    .find_instance(instance)
                    .is_some_and(|notify| notify.tells_deleted);
                let told = if tells_deleted {
                    Told::Deleted
                } else {
                    Told::Removed
                };
                self.tell_instance(instance, told, *priority)
            }
            Event::GroupChanged { group, to } => {
                Told::of(*to).map_or_else(Vec::new, |told| self.tell_group(group, told))
            }
            Event::GroupStopped { group } => self.tell_group(group, Told::Stop),
            Event::LowerPriorityHeard { instance, ours, .. } => {
                self.tell_lower_priority(instance, *ours)
            }
            Event::PriorityChanged {
                instance,
                state,
                to,
                ..
            } => self.tell_priority(instance, *state, *to),
            Event::StateHeld {
                instance,
                state,
                priority,
            } => self.tell_fifos(&Subject::Instance(instance.clone()), *state, *priority),
            Event::GroupHeld { group, state } => {
                self.tell_fifos(&Subject::Group(group.clone()), *state, 0)
            }
            Event::Instance { .. }
            | Event::Rejected { .. }
            | Event::StaticRestored(_)
            | Event::UnknownVrid { .. }
            | Event::ScriptReturned { .. }
            | Event::WatchVerdict { .. }
            | Event::ScriptVerdict { .. }
            | Event::GroupSyncs { .. }
            | Event::StartDelayed { .. } => Vec::new(),
        }
    }

    fn find_instance(&self, name: &str) -> Option<&Notify> {
        let of = |place: &u32| self.config.instances.get(*place as usize);
        let known = |place: &u32| of(place).map(|instance| instance.name.as_str());
        // Of two with one name, the last: as a map has it.
        let after = self
            .instances
            .partition_point(|place| known(place) <= Some(name));
        let found = of(self.instances.get(after.checked_sub(1)?)?)?;
        (found.name == name).then_some(&found.notify)
    }

    fn tell_instance(&self, name: &str, told: Told, priority: u8) -> Vec<Notification> {
        self.find_instance(name).map_or_else(Vec::new, |notify| {
            tell(
                &self.config,
                notify,
                &Subject::Instance(name.to_owned()),
                told,
                priority,
            )
        })
    }

    /// Groups are told with priority 0.
    fn tell_group(&self, name: &str, told: Told) -> Vec<Notification> {
        let mut groups = self.config.sync_groups.iter();
        groups
            .find(|group| group.name == name)
            .map_or_else(Vec::new, |group| {
                let subject = Subject::Group(name.to_owned());
                tell(&self.config, &group.notify, &subject, told, 0)
            })
    }

    /// Only the FIFOs learn of a state that is as it was.
    fn tell_fifos(&self, subject: &Subject, state: State, priority: u8) -> Vec<Notification> {
        let line = Told::of(state)
            .and_then(|told| fifo_line(&self.config, subject, told.word(), priority));
        line.into_iter().collect()
    }

    /// Only the script of its own and the FIFOs learn that a lower priority was heard.
    fn tell_lower_priority(&self, name: &str, priority: u8) -> Vec<Notification> {
        let Some(notify) = self.find_instance(name) else {
            return Vec::new();
        };
        let (subject, word) = (Subject::Instance(name.to_owned()), "MASTER_RX_LOWER_PRI");
        let script = notify.master_rx_lower_pri.as_deref();
        script
            .map(|command| run(&subject, word, command, &[]))
            .into_iter()
            .chain(fifo_line(&self.config, &subject, word, priority))
            .collect()
    }

    /// Only the FIFOs learn of a change of priority, with `notify_priority_changes`.
    fn tell_priority(&self, name: &str, state: State, priority: u8) -> Vec<Notification> {
        let word = match state {
            State::Master => "MASTER_PRIORITY",
            State::Backup => "BACKUP_PRIORITY",
            State::Init | State::Fault => return Vec::new(),
        };
        match self.find_instance(name) {
            Some(notify) if notify.priority_changes => {
                let subject = Subject::Instance(name.to_owned());
                fifo_line(&self.config, &subject, word, priority)
                    .into_iter()
                    .collect()
            }
            _ => Vec::new(),
        }
    }
}

fn tell(
    config: &Config,
    notify: &Notify,
    subject: &Subject,
    told: Told,
    priority: u8,
) -> Vec<Notification> {
    let word = told.word();
    let mut list = Vec::new();
    if let Some(command) = told.script(notify) {
        list.push(run(subject, word, command, &[]));
    }
    if let Some(command) = &notify.any {
        let (kind, name) = kind_and_name(subject);
        let priority = priority.to_string();
        let added = [kind, name, word, priority.as_str()];
        list.push(run(subject, word, command, &added));
    }
    list.extend(fifo_line(config, subject, word, priority));
    let muted = told.word() == "FAULT" && config.global.no_email_faults;
    if notify.smtp_alert && !muted {
        list.push(Notification::Mail(mail(config, subject, told)));
    }
    list
}

fn run(subject: &Subject, word: &'static str, command: &Command, added: &[&str]) -> Notification {
    let mut argv = command.argv.clone();
    argv.extend(added.iter().map(ToString::to_string));
    Notification::Script(Script {
        subject: subject.clone(),
        word,
        argv,
        user: command.user.clone(),
    })
}

fn fifo_line(config: &Config, subject: &Subject, word: &str, priority: u8) -> Option<Notification> {
    let wanted = config.global.notify_fifo.is_some() || config.global.vrrp_notify_fifo.is_some();
    let (kind, name) = kind_and_name(subject);
    wanted.then(|| Notification::Fifo(format!("{kind} \"{name}\" {word} {priority}\n")))
}

fn kind_and_name(subject: &Subject) -> (&'static str, &str) {
    match subject {
        Subject::Instance(name) => ("INSTANCE", name),
        Subject::Group(name) => ("GROUP", name),
    }
}

fn mail(config: &Config, subject: &Subject, told: Told) -> Mail {
    let (kind, name) = match subject {
        Subject::Instance(name) => ("VRRP Instance", name),
        Subject::Group(name) => ("VRRP Group", name),
    };
    let router = &config.global.router_id;
    let mut line = format!("[{router}] {kind} {name} - {}", told.headline());
    line.truncate(line.floor_char_boundary(SUBJECT_BYTES_MAX));
    Mail {
        subject: line,
        body: told.body(subject).to_owned(),
    }
}

#[cfg(test)]
mod tests;
