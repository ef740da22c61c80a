//! `cargo xtask bench`: vipd and the installed keepalived side by side in one lab, as ratios.
//!
//! Arguments: which tables (`lateness`, `lvs`, `outage`, `parse`, `steady`, `takeover`; all when
//! none is named), `--runs N`, and `--write` to put the tables into `docs/benchmarks.md` as well.

#![expect(clippy::print_stdout, reason = "tables are what this program is for")]
#![expect(clippy::print_stderr, reason = "problems go where they are seen")]

mod bare;
mod document;
mod lateness;
mod lvs;
mod measure;
mod once;
mod outage;
mod parse;
mod report;
mod stage;
mod steady;
mod takeover;

use std::path::PathBuf;
use std::process::ExitCode;

use vipd_lab::Lab;

/// What is asked for.
struct Request {
    tables: Vec<String>,
    runs: usize,
    writes: bool,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.split_first() {
        Some((word, rest)) if word == once::ARGUMENT => return said(once::main(rest)),
        Some((word, [role])) if word == bare::WORD => {
            let done = bare::run(role).map_err(|error| error.to_string());
            return said(done.map(|()| String::new()));
        }
        Some((word, [])) if word == lvs::bare::WORD => return said(lvs::bare::run()),
        Some((word, [runs])) if word == lvs::WORD => return said(lvs::inside(runs)),
        _ => {}
    }
    let done = vipd_lab::become_root_if_needed()
        .map_err(|error| error.to_string())
        .and_then(|()| request())
        .and_then(|request| perform(&request));
    said(done)
}

/// Prints what came of it.
fn said(done: Result<String, String>) -> ExitCode {
    match done {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("bench: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn request() -> Result<Request, String> {
    let mut request = Request {
        tables: Vec::new(),
        runs: 5,
        writes: false,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "lateness" | "lvs" | "outage" | "parse" | "steady" | "takeover" => {
                request.tables.push(word);
            }
            "--write" => request.writes = true,
            "--runs" => {
                let number = words.next().and_then(|number| number.parse().ok());
                request.runs = number.ok_or("--runs wants a number")?;
            }
            _ => {
                return Err(format!(
                    "{word}: expected lateness, lvs, outage, parse, steady, takeover, --runs N \
                     or --write"
                ));
            }
        }
    }
    Ok(request)
}

/// The vipd that was built beside this program.
fn vipd() -> Result<PathBuf, String> {
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let path = own.with_file_name("vipd");
    if path.exists() {
        Ok(path)
    } else {
        Err(format!("{} is not built", path.display()))
    }
}

fn perform(request: &Request) -> Result<String, String> {
    let lab = Lab::new(vipd()?).map_err(|error| error.to_string())?;
    let wanted =
        |table: &str| request.tables.is_empty() || request.tables.iter().any(|name| name == table);
    let mut sections = Vec::new();
    for (table, measure) in TABLES {
        if !wanted(table) {
            continue;
        }
        let made = measure(&lab, request.runs).map_err(|error| error.to_string())?;
        sections.extend(made.into_iter().inspect(show));
    }
    if wanted("lvs") {
        sections.extend(lvs::measure(request.runs)?.into_iter().inspect(show));
    }
    if request.writes {
        document::write(&sections)?;
    }
    Ok(String::new())
}

fn show((title, text): &Section) {
    println!("## {title}\n\n{text}");
}

/// Title and text of a part of the document.
type Section = (String, String);

/// Makes some sections, with so many runs of each measurement.
type Measure = fn(&Lab, usize) -> vipd_lab::Result<Vec<Section>>;

/// What can be asked for.
const TABLES: [(&str, Measure); 5] = [
    ("outage", outage),
    ("lateness", lateness),
    ("parse", parse),
    ("steady", steady),
    ("takeover", takeover),
];

/// Numbers of instances.
const SIZES: [usize; 3] = [1, 255, 1000];

fn outage(lab: &Lab, runs: usize) -> vipd_lab::Result<Vec<Section>> {
    let table = outage::measure(lab, runs)?;
    Ok(vec![(
        "Time without an answer".to_owned(),
        table.markdown("ms"),
    )])
}

fn lateness(lab: &Lab, runs: usize) -> vipd_lab::Result<Vec<Section>> {
    let table = lateness::measure(lab, runs)?;
    let text = table.markdown("% of the interval");
    Ok(vec![("Lateness of adverts".to_owned(), text)])
}

fn parse(lab: &Lab, runs: usize) -> vipd_lab::Result<Vec<Section>> {
    let titles = [
        ("Reading a configuration: time", "ms"),
        ("Reading a configuration: processor time", "ms"),
        ("Reading a configuration: memory", "kB"),
    ];
    let tables = parse::measure(lab, runs)?;
    let mut sections: Vec<Section> = titles
        .into_iter()
        .zip(&tables)
        .map(|((title, unit), table)| (title.to_owned(), table.markdown(unit)))
        .collect();
    let [wall_ms, cpu_ms, memory_kb] = parse::proof(lab, runs)?;
    let text = format!(
        "| `vipd check A B`, ten instances on two nodes | |\n|---|---|\n| time, ms | {wall_ms} \
         |\n| processor time, ms | {cpu_ms} |\n| memory, kB | {memory_kb} |\n"
    );
    sections.push(("Proving a pair".to_owned(), text));
    Ok(sections)
}

fn steady(lab: &Lab, runs: usize) -> vipd_lab::Result<Vec<Section>> {
    let [sender, receiver] = bare::measure(lab, runs)?;
    println!("A program that only sends one datagram a second takes {sender} ms/s here, one that");
    println!("only receives it {receiver} ms/s.\n");
    let tables = steady::measure(lab, runs, &SIZES)?;
    let titles = ["Processor time", "Memory (PSS)", "Private memory"];
    let units = ["ms/s", "kB", "kB"];
    let titles = titles.into_iter().zip(units);
    let sections = titles.zip(&tables);
    Ok(sections
        .map(|((title, unit), table)| (title.to_owned(), table.markdown(unit)))
        .collect())
}

fn takeover(lab: &Lab, runs: usize) -> vipd_lab::Result<Vec<Section>> {
    let table = takeover::measure(lab, runs, &SIZES[1..])?;
    let title = "Takeover of many instances".to_owned();
    Ok(vec![(title, table.markdown("ms"))])
}
