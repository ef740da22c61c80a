//! What was drawn for a machine, in a few lines.

use std::fmt::{self, Write as _};

use vipd_config::model::{Instance, Transport};

use crate::machine::Machine;
use crate::record::span_in_words;

/// A machine in a few lines, the last without an end.
pub fn describe(machine: &Machine) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write_machine(&mut text, machine);
    text
}

fn write_machine(text: &mut String, machine: &Machine) -> fmt::Result {
    write!(text, "{}:", machine.name)?;
    for nic in &machine.nics {
        write!(text, " {} {}", nic.name, nic.address)?;
    }
    for script in &machine.config.scripts {
        let every = span_in_words(script.interval);
        let (name, rise, fall) = (&script.name, script.rise, script.fall);
        write!(text, "\n   {name} every {every}, rise {rise}, fall {fall}")?;
    }
    for instance in &machine.config.instances {
        write_instance(text, instance)?;
    }
    for group in &machine.config.sync_groups {
        write!(text, "\n   group of {}", group.members.join(", "))?;
        for tracked in &group.track_scripts {
            write!(text, ", tracks {}", tracked.name)?;
        }
    }
    Ok(())
}

fn write_instance(text: &mut String, instance: &Instance) -> fmt::Result {
    write!(
        text,
        "\n   {} VRID {} on {}, {:?}, priority {}, every {}",
        instance.name,
        instance.vrid,
        instance.interface.as_deref().unwrap_or("-"),
        instance.version,
        instance.priority,
        span_in_words(instance.advert_interval)
    )?;
    if !instance.preempts {
        write!(text, ", nopreempt")?;
    }
    if !instance.preempt_delay.is_zero() {
        write!(
            text,
            ", preempt_delay {}",
            span_in_words(instance.preempt_delay)
        )?;
    }
    if matches!(instance.transport, Transport::Unicast { .. }) {
        write!(text, ", unicast")?;
    }
    for tracked in instance
        .track_scripts
        .iter()
        .chain(&instance.track_interfaces)
    {
        write!(
            text,
            ", tracks {} weight {}",
            tracked.name, tracked.weight.value
        )?;
    }
    Ok(())
}
