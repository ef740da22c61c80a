//! Memory of the process.

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
