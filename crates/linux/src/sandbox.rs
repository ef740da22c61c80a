//! Capabilities and seccomp of the children.
