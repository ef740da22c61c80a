//! Where a process that builds something large has its memory.

/// Room that the heap gets at once, bytes. It is only a number until somebody writes there.
#[cfg(target_env = "gnu")]
const ROOM: i32 = 512 << 20;

/// What is larger, bytes, the allocator asks for apart: the most that it takes for this.
#[cfg(target_env = "gnu")]
const LARGEST: i32 = 32 << 20;

/// Prepares the allocator of a process that builds something large and ends with the answer: what
/// is allocated from now on comes from one place, where the kernel has large pages if it can. Each
/// page has to be asked for at its first use, and with small ones that takes a third of all time.
///
/// Memory is not given back before the end. Only an optimisation: nothing depends on it.
pub fn build_and_end() {
    #[cfg(target_env = "gnu")]
    {
        let start = heap_end();
        for (option, value) in [
            (libc::M_TOP_PAD, ROOM),
            (libc::M_TRIM_THRESHOLD, i32::MAX),
            (libc::M_MMAP_THRESHOLD, LARGEST),
        ] {
            // SAFETY: takes two numbers; the allocator locks itself.
            unsafe { libc::mallopt(option, value) };
        }
        // More than the heap has left: it grows, by the room.
        drop(std::hint::black_box(Vec::<u8>::with_capacity(1 << 20)));
        let start = start.next_multiple_of(LARGE);
        // What is left before the first large page stays unused.
        let place = std::hint::black_box(Vec::<u8>::with_capacity(1));
        let unused = start.saturating_sub(place.as_ptr().addr());
        Vec::<u8>::with_capacity(unused).leak();
        if let Some(length) = heap_end().checked_sub(start) {
            let address = std::ptr::without_provenance_mut(start);
            // SAFETY: it is advice about how pages are made; it changes nothing in them.
            unsafe { libc::madvise(address, length, libc::MADV_HUGEPAGE) };
        }
    }
}

/// A large page, bytes.
#[cfg(target_env = "gnu")]
const LARGE: usize = 2 << 20;

/// Where the heap ends.
#[cfg(target_env = "gnu")]
fn heap_end() -> usize {
    // SAFETY: a step of 0 only asks.
    unsafe { libc::sbrk(0) }.addr()
}

#[cfg(test)]
mod tests {
    /// In a process of its own there would be nothing to see either: it is about time.
    #[test]
    fn memory_is_there_as_before() {
        super::build_and_end();
        let bytes = std::hint::black_box(vec![7_u8; 3 << 20]);
        assert!(bytes.iter().all(|byte| *byte == 7));
        drop(bytes);
        crate::memory::give_back();
    }
}
