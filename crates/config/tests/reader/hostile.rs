//! Input that is out to harm, and much of it.

use proptest::prelude::*;
use vipd_config::diagnostic::{Consequence, codes};
use vipd_config::files::{DiskFiles, MemoryFiles};
use vipd_config::line::{Line, Span};
use vipd_config::reader::{Environment, Limits, Reading, read};
use vipd_config::script_words::split_command;

use super::print::{environment, read_files, read_text};

fn small() -> Environment {
    Environment {
        limits: Limits {
            lines: 5_000,
            bytes: 1 << 20,
            work: 20_000,
            diagnostics: 100,
        },
        ..environment()
    }
}

#[track_caller]
fn ends_with_too_much(files: &[(&str, &str)]) -> Reading {
    let reading = read_files(files, &small());
    let found = reading
        .diagnostics
        .iter()
        .find(|diagnostic| diagnostic.code == "too-much");
    assert_eq!(
        found.map(|diagnostic| diagnostic.consequence),
        Some(Consequence::Refuses(2))
    );
    reading
}

#[test]
fn generators_without_measure_are_stopped() {
    ends_with_too_much(&[("/etc/k.conf", "~SEQ(V,1,99999999999) x\n")]);
    ends_with_too_much(&[("/etc/k.conf", "~SEQ(V,1,99999999999) @none x\n")]);
    ends_with_too_much(&[("/etc/k.conf", "~SEQ(V,1,99999999999) $A=x\n")]);
    ends_with_too_much(&[(
        "/etc/k.conf",
        "~SEQ(V,1,99999999999) ~SEQ(W,1,99) ~SEQ(X,x) y\n",
    )]);
    let nested = "~SEQ(V,1,10) ".repeat(60) + "x\n";
    ends_with_too_much(&[("/etc/k.conf", &nested)]);
}

#[test]
fn definitions_without_measure_are_stopped() {
    ends_with_too_much(&[("/etc/k.conf", "$G=~SEQ(V,1,9) $G\n$G\n")]);
    ends_with_too_much(&[("/etc/k.conf", "$L=a \\\n$L \\\n$L \\\n$L\n$L\n")]);
    ends_with_too_much(&[("/etc/k.conf", "$A=${B}\n$B=${A}\n~SEQ(V,1,99999) ${A}\n")]);
}

#[test]
fn includes_without_measure_are_stopped() {
    let names: Vec<String> = (0..12).map(|number| format!("/etc/d/{number}")).collect();
    let mut files = vec![("/etc/k.conf", "include d/*\n")];
    files.extend(names.iter().map(|name| (name.as_str(), "include *\n")));
    ends_with_too_much(&files);
}

#[test]
fn messages_without_measure_are_cut_off() {
    let reading = read_files(&[("/etc/k.conf", "~SEQ(V,1,500) include x$V\n")], &small());
    assert_eq!(reading.diagnostics.len(), 101);
    assert_eq!(reading.diagnostics[100].code, "too-many-messages");
}

#[test]
fn every_instance_of_a_full_network_is_read() {
    let body =
        "interface eth0 \\\n virtual_router_id ${A} \\\n virtual_ipaddress { 10.$A.$B } \\\n }\n";
    let text =
        format!("$BODY={body}~SEQ(A,1,254) ~SEQ(B,1,256) vrrp_instance V${{A}}_$B {{ $BODY\n");
    let reading = read_text(&text);
    let opens = |line: &Line<'_>| matches!(line, Line::Statement { words, .. } if words[0].text == "vrrp_instance");
    let instances = reading.lines.iter().filter(|line| opens(line)).count();
    assert_eq!(instances, 65_024);
    assert!(
        reading
            .diagnostics
            .iter()
            .all(|diagnostic| diagnostic.code == "unbraced-reference")
    );
}

/// Every span must point into its file, every code must be explained.
fn check_reading(reading: &Reading) {
    let check = |span: Span| {
        if span.column == 0 {
            return;
        }
        let line = reading.sources.line(span.file, span.line).unwrap();
        let start = span.column as usize - 1;
        assert!(
            line.get(start..start + span.len as usize).is_some(),
            "{span:?} {line:?}"
        );
    };
    for line in reading.lines.iter() {
        check(line.span());
        if let Line::Statement { words, raw, .. } = line {
            for word in &words {
                check(word.span);
            }
            let _: Result<_, _> = split_command(raw);
        }
    }
    for diagnostic in &reading.diagnostics {
        assert!(
            codes::find(diagnostic.code).is_some(),
            "{}",
            diagnostic.code
        );
        if let Some(span) = diagnostic.span {
            check(span);
        }
        for (span, _) in &diagnostic.labels {
            check(*span);
        }
    }
}

/// Text made of what means something to the reader.
fn fragments() -> impl Strategy<Value = String> {
    let fragment = prop::sample::select(vec![
        "a",
        "global_defs",
        " ",
        "\t",
        "\n",
        "\r\n",
        "{",
        "}",
        "\"",
        "'",
        "#",
        "!",
        "\\",
        "\\#",
        "$",
        "$A",
        "${A}",
        "$A=",
        "$B=${A}",
        "${B}",
        "\\\n",
        "@host ",
        "@^host ",
        "@",
        "~SEQ(A,1,3) ",
        "~SEQ(B,3) ",
        "~LST({A,B},{x,y},{z}) ",
        "~SEQ",
        "(",
        ")",
        ",",
        "${_RANDOM 1 5}",
        "${_HASH}",
        "${_PWD}",
        "include x",
        "include *",
        "includea {x,y}",
        "include_check +match",
        "é",
        "\u{3000}",
        "\u{feff}",
        "\0",
        "0x",
        "-1",
        "script \"",
    ]);
    prop::collection::vec(fragment, 0..80).prop_map(|fragments| fragments.concat())
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..3000)) {
        let reading = read(&MemoryFiles::single("/f", bytes), "/f", &small());
        check_reading(&reading);
    }

    #[test]
    fn arbitrary_fragments_are_read(first in fragments(), second in fragments()) {
        let files = [("/etc/k.conf", first.as_str()), ("/etc/x", second.as_str())];
        let reading = read_files(&files, &small());
        check_reading(&reading);
    }

    #[test]
    fn arbitrary_patterns_are_expanded(pattern in "[a{},*?\\[\\]!/\\\\-]{0,40}") {
        let mut files = MemoryFiles::new();
        files.add("/a/a", "x").add("/a/!", "y").add("/{}", "z");
        let reading = read(&files, &pattern, &small());
        check_reading(&reading);
    }
}

/// Files of real users, which lie beside the repository on machines that have them.
#[test]
fn configurations_of_real_users_are_read() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus");
    let Ok(entries) = std::fs::read_dir(root) else {
        return;
    };
    for entry in entries {
        let path = entry
            .unwrap()
            .path()
            .into_os_string()
            .into_string()
            .unwrap();
        let reading = read(&DiskFiles, &path, &environment());
        assert!(
            !reading.lines.is_empty() || path.ends_with(".verdict"),
            "{path}"
        );
        check_reading(&reading);
    }
}
