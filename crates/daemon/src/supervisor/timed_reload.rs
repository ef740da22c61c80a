//! A reload at a moment that a file says (`reload_time_file`, `reload_repeat`).

use std::fs::{self, OpenOptions};
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::sleep;
use vipd_config::model::Global;
use vipd_linux::files::NONBLOCK;
use vipd_linux::local_time::{Date, LocalTime};

use super::happening::{Happening, Inbox};

/// How often the file is looked at, and the wall clock, which may be set.
const LOOK: Duration = Duration::from_secs(1);
/// How much of the file is read, bytes: a line of the longest form is shorter.
const LINE_BYTES: u64 = 64;
/// A day.
const DAY: Duration = Duration::from_hours(24);

/// Who waits for the moment.
#[derive(Debug)]
pub(crate) struct TimedReload {
    inbox: Inbox,
    waits: Option<(Global, JoinHandle<()>)>,
}

impl TimedReload {
    /// Nobody yet.
    pub(crate) fn new(inbox: Inbox) -> Self {
        Self { inbox, waits: None }
    }

    /// From now on this configuration says which file.
    pub(crate) fn follow(&mut self, global: &Global) {
        self.stop();
        if let Some(path) = &global.reload_time_file {
            let wait = wait(PathBuf::from(path), self.inbox.clone());
            self.waits = Some((global.clone(), tokio::spawn(wait)));
        }
    }

    /// Nobody waits any more.
    pub(crate) fn stop(&mut self) {
        if let Some((_, task)) = self.waits.take() {
            task.abort();
        }
    }

    /// The moment has come that this file has said: whether to reload now. The file goes, unless
    /// it holds for every day. Log lines too.
    pub(crate) fn arrived(&self, path: &Path) -> (bool, Option<String>) {
        let Some((global, _)) = &self.waits else {
            return (false, None);
        };
        if global.reload_time_file.as_deref().map(Path::new) != Some(path) {
            return (false, None);
        }
        if global.reload_repeat {
            return (true, None);
        }
        let complaint = fs::remove_file(path).err();
        let complaint = complaint
            .map(|error| format!("cannot remove reload_time_file {}: {error}", path.display()));
        (true, complaint)
    }
}

/// Tells each moment that comes, and what is wrong with the file.
async fn wait(path: PathBuf, inbox: Inbox) {
    let mut said: Option<Option<String>> = None;
    let mut next: Option<SystemTime> = None;
    loop {
        // A file system of another machine may take any time for this.
        let file = path.clone();
        let Ok(line) = spawn_blocking(move || first_line(&file)).await else {
            return;
        };
        let now = SystemTime::now();
        if said.as_ref() != Some(&line) {
            next = line.as_deref().and_then(|line| moment(line, now));
            let text = plan(&path, line.as_deref(), next, now);
            said = Some(line);
            if inbox.send(Happening::Trouble(text)).await.is_err() {
                return;
            }
        }
        if let Some(at) = next.filter(|at| *at <= now) {
            // Without a date it holds for the next day as well, if the file stays.
            next = said
                .iter()
                .flatten()
                .next()
                .and_then(|line| moment(line, now));
            let is_now = now.duration_since(at).is_ok_and(|late| late < DAY);
            let path = path.clone();
            if is_now && inbox.send(Happening::TimeToReload { path }).await.is_err() {
                return;
            }
        }
        let left = next.and_then(|at| at.duration_since(SystemTime::now()).ok());
        sleep(left.map_or(LOOK, |left| left.min(LOOK))).await;
    }
}

/// The first line of a file; none when it is not there, or no ordinary one.
fn first_line(path: &Path) -> Option<String> {
    let mut options = OpenOptions::new();
    let file = options.read(true).custom_flags(NONBLOCK).open(path).ok()?;
    if !file.metadata().ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    file.take(LINE_BYTES).read_to_end(&mut bytes).ok()?;
    let line = bytes.split(|byte| *byte == b'\n').next()?;
    Some(String::from_utf8_lossy(line).into_owned())
}

/// What is to be said about a new line.
fn plan(path: &Path, line: Option<&str>, at: Option<SystemTime>, now: SystemTime) -> String {
    let path = path.display();
    match (line, at) {
        (None, _) => format!("no reload is scheduled: {path} is not there"),
        (Some(line), None) => {
            format!("no reload is scheduled: `{line}` in {path} is no moment to come")
        }
        (Some(_), Some(at)) => {
            let left = at.duration_since(now).unwrap_or_default().as_secs();
            let at = LocalTime::at(at).ctime();
            format!("reload scheduled at {at}, in {left} seconds")
        }
    }
}

