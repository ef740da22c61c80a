//! The files of the nodes of one cluster: each by itself, then together.

use serde_json::json;
use vipd_config::Loaded;

use super::reload::Reload;
use super::{Arguments, Format, REFUSED, exit_status, github, report, sarif, style, text};
use crate::command::failure;
use crate::command::pair::{NodeFile, Together, read};
use crate::output::Answer;

/// Checks each file, compares them, and makes everything fail that can.
pub(super) fn answer(arguments: &Arguments, nodes: Vec<NodeFile>) -> Answer {
    if arguments.host {
        let message = "vipd check: --host is for the one file of this machine\n";
        return Answer::err(message, REFUSED);
    }
    let mut loaded: Vec<(NodeFile, Loaded)> = Vec::new();
    for node in nodes {
        let id = arguments.config_id.as_deref();
        match read(&node, id, arguments.all_config) {
            Ok(one) => loaded.push((node, one)),
            Err(error) => return failure("read standard input", &error),
        }
    }
    let each = loaded
        .iter()
        .map(|(_, one)| exit_status(one, arguments.strict));
    let each = each.max().unwrap_or_default();
    let together = (each < REFUSED).then(|| Together::examine(&loaded));
    let reload = match Reload::of(arguments, &loaded) {
        Ok(reload) => reload,
        Err(message) => return Answer::err(format!("vipd check: {message}\n"), REFUSED),
    };
    let status = together.as_ref().map_or(REFUSED, |together| {
        together.exit_status(arguments.strict).max(each)
    });
    Answer {
        status,
        ..Answer::out(shown(
            arguments,
            &loaded,
            together.as_ref(),
            reload.as_ref(),
            status,
        ))
    }
}

fn shown(
    arguments: &Arguments,
    loaded: &[(NodeFile, Loaded)],
    together: Option<&Together>,
    reload: Option<&Reload>,
    status: u8,
) -> String {
    let files = loaded.iter();
    let both = together.map(Together::as_loaded);
    let way = reload.map(Reload::as_loaded);
    let all = || loaded.iter().map(|(_, one)| one).chain(&both).chain(&way);
    match arguments.format {
        Format::Text => {
            let files = files.map(|(node, one)| text(&node.file, one, style()));
            let together = together.map(|t| t.text(style(), arguments.explain));
            let together = together
                .unwrap_or_else(|| "not compared, since not every daemon would start\n".to_owned());
            let reload = reload.map(|reload| reload.text(style()));
            let after = [format!("\n{together}"), reload.unwrap_or_default()];
            files.chain(after).collect()
        }
        Format::Json => {
            let files = files.map(|(node, one)| {
                let mut report = report(&node.file, one);
                report["node"] = json!(node.name);
                report
            });
            let all = json!({
                "files": files.collect::<Vec<_>>(),
                "together": together.map(Together::report),
                "reload": reload.map(Reload::report),
                "exit_status": status,
            });
            format!("{all:#}\n")
        }
        Format::Sarif => format!("{:#}\n", sarif::render(all())),
        Format::Github => all().map(github::render).collect(),
    }
}
