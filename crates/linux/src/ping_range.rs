//! Which groups may send pings without privileges: `net.ipv4.ping_group_range`, for IPv6 too.

use std::fs;

use crate::Error;

/// Where the kernel has it, for the network namespace of whoever opens it.
const PATH: &str = "/proc/sys/net/ipv4/ping_group_range";

/// The first and the last group.
type Range = (u64, u64);

/// A range that was widened, as it was before.
#[derive(Debug)]
pub struct Widened {
    before: String,
}

/// Lets this group send pings. None when it may already.
pub fn widen(group: u32) -> Result<Option<Widened>, Error> {
    let failed = |e| Error::new("let pings be sent by", PATH, e);
    let before = fs::read_to_string(PATH).map_err(failed)?;
    let Some((first, last)) = wider(&before, group.into()) else {
        return Ok(None);
    };
    fs::write(PATH, format!("{first} {last}")).map_err(failed)?;
    Ok(Some(Widened { before }))
}

impl Widened {
    /// One that an earlier process has widened; so it was before.
    pub fn inherit(before: String) -> Self {
        Self { before }
    }

    /// How it was before, as the kernel writes it.
    pub fn before(&self) -> &str {
        &self.before
    }

    /// Makes the range what it was.
    pub fn restore(self) -> Result<(), Error> {
        fs::write(PATH, self.before.trim()).map_err(|e| Error::new("restore", PATH, e))
    }
}

/// The range that has this group in it too; none when it is in already.
fn wider(range: &str, group: u64) -> Option<Range> {
    let mut numbers = range
        .split_whitespace()
        .map_while(|n| n.parse::<u64>().ok());
    match (numbers.next(), numbers.next()) {
        (Some(first), Some(last)) if first <= last => {
            let is_in = (first..=last).contains(&group);
            (!is_in).then(|| (first.min(group), last.max(group)))
        }
        // `1 0` is the range without anybody.
        _ => Some((group, group)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_becomes_no_wider_than_needed() {
        for (range, group, expected) in [
            ("1\t0\n", 0, Some((0, 0))),
            ("0\t2147483647\n", 0, None),
            ("100\t200\n", 0, Some((0, 200))),
            ("0\t0\n", 7, Some((0, 7))),
            ("", 5, Some((5, 5))),
        ] {
            assert_eq!(wider(range, group), expected, "{range}");
        }
    }
}
