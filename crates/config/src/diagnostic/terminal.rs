//! A diagnostic for a person: the source line with carets, labels, help and the edit.

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Patch, Renderer, Snippet};

use crate::line::{FileId, Span};

use super::{Diagnostic, Severity, Sources};

/// Whether escape sequences for colours are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// Letters only.
    #[default]
    Plain,
    /// With colours.
    Coloured,
}

/// Text of a diagnostic over several lines, without a line end after the last.
pub fn render(diagnostic: &Diagnostic, sources: &Sources, style: Style) -> String {
    let renderer = match style {
        Style::Plain => Renderer::plain(),
        Style::Coloured => Renderer::styled(),
    };
    let title = level(diagnostic.severity())
        .primary_title(diagnostic.message.as_str())
        .id(diagnostic.code);
    let mut group: Group<'_> = title.elements(snippets(diagnostic, sources));
    let edit = diagnostic.fix.as_ref().and_then(|edit| {
        let place = Place::of(edit.span, sources)?;
        // An edit without a known column would replace the whole line.
        (edit.span.column > 0).then_some((place, edit.text.as_str()))
    });
    let help = diagnostic.help.as_deref();
    let Some((place, text)) = edit else {
        if let Some(help) = help {
            group = group.element(Level::HELP.message(help));
        }
        return renderer.render(&[group]);
    };
    let patched = Level::HELP
        .secondary_title(help.unwrap_or("change the line"))
        .element(
            Snippet::source(place.text)
                .line_start(place.line)
                .path(place.name)
                .patch(Patch::new(place.start..place.end, text)),
        );
    renderer.render(&[group, patched])
}

fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
        Severity::Hint => Level::INFO.with_name("hint"),
    }
}

/// Lines between two that are pointed at, above which they are shown apart.
const APART: u32 = 200;

/// The places that are shown in one run of lines; what is between them is left out there.
struct Run<'d> {
    file: FileId,
    first: u32,
    last: u32,
    places: Vec<(Span, Option<&'d str>)>,
}

/// The lines that are pointed at, those of the diagnostic itself first.
fn snippets<'d>(
    diagnostic: &'d Diagnostic,
    sources: &'d Sources,
) -> impl Iterator<Item = Snippet<'d, Annotation<'d>>> {
    let primary = diagnostic.span.map(|span| (span, None));
    let labels = diagnostic
        .labels
        .iter()
        .map(|(span, text)| (*span, Some(text.as_str())));
    let mut runs: Vec<Run<'d>> = Vec::new();
    for (span, label) in primary.into_iter().chain(labels) {
        let run = runs.iter_mut().find(|run| {
            run.file == span.file
                && span.line.saturating_add(APART) >= run.first
                && span.line <= run.last.saturating_add(APART)
        });
        match run {
            Some(run) => {
                run.first = run.first.min(span.line);
                run.last = run.last.max(span.line);
                run.places.push((span, label));
            }
            None => runs.push(Run {
                file: span.file,
                first: span.line,
                last: span.line,
                places: vec![(span, label)],
            }),
        }
    }
    runs.into_iter().filter_map(|run| run.snippet(sources))
}

impl<'d> Run<'d> {
    fn snippet(self, sources: &'d Sources) -> Option<Snippet<'d, Annotation<'d>>> {
        let text = sources.lines(self.file, self.first, self.last)?;
        let annotations = self.places.iter().filter_map(|(span, label)| {
            let place = Place::of(*span, sources)?;
            let offset = sources.offset(span.file, self.first, span.line)?;
            let kind = match label {
                None => AnnotationKind::Primary,
                Some(_) => AnnotationKind::Context,
            };
            Some(
                kind.span(offset + place.start..offset + place.end)
                    .label(*label),
            )
        });
        Some(
            Snippet::source(text)
                .line_start(usize::try_from(self.first).ok()?)
                .path(sources.name(self.file))
                .annotations(annotations),
        )
    }
}

/// A span within the text of its line.
struct Place<'s> {
    name: &'s str,
    text: &'s str,
    line: usize,
    start: usize,
    end: usize,
}

impl<'s> Place<'s> {
    /// The bytes of a span; all of the line without the blanks around it when its column is
    /// not known. `None` when there is no such line.
    fn of(span: Span, sources: &'s Sources) -> Option<Self> {
        let text = sources.line(span.file, span.line)?;
        let (start, end) = match usize::try_from(span.column).ok()? {
            0 => {
                let start = text.len() - text.trim_start().len();
                (start, text.trim_end().len().max(start))
            }
            column => {
                let start = boundary(text, column - 1);
                let len = usize::try_from(span.len).ok()?;
                (start, boundary(text, start.saturating_add(len)).max(start))
            }
        };
        Some(Self {
            name: sources.name(span.file),
            text,
            line: usize::try_from(span.line).ok()?,
            start,
            end,
        })
    }
}

/// The nearest place at or before `offset` where a character begins.
fn boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}
