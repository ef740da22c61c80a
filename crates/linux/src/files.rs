//! Security of script paths; FIFOs; PID files.
