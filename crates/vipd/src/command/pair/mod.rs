//! Several nodes at once: their files, what disagrees between them, and the flip proof.

pub(super) mod as_json;
mod nodes;
mod table;
pub(super) mod words;

use std::io::Read as _;

use serde_json::{Value, json};
use vipd_config::diagnostic::terminal::Style;
use vipd_config::diagnostic::{
    Class, Diagnostic, Severity, Sources, json as diagnostic_json, terminal,
};
use vipd_config::files::{DiskFiles, Files, MemoryFiles};
use vipd_config::line::Span;
use vipd_config::{Host, Loaded, load, pair};
use vipd_daemon::host;
use vipd_sim::machine::{self, Machine};
use vipd_sim::proof::{Kind, Proof, Thing, prove};

pub(super) use nodes::{NodeFile, all_nodes, node_files};

/// Exit status when the nodes would not do together what they should.
const DISAGREE: u8 = 3;

/// Everything that was found out about the nodes together.
pub(super) struct Together {
    nodes: Vec<NodeFile>,
    compared: Vec<pair::Node>,
    sources: Sources,
    diagnostics: Vec<Diagnostic>,
    proof: Proof,
}

/// Where a file comes from: the disk, or standard input when its name is `-`.
pub(super) fn source(name: &str) -> std::io::Result<Box<dyn Files>> {
    const STANDARD_INPUT: &str = "-";
    if name != STANDARD_INPUT {
        return Ok(Box::new(DiskFiles));
    }
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes)?;
    Ok(Box::new(MemoryFiles::single(STANDARD_INPUT, bytes)))
}

/// Reads the file of one node. Lines that begin with `@NAME` hold for it.
pub(super) fn read(
    node: &NodeFile,
    config_id: Option<&str>,
    all_config: bool,
) -> std::io::Result<Loaded> {
    let id = config_id.unwrap_or(&node.name);
    let environment = host::environment(Some(id), all_config);
    let files = source(&node.file)?;
    Ok(load(
        files.as_ref(),
        &node.file,
        &environment,
        &Host::unknown(id),
    ))
}

/// The machines of the simulator for the configurations of nodes.
pub(super) fn machines(nodes: &[(NodeFile, Loaded)]) -> Vec<Machine> {
    machine::machines(
        nodes
            .iter()
            .map(|(node, loaded)| (node.name.clone(), loaded.config.clone())),
    )
}

impl Together {
    /// Compares the nodes and makes everything fail. Each must have been found to start.
    pub(super) fn examine(nodes: &[(NodeFile, Loaded)]) -> Self {
        let named = nodes
            .iter()
            .map(|(node, loaded)| (node.name.as_str(), loaded));
        let (compared, sources) = pair::nodes(named);
        Self {
            nodes: nodes.iter().map(|(node, _)| node.clone()).collect(),
            sources,
            diagnostics: pair::check(&compared),
            compared,
            proof: prove(machines(nodes)),
        }
    }

    /// What is wrong between the nodes as if it were about one file; the failures that do not do
    /// what they should are among it, at the line that tracks what failed.
    pub(super) fn as_loaded(&self) -> Loaded {
        let proof = &self.proof;
        let troubles = proof
            .troubles()
            .filter(|(.., trouble)| trouble.is_serious());
        let failures = troubles.filter_map(|(trial, outcome, trouble)| {
            let message = words::trouble(proof, trial, outcome, trouble);
            let last = &proof.things[*trial.things.last()?];
            let place = self.place(last, outcome.router)?;
            Some(Diagnostic::new("flip-proof", Class::General, message).at(place))
        });
        Loaded {
            diagnostics: self.diagnostics.iter().cloned().chain(failures).collect(),
            sources: self.sources.clone(),
            ..Loaded::default()
        }
    }

    /// Where a thing is tracked, else where the instance begins.
    fn place(&self, thing: &Thing, router: usize) -> Option<Span> {
        let members = &self.proof.routers.get(router)?.members;
        let own = members.iter().find(|(node, _)| *node == thing.node);
        let &(node, instance) = own.or(members.first())?;
        let node = self.compared.get(node)?;
        let instance = &node.config.instances.get(instance)?.name;
        let places = node.places.instances.get(instance)?;
        Some(match &thing.kind {
            Kind::Check { scripts, .. } => places.tracked(scripts.first()?),
            Kind::Interface(name)
            | Kind::Port { name, .. }
            | Kind::Process(name)
            | Kind::File { name, .. } => places.tracked(name),
            Kind::Node | Kind::Daemon | Kind::Link(_) => places.name,
        })
    }

    /// Exit status: 3, or 1 when `strict` and there are hints.
    pub(super) fn exit_status(&self, strict: bool) -> u8 {
        let wrong = |d: &Diagnostic| d.severity() > Severity::Hint;
        if self.diagnostics.iter().any(wrong) || !self.proof.holds() {
            DISAGREE
        } else {
            u8::from(strict && !self.diagnostics.is_empty())
        }
    }

    /// The report, for people.
    pub(super) fn text(&self, style: Style, explain: bool) -> String {
        let mut text = String::new();
        for diagnostic in &self.diagnostics {
            text += &terminal::render(diagnostic, &self.sources, style);
            text += "\n\n";
        }
        text + &table::table(&self.nodes, &self.proof, explain)
    }

    /// The report, for programs.
    pub(super) fn report(&self) -> Value {
        let diagnostics = self.diagnostics.iter();
        let diagnostics: Vec<Value> = diagnostics
            .map(|diagnostic| diagnostic_json::render(diagnostic, &self.sources))
            .collect();
        json!({
            "diagnostics": diagnostics,
            "proof": as_json::proof(&self.proof),
        })
    }
}
