//! When functions of the kernel were called: the tracer that every kernel of Debian has.

use std::fs;
use std::path::PathBuf;

use super::Result;
use super::field::shell;

/// Where its files are.
const FOLDER: &str = "/sys/kernel/tracing";

/// The function that performs one change of the table of IPVS.
pub(super) const CHANGE: &str = "ip_vs_genl_set_cmd";

/// The function that answers a connection to a port where nobody listens.
pub(super) const REFUSAL: &str = "tcp_v4_send_reset";

/// The tracer, for some functions, until it is read.
pub(super) struct Trace {
    path: PathBuf,
}

impl Trace {
    pub(super) fn start(functions: &[&str]) -> Result<Self> {
        if !PathBuf::from(FOLDER).join("trace").exists() {
            shell(&format!("mount -t tracefs tracefs {FOLDER}"))?;
        }
        shell("modprobe ip_vs")?;
        set("tracing_on", "0")?;
        set("current_tracer", "nop")?;
        set("set_ftrace_filter", &functions.join("\n"))?;
        set("buffer_size_kb", "8192")?;
        set("current_tracer", "function")?;
        set("trace", "")?;
        set("tracing_on", "1")?;
        let path = PathBuf::from(FOLDER).join("trace");
        Ok(Self { path })
    }

    /// All calls so far: seconds and the function, in order.
    pub(super) fn read(&self) -> Result<Vec<(f64, String)>> {
        let text = fs::read_to_string(&self.path);
        let text = text.map_err(|error| format!("{}: {error}", self.path.display()))?;
        Ok(text.lines().filter_map(call).collect())
    }
}

impl Drop for Trace {
    fn drop(&mut self) {
        // The next one sets everything anew.
        let _ = set("tracing_on", "0");
        let _ = set("current_tracer", "nop");
    }
}

fn set(name: &str, value: &str) -> Result<()> {
    let path = format!("{FOLDER}/{name}");
    fs::write(&path, value).map_err(|error| format!("{path}: {error}"))
}

/// The time and the function of a line such as
/// `keepalived-123  [000] .....  12.345678: tcp_v4_rcv <-ip_protocol_deliver_rcu`.
fn call(line: &str) -> Option<(f64, String)> {
    if line.starts_with('#') {
        return None;
    }
    let (before, after) = line.split_once(": ")?;
    let time = before.split_whitespace().last()?.parse().ok()?;
    let function = after.split_whitespace().next()?;
    Some((time, function.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_tracer_are_read() {
        let line = "      keepalived-123     [000] .....    12.345678: ip_vs_genl_set_cmd <-x";
        assert_eq!(call(line), Some((12.345_678, CHANGE.to_owned())));
        assert_eq!(call("# entries: 1: 2"), None);
    }
}
