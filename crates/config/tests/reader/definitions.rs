//! `$NAME=VALUE`, multi-line values, standard definitions.

use expect_test::expect;
use vipd_config::files::MemoryFiles;
use vipd_config::line::Line;
use vipd_config::reader::{Environment, read};

use super::print::{check, check_files, read_text};

#[test]
fn references_are_replaced() {
    check(
        "$X=abc\na ${X}${X} $X,$X) $X\n\"${X}\" \"$X\" \"$X \"\n'$X' $X.1 $(X)\n$$X \\$X\n${X\n${ X }\n",
        &expect![[r#"
            2: a abcabc abc,abc) abc
            3: "abc" "$X" "abc "
            4: '$X' $X.1 $(X)
            5: $abc \abc
            6: $ {
            6: X
            7: $ {
            7: X
            7: }
            Hint unbraced-reference 3: "$X"
              `$X` is replaced only before a blank, `,`, `)` or the end of the line
            Hint undefined-reference 5: "$$X"
              `abc` is not defined, so the reference stays as text
        "#]],
    );
}

#[test]
fn definitions_begin_a_line_and_have_plain_names() {
    check(
        "$A=1\n  $B=2 3 # c\n$_C=4\n$1=x\n$D-E=x\n$F =x\nx $G=y\n$H=\nn${A} n${B} n${_C} h$H\n",
        &expect![[r#"
            4: $1=x
            5: $D-E=x
            6: $F =x
            7: x $G=y
            9: n1 n2 3 n4 h
            Hint undefined-reference 5: "$D"
              `D` is not defined, so the reference stays as text
            Hint undefined-reference 6: "$F"
              `F` is not defined, so the reference stays as text
            Hint undefined-reference 7: "$G"
              `G` is not defined, so the reference stays as text
        "#]],
    );
}

#[test]
fn values_keep_quotes_and_are_resolved_at_use() {
    check(
        "$A=\"x # y\" z\n${A}\n$B=${C} $C\n$C=1\n$B\n$C=2\n$B\n$E=$C$F\n$F= g\n$E\n",
        &expect![[r#"
            2: "x # y" z
            5: 1 1
            7: 2 2
            10: 2 g
        "#]],
    );
}

#[test]
fn values_may_hold_braces_includes_and_generators() {
    check_files(
        &[
            (
                "/etc/k.conf",
                "$B=kw { a }\n$B\n$I=include x.conf\n$I\n$G=~SEQ(V,1,2) t$V\n$G\n$D=$E=5\n$D\n$E\n",
            ),
            ("/etc/x.conf", "in ${B}\n"),
        ],
        &expect![[r#"
            2: kw {
            2: a
            2: }
            /etc/x.conf:1: in kw {
            /etc/x.conf:1: a
            /etc/x.conf:1: }
            6: t1
            6: t2
            9: 5
        "#]],
    );
}

#[test]
fn multi_line_values_are_fed_as_lines() {
    check(
        "$M=m1 x \\\n   m2 y \\\n # nothing\n  m3 z\npre $M\nk$M\n$M\nx $M y\nz\n",
        &expect![[r#"
            5: pre m1 x
            5: m2 y
            5: m3 z
            6: km1 x
            6: m2 y
            6: m3 z
            7: m1 x
            7: m2 y
            7: m3 z
            8: x $M y
            9: z
            Hint multi-line-reference 8: "$M"
              `M` has several lines, so it is replaced at the end of a line only
        "#]],
    );
}

#[test]
fn lines_of_a_multi_line_value_pass_all_stages() {
    check(
        "$S=1 \\\n @other a \\\n @host b { \\\n $T=4 \\\n ~SEQ(V,1,2) f$V \\\n }\n$S\n$T\n\
         $N=n1 $S \\\n n2\n$N\n",
        &expect![[r#"
            7: 1
            7: b {
            7: f1
            7: f2
            7: }
            8: 4
            11: n1 1
            11: b {
            11: f1
            11: f2
            11: }
            11: n2
        "#]],
    );
}

#[test]
fn a_multi_line_value_goes_on_after_its_file() {
    check_files(
        &[
            ("/etc/k.conf", "include x.conf\na\n$M\n$N=d \\"),
            ("/etc/x.conf", "$M=b \\\nc \\\n"),
        ],
        &expect![[r#"
            3: b
            3: c
            3: a
        "#]],
    );
}

#[test]
fn an_empty_line_ends_a_multi_line_value() {
    check(
        "$M=a \\\n \nb\n$M\n",
        &expect![[r#"
        3: b
        4: a
    "#]],
    );
}

#[test]
fn a_condition_holds_for_the_first_line_of_a_value_only() {
    check(
        "@other $M=a \\\n b\n@host $M=c \\\n @other d \\\n e\n$M\n",
        &expect![[r#"
            2: b
            6: c
            6: e
        "#]],
    );
}

#[test]
fn a_backslash_joins_lines_only_in_definitions() {
    check(
        "a \\\nb\n",
        &expect![[r#"
        1: a \
        2: b
    "#]],
    );
}

#[test]
fn expanded_text_is_searched_for_comments_again() {
    check(
        "$A=a\\#b\n${A} c\nx${_HASH}y\nx${_BANG}y z\n\"x${_HASH}y\" z\nglobal_defs {\nk\\#l $A\n}\n",
        &expect![[r##"
            2: a c
            3: x
            4: x
            5: "x#y" z
            6: global_defs {
            7: k
            8: }
            Hint escaped-comment 1: "\\#"
              `\#` begins a comment here, although it is escaped
            Hint comment-from-definition 3: "${_HASH}"
              what is put here has `#` or `!` in it, which begins a comment
            Hint comment-from-definition 4: "${_BANG}"
              what is put here has `#` or `!` in it, which begins a comment
            Hint comment-from-definition 7: "#"
              what is put here has `#` or `!` in it, which begins a comment
        "##]],
    );
}

#[test]
fn standard_definitions() {
    check_files(
        &[
            (
                "/etc/k.conf",
                "${_PWD} $_PWD ${_INSTANCE}\ninclude s/x\n${_PWD}\n",
            ),
            ("/etc/s/x", "${_PWD} ${_ENV SITE} ${_ENV NONE}x\n"),
        ],
        &expect![[r#"
            1: /etc /etc host
            /etc/s/x:1: /etc/s north x
            3: /etc
            Notice environment-variable-missing /etc/s/x:1: "${_ENV NONE}"
              environment variable `NONE` is not set; nothing is put here
        "#]],
    );
}

/// An end of line that comes from outside separates words; it begins no statement.
#[test]
fn standard_definitions_are_part_of_one_line() {
    let files = MemoryFiles::single("/k.conf", b"a ${_INSTANCE} ${_ENV V}\n".to_vec());
    let mut environment = Environment {
        config_id: "b\nc".to_owned(),
        ..Environment::default()
    };
    environment
        .variables
        .insert("V".to_owned(), "d\n}\ne".to_owned());
    let reading = read(&files, "/k.conf", &environment);
    let Line::Statement { words, .. } = reading.lines.iter().next().unwrap() else {
        panic!("{:?}", reading.lines);
    };
    let words: Vec<&str> = words.iter().map(|word| word.text).collect();
    assert_eq!(words, ["a", "b", "c", "d"]);
}

#[test]
fn random_numbers_are_in_range_and_follow_the_seed() {
    let first = read_text("~SEQ(V,1,200) ${_RANDOM 5 7} ${_RANDOM}\n");
    for line in first.lines.iter() {
        let Line::Statement { words, .. } = &line else {
            panic!("{line:?}");
        };
        let small: u32 = words[0].text.parse().unwrap();
        let large: u32 = words[1].text.parse().unwrap();
        assert!((5..=7).contains(&small) && large <= 32767);
    }
    let seeded = |seed: u32| {
        read_text(&format!(
            "global_defs {{\n random_seed {seed}\n}}\n~SEQ(V,1,5) ${{_RANDOM}}\n"
        ))
        .lines
        .iter()
        .skip(3)
        .map(|line| format!("{line:?}"))
        .collect::<Vec<_>>()
    };
    assert_eq!(seeded(1), seeded(1));
    assert_ne!(seeded(1), seeded(2));
    check(
        "${_RANDOM 9 7} ${_RANDOM -3 -3}\n${_RANDOM x}z\n",
        &expect![[r#"
            1: 9 -3
            2: 10754z
            General bad-random 1: "${_RANDOM 9 7}"
              `${_RANDOM MIN MAX}` has no number from 9 to 7; 9 is used
            General bad-random 2: "${_RANDOM x}"
              `${_RANDOM MIN MAX}` needs two numbers
        "#]],
    );
}

#[test]
fn undefined_references_stay_and_are_named() {
    check(
        "a $HOST ${HOST}\n$HOTS=1\nb $HOST $1 $\n",
        &expect![[r#"
        1: a $HOST $ {
        1: HOST
        1: }
        3: b $HOST $1 $
        Hint undefined-reference 1: "$HOST"
          `HOST` is not defined, so the reference stays as text
    "#]],
    );
}

#[test]
fn definitions_that_refer_to_themselves_end() {
    check(
        "$A=${B}\n$B=${A}\nx $A\nnext\n",
        &expect![[r#"
        3: x $ {
        3: B
        3: }
        4: next
        General endless-definition 3: "x $A"
          definitions here refer to each other without end; they are not followed further
    "#]],
    );
    let reading = read_text("$L=a \\\n$L\n$L\nnext\n");
    assert_eq!(reading.diagnostics.len(), 1);
    assert_eq!(reading.diagnostics[0].code, "endless-definition");
    assert!(reading.lines.len() < 100);
    check(
        "$G=~SEQ(V,1,2) $G\n$G\nnext\n",
        &expect![[r#"
            General endless-definition 2: "$G"
              definitions here refer to each other without end; they are not followed further
            General too-much refuses 2 2:
              the configuration grows without measure here; the rest is not read
        "#]],
    );
    let reading = read_text("$A=x${A}\ny ${A}\nnext\n");
    assert_eq!(reading.diagnostics[0].code, "expansion-too-long");
    assert_eq!(reading.diagnostics.len(), 1);
}

#[test]
fn a_line_of_1024_bytes_is_expanded_and_one_more_is_not() {
    let text = |len: usize| format!("$A={}\n${{A}}bc\n", "x".repeat(len));
    assert!(read_text(&text(1000)).diagnostics.is_empty());
    let long = format!(
        "$A={}\n$B=${{A}}${{A}}\n${{B}}${{A}}bcde\n",
        "x".repeat(340)
    );
    assert!(read_text(&long).diagnostics.is_empty());
    let longer = long.replace("bcde", "bcdef");
    let reading = read_text(&longer);
    assert_eq!(reading.diagnostics.len(), 1);
    assert_eq!(reading.diagnostics[0].code, "expansion-too-long");
    let Line::Statement { words, opens, .. } = reading.lines.get(0).unwrap() else {
        panic!("{:?}", reading.lines);
    };
    assert!(opens && words[0].text.ends_with("x$"));
}
