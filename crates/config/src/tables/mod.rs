//! The keyword tables: one row for each keyword of each block.
//!
//! A row says what follows the keyword and what is done with it, what holds without it,
//! and a line about it for people. Parser, messages, reference manual, `explain` and
//! completion all come from these rows; nothing about a keyword is written anywhere else.
//!
//! A table is a list of parts, so that blocks can share rows. `C` is what a block fills in:
//! a draft of [`crate::interpret::draft`], or nothing (`()`) where vipd only checks the form.

use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::time::Duration;

use crate::interpret::draft::{GlobalDraft, InstanceDraft};
use crate::interpret::lvs::draft::VirtualServerDraft;
use crate::interpret::report::Report;
use crate::interpret::statement::{At, Statement};
use crate::interpret::value;
use crate::line::Span;
use crate::model::Command;

#[macro_use]
mod kept;

pub(crate) mod auth_hmac;
pub(crate) mod authentication;
pub(crate) mod bfd;
pub(crate) mod checkers;
pub(crate) mod global_lvs;
pub(crate) mod global_notify;
pub(crate) mod global_process;
pub(crate) mod global_vrrp;
pub(crate) mod instance;
pub(crate) mod instance_protocol;
pub(crate) mod port;
pub(crate) mod real_server;
pub(crate) mod root;
pub(crate) mod script;
pub(crate) mod ssl;
pub(crate) mod sync_group;
pub(crate) mod tracked;
pub(crate) mod transitions;
pub(crate) mod virtual_server;

/// `global_defs`
pub(crate) const GLOBAL_DEFS: &Rows<GlobalDraft> = &[
    global_lvs::GLOBAL_LVS,
    global_notify::GLOBAL_NOTIFY,
    global_process::GLOBAL_PROCESS,
    global_vrrp::GLOBAL_VRRP,
];

/// `vrrp_instance`
pub(crate) const VRRP_INSTANCE: &Rows<InstanceDraft> = &[
    instance::INSTANCE,
    instance_protocol::INSTANCE_PROTOCOL,
    transitions::INSTANCE_TRANSITIONS,
];

/// `virtual_server`
pub(crate) const VIRTUAL_SERVER: &Rows<VirtualServerDraft> = &[
    virtual_server::VIRTUAL_SERVER,
    virtual_server::VIRTUAL_SERVER_SCHEDULING,
];

pub(crate) use kept::{Known, Part};

/// Rows of a block, in parts.
pub(crate) type Rows<C> = [Part<C>];

/// One keyword of one block, as it is written. [`Known`] is how the program has it.
pub(crate) struct Keyword<C: 'static> {
    /// The word.
    pub(crate) name: &'static str,
    /// What follows it, and the setter for that.
    pub(crate) takes: Takes<C>,
    /// What holds when it is not given. One word is a value that `takes` accepts;
    /// several words describe where the value comes from; empty: nothing.
    pub(crate) default: &'static str,
    /// Unit of the value.
    pub(crate) unit: &'static str,
    /// What it means: one sentence.
    pub(crate) doc: &'static str,
    /// Whether it should still be written.
    pub(crate) status: Status,
    /// Whether vipd does what it says.
    pub(crate) effect: Effect,
    /// What a line without a value does.
    pub(crate) lacking: Lacking,
}

/// Whether a keyword should still be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// Yes.
    Normal,
    /// Old, with the word to write instead; keepalived says so each time.
    Deprecated(&'static str),
    /// Old, with the word to write instead; nothing is said about it.
    QuietlyDeprecated(&'static str),
    /// Another name of this keyword.
    Alias(&'static str),
    /// Works, is in no manual.
    Hidden,
    /// Of vipd alone.
    Own,
}

/// Whether vipd does what a keyword says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It does.
    Full,
    /// It does not yet: recognised, checked, and named in a warning.
    NotYet,
}

/// What becomes of a line that lacks its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lacking {
    /// keepalived refuses to start.
    Refuses,
    /// A message, and the line is ignored.
    Ignored,
    /// Nothing is said.
    Silent,
}

