//! Whom to tell of servers and quorums that come and go: scripts, FIFOs, mails.

use vipd_config::model::lvs::{CheckerKind, RealServer, VirtualServer};
use vipd_config::model::{Command, Config};

use super::service::Service;
use crate::lvs::{Effect, Event, Told, What};
use crate::notify::SUBJECT_BYTES_MAX;

/// Tells of one virtual server.
pub(super) struct Teller<'a> {
    config: &'a Config,
    vs: &'a VirtualServer,
}

impl<'a> Teller<'a> {
    pub(super) fn new(config: &'a Config, vs: &'a VirtualServer) -> Self {
        Self { config, vs }
    }

    /// Something happened to a real server.
    pub(super) fn of_server(&self, rs: &RealServer, what: What) -> Event {
        self.event(self.label(rs), what)
    }

    /// Something happened to the virtual server.
    pub(super) fn of_service(&self, what: What) -> Event {
        self.event(String::new(), what)
    }

    /// Something happened to the sorry server.
    pub(super) fn of_sorry(&self, what: What) -> Event {
        let sorry = self.vs.sorry.as_deref();
        let label = sorry.map(|sorry| sorry.label(self.vs.key.protocol()));
        self.event(label.unwrap_or_default(), what)
    }

    fn event(&self, server: String, what: What) -> Event {
        Event {
            server,
            service: self.vs.key.to_string(),
            what,
        }
    }

    fn label(&self, rs: &RealServer) -> String {
        rs.label(self.vs.key.protocol())
    }

    /// A real server is up or down: script and FIFO.
    pub(super) fn server(
        &self,
        rs: &RealServer,
        is_up: bool,
        is_last: bool,
        effects: &mut Vec<Effect>,
    ) {
        let command = if is_up {
            &rs.notify_up
        } else {
            &rs.notify_down
        };
        let (label, key) = (self.label(rs), &self.vs.key);
        if let Some(command) = command {
            let subject = format!("{label} {key}");
            effects.push(script(subject, command, is_last));
        }
        self.fifo(format!("RS {label} {key} {}\n", word(is_up)), effects);
    }

    /// The virtual server has its quorum or not: script and FIFO.
    pub(super) fn service(&self, is_up: bool, is_last: bool, effects: &mut Vec<Effect>) {
        let command = if is_up {
            &self.vs.quorum_up
        } else {
            &self.vs.quorum_down
        };
        let key = &self.vs.key;
        if let Some(command) = command {
            effects.push(script(key.to_string(), command, is_last));
        }
        self.fifo(format!("VS {key} {}\n", word(is_up)), effects);
    }

    /// A mail about a real server, if it is to send any.
    pub(super) fn server_mail(&self, rs: &RealServer, is_up: bool, body: &str) -> Option<Effect> {
        rs.smtp_alert.then(|| {
            let (label, key) = (self.label(rs), &self.vs.key);
            let who = format!("Realserver {label} of virtual server {key}");
            self.mail(&who, is_up, body)
        })
    }

    /// A mail about the virtual server, if it is to send any.
    pub(super) fn service_mail(&self, is_up: bool, body: &str) -> Option<Effect> {
        self.vs.smtp_alert.then(|| {
            let who = format!("Virtualserver {}", self.vs.key);
            self.mail(&who, is_up, body)
        })
    }

    /// It and its real servers go: those that are up are told to be down, and so is it, whether
    /// it has its quorum or not.
    pub(super) fn shut_down(
        &self,
        service: &Service,
        body: &str,
        is_last: bool,
        effects: &mut Vec<Effect>,
    ) {
        for (rs, server) in self.vs.servers.iter().zip(&service.servers) {
            if server.is_alive {
                self.server(rs, false, is_last, effects);
                effects.extend(self.server_mail(rs, false, body));
            }
        }
        self.service(false, is_last, effects);
        effects.extend(self.service_mail(false, body));
    }

    fn mail(&self, who: &str, is_up: bool, body: &str) -> Effect {
        let router = &self.config.global.router_id;
        let mut subject = format!("[{router}] {who} - {}", word(is_up));
        subject.truncate(subject.floor_char_boundary(SUBJECT_BYTES_MAX));
        Effect::Tell(Told::Mail {
            subject,
            body: format!("=> {body} <="),
        })
    }

    fn fifo(&self, line: String, effects: &mut Vec<Effect>) {
        let lvs = &self.config.lvs.global.notify_fifo;
        if lvs.is_some() || self.config.global.notify_fifo.is_some() {
            effects.push(Effect::Tell(Told::Fifo(line)));
        }
    }
}

fn script(subject: String, command: &Command, is_last: bool) -> Effect {
    Effect::Tell(Told::Script {
        subject,
        command: Box::new(command.clone()),
        is_last,
    })
}

fn word(is_up: bool) -> &'static str {
    if is_up { "UP" } else { "DOWN" }
}

/// What the mail about a check says, without its arrows.
pub(super) fn body(kind: &CheckerKind, is_up: bool) -> String {
    let name = match kind {
        CheckerKind::Http(_) if is_up => return "CHECK succeed on service".to_owned(),
        CheckerKind::Http(_) => {
            return "CHECK failed on service : HTTP/SSL request failed".to_owned();
        }
        CheckerKind::Dns(_) if is_up => return "DNS_CHECK: succeed on service".to_owned(),
        CheckerKind::Dns(_) => return "DNS_CHECK: failed on service".to_owned(),
        CheckerKind::Bfd(bfd) => {
            let ended = if is_up { "succeeded" } else { "failed" };
            return format!("BFD CHECK {} {ended} on service", bfd.session);
        }
        CheckerKind::Tcp(_) => "TCP",
        CheckerKind::Smtp(_) => "SMTP",
        CheckerKind::Misc(_) => "MISC",
        CheckerKind::Udp(_) => "UDP",
        CheckerKind::Ping(_) => "PING",
        CheckerKind::File(_) => "FILE",
    };
    let ended = if is_up { "succeed" } else { "failed" };
    format!("{name} CHECK {ended} on service")
}
