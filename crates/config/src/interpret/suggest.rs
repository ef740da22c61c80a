//! Did you mean: the known word that an unknown one most probably stands for.

/// A known word, and what was glued to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Suggestion {
    /// The known word.
    pub(crate) keyword: &'static str,
    /// Its value, when keyword and value were written as one word.
    pub(crate) value: Option<String>,
}

impl Suggestion {
    /// What should be written.
    pub(crate) fn text(&self) -> String {
        match &self.value {
            Some(value) => format!("{} {value}", self.keyword),
            None => self.keyword.to_owned(),
        }
    }
}

/// The best guess among `known`, if any is near enough.
pub(crate) fn suggest(
    word: &str,
    known: impl Iterator<Item = &'static str> + Clone,
) -> Option<Suggestion> {
    glued(word, known.clone()).or_else(|| near(word, known))
}

/// `interval1`, `weight-2`, `mcast_src_ip=1.2.3.4`: the longest known word at the start,
/// with something after it that could not be part of a word.
fn glued(word: &str, known: impl Iterator<Item = &'static str>) -> Option<Suggestion> {
    known
        .filter_map(|keyword| {
            let rest = word.strip_prefix(keyword)?;
            let first = rest.chars().next()?;
            let separates = first.is_ascii_digit() || "-=:,;/<\"'".contains(first);
            let value = rest.trim_start_matches(['=', ':', ',', ';']);
            separates.then(|| Suggestion {
                keyword,
                value: (!value.is_empty()).then(|| value.to_owned()),
            })
        })
        .max_by_key(|found| found.keyword.len())
}

/// A word a few letters away: one in three may differ.
fn near(word: &str, known: impl Iterator<Item = &'static str>) -> Option<Suggestion> {
    let lower = word.to_lowercase();
    known
        .map(|keyword| {
            let distance = strsim::damerau_levenshtein(&lower, &keyword.to_lowercase());
            (distance, keyword)
        })
        .filter(|(distance, keyword)| {
            *distance <= (keyword.len().min(word.len()) / 3).max(1) && word.len() > 1
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, keyword)| Suggestion {
            keyword,
            value: None,
        })
}

/// The name nearest to one that is not there: interfaces, scripts, instances.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= (candidate.len().min(name.len()) / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 6] = [
        "interval",
        "weight",
        "mcast_src_ip",
        "script",
        "interface",
        "state",
    ];

    #[track_caller]
    fn check(word: &str, expect: Option<&str>) {
        let found = suggest(word, KNOWN.into_iter()).map(|found| found.text());
        assert_eq!(found.as_deref(), expect);
    }

    #[test]
    fn value_glued_to_keyword() {
        check("interval1", Some("interval 1"));
        check("weight-2", Some("weight -2"));
        check("mcast_src_ip=1.2.3.4", Some("mcast_src_ip 1.2.3.4"));
        check("state:", Some("state"));
    }

    #[test]
    fn letters_amiss() {
        check("nterface", Some("interface"));
        check("STATE", Some("state"));
        check("wieght", Some("weight"));
    }

    #[test]
    fn nothing_near() {
        check("systemctl", None);
        check("x", None);
    }
}
