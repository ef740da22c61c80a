//! What keepalived said of a file of the corpus.

/// Messages after which keepalived looks at nothing more, or only at some of the rest.
const ENDS: [&str; 4] = [
    "*** Configuration line starting",
    "Non-existent interface specified",
    "the virtual router id must be set",
    "Unknown interface!",
];

/// The verdict of one version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    /// What it complained about, in its order.
    pub(super) complaints: Vec<Complaint>,
    /// It ended before it had seen everything.
    pub(super) ended: bool,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Complaint {
    /// The line it is about.
    pub(super) line: Option<u32>,
    /// What it says.
    pub(super) text: String,
}

impl Verdict {
    /// Reads the part of that version; text of a file `NNN.verdict`.
    pub(super) fn of(version: &str, text: &str) -> Self {
        let mut lines = text
            .lines()
            .skip_while(|line| !line.starts_with(&format!("# keepalived {version}:")))
            .skip_while(|line| *line != "messages:")
            .skip(1)
            .take_while(|line| !line.starts_with("exit-without-interfaces"));
        let mut verdict = Self::default();
        for line in lines.by_ref().filter(|line| !line.trim().is_empty()) {
            verdict.ended |= ENDS.iter().any(|end| line.contains(end));
            verdict.complaints.push(Complaint::of(line));
        }
        verdict
    }
}

impl Complaint {
    /// `(Line 3) text`, `(FILE: Line 3) text`, or `text`.
    fn of(message: &str) -> Self {
        let placed = message.strip_prefix('(').and_then(|rest| {
            let (place, text) = rest.split_once(") ")?;
            let (_, digits) = place.rsplit_once("Line ")?;
            Some((digits.parse().ok()?, text))
        });
        match placed {
            Some((line, text)) => Self {
                line: Some(line),
                text: text.trim().to_owned(),
            },
            None => Self {
                line: None,
                text: message.trim().to_owned(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_off_and_versions_kept_apart() {
        let text = "# keepalived 2.2.7: x\nexit: 5\nmessages:\n(Line 1) old\n\
                    exit-without-interfaces: 5\n# keepalived 2.4.3: x\nexit: 5\nmessages:\n\
                    (Line 14) a\n(001.conf: Line 2) b (c) d\n(VI_1) e\n\
                    exit-without-interfaces: 5\n(Line 9) f\n";
        let found: Vec<_> = Verdict::of("2.4.3", text)
            .complaints
            .into_iter()
            .map(|complaint| (complaint.line, complaint.text))
            .collect();
        let expected = [
            (Some(14), "a".to_owned()),
            (Some(2), "b (c) d".to_owned()),
            (None, "(VI_1) e".to_owned()),
        ];
        assert_eq!(found, expected);
    }
}
