//! `vrrp_strict` and `strict_mode`: what the letter of the RFC forbids is undone, each with a message.

use std::net::IpAddr;
use std::time::Duration;

use crate::complete::Scene;
use crate::interpret::draft::InstanceDraft;
use crate::interpret::report::Report;
use crate::model::{Family, InitialState, Instance, Transport, Version};

/// Undoes what strict mode does not allow. Of an instance that is not strict, only the owner is looked at.
pub(super) fn apply(
    draft: &InstanceDraft,
    instance: &mut Instance,
    scene: &Scene<'_>,
    report: &mut Report,
) {
    let owner = instance.priority == 255;
    if !instance.strict {
        owner_listens(draft, instance, owner, report);
        return;
    }
    let span = draft
        .strict
        .or(scene.draft.global.strict)
        .map_or(draft.name.span, |strict| strict.span);
    if instance.family == Family::V6 && instance.version == Version::V2 {
        instance.version = Version::V3;
        say(
            report,
            draft.version.map_or(span, |version| version.span),
            "IPv6 needs version 3; that is used",
        );
    }
    unicast(instance, scene, span, report);
    state(draft, instance, owner, report);
    timers(draft, instance, report);
    adverts(draft, instance, report);
    accept(draft, instance, owner, report);
    link_local_first(draft, instance, report);
}

fn say(report: &mut Report, span: crate::line::Span, what: &str) {
    report.general("not-strict", span, format!("strict mode: {what}"));
}

/// keepalived sets this for every owner that says false.
fn owner_listens(draft: &InstanceDraft, instance: &mut Instance, owner: bool, report: &mut Report) {
    if let Some(flag) = draft
        .owner_ignore_adverts
        .filter(|flag| owner && !flag.value)
    {
        instance.owner_ignore_adverts = true;
        report.general(
            "owner-ignores-adverts",
            flag.span,
            "the owner of the addresses ignores the adverts of others all the same",
        );
    }
}

fn unicast(instance: &Instance, scene: &Scene<'_>, span: crate::line::Span, report: &mut Report) {
    if !matches!(instance.transport, Transport::Unicast { .. }) {
        return;
    }
    let multicast = scene
        .host
        .interfaces
        .as_ref()
        .zip(instance.interface.as_ref())
        .and_then(|(interfaces, name)| interfaces.get(name))
        .is_none_or(|interface| interface.multicast);
    if multicast {
        report
            .unusable(
                "strict-unicast",
                span,
                format!(
                    "strict mode forbids the unicast peers of `{}`; the daemon refuses to start",
                    instance.name
                ),
            )
            .help = Some("leave out strict mode, or the `unicast_peer` block".to_owned());
    }
}

fn state(draft: &InstanceDraft, instance: &mut Instance, owner: bool, report: &mut Report) {
    let fitting = if owner {
        InitialState::Master
    } else {
        InitialState::Backup
    };
    if instance.initial_state != fitting {
        let span = draft.state.map_or(draft.name.span, |state| state.span);
        say(
            report,
            span,
            "`state MASTER` is for the owner of the addresses (priority 255), and for nobody else; the priority decides",
        );
        instance.initial_state = fitting;
    }
}

fn timers(draft: &InstanceDraft, instance: &mut Instance, report: &mut Report) {
    if !instance.preempt_delay.is_zero() {
        let span = draft
            .preempt_delay
            .map_or(draft.name.span, |delay| delay.span);
        say(
            report,
            span,
            "`preempt_delay` is not allowed; it is cleared",
        );
        instance.preempt_delay = Duration::ZERO;
    }
    if instance.down_timer_adverts != 3 {
        let span = draft
            .down_timer_adverts
            .map_or(draft.name.span, |adverts| adverts.span);
        say(report, span, "`down_timer_adverts` is 3");
        instance.down_timer_adverts = 3;
    }
    let repeat = draft.garp.lower_prio_repeat;
    let delay = draft.garp.lower_prio_delay;
    if let Some(span) = repeat
        .filter(|repeat| repeat.value > 0)
        .map(|repeat| repeat.span)
        .or(delay
            .filter(|delay| !delay.value.is_zero())
            .map(|delay| delay.span))
    {
        say(
            report,
            span,
            "an advert of lower priority is not answered with gratuitous ARPs; the line is ignored",
        );
    }
    instance.garp.lower_prio_repeat = 0;
    instance.garp.lower_prio_delay = Duration::ZERO;
}

fn adverts(draft: &InstanceDraft, instance: &mut Instance, report: &mut Report) {
    if let Some(flag) = draft.lower_prio_no_advert.filter(|flag| !flag.value) {
        say(
            report,
            flag.span,
            "an advert of lower priority is not answered; the line is ignored",
        );
    }
    instance.lower_prio_no_advert = true;
    if let Some(flag) = draft.higher_prio_send_advert.filter(|flag| flag.value) {
        say(
            report,
            flag.span,
            "no advert is sent before yielding; the line is ignored",
        );
    }
    instance.higher_prio_send_advert = false;
    if let Some(flag) = draft.owner_ignore_adverts.filter(|flag| !flag.value) {
        say(
            report,
            flag.span,
            "the owner of the addresses ignores the adverts of others; the line is ignored",
        );
    }
    instance.owner_ignore_adverts = true;
}

fn accept(draft: &InstanceDraft, instance: &mut Instance, owner: bool, report: &mut Report) {
    let given = draft.accept.filter(|accept| accept.value);
    instance.accept = match given {
        Some(accept) if instance.version == Version::V2 && !owner => {
            say(
                report,
                accept.span,
                "version 2 has no accept mode; `accept` is ignored",
            );
            false
        }
        Some(_) => true,
        None => owner && draft.accept.is_none(),
    };
}

/// RFC 9568 wants a link-local address first in IPv6 adverts (V3-4).
fn link_local_first(draft: &InstanceDraft, instance: &Instance, report: &mut Report) {
    let Some(IpAddr::V6(first)) = instance.addresses.first().map(|first| first.address) else {
        return;
    };
    if first.segments()[0] & 0xffc0 != 0xfe80 {
        let span = draft
            .addresses
            .first()
            .map_or(draft.name.span, |entry| entry.span);
        say(
            report,
            span,
            "the first IPv6 address should be a link-local one",
        );
    }
}
