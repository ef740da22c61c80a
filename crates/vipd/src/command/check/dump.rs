//! `--dump`: every value as it holds, and where it comes from.

use std::fmt::Write as _;

use serde_json::{Value, json};
use vipd_config::{Host, dump};
use vipd_daemon::host;

use super::{Arguments, Format, REFUSED, exit_status, summary};
use crate::command::pair::source as read;
use crate::command::{failure, pair};
use crate::output::Answer;

/// Shows the values of each file. The exit status is that of the check of each file by itself.
pub(super) fn answer(arguments: &Arguments, machine: &Host) -> Answer {
    if !matches!(arguments.format, Format::Text | Format::Json) {
        return Answer::err("vipd check: --dump is text or json\n", REFUSED);
    }
    let nodes = match pair::all_nodes(&arguments.files) {
        Ok(nodes) => nodes,
        Err(error) => return failure("list the files of the nodes", &error),
    };
    let several = nodes.len() > 1;
    let mut answer = Answer::default();
    let mut reports = Vec::new();
    for node in &nodes {
        let files = match read(&node.file) {
            Ok(files) => files,
            Err(error) => return failure("read standard input", &error),
        };
        let own = several.then_some(node.name.as_str()).or(node.given());
        let id = arguments.config_id.as_deref().or(own);
        let environment = host::environment(id, arguments.all_config);
        let (loaded, sections) = dump::dump(files.as_ref(), &node.file, &environment, machine);
        answer.status = answer.status.max(exit_status(&loaded, arguments.strict));
        // Writing to a `String` cannot fail.
        let _ = writeln!(answer.err, "{}: {}", node.file, summary(&loaded));
        if arguments.format == Format::Text {
            if several {
                let _ = writeln!(answer.out, "# {}: {}", node.name, node.file);
            }
            answer.out += &dump::text(&sections, &loaded.sources);
        } else {
            reports.push(json!({
                "node": node.name,
                "file": node.file,
                "blocks": dump::json(&sections, &loaded.sources),
            }));
        }
    }
    if arguments.format == Format::Json {
        answer.out = format!("{:#}\n", Value::Array(reports));
    }
    answer
}
