//! Debian's kernel: downloaded once, never installed, unpacked into `target/vm`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{cannot, read_file};
use crate::packages;
use crate::run::{Failure, read, root, run, say};

/// The package that depends on the current kernel.
const PACKAGE: &str = "linux-image-amd64";

/// Modules without which the machine's files cannot be reached.
const BOOT: &[&str] = &[
    "virtio_pci",
    "virtio_console",
    "9pnet_virtio",
    "9p",
    "overlay",
];

/// Folders and files of a kernel's modules that are kept: network and what it needs, no hardware.
/// The files may be compressed.
const KEPT: &[&str] = &[
    "arch",
    "crypto",
    "lib",
    "net",
    "fs/9p",
    "fs/fscache",
    "fs/netfs",
    "fs/overlayfs",
    "drivers/block",
    "drivers/char/virtio_console.ko",
    "drivers/net/bonding",
    "drivers/net/dummy.ko",
    "drivers/net/ifb.ko",
    "drivers/net/ipvlan",
    "drivers/net/macvlan.ko",
    "drivers/net/macvtap.ko",
    "drivers/net/tun.ko",
    "drivers/net/veth.ko",
    "drivers/net/vrf.ko",
    "drivers/net/vxlan",
    "drivers/virtio",
];

/// An unpacked kernel.
pub(super) struct Kernel {
    folder: PathBuf,
    version: String,
}

impl Kernel {
    /// The kernel, downloaded and unpacked if it is not there.
    pub(super) fn ensure() -> Result<Self, Failure> {
        let parent = root().join("target/vm");
        fs::create_dir_all(&parent).map_err(|e| cannot("make", &parent, &e))?;
        if let Some(kernel) = Self::found(&parent) {
            return Ok(kernel);
        }
        let folder = parent.join(format!("unpacking-{}", std::process::id()));
        let unpacked = unpack(&folder);
        let version = match unpacked {
            Ok(version) => version,
            Err(failure) => {
                // What is left of it is of no use, and the failure matters more.
                let _ = fs::remove_dir_all(&folder);
                return Err(failure);
            }
        };
        let target = parent.join(format!("kernel-{version}"));
        // Another process may have been faster.
        if fs::rename(&folder, &target).is_err() {
            let _ = fs::remove_dir_all(&folder);
        }
        Self::found(&parent)
            .ok_or_else(|| Failure(format!("cannot put the kernel into {}", target.display())))
    }

    /// The newest of those that are there.
    fn found(parent: &Path) -> Option<Self> {
        let names = fs::read_dir(parent).ok()?.flatten();
        let names = names.filter_map(|entry| entry.file_name().into_string().ok());
        let version = names
            .filter_map(|name| name.strip_prefix("kernel-").map(str::to_owned))
            .max()?;
        let folder = parent.join(format!("kernel-{version}"));
        Some(Self { folder, version })
    }

    /// The kernel itself, not compressed.
    pub(super) fn image(&self) -> PathBuf {
        self.folder.join("image")
    }

    /// The folder that is `/lib/modules/VERSION` in the machine.
    pub(super) fn modules(&self) -> PathBuf {
        self.folder.join("lib/modules").join(&self.version)
    }

    /// The modules that have to be there first, each after those it needs.
    pub(super) fn boot_modules(&self) -> Result<Vec<PathBuf>, Failure> {
        let list = self.modules().join("modules.dep");
        let text = String::from_utf8_lossy(&read_file(&list)?).into_owned();
        let needs: BTreeMap<&str, Vec<&str>> = text
            .lines()
            .filter_map(|line| line.split_once(':'))
            .map(|(module, needs)| (module, needs.split_whitespace().collect()))
            .collect();
        let mut order = Vec::new();
        for name in BOOT {
            let file = |path: &str| {
                let file = path.rsplit('/').next().unwrap_or_default();
                file.trim_end_matches(".ko").replace('-', "_") == *name
            };
            let Some(module) = needs.keys().find(|path| file(path)) else {
                return Err(Failure(format!("{} has no module {name}", list.display())));
            };
            add_with_needs(module, &needs, &mut order);
        }
        Ok(order
            .into_iter()
            .map(|path| self.modules().join(path))
            .collect())
    }
}

/// Adds what a module needs, then the module.
fn add_with_needs<'a>(
    module: &'a str,
    needs: &BTreeMap<&'a str, Vec<&'a str>>,
    order: &mut Vec<&'a str>,
) {
    for other in needs.get(module).into_iter().flatten() {
        add_with_needs(other, needs, order);
    }
    if !order.contains(&module) {
        order.push(module);
    }
}

/// Downloads and unpacks a kernel into a new folder; returns its version.
fn unpack(folder: &Path) -> Result<String, Failure> {
    let all = folder.join("package");
    fs::create_dir_all(&all).map_err(|e| cannot("make", &all, &e))?;
    let package = download(folder)?;
    run(Command::new("dpkg-deb").arg("-x").args([&package, &all]))?;
    let version = package_version(&all)?;
    let packed = read_file(&all.join(format!("boot/vmlinuz-{version}")))?;
    let image = folder.join("image");
    fs::write(&image, unpack_image(&packed, folder)?).map_err(|e| cannot("write", &image, &e))?;
    let usr = all.join("usr/lib/modules");
    let from = if usr.exists() {
        usr
    } else {
        all.join("lib/modules")
    }
    .join(&version);
    let to = folder.join("lib/modules").join(&version);
    keep_modules(&from, &to)?;
    let mut depmod = Command::new("/bin/busybox");
    depmod.arg("depmod").arg("-b").arg(folder).arg(&version);
    run(&mut depmod)?;
    fs::remove_dir_all(&all).map_err(|e| cannot("remove", &all, &e))?;
    fs::remove_file(&package).map_err(|e| cannot("remove", &package, &e))?;
    Ok(version)
}

