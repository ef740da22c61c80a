//! What decides who is master: state, priority, preemption, timers, passwords.

use std::time::Duration;

use crate::interpret::draft::{GlobalDraft, InstanceDraft};
use crate::interpret::report::Report;
use crate::interpret::value;
use crate::model::{AuthKind, Authentication, Family, InitialState, Instance, Version};

/// Bytes of a version 2 password.
const PASSWORD_BYTES: usize = 8;

/// The version: its own, else 3 for IPv6, else the global one.
pub(super) fn version(draft: &InstanceDraft, global: &GlobalDraft, family: Family) -> Version {
    match (draft.version, family) {
        (Some(version), _) => version.value,
        (None, Family::V6) => Version::V3,
        (None, Family::V4) => global.version.unwrap_or_default(),
    }
}

/// State, priority and preemption.
pub(super) fn complete(draft: &InstanceDraft, instance: &mut Instance, report: &mut Report) {
    let hoped = draft.state.map(|state| state.value);
    instance.priority = match (draft.priority, hoped) {
        (Some(priority), _) => priority.value,
        (None, Some(InitialState::Master)) => 255,
        (None, _) => 100,
    };
    instance.initial_state = hoped.unwrap_or(if instance.priority == 255 {
        InitialState::Master
    } else {
        InitialState::Backup
    });
    owner_by_default(draft, report);
    let master = instance.initial_state == InitialState::Master;
    preemption(draft, instance, master, report);
}

/// `state MASTER` without priority makes the node the owner of the addresses.
fn owner_by_default(draft: &InstanceDraft, report: &mut Report) {
    if draft.priority.is_some() || report.refused("priority", &draft.lines) {
        return;
    }
    let Some(state) = draft
        .state
        .filter(|state| state.value == InitialState::Master)
    else {
        return;
    };
    report
        .hint(
            "owner-by-default",
            state.span,
            "`state MASTER` without `priority` means priority 255: this node owns the addresses and always takes over",
        )
        .help = Some("add a line `priority N`, such as 150, unless that is meant".to_owned());
}

fn preemption(draft: &InstanceDraft, instance: &mut Instance, master: bool, report: &mut Report) {
    instance.preempts = draft.nopreempt.is_none();
    let delay = draft.preempt_delay.filter(|delay| !delay.value.is_zero());
    instance.preempt_delay = delay.map_or(Duration::ZERO, |delay| delay.value);
    if let Some(span) = draft.nopreempt
        && (master || instance.priority == 255)
    {
        instance.preempts = true;
        let why = if instance.priority == 255 && draft.priority.is_some() {
            "`priority 255`"
        } else {
            "`state MASTER`"
        };
        let problem = report.general(
            "nopreempt-as-master",
            span,
            format!("`nopreempt` does not go with {why}; it is cleared, so this node takes the addresses back whenever it returns"),
        );
        problem.labels.extend(
            draft
                .state
                .filter(|_| master)
                .map(|state| (state.span, "because of this".to_owned())),
        );
        problem.help = Some("write `state BACKUP` on all nodes to keep `nopreempt`; the priority decides who starts as master".to_owned());
        if let Some(state) = draft.state.filter(|_| master) {
            problem.fix = value::exact(state.span, "BACKUP");
        }
    }
    let Some(delay) = delay else { return };
    if master {
        instance.preempt_delay = Duration::ZERO;
        let why = if draft.state.is_some() {
            "state MASTER"
        } else {
            "priority 255"
        };
        report
            .general(
                "preempt-delay-as-master",
                delay.span,
                format!("`preempt_delay` does not go with `{why}`; it is cleared"),
            )
            .help =
            Some("write `state BACKUP`; the priority decides who starts as master".to_owned());
    } else if !instance.preempts {
        instance.preempt_delay = Duration::ZERO;
        report.general(
            "preempt-delay-with-nopreempt",
            delay.span,
            "`preempt_delay` does not go with `nopreempt`; it is cleared",
        );
    }
}

/// The advert interval as the protocol can carry it.
pub(super) fn advert_interval(
    draft: &InstanceDraft,
    version: Version,
    report: &mut Report,
) -> Duration {
    let Some(given) = draft.advert_int else {
        return Duration::from_secs(1);
    };
    let micros = u64::try_from(given.value.as_micros()).unwrap_or(u64::MAX);
    let (used, why) = match version {
        Version::V2 => {
            let seconds = ((micros + 500_000) / 1_000_000).max(1);
            (seconds * 1_000_000, "version 2 counts whole seconds")
        }
        Version::V3 if micros > 40_950_000 => (40_950_000, "version 3 goes up to 40.95 seconds"),
        Version::V3 => (
            (micros + 5_000) / 10_000 * 10_000,
            "version 3 counts in steps of 0.01 seconds",
        ),
    };
    let used_interval = Duration::from_micros(used);
    if used != micros {
        let problem = report.general(
            "advert-int-rounded",
            given.span,
            format!(
                "an advert interval of {} seconds is not possible: {why}; {} is used",
                given.value.as_secs_f64(),
                used_interval.as_secs_f64()
            ),
        );
        if version == Version::V2 {
            problem.help =
                Some("write `version 3` on all nodes for intervals below a second".to_owned());
        }
    }
    used_interval
}

/// The password, where the protocol has one.
pub(super) fn authentication(draft: &InstanceDraft, instance: &mut Instance, report: &mut Report) {
    if let Some(password) = draft
        .auth_pass
        .as_ref()
        .filter(|password| password.value.len() > PASSWORD_BYTES)
    {
        too_long(password, report);
    }
    if let Some(password) = &draft.auth_pass
        && password.value.len() > PASSWORD_BYTES
    {
        too_long(password, report);
    }
    let Some(kind) = draft.auth_type else {
        return;
    };
    let Some(password) = draft
        .auth_pass
        .as_ref()
        .filter(|password| !password.value.is_empty())
    else {
        if !report.refused("auth_pass", &draft.lines) {
            report.general(
                "authentication-without-password",
                kind.span,
                "`authentication` has no `auth_pass`; no authentication is used",
            );
        }
        return;
    };
    let bytes = password.value.as_bytes();
    if instance.version == Version::V3 || instance.strict {
        let why = if instance.strict {
            "strict mode"
        } else {
            "version 3"
        };
        report.general(
            "authentication-not-supported",
            kind.span,
            format!("{why} has no authentication; the password is not used"),
        );
        return;
    }
    let mut key = [0; PASSWORD_BYTES];
    for (slot, byte) in key.iter_mut().zip(bytes) {
        *slot = *byte;
    }
    if kind.value == AuthKind::Ah && instance.initial_state == InitialState::Master {
        instance.initial_state = InitialState::Backup;
        report.general(
            "master-with-ah",
            kind.span,
            "`state MASTER` does not go with `auth_type AH`; BACKUP is used",
        );
    }
    instance.authentication = Some(Authentication {
        kind: kind.value,
        key,
    });
}

fn too_long(password: &crate::interpret::statement::At<String>, report: &mut Report) {
    let text = &password.value;
    let problem = report.general(
        "password-too-long",
        password.span,
        format!(
            "the password has {} bytes; only the first {PASSWORD_BYTES} are used",
            text.len()
        ),
    );
    problem.help = Some("cut it to 8 characters on all nodes; it is no secret anyway, since every advert carries it in clear".to_owned());
    if text.is_char_boundary(PASSWORD_BYTES) && u32::try_from(text.len()) == Ok(password.span.len) {
        problem.fix = value::exact(password.span, &text[..PASSWORD_BYTES]);
    }
}