/// What follows a keyword, with a setter of just that type.
pub(crate) enum Takes<C: 'static> {
    /// Nothing.
    Flag(fn(&mut C, Span)),
    /// Nothing; whether it has a meaning depends on other words.
    Marker(fn(&mut C, &mut Report, &Statement<'_>)),
    /// `on`, `true`, `yes`, `off`, `false`, `no`, or nothing for true.
    Bool(fn(&mut C, At<bool>)),
    /// A whole number.
    Int(Int, fn(&mut C, At<i64>)),
    /// A time with decimals.
    Time(Time, fn(&mut C, At<Duration>)),
    /// One of these words.
    OneOf(&'static [&'static str], fn(&mut C, At<&'static str>)),
    /// A word, named as in `NAME`.
    Word(&'static str, fn(&mut C, At<String>)),
    /// An IP address.
    Address(fn(&mut C, At<IpAddr>)),
    /// A command, with user and group when the form allows.
    Command(CommandForm, fn(&mut C, At<Option<Command>>)),
    /// Words of a form of their own, read by the setter.
    Free(&'static str, fn(&mut C, &mut Report, &Statement<'_>)),
    /// A block with one entry on each line, read by the setter.
    Entries(&'static str, fn(&mut C, &mut Report, &Statement<'_>)),
    /// A block of words, over any number of lines.
    Names(&'static str, fn(&mut C, &mut Report, Vec<At<String>>, Span)),
    /// A block that fills in the same thing.
    Block(&'static Rows<C>),
    /// A block for a part of the same thing.
    Nested(&'static Nested<C>),
    /// A block of which vipd only checks the form. The text describes the words before `{`.
    Unused(&'static str, &'static Rows<()>),
    /// A block of the root that fills in something of its own.
    Section(Section),
    /// A file name pattern; the reader of files has already followed it.
    Include,
}

impl<C> Clone for Takes<C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C> Copy for Takes<C> {}

/// The words before the `{` of a block, its rows, and what is done at its `{` and at its `}`.
pub(crate) struct Nested<C: 'static>(
    pub(crate) &'static str,
    pub(crate) &'static Rows<C>,
    pub(crate) fn(&mut C, &mut Report, &Statement<'_>),
    pub(crate) fn(&mut C, &mut Report),
);

/// Blocks of the root that fill in a draft of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    /// `global_defs`
    Global,
    /// `vrrp_instance`
    Instance,
    /// `vrrp_script`
    Script,
    /// `vrrp_sync_group`
    SyncGroup,
    /// `vrrp_track_port`
    TrackPort,
    /// `track_file`, under this spelling.
    TrackFile(&'static str),
    /// `vrrp_track_process`
    TrackProcess,
    /// `track_group`
    TrackGroup,
    /// `virtual_server`
    VirtualServer,
    /// `virtual_server_group`
    VirtualServerGroup,
    /// `SSL`
    Ssl,
    /// `garp_group`
    GarpGroup,
}

/// A range of whole numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Int {
    /// The smallest that is accepted.
    pub(crate) min: i64,
    /// The largest.
    pub(crate) max: i64,
    /// What a value outside becomes.
    pub(crate) otherwise: Otherwise,
}

/// A range of times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Time {
    /// The shortest that is accepted, in microseconds.
    pub(crate) min: u64,
    /// The longest, in microseconds.
    pub(crate) max: u64,
    /// Digits after the point: 0, 3 or 6.
    pub(crate) decimals: u8,
    /// What a value outside becomes.
    pub(crate) otherwise: Otherwise,
    /// The number counts milliseconds, not seconds.
    pub(crate) in_millis: bool,
}

/// What a value outside of its range becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Otherwise {
    /// The line is ignored.
    Ignored,
    /// 0 is used.
    Zero,
    /// For 0, 1 is used; with another value the line is ignored.
    OneForZero,
    /// The nearest end of the range is used.
    Nearest,
}

/// What may be said beside a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CommandForm {
    /// `"COMMAND" [USER [GROUP]]`
    WithUser,
    /// The same, or nothing.
    Optional,
    /// `"COMMAND"`; words after it are dropped.
    Alone,
}

/// Words before the `{` of a virtual server.
pub(crate) const SERVICE: &str = "IP [PORT] | fwmark N | group NAME";
/// A line of a `virtual_server_group`.
pub(crate) const MEMBERS: &str = "ADDRESS[/LENGTH | -END] [PORT] | fwmark N [inet|inet6]";
/// Largest 32-bit number that keepalived takes.
pub(crate) const UINT_MAX: i64 = 4_294_967_295;
/// Largest signed 32-bit number.
pub(crate) const INT_MAX: i64 = 2_147_483_647;
/// Most seconds that keepalived keeps in 32 bits of microseconds.
pub(crate) const TIMER_MAX: i64 = 4294;

impl<C> Keyword<C> {
    /// A row in effect that should be written and needs its value; the other methods say otherwise.
    pub(crate) const fn new(
        name: &'static str,
        takes: Takes<C>,
        default: &'static str,
        doc: &'static str,
    ) -> Self {
        Self {
            name,
            takes,
            default,
            unit: "",
            doc,
            status: Status::Normal,
            effect: Effect::Full,
            lacking: Lacking::Refuses,
        }
    }

    /// Unit of the value.
    pub(crate) const fn unit(mut self, unit: &'static str) -> Self {
        self.unit = unit;
        self
    }

    /// Recognised, not in effect.
    pub(crate) const fn not_yet(mut self) -> Self {
        self.effect = Effect::NotYet;
        self
    }

    /// Without its value the line is ignored with a message.
    pub(crate) const fn ignored_without(mut self) -> Self {
        self.lacking = Lacking::Ignored;
        self
    }

    /// Without its value the line is ignored silently.
    pub(crate) const fn silent_without(mut self) -> Self {
        self.lacking = Lacking::Silent;
        self
    }

    /// Says whether it should still be written.
    pub(crate) const fn status(mut self, status: Status) -> Self {
        self.status = status;
        self
    }
}

