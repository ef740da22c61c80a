//! What the kernel finds in memory when it boots: a cpio archive.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::kernel::Kernel;
use super::{cannot, read_file};
use crate::run::Failure;

/// Programs that are all busybox.
const APPLETS: &[&str] = &[
    "cat", "chroot", "cp", "hostname", "ifconfig", "insmod", "ln", "mkdir", "mkfifo", "mount",
    "sh", "uname",
];

/// Folders, also to mount on.
const FOLDERS: &[&str] = &[
    "bin", "dev", "lower", "modules", "overlay", "proc", "root", "run", "sys",
];

const FOLDER: u32 = 0o040_755;
const LINK: u32 = 0o120_777;
const PROGRAM: u32 = 0o100_755;
const FILE: u32 = 0o100_644;

/// Writes the archive for a kernel and a job, the words of a command.
pub(super) fn write(path: &Path, kernel: &Kernel, job: &[OsString]) -> Result<(), Failure> {
    let mut archive = Archive::default();
    for folder in FOLDERS {
        archive.add(folder, FOLDER, b"");
    }
    for applet in APPLETS {
        archive.add(&format!("bin/{applet}"), LINK, b"busybox");
    }
    let busybox = read_file(Path::new("/bin/busybox"))?;
    archive.add("bin/busybox", PROGRAM, &busybox);
    archive.add("init", PROGRAM, include_bytes!("init.sh"));
    archive.add("job-runner", FILE, include_bytes!("job-runner.sh"));
    archive.add("job", FILE, &script(job)?);
    let mut order = String::new();
    for module in kernel.boot_modules()? {
        let name = module.file_name().unwrap_or_default().to_string_lossy();
        archive.add(&format!("modules/{name}"), FILE, &read_file(&module)?);
        order.extend([&*name, "\n"]);
    }
    archive.add("modules/order", FILE, order.as_bytes());
    let folder = kernel.modules();
    archive.add("modules/folder", FILE, folder.as_os_str().as_bytes());
    std::fs::write(path, archive.end()).map_err(|e| cannot("write", path, &e))
}

/// The job as a shell function, with this process's environment and folder.
fn script(job: &[OsString]) -> Result<Vec<u8>, Failure> {
    let here = std::env::current_dir()
        .map_err(|e| Failure(format!("cannot find out the current folder: {e}")))?;
    let mut text = b"job() {\n    cd ".to_vec();
    text.extend(quoted(here.as_os_str().as_bytes()));
    text.extend(b" || exit 125\n    exec busybox setsid /usr/bin/env -i");
    let path = std::env::var("PATH").unwrap_or_default();
    let more = [
        (
            "PATH".into(),
            format!("{path}:/usr/sbin:/usr/bin:/sbin:/bin").into(),
        ),
        (OsString::from(super::INSIDE), OsString::from("1")),
    ];
    let inherited = std::env::vars_os().filter(|(name, _)| name != "PATH");
    for (name, value) in inherited.chain(more) {
        let pair = [name.as_bytes(), b"=", value.as_bytes()].concat();
        text.push(b' ');
        text.extend(quoted(&pair));
    }
    for word in job {
        text.push(b' ');
        text.extend(quoted(word.as_bytes()));
    }
    text.extend(b"\n}\n");
    Ok(text)
}

/// A word as the shell takes it literally.
fn quoted(word: &[u8]) -> Vec<u8> {
    let mut quoted = vec![b'\''];
    for byte in word {
        match byte {
            b'\'' => quoted.extend(b"'\\''"),
            byte => quoted.push(*byte),
        }
    }
    quoted.push(b'\'');
    quoted
}

/// A cpio archive in the "newc" form that the kernel reads.
#[derive(Default)]
struct Archive {
    bytes: Vec<u8>,
    entries: usize,
}

impl Archive {
    fn add(&mut self, name: &str, mode: u32, data: &[u8]) {
        self.entries += 1;
        let (inode, size, length) = (self.entries, data.len(), name.len() + 1);
        // User, group, links, time; size; four device numbers; length of the name; no checksum.
        let header = format!(
            "070701{inode:08X}{mode:08X}{0:08X}{0:08X}{1:08X}{0:08X}{size:08X}{0:08X}{0:08X}\
             {0:08X}{0:08X}{length:08X}{0:08X}",
            0, 1
        );
        self.bytes.extend(header.as_bytes());
        self.bytes.extend(name.as_bytes());
        self.bytes.push(0);
        self.pad();
        self.bytes.extend(data);
        self.pad();
    }

    fn pad(&mut self) {
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
    }

    fn end(mut self) -> Vec<u8> {
        self.add("TRAILER!!!", 0, b"");
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_reach_the_shell_as_they_are() {
        assert_eq!(quoted(b"it's $HOME"), b"'it'\\''s $HOME'");
    }

    #[test]
    fn entries_of_an_archive_are_aligned_and_counted() {
        let mut archive = Archive::default();
        archive.add("init", PROGRAM, b"hello");
        let bytes = archive.end();
        assert_eq!(bytes.len() % 4, 0);
        let text = String::from_utf8_lossy(&bytes);
        assert!(text.starts_with("07070100000001000081ED"), "{text}");
        // Header 110, name with its end 5, padded to 116; data 5, padded to 8.
        assert_eq!(text.find("070701"), Some(0));
        assert_eq!(text[6..].find("070701"), Some(116 + 8 - 6));
        assert!(text.contains("TRAILER!!!"));
    }
}
