//! What hostile bytes are given to: each target is a function of bytes that panics when something
//! that must always hold does not.
//!
//! `fuzz/` drives the same functions with libFuzzer; `cargo xtask ci` drives them for a few seconds
//! with damaged seeds, on the stable toolchain (the program of this crate).

mod configuration;
mod language;
mod mutation;
mod packets;
mod processes;
mod seeds;

pub use mutation::damaged;

/// Something that bytes are given to.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, also that of the file in `fuzz/fuzz_targets/`.
    pub name: &'static str,
    /// What it does with the bytes.
    pub doc: &'static str,
    /// Does it. Panics when something is wrong.
    pub run: fn(&[u8]),
    /// Bytes to begin with.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// All targets.
pub const TARGETS: &[Target] = &[
    Target {
        name: "lexer",
        doc: "one file to lines of words: every place is in the file, and words are its text",
        run: language::lexer,
        seeds: seeds::files,
    },
    Target {
        name: "expander",
        doc: "several files with definitions, generators, conditionals, includes",
        run: language::expander,
        seeds: seeds::languages,
    },
    Target {
        name: "parser",
        doc: "one file to a configuration, twice with the same result",
        run: configuration::parser,
        seeds: seeds::files,
    },
    Target {
        name: "printer",
        doc: "the canonical form of a file is a fixed point and means the same",
        run: configuration::printer,
        seeds: seeds::files,
    },
    Target {
        name: "check",
        doc: "one file judged against a machine; every message rendered in every way",
        run: configuration::check,
        seeds: seeds::files,
    },
    Target {
        name: "pair",
        doc: "two files compared, and the flip proof where it is small",
        run: configuration::pair,
        seeds: seeds::pairs,
    },
    Target {
        name: "advert",
        doc: "VRRP messages of both versions and families; what is read is written the same",
        run: packets::advert,
        seeds: seeds::adverts,
    },
    Target {
        name: "authentication",
        doc: "IP header, authentication header and HMAC trailer",
        run: packets::authentication,
        seeds: seeds::packets,
    },
    Target {
        name: "receive",
        doc: "packets of any content to running instances of every kind",
        run: packets::receive,
        seeds: seeds::packets,
    },
    Target {
        name: "frames",
        doc: "ARP, neighbour advertisement and IPv4 header of any address",
        run: packets::frames,
        seeds: seeds::packets,
    },
    Target {
        name: "netlink",
        doc: "datagrams of the kernel: links, addresses, routes, rules, sockets",
        run: processes::netlink,
        seeds: seeds::datagrams,
    },
    Target {
        name: "messages",
        doc: "what the supervisor and the VRRP process say to each other",
        run: processes::messages,
        seeds: seeds::messages,
    },
    Target {
        name: "snapshot",
        doc: "state of an earlier process, and an engine that carries on from it",
        run: processes::snapshot,
        seeds: seeds::snapshots,
    },
];

/// The target of that name.
pub fn target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}
