//! Tracked files: the number in each, and the moment it changes.

use std::fs::OpenOptions;
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use tokio::io::unix::AsyncFd;
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::{Instant, sleep_until};
use vipd_config::model::TrackFile;
use vipd_engine::tracking::watch::Kind;
use vipd_linux::files::NONBLOCK;
use vipd_linux::folders::{Change, Folder, Folders};

use super::Report;
use crate::messages::Reading;
use crate::readiness::awaited;

/// How much of a file is looked at, bytes.
const NUMBER_BYTES: u64 = 128;
/// How often all files are looked at even so: some change without a word, such as those that
/// another machine writes.
const SAFETY: Duration = Duration::from_secs(5);
/// How long the first look at all files may hold up the start or a reload.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often they are looked at while a folder is not there that one of them is to be in, or none
/// can be watched.
const WAITING: Duration = Duration::from_millis(500);

/// Makes the file at the start, if it is to be made. A log line when that cannot be done.
fn make(file: &TrackFile) -> Option<String> {
    let init = file.init?;
    let mut options = OpenOptions::new();
    options.write(true).mode(0o644).custom_flags(NONBLOCK);
    if init.overwrite {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    let made = options.open(&file.path);
    match made.and_then(|mut opened| writeln!(opened, "{}", init.value)) {
        Ok(()) => None,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => None,
        Err(error) => Some(format!(
            "track file {}: cannot write {}: {error}",
            file.name, file.path
        )),
    }
}

/// What is in a file.
#[derive(Debug, PartialEq, Eq)]
enum Contents {
    /// This number; 0 when there is none, or no file.
    Number(i64),
    /// Something that cannot be a number of this size, so that it stays what it was.
    TooLarge(String),
}

/// Reads a file. What is no ordinary file counts as none, for it might not end.
fn read(path: &Path) -> io::Result<Contents> {
    let mut options = OpenOptions::new();
    let file = options.read(true).custom_flags(NONBLOCK).open(path)?;
    if !file.metadata()?.is_file() {
        return Ok(Contents::Number(0));
    }
    let mut text = Vec::new();
    file.take(NUMBER_BYTES).read_to_end(&mut text)?;
    Ok(number(&text))
}

/// The number at the begin of a text: decimal, `0x` hexadecimal, `0` octal.
fn number(text: &[u8]) -> Contents {
    let text = text.trim_ascii_start();
    let (is_negative, digits) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, text),
    };
    let is_hex =
        |b: &[u8]| b.len() > 2 && matches!(&b[..2], b"0x" | b"0X") && b[2].is_ascii_hexdigit();
    let (radix, digits) = match digits {
        hex if is_hex(hex) => (16, &hex[2..]),
        [b'0', rest @ ..] => (8, rest),
        decimal => (10, decimal),
    };
    let mut value: i64 = 0;
    for digit in digits
        .iter()
        .map_while(|byte| char::from(*byte).to_digit(radix))
    {
        let digit = i64::from(if is_negative { 0 } else { digit })
            - i64::from(if is_negative { digit } else { 0 });
        let next = value.checked_mul(i64::from(radix));
        match next.and_then(|next| next.checked_add(digit)) {
            Some(next) => value = next,
            None => return Contents::TooLarge(String::from_utf8_lossy(text).trim_end().to_owned()),
        }
    }
    Contents::Number(value)
}

/// All tracked files.
#[derive(Debug)]
pub(super) struct Files {
    followed: Vec<Followed>,
    folders: Option<Arc<AsyncFd<Folders>>>,
    /// Looks under way, by place.
    looks: JoinSet<Option<(usize, Look)>>,
}

/// A tracked file.
#[derive(Debug)]
struct Followed {
    name: String,
    path: PathBuf,
    number: i64,
    /// Where it is, while that is watched.
    folder: Option<Folder>,
    /// It is a symbolic link: what it leads to may change with any name in its folder.
    is_link: bool,
    /// It is being looked at.
    is_looked_at: bool,
    /// It has changed since that look began.
    again: bool,
    /// The last problem that was told.
    told: Option<String>,
}

/// What was found at a path.
#[derive(Debug)]
struct Look {
    folder: Option<Folder>,
    is_link: bool,
    contents: io::Result<Contents>,
}

/// Looks at a file, and has its folder watched if that is not `watched` already: before the file
/// is read, so that no change is missed. A file system of another machine may take any time for
/// this.
fn look_at(path: &Path, watched: Option<Folder>, folders: Option<&Folders>) -> Look {
    let folder = watched.or_else(|| folders?.watch(parent(path)).ok());
    Look {
        folder,
        is_link: path.is_symlink(),
        contents: read(path),
    }
}

/// The folder a file is in.
fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

