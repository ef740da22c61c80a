//! Children, pidfds, process names, daemonising.
