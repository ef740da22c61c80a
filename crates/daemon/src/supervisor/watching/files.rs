//! Tracked files: the number in each, and the moment it changes.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::unix::AsyncFd;
use tokio::time::{Instant, sleep_until};
use vipd_config::model::TrackFile;
use vipd_engine::tracking::watch::Kind;
use vipd_linux::files::NONBLOCK;
use vipd_linux::folders::{Change, Folder, Folders};

use super::{Report, awaited};
use crate::messages::Reading;

/// How much of a file is looked at, bytes.
const NUMBER_BYTES: u64 = 128;
/// How often all files are looked at even so: some change without a word, such as those that
/// another machine writes.
const SAFETY: Duration = Duration::from_secs(5);
/// How often they are looked at while a folder is not there that one of them is to be in, or none
/// can be watched.
const WAITING: Duration = Duration::from_millis(500);

/// Makes the file at the start, if it is to be made. A log line when that cannot be done.
pub(super) fn make(file: &TrackFile) -> Option<String> {
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
    folders: Option<AsyncFd<Folders>>,
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
    /// The last problem that was told.
    told: Option<String>,
}

impl Followed {
    fn new(file: &TrackFile, before: Option<i64>) -> Self {
        Self {
            name: file.name.clone(),
            path: PathBuf::from(&file.path),
            number: before.unwrap_or(0),
            folder: None,
            is_link: false,
            told: None,
        }
    }

    /// Looks at the file. A log line, when there is something new to say.
    fn look(&mut self) -> Option<String> {
        self.is_link = self.path.is_symlink();
        let problem = match read(&self.path) {
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

    /// The folder it is in.
    fn parent(&self) -> &Path {
        match self.path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        }
    }
}

impl Files {
    /// Looks at files for the first time; `before` knows their numbers from an earlier
    /// configuration. Returns log lines too.
    pub(super) fn look(
        files: &[TrackFile],
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
        let mut files = Self {
            followed: followed.collect(),
            folders,
        };
        // In this order no change is missed.
        files.watch_folders();
        messages.extend(files.followed.iter_mut().filter_map(Followed::look));
        (files, messages)
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
            let changes = self.changes(Instant::now() + pause).await;
            let mut touched = vec![changes.is_empty(); self.followed.len()];
            for change in &changes {
                self.note(change, &mut touched);
            }
            self.watch_folders();
            for (file, touched) in self.followed.iter_mut().zip(touched) {
                if !touched {
                    continue;
                }
                let before = file.number;
                if let Some(text) = file.look() {
                    report.say(text).await;
                }
                if file.number != before {
                    report.seen(file.reading()).await;
                }
            }
        }
    }

    /// Waits for changes, at the latest until then.
    async fn changes(&self, until: Instant) -> Vec<Change> {
        let mut changes = Vec::new();
        let Some(folders) = &self.folders else {
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

    /// Watches folders that are not watched yet, as far as they are there.
    fn watch_folders(&mut self) {
        let Some(folders) = &self.folders else { return };
        let mut known: BTreeMap<PathBuf, Option<Folder>> = BTreeMap::new();
        for file in self
            .followed
            .iter_mut()
            .filter(|file| file.folder.is_none())
        {
            let path = file.parent().to_owned();
            let watch = |path: &PathBuf| folders.get_ref().watch(path).ok();
            file.folder = *known.entry(path.clone()).or_insert_with(|| watch(&path));
        }
    }
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