impl Followed {
    fn new(file: &TrackFile, before: Option<i64>) -> Self {
        Self {
            name: file.name.clone(),
            path: PathBuf::from(&file.path),
            number: before.unwrap_or(0),
            folder: None,
            is_link: false,
            is_looked_at: false,
            again: false,
            told: None,
        }
    }

    /// Takes in what was found. A log line, when there is something new to say.
    fn take(&mut self, look: Look) -> Option<String> {
        self.folder = look.folder;
        self.is_link = look.is_link;
        let problem = match look.contents {
            Ok(Contents::Number(number)) => {
                self.number = number;
                None
            }
            Ok(Contents::TooLarge(text)) => Some(format!(
                "Invalid number {text} read from {} - ignoring",
                self.path.display()
            )),
            Err(error) => {
                self.number = 0;
                let is_missing = matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                );
                let path = self.path.display();
                (!is_missing)
                    .then(|| format!("track file {}: cannot read {path}: {error}", self.name))
            }
        };
        self.complain(problem)
    }

    /// A problem, unless it was told last.
    fn complain(&mut self, problem: Option<String>) -> Option<String> {
        if problem == self.told {
            return None;
        }
        self.told.clone_from(&problem);
        problem
    }

    fn reading(&self) -> Reading {
        Reading {
            kind: Kind::File,
            name: self.name.clone(),
            value: self.number,
        }
    }
}

impl Files {
    /// Looks at files for the first time; `before` knows their numbers from an earlier
    /// configuration. `starts`: those are made first that are to be made at the start. Returns
    /// log lines too. What has given no answer after [`PATIENCE`] is
    /// looked at further while everything else goes on.
    pub(super) fn look(
        files: &[TrackFile],
        starts: bool,
        before: impl Fn(&str) -> Option<i64>,
    ) -> (Self, Vec<String>) {
        let mut messages = Vec::new();
        let folders = Folders::open().and_then(awaited);
        let folders = folders
            .map_err(|error| {
                messages.push(format!(
                    "track files are looked at often, for they cannot be watched: {error}"
                ));
            })
            .ok();
        let followed = files
            .iter()
            .map(|file| Followed::new(file, before(&file.name)));
        let mut all = Self {
            followed: followed.collect(),
            folders: folders.map(Arc::new),
            looks: JoinSet::new(),
        };
        messages.extend(all.look_first(files, starts));
        (all, messages)
    }

    /// Has all files looked at, and waits for that, but not for ever.
    fn look_first(&mut self, files: &[TrackFile], starts: bool) -> Vec<String> {
        let (done, found) = mpsc::channel();
        for (place, file) in files.iter().enumerate() {
            let done = done.clone();
            let look = self.begin(place);
            let file = starts.then(|| file.clone());
            spawn_blocking(move || {
                let complaint = file.as_ref().and_then(make);
                // The receiver stays until all have answered, or nobody follows them any more.
                let _ = done.send((place, complaint, look()));
            });
        }
        let until = std::time::Instant::now() + PATIENCE;
        let mut messages = Vec::new();
        let mut missing = self.followed.len();
        while missing > 0 {
            let left = until.saturating_duration_since(std::time::Instant::now());
            let Ok((place, complaint, look)) = found.recv_timeout(left) else {
                break;
            };
            missing -= 1;
            messages.extend(complaint);
            messages.extend(self.end(place, look));
        }
        let found = Arc::new(Mutex::new(found));
        for _ in 0..missing {
            let found = Arc::clone(&found);
            self.looks.spawn_blocking(move || {
                let (place, _, look) = found.lock().ok()?.recv().ok()?;
                Some((place, look))
            });
        }
        for file in self.followed.iter_mut().filter(|file| file.is_looked_at) {
            let path = file.path.display();
            let problem = format!(
                "track file {}: {path} gives no answer; until it does it counts as {}",
                file.name, file.number
            );
            messages.extend(file.complain(Some(problem)));
        }
        messages
    }

