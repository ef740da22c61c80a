//! `vipd keywords`: every keyword of the configuration.

use serde_json::{Value, json};
use vipd_config::reference::{Entry, Standing, keywords};

use crate::output::Answer;

/// List every keyword of the configuration
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// As JSON, with everything that is known of each
    #[arg(long)]
    json: bool,
}

/// The list.
pub(super) fn answer(arguments: &Arguments) -> Answer {
    if arguments.json {
        let all: Vec<Value> = keywords().iter().map(object).collect();
        return Answer::out(format!("{:#}\n", Value::Array(all)));
    }
    let lines: Vec<String> = keywords().iter().map(line).collect();
    Answer::out(lines.concat())
}

/// A keyword as one line.
fn line(entry: &Entry) -> String {
    let mut line = entry.path();
    if !entry.form.is_empty() {
        line.push(' ');
        line.push_str(&entry.form);
    }
    if !entry.in_effect {
        line.push_str("  (not in effect yet)");
    }
    line.push('\n');
    line
}

/// A keyword as a JSON object.
fn object(entry: &Entry) -> Value {
    let (standing, word) = match entry.standing {
        Standing::Normal => ("normal", None),
        Standing::Deprecated(instead) => ("deprecated", Some(instead)),
        Standing::Alias(of) => ("alias", Some(of)),
        Standing::Hidden => ("hidden", None),
        Standing::Own => ("own", None),
    };
    json!({
        "block": entry.block,
        "name": entry.name,
        "form": entry.form,
        "takes": entry.takes,
        "default": entry.default,
        "unit": entry.unit,
        "meaning": entry.doc,
        "standing": standing,
        "instead": word,
        "in_effect": entry.in_effect,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_lists_have_every_keyword() {
        let lines = answer(&Arguments { json: false }).out;
        assert_eq!(lines.lines().count(), keywords().len());
        assert!(lines.lines().any(|line| line == "vrrp_instance.nopreempt"));
        let text = answer(&Arguments { json: true }).out;
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value.as_array().unwrap().len(), keywords().len());
    }
}
