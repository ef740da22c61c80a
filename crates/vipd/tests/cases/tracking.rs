//! The pair whose address follows something that is tracked.

use crate::stage::{Node, Stage};

pub const VIP: &str = "10.0.0.100";

/// Two nodes and the client's network.
pub fn pair() -> (Stage, Node, Node) {
    let stage = Stage::new(&["10.0.0.9/24"]);
    let a = stage.node("node-a", "eth0", "10.0.0.1/24");
    let b = stage.node("node-b", "eth0", "10.0.0.2/24");
    (stage, a, b)
}

/// A file with one instance; `root` stands beside it, `tracked` in it.
pub fn configuration(priority: u8, root: &str, tracked: &str) -> String {
    format!(
        "global_defs {{\n router_id x\n}}\n{root}\nvrrp_instance VI_1 {{\n state BACKUP\n \
         interface eth0\n virtual_router_id 7\n priority {priority}\n advert_int 1\n \
         virtual_ipaddress {{\n {VIP}/24\n }}\n {tracked}\n}}\n"
    )
}
