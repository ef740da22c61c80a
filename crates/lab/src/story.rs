//! The story of a pair: a virtual address, two nodes, a client, and what can happen to them.
//!
//! Used by `vipd demo` and by tests, with any daemon that takes keepalived's configuration. What
//! is expected of each step is worked out from priorities and preemption alone; what held is
//! judged by what the client saw.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use crate::{Error, Host, Lab, PROGRAM, Port, Prober, Process, Result, Signal, Switch};

/// Where daemons find their configuration.
pub const CONFIGURATION: &str = "/etc/keepalived/keepalived.conf";

/// Where the output of daemons goes.
pub const LOG: &str = "/var/log/keepalived.log";

/// Name of the client's interface.
const CLIENT_INTERFACE: &str = "eth0";

/// How often the client asks.
const BEAT: Duration = Duration::from_millis(1);

/// How long one node must answer alone before a step is over.
const CALM: Duration = Duration::from_millis(250);

/// How often it is looked whether a daemon has ended meanwhile.
const LOOK: Duration = Duration::from_millis(250);

/// What a machine needs beyond what timers say: starting processes, being busy.
const SLACK: Duration = Duration::from_secs(4);

/// One node of the pair.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// Files to put there: path, permissions, contents.
    pub files: Vec<(String, u32, Vec<u8>)>,
    /// Symbolic links to put there: what they lead to, path.
    pub links: Vec<(String, String)>,
    /// Its interfaces with their addresses. The first one's cable is pulled.
    pub interfaces: Vec<(String, Vec<(IpAddr, u8)>)>,
    /// Ports the web service listens on, the one the client asks first.
    pub ports: Vec<u16>,
    /// Its priority while all is well.
    pub priority: i32,
    /// Whether it takes the address back from a node of lower priority.
    pub preempts: bool,
}

/// A pair with its client.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The nodes.
    pub nodes: [Node; 2],
    /// The client's addresses.
    pub client: Vec<(IpAddr, u8)>,
    /// The virtual address that the client asks.
    pub vip: IpAddr,
    /// Longest time the protocol lets a master be silent before another takes over.
    pub master_down: Duration,
    /// Longest time until a check notices that the service is gone, or back.
    pub check: Duration,
    /// `preempt_delay`.
    pub preempt_delay: Duration,
    /// A check watches the service, so that it can die in the story.
    pub is_checked: bool,
}

/// The program under test, as it is started in both nodes.
#[derive(Clone, Debug)]
pub struct Daemon {
    /// Its path in the host, or a name to be looked up.
    pub program: String,
    /// Its arguments in each node.
    pub arguments: [Vec<String>; 2],
}

/// Something that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Both daemons start.
    Start,
    /// The service on the node that holds the address is killed.
    ServiceDies,
    /// It is started again.
    ServiceReturns,
    /// All processes of the daemon that holds the address are killed at once.
    DaemonKilled,
    /// It is started again.
    DaemonReturns,
    /// The cable of the node that holds the address is pulled.
    CablePulled,
    /// It is plugged in again.
    CablePlugged,
}

/// A step of the story, done.
#[derive(Clone, Debug)]
pub struct Step {
    /// What happened.
    pub act: Act,
    /// To which node.
    pub node: String,
    /// Who was to answer in the end.
    pub expected: String,
    /// From the act until the expected node answered.
    pub took: Option<Duration>,
    /// Longest time the client saw nothing. None at the start, where nobody could answer.
    pub outage: Option<Duration>,
    /// Why it did not hold, if it did not.
    pub failure: Option<String>,
}

/// A pair that is set up, playing its story.
#[derive(Debug)]
pub struct Story {
    pair: Pair,
    daemon: Daemon,
    switch: Switch,
    nodes: Vec<Playing>,
    client: Host,
    prober: Option<Prober>,
    /// Index of the node that answers.
    holder: usize,
    /// Index of the node that something happened to.
    victim: usize,
}

/// A node in play.
#[derive(Debug)]
struct Playing {
    host: Host,
    cables: Vec<Port>,
    services: Vec<Process>,
    daemon: Option<Process>,
}

impl Story {
    /// Makes the hosts and starts their services, but no daemon yet.
    pub fn prepare(lab: &Lab, pair: Pair, daemon: Daemon) -> Result<Self> {
        let switch = lab.switch("switch")?;
        let mut nodes = Vec::new();
        for node in &pair.nodes {
            nodes.push(Playing::prepare(lab, &switch, node)?);
        }
        let client = lab.host("client")?;
        switch.connect(&client, CLIENT_INTERFACE, &pair.client)?;
        let whole = if pair.vip.is_ipv4() { 32 } else { 128 };
        client.add_route((pair.vip, whole), CLIENT_INTERFACE, None)?;
        let holder = usize::from(pair.nodes[1].priority > pair.nodes[0].priority);
        let mut story = Self {
            pair,
            daemon,
            switch,
            nodes,
            client,
            prober: None,
            holder,
            victim: holder,
        };
        for index in 0..story.nodes.len() {
            story.start_services(index)?;
        }
        Ok(story)
    }

