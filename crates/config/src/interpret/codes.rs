//! What there is to say about each diagnostic about the form of lines.

use crate::diagnostic::codes::Code;

const fn code(name: &'static str, explanation: &'static str) -> Code {
    Code { name, explanation }
}

/// Codes of the diagnostics of interpreting, in alphabetical order.
#[rustfmt::skip]
pub(crate) static CODES: &[Code] = &[
    code("bad-server",
        "A virtual server begins with an IP address and a port, `fwmark N` or `group NAME`, a \
         real server with an IP address and a port. keepalived leaves out the whole block."),
    code("command-not-quoted",
        "A command with arguments must stand in quotes as a whole. Words outside of the quotes \
         are dropped without a message by keepalived (of `script` and `misc_path`), or taken \
         for user and group (of the notify words)."),
    code("deprecated-keyword",
        "The word still works, but keepalived says at each start that it is old, and \
         `keepalived -t` ends with status 5. Write the newer word."),
    code("empty-block",
        "The block lists nothing. keepalived says so and goes on; leave the block out, or fill \
         it."),
    code("extra-close-brace",
        "A `}` stands where no block is open. Often a `{` before it is missing, or an unknown \
         block has closed the block around it."),
    code("extra-words",
        "The word opens a list and takes nothing before its `{`. keepalived reports the words \
         between and ignores them."),
    code("incomplete-route",
        "A route needs a destination, a rule something to do. keepalived leaves the line out."),
    code("invalid-address",
        "An IP address was expected, such as `192.0.2.1` or `2001:db8::1`. Only the entries of \
         address blocks take a prefix length."),
    code("invalid-route-value",
        "A route or a rule has a value that is no number, name or address where one is needed. \
         Names of tables and their like come from the files of iproute2. keepalived leaves the \
         line out."),
    code("invalid-bool",
        "Truth is written `on`, `true`, `yes`, `off`, `false` or `no`, in lower case; the \
         keyword alone means on. Anything else is an error, and the line is ignored."),
    code("invalid-mode",
        "A file mode is a number up to 0777 (octal with a leading 0, hexadecimal with 0x), or \
         names of bits joined by `|`."),
    code("invalid-number",
        "Numbers are decimal digits, without unit and without quotes such as `'`. keepalived \
         reports the line and, mostly, ignores it."),
    code("invalid-port",
        "A port is a number from 1 to 65535, after `tcp` or `udp` when it matters, and after the \
         address that must be served: `3306`, `tcp 0.0.0.0:80`, `udp [::]:53`."),
    code("invalid-virtual-interface",
        "After `use_vmac` there may be a name for the interface that is made, and a hardware \
         address of five or six octets; without the last one, the number of the virtual router \
         takes its place. After `use_ipvlan` there may be a name, an address, one of `bridge`, \
         `private` and `vepa`, and `group` with a number or name."),
    code("label-too-long",
        "The kernel keeps 15 bytes of an address label. keepalived leaves out an address with a \
         longer one."),
    code("missing-close-brace",
        "The file ends while a block is open. keepalived reports it and uses what it has read."),
    code("missing-open-brace",
        "The keyword opens a block, and no `{` follows it on the line or alone on the next \
         line. The lines after it are read as if they stood outside."),
    code("missing-parameter",
        "The keyword needs a value and has none. With most keywords keepalived ends at once \
         with status 2; it names only the first such line, vipd names all."),
    code("name-too-long",
        "The kernel does not take a name of this length. keepalived ignores the line."),
    code("needs-nopreempt",
        "The keyword has a meaning only together with `nopreempt`; without that keepalived \
         ignores it."),
    code("needless-prefix",
        "The line names a node, not a network: what follows the `/` means nothing here."),
    code("no-blank-after-keyword",
        "Commands are read from the line a second time by rules like those of a shell. Without \
         a blank the keyword and its command are one word then, so no command is set, although \
         the keyword was recognised."),
    code("no-broadcast",
        "The broadcast address cannot be computed or used for this address and is left out: \
         IPv6 has none, an address with a peer has none, and prefixes longer than 30 have none."),
    code("no-iptables",
        "keepalived for current kernels is built without iptables and uses nftables; version 2.2 \
         said so, 2.4 says nothing."),
    code("not-with-ipv6",
        "The option has no meaning for an IPv6 address. keepalived says so and ignores it; the \
         address stays."),
    code("prefix-with-peer",
        "With `peer` the prefix length belongs to the address of the peer: write it there. The \
         one here is ignored."),
    code("repeated-keyword",
        "The keyword can stand only once in its block; the first one holds."),
    code("repeated-name",
        "Two blocks of a kind have the same name. Of instances, groups and BFD sessions the \
         second is left out; of scripts the first is used wherever the name is."),
    code("repeated-option",
        "The option stands twice in the entry; keepalived leaves the entry out."),
    code("route-conflict",
        "Words of a route or rule contradict each other, or belong to the other address family. \
         keepalived leaves the line out."),
    code("route-not-in-effect",
        "The route has a word that vipd cannot do. Where it would lead elsewhere without it, the \
         line is left out; `as` and `ttl-propagate`, which are for MPLS, are ignored as by \
         keepalived."),
    code("route-protocol",
        "keepalived tells its own routes from others by their protocol number, 18. A route that \
         it is to watch must have it: keepalived says so and sets it. With `no_track` any \
         protocol can be given."),
    code("route-time-too-short",
        "The kernel's round trip times are at least 200 ms. keepalived says so and uses that."),
    code("route-without-interface",
        "keepalived follows the routes of a master through their interfaces: the loss of a route \
         without one is not noticed, and keepalived says so."),
    code("rule-without-preference",
        "The order of rules is given by their preference. Without one keepalived takes numbers \
         from 16384 downwards, and says so."),
    code("too-many-decimals",
        "Times are kept with a limited number of decimals; the digits after them are dropped."),
    code("unexpected-brace",
        "The keyword opens no block. The `{` is ignored, but a `}` that was meant for it closes \
         the block around the line."),
    code("unknown-auth-type",
        "`auth_type` is `PASS` or `AH`. With another word keepalived uses no authentication at \
         all."),
    code("unknown-block",
        "A block whose keyword is unknown has no meaning, but its braces do not go away: inside \
         another block its lines are read as lines of that block, and its `}` closes that \
         block, so everything after it is read at the root of the file and is unknown there. \
         keepalived does the same."),
    code("unknown-choice",
        "The keyword takes one of a few words, and this is none of them; the line is ignored."),
    code("unknown-keyword",
        "The word is no keyword of this block. keepalived reports the line and ignores it, and \
         starts all the same. Spelling, a missing blank, an `=` and a line in the wrong block \
         are the usual causes."),
    code("unknown-track-group",
        "The track group is not defined before the line that names it. keepalived says so, and \
         nothing follows that line."),
    code("unknown-option",
        "The word is none that may follow here; it is ignored, the rest of the line is read on. \
         Lists have one entry on each line."),
    code("unknown-scope",
        "The scope of an address is host, link, site, global, or a number up to 255."),
    code("unknown-state",
        "`state` is MASTER or BACKUP. Another word is reported and means BACKUP."),
    code("value-out-of-range",
        "The number is outside of what the keyword takes. Mostly the line is ignored and the \
         default holds; the message says what is used."),
];
