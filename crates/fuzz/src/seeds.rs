//! Bytes to begin with: the project's own cases, and packets and messages that it makes itself.

use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use vipd_config::Host;
use vipd_config::files::MemoryFiles;
use vipd_config::load;
use vipd_config::reader::Environment;
use vipd_daemon::messages::{FromVrrp, ToVrrp, VrrpOptions, encode};
use vipd_engine::input::ScriptOutcome;
use vipd_engine::vrrp::Snapshot;
use vipd_engine::wire::advert::{Addresses, Advert, Body, Cover};
use vipd_engine::wire::hmac::{self, Trailer};
use vipd_engine::wire::{PROTOCOL_AH, PROTOCOL_VRRP, ah, ipv4};
use vipd_engine::{Effect, Input, Instant};

use crate::packets::{INSTANCES, configured};

/// Files of configuration: all cases.
pub(crate) fn files() -> Vec<Vec<u8>> {
    let mut found = vec![INSTANCES.as_bytes().to_vec()];
    for folder in [
        "config/tests/cases",
        "config/tests/pair",
        "vipd/tests/together",
    ] {
        found.extend(texts(folder));
    }
    found
}

/// Several files in one, divided by NUL bytes.
pub(crate) fn languages() -> Vec<Vec<u8>> {
    let texts = [
        "include /etc/a.conf\ninclude /etc/d/*.conf\nvrrp_instance V {\n}\n\0$A=1\n\0x ${A}\n\0a\0v",
        "$I=vrrp_instance I_${I} { \\\ninterface eth${I} \\\n} \\\n}\n~SEQ(I,0,255) $I\n\0\0\0\0",
        "~LST({A,B},{a,b},{\"c\",d}) x ${A} ${B}\n~SEQx(C,0,0x10,0xff) ${C}\n\0\0\0n1\0",
        "@n1 a ${_ENV V}\n@^n1 b ${_PWD} ${_INSTANCE} ${_RANDOM 1 9} ${_HASH} ${_BANG}\n\0\0\0n1\0v",
        "global_defs {\ninclude_check wildcard\nrandom_seed 5\n}\nincluder a.conf\nincludeb x\n\0{\0}\0\0",
        "a \"b # c\" d\\#e ! f\n$X=$X $X\n$X\n\0include k.conf\n\0\0\0",
    ];
    let mut found: Vec<Vec<u8>> = texts.map(|text| text.as_bytes().to_vec()).into();
    found.extend(files());
    found
}

/// Two files in one, divided by a NUL byte: each with itself, and each with the next.
pub(crate) fn pairs() -> Vec<Vec<u8>> {
    let files = files();
    let next = files.iter().skip(1).chain(files.first());
    let twins = files.iter().map(|file| [file.as_slice(), file].join(&0));
    let pairs = files
        .iter()
        .zip(next)
        .map(|(a, b)| [a.as_slice(), b].join(&0));
    twins.chain(pairs).collect()
}

/// VRRP messages of both versions and families.
pub(crate) fn adverts() -> Vec<Vec<u8>> {
    let v4 = |count: u8| Addresses::V4((0..count).map(|n| [10, 0, 0, n].into()).collect());
    let v6 = |count: u16| {
        Addresses::V6(
            (0..count)
                .map(|n| [0xfe80, 0, 0, 0, 0, 0, 0, n].into())
                .collect(),
        )
    };
    let old = Body::V2 {
        auth_type: 1,
        seconds: 1,
        auth_data: *b"1234\0\0\0\0",
    };
    let new = Body::V3 { centiseconds: 100 };
    [
        (old, v4(2)),
        (old, v6(2)),
        (new, v4(1)),
        (new, v4(255)),
        (new, v6(3)),
        (new, v4(0)),
    ]
    .map(|(body, addresses)| {
        let advert = Advert {
            vrid: 1,
            priority: 100,
            body,
            addresses,
        };
        let mut bytes = Vec::new();
        advert.emit(Cover::Message, &mut bytes);
        bytes
    })
    .into()
}

/// Whole packets, as the target `receive` takes them.
pub(crate) fn packets() -> Vec<Vec<u8>> {
    let source = Ipv4Addr::new(10, 0, 0, 2);
    let mut found = Vec::new();
    for message in adverts() {
        let (mut plain, mut under, mut signed) = (Vec::new(), Vec::new(), message.clone());
        let trailer = Trailer {
            key: 1,
            stamp: 1_700_000_000 << 32,
        };
        let key: Vec<u8> = (0..32).collect();
        hmac::sign(&key, trailer, IpAddr::V4(source), &mut signed);
        header(source, PROTOCOL_VRRP, message.len(), &mut plain);
        plain.extend_from_slice(&message);
        header(
            source,
            PROTOCOL_AH,
            message.len() + ah::HEADER_BYTES,
            &mut under,
        );
        ah::emit(source, 1, &mut under);
        under.extend_from_slice(&message);
        ah::sign(*b"secret\0\0", false, &mut under, ipv4::HEADER_BYTES);
        let mut by_key = Vec::new();
        header(source, PROTOCOL_VRRP, signed.len(), &mut by_key);
        by_key.extend_from_slice(&signed);
        for packet in [plain, under, by_key, message] {
            for kind in 0..4 {
                let length = u16::try_from(packet.len()).unwrap_or(u16::MAX);
                let mut seed = vec![kind];
                seed.extend(length.to_be_bytes());
                seed.extend_from_slice(&packet);
                found.push(seed.repeat(2));
            }
        }
    }
    found
}