    /// The steps of the story, in order.
    pub fn acts(&self) -> Vec<Act> {
        let mut acts = vec![Act::Start];
        if self.pair.is_checked {
            acts.extend([Act::ServiceDies, Act::ServiceReturns]);
        }
        acts.extend([
            Act::DaemonKilled,
            Act::DaemonReturns,
            Act::CablePulled,
            Act::CablePlugged,
        ]);
        acts
    }

    /// Name of the node that an act is going to happen to.
    pub fn subject(&self, act: Act) -> &str {
        let index = match act {
            Act::ServiceDies | Act::DaemonKilled | Act::CablePulled | Act::Start => self.holder,
            Act::ServiceReturns | Act::DaemonReturns | Act::CablePlugged => self.victim,
        };
        &self.pair.nodes[index].name
    }

    /// Lets something happen and waits until it is over: who answers, and what the client saw.
    ///
    /// An error is one of the lab; a daemon that fails is a step that did not hold.
    pub fn play(&mut self, act: Act) -> Result<Step> {
        let before = self.holder;
        let node = self.subject(act).to_owned();
        let expected = self.expect(act);
        let limit = self.limit(act);
        let start = Instant::now();
        self.perform(act)?;
        let name = self.pair.nodes[expected].name.clone();
        // Where nothing is to change, it gets the time in which it could.
        if expected == before && act != Act::Start {
            std::thread::sleep(self.undisturbed(act));
        }
        let took = self
            .await_answer(&name, limit)?
            .map(|at| at.duration_since(start));
        let prober = self.prober()?;
        let is_calm = took.is_some() && prober.await_calm(&name, CALM, SLACK).is_ok();
        let seen = prober.seen(start, Instant::now());
        let failure = if is_calm {
            self.address_is_missing(expected)?
        } else {
            Some(self.explain(&seen.answered, &name)?)
        };
        self.holder = expected;
        Ok(Step {
            act,
            node,
            expected: name,
            took,
            outage: (act != Act::Start).then_some(seen.outage),
            failure,
        })
    }

