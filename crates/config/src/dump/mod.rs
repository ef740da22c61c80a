//! The effective configuration: every value as it holds, and where it comes from.

mod global;
mod instance;
mod tracked;
mod words;
mod written;

use std::fmt::Write as _;

use serde_json::{Value, json};

pub(crate) use written::Written;

use crate::diagnostic::{Class, Sources};
use crate::files::Files;
use crate::line::Span;
use crate::load::{Host, Loaded, load_written};
use crate::model::Config;
use crate::reader::Environment;
use written::Writings;

/// All values of a block.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// Keyword of the block; empty: the root of the file.
    pub block: &'static str,
    /// Its name; empty when it has none.
    pub name: String,
    /// Its values.
    pub fields: Vec<Field>,
}

/// A value. Entries of a list are a field each, under the keyword of the list.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The keyword that sets it.
    pub keyword: &'static str,
    /// What holds; null when nothing does. Times are numbers of seconds.
    pub value: Value,
    /// Where it comes from.
    pub origin: Origin,
    /// It is recognised and has no effect.
    pub without_effect: bool,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nothing in the files says so.
    Default,
    /// A line of the block.
    Line(Span),
    /// A line of `global_defs`, with its keyword.
    Global(&'static str, Span),
    /// A line, but what it says was changed: the code of the diagnostic about it.
    Changed(Span, &'static str),
}

/// Reads the files as [`crate::load::load`] does, and lists all values beside.
pub fn dump(
    files: &dyn Files,
    pattern: &str,
    environment: &Environment,
    host: &Host,
) -> (Loaded, Vec<Section>) {
    let (loaded, written) = load_written(files, pattern, environment, host);
    let writings = Writings::new(written, &loaded);
    let sections = sections(&loaded.config, &writings);
    (loaded, sections)
}

fn sections(config: &Config, writings: &Writings) -> Vec<Section> {
    let mut sections = vec![
        global::root(config, writings),
        global::section(config, writings),
    ];
    sections.extend(tracked::statics(config, writings));
    sections.push(tracked::pacing(config, writings));
    for script in &config.scripts {
        sections.push(tracked::script(script, writings));
    }
    for port in &config.ports {
        sections.extend(tracked::port(port, writings));
    }
    for file in &config.files {
        sections.push(tracked::file(file, writings));
    }
    for process in &config.processes {
        sections.push(tracked::process(process, writings));
    }
    for group in &config.sync_groups {
        sections.push(tracked::group(group, writings));
    }
    for instance in &config.instances {
        sections.push(instance::section(instance, writings));
    }
    sections.retain(|section| !section.fields.is_empty());
    sections
}

/// Gathers the values of a block.
struct Gather<'a> {
    writings: &'a Writings,
    block: &'static str,
    name: String,
    fields: Vec<Field>,
}

impl<'a> Gather<'a> {
    fn new(block: &'static str, name: &str, writings: &'a Writings) -> Self {
        Self {
            writings,
            block,
            name: name.to_owned(),
            fields: Vec::new(),
        }
    }

    /// A value that the block itself may give, else a word of `global_defs`.
    fn value(&mut self, keyword: &'static str, value: impl Into<Value>, global: &'static str) {
        self.any_of(keyword, &[keyword], value, global);
    }

    /// The same for a value that has several words.
    fn any_of(
        &mut self,
        keyword: &'static str,
        words: &[&str],
        value: impl Into<Value>,
        global: &'static str,
    ) {
        let own = self.writings.place(self.block, &self.name, words);
        let origin = match own {
            Some(span) => self.writings.judged(span),
            None => match self.writings.place("global_defs", "", &[global]) {
                Some(span) => Origin::Global(global, span),
                None => Origin::Default,
            },
        };
        self.push(keyword, value.into(), origin);
    }

