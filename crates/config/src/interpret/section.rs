//! The root of the file and the blocks there that fill in drafts of their own.

use std::collections::btree_map::Entry;

use crate::interpret::Interpreter;
use crate::interpret::draft::{
    Draft, FileDraft, GarpGroupDraft, GroupDraft, InstanceDraft, PortDraft, ProcessDraft,
    ScriptDraft,
};
use crate::interpret::lvs::draft::VirtualServerDraft;
use crate::interpret::lvs::group::ServerGroupDraft;
use crate::interpret::routing::TrackGroupDraft;
use crate::interpret::single::missing;
use crate::interpret::statement::{At, Order, Statement};
use crate::line::{Kind, Span};
use crate::tables::root::ROOT;
use crate::tables::{
    Effect, GLOBAL_DEFS, Known, Lacking, Rows, SERVICE, Section, Takes, VIRTUAL_SERVER,
    VRRP_INSTANCE, port, script, ssl, sync_group, tracked,
};

/// The root as a table.
const ROOT_ROWS: &Rows<Draft> = &[ROOT];

/// The keyword of a block at the root.
fn keyword_of(section: Section) -> &'static str {
    match section {
        Section::Global => "global_defs",
        Section::Instance => "vrrp_instance",
        Section::Script => "vrrp_script",
        Section::SyncGroup => "vrrp_sync_group",
        Section::TrackPort => "vrrp_track_port",
        Section::TrackGroup => "track_group",
        Section::VirtualServer => "virtual_server",
        Section::VirtualServerGroup => "virtual_server_group",
        Section::Ssl => "SSL",
        Section::GarpGroup => "garp_group",
        Section::TrackFile(keyword) => keyword,
        Section::TrackProcess => "vrrp_track_process",
    }
}

