//! `include` and its strict forms, the argument of `-f`.

use std::fmt::Write;

use expect_test::expect;
use vipd_config::diagnostic::Consequence;
use vipd_config::files::{DiskFiles, MemoryFiles};
use vipd_config::reader::{Environment, read};

use super::print::{check, check_files, environment, print, read_files};

#[test]
fn includes_are_relative_to_the_file_that_includes() {
    check_files(
        &[
            ("/etc/k.conf", "a {\n include sub/one.conf\n}\nz\n"),
            (
                "/etc/sub/one.conf",
                "one {\ninclude two.conf\ninclude /etc/three.conf\n}\n",
            ),
            ("/etc/sub/two.conf", "two"),
            ("/etc/three.conf", "three\n"),
        ],
        &expect![[r#"
            1: a {
            /etc/sub/one.conf:1: one {
            /etc/sub/two.conf:1: two
            /etc/three.conf:1: three
            /etc/sub/one.conf:4: }
            3: }
            4: z
        "#]],
    );
}

#[test]
fn patterns_are_sorted_within_each_part_of_a_brace() {
    check_files(
        &[
            (
                "/etc/k.conf",
                "include conf.d/{z,a*}.conf\ninclude conf.d/?2.conf\n",
            ),
            ("/etc/conf.d/a2.conf", "a2"),
            ("/etc/conf.d/a10.conf", "a10"),
            ("/etc/conf.d/z.conf", "z"),
            ("/etc/conf.d/a.txt", "txt"),
        ],
        &expect![[r#"
            /etc/conf.d/z.conf:1: z
            /etc/conf.d/a10.conf:1: a10
            /etc/conf.d/a2.conf:1: a2
            /etc/conf.d/a2.conf:1: a2
        "#]],
    );
}

#[test]
fn the_rest_of_the_line_is_the_name() {
    check_files(
        &[
            (
                "/etc/k.conf",
                "include \"x\"\ninclude x y\ninclude x {\na { include x }\ninclude ~/x\n\
                 include\tx # c\ninclude\nincludes x\nINCLUDE x\n",
            ),
            ("/etc/x", "x"),
        ],
        &expect![[r#"
            4: a {
            /etc/x:1: x
            7: include
            8: includes x
            9: INCLUDE x
            Notice include-missing 1: "\"x\""
              no file `"x"`
            Notice include-missing 2: "x y"
              no file `x y`
            Notice include-missing 3: "x {"
              no file `x {`
            Notice include-missing 4: "x }"
              no file `x }`
            Notice include-missing 5: "~/x"
              no file `~/x`
        "#]],
    );
}

#[test]
fn definitions_and_conditionals_cross_files() {
    check_files(
        &[
            (
                "/etc/k.conf",
                "$A=1\n@host include x\n@other include y\n$B\ninclude ${F}\n",
            ),
            ("/etc/x", "a$A\n$B=2\n$F=z\n"),
            ("/etc/z", "z$B\n"),
        ],
        &expect![[r#"
            /etc/x:1: a1
            4: 2
            /etc/z:1: z2
        "#]],
    );
}

#[test]
fn executables_directories_and_unreadable_files_are_left_out() {
    check_files(
        &[
            ("/etc/k.conf", "include d/*\na\n"),
            ("/etc/d/1!", "executable"),
            ("/etc/d/2?", "unreadable"),
            ("/etc/d/3/x", "directory"),
            ("/etc/d/4", "fine"),
        ],
        &expect![[r#"
            /etc/d/4:1: fine
            2: a
            Notice include-not-a-file 1: "d/*"
              `/etc/d/1` is executable (mode 0755) and is not read as configuration
            Notice include-unreadable 1: "d/*"
              `/etc/d/2` cannot be read: permission denied
            Notice include-not-a-file 1: "d/*"
              `/etc/d/3` is a directory and is not read
        "#]],
    );
}

/// The table of strictness as keepalived 2.2.7 shows it: 6 when the daemon does not start.
#[test]
fn each_word_insists_on_its_own() {
    let patterns = [
        "none",
        "no*",
        "two",
        "{two,none}",
        "{none,nope}",
        "exe",
        "dir",
        "*",
        "{*.zz,two}",
        "{none,*.zz}",
        "{*.zz,*.yy}",
        "nodir/*",
        "no*/x",
        "*/none",
        "{two",
    ];
    let mut table = String::new();
    for word in [
        "include", "includer", "includem", "includew", "includeb", "includea",
    ] {
        write!(table, "{word}:").unwrap();
        for pattern in patterns {
            let text = format!("{word} i/{pattern}\n");
            let refused = refused(&text, &environment());
            write!(table, " {pattern}={}", if refused { 6 } else { 0 }).unwrap();
        }
        table.push('\n');
    }
    expect![[r#"
        include: none=0 no*=0 two=0 {two,none}=0 {none,nope}=0 exe=0 dir=0 *=0 {*.zz,two}=0 {none,*.zz}=0 {*.zz,*.yy}=0 nodir/*=0 no*/x=0 */none=0 {two=0
        includer: none=0 no*=0 two=0 {two,none}=0 {none,nope}=0 exe=6 dir=6 *=6 {*.zz,two}=0 {none,*.zz}=0 {*.zz,*.yy}=0 nodir/*=0 no*/x=0 */none=0 {two=0
        includem: none=6 no*=0 two=0 {two,none}=0 {none,nope}=0 exe=6 dir=6 *=6 {*.zz,two}=0 {none,*.zz}=0 {*.zz,*.yy}=0 nodir/*=6 no*/x=0 */none=6 {two=0
        includew: none=6 no*=6 two=0 {two,none}=0 {none,nope}=0 exe=6 dir=6 *=6 {*.zz,two}=0 {none,*.zz}=0 {*.zz,*.yy}=6 nodir/*=6 no*/x=6 */none=6 {two=0
        includeb: none=0 no*=0 two=0 {two,none}=6 {none,nope}=6 exe=6 dir=6 *=6 {*.zz,two}=0 {none,*.zz}=6 {*.zz,*.yy}=0 nodir/*=0 no*/x=0 */none=0 {two=6
        includea: none=6 no*=6 two=0 {two,none}=6 {none,nope}=6 exe=6 dir=6 *=6 {*.zz,two}=0 {none,*.zz}=6 {*.zz,*.yy}=6 nodir/*=6 no*/x=6 */none=6 {two=6
    "#]]
    .assert_eq(&table);
}

fn refused(text: &str, environment: &Environment) -> bool {
    let files = [
        ("/etc/k.conf", text),
        ("/etc/i/two", "two"),
        ("/etc/i/exe!", ""),
        ("/etc/i/dir/x", ""),
    ];
    read_files(&files, environment)
        .diagnostics
        .iter()
        .any(|diagnostic| diagnostic.consequence == Consequence::Refuses(6))
}

#[test]
fn include_check_makes_following_includes_insist() {
    let global =
        |words: &str| format!("global_defs {{\n include_check {words}\n}}\ninclude i/none\n");
    assert!(!refused("include i/none\n", &environment()));
    assert!(refused(&global("match"), &environment()));
    assert!(refused(&global("+match"), &environment()));
    assert!(!refused(&global("read"), &environment()));
    assert!(!refused(&global("+match -match"), &environment()));
    assert!(!refused(&global("match\n include_check"), &environment()));
    assert!(refused(
        &global("match\n include_check +read"),
        &environment()
    ));
    assert!(!refused(
        &global("match\n include_check read"),
        &environment()
    ));
    assert!(refused(
        &global("wildcard_match").replace("none", "no*"),
        &environment()
    ));
    assert!(refused(
        &global("brace_match").replace("none", "{two,none}"),
        &environment()
    ));
    assert!(!refused(
        "vrrp {\n include_check match\n}\ninclude i/none\n",
        &environment()
    ));
}

#[test]
fn all_includes_can_be_made_to_insist() {
    let strict = Environment {
        check_all_includes: true,
        ..environment()
    };
    assert!(refused("include i/none\n", &strict));
    assert!(refused("include i/exe\n", &strict));
    assert!(!refused("include i/two\n", &strict));
}

#[test]
fn a_file_that_includes_itself_is_read_once() {
    check_files(
        &[
            (
                "/etc/k.conf",
                "a\ninclude k.conf\ninclude ./../etc/k.conf\ninclude x\nb\n",
            ),
            ("/etc/x", "x\ninclude k.conf\n"),
        ],
        &expect![[r#"
            1: a
            /etc/x:1: x
            5: b
            General include-loop 2: "k.conf"
              `/etc/k.conf` includes itself; it is not read again here
            General include-loop 3: "./../etc/k.conf"
              `/etc/./../etc/k.conf` includes itself; it is not read again here
            General include-loop /etc/x:2: "k.conf"
              `/etc/k.conf` includes itself; it is not read again here
        "#]],
    );
}

#[test]
fn the_argument_of_f_is_a_pattern() {
    let mut files = MemoryFiles::new();
    files.add("/etc/a.conf", "a\n").add("/etc/b.conf", "b\n");
    files.add_with_mode("/etc/exe.conf", "", 0o755);
    let mut text = String::new();
    for pattern in [
        "etc/a.conf",
        "/etc/[ab].conf",
        "/etc/{a,b}.conf",
        "none",
        "/etc",
        "no*",
        "/etc/exe.conf",
    ] {
        let reading = read(&files, pattern, &environment());
        writeln!(text, "== {pattern}\n{}", print(&reading)).unwrap();
    }
    expect![[r#"
        == etc/a.conf
        etc/a.conf:1: a

        == /etc/[ab].conf
        /etc/a.conf:1: a
        /etc/b.conf:1: b

        == /etc/{a,b}.conf
        /etc/a.conf:1: a
        /etc/b.conf:1: b
        General several-configurations
          `/etc/{a,b}.conf` names several files, and all are read

        == none
        Notice no-configuration refuses 6
          no configuration file `none` can be read

        == /etc
        Notice include-not-a-file
          `/etc` is a directory and is not read
        Notice no-configuration refuses 6
          no configuration file `/etc` can be read

        == no*
        Notice no-configuration refuses 6
          no configuration file `no*` can be read

        == /etc/exe.conf
        Notice include-not-a-file
          `/etc/exe.conf` is executable (mode 0755) and is not read as configuration
        Notice no-configuration refuses 6
          no configuration file `/etc/exe.conf` can be read

    "#]]
    .assert_eq(&text);
}

#[test]
fn an_empty_file_is_fine() {
    check("", &expect![[""]]);
}

#[test]
fn text_from_standard_input_has_a_name_too() {
    let files = MemoryFiles::single("-", "a {\n");
    let reading = read(&files, "-", &environment());
    assert_eq!(
        reading
            .sources
            .name(reading.lines.get(0).unwrap().span().file),
        "-"
    );
}

#[test]
fn files_of_the_disk_are_read() {
    use std::os::unix::fs::PermissionsExt;

    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    std::fs::create_dir(path("sub")).unwrap();
    std::fs::write(path("k.conf"), "include sub/*\n").unwrap();
    std::fs::write(path("sub/a"), "a ${_PWD}\n").unwrap();
    std::fs::write(path("sub/b"), "b\n").unwrap();
    std::fs::set_permissions(path("sub/b"), PermissionsExt::from_mode(0o755)).unwrap();
    std::fs::create_dir(path("sub/c")).unwrap();
    let root = directory.path().to_str().unwrap();
    let reading = read(&DiskFiles, &format!("{root}/k.conf"), &environment());
    expect![[r#"
        ROOT/sub/a:1: a ROOT/sub
        Notice include-not-a-file ROOT/k.conf:1: "sub/*"
          `ROOT/sub/b` is executable (mode 0755) and is not read as configuration
        Notice include-not-a-file ROOT/k.conf:1: "sub/*"
          `ROOT/sub/c` is a directory and is not read
    "#]]
    .assert_eq(&print(&reading).replace(root, "ROOT"));
}

/// Unlike a file that is not there: `keepalived -t` fails with status 4.
#[test]
fn an_unreadable_file_is_more_than_a_notice() {
    check_files(
        &[("/etc/k.conf?", "a\n")],
        &expect![[r#"
        FileNotFound include-unreadable
          `/etc/k.conf` cannot be read: permission denied
        Notice no-configuration refuses 6
          no configuration file `/etc/k.conf` can be read
    "#]],
    );
}
