//! Physical lines, comments, quotes, words, braces, conditionals.

use expect_test::expect;

use super::print::{check, print, print_origins, read_files, read_text};

#[test]
fn blocks_and_words() {
    check(
        "a b\tc {\n d\n}\n\ne {f g}h{\n}\n",
        &expect![[r#"
        1: a b c {
        2: d
        3: }
        5: e {
        5: f g
        5: }
        5: h {
        6: }
    "#]],
    );
}

#[test]
fn every_blank_separates_and_line_ends_may_be_crlf() {
    check(
        "a\tb\x0bc\x0cd\re\r\nf\r\n \t\r\ng",
        &expect![[r#"
        1: a b c d e
        2: f
        4: g
    "#]],
    );
}

#[test]
fn braces_split_lines_anywhere_outside_quotes() {
    check(
        "a { b c }\n",
        &expect![[r#"
        1: a {
        1: b c
        1: }
    "#]],
    );
    check(
        "8082{ x }}y\n{\n{{\n} {\n",
        &expect![[r#"
        1: 8082 {
        1: x
        1: }
        1: }
        1: y
        2: {
        3: {
        3: {
        4: }
        4: {
    "#]],
    );
    check(
        "a}b\nc{d{e}}f\n\"g{h\" i\n'j { k'\n",
        &expect![[r#"
        1: a
        1: }
        1: b
        2: c {
        2: d {
        2: e
        2: }
        2: }
        2: f
        3: "g{h" i
        4: 'j {
        4: k'
    "#]],
    );
}

#[test]
fn comments_begin_anywhere_outside_quotes() {
    check(
        "virtual_router_id 51#x\npass!word\n! all\n   # all\na \"b # c ! d\" e # f\ng # \"h\n",
        &expect![[r#"
            1: virtual_router_id 51
            2: pass
            5: a "b # c ! d" e
            6: g
        "#]],
    );
}

#[test]
fn escaped_comment_signs_survive_only_where_the_parent_reads() {
    check(
        "global_defs {\n router_id a\\#b # c\n x \"y\\#z\"\n}\nblock {\n router_id a\\#b # c\n}\n\
         net_namespace a\\!b\nvrrp_instance a\\#b {\n",
        &expect![[r#"
            1: global_defs {
            2: router_id a#b
            3: x "y\\#z"
            4: }
            5: block {
            6: router_id a
            7: }
            8: net_namespace a!b
            9: vrrp_instance a
            Hint escaped-comment 6: "\\#"
              `\#` begins a comment here, although it is escaped
            Hint escaped-comment 9: "\\#"
              `\#` begins a comment here, although it is escaped
        "#]],
    );
    check(
        "global_defs\n{\n a\\#b\n c { d\\#e }\n}\nf\\#g\n",
        &expect![[r#"
            1: global_defs
            2: {
            3: a#b
            4: c {
            4: d#e
            4: }
            5: }
            6: f
            Hint escaped-comment 6: "\\#"
              `\#` begins a comment here, although it is escaped
        "#]],
    );
}

#[test]
fn a_quote_ends_the_word_before_it() {
    check(
        "a\"b c\"d\nscript\"/x\"\nempty \"\" x\n'100' it's\n\\\"a\\ b\n",
        &expect![[r#"
            1: a "b c" d
            2: script "/x"
            3: empty "" x
            4: '100' it's
            5: \ "a\\ b"
            General unterminated-quote 5: "\"a\\ b"
              quote is not closed; the rest of the line is one word
        "#]],
    );
}

#[test]
fn an_open_quote_takes_the_rest_of_the_line() {
    check(
        "script \"/bin/x # no comment }\nnext\na { b \"c }\n@other \"d\n$V=\"e\n",
        &expect![[r#"
            1: script "/bin/x # no comment }"
            2: next
            3: a {
            3: b "c }"
            General unterminated-quote 1: "\"/bin/x # no comment }"
              quote is not closed; the rest of the line is one word
            General unterminated-quote 3: "\"c }"
              quote is not closed; the rest of the line is one word
            General unterminated-quote 4: "\"d"
              quote is not closed; the rest of the line is one word
            General unterminated-quote 5: "\"e"
              quote is not closed; the rest of the line is one word
        "#]],
    );
}

#[test]
fn raw_text_is_what_stood_there_without_the_brace() {
    let reading = read_text("$A=b\nscript  \"${A} c\"  'd' {\n");
    let vipd_config::line::Line::Statement { raw, .. } = reading.lines.get(0).unwrap() else {
        panic!("{:?}", reading.lines);
    };
    assert_eq!(raw, "script  \"b c\"  'd'");
}

#[test]
fn a_nul_byte_drops_its_line() {
    check(
        "a\nb\0c\nd\n",
        &expect![[r#"
        1: a
        3: d
        General nul-byte 2:
          NUL byte in the line, which is left out
    "#]],
    );
}

#[test]
fn too_long_lines_lose_each_full_piece() {
    let longest = format!("a {}\n", "x".repeat(1021));
    assert!(read_text(&longest).diagnostics.is_empty());
    check(
        &format!("a {}b c\nd\n", "x".repeat(1021)),
        &expect![[r#"
            1: b c
            2: d
            General line-too-long 1: "b c"
              line of 1026 bytes is too long: the first 1023 are left out, and the rest is taken as a line of its own
        "#]],
    );
    check(
        &format!("a {}b c\n", "é".repeat(1025)),
        &expect![[r#"
            1: éééb c
            General line-too-long 1: "éééb c"
              line of 2055 bytes is too long: the first 2046 are left out, and the rest is taken as a line of its own
        "#]],
    );
    check(
        &format!("a # {}b c\n", "x".repeat(1019)),
        &expect![[r#"
            1: b c
            General line-too-long 1: "b c"
              line of 1026 bytes is too long: the first 1023 are left out, with the words before the comment, and the end of the comment is taken as configuration
        "#]],
    );
}

#[test]
fn bytes_that_are_no_utf8_count_as_they_stand() {
    let mut bytes = b"# ".to_vec();
    bytes.extend([0xff; 1021]);
    bytes.extend(b"\na \xff b\n");
    let reading = vipd_config::reader::read(
        &vipd_config::files::MemoryFiles::single("/etc/k.conf", bytes),
        "/etc/k.conf",
        &super::print::environment(),
    );
    expect![[r#"
        2: a � b
    "#]]
    .assert_eq(&print(&reading));
}

#[test]
fn what_only_looks_like_a_blank_or_a_quote_is_named() {
    check(
        "\u{feff}global_defs {\n  router_id\u{a0}x\n script “/bin/x”\n # “ok”\n}\n",
        &expect![[r#"
            1: ﻿global_defs {
            2: router_id x
            3: script “/bin/x”
            5: }
            Hint byte-order-mark 1: "\u{feff}"
              the file begins with a byte order mark, which becomes part of the first word
            Hint look-alike 2: "\u{a0}"
              U+00A0 (no-break space) is an ordinary character here, not ` `
            Hint look-alike 3: "“"
              U+201C (left double quotation mark) is an ordinary character here, not `"`
        "#]],
    );
}

#[test]
fn conditionals_keep_or_drop_the_rest() {
    check(
        "@host a\n@other b\n@^host c\n@^other d\n@host\n@^other\n@ host e\n@^ f\n  @host   g {\n\
         @other }\n@host }\n@hosts h\n",
        &expect![[r#"
            1: a
            4: d
            8: f
            9: g {
            11: }
        "#]],
    );
}

#[test]
fn only_the_first_conditional_of_a_line_is_tested() {
    check(
        "@host @host a\n$C=@host\n$C b\n$D=@other c\n$D\n@host $E=e\n@other $E=f\n$E\n",
        &expect![[r#"
            1: @host a
            3: @host b
            5: @other c
            8: e
        "#]],
    );
}

#[test]
fn spans_point_at_the_source() {
    let reading = read_files(
        &[
            (
                "/etc/k.conf",
                "  a \"b c\" d { e }  # f\n@host g $H\n$A=x y\nk ${A}z \"$A \" {\n}\n\
                 ~SEQ(V,1,1) m$V { n${V}o }\n$M=p \\\n  q r\ns $M\ninclude sub/*.conf\n",
            ),
            ("/etc/sub/t.conf", "é u\\#v\nglobal_defs { w\\#x y }"),
        ],
        &super::print::environment(),
    );
    expect![[r#"
        a b c="b c" d | a "b c" d
        e | e
        | }
        g $H | g $H
        k x=${A} yz=${A}z x y ="$A " | k ${A}z "$A "
        | }
        m1=m$V | m$V
        n1o=n${V}o | n${V}o
        | }
        s p=$M | s $M
        q=$M r=$M | $M
        é u | é u
        global_defs | global_defs
        w#x=w\#x y | w\#x y
        | }
    "#]]
    .assert_eq(&print_origins(&reading));
}
