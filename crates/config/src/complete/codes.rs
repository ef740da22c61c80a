//! What there is to say about each diagnostic about the sense of the whole.

use crate::diagnostic::codes::Code;

const fn code(name: &'static str, explanation: &'static str) -> Code {
    Code { name, explanation }
}

/// Codes of the diagnostics of completion, in alphabetical order.
#[rustfmt::skip]
pub(crate) static CODES: &[Code] = &[
    code("advert-int-rounded",
        "Version 2 sends its advert interval in whole seconds, version 3 in hundredths of a \
         second up to 40.95. Another interval is rounded. All nodes must use the same: version \
         2 drops adverts with another interval, and then two nodes are master."),
    code("ah-with-unicast",
        "The header of `auth_type AH` covers addresses and other parts of the IP header. Where \
         anything on the way changes them, as between networks, every advert is dropped."),
    code("always-succeeds",
        "A check counts by its exit status. `echo` and `true` succeed always, whatever they \
         print."),
    code("authentication-not-supported",
        "Version 3 and strict mode have no authentication; the password is not used, and \
         keepalived says so."),
    code("authentication-without-password",
        "There is an `auth_type` and no `auth_pass`: keepalived says so and uses no \
         authentication."),
    code("bad-group-entry",
        "A line of a `virtual_server_group` is an address, a prefix, or a range `FIRST-LAST`, \
         each with a port if wanted, or `fwmark N` with `inet` or `inet6` if wanted. In a \
         prefix no bit may be set after its length."),
    code("bad-tunnel",
        "`TUN` may be followed by `type ipip`, `type gre` or `type gue port N`, and by a word \
         for the checksum: `csum` with gre and gue, `remcsum` with gue alone. Only gue has a \
         port, and it needs one."),
    code("check-repairs",
        "A check that starts the service it looks at succeeds whenever the start does, so the \
         node is never seen as failing, and it answers slowly while it starts things."),
    code("checks-another-node",
        "The check asks another node of the cluster, or a server behind the addresses. When \
         that fails all nodes give up, or one after the other, though none of them is the \
         cause."),
    code("checks-itself",
        "The daemon runs the check, so while the check runs the daemon is there. If the daemon \
         is not there, nothing runs the check."),
    code("checks-the-address",
        "The virtual address is on the master. A check on a backup that asks this address asks \
         the master: it fails when the master fails, which is just when the backup is needed."),
    code("cloud-without-lower-priority",
        "Where a provider routes the address, a script tells it who has it. When two nodes were \
         master for a moment, each has told the provider, and the one that stays master has no \
         change of state any more that would run its script again. `notify_master_rx_lower_pri` \
         is run just then."),
    code("common-virtual-router-id",
        "51 is the number in every sample. Two clusters on one network segment with the same \
         number disturb each other."),
    code("delay-too-long",
        "While an interface that is down still counts as up, the master on it is not heard. After \
         `down_timer_adverts` intervals backups take over, so it must have given way before."),
    code("direct-routing",
        "With `lvs_method DR` (direct routing) packets reach the real servers with the virtual \
         address as their destination: each has to have it, on `lo`, without answering ARP for \
         it (arp_ignore=1, arp_announce=2). Otherwise packets are dropped there, or clients \
         reach one server past the balancer. Said once for a file."),
    code("empty-group",
        "A group without members that exist is left out, with its scripts. keepalived says so."),
    code("family-mismatch",
        "Real servers and the sorry server have the family of the virtual server; only with \
         `TUN` they may have the other one. Another one is left out."),
    code("fifo-script-without-fifo",
        "A script that reads a FIFO is named, but no FIFO: the script is not started."),
    code("firewall-drops-adverts",
        "A file of the firewall of this machine lets in only what it names, and VRRP (IP \
         protocol 112) is not among it. Nodes that do not hear each other are all master. Read \
         with `vipd check --host` only, and only files are looked at, not what is in the \
         kernel."),
    code("flag-without-scheduler",
        "`sh-port` and its kin are flags of one scheduler, and only count on a line after the \
         `lb_algo` that picks it."),
    code("group-of-one",
        "A group of one instance changes nothing. keepalived says so, and keeps the group."),
    code("ha-suspend-with-fwmark",
        "`ha_suspend` stops checks while the address of the service is on another node. A \
         service by firewall mark has no address."),
    code("hmac-key-double",
        "Each key of `auth_hmac` has a number of its own; the later one is ignored."),
    code("hmac-key-insecure",
        "A file with a key of `auth_hmac` that group or others may touch keeps no secret. \
         keepalived counts it as a mistake of security, and so does `-t`. The key is not used."),
    code("hmac-key-invalid",
        "A key of `auth_hmac` has a number from 1 to 255 and 32 to 64 bytes, which stand there \
         as they are, as `hex:` and digits, or in a file: `file:PATH`."),
    code("hmac-replaces-password",
        "An instance has `auth_hmac` or `authentication`; with both, adverts are signed, and the \
         password is not used."),
    code("hmac-without-key",
        "`active_key` of `auth_hmac` names the key that this node signs with. Without it nothing \
         is signed and nothing is checked: whoever is on the link can be master."),
    code("hysteresis-too-high",
        "The service is lost below `quorum` less `hysteresis`. With a hysteresis as high as \
         the quorum it would never be lost, so less is used."),
    code("incomplete-block",
        "The block lacks something it cannot do without, or for which keepalived takes a \
         default and says so."),
    code("killall-check",
        "`killall -0 NAME` succeeds when any process of that name can be sent a signal: one of \
         another user, of another container, one that hangs. The program comes with the package \
         psmisc, and without it every run fails. `track_process` is told by the kernel when a \
         process ends, and `track_port` when nobody listens any more."),
    code("master-with-ah",
        "With `auth_type AH` keepalived lets no node start as MASTER, and says so."),
    code("member-of-two-groups",
        "An instance can be a member of one group only, once; the later mention is ignored."),
    code("mixed-group",
        "A `fwmark` is of one family. In a group with addresses of both families it must say \
         of which: `fwmark 7 inet6`."),
    code("nat-without-gateway",
        "With `lvs_method NAT` answers must come back through the balancer, which is to say \
         that it is the gateway of the real servers, at best with a virtual address in their \
         network that moves with the others."),
    code("native-ipv6-with-ipv4",
        "`native_ipv6` must come before the first address, and all addresses must be IPv6."),
    code("network-overlap",
        "Two addresses in one network with different prefix lengths bring two routes to it. \
         Some neighbours are then reached another way while this node is master, or not at all."),
    code("network-twice",
        "`use_vmac` and `use_ipvlan` give an instance an interface of its own. An address there \
         with the prefix length of the network makes a second route to it, and answers may \
         leave by the wrong interface."),
    code("no-address",
        "The instance has no virtual address. Version 2 runs without and says so; version 3 and \
         strict mode refuse to start. `no_virtual_ipaddress` says that it is meant."),
    code("no-interface",
        "An instance needs an `interface`, unless it is unicast and has `unicast_src_ip`. One \
         such instance ends the whole daemon with status 2."),
    code("no-prefix-length",
        "An address without prefix length is added with the longest one, /32 or /128. It then \
         brings no route to its network, which is right when the interface has another address \
         in it."),
    code("no-shell",
        "Commands are run without a shell: pipes, redirections and `&&` are passed as \
         arguments. Use a script file."),
    code("no-unicast-source",
        "With several addresses on the interface the one that adverts come from is a matter of \
         chance; the peers may not know it."),
    code("no-virtual-router-id",
        "Each instance needs a `virtual_router_id` from 1 to 255, the same on all its nodes. \
         One instance without ends the whole daemon with status 2."),
    code("nopreempt-as-master",
        "`nopreempt` needs `state BACKUP` on every node, and a priority below 255. With `state \
         MASTER` keepalived clears it: the node takes the addresses back whenever it returns."),
    code("not-in-effect",
        "vipd recognises every keyword of keepalived, and does not yet do what some of them \
         say. It names them, so that nothing is ignored in silence."),
    code("not-multicast",
        "The address is not a multicast address; the default group, 224.0.0.18 or ff02::12, is \
         used."),
    code("ipvlan-without-address",
        "Adverts of an instance with `use_ipvlan` come from the address of that interface. IPv6 \
         has a link-local one by itself; IPv4 has none, and the instance stays in FAULT, as in \
         keepalived."),
    code("not-strict",
        "Strict mode forbids what the RFC does not have. keepalived undoes each such setting \
         and says so, and `keepalived -t` ends with status 5."),
    code("notify-stops-checked",
        "A node that becomes backup stops the service that its own check wants to see. Its \
         check then fails, so it can never take over: once both nodes are backup there is no \
         master at all."),
    code("ops-without-udp",
        "`ops` schedules each packet of its own, which only UDP can bear."),
    code("other-family",
        "An instance is of one address family: that of the first address in its block. What is \
         of the other one is left out. Further addresses of any family can stand in \
         `virtual_ipaddress_excluded`."),
    code("own-interface-tracked",
        "An instance follows its own interface anyway: the line is ignored, and keepalived says \
         so."),
    code("owner-by-default",
        "Without `priority`, `state MASTER` means priority 255, the owner of the addresses: it \
         never yields, and weights have no effect on it."),
    code("owner-ignores-adverts",
        "keepalived sets `owner_ignore_adverts` for every owner whose block says it is off."),
    code("password-too-long",
        "A password has 8 bytes on the wire; the rest is cut off. Nodes with the same first 8 \
         bytes understand each other."),
    code("peer-is-self",
        "The list of peers holds the other nodes only. One list for all nodes does no great \
         harm, but the node sends adverts to itself."),
    code("port-needs-persistence",
        "A virtual server without a port is for all ports, and IPVS has that only with \
         persistence: the ports of one client must lead to one server."),
    code("port-without-nat",
        "With `DR` and `TUN` the real server gets packets as they came, with the port of the \
         service. Another port would have no effect, so that of the service is used."),
    code("preempt-delay-as-master",
        "`preempt_delay` has no effect with `state MASTER` or priority 255; keepalived clears \
         it."),
    code("preempt-delay-with-nopreempt",
        "A node that never preempts needs no delay: keepalived says so and clears it."),
    code("promotes-data",
        "A virtual router makes sure that somebody is master, not that only one is: when the \
         network between the nodes fails, both are. For data that only one node may write that \
         is not enough; the other node must be made sure to be off, or a majority must agree."),
    code("protocol-with-fwmark",
        "A service by firewall mark takes what the mark is set on, whatever the protocol. The \
         line is ignored."),
    code("quorum-max-below-quorum",
        "More processes must run than may run, so the upper bound is left out. 0 is another matter: \
         then none may run at all."),
    code("quorum-too-high",
        "The quorum can never be reached, even with all real servers up. keepalived lowers it."),
    code("repeated-address",
        "An address can be listed once; the later entry is left out."),
    code("repeated-interface-name",
        "Two instances want the same name for the interface with their virtual MAC address. The \
         second one gets a free name."),
    code("repeated-server",
        "A virtual server is known by address, port and protocol, a mark, or a group, and a \
         real server of one by address and port. The first block of each holds."),
    code("repeated-virtual-router-id",
        "Two instances with the same number, interface, address family and multicast group are \
         the same virtual router for everybody else. keepalived ends with status 2."),
    code("reply-length",
        "`min_reply_length` is more than `max_reply_length`, so no reply is ever good."),
    code("same-check",
        "Two scripts check the same thing. Often one was copied and its port not changed."),
    code("same-fifo",
        "`vrrp_notify_fifo` must be another file than `notify_fifo`; it is ignored."),
    code("sample-value",
        "The value stands in the sample file of keepalived and was left as it is."),
    code("script-disabled",
        "The command of the script is not there, is not executable, or could be changed by \
         somebody else than root. keepalived does not run it, and goes on without."),
    code("script-security-off",
        "Without `enable_script_security` scripts run as root even when other users can change \
         them. keepalived says so, and `keepalived -t` ends with status 6."),
    code("script-without-command",
        "A `vrrp_script` without `script` is left out; instances that track it go on without."),
    code("script-without-user",
        "Under `enable_script_security` a script needs a user: its own, `script_user`, or a \
         user called `keepalived_script`."),
    code("skip-check-false",
        "keepalived turns `skip_check_adv_addr` on in an instance whatever word follows it."),
    code("slow-failover",
        "How long it takes at worst until another node is master, in this file: a check notices \
         a failure after `fall` runs at `interval`, each with its `timeout`, and the death of a \
         node is noticed after `down_timer_adverts` times `advert_int` and a little more. Said \
         when it is more than ten seconds."),
    code("small-weight",
        "A weight moves the addresses only when it brings the priority of this node below that \
         of another one. Weights below ten are often smaller than the difference between the \
         nodes. `vipd check` with the files of all nodes computes what happens."),
    code("sorry-server-is-real",
        "The server of last resort is also one of the real servers. While it serves as the last \
         resort it is not taken back as a real server: name another machine."),
    code("stops-the-daemon",
        "The check stops the daemon that runs it. The node leaves, and nothing brings it back. \
         A check that fails, tracked without weight, puts the instance into FAULT and lets it \
         return by itself."),
    code("strict-drops",
        "In strict mode keepalived drops all packets to the addresses of a node that is not \
         their owner (priority 255): pings and services on them get no answer."),
    code("strict-needs-address",
        "Strict mode wants at least one virtual address, whatever `no_virtual_ipaddress` says."),
    code("strict-unicast",
        "Strict mode forbids unicast on an interface that can do multicast. keepalived ends \
         with status 2."),
    code("timeout-over-interval",
        "A run that may take as long as the interval, or longer, delays the next one; a hanging check is \
         seen late."),
    code("too-many-addresses",
        "An advert has room for a limited number of addresses: 255, or less on interfaces with \
         a small MTU. The others are held, but not announced in adverts."),
    code("tracked-by-both",
        "An instance and its group track the same thing. It counts once: with the weight of the \
         group, or without one (a failure means FAULT) when either of the two has none. \
         keepalived asks for one of the lines to be removed."),
    code("tracked-twice",
        "The same thing is tracked twice in one block; keepalived ignores all lines but the \
         first."),
    code("unicast-on-base",
        "Routers answer unicast adverts to the address of the interface itself, so they cannot \
         be sent from the one with the virtual MAC address. keepalived says so and sets \
         `vmac_xmit_base`."),
    code("unicast-without-peers",
        "There are unicast words and no peer: keepalived says that this use is old, and sends \
         to the multicast group. Where multicast is filtered the nodes then do not hear each \
         other, and all are master."),
    code("unknown-group",
        "`virtual_server group` names no `virtual_server_group` that can be used. keepalived \
         says nothing and serves nothing."),
    code("unknown-host",
        "The name of the mail server has no address on this machine now. keepalived looks it up \
         while it reads its files, says so, and sends no mails until it is started again; vipd \
         looks it up for each mail."),
    code("unknown-instance",
        "`lvs_sync_daemon` follows an instance that is not in the configuration, so it never \
         becomes master."),
    code("unknown-interface",
        "An interface that the configuration names is not there. keepalived ends with status 2, \
         whatever the interface is for, unless `dynamic_interfaces` is set."),
    code("unknown-member",
        "The group names an instance that is not defined. It is left out; the rest of the group \
         holds."),
    code("unknown-pattern-option",
        "Options of a pattern are those of PCRE2, in lower case and without prefix: \
         `caseless`, `dotall`, `multiline`. keepalived passes over others in silence."),
    code("unknown-script",
        "A tracked script must be defined by `vrrp_script` before the block that tracks it. \
         keepalived reports it and goes on without, so its failure has no effect."),
    code("unknown-tracked",
        "What is tracked must be defined before the block that tracks it. keepalived says so \
         and goes on without."),
    code("unknown-user",
        "The user that scripts are to run as does not exist. keepalived runs none of these \
         scripts."),
    code("unused-script",
        "No instance and no group tracks the script, so it is never run and has no effect on \
         anything."),
    code("unused-tracked",
        "No instance and no group tracks it, so it has no effect on anything."),
    code("weight-above-254",
        "Priorities end at 254; what a weight would add above that counts nothing."),
    code("weight-below-one",
        "Priorities end at 1, and a node with priority 1 is a candidate still. Without weight a \
         failure means FAULT, and the node is none."),
    code("weight-in-group",
        "Members of a group change state together, so keepalived clears the weights of what \
         they track by themselves: a failure means FAULT. `sync_group_tracking_weight` keeps \
         them."),
    code("weight-of-owner",
        "The priority of the owner of the addresses (255) is fixed. keepalived says that it ignores \
         what an owner tracks with a weight, and does not track it at all; what its group tracks is \
         tracked without the weight, for all members."),
    code("weight-with-nopreempt",
        "A lower priority moves the addresses only if another node preempts. Nodes with \
         `nopreempt` do not: a failure without weight, which means FAULT, moves them."),
];
