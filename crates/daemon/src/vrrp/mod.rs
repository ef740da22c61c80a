//! The VRRP process: one thread, one readiness loop, around `vipd_engine::vrrp::Router`.
