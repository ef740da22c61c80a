//! `--was`: in which order the nodes are to be given their new files.

use std::fmt::Write as _;

use serde_json::{Value, json};
use vipd_config::diagnostic::terminal::{self, Style};
use vipd_config::diagnostic::{Diagnostic, Sources, json as as_json};
use vipd_config::pair::reload::{Plan, plan};
use vipd_config::{Loaded, pair};

use super::Arguments;
use crate::command::pair::{NodeFile, all_nodes, read};

/// A plan with what is needed to show it.
pub(super) struct Reload {
    names: Vec<String>,
    plan: Plan,
    sources: Sources,
}

impl Reload {
    /// Reads the files as they were; none when nothing was said of them. An error is a message.
    pub(super) fn of(
        arguments: &Arguments,
        new: &[(NodeFile, Loaded)],
    ) -> Result<Option<Self>, String> {
        if arguments.was.is_empty() {
            return Ok(None);
        }
        let files = all_nodes(&arguments.was).map_err(|error| error.to_string())?;
        if files.len() != new.len() {
            return Err(format!(
                "--was names {} files, and there are {} nodes",
                files.len(),
                new.len()
            ));
        }
        let mut old = Vec::new();
        for (file, (node, _)) in files.iter().zip(new) {
            let was = NodeFile::new(&node.name, &file.file);
            let loaded = read(&was, arguments.config_id.as_deref(), arguments.all_config)
                .map_err(|error| format!("cannot read standard input: {error}"))?;
            if loaded.starts().is_err() {
                return Err(format!("the daemon would not start with {}", was.file));
            }
            old.push((was, loaded));
        }
        let all = old.iter().chain(new);
        let named = all.map(|(node, loaded)| (node.name.as_str(), loaded));
        let (mut before, sources) = pair::nodes(named);
        let after = before.split_off(old.len());
        Ok(Some(Self {
            names: new.iter().map(|(node, _)| node.name.clone()).collect(),
            plan: plan(&before, &after),
            sources,
        }))
    }

    fn name(&self, index: usize) -> &str {
        self.names.get(index).map_or("", String::as_str)
    }

    /// Each node in turn, with what is wrong until the next.
    fn steps(&self) -> impl Iterator<Item = (&str, &[Diagnostic])> {
        let nodes = self.plan.order.iter().map(|&index| self.name(index));
        nodes.zip(self.plan.between.iter().map(Vec::as_slice))
    }

    /// The plan, for people.
    pub(super) fn text(&self, style: Style) -> String {
        let order: Vec<&str> = self.steps().map(|(name, _)| name).collect();
        let mut text = format!("\nreload in this order: {}\n", order.join(", then "));
        if self.plan.is_smooth() {
            text += "the nodes agree all the time\n";
        }
        for (name, wrong) in self.steps().filter(|(_, wrong)| !wrong.is_empty()) {
            // Writing to a `String` cannot fail.
            let _ = writeln!(
                text,
                "\nonce {name} has its new file, and until the next one:\n"
            );
            for diagnostic in wrong {
                text += &terminal::render(diagnostic, &self.sources, style);
                text += "\n\n";
            }
        }
        text
    }

    /// The plan, for programs.
    pub(super) fn report(&self) -> Value {
        let steps = self.steps().map(|(name, wrong)| {
            let wrong: Vec<Value> = wrong
                .iter()
                .map(|diagnostic| as_json::render(diagnostic, &self.sources))
                .collect();
            json!({ "node": name, "diagnostics": wrong })
        });
        json!({ "smooth": self.plan.is_smooth(), "order": steps.collect::<Vec<_>>() })
    }

    /// What is wrong on the way as if it were about one file.
    pub(super) fn as_loaded(&self) -> Loaded {
        let on_the_way = self.steps().flat_map(|(name, wrong)| {
            wrong.iter().map(move |diagnostic| {
                let message = format!(
                    "once {name} is reloaded and until the next: {}",
                    diagnostic.message
                );
                Diagnostic {
                    labels: diagnostic.labels.clone(),
                    span: diagnostic.span,
                    ..Diagnostic::hint("reload-order", message)
                }
            })
        });
        Loaded {
            diagnostics: on_the_way.collect(),
            sources: self.sources.clone(),
            ..Loaded::default()
        }
    }
}
