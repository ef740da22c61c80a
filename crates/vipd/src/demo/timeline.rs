//! The printed story: a line per step.

use std::io::Write;
use std::time::Instant;

use vipd_lab::story::{Act, Step};

/// Width of the column of what happens.
const WHAT: usize = 43;

/// Prints as the story goes on.
pub(super) struct Timeline<'a> {
    out: &'a mut dyn Write,
    start: Instant,
}

impl<'a> Timeline<'a> {
    pub(super) fn new(out: &'a mut dyn Write) -> Self {
        let start = Instant::now();
        Self { out, start }
    }

    /// Prints text as it is.
    pub(super) fn say(&mut self, text: &str) -> Result<(), String> {
        self.print(format_args!("{text}"))
    }

    /// Prints the head of the table; time starts here.
    pub(super) fn head(&mut self) -> Result<(), String> {
        self.start = Instant::now();
        self.print(format_args!(
            "\n{:>6}  {:WHAT$}{:15}client saw nothing for\n",
            "time", "what happens", "who answers"
        ))
    }

    /// Prints what happens now, without an end of line.
    pub(super) fn begin(&mut self, act: Act, node: &str) -> Result<(), String> {
        let time = self.start.elapsed().as_secs_f32();
        self.print(format_args!("{time:>4.1} s  {:WHAT$}", what(act, node)))
    }

    /// Prints how it ended.
    pub(super) fn end(&mut self, step: &Step) -> Result<(), String> {
        let after = step
            .took
            .map_or_else(String::new, |took| format!(", {:.1} s", took.as_secs_f32()));
        let outage = step.outage.map_or_else(
            || "-".to_owned(),
            |outage| format!("{} ms", outage.as_millis()),
        );
        match &step.failure {
            None => {
                let who = format!("{}{after}", step.expected);
                self.print(format_args!("{who:15}{outage:>9}   ok\n"))
            }
            Some(why) => self.print(format_args!(
                "{:15}{outage:>9}   FAILED\n        {} should answer, but {why}\n",
                "", step.expected
            )),
        }
    }

    /// Prints what the daemons said last.
    pub(super) fn last_words(&mut self, words: &[(String, String)]) -> Result<(), String> {
        for (node, lines) in words {
            self.print(format_args!(
                "\nlast lines of the daemon on {node}:\n{lines}\n"
            ))?;
        }
        Ok(())
    }

    /// Prints the end of the story.
    pub(super) fn verdict(&mut self, all_held: bool) -> Result<(), String> {
        let seconds = self.start.elapsed().as_secs_f32();
        let verdict = if all_held {
            "every step held"
        } else {
            "a step did not hold"
        };
        self.print(format_args!("{seconds:>4.1} s  the end: {verdict}\n"))
    }

    fn print(&mut self, text: std::fmt::Arguments<'_>) -> Result<(), String> {
        self.out
            .write_fmt(text)
            .and_then(|()| self.out.flush())
            .map_err(|error| format!("cannot write: {error}"))
    }
}

fn what(act: Act, node: &str) -> String {
    match act {
        Act::Start => "both daemons start".to_owned(),
        Act::ServiceDies => format!("{node}: web service dies"),
        Act::ServiceReturns => format!("{node}: web service is back"),
        Act::DaemonKilled => format!("{node}: all of the daemon gets SIGKILL"),
        Act::DaemonReturns => format!("{node}: daemon is started again"),
        Act::CablePulled => format!("{node}: network cable is pulled"),
        Act::CablePlugged => format!("{node}: network cable is plugged in"),
    }
}
