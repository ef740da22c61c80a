//! `vrrp_script`.

use crate::interpret::draft::ScriptDraft;
use crate::interpret::script::{script_user_of, script_weight};
use crate::interpret::setter::{count, some};
use crate::tables::{CommandForm, INT_MAX, Keyword, Otherwise, Takes, int, time_or};

type Row = Keyword<ScriptDraft>;

rows! {
    /// `vrrp_script`
    pub(crate) SCRIPT: ScriptDraft = [
        Row::new("fall", Takes::Int(int(1..=INT_MAX), |s, v| s.fall = Some(count(v.value))), "1",
            "Failures in a row that make it down.").unit("runs"),
        Row::new("init_fail", Takes::Flag(|s, _| s.init_fail = true), "off",
            "Down until its first success."),
        Row::new("interval", Takes::Time(time_or(1_000, 4_294_000_000, 3, Otherwise::OneForZero), |s, v| s.interval = Some(v)), "1",
            "Time from one run to the next.").unit("s"),
        Row::new("rise", Takes::Int(int(1..=INT_MAX), |s, v| s.rise = Some(count(v.value))), "1",
            "Successes in a row that make it up.").unit("runs"),
        Row::new("script", Takes::Command(CommandForm::Alone, |s, v| s.script = some(v)), "",
            "Command, in quotes when it has arguments; `</dev/tcp/HOST/PORT` connects, `</PATH` opens a file.").silent_without(),
        Row::new("timeout", Takes::Time(time_or(1_000, 4_294_000_000, 3, Otherwise::OneForZero), |s, v| s.timeout = Some(v)), "as interval",
            "Longest run; then the command is killed and has failed.").unit("s"),
        Row::new("user", Takes::Free("USER [GROUP]", script_user_of), "as script_user",
            "User and group it runs as."),
        Row::new("weight", Takes::Free("N [reverse]", script_weight), "0",
            "Added to the priority while up (when negative: while down); 0 for FAULT while down."),
    ];
}