impl Interpreter<'_> {
    /// Reads the whole file.
    pub(super) fn root(&mut self, draft: &mut Draft) {
        let mut words = self.spare.pop().unwrap_or_default();
        while let Some(line) = self.next(&mut words) {
            if line.kind == Kind::Close {
                self.stray_close(line.span);
                continue;
            }
            let statement = Statement::new(&words, line);
            let row = self.lookup.find(ROOT_ROWS, statement.keyword());
            if let Some(Takes::Section(section)) = row.map(Known::takes) {
                self.section(*section, &statement, draft);
                self.report.section = ("", String::new());
            } else {
                self.statement(ROOT_ROWS, &statement, draft);
            }
        }
        draft.recorded = std::mem::take(&mut self.report.recorded);
    }

    fn section(&mut self, section: Section, statement: &Statement<'_>, draft: &mut Draft) {
        self.early = None;
        self.lost = 0;
        let span = statement.keyword_span();
        if self.unnamed(section, statement, draft) {
            return;
        }
        let order = self.report.order;
        let name = self.name_of(section, statement);
        if !self.opened(statement) {
            return;
        }
        if self.report.written.is_some() {
            self.report.section = (keyword_of(section), name.value.clone());
        }
        match section {
            Section::Global
            | Section::GarpGroup
            | Section::Ssl
            | Section::VirtualServer
            | Section::VirtualServerGroup => {}
            Section::Instance => {
                if self.repeats(section, &name, statement) {
                    return self.skip();
                }
                let mut instance = InstanceDraft::new(name);
                self.block("vrrp_instance", span, VRRP_INSTANCE, &mut instance);
                instance.lines = order..Order(self.report.order.0 + 1);
                if draft.instances.is_empty() {
                    draft.instances.reserve_exact(self.lines.blocks().max(1));
                }
                draft.instances.push(instance);
            }
            Section::SyncGroup => {
                if self.repeats(section, &name, statement) {
                    return self.skip();
                }
                let mut group = GroupDraft::new(name);
                self.block(
                    "vrrp_sync_group",
                    span,
                    &[sync_group::SYNC_GROUP],
                    &mut group,
                );
                draft.groups.push(group);
            }
            Section::TrackPort => {
                if self.repeats(section, &name, statement) {
                    return self.skip();
                }
                let mut port = PortDraft::new(name);
                self.block("vrrp_track_port", span, &[port::TRACK_PORT], &mut port);
                port.lines = order..Order(self.report.order.0 + 1);
                draft.ports.push(port);
            }
            Section::TrackGroup => {
                if self.repeats(section, &name, statement) {
                    return self.skip();
                }
                let mut group = TrackGroupDraft::new(name);
                self.block("track_group", span, &[tracked::TRACK_GROUP], &mut group);
                draft
                    .track_groups
                    .extend((!group.members.is_empty()).then_some(group));
            }
            Section::TrackFile(_) | Section::TrackProcess | Section::Script => {
                self.watched(section, name, order, span, draft);
            }
        }
    }

    fn garp_group(&mut self, statement: &Statement<'_>, draft: &mut Draft) {
        if self.opened(statement) {
            let mut group = GarpGroupDraft::default();
            let span = statement.keyword_span();
            self.block("garp_group", span, &[tracked::GARP_GROUP], &mut group);
            draft.garp_groups.push(group);
        }
    }

    /// A block that names something to be tracked; a name may come twice.
    fn watched(
        &mut self,
        section: Section,
        name: At<String>,
        order: Order,
        span: Span,
        draft: &mut Draft,
    ) {
        match section {
            Section::TrackFile(keyword) => {
                let mut file = FileDraft {
                    name,
                    order,
                    keyword,
                    ..FileDraft::default()
                };
                self.block(keyword, span, &[tracked::TRACK_FILE], &mut file);
                draft.files.push(file);
            }
            Section::TrackProcess => {
                let mut process = ProcessDraft {
                    name,
                    order,
                    ..ProcessDraft::default()
                };
                let rows = &[tracked::TRACK_PROCESS];
                self.block("vrrp_track_process", span, rows, &mut process);
                draft.processes.push(process);
            }
            Section::Script => {
                let mut script = ScriptDraft::new(name, order);
                self.block("vrrp_script", span, &[script::SCRIPT], &mut script);
                script.lines = order..Order(self.report.order.0 + 1);
                draft.scripts.push(script);
            }
            Section::Global
            | Section::GarpGroup
            | Section::Ssl
            | Section::VirtualServer
            | Section::VirtualServerGroup
            | Section::Instance
            | Section::SyncGroup
            | Section::TrackPort
            | Section::TrackGroup => {}
        }
    }

    /// Blocks whose names, if any, are not those of something to refer to; false: it is another.
    fn unnamed(&mut self, section: Section, statement: &Statement<'_>, draft: &mut Draft) -> bool {
        let span = statement.keyword_span();
        match section {
            Section::Global => {
                self.report.section = ("global_defs", String::new());
                if self.opened(statement) {
                    self.block("global_defs", span, GLOBAL_DEFS, &mut draft.global);
                }
            }
            Section::Ssl => {
                if self.opened(statement) {
                    self.listed("SSL", statement);
                    self.block("SSL", span, &[ssl::SSL], &mut draft.ssl);
                    self.muted = false;
                }
            }
            Section::VirtualServer => self.virtual_server(statement, draft),
            Section::VirtualServerGroup => self.server_group(statement, draft),
            Section::GarpGroup => self.garp_group(statement, draft),
            Section::Instance
            | Section::Script
            | Section::TrackFile(_)
            | Section::TrackProcess
            | Section::SyncGroup
            | Section::TrackPort
            | Section::TrackGroup => return false,
        }
        true
    }

    fn virtual_server(&mut self, statement: &Statement<'_>, draft: &mut Draft) {
        self.listed("virtual_server", statement);
        if self.enters("virtual_server", SERVICE, statement) {
            let mut server = VirtualServerDraft::new(statement);
            let span = statement.keyword_span();
            self.block("virtual_server", span, VIRTUAL_SERVER, &mut server);
            if draft.virtual_servers.is_empty() {
                let most = self.lines.blocks().max(1);
                draft.virtual_servers.reserve_exact(most);
            }
            draft.virtual_servers.push(server.service);
        }
        self.muted = false;
    }

    fn server_group(&mut self, statement: &Statement<'_>, draft: &mut Draft) {
        self.listed("virtual_server_group", statement);
        self.muted = false;
        let name = self.name_of(Section::VirtualServerGroup, statement);
        if self.opened(statement) {
            let mut group = ServerGroupDraft {
                name,
                ..ServerGroupDraft::default()
            };
            self.list(
                "virtual_server_group",
                statement,
                &mut group,
                ServerGroupDraft::entry,
            );
            draft.server_groups.push(group);
        }
    }

    /// A block of the root that is not in effect is listed as a whole, and not the words in it.
    fn listed(&mut self, name: &str, statement: &Statement<'_>) {
        let row = self.lookup.find(ROOT_ROWS, name);
        self.muted = row.is_some_and(|row| row.effect() == Effect::NotYet);
        if self.muted {
            let place = (name.to_owned(), statement.keyword_span());
            self.report.not_in_effect.push(place);
        }
    }

    /// The name of a named block; a message and an empty name when there is none.
    fn name_of(&mut self, section: Section, statement: &Statement<'_>) -> At<String> {
        if let Some(word) = statement.value() {
            return At::new(word.text.to_owned(), word.span);
        }
        let lacking = match section {
            Section::Instance | Section::SyncGroup => Lacking::Ignored,
            Section::Script
            | Section::TrackPort
            | Section::TrackFile(_)
            | Section::TrackProcess
            | Section::TrackGroup
            | Section::GarpGroup
            | Section::VirtualServer
            | Section::VirtualServerGroup
            | Section::Ssl
            | Section::Global => Lacking::Refuses,
        };
        missing(statement, "a name", lacking, "", &mut self.report);
        At::new(String::new(), statement.keyword_span())
    }

    /// The name is taken: a message, and the caller skips the block.
    fn repeats(&mut self, section: Section, name: &At<String>, statement: &Statement<'_>) -> bool {
        let key = (name.value.clone(), keyword_of(section));
        let first = match self.names.entry(key) {
            Entry::Vacant(free) => {
                free.insert(name.span);
                return false;
            }
            Entry::Occupied(taken) => *taken.get(),
        };
        let problem = self.report.general(
            "repeated-name",
            name.span,
            format!(
                "`{} {}` is defined already; this second block is left out",
                statement.keyword(),
                name.value
            ),
        );
        problem.labels.push((first, "defined here".to_owned()));
        problem.help = Some("give it a name of its own".to_owned());
        true
    }

    fn stray_close(&mut self, span: Span) {
        if self.lost > 0 {
            self.lost -= 1;
            if self.lost == 0 {
                self.early = None;
            }
            return self.swallowed(span);
        }
        self.report
            .general(
                "extra-close-brace",
                span,
                "`}` closes nothing; it is ignored",
            )
            .help =
            Some("look for a `{` that is missing, or a `}` too many, before this line".to_owned());
    }
}
