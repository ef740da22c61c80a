//! `vipd simulate`: the files of a cluster, a story of failures, and what comes of it.

mod as_json;
mod svg;

use std::fs;

use vipd_config::Loaded;
use vipd_sim::journal::{self, Telling};
use vipd_sim::proof::Assumptions;
use vipd_sim::scenario::timeline::{self, Timeline};
use vipd_sim::{Machine, Settings, World};

use super::failure;
use super::pair::{self, NodeFile};
use crate::output::Answer;

/// Exit status when the files or the story cannot be used.
const UNUSABLE: u8 = 2;

/// Play failures on the files of a cluster, in simulated time
///
/// Runs the engine of the daemon on each file and shows what happens: states, addresses,
/// announcements, whom the daemon would tell. The story says what fails when, such as
/// `at 10s: fail a chk_mysql; at 30s: heal; until 60s`. Everything runs from the start unless the
/// story starts it. Actions: start, stop, crash, power-off, kill-process, reload, pause NODE for
/// TIME, set-clock NODE by TIME, down and up NODE [INTERFACE], remove and create NODE INTERFACE, fail
/// and recover NODE NAME (a script, port, process or file), set NODE NAME NUMBER (how many processes
/// run, what a file says), delete NODE ADDRESS, partition A B, partition A -> B, isolate NODE, rejoin A B,
/// network [delay T] [jitter T] [loss P%] [duplicate P%] [corrupt P%] [reorder], heal [NODE].
/// Exit status: 0 played, 2 a file or the story cannot be used.
#[allow(
    rustdoc::broken_intra_doc_links,
    reason = "shown on the command line, where brackets mean what may be left out"
)]
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The file of each node: FILE, NAME=FILE, or a directory with one file for each node
    #[arg(value_name = "FILE", required = true)]
    files: Vec<String>,

    /// The story
    #[arg(short = 'e', long, value_name = "STORY")]
    story: Vec<String>,

    /// A file with the story
    #[arg(long, value_name = "FILE")]
    script: Option<String>,

    /// Show each advert too
    #[arg(long)]
    adverts: bool,

    /// For programs: one JSON object
    #[arg(long)]
    json: bool,

    /// Also draw it: a lane for each node and instance, as SVG
    #[arg(long, value_name = "FILE")]
    svg: Option<String>,
}

/// Plays the story and tells it.
pub(super) fn answer(arguments: &Arguments) -> Answer {
    let nodes = match pair::all_nodes(&arguments.files) {
        Ok(nodes) => nodes,
        Err(error) => return failure("list the files of the nodes", &error),
    };
    let story = match story(arguments) {
        Ok(story) => story,
        Err(error) => return failure("read the story", &error),
    };
    let machines = match machines(nodes) {
        Ok(machines) => machines,
        Err(message) => return Answer::err(message, UNUSABLE),
    };
    let timeline = match timeline::parse(&story, &machines) {
        Ok(timeline) => timeline,
        Err(mistakes) => {
            let lines = mistakes
                .iter()
                .map(|m| format!("vipd simulate: story, {m}\n"));
            return Answer::err(lines.collect::<String>(), UNUSABLE);
        }
    };
    let given = Assumptions::of(&machines);
    let world = play(machines, timeline);
    if let Some(file) = &arguments.svg
        && let Err(error) = fs::write(file, svg::draw(&world, arguments.adverts))
    {
        return failure(&format!("write {file}"), &error);
    }
    Answer::out(told(arguments, &world, &given))
}

/// The text of the story, from the file and the command line.
fn story(arguments: &Arguments) -> std::io::Result<String> {
    let mut parts = Vec::new();
    if let Some(file) = &arguments.script {
        parts.push(fs::read_to_string(file)?);
    }
    parts.extend(arguments.story.iter().cloned());
    Ok(parts.join("\n"))
}

/// The machines; else which file cannot be used.
fn machines(nodes: Vec<NodeFile>) -> Result<Vec<Machine>, String> {
    let loaded: Result<Vec<(NodeFile, Loaded)>, String> = nodes
        .into_iter()
        .map(|node| match pair::read(&node, None, false) {
            Ok(loaded) => Ok((node, loaded)),
            Err(error) => Err(format!("vipd: cannot read standard input: {error}\n")),
        })
        .collect();
    let loaded = loaded?;
    let refused = loaded.iter().filter(|(_, one)| one.starts().is_err());
    let refused: Vec<String> = refused
        .map(|(node, _)| {
            let file = &node.file;
            format!("vipd simulate: the daemon does not start with {file}; `vipd check {file}` says why\n")
        })
        .collect();
    if refused.is_empty() {
        Ok(pair::machines(&loaded))
    } else {
        Err(refused.concat())
    }
}

fn play(machines: Vec<Machine>, timeline: Timeline) -> World {
    let end = timeline.end();
    let mut world = World::new(machines, Settings::default(), Vec::new());
    for (at, action) in timeline.actions {
        world.plan(at, action);
    }
    world.run_until(end);
    world
}

fn told(arguments: &Arguments, world: &World, given: &Assumptions) -> String {
    let names: Vec<String> = world.nodes().iter().map(|node| node.name.clone()).collect();
    if arguments.json {
        let value = as_json::story(world, &names, given, arguments.adverts);
        return format!("{value:#}\n");
    }
    let telling = if arguments.adverts {
        Telling::Adverts
    } else {
        Telling::Changes
    };
    let given = pair::words::given(&names, given);
    let given = if given.is_empty() {
        String::new()
    } else {
        format!("taken for granted\n{given}")
    };
    journal::tell(world, telling) + &given
}
