//! Values in words.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::Value;

use crate::model::{Command, Port, ScriptUser, Tracked, VirtualAddress, Weight};

/// A value as it is shown to people.
pub(super) fn show(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::Bool(true) => "on".to_owned(),
        Value::Bool(false) => "off".to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

/// Seconds; a whole number where it is one.
pub(super) fn seconds(time: Duration) -> Value {
    if time.subsec_nanos() == 0 {
        Value::from(time.as_secs())
    } else {
        Value::from(time.as_secs_f64())
    }
}

/// A command with the user that it runs as.
pub(super) fn command(command: Option<&Command>) -> Value {
    let Some(command) = command else {
        return Value::Null;
    };
    let argv: Vec<String> = command
        .argv
        .iter()
        .map(|word| format!("'{word}'"))
        .collect();
    let user = command
        .user
        .as_ref()
        .map_or_else(String::new, |user| format!(" {}", self::user(user)));
    Value::from(argv.join(" ") + &user)
}

/// `USER [GROUP]`
pub(super) fn user(user: &ScriptUser) -> String {
    match &user.group {
        Some(group) => format!("{} {group}", user.user),
        None => user.user.clone(),
    }
}

/// `N [reverse]`
pub(super) fn weight(weight: Weight) -> String {
    let reverse = if weight.reverse { " reverse" } else { "" };
    format!("{}{reverse}", weight.value)
}

/// `NAME weight N`
pub(super) fn tracked(list: &[Tracked]) -> Vec<String> {
    let lines = list.iter();
    lines
        .map(|tracked| format!("{} weight {}", tracked.name, weight(tracked.weight)))
        .collect()
}

/// `tcp 80`
pub(super) fn port(port: Port) -> String {
    port.to_string()
}

/// An address with all that is not the default, and the interface that it goes on where that is not
/// what its entry says.
pub(super) fn address(entry: &VirtualAddress, interface: Option<&str>) -> String {
    let mut text = match entry.peer {
        Some(peer) => format!("{} peer {peer}/{}", entry.address, entry.prefix_len),
        None => format!("{}/{}", entry.address, entry.prefix_len),
    };
    let mut word = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            // Writing to a `String` cannot fail.
            let _ = write!(text, " {name} {value}");
        }
    };
    let place = interface.map(str::to_owned);
    word("dev", place.or(entry.interface.clone()));
    word("brd", entry.broadcast.map(|address| address.to_string()));
    word("scope", (entry.scope != 0).then(|| entry.scope.to_string()));
    word("label", entry.label.clone());
    word(
        "preferred_lft",
        entry.preferred_lifetime.map(|time| time.to_string()),
    );
    word("track_group", entry.track_group.clone());
    let flags = [
        ("home", entry.flags.home),
        ("-nodad", entry.flags.nodad),
        ("mngtmpaddr", entry.flags.mngtmpaddr),
        ("noprefixroute", entry.flags.noprefixroute),
        ("autojoin", entry.flags.autojoin),
        ("no_track", entry.no_track),
    ];
    for (name, _) in flags.iter().filter(|(_, on)| *on) {
        // Writing to a `String` cannot fail.
        let _ = write!(text, " {name}");
    }
    text
}