/// A setter that takes any words and keeps nothing.
pub(crate) fn any<C>(_: &mut C, _: &mut Report, _: &Statement<'_>) {}

/// A setter that keeps nothing.
pub(crate) fn unused<C, T>(_: &mut C, _: T) {}

/// Whole numbers in `range`; a line with another number is ignored.
pub(crate) const fn int(range: RangeInclusive<i64>) -> Int {
    int_or(range, Otherwise::Ignored)
}

/// Whole numbers in `range`, and what another number becomes.
pub(crate) const fn int_or(range: RangeInclusive<i64>, otherwise: Otherwise) -> Int {
    let (min, max) = (*range.start(), *range.end());
    Int {
        min,
        max,
        otherwise,
    }
}

/// Seconds, given as a range of microseconds; a line with another time is ignored.
pub(crate) const fn time(min: u64, max: u64, decimals: u8) -> Time {
    time_or(min, max, decimals, Otherwise::Ignored)
}

/// Seconds, given as a range of microseconds, and what another time becomes.
pub(crate) const fn time_or(min: u64, max: u64, decimals: u8, otherwise: Otherwise) -> Time {
    Time {
        min,
        max,
        decimals,
        otherwise,
        in_millis: false,
    }
}

/// Milliseconds, given as a range of microseconds.
pub(crate) const fn millis(min: u64, max: u64, decimals: u8) -> Time {
    Time {
        in_millis: true,
        ..time(min, max, decimals)
    }
}

impl<C> Takes<C> {
    /// What follows the keyword, in words: for messages and for the manual.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Flag(_) | Self::Marker(_) => "nothing".to_owned(),
            Self::Bool(_) => "on, true, yes, off, false, no, or nothing for on".to_owned(),
            Self::Int(form, _) => value::describe_int(form),
            Self::Time(form, _) => value::describe_time(form),
            Self::OneOf(words, _) => format!("one of {}", words.join(", ")),
            Self::Word(what, _) => article(what),
            Self::Address(_) => "an IP address".to_owned(),
            Self::Command(CommandForm::WithUser, _) => {
                "a command, and user and group if wanted".to_owned()
            }
            Self::Command(CommandForm::Optional, _) => {
                "a command if wanted, and user and group".to_owned()
            }
            Self::Command(CommandForm::Alone, _) => "a command".to_owned(),
            Self::Free(form, _) => format!("`{form}`"),
            Self::Entries(form, _) => format!("a block with `{form}` on each line"),
            Self::Names(what, _) => format!("a block of words: {what}"),
            Self::Block(_)
            | Self::Section(Section::Global | Section::Ssl | Section::GarpGroup)
            | Self::Nested(Nested("", ..))
            | Self::Unused("", _) => "a block".to_owned(),
            Self::Unused(head, _) | Self::Nested(Nested(head, ..)) => {
                format!("`{head}` and a block")
            }
            Self::Section(Section::VirtualServer) => format!("`{SERVICE}` and a block"),
            Self::Section(Section::VirtualServerGroup) => {
                format!("a name and a block with `{MEMBERS}` on each line")
            }
            Self::Section(_) => "a name and a block".to_owned(),
            Self::Include => "a file name pattern".to_owned(),
        }
    }

    /// How a line with the keyword looks, after the keyword.
    pub(crate) fn form(&self) -> String {
        match self {
            Self::Flag(_) | Self::Marker(_) => String::new(),
            Self::Bool(_) => "[on|off]".to_owned(),
            Self::Int(..) => "N".to_owned(),
            Self::Time(..) => "TIME".to_owned(),
            Self::OneOf(words, _) => words.join("|"),
            Self::Word(what, _) => (*what).to_owned(),
            Self::Address(_) => "ADDRESS".to_owned(),
            Self::Command(CommandForm::WithUser, _) => "\"COMMAND\" [USER [GROUP]]".to_owned(),
            Self::Command(CommandForm::Optional, _) => "[\"COMMAND\" [USER [GROUP]]]".to_owned(),
            Self::Command(CommandForm::Alone, _) => "\"COMMAND\"".to_owned(),
            Self::Free(form, _) => (*form).to_owned(),
            Self::Entries(form, _) => format!("{{ {form} }}"),
            Self::Names(what, _) => format!("{{ {what} ... }}"),
            Self::Block(_)
            | Self::Unused("", _)
            | Self::Nested(Nested("", ..))
            | Self::Section(Section::Global | Section::Ssl | Section::GarpGroup) => {
                "{ ... }".to_owned()
            }
            Self::Unused(head, _) | Self::Nested(Nested(head, ..)) => format!("{head} {{ ... }}"),
            Self::Section(Section::VirtualServer) => format!("{SERVICE} {{ ... }}"),
            Self::Section(Section::VirtualServerGroup) => format!("NAME {{ {MEMBERS} }}"),
            Self::Section(_) => "NAME { ... }".to_owned(),
            Self::Include => "PATTERN".to_owned(),
        }
    }
}

/// `an interface`, `a name`: what a word in capitals stands for.
fn article(what: &str) -> String {
    let what = what.to_lowercase();
    let article = if what.starts_with(['a', 'e', 'i', 'o', 'u']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {what}")
}

#[cfg(test)]
mod tests;
