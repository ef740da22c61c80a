//! Small steps that the setters of the tables share: from checked numbers to fields.

use std::time::Duration;

use crate::interpret::statement::At;
use crate::model::{Command, Version};

/// Whole seconds; the row has refused negative ones.
pub(crate) fn seconds(value: i64) -> Duration {
    Duration::from_secs(u64::try_from(value).unwrap_or(0))
}

/// Whole microseconds; the row has refused negative ones.
pub(crate) fn micros(value: i64) -> Duration {
    Duration::from_micros(u64::try_from(value).unwrap_or(0))
}

/// A count; the row has refused what does not fit.
pub(crate) fn count(value: i64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

/// A number up to 255; the row has refused others.
pub(crate) fn byte(value: i64) -> u8 {
    u8::try_from(value).unwrap_or(u8::MAX)
}

/// A number up to 65535; the row has refused others.
pub(crate) fn port(value: i64) -> u16 {
    u16::try_from(value).unwrap_or(u16::MAX)
}

/// A number of 32 bits with sign; the row has refused others.
pub(crate) fn signed(value: i64) -> i32 {
    i32::try_from(value).unwrap_or(0)
}

/// 2 or 3; the row has refused others.
pub(crate) fn version(value: i64) -> Version {
    if value == 3 { Version::V3 } else { Version::V2 }
}

/// The command of a form that always has one.
pub(crate) fn some(command: At<Option<Command>>) -> Option<At<Command>> {
    let span = command.span;
    command.value.map(|value| At::new(value, span))
}
