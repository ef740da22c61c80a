//! From logical lines to drafts: finds the row of each keyword and does what it says.
//!
//! Follows keepalived where the nesting is amiss: an unknown block inside a block has no
//! meaning, and its `}` closes the block around it; see [`Interpreter::unknown`].

pub(crate) mod address;
pub(crate) mod codes;
pub(crate) mod draft;
mod encap;
pub(crate) mod extra;
pub(crate) mod firewall;
pub(crate) mod global;
pub(crate) mod head;
pub(crate) mod hmac;
pub(crate) mod instance;
pub(crate) mod ipvlan;
pub(crate) mod linkbeat;
mod lookup;
pub(crate) mod lvs;
pub(crate) mod names;
mod phrase;
pub(crate) mod port;
pub(crate) mod process;
pub(crate) mod report;
pub(crate) mod route;
pub(crate) mod routing;
pub(crate) mod rule;
pub(crate) mod script;
pub(crate) mod section;
pub(crate) mod setter;
pub(crate) mod single;
pub(crate) mod statement;
pub(crate) mod suggest;
pub(crate) mod sync_group;
pub(crate) mod tracking;
pub(crate) mod tree;
pub(crate) mod unknown;
pub(crate) mod value;
pub(crate) mod vmac;
pub(crate) mod watched;

use std::collections::BTreeMap;

use crate::diagnostic::{Class, Diagnostic};
use crate::files::Files;
use crate::interpret::draft::Draft;
use crate::interpret::lookup::Lookup;
use crate::interpret::names::Names;
use crate::interpret::report::Report;
use crate::interpret::rule::FIRST_PRIORITY;
use crate::interpret::single::missing;
use crate::interpret::statement::{At, Order, Statement};
use crate::interpret::tree::Tree;
use crate::interpret::unknown::Early;
use crate::line::{Kind, Lines, Read, Span, Word};
use crate::tables::{Effect, Known, Lacking, Nested, Rows, Status, Takes};

/// Reads all lines into a draft; with `writes` the report remembers each that was understood.
/// Names of routing are looked up in `files`.
pub(crate) fn interpret(lines: &Lines, files: &dyn Files, writes: bool) -> (Draft, Report) {
    let mut interpreter = Interpreter {
        lines,
        files,
        at: 0,
        spare: Vec::new(),
        lookup: Lookup::default(),
        report: Report {
            rule_priority: FIRST_PRIORITY,
            written: writes.then(Vec::new),
            ..Report::default()
        },
        path: Vec::new(),
        trees: Vec::new(),
        muted: false,
        early: None,
        lost: 0,
        owner: None,
        names: BTreeMap::new(),
    };
    let mut draft = Draft::default();
    interpreter.root(&mut draft);
    (draft, interpreter.report)
}

/// The state of reading.
pub(crate) struct Interpreter<'a> {
    lines: &'a Lines,
    files: &'a dyn Files,
    at: usize,
    /// Lists for the words of a line that are not in use.
    spare: Vec<Vec<Word<'a>>>,
    lookup: Lookup,
    report: Report,
    /// Open blocks, from the outside in.
    path: Vec<&'static str>,
    /// Open blocks that are only recorded.
    trees: Vec<Tree>,
    /// Words without effect are not listed: the block around them is.
    muted: bool,
    /// A block that was closed by the `}` of an unknown one.
    early: Option<Early>,
    /// How many `{` of unknown words are open at the root.
    lost: usize,
    /// The message about the unknown block that swallows the lines read now.
    owner: Option<usize>,
    /// Name and keyword of the blocks so far whose names are unique, with the place of the name.
    names: BTreeMap<(String, &'static str), Span>,
}