    /// Entries of a list with what they say, in file order.
    fn list(&mut self, keyword: &'static str, values: Vec<String>) {
        let places = self.writings.entries(self.block, &self.name, keyword);
        let mut places = places.into_iter();
        for value in values {
            let origin = places
                .next()
                .map_or(Origin::Default, |(span, _)| Origin::Line(span));
            self.push(keyword, Value::from(value), origin);
        }
    }

    /// Entries of a list as they are written.
    fn as_written(&mut self, keyword: &'static str) {
        for (span, text) in self.writings.entries(self.block, &self.name, keyword) {
            let origin = self.writings.judged(span);
            self.push(keyword, Value::from(text), origin);
        }
    }

    /// A value of a block without a name, which begins where one of these names stands.
    fn named_in(&mut self, block: &'static str, names: &[String], value: String) {
        let first = names.first().map(String::as_str).unwrap_or_default();
        let place = self.writings.naming(block, first);
        let origin = place.map_or(Origin::Default, |span| self.writings.judged(span));
        self.push(block, Value::from(value), origin);
    }

    fn push(&mut self, keyword: &'static str, value: Value, origin: Origin) {
        self.fields.push(Field {
            keyword,
            value,
            origin,
            without_effect: false,
        });
    }

    /// The block, with the words that have no effect at its end.
    fn done(mut self) -> Section {
        for written in self.writings.idle(self.block, &self.name) {
            self.fields.push(Field {
                keyword: written.keyword,
                value: Value::from(written.text.clone()),
                origin: Origin::Line(written.span),
                without_effect: true,
            });
        }
        Section {
            block: self.block,
            name: self.name,
            fields: self.fields,
        }
    }
}

impl Origin {
    /// `FILE:LINE`, with what else there is to say, or `default`.
    pub fn text(&self, sources: &Sources) -> String {
        let place = |span: &Span| format!("{}:{}", sources.name(span.file), span.line);
        match self {
            Self::Default => "default".to_owned(),
            Self::Line(span) => place(span),
            Self::Global(keyword, span) => format!("{} ({keyword})", place(span)),
            Self::Changed(span, code) => format!("{} (changed: {code})", place(span)),
        }
    }

    fn json(&self, sources: &Sources) -> Value {
        let place = |span: &Span| json!({ "file": sources.name(span.file), "line": span.line });
        match self {
            Self::Default => json!("default"),
            Self::Line(span) => place(span),
            Self::Global(keyword, span) => {
                let mut place = place(span);
                place["keyword"] = json!(keyword);
                place
            }
            Self::Changed(span, code) => {
                let mut place = place(span);
                place["changed"] = json!(code);
                place
            }
        }
    }
}

/// The sections for people: a line for each value.
pub fn text(sections: &[Section], sources: &Sources) -> String {
    let mut text = String::new();
    for section in sections {
        let head = format!("{} {}", section.block, section.name);
        text += match head.trim() {
            "" => "(root)",
            head => head,
        };
        text.push('\n');
        for field in &section.fields {
            let idle = if field.without_effect {
                ", no effect"
            } else {
                ""
            };
            let shown = format!("{} {}", field.keyword, words::show(&field.value));
            let origin = field.origin.text(sources);
            // Writing to a `String` cannot fail.
            let _ = writeln!(text, "    {shown:<50}  {origin}{idle}");
        }
    }
    text
}

/// The sections for programs.
pub fn json(sections: &[Section], sources: &Sources) -> Value {
    let sections = sections.iter().map(|section| {
        let values = section.fields.iter().map(|field| {
            let mut value = json!({
                "keyword": field.keyword,
                "value": field.value,
                "from": field.origin.json(sources),
            });
            if field.without_effect {
                value["effect"] = json!(false);
            }
            value
        });
        json!({
            "block": section.block,
            "name": section.name,
            "values": values.collect::<Vec<_>>(),
        })
    });
    Value::Array(sections.collect())
}

/// Codes of the diagnostics that change what a line says.
fn changes(class: Class) -> bool {
    class > Class::Notice && class != Class::Security
}