    /// What is to be done to look at a file.
    fn begin(&mut self, place: usize) -> impl FnOnce() -> Look + Send + 'static {
        let file = &mut self.followed[place];
        file.is_looked_at = true;
        file.again = false;
        let (path, watched) = (file.path.clone(), file.folder);
        let folders = self.folders.clone();
        move || look_at(&path, watched, folders.as_deref().map(AsyncFd::get_ref))
    }

    /// A file was looked at.
    fn end(&mut self, place: usize, look: Look) -> Option<String> {
        let file = &mut self.followed[place];
        file.is_looked_at = false;
        file.take(look)
    }

    /// What was read last of each.
    pub(super) fn readings(&self) -> Vec<Reading> {
        self.followed.iter().map(Followed::reading).collect()
    }

    /// Follows them for ever.
    pub(super) async fn follow(mut self, report: Report) {
        loop {
            let is_blind = self.followed.iter().any(|file| file.folder.is_none());
            let pause = if is_blind { WAITING } else { SAFETY };
            let until = Instant::now() + pause;
            let folders = self.folders.clone();
            tokio::select! {
                changes = changes(folders.as_deref(), until) => self.look_again(&changes),
                Some(look) = self.looks.join_next() => {
                    if let Ok(Some((place, look))) = look {
                        self.found(place, look, &report).await;
                    }
                }
            }
        }
    }

    /// Has all files looked at that changes may be about; without changes all.
    fn look_again(&mut self, changes: &[Change]) {
        let mut touched = vec![changes.is_empty(); self.followed.len()];
        for change in changes {
            self.note(change, &mut touched);
        }
        for (place, _) in touched.iter().enumerate().filter(|(_, touched)| **touched) {
            self.look_at(place);
        }
    }

    fn look_at(&mut self, place: usize) {
        if self.followed[place].is_looked_at {
            self.followed[place].again = true;
            return;
        }
        let look = self.begin(place);
        self.looks.spawn_blocking(move || Some((place, look())));
    }

    async fn found(&mut self, place: usize, look: Look, report: &Report) {
        let before = self.followed[place].number;
        if let Some(text) = self.end(place, look) {
            report.say(text).await;
        }
        let file = &self.followed[place];
        let again = file.again;
        if file.number != before {
            report.seen(file.reading()).await;
        }
        if again {
            self.look_at(place);
        }
    }

    /// Finds out which files a change may be about.
    fn note(&mut self, change: &Change, touched: &mut [bool]) {
        for (file, touched) in self.followed.iter_mut().zip(touched) {
            match change {
                Change::In(folder, name) => {
                    let is_here = file.folder == Some(*folder);
                    *touched |= is_here && (file.is_link || file.path.file_name() == Some(name));
                }
                Change::Gone(folder) => {
                    if file.folder == Some(*folder) {
                        file.folder = None;
                        *touched = true;
                    }
                }
                Change::Overrun => *touched = true,
            }
        }
    }
}

/// Waits for changes, at the latest until then.
async fn changes(folders: Option<&AsyncFd<Folders>>, until: Instant) -> Vec<Change> {
    let mut changes = Vec::new();
    let Some(folders) = folders else {
        sleep_until(until).await;
        return changes;
    };
    tokio::select! {
        () = sleep_until(until) => {}
        ready = folders.readable() => {
            if let Ok(mut ready) = ready {
                // An error here would be one of every time; the next look is due soon anyway.
                let _ = ready.get_inner().read(&mut changes);
                ready.clear_ready();
            }
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_strtol_reads_them() {
        let cases = [
            ("", 0),
            ("5\n", 5),
            ("  12 \n", 12),
            ("-7", -7),
            ("+7", 7),
            ("0x10", 16),
            ("-0X1f", -31),
            ("010", 8),
            ("0x", 0),
            ("09", 0),
            ("3garbage", 3),
            ("garbage", 0),
            ("\u{0}5", 0),
            ("9223372036854775807", i64::MAX),
            ("-9223372036854775808", i64::MIN),
        ];
        for (text, value) in cases {
            assert_eq!(number(text.as_bytes()), Contents::Number(value), "{text}");
        }
        let large = "99999999999999999999\n";
        assert_eq!(
            number(large.as_bytes()),
            Contents::TooLarge(large.trim_end().to_owned())
        );
    }

    fn track(path: &Path, init: Option<(i32, bool)>) -> TrackFile {
        TrackFile {
            name: "f".to_owned(),
            path: path.display().to_string(),
            weight: vipd_config::model::Weight::default(),
            init: init.map(|(value, overwrite)| vipd_config::model::InitFile { value, overwrite }),
        }
    }

    #[test]
    fn a_file_is_made_only_when_it_is_to_be() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("f");
        assert_eq!(make(&track(&path, None)), None);
        assert!(!path.exists());
        assert_eq!(make(&track(&path, Some((5, false)))), None);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "5\n");
        assert_eq!(make(&track(&path, Some((6, false)))), None);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "5\n");
        assert_eq!(make(&track(&path, Some((7, true)))), None);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "7\n");
        assert!(make(&track(&folder.path().join("no/f"), Some((1, false)))).is_some());
    }

    #[test]
    fn what_is_no_ordinary_file_counts_as_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fifo");
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(made.unwrap().success());
        assert_eq!(read(&path).unwrap(), Contents::Number(0));
        assert_eq!(read(folder.path()).unwrap(), Contents::Number(0));
    }
}