    /// Waits for an answer of a node: when it came. Gives up early when a daemon ends that should
    /// not.
    fn await_answer(&mut self, name: &str, limit: Duration) -> Result<Option<Instant>> {
        let end = Instant::now() + limit;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            match self.prober()?.await_answer(name, left.min(LOOK)) {
                Ok(_) => return Ok(Some(Instant::now())),
                Err(Error::Timeout { .. }) => {}
                Err(error) => return Err(error),
            }
            if left.is_zero() || !self.ended_daemons()?.is_empty() {
                return Ok(None);
            }
        }
    }

    /// Daemons that have ended by themselves, each in words.
    fn ended_daemons(&mut self) -> Result<Vec<String>> {
        let mut ended = Vec::new();
        for node in &mut self.nodes {
            if let Some(daemon) = &mut node.daemon
                && let Some(status) = daemon.try_wait()?
            {
                ended.push(format!(
                    "the daemon on {} has ended ({status})",
                    node.host.name()
                ));
            }
        }
        Ok(ended)
    }

    /// Why not `expected` alone answers.
    fn explain(&mut self, answered: &BTreeSet<String>, expected: &str) -> Result<String> {
        let ended = self.ended_daemons()?;
        Ok(if !ended.is_empty() {
            ended.join(", ")
        } else if answered.is_empty() {
            "nobody answers".to_owned()
        } else {
            let names: Vec<_> = answered.iter().map(String::as_str).collect();
            match names[..] {
                [one] if one != expected => format!("{one} answers"),
                _ => format!("these answer in turn: {}", names.join(", ")),
            }
        })
    }

    fn prober(&self) -> Result<&Prober> {
        let what = "prober before the daemons have started".to_owned();
        self.prober.as_ref().ok_or(Error::Missing { what })
    }

    /// The last lines that a daemon has said, per node: its name, and the lines.
    pub fn last_words(&self, lines: usize) -> Vec<(String, String)> {
        let last = |playing: &Playing| {
            let log = playing.host.read_file(LOG).unwrap_or_default();
            let log = String::from_utf8_lossy(&log).into_owned();
            let skip = log.lines().count().saturating_sub(lines);
            let text: Vec<_> = log.lines().skip(skip).collect();
            (playing.host.name().to_owned(), text.join("\n"))
        };
        self.nodes.iter().map(last).collect()
    }

    /// Every host there is, the switch last.
    pub fn hosts(&self) -> Vec<&Host> {
        let nodes = self.nodes.iter().map(|playing| &playing.host);
        nodes.chain([&self.client, self.switch.host()]).collect()
    }

    /// Who is to answer after an act, by priority and preemption.
    fn expect(&self, act: Act) -> usize {
        match act {
            Act::Start => self.holder,
            Act::ServiceDies | Act::DaemonKilled | Act::CablePulled => 1 - self.holder,
            Act::ServiceReturns | Act::DaemonReturns | Act::CablePlugged => {
                let (back, holder) = (self.victim, self.holder);
                let [a, b] = [back, holder].map(|index| &self.pair.nodes[index]);
                if a.priority > b.priority && a.preempts {
                    back
                } else {
                    holder
                }
            }
        }
    }

    /// Longest time an act may take until the expected node answers.
    fn limit(&self, act: Act) -> Duration {
        let protocol = self.pair.master_down + SLACK;
        match act {
            Act::ServiceDies => protocol + self.pair.check,
            Act::ServiceReturns => protocol + self.pair.check + self.pair.preempt_delay,
            Act::Start | Act::DaemonReturns | Act::CablePlugged => {
                protocol + self.pair.check + self.pair.preempt_delay
            }
            Act::DaemonKilled | Act::CablePulled => protocol,
        }
    }

    /// Time in which a node that is not to take over would have done so.
    fn undisturbed(&self, act: Act) -> Duration {
        self.limit(act).saturating_sub(SLACK) + Duration::from_millis(300)
    }

    fn perform(&mut self, act: Act) -> Result<()> {
        match act {
            Act::Start => self.start_both()?,
            Act::ServiceDies => {
                self.victim = self.holder;
                for service in self.nodes[self.victim].services.drain(..) {
                    service.kill(Signal::SIGKILL)?;
                }
            }
            Act::ServiceReturns => self.start_services(self.victim)?,
            Act::DaemonKilled => {
                self.victim = self.holder;
                if let Some(daemon) = self.nodes[self.victim].daemon.take() {
                    daemon.kill_tree()?;
                }
            }
            Act::DaemonReturns => self.start_daemon(self.victim)?,
            Act::CablePulled => {
                self.victim = self.holder;
                self.nodes[self.victim].cables[0].pull()?;
            }
            Act::CablePlugged => self.nodes[self.victim].cables[0].plug()?,
        }
        Ok(())
    }

    /// Starts the daemons, the better one first: if it may not take the address from the other
    /// it must have it before the other comes.
    fn start_both(&mut self) -> Result<()> {
        let address = SocketAddr::new(self.pair.vip, self.pair.nodes[0].ports[0]);
        self.prober = Some(self.client.probe(address, BEAT)?);
        let first = self.holder;
        self.start_daemon(first)?;
        let better = &self.pair.nodes[first];
        if !better.preempts || better.priority == self.pair.nodes[1 - first].priority {
            let name = better.name.clone();
            // If it never answers, the step says so.
            self.await_answer(&name, self.limit(Act::Start))?;
        }
        self.start_daemon(1 - first)
    }

    fn start_services(&mut self, index: usize) -> Result<()> {
        let node = &mut self.nodes[index];
        for port in &self.pair.nodes[index].ports {
            let words = [
                "lab-web".to_owned(),
                port.to_string(),
                node.host.name().to_owned(),
            ];
            let service = node.host.command(PROGRAM).args(words).spawn()?;
            service.await_line("serving", SLACK)?;
            node.services.push(service);
        }
        Ok(())
    }

    fn start_daemon(&mut self, index: usize) -> Result<()> {
        let node = &mut self.nodes[index];
        let command = node.host.command(&self.daemon.program);
        let command = command
            .args(self.daemon.arguments[index].clone())
            .output_file(LOG);
        node.daemon = Some(command.spawn()?);
        Ok(())
    }

    /// What is wrong if the node that answers does not even have the address.
    fn address_is_missing(&self, index: usize) -> Result<Option<String>> {
        let host = &self.nodes[index].host;
        let has = host.addresses()?.contains(&self.pair.vip);
        Ok((!has).then(|| {
            format!(
                "{} answers but does not hold {}",
                host.name(),
                self.pair.vip
            )
        }))
    }
}

impl Playing {
    fn prepare(lab: &Lab, switch: &Switch, node: &Node) -> Result<Self> {
        let host = lab.host(&node.name)?;
        let mut cables = Vec::new();
        for (interface, addresses) in &node.interfaces {
            cables.push(switch.connect(&host, interface, addresses)?);
        }
        if cables.is_empty() || node.ports.is_empty() {
            let what = format!("interface or port of node {}", node.name);
            return Err(Error::Missing { what });
        }
        for (path, mode, contents) in &node.files {
            host.write_file(path, *mode, contents)?;
        }
        for (target, path) in &node.links {
            host.link_file(target, path)?;
        }
        Ok(Self {
            host,
            cables,
            services: Vec::new(),
            daemon: None,
        })
    }
}
