//! Limits of this process that the kernel sets.

use std::io;

use nix::sys::resource::{Resource, getrlimit, setrlimit};

use crate::Error;

/// Raises the number of descriptors this process may have open as far as it is allowed without
/// privileges, and returns that number.
pub fn raise_descriptors() -> Result<u64, Error> {
    let failed =
        |e: nix::Error| Error::new("raise limit of", "open descriptors", io::Error::from(e));
    let (now, most) = getrlimit(Resource::RLIMIT_NOFILE).map_err(failed)?;
    if now < most {
        setrlimit(Resource::RLIMIT_NOFILE, most, most).map_err(failed)?;
    }
    Ok(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_of_descriptors_is_as_high_as_it_may_be() {
        let most = raise_descriptors().unwrap();
        assert_eq!(getrlimit(Resource::RLIMIT_NOFILE).unwrap(), (most, most));
    }
}
