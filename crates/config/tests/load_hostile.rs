//! Whatever stands in a file, loading it ends, and ends without a crash.

use proptest::prelude::*;
use vipd_config::files::MemoryFiles;
use vipd_config::reader::Environment;
use vipd_config::reference::keywords;
use vipd_config::{Host, load};

/// Words of the language, and words that look like values.
fn word() -> impl Strategy<Value = String> {
    let names: Vec<String> = keywords()
        .iter()
        .map(|entry| entry.name.to_owned())
        .collect();
    let values = [
        "{",
        "}",
        "\n",
        "\n",
        "\n",
        "{\n",
        "}\n",
        "A",
        "0",
        "1",
        "255",
        "256",
        "-1",
        "-254",
        "0.001",
        "99999999999999999999",
        "1e9",
        "192.0.2.1",
        "192.0.2.1/24",
        "10.0.0.0/33",
        "::1",
        "fe80::1/64",
        "dev",
        "eth0",
        "brd",
        "+",
        "peer",
        "weight",
        "reverse",
        "\"",
        "\"a b\"",
        "'",
        "\\x",
        "</dev/tcp/h/1",
        "</x",
        "on",
        "é",
        "…",
        "=",
        "#",
        "!",
        "PASS",
        "MASTER",
        "fwmark",
        "label",
        "preferred_lft",
    ];
    prop_oneof![
        2 => proptest::sample::select(names),
        3 => proptest::sample::select(values.map(str::to_owned).to_vec()),
        1 => "\\PC{0,12}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_words_are_loaded(words in proptest::collection::vec(word(), 0..60)) {
        let text = words.join(" ");
        let files = MemoryFiles::single("/k.conf", text);
        let loaded = load(&files, "/k.conf", &Environment::default(), &Host::unknown("h"));
        let refused = loaded.starts().is_err();
        prop_assert!(refused || loaded.config.instances.iter().all(|instance| instance.vrid > 0));
        for diagnostic in &loaded.diagnostics {
            prop_assert!(!diagnostic.message.is_empty() && !diagnostic.message.ends_with('.'));
        }
    }

    #[test]
    fn an_instance_of_any_lines_is_loaded(lines in proptest::collection::vec((word(), word(), word()), 0..30)) {
        let lines: Vec<String> = lines.iter().map(|(a, b, c)| format!("{a} {b} {c}")).collect();
        let body = lines.join("\n");
        let text = format!("vrrp_instance A {{\ninterface eth0\nvirtual_router_id 7\n{body}\n}}\n");
        let files = MemoryFiles::single("/k.conf", text);
        let loaded = load(&files, "/k.conf", &Environment::default(), &Host::unknown("h"));
        for instance in &loaded.config.instances {
            prop_assert!(instance.priority > 0 && instance.down_timer_adverts > 0);
            prop_assert!(!instance.advert_interval.is_zero());
            prop_assert!(instance.addresses.len() <= 255);
        }
    }
}
