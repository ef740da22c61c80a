//! `~SEQ`, `~SEQx` and `~LST`.

use expect_test::expect;

use super::print::{check, print_origins, read_text};

#[test]
fn sequences_count_up_and_down() {
    check(
        "~SEQ(V,3) a$V\n~SEQ(V,-2) b$V\n~SEQ(V,0) c$V\n~SEQ(V,3,1) d$V\n~SEQ(V,-1,1) e$V\n\
         ~SEQ(V,1,2,6) f$V\n~SEQ(V,5,-2,0) g$V\n~SEQ(V,4,4,4) h$V\n",
        &expect![[r#"
            1: a1
            1: a2
            1: a3
            2: b-1
            2: b-2
            3: c1
            3: c0
            4: d3
            4: d2
            4: d1
            5: e-1
            5: e0
            5: e1
            6: f1
            6: f3
            6: f5
            7: g5
            7: g3
            7: g1
            8: h4
        "#]],
    );
}

#[test]
fn sequences_take_blanks_and_numbers_of_c() {
    check(
        "~SEQ (V,2) a$V\n~SEQ( V , 2 )b$V\n~SEQ(V,0x10,020) c$V\n~SEQx(V,9,11) d$V ${V}e\n",
        &expect![[r#"
            1: a1
            1: a2
            2: b1
            2: b2
            3: c16
            4: d9 9e
            4: da ae
            4: db be
        "#]],
    );
}

#[test]
fn the_variable_stays_defined() {
    check(
        "~SEQ(V,1,2)\n~SEQ(V,1,2) a\nb$V\n",
        &expect![[r#"
        2: a
        2: a
        3: b2
    "#]],
    );
}

#[test]
fn sequences_nest_and_take_references_as_arguments() {
    check(
        "$N=2\n~SEQ(V,1,$N) a$V\n~SEQ(V,1,2) ~SEQ(W,$V) b${V}_$W\n~SEQ(V,${N}) ~LST(W,x,y) c$V$W d\n",
        &expect![[r#"
            2: a1
            2: a2
            3: b1_1
            3: b2_1
            3: b2_2
            4: c$Vx d
            4: c$Vy d
            4: c$Vx d
            4: c$Vy d
            Hint undefined-reference 4: "$V$W"
              `Vx` is not defined, so the reference stays as text
            Hint undefined-reference 4: "$V$W"
              `Vy` is not defined, so the reference stays as text
        "#]],
    );
}

#[test]
fn what_is_repeated_passes_all_stages() {
    check(
        "~SEQ(V,1,2) @host a$V\n~SEQ(V,1,2) @other b$V\n@host ~SEQ(V,1,2) c$V\n~SEQ(V,1,2) $D=d$V\n\
         $D\n~SEQ(V,1,2) e { f ${V} # g\n~SEQ(V,1,2) include none$V\n~SEQ(V,1,2) {\n",
        &expect![[r#"
            1: a1
            1: a2
            3: c1
            3: c2
            5: d2
            6: e {
            6: f 1
            6: e {
            6: f 2
            8: {
            8: {
            Notice include-missing 7: "none$V"
              no file `none1`
            Notice include-missing 7: "none$V"
              no file `none2`
        "#]],
    );
}

#[test]
fn a_whole_block_repeats_on_one_line() {
    check(
        "~SEQ(V,1,2,5) static_routes { 10.${V}.0.0/16 via $V }\n",
        &expect![[r#"
            1: static_routes {
            1: 10.1.0.0/16 via 1
            1: }
            1: static_routes {
            1: 10.3.0.0/16 via 3
            1: }
            1: static_routes {
            1: 10.5.0.0/16 via 5
            1: }
        "#]],
    );
}

#[test]
fn lists_set_one_or_several_variables() {
    check(
        "~LST(L,a,b) l$L\n~LST(L, a , \"b, c\", \"d)\") m $L\n~LST({A,B}, {a,b}, {c} ,{\"d,e\", f}) n ${A}_$B\n\
         ~LST(L,) p$L\n~LST(L,{q}) $L\n",
        &expect![[r#"
            1: la
            1: lb
            2: m a
            2: m b, c
            2: m d)
            3: n a_b
            3: n c_
            3: n d,e_f
            4: p
            5: q
        "#]],
    );
}

#[test]
fn what_cannot_be_understood_is_left_out() {
    check(
        "~SEQ\n~SEQ x\n~SEQ(V) x\n~SEQ() x\n~SEQ(,1) x\n~SEQ(V,1,2 x\n~SEQ(V,x) x\n~SEQ(V,1,2,3,4) x\n\
         ~SEQ(V,3,1,1) x\n~SEQ(V,1,0,3) x\n~SEQx(V,-3) x\n~SEQX(V,3) x\n~LST(V) x\n~LST({A,B},{1,2,3}) x\n\
         ~FOO(V,1) x\n~SEQ(V,99999999999999999999) x\n",
        &expect![[r#"
            15: ~FOO(V,1) x
            General invalid-generator 1: "~SEQ"
              `(` must follow `~SEQ`; the line is left out
            General invalid-generator 2: "~SEQ x"
              `(` must follow `~SEQ`; the line is left out
            General invalid-generator 3: "~SEQ(V) x"
              nothing says which values `V` takes; the line is left out
            General invalid-generator 4: "~SEQ() x"
              no variable is named; the line is left out
            General invalid-generator 5: "~SEQ(,1) x"
              no variable is named; the line is left out
            General invalid-generator 6: "~SEQ(V,1,2 x"
              `~SEQ(` has no `)`; the line is left out
            General invalid-generator 7: "~SEQ(V,x) x"
              `x` is not a number; the line is left out
            General invalid-generator 8: "~SEQ(V,1,2,3,4) x"
              too many numbers; at most START, STEP and END are taken; the line is left out
            General invalid-generator 9: "~SEQ(V,3,1,1) x"
              steps of 1 never lead from 3 to 1; the line is left out
            General invalid-generator 10: "~SEQ(V,1,0,3) x"
              a step of 0 never ends; the line is left out
            General invalid-generator 11: "~SEQx(V,-3) x"
              `~SEQx` takes no negative numbers; the line is left out
            General invalid-generator 12: "~SEQX(V,3) x"
              `(` must follow `~SEQ`; the line is left out
            General invalid-generator 13: "~LST(V) x"
              nothing says which values `V` takes; the line is left out
            General invalid-generator 14: "~LST({A,B},{1,2,3}) x"
              `{1,2,3}` has 3 values for 2 variables; the line is left out
            General invalid-generator 16: "~SEQ(V,99999999999999999999) x"
              `99999999999999999999` is not a number; the line is left out
        "#]],
    );
}

#[test]
fn words_of_repeated_lines_point_at_the_line() {
    let reading = read_text("$X=y\n~SEQ(A,1,2) ~SEQ(B,1,1) a${A}_$B { c ${X}d $X }\n");
    expect![[r#"
        a1_1=a${A}_$B | a${A}_$B
        c yd=${X}d y=$X | c ${X}d $X
        | }
        a2_1=a${A}_$B | a${A}_$B
        c yd=${X}d y=$X | c ${X}d $X
        | }
    "#]]
    .assert_eq(&print_origins(&reading));
}
