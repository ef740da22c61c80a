//! The supervisor: configuration, children, scripts, mail, control.
