//! What there is to say about each diagnostic about several nodes.

use crate::diagnostic::codes::Code;

const fn code(name: &'static str, explanation: &'static str) -> Code {
    Code { name, explanation }
}

/// Codes of the diagnostics between nodes, in alphabetical order.
#[rustfmt::skip]
pub(crate) static CODES: &[Code] = &[
    code("flip-proof",
        "The nodes were run in simulated time with these files, and something was made to fail. \
         What came of it is not what such a cluster is for: nobody took over, or two did. \
         `vipd check --explain` shows how the priorities came about."),
    code("pair-addresses",
        "All nodes of a virtual router must have the same virtual addresses, or some of them are \
         gone after a takeover. keepalived also drops adverts whose list of addresses is not its \
         own, unless `skip_check_adv_addr` is set."),
    code("pair-advert-int",
        "The advert interval must be the same on all nodes. Version 2 drops adverts with another \
         interval, so that two nodes are master; version 3 takes over the interval of the master."),
    code("pair-advertised-addresses",
        "The addresses in `virtual_ipaddress` are in the adverts, those in \
         `virtual_ipaddress_excluded` are not. Adverts with another list than one's own are \
         dropped, and then two nodes are master."),
    code("pair-alone",
        "The virtual router is on one of the nodes only. There it is master, and when that node \
         fails its addresses are gone."),
    code("pair-authentication",
        "Kind and password of the authentication must be the same on all nodes; an advert with \
         another is dropped, and then two nodes are master."),
    code("pair-check-missing",
        "A check on one node only. If it adds to the priority, the priorities of the nodes cannot \
         be compared; otherwise the other node may take over and not do the work."),
    code("pair-check-weight",
        "The same check counts differently on two nodes. That can be meant; look at what the \
         report says happens when it fails."),
    code("pair-disjoint-addresses",
        "Two nodes use the same `virtual_router_id` and have no address in common. They take each \
         other for the same virtual router: one of the clusters loses its addresses."),
    code("pair-equal-priorities",
        "With equal priorities the node with the higher address wins when two are master at the \
         same time; else whoever was master stays. Nobody can see from the files who is to be \
         master."),
    code("pair-hmac",
        "With `auth_hmac` a node drops adverts that are signed with a key it does not know, or \
         signed wrongly, and with `mode enforce` those without signature. The key that each \
         node signs with (`active_key`) has to be among the keys of all others, with the same \
         bytes, before it is used; `enforce` comes last, when all nodes sign."),
    code("pair-hmac-keys",
        "The nodes know different keys of `auth_hmac`. That is a step on the way to another \
         key; until all nodes know it no node can sign with it."),
    code("pair-multicast-group",
        "The nodes send to different multicast groups. None hears the other, and both are \
         master."),
    code("pair-nopreempt",
        "`nopreempt` keeps a node from taking over from a weaker master. On the node with the \
         lower priority it is of little use; it belongs on the one with the higher priority, or \
         on all, with `state BACKUP`."),
    code("pair-other-network",
        "One node sends its adverts from an address in the network of the virtual addresses, the \
         other from outside of it. On two network segments they do not hear each other."),
    code("pair-prefix",
        "The same address with another prefix length: the route to its neighbours differs \
         depending on who is master."),
    code("pair-router-id",
        "`router_id` names the node in mails. With the same on all nodes nobody can tell who sent \
         them. Without the word it is the host name."),
    code("pair-same-source",
        "Two nodes send their adverts from the same address; a node drops what comes from its \
         own. Often a file was copied and this line not changed."),
    code("pair-sync-daemon",
        "The IPVS sync daemons of the nodes hear each other when they have the same id (without \
         `id` the number of the instance they follow), port and multicast group, on one network \
         segment."),
    code("pair-sync-group",
        "The members of a sync group change state together. When the group has other members on \
         another node, some of them can be master there and the rest here."),
    code("pair-time-window",
        "With `anti_replay time` an advert is dropped when its time is further from the clock \
         of the receiver than `time_window`. With different windows one node drops what the \
         other accepts. What the clocks themselves show is in no file: keep them together with \
         NTP, and look for adverts that are dropped as stale."),
    code("pair-two-masters",
        "`state MASTER` lets a node begin as master without listening long. Two of them are both \
         master for a moment after each start; the priority then decides."),
    code("pair-two-owners",
        "Priority 255 means that the addresses belong to the node itself: it is always master. \
         Only one node can be that."),
    code("pair-unicast-and-multicast",
        "One node sends adverts to listed peers, the other to the multicast group. Neither \
         hears the other, and both are master."),
    code("pair-unicast-peer",
        "A node sends its adverts to its `unicast_peer` list. The address that each node sends \
         from has to be in the list of every other one."),
    code("pair-version",
        "Versions 2 and 3 do not understand each other: both nodes are master."),
    code("pair-virtual-router-id",
        "The number tells which instances of the nodes are one virtual router. With two numbers \
         they are two, and both nodes are master with the same addresses."),
    code("reload-order",
        "The nodes cannot all be given new files at the same moment. `vipd check NEW NEW --was \
         OLD OLD` says in which order, and what is wrong between the nodes as long as some run \
         by the old files and some by the new."),
];
