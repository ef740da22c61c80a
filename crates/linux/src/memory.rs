//! Memory of the process.

use std::fs;
use std::path::Path;

/// Gives memory that is free but still held by the allocator back to the kernel.
///
/// Worth its time after something large is gone, such as a configuration that was taken in.
pub fn give_back() {
    #[cfg(target_env = "gnu")]
    {
        // SAFETY: takes a number; the allocator locks itself.
        unsafe { libc::malloc_trim(0) };
    }
}

/// Gives the pages of the program's own code back to the kernel, which keeps them in its cache:
/// what runs again is mapped again, what only ran at the start is not. It does nothing in a
/// process that has locked its memory.
///
/// Does nothing where `/proc` is not mounted.
pub fn give_back_code() {
    let (Ok(maps), Ok(program)) = (
        fs::read_to_string("/proc/self/maps"),
        fs::read_link("/proc/self/exe"),
    ) else {
        return;
    };
    for (start, length) in code(&maps, &program) {
        let start = std::ptr::without_provenance_mut(start);
        // SAFETY: the range is a mapping of this process, private, of a file, and never written
        // to (it is executable and not writable, and code is not relocated): a page that is
        // dropped comes back from the file with the same contents. The file cannot change: a
        // program that runs cannot be written to.
        unsafe { libc::madvise(start, length, libc::MADV_DONTNEED) };
    }
}

/// Start and length of the mappings of a program's code, from the text of `/proc/PID/maps`.
fn code(maps: &str, program: &Path) -> Vec<(usize, usize)> {
    let mapping = |line: &str| {
        let mut words = line.split_ascii_whitespace();
        let (start, end) = words.next()?.split_once('-')?;
        let is_code = words.next()? == "r-xp" && Path::new(words.nth(3)?) == program;
        let [start, end] = [start, end].map(|at| usize::from_str_radix(at, 16).ok());
        is_code.then_some((start?, end?.checked_sub(start?)?))
    };
    maps.lines().filter_map(mapping).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_code_of_the_program_itself_is_given_back() {
        let maps = "\
55d0c0000000-55d0c0100000 r--p 00000000 fe:01 77 /usr/sbin/vipd
55d0c0100000-55d0c0500000 r-xp 00100000 fe:01 77 /usr/sbin/vipd
55d0c0500000-55d0c0600000 rw-p 00500000 fe:01 77 /usr/sbin/vipd
7f0000000000-7f0000100000 r-xp 00000000 fe:01 78 /usr/lib/libc.so.6
7f0000200000-7f0000300000 r-xp 00000000 00:00 0
7fff00000000-7fff00001000 r-xp 00000000 00:00 0 [vdso]
";
        let expected = [(0x55d0_c010_0000, 0x40_0000)];
        assert_eq!(code(maps, Path::new("/usr/sbin/vipd")), expected);
        assert_eq!(code("nonsense\n-\n", Path::new("/")), []);
    }

    #[test]
    fn the_program_goes_on_without_its_pages() {
        give_back_code();
        give_back();
        assert_eq!(code("", Path::new("/")), []);
    }
}
