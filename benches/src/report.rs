//! Figures as people read them: one row per measurement, the ratio of the two daemons in it.

use std::fmt::Write as _;

/// Smallest, middle and largest of a series.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spread {
    pub(crate) min: f64,
    pub(crate) median: f64,
    pub(crate) max: f64,
}

impl Spread {
    /// Of a series; all zero when it is empty.
    pub(crate) fn of(mut series: Vec<f64>) -> Self {
        series.sort_by(f64::total_cmp);
        let at = |index: usize| series.get(index).copied().unwrap_or(0.0);
        Self {
            min: at(0),
            median: at(series.len() / 2),
            max: at(series.len().saturating_sub(1)),
        }
    }
}

impl std::fmt::Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let digits = match self.max {
            ..1.0 => 3,
            ..100.0 => 1,
            _ => 0,
        };
        write!(
            f,
            "{:.digits$} / {:.digits$} / {:.digits$}",
            self.min, self.median, self.max
        )
    }
}

/// A markdown table with a column for each daemon and their ratio.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Vec<(String, Measured, Measured)>,
}

/// A series, or why there is none.
pub(crate) type Measured = Result<Spread, String>;

impl Table {
    /// Adds a measurement: what, vipd, keepalived.
    pub(crate) fn row(&mut self, what: impl Into<String>, vipd: Spread, keepalived: Spread) {
        self.row_or(what, Ok(vipd), Ok(keepalived));
    }

    /// The same, when a series may be missing.
    pub(crate) fn row_or(&mut self, what: impl Into<String>, vipd: Measured, keepalived: Measured) {
        self.rows.push((what.into(), vipd, keepalived));
    }

    /// The table as markdown.
    pub(crate) fn markdown(&self, unit: &str) -> String {
        let mut text = format!(
            "| | vipd, {unit} | keepalived, {unit} | ratio of medians |\n|---|---|---|---|\n"
        );
        for (what, vipd, keepalived) in &self.rows {
            let ratio = match (vipd, keepalived) {
                (Ok(vipd), Ok(keepalived)) if keepalived.median > 0.0 => {
                    format!("{:.2}", vipd.median / keepalived.median)
                }
                _ => "-".to_owned(),
            };
            let [vipd, keepalived] = [vipd, keepalived].map(|measured| match measured {
                Ok(spread) => spread.to_string(),
                Err(why) => why.clone(),
            });
            // Writing to a String cannot fail.
            let _ = writeln!(text, "| {what} | {vipd} | {keepalived} | {ratio} |");
        }
        text
    }
}