/// Downloads the package; returns where it is.
fn download(folder: &Path) -> Result<PathBuf, Failure> {
    let mut name = current_package();
    if name.is_err() && packages::is_root() {
        run(Command::new("apt-get").args(["update", "-q"]))?;
        name = current_package();
    }
    let name = name?;
    say(&format!(
        "downloading {name}, the kernel of the virtual machine"
    ));
    let mut download = Command::new("apt-get");
    let as_this_user = ["-o", "APT::Sandbox::User=root"];
    run(download
        .args(as_this_user)
        .args(["download", "-q", &name])
        .current_dir(folder))?;
    let files = fs::read_dir(folder).map_err(|e| cannot("read", folder, &e))?;
    files
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "deb"))
        .ok_or_else(|| Failure(format!("apt-get left no {name} in {}", folder.display())))
}

/// The name of the package of the current kernel.
fn current_package() -> Result<String, Failure> {
    let shown = read(Command::new("apt-cache").args(["show", "--no-all-versions", PACKAGE]))
        .map_err(|Failure(why)| {
            Failure(format!(
                "{why}\nDebian's {PACKAGE} is needed: `apt-get update` may help"
            ))
        })?;
    let depends = shown
        .lines()
        .find_map(|line| line.strip_prefix("Depends: "));
    depends
        .into_iter()
        .flat_map(|packages| packages.split([',', ' ']))
        .find(|name| name.starts_with("linux-image-"))
        .map(str::to_owned)
        .ok_or_else(|| Failure(format!("{PACKAGE} depends on no kernel:\n{shown}")))
}

/// The version in the name of the kernel's file.
fn package_version(package: &Path) -> Result<String, Failure> {
    let boot = package.join("boot");
    let files = fs::read_dir(&boot).map_err(|e| cannot("read", &boot, &e))?;
    files
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .find_map(|name| name.strip_prefix("vmlinuz-").map(str::to_owned))
        .ok_or_else(|| Failure("the package has no kernel".to_owned()))
}

/// The kernel inside a bzImage (Linux, x86 boot protocol): an emulated processor would need
/// seconds to decompress it.
fn unpack_image(packed: &[u8], folder: &Path) -> Result<Vec<u8>, Failure> {
    let number = |at: usize| -> Option<usize> {
        let bytes = packed.get(at..)?.first_chunk()?;
        usize::try_from(u32::from_le_bytes(*bytes)).ok()
    };
    let payload = || {
        let setup = (usize::from(*packed.get(0x1f1)?).max(1) + 1) * 512;
        let start = setup + number(0x248)?;
        packed.get(start..start + number(0x24c)?)
    };
    let payload = payload().ok_or_else(|| Failure("the kernel is no bzImage".to_owned()))?;
    let path = folder.join("payload");
    fs::write(&path, payload).map_err(|e| cannot("write", &path, &e))?;
    let unpacker: &[&str] = if payload.starts_with(b"\xfd7zXZ") {
        &["xz", "--single-stream", "-dc"]
    } else {
        &["zstd", "-dcq"]
    };
    let output = Command::new(unpacker[0])
        .args(&unpacker[1..])
        .arg(&path)
        .stderr(Stdio::null())
        .output()
        .map_err(|e| Failure(format!("cannot run {}: {e}", unpacker[0])))?;
    fs::remove_file(&path).map_err(|e| cannot("remove", &path, &e))?;
    // What follows the compressed kernel is a complaint to the unpacker, not to us.
    if output.stdout.starts_with(b"\x7fELF") {
        return Ok(output.stdout);
    }
    Err(Failure(format!(
        "{} finds no kernel in the bzImage",
        unpacker[0]
    )))
}

/// Moves what is kept of the modules and decompresses it.
fn keep_modules(from: &Path, to: &Path) -> Result<(), Failure> {
    fs::create_dir_all(to).map_err(|e| cannot("make", to, &e))?;
    let packed = KEPT.iter().map(|kept| format!("{kept}.xz"));
    for kept in KEPT.iter().map(|kept| (*kept).to_owned()).chain(packed) {
        let kept = kept.as_str();
        let (from, to) = (from.join("kernel").join(kept), to.join("kernel").join(kept));
        if !from.exists() {
            continue;
        }
        let parent = to.parent().unwrap_or(&to);
        fs::create_dir_all(parent).map_err(|e| cannot("make", parent, &e))?;
        fs::rename(&from, &to).map_err(|e| cannot("move", &from, &e))?;
    }
    for list in ["modules.order", "modules.builtin"] {
        let text = String::from_utf8_lossy(&read_file(&from.join(list))?).replace(".ko.xz", ".ko");
        let to = to.join(list);
        fs::write(&to, text).map_err(|e| cannot("write", &to, &e))?;
    }
    let words = ["-name", "*.ko.xz", "-exec", "xz", "-d", "{}", "+"];
    run(Command::new("find").arg(to).args(words))
}
