//! The emulated machine and its three ports: control, output, errors.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::kernel::Kernel;
use super::{cannot, read_file};
use crate::run::{Failure, root};

/// Longest that booting may take, also beside builds on a small machine.
const BOOT: Duration = Duration::from_mins(2);

/// Lines of the kernel's log that are shown when the machine fails.
const LAST_LINES: usize = 60;

/// Memory, in MiB; what is not used costs nothing.
const MEMORY: &str = "2048";

/// `mitigations=off norandmaps`: an emulated processor translates shared code again for each
/// process whose addresses differ. `tsc=reliable`: other clocks are slow to read.
const KERNEL_WORDS: &str = "console=ttyS0 panic=-1 oops=panic quiet cryptomgr.notests \
    mitigations=off norandmaps tsc=reliable no_timer_check";

/// Files of one run; gone after it.
pub(super) struct Files {
    folder: PathBuf,
}

impl Files {
    pub(super) fn make() -> Result<Self, Failure> {
        let folder = root().join(format!("target/vm/run-{}", std::process::id()));
        std::fs::create_dir_all(&folder).map_err(|e| cannot("make", &folder, &e))?;
        Ok(Self { folder })
    }

    pub(super) fn initrd(&self) -> PathBuf {
        self.folder.join("initrd")
    }

    fn console(&self) -> PathBuf {
        self.folder.join("console")
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        // A left-over folder below target/ harms nobody.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A running machine; killed when dropped.
pub(super) struct Machine<'a> {
    child: Child,
    control: UnixStream,
    outputs: Vec<JoinHandle<()>>,
    files: &'a Files,
}

impl<'a> Machine<'a> {
    /// Starts it.
    pub(super) fn start(kernel: &Kernel, files: &'a Files) -> Result<Self, Failure> {
        let pair =
            || UnixStream::pair().map_err(|e| Failure(format!("cannot make a socket pair: {e}")));
        let (control, guest_control) = pair()?;
        let (out, guest_out) = pair()?;
        let (err, guest_err) = pair()?;
        let child = qemu(kernel, files)
            .stdin(Stdio::from(OwnedFd::from(guest_control)))
            .stdout(Stdio::from(OwnedFd::from(guest_out)))
            .stderr(Stdio::from(OwnedFd::from(guest_err)))
            .spawn()
            .map_err(|e| Failure(format!("cannot run setpriv and QEMU: {e}")))?;
        let outputs = vec![
            thread::spawn(move || pass_on(out, io::stdout())),
            thread::spawn(move || pass_on(err, io::stderr())),
        ];
        Ok(Self {
            child,
            control,
            outputs,
            files,
        })
    }

    /// Waits for the end of the job; returns its exit status.
    pub(super) fn wait(mut self) -> Result<u8, Failure> {
        let status = self.exit_status();
        self.kill();
        for output in self.outputs.drain(..) {
            // It only copies bytes; nothing to learn from its end.
            let _ = output.join();
        }
        status.map_err(|Failure(why)| {
            let console = read_file(&self.files.console()).unwrap_or_default();
            let console = String::from_utf8_lossy(&console);
            let lines: Vec<&str> = console.lines().collect();
            let last = &lines[lines.len().saturating_sub(LAST_LINES)..];
            Failure(format!(
                "the virtual machine failed: {why}\n{}",
                last.join("\n")
            ))
        })
    }

    fn exit_status(&self) -> Result<u8, Failure> {
        let failed = |e: io::Error| {
            if e.kind() == io::ErrorKind::WouldBlock {
                return Failure(format!("no boot within {} s", BOOT.as_secs()));
            }
            Failure(format!("its control port: {e}"))
        };
        self.control.set_read_timeout(Some(BOOT)).map_err(failed)?;
        for line in BufReader::new(&self.control).lines() {
            let line = line.map_err(failed)?;
            match line.split_once(' ') {
                Some(("exit", status)) => {
                    return status
                        .parse()
                        .map_err(|_| Failure(format!("`{status}` is no exit status")));
                }
                None if line == "ready" => {
                    self.control.set_read_timeout(None).map_err(failed)?;
                }
                _ => return Err(Failure(line)),
            }
        }
        Err(Failure("it ended before its job".to_owned()))
    }

    fn kill(&mut self) {
        // Both fail only if it has gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Machine<'_> {
    fn drop(&mut self) {
        self.kill();
    }
}

/// How fast the counter is that the clock of the machine goes by. Left to itself its kernel
/// measures that, and on a busy host gets it wrong by a factor of ten.
fn clock_words() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let value = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(name))?;
        line.split_once(':').map(|(_, value)| value.trim())
    };
    // Only of a virtual processor is this the speed of the counter at all times.
    let is_virtual = value("flags").is_some_and(|flags| flags.contains("hypervisor"));
    let megahertz = value("cpu MHz").filter(|_| is_virtual);
    match megahertz.and_then(|text| text.parse::<f64>().ok()) {
        Some(megahertz) => format!(" tsc_early_khz={:.0}", megahertz * 1000.0),
        None => String::new(),
    }
}

/// The command that runs the machine. Its three ports are sockets that it gets as its standard
/// descriptors; it has no network device.
fn qemu(kernel: &Kernel, files: &Files) -> Command {
    // `setpriv`: the machine must not outlive this process, even if that is killed.
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "qemu-system-x86_64"]);
    command.args("-nodefaults -no-user-config -no-reboot -display none -nic none".split(' '));
    command.args("-accel tcg,thread=multi,tb-size=256 -cpu max,-la57 -machine q35".split(' '));
    command
        .args(["-smp", "1", "-m", MEMORY, "-kernel"])
        .arg(kernel.image());
    command
        .arg("-initrd")
        .arg(files.initrd())
        .arg("-append")
        .arg(format!("{KERNEL_WORDS}{}", clock_words()));
    command
        .arg("-serial")
        .arg(prefixed("file:", &files.console()));
    command.args(["-device", "virtio-serial-pci"]);
    for (number, name) in ["control", "out", "err"].into_iter().enumerate() {
        let port = number + 1;
        command
            .arg("-chardev")
            .arg(format!("socket,id={name},fd={number}"));
        command.arg("-device");
        command.arg(format!(
            "virtserialport,nr={port},chardev={name},name={name}"
        ));
    }
    command.args([
        "-fsdev",
        "local,id=root,path=/,readonly=on,security_model=none,multidevs=remap",
    ]);
    command.args(["-device", "virtio-9p-pci,fsdev=root,mount_tag=root"]);
    command
}

/// A path with a word before it, as QEMU takes it.
fn prefixed(word: &str, path: &Path) -> String {
    format!("{word}{}", path.display())
}

/// Copies what the machine says until it ends.
fn pass_on(mut from: UnixStream, mut to: impl Write) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        // A reader that has gone away is no reason to stop the job.
        let _ = to.write_all(&buffer[..length]);
        let _ = to.flush();
    }
}
