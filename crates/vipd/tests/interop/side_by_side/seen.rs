//! What is seen of a daemon, and how two of them differ.

use std::time::Duration;

/// Everything seen.
#[derive(Debug, Default)]
pub struct Seen {
    /// State of the node at each look: a title and lines.
    pub looks: Vec<(String, Vec<String>)>,
    /// Adverts, equal ones that follow each other taken together.
    pub adverts: Vec<Advert>,
    /// What must be the same to the letter: scripts, FIFO, announcements, exit statuses.
    pub exact: Vec<String>,
    /// What it said.
    pub log: String,
}

/// Equal adverts one after the other.
#[derive(Clone, Debug)]
pub struct Advert {
    pub text: String,
    pub count: usize,
    last: Duration,
    /// Times between them.
    gaps: Vec<Duration>,
}

impl Advert {
    /// One more.
    pub fn add(all: &mut Vec<Self>, at: Duration, text: String) {
        // Several instances, or unicast peers, take turns.
        let recent = all.iter_mut().rev().take(4).find(|run| run.text == text);
        if let Some(run) = recent {
            run.count += 1;
            run.gaps.push(at.saturating_sub(run.last));
            run.last = at;
        } else {
            all.push(Self {
                text,
                count: 1,
                last: at,
                gaps: Vec::new(),
            });
        }
    }

    /// The usual time between two, once there are enough of them.
    fn spacing(&self) -> Option<Duration> {
        let mut gaps = self.gaps.clone();
        gaps.sort();
        (gaps.len() >= 3).then(|| gaps[gaps.len() / 2])
    }

    fn differs(&self, other: &Self) -> Option<String> {
        if self.text != other.text {
            return Some("other bytes".to_owned());
        }
        let (a, b) = (self.count, other.count);
        if a.abs_diff(b) > 2 + a.max(b) / 3 {
            return Some("another number".to_owned());
        }
        let (a, b) = (self.spacing()?, other.spacing()?);
        let most = a.max(b) / 5 + Duration::from_millis(15);
        (a.abs_diff(b) > most).then(|| format!("every {a:?} and every {b:?}"))
    }
}

/// What `ip` and `nft` say, a line each, without what runs or is the kernel's own.
pub fn state(text: &str) -> Vec<String> {
    let is_own = |line: &&str| {
        !line.contains("proto kernel") && !line.contains("local")
            || line.contains("proto keepalived")
    };
    let mut lines: Vec<String> = text.lines().filter(is_own).map(line).collect();
    lines.retain(|line| !line.is_empty());
    lines
}

/// One line: no lifetimes, no numbers of interfaces, no counters.
fn line(text: &str) -> String {
    let text = text
        .split("counter packets")
        .enumerate()
        .map(|(number, part)| {
            if number == 0 {
                return part.to_owned();
            }
            let rest = part.split_whitespace().skip(3);
            format!("counted {}", rest.collect::<Vec<_>>().join(" "))
        });
    let text: String = text.collect();
    let words = text.split_whitespace().filter(|word| {
        let is_number = word
            .strip_suffix(':')
            .is_some_and(|n| n.parse::<u32>().is_ok());
        !word.ends_with("sec") && !is_number && *word != "\\"
    });
    let words: Vec<&str> = words.collect();
    let end = words.iter().position(|word| *word == "link-netnsid");
    let names: Vec<_> = words[..end.unwrap_or(words.len())]
        .iter()
        .map(|word| word.split('@').next().unwrap_or(word))
        .collect();
    // Until the kernel has looked at the carrier of a new link.
    names.join(" ").replace("state UNKNOWN", "state UP")
}

/// Everything in which two differ, a line each.
pub fn compare(ours: &Seen, theirs: &Seen) -> Vec<String> {
    let mut lines = difference("", &ours.exact, &theirs.exact);
    for ((title, ours), (_, theirs)) in ours.looks.iter().zip(&theirs.looks) {
        lines.extend(difference(title, ours, theirs));
    }
    let show = |run: Option<&Advert>| {
        run.map_or("none".to_owned(), |run| {
            format!("{} x {}", run.count, run.text)
        })
    };
    for number in 0..ours.adverts.len().max(theirs.adverts.len()) {
        let (a, b) = (ours.adverts.get(number), theirs.adverts.get(number));
        let why = match (a, b) {
            (Some(a), Some(b)) => a.differs(b),
            _ => Some("missing".to_owned()),
        };
        if let Some(why) = why {
            lines.push(format!(
                "adverts ({why}): {} | keepalived: {}",
                show(a),
                show(b)
            ));
        }
    }
    lines
}

/// Lines that only one of both has, as often as it has them.
fn difference(title: &str, ours: &[String], theirs: &[String]) -> Vec<String> {
    let mut rest: Vec<&String> = theirs.iter().collect();
    let mut lines = Vec::new();
    for line in ours {
        match rest.iter().position(|other| *other == line) {
            Some(place) => drop(rest.remove(place)),
            None => lines.push(format!("{title} + {line}")),
        }
    }
    lines.extend(rest.iter().map(|line| format!("{title} - {line}")));
    // Order of what is the same matters too, in tables of nftables above all.
    if lines.is_empty() && ours != theirs {
        lines.push(format!("{title}: another order: {ours:#?}"));
    }
    lines
}
