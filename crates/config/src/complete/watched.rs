//! `track_file` and `vrrp_track_process` blocks, and who tracks them.

use std::collections::BTreeSet;

use crate::complete::Scene;
use crate::diagnostic::{Class, Diagnostic};
use crate::interpret::draft::{Draft, FileDraft, Matching, ProcessDraft, TrackedDraft};
use crate::interpret::report::Report;
use crate::interpret::statement::{At, Order};
use crate::interpret::value;
use crate::model::{Arguments, Config, TrackFile, TrackProcess, Tracked, Weight};

/// Weight of a file that says none.
const FILE_WEIGHT: Weight = Weight {
    value: 1,
    reverse: false,
};

/// A file or process that can be tracked.
#[derive(Clone, Debug)]
pub(crate) struct Known<T> {
    /// When it was read: it can be tracked only later.
    pub(crate) order: Order,
    /// What it is.
    pub(crate) what: T,
}

/// What can be tracked by name, with a weight of its own.
pub(crate) trait Named {
    /// Its name.
    fn name(&self) -> &str;
    /// Weight where a tracking line gives none.
    fn weight(&self) -> Weight;
}

impl Named for TrackFile {
    fn name(&self) -> &str {
        &self.name
    }

    fn weight(&self) -> Weight {
        self.weight
    }
}

impl Named for TrackProcess {
    fn name(&self) -> &str {
        &self.name
    }

    fn weight(&self) -> Weight {
        self.weight
    }
}

/// All files that say where they are.
pub(super) fn files(draft: &Draft, report: &mut Report) -> Vec<Known<TrackFile>> {
    let mut files: Vec<Known<TrackFile>> = Vec::new();
    for file in &draft.files {
        let name = &file.name;
        if name.value.is_empty() || repeats(&files, file.keyword, name, report) {
            continue;
        }
        match &file.path {
            Some(path) => files.push(Known {
                order: file.order,
                what: self::file(file, &path.value),
            }),
            None => incomplete(file.keyword, name, "file", report),
        }
    }
    files
}

fn file(draft: &FileDraft, path: &str) -> TrackFile {
    TrackFile {
        name: draft.name.value.clone(),
        path: path.to_owned(),
        weight: draft.weight.map_or(FILE_WEIGHT, |weight| weight.value),
        init: draft.init,
    }
}

/// All processes that say what they run.
pub(super) fn processes(draft: &Draft, report: &mut Report) -> Vec<Known<TrackProcess>> {
    let mut processes: Vec<Known<TrackProcess>> = Vec::new();
    for process in &draft.processes {
        let (name, keyword) = (&process.name, "vrrp_track_process");
        if name.value.is_empty() || repeats(&processes, keyword, name, report) {
            continue;
        }
        let words = process.command.as_ref().map(|command| &command.value);
        match words.and_then(|words| words.split_first()) {
            Some((command, arguments)) => processes.push(Known {
                order: process.order,
                what: self::process(process, command, arguments, report),
            }),
            None => incomplete(keyword, name, "process", report),
        }
    }
    processes
}

fn process(
    draft: &ProcessDraft,
    command: &str,
    arguments: &[String],
    report: &mut Report,
) -> TrackProcess {
    let list = arguments.to_vec();
    let arguments = match draft.matching {
        None if list.is_empty() => Arguments::Any,
        None | Some(Matching::Exact) => Arguments::Exact(list),
        Some(Matching::Initial) => Arguments::Initial(list),
        Some(Matching::Partial) => Arguments::Partial(list),
    };
    let quorum = draft.quorum.map_or(1, |quorum| quorum.value);
    let quorum_max = draft.quorum_max.filter(|max| {
        let fits = max.value == 0 || max.value >= quorum;
        if !fits {
            report.general(
                "quorum-max-below-quorum",
                max.span,
                format!(
                    "`quorum_max {}` is less than the quorum of {quorum}; it is ignored",
                    max.value
                ),
            );
        }
        fits
    });
    let quorum_max = quorum_max.map(|max| max.value);
    TrackProcess {
        name: draft.name.value.clone(),
        command: command.to_owned(),
        full_command: draft.full_command || arguments != Arguments::Any,
        arguments,
        weight: draft.weight.map(|weight| weight.value).unwrap_or_default(),
        quorum: if quorum_max == Some(0) { 0 } else { quorum },
        quorum_max,
        fork_delay: draft.fork_delay,
        terminate_delay: draft.terminate_delay,
    }
}