impl<'a> Interpreter<'a> {
    /// The next line. Its words replace those in the list.
    fn next(&mut self, words: &mut Vec<Word<'a>>) -> Option<Read<'a>> {
        let line = self.lines.read(self.at, words)?;
        self.at += 1;
        self.report.order = Order(self.at);
        Some(line)
    }

    /// Reads the lines of a block, to its `}`.
    fn block<C>(
        &mut self,
        keyword: &'static str,
        opened: Span,
        rows: &'static Rows<C>,
        context: &mut C,
    ) {
        self.path.push(keyword);
        let mut inner = None;
        let mut words = self.spare.pop().unwrap_or_default();
        loop {
            let Some(line) = self.next(&mut words) else {
                self.unclosed(keyword, opened);
                break;
            };
            if line.kind == Kind::Close {
                self.ends_early(inner, keyword);
                break;
            }
            let statement = Statement::new(&words, line);
            if !self.statement(rows, &statement, context) && statement.opens {
                inner.get_or_insert(statement.keyword_span());
            }
        }
        self.spare.push(words);
        self.path.pop();
    }

    /// Reads a line; false when its keyword is unknown here.
    fn statement<C>(
        &mut self,
        rows: &'static Rows<C>,
        statement: &Statement<'_>,
        context: &mut C,
    ) -> bool {
        if statement.words.is_empty() {
            self.unexpected_brace(statement);
            return true;
        }
        let name = statement.keyword();
        let Some(row) = self.lookup.find(rows, name) else {
            let known = rows.iter().flat_map(|part| part.iter()).map(Known::name);
            self.unknown(statement, known);
            return false;
        };
        self.remark(row, statement);
        self.take(row, statement, context);
        true
    }

    /// Says what there is to say about the keyword itself.
    fn remark<C>(&mut self, row: Known<C>, statement: &Statement<'_>) {
        if let Status::Deprecated(instead) = row.status() {
            let problem = self.report.general(
                "deprecated-keyword",
                statement.keyword_span(),
                format!(
                    "`{}` is an old name; keepalived complains about it and takes it",
                    row.name()
                ),
            );
            problem.help = Some(format!("write `{instead}`"));
            if self.path.last() != Some(&"vrrp_instance") || instead.starts_with("garp") {
                problem.fix = value::exact(statement.keyword_span(), instead);
            }
        }
        if self.trees.is_empty() {
            let idle = row.effect() == Effect::NotYet;
            self.report.write(row.name(), false, idle, statement);
        }
        if let Some(tree) = self.trees.last_mut() {
            tree.leaf(row.name());
        } else if row.effect() == Effect::NotYet && !self.muted {
            // It is named once, where it stands first.
            let named = &mut self.report.not_in_effect;
            if named.iter().all(|(name, _)| name != row.name()) {
                named.push((row.name().to_owned(), statement.keyword_span()));
            }
        }
    }

    /// Hands the words to the setter of the row.
    fn take<C>(&mut self, row: Known<C>, statement: &Statement<'_>, context: &mut C) {
        match row.takes() {
            Takes::Entries(_, set) => return self.entries(row.name(), statement, context, *set),
            Takes::Names(_, set) => return self.names(statement, context, *set),
            Takes::Block(rows) => {
                if self.opened(statement) {
                    self.shared_block(row.name(), statement, rows, context);
                }
                return;
            }
            Takes::Nested(Nested(head, rows, open, close)) => {
                if self.enters(row.name(), head, statement) {
                    open(context, &mut self.report, statement);
                    let muted = self.muted;
                    self.muted |= row.effect() == Effect::NotYet;
                    self.block(row.name(), statement.keyword_span(), rows, context);
                    self.muted = muted;
                    close(context, &mut self.report);
                }
                return;
            }
            Takes::Unused(head, rows) => return self.unused(row.name(), head, rows, statement),
            Takes::Section(_) | Takes::Include => return,
            Takes::Flag(_)
            | Takes::Marker(_)
            | Takes::Bool(_)
            | Takes::Int(..)
            | Takes::Time(..)
            | Takes::OneOf(..)
            | Takes::Word(..)
            | Takes::Address(_)
            | Takes::Command(..)
            | Takes::Free(..) => {}
        }
        if statement.opens {
            self.unexpected_brace(statement);
        }
        if statement.words.len() > 2 {
            self.know_names();
        }
        single::line(row, statement, context, &mut self.report);
    }

    /// A block that fills in what the block around it does.
    fn shared_block<C>(
        &mut self,
        name: &'static str,
        statement: &Statement<'_>,
        rows: &'static Rows<C>,
        context: &mut C,
    ) {
        let recorded = !self.trees.is_empty();
        if recorded {
            self.trees
                .push(Tree::new(name, statement, self.report.order));
        }
        self.block(name, statement.keyword_span(), rows, context);
        if recorded {
            self.record();
        }
    }

    /// A block of one entry on each line.
    fn entries<C>(
        &mut self,
        name: &'static str,
        head: &Statement<'_>,
        context: &mut C,
        set: fn(&mut C, &mut Report, &Statement<'_>),
    ) {
        self.extra_words(head);
        if !self.opens(head) {
            let message = format!(
                "`{}` needs a `{{`; the lines up to the next `}}` are taken for its own",
                head.keyword()
            );
            let span = head.words.last().map_or(head.span, |word| word.span);
            let mut notice = Diagnostic::new("missing-open-brace", Class::Notice, message)
                .at(span)
                .help("put `{` at the end of the line");
            if let Some(word) = head.words.last().filter(|word| !word.quoted) {
                notice.fix = value::likely(word.span, format!("{} {{", word.text));
            }
            self.report.add(notice);
        }
        self.list(name, head, context, set);
    }

    /// The entries of a list, to its `}`.
    fn list<C>(
        &mut self,
        name: &'static str,
        head: &Statement<'_>,
        context: &mut C,
        set: fn(&mut C, &mut Report, &Statement<'_>),
    ) {
        let mut empty = true;
        let mut words = self.spare.pop().unwrap_or_default();
        loop {
            let Some(line) = self.next(&mut words) else {
                self.unclosed(head.keyword(), head.keyword_span());
                break;
            };
            if line.kind == Kind::Close {
                if empty {
                    let place = At::new(head.keyword().to_owned(), head.keyword_span());
                    self.report.empty_lists.push((place, self.report.order));
                }
                break;
            }
            let statement = Statement::new(&words, line);
            if statement.opens {
                self.unexpected_brace(&statement);
            }
            if words.is_empty() {
                continue;
            }
            empty = false;
            if words.len() > 1 {
                self.know_names();
            }
            if self.trees.is_empty() {
                self.report.write(name, true, false, &statement);
            }
            set(context, &mut self.report, &statement);
            if let Some(tree) = self.trees.last_mut() {
                tree.leaf("");
            }
        }
        self.spare.push(words);
    }

    /// Names of routing are read when the first line comes that may have one.
    fn know_names(&mut self) {
        if !self.report.names.is_read() {
            self.report.names = Names::read(self.files, self.lines);
        }
    }

    /// Puts the innermost recorded block where it belongs.
    fn record(&mut self) {
        let Some(tree) = self.trees.pop() else { return };
        match self.trees.last_mut() {
            Some(parent) => parent.blocks.push(tree),
            None => self.report.recorded.push(tree),
        }
    }

    /// A block of words.
    fn names<C>(
        &mut self,
        head: &Statement<'_>,
        context: &mut C,
        set: fn(&mut C, &mut Report, Vec<At<String>>, Span),
    ) {
        self.extra_words(head);
        if !self.opened(head) {
            return;
        }
        let mut names = Vec::new();
        let mut words = self.spare.pop().unwrap_or_default();
        loop {
            let Some(line) = self.next(&mut words) else {
                self.unclosed(head.keyword(), head.keyword_span());
                break;
            };
            if line.kind == Kind::Close {
                break;
            }
            let words = words.iter();
            names.extend(words.map(|word| At::new(word.text.to_owned(), word.span)));
        }
        self.spare.push(words);
        set(context, &mut self.report, names, head.keyword_span());
    }

    /// A block that is only checked and recorded.
    fn unused(
        &mut self,
        name: &'static str,
        head: &'static str,
        rows: &'static Rows<()>,
        statement: &Statement<'_>,
    ) {
        if !self.enters(name, head, statement) {
            return;
        }
        self.trees
            .push(Tree::new(name, statement, self.report.order));
        self.block(name, statement.keyword_span(), rows, &mut ());
        self.record();
    }

    /// Words that a block needs before its `{` are there, and the `{` is. Otherwise a message has
    /// been made.
    fn enters(&mut self, name: &str, head: &str, statement: &Statement<'_>) -> bool {
        if !head.is_empty() && statement.value().is_none() {
            missing(statement, head, Lacking::Refuses, "", &mut self.report);
        }
        if !self.opened(statement) {
            return false;
        }
        let Some((word, what)) = head::fault(name, statement) else {
            return true;
        };
        let message = format!("`{}` {what}; the whole block is left out", word.text);
        self.report.general("bad-server", word.span, message);
        self.skip();
        false
    }

    /// A `{` stands at the end of the line or alone on the next one.
    fn opens(&mut self, statement: &Statement<'_>) -> bool {
        if statement.opens {
            return true;
        }
        let alone = self.lines.is_brace(self.at);
        if alone {
            self.leave_out();
        }
        alone
    }

    /// A `{` follows; otherwise a message has been made.
    fn opened(&mut self, statement: &Statement<'_>) -> bool {
        if self.opens(statement) {
            return true;
        }
        let span = statement
            .words
            .last()
            .map_or(statement.span, |word| word.span);
        let keyword = statement.keyword();
        let problem = self.report.general(
            "missing-open-brace",
            span,
            format!("`{keyword}` needs a `{{`; without one the lines after it do not belong to it"),
        );
        problem.help = Some("put `{` at the end of the line".to_owned());
        if let (Some(word), false) = (
            statement.words.last(),
            statement.words.last().is_some_and(|w| w.quoted),
        ) {
            problem.fix = value::likely(word.span, format!("{} {{", word.text));
        }
        false
    }

    /// Words between the keyword of a list and its `{`.
    fn extra_words(&mut self, statement: &Statement<'_>) {
        if let Some(word) = statement.value() {
            self.report.general(
                "extra-words",
                word.span,
                format!(
                    "`{}` takes nothing before its `{{`; `{}` is ignored",
                    statement.keyword(),
                    word.text
                ),
            );
        }
    }

    fn unclosed(&mut self, keyword: &str, opened: Span) {
        self.report
            .general(
                "missing-close-brace",
                opened,
                format!("`{keyword}` is never closed; it is taken as it stands"),
            )
            .help = Some("add the missing `}`".to_owned());
    }

    fn unexpected_brace(&mut self, statement: &Statement<'_>) {
        let what = if statement.words.is_empty() {
            "`{` without a keyword before it".to_owned()
        } else {
            format!("`{}` takes no `{{`", statement.keyword())
        };
        self.report.general(
            "unexpected-brace",
            statement.span,
            format!("{what}; it is ignored, and its `}}` will close the block around it"),
        );
    }
}
