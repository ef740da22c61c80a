//! Readiness: epoll and a timer.