fn incomplete(keyword: &str, name: &At<String>, lacks: &str, report: &mut Report) {
    let name_of = &name.value;
    report.general(
        "incomplete-block",
        name.span,
        format!("`{keyword} {name_of}` has no `{lacks}`; it is left out"),
    );
}

/// The name is taken: of two blocks the first holds.
fn repeats<T: Named>(
    known: &[Known<T>],
    keyword: &str,
    name: &At<String>,
    report: &mut Report,
) -> bool {
    let is_double = known.iter().any(|known| known.what.name() == name.value);
    if is_double {
        let message = format!(
            "`{keyword} {}` is defined already; what tracks it gets the first one",
            name.value
        );
        report.hint("repeated-name", name.span, message);
    }
    is_double
}

/// The files of a `track_file` block.
pub(super) fn tracked_files(
    lines: &[TrackedDraft],
    owner: &str,
    scene: &Scene<'_>,
    report: &mut Report,
) -> Vec<Tracked> {
    tracked(lines, owner, &scene.files, "track_file", report)
}

/// The processes of a `track_process` block.
pub(super) fn tracked_processes(
    lines: &[TrackedDraft],
    owner: &str,
    scene: &Scene<'_>,
    report: &mut Report,
) -> Vec<Tracked> {
    let known = &scene.processes;
    tracked(lines, owner, known, "vrrp_track_process", report)
}

fn tracked<T: Named>(
    lines: &[TrackedDraft],
    owner: &str,
    known: &[Known<T>],
    keyword: &str,
    report: &mut Report,
) -> Vec<Tracked> {
    let mut found: Vec<Tracked> = Vec::new();
    for line in lines {
        let name = &line.name.value;
        let is_meant = |known: &&Known<T>| known.what.name() == name && known.order < line.order;
        let Some(thing) = known.iter().find(is_meant) else {
            not_found(line, owner, known, keyword, report);
            continue;
        };
        if found.iter().any(|known| known.name == *name) {
            let message = format!("`{owner}` tracks `{name}` already; this line is ignored");
            report.general("tracked-twice", line.name.span, message);
            continue;
        }
        found.push(Tracked {
            name: name.clone(),
            weight: line
                .weight
                .map_or(thing.what.weight(), |weight| weight.value),
        });
    }
    found
}

fn not_found<T: Named>(
    line: &TrackedDraft,
    owner: &str,
    known: &[Known<T>],
    keyword: &str,
    report: &mut Report,
) {
    let name = &line.name.value;
    let names = known.iter().map(|known| known.what.name());
    let near = report.nearest(name, names).filter(|near| *near != name);
    let problem = report.general(
        "unknown-tracked",
        line.name.span,
        format!("no `{keyword} {name}` is defined before this line; `{owner}` does not track it"),
    );
    if let Some(near) = near {
        problem.help = Some(format!("did you mean `{near}`?"));
        problem.fix = value::likely(line.name.span, near);
    }
}

/// Leaves out processes that nothing tracks, and says so; files may be for health checks.
pub(super) fn leave_out_unused(config: &mut Config, draft: &Draft, report: &mut Report) {
    let instances = config.instances.iter().flat_map(|i| &i.track_processes);
    let groups = config.sync_groups.iter().flat_map(|g| &g.track_processes);
    let names: BTreeSet<String> = instances.chain(groups).map(|t| t.name.clone()).collect();
    for process in config.processes.iter().filter(|p| !names.contains(&p.name)) {
        let name = &process.name;
        let message =
            format!("`vrrp_track_process {name}` is tracked by nothing; it has no effect");
        let mut notice = Diagnostic::new("unused-tracked", Class::Notice, message);
        let place = draft
            .processes
            .iter()
            .find(|known| known.name.value == *name);
        notice.span = place.map(|known| known.name.span);
        notice.help = Some(format!("add `track_process {{ {name} }}` to the instance"));
        report.add(notice);
    }
    config
        .processes
        .retain(|process| names.contains(&process.name));
}
