//! Settings of the kernel's network of this network namespace, as `sysctl` has them.
//!
//! A setting is named by its path under `/proc/sys/net`, such as `ipv4/conf/eth0/arp_ignore`,
//! since an interface may have dots in its name.

use std::fs;
use std::io;
use std::path::PathBuf;

fn path(name: &str) -> io::Result<PathBuf> {
    let is_plain = |part: &str| !part.is_empty() && part != "." && part != "..";
    if !name.split('/').all(is_plain) {
        return Err(io::Error::from(io::ErrorKind::InvalidInput));
    }
    Ok(PathBuf::from("/proc/sys/net").join(name))
}

/// The value of a setting.
pub fn read(name: &str) -> io::Result<String> {
    let text = fs::read_to_string(path(name)?)?;
    Ok(text.trim_end().to_owned())
}

/// Sets it. Returns the value it had, when that was another one.
pub fn write(name: &str, value: &str) -> io::Result<Option<String>> {
    let old = read(name)?;
    if old == value {
        return Ok(None);
    }
    fs::write(path(name)?, value)?;
    Ok(Some(old))
}

/// The interfaces that have settings under `ipv4/conf`, `default` included and `all` not.
pub fn ipv4_interfaces() -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(path("ipv4/conf")?)? {
        if let Ok(name) = entry?.file_name().into_string()
            && name != "all"
        {
            names.push(name);
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        for name in ["..", "/etc", "ipv4/conf/../conf/lo/rp_filter", ""] {
            assert!(read(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_setting_is_read() {
        assert!(["0", "1", "2"].contains(&&*read("ipv4/conf/lo/rp_filter").unwrap()));
        assert!(ipv4_interfaces().unwrap().contains(&"default".to_owned()));
    }
}