/// The next moment that a line means: `HH:MM:SS`, or with `YY-MM-DD ` or `YYYY-MM-DD ` in front,
/// `Z` at the end for UTC. None for what is over, or another form.
fn moment(line: &str, now: SystemTime) -> Option<SystemTime> {
    let (text, is_utc) = match line.strip_suffix('Z') {
        Some(text) => (text, true),
        None => (line, false),
    };
    let on = |date: Date, seconds: u32| {
        if is_utc {
            date.utc(seconds)
        } else {
            date.local(seconds)
        }
    };
    let day_of = |moment: SystemTime| {
        if is_utc {
            Date::of(moment)
        } else {
            LocalTime::at(moment).date()
        }
    };
    let Some((date, time)) = text.split_once(' ') else {
        let seconds = time_of_day(text)?;
        let today = on(day_of(now), seconds)?;
        return if today > now {
            Some(today)
        } else {
            on(day_of(now + DAY), seconds)
        };
    };
    on(day(date)?, time_of_day(time)?).filter(|at| *at > now)
}

/// Numbers of just so many digits each, between separators.
fn numbers<const N: usize>(text: &str, separator: char, digits: [usize; N]) -> Option<[u32; N]> {
    let mut parts = text.split(separator);
    let mut found = [0; N];
    for (number, digits) in found.iter_mut().zip(digits) {
        let part = parts.next()?;
        if part.len() != digits || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(found)
}

/// Seconds since midnight.
fn time_of_day(text: &str) -> Option<u32> {
    let [hour, minute, second] = numbers(text, ':', [2, 2, 2])?;
    let is_time = hour < 24 && minute < 60 && second < 60;
    is_time.then_some((hour * 60 + minute) * 60 + second)
}

fn day(text: &str) -> Option<Date> {
    let [year, month, day] = match text.len() {
        8 => {
            let [year, month, day] = numbers(text, '-', [2, 2, 2])?;
            [year + 2000, month, day]
        }
        _ => numbers(text, '-', [4, 2, 2])?,
    };
    let is_day = (1..=12).contains(&month) && (1..=31).contains(&day);
    is_day.then_some(Date {
        year: i32::try_from(year).ok()?,
        month: u8::try_from(month).ok()?,
        day: u8::try_from(day).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use tokio::sync::mpsc;

    use super::*;

    /// 2026-11-06 12:00:00 UTC.
    const NOW: u64 = 1_793_966_400;

    #[test]
    fn a_line_is_a_moment_to_come_in_just_these_forms() {
        let now = UNIX_EPOCH + Duration::from_secs(NOW);
        let ahead = |line: &str| {
            let at = moment(line, now)?;
            Some(at.duration_since(now).unwrap().as_secs())
        };
        for (line, seconds) in [
            ("12:00:01Z", Some(1)),
            ("12:00:00Z", Some(86_400)),
            ("11:59:59Z", Some(86_399)),
            ("26-11-06 12:00:05Z", Some(5)),
            ("2026-11-07 12:00:05Z", Some(86_405)),
            ("2026-11-06 11:00:00Z", None),
            ("2026-11-06  12:00:05Z", None),
            (" 12:00:01Z", None),
            ("12:00:01 Z", None),
            ("12:00Z", None),
            ("24:00:00Z", None),
            ("1:00:00Z", None),
            ("2026-13-01 00:00:00Z", None),
            ("", None),
            ("now", None),
        ] {
            assert_eq!(ahead(line), seconds, "{line}");
        }
        assert!(ahead("12:30:00").unwrap() <= 86_400);
    }

    #[tokio::test]
    async fn the_moment_is_told_and_the_file_goes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("when");
        let soon = SystemTime::now() + Duration::from_secs(1);
        let since = soon.duration_since(UNIX_EPOCH).unwrap().as_secs() % 86_400;
        let (hour, minute, second) = (since / 3600, since / 60 % 60, since % 60);
        fs::write(&path, format!("{hour:02}:{minute:02}:{second:02}Z\n")).unwrap();
        let (inbox, mut arrivals) = mpsc::channel(10);
        let mut timed = TimedReload::new(inbox);
        let global = Global {
            reload_time_file: Some(path.display().to_string()),
            ..Global::default()
        };
        timed.follow(&global);
        assert!(matches!(arrivals.recv().await, Some(Happening::Trouble(_))));
        let told = arrivals.recv().await;
        assert!(
            matches!(&told, Some(Happening::TimeToReload { path: told }) if *told == path),
            "{told:?}"
        );
        assert_eq!(timed.arrived(Path::new("/another")), (false, None));
        assert_eq!(timed.arrived(&path), (true, None));
        assert!(!path.exists());
    }
}
