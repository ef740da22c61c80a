//! The mistakes that people make again and again, each with the codes of the diagnostics that name it.
//!
//! The numbers are stable: L for what one file shows, X for what only several files show together.

use std::fmt::Write as _;

/// A mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its number: `L01`, `X01`.
    pub id: &'static str,
    /// What is wrong.
    pub mistake: &'static str,
    /// Codes of the diagnostics that say so. Never empty.
    pub codes: &'static [&'static str],
}

const fn rule(id: &'static str, mistake: &'static str, codes: &'static [&'static str]) -> Rule {
    Rule { id, mistake, codes }
}

/// All rules, by number.
#[rustfmt::skip]
pub static RULES: &[Rule] = &[
    rule("L01", "a weight of two beside priorities of which nobody knows how far they are apart",
        &["small-weight"]),
    rule("L02", "a positive weight that ends at 254, so that a failure only goes back to the base",
        &["weight-above-254"]),
    rule("L03", "a negative weight smaller than most gaps between nodes",
        &["small-weight"]),
    rule("L04", "a weight that would bring the priority to 0, which is held at 1",
        &["weight-below-one"]),
    rule("L05", "a `vrrp_script` that nothing tracks",
        &["unused-script"]),
    rule("L06", "a name in `track_script` that is defined nowhere",
        &["unknown-script"]),
    rule("L07", "`nopreempt` beside a check with weight",
        &["weight-with-nopreempt"]),
    rule("L08", "`nopreempt` beside `state MASTER`",
        &["nopreempt-as-master"]),
    rule("L09", "`nopreempt` on the weaker node only (seen between files)",
        &["pair-nopreempt"]),
    rule("L10", "`nopreempt` or `preempt_delay` that contradict priority, state or each other",
        &["nopreempt-as-master", "preempt-delay-with-nopreempt", "preempt-delay-as-master"]),
    rule("L11", "a check that prints its result, or whose last part always succeeds",
        &["always-succeeds"]),
    rule("L12", "pipes and redirections where no shell reads the line",
        &["no-shell"]),
    rule("L13", "`killall -0`",
        &["killall-check"]),
    rule("L14", "a check that starts the service it looks at",
        &["check-repairs"]),
    rule("L15", "a notify command that stops, on a backup, what the check wants to see",
        &["notify-stops-checked"]),
    rule("L16", "scripts without user and security, or that others may change",
        &["script-security-off", "script-without-user", "script-disabled"]),
    rule("L17", "a check that asks a virtual address, or another node",
        &["checks-the-address", "checks-another-node"]),
    rule("L18", "a `timeout` as long as the `interval`, or longer",
        &["timeout-over-interval"]),
    rule("L19", "`vrrp_strict` without being the owner: nothing answers on the addresses; unicast is forbidden",
        &["strict-drops", "strict-unicast"]),
    rule("L20", "`vrrp_garp_interval 0`, as in the sample file",
        &["value-out-of-range"]),
    rule("L21", "a password of more than 8 bytes, or with version 3",
        &["password-too-long", "authentication-not-supported"]),
    rule("L22", "`auth_type AH` with unicast",
        &["ah-with-unicast"]),
    rule("L23", "`advert_int` below a second in version 2",
        &["advert-int-rounded"]),
    rule("L24", "addresses with no prefix length, or with one that does not fit their network",
        &["no-prefix-length", "network-overlap", "network-twice"]),
    rule("L25", "two instances of one number on one interface",
        &["repeated-virtual-router-id"]),
    rule("L26", "an interface that is not there",
        &["unknown-interface"]),
    rule("L27", "the node itself among its peers, or no `unicast_src_ip` where there are several addresses",
        &["peer-is-self", "no-unicast-source"]),
    rule("L28", "braces that are missing, keywords that are misspelt",
        &["missing-close-brace", "unknown-keyword"]),
    rule("L29", "IPv4 and IPv6 addresses in one instance",
        &["other-family"]),
    rule("L30", "`persistence_timeout 0`, and real servers of weight 0",
        &["value-out-of-range", "quorum-too-high"]),
    rule("L31", "a method of load balancing that needs something done on the real servers",
        &["direct-routing", "nat-without-gateway"]),
    rule("L32", "a `sorry_server` that is one of the real servers",
        &["sorry-server-is-real"]),
    rule("L33", "`notify_master` that calls a provider, without `notify_master_rx_lower_pri`",
        &["cloud-without-lower-priority"]),
    rule("L34", "a firewall that drops IP protocol 112 (`--host`)",
        &["firewall-drops-adverts"]),
    rule("L35", "checks and adverts so slow that a failover takes more than ten seconds",
        &["slow-failover"]),
    rule("L36", "a word of the shell as a script, or a script that is defined after its use",
        &["always-succeeds", "no-shell", "unknown-script"]),
    rule("L37", "a check of the daemon that runs it",
        &["checks-itself"]),
    rule("L38", "`notify_master` that promotes a database",
        &["promotes-data"]),
    rule("X01", "numbers that differ, or one number for two clusters",
        &["pair-virtual-router-id", "pair-disjoint-addresses", "pair-alone"]),
    rule("X02", "addresses that differ",
        &["pair-addresses", "pair-advertised-addresses", "pair-prefix"]),
    rule("X03", "`advert_int`, `version` or authentication that differ",
        &["pair-advert-int", "pair-version", "pair-authentication"]),
    rule("X04", "unicast peers that do not list each other",
        &["pair-unicast-peer", "pair-same-source"]),
    rule("X05", "one node unicast, the other multicast; two multicast groups",
        &["pair-unicast-and-multicast", "pair-multicast-group"]),
    rule("X06", "equal priorities",
        &["pair-equal-priorities"]),
    rule("X07", "`state MASTER` on two nodes",
        &["pair-two-masters"]),
    rule("X08", "something that fails and moves nothing, or two masters",
        &["flip-proof"]),
    rule("X09", "sync groups with other members",
        &["pair-sync-group"]),
    rule("X10", "nodes in different networks",
        &["pair-other-network"]),
    rule("X11", "`nopreempt` on one side only",
        &["pair-nopreempt"]),
    rule("X12", "a check on one node only, or with another weight",
        &["pair-check-missing", "pair-check-weight"]),
    rule("X13", "keys and modes of `auth_hmac` that are not safe to roll out",
        &["pair-hmac", "pair-hmac-keys"]),
    rule("X14", "`time_window` that differs",
        &["pair-time-window"]),
    rule("X15", "IPVS sync daemons that do not find each other",
        &["pair-sync-daemon"]),
    rule("X16", "two owners of the addresses",
        &["pair-two-owners"]),
    rule("X17", "an order of reloads in which the nodes disagree for a while",
        &["reload-order"]),
];

/// The table of rules, as a document.
pub fn markdown() -> String {
    let mut text = String::from(
        "# Rules of `vipd check`\n\n\
         Mistakes that are made again and again, and the diagnostics that name them. `vipd explain \
         CODE` says more about each. Rules L hold for one file, rules X between the files of \
         several nodes. Generated from the program: `cargo xtask docs`.\n\n\
         | Rule | Mistake | Diagnostics |\n|---|---|---|\n",
    );
    for rule in RULES {
        let codes: Vec<String> = rule.codes.iter().map(|code| format!("`{code}`")).collect();
        let (id, mistake, codes) = (rule.id, rule.mistake, codes.join(", "));
        // Writing to a `String` cannot fail.
        let _ = writeln!(text, "| {id} | {mistake} | {codes} |");
    }
    text
}