fn header(source: Ipv4Addr, protocol: u8, payload: usize, out: &mut Vec<u8>) {
    let total = ipv4::HEADER_BYTES + payload;
    let header = ipv4::Header {
        header_bytes: ipv4::HEADER_BYTES,
        total_bytes: u16::try_from(total).unwrap_or(u16::MAX),
        ttl: 255,
        protocol,
        source,
        destination: Ipv4Addr::new(224, 0, 0, 18),
    };
    ipv4::emit(&header, 1, out);
}

/// Datagrams as the kernel sends them: a link, addresses, a route, a rule, the end of a socket.
pub(crate) fn datagrams() -> Vec<Vec<u8>> {
    let attribute = |kind: u16, value: &[u8]| {
        let length = u16::try_from(value.len() + 4).unwrap_or(u16::MAX);
        let mut bytes = [length.to_ne_bytes(), kind.to_ne_bytes()].concat();
        bytes.extend_from_slice(value);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    };
    let message = |kind: u16, parts: &[&[u8]]| {
        let body = parts.concat();
        let length = u32::try_from(body.len() + 16).unwrap_or(u32::MAX);
        let mut bytes = length.to_ne_bytes().to_vec();
        bytes.extend(kind.to_ne_bytes());
        bytes.extend([0; 10]);
        bytes.extend(body);
        bytes
    };
    let name = attribute(3, b"eth0\0");
    let mac = attribute(1, &[2, 0, 0, 0, 0, 1]);
    let mtu = attribute(4, &1500_u32.to_ne_bytes());
    let link = [
        &[0; 4][..],
        &2_u32.to_ne_bytes(),
        &[0x43, 0x10, 1, 0],
        &[0; 4],
        &name,
        &mac,
        &mtu,
    ];
    let v4 = [
        &[2, 24, 0x80, 0, 2, 0, 0, 0][..],
        &attribute(1, &[10, 0, 0, 1]),
    ];
    let local = attribute(2, &[10, 0, 0, 1]);
    let v6 = [
        &[10, 64, 0x80, 0, 2, 0, 0, 0][..],
        &attribute(1, &[0xfd; 16]),
        &local,
    ];
    let route = [
        &[2, 24, 0, 0, 254, 3, 0, 1, 0, 0, 0, 0][..],
        &attribute(1, &[10, 1, 0, 0]),
        &mtu,
    ];
    let rule = [
        &[10, 64, 64, 0, 254, 0, 0, 1, 0, 0, 0, 0][..],
        &attribute(1, &[0xfd; 16]),
        &mtu,
    ];
    let mut found = vec![
        message(16, &link),
        message(17, &link),
        message(20, &v4),
        message(21, &v6),
        message(25, &route),
        message(33, &rule),
        message(20, &[&[2; 76]]),
        message(2, &[&[0; 4]]),
    ];
    found.push(found.concat());
    found
}

/// Streams of messages; the first byte says how they are cut.
pub(crate) fn messages() -> Vec<Vec<u8>> {
    let files = MemoryFiles::single("/k.conf", INSTANCES);
    let environment = Environment::default();
    let config = load(&files, "/k.conf", &environment, &Host::unknown("a")).config;
    let outcome = ScriptOutcome::Exited(0);
    let restored = states();
    let mut found: Vec<_> = [
        encode(&ToVrrp::Configure {
            config: config.clone().into(),
            restored: restored.clone(),
            changed: Vec::new(),
            options: VrrpOptions::default(),
            watched: Vec::new(),
        }),
        encode(&ToVrrp::Reconfigure {
            config: config.into(),
            watched: Vec::new(),
        }),
        encode(&ToVrrp::Script {
            script: "c".to_owned(),
            outcome,
        }),
        encode(&ToVrrp::Status { clear: true }),
        encode(&ToVrrp::Stop),
        encode(&FromVrrp::Ready),
        encode(&FromVrrp::Trouble("no".to_owned())),
        encode(&FromVrrp::Status(crate::packets::running().status())),
    ]
    .into_iter()
    .flatten()
    .collect();
    found.extend(
        restored
            .into_iter()
            .flat_map(|one| encode(&FromVrrp::Save(Box::new(one)))),
    );
    for bytes in &mut found {
        bytes.insert(0, 7);
    }
    found
}

/// Encoded states.
pub(crate) fn snapshots() -> Vec<Vec<u8>> {
    let states = states();
    states.iter().flat_map(postcard::to_allocvec).collect()
}

/// States that instances of every kind have while they become masters.
fn states() -> Vec<Snapshot> {
    let mut router = configured();
    let mut effects = Vec::new();
    router.handle(
        Instant(1),
        Input::Start {
            restored: Vec::new(),
        },
        &mut effects,
    );
    for _ in 0..12 {
        let Some((at, _)) = router.deadline() else {
            break;
        };
        router.handle(at, Input::Tick, &mut effects);
    }
    let states = effects.into_iter().filter_map(|effect| match effect {
        Effect::Save(state) => Some(*state),
        Effect::Send(_)
        | Effect::AddAddresses { .. }
        | Effect::RemoveAddresses { .. }
        | Effect::AddRouting { .. }
        | Effect::RemoveRouting { .. }
        | Effect::Refuse { .. }
        | Effect::Accept { .. }
        | Effect::MakeLink(_)
        | Effect::RemoveLink(_)
        | Effect::Announce(_)
        | Effect::Report(_)
        | Effect::SocketsChanged
        | Effect::Stopped => None,
    });
    states.take(20).collect()
}

/// Texts of the cases in a folder and those in it, in order of their names.
fn texts(folder: &str) -> Vec<Vec<u8>> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(crates.join(folder))
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "conf"))
        .collect();
    paths.sort();
    paths.iter().flat_map(std::fs::read).collect()
}
