//! `cargo xtask bench`: vipd and the installed keepalived side by side in one lab, as ratios.
//!
//! Arguments: which tables (`lateness`, `outage`, `parse`, `steady`, `takeover`; all when none is
//! named) and `--runs N`.

#![expect(clippy::print_stdout, reason = "tables are what this program is for")]
#![expect(clippy::print_stderr, reason = "problems go where they are seen")]

mod bare;
mod lateness;
mod measure;
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
}

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    if let (Some(bare::WORD), Some(role)) = (words.next().as_deref(), words.next()) {
        return match bare::run(&role) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("bench: {error}");
                ExitCode::FAILURE
            }
        };
    }
    let done = vipd_lab::become_root_if_needed()
        .map_err(|error| error.to_string())
        .and_then(|()| request())
        .and_then(|request| perform(&request));
    match done {
        Ok(()) => ExitCode::SUCCESS,
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
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "lateness" | "outage" | "parse" | "steady" | "takeover" => request.tables.push(word),
            "--runs" => {
                let number = words.next().and_then(|number| number.parse().ok());
                request.runs = number.ok_or("--runs wants a number")?;
            }
            _ => {
                return Err(format!(
                    "{word}: expected lateness, outage, parse, steady, takeover or --runs N"
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

fn perform(request: &Request) -> Result<(), String> {
    let lab = Lab::new(vipd()?).map_err(|error| error.to_string())?;
    let wanted =
        |table: &str| request.tables.is_empty() || request.tables.iter().any(|name| name == table);
    let sizes = [1, 255, 1000];
    if wanted("outage") {
        let table = outage::measure(&lab, request.runs).map_err(|error| error.to_string())?;
        println!("## Time without an answer\n\n{}", table.markdown("ms"));
    }
    if wanted("lateness") {
        let table = lateness::measure(&lab, request.runs).map_err(|error| error.to_string())?;
        println!(
            "## Lateness of adverts\n\n{}",
            table.markdown("% of the interval")
        );
    }
    if wanted("parse") {
        let table = parse::measure(&lab, request.runs).map_err(|error| error.to_string())?;
        println!("## Reading a configuration\n\n{}", table.markdown("ms"));
    }
    if wanted("steady") {
        let tables =
            steady::measure(&lab, request.runs, &sizes).map_err(|error| error.to_string())?;
        let titles = ["Processor time", "Memory (PSS)", "Private memory"];
        for ((title, unit), table) in titles.into_iter().zip(["ms/s", "kB", "kB"]).zip(&tables) {
            println!("## {title}\n\n{}", table.markdown(unit));
        }
        let [sender, receiver] =
            bare::measure(&lab, request.runs).map_err(|error| error.to_string())?;
        println!(
            "A program that only sends one datagram a second takes {sender} ms/s here, one that"
        );
        println!("only receives it {receiver} ms/s.\n");
    }
    if wanted("takeover") {
        let table = takeover::measure(&lab, request.runs, &sizes[1..])
            .map_err(|error| error.to_string())?;
        println!("## Takeover of many instances\n\n{}", table.markdown("ms"));
    }
    Ok(())
}
