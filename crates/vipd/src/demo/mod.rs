//! `vipd demo`: a pair of real daemons on this machine, and everything that can happen to them.

mod built_in;
mod own;
mod timeline;

use std::io::{self, Write};
use std::path::PathBuf;

use nix::unistd::geteuid;
use vipd_lab::story::{Daemon, Pair, Story};
use vipd_lab::{Lab, PROGRAM, become_root_if_needed, kept::Place};

use timeline::Timeline;

/// Play every failover on this machine
///
/// Makes two hosts and a client in network namespaces, starts real daemons in them and plays the
/// story of a pair: the service dies, the daemon is killed, the cable is pulled. Shows who answers
/// and how long the client waited. Needs no root, touches nothing outside its own namespaces.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Leave the hosts running afterwards
    #[arg(long)]
    keep: bool,
    /// Play it on these two configuration files instead of the built-in pair
    #[arg(long, num_args = 2, value_names = ["A", "B"])]
    config: Option<Vec<PathBuf>>,
}

/// The daemon's name in the hosts: keepalived's, since that is the part it plays.
const DAEMON: &str = "/run/lab/bin/keepalived";

/// A pair to be played, and what to tell about it first.
struct Scene {
    pair: Pair,
    /// Configuration files of the nodes, as the daemons get them.
    configurations: [String; 2],
    introduction: String,
}

/// Plays the demo; the exit status is 0 only if every step held.
///
/// To be called before any thread exists: an ordinary user enters a user namespace here.
pub(crate) fn run(arguments: &Arguments) -> u8 {
    let place = kept_place();
    let mut out = io::stdout();
    match play(arguments, &place, &mut out) {
        Ok(true) => 0,
        Ok(false) => 1,
        Err(why) => {
            // Nothing can be said if standard error is closed.
            let _ = writeln!(io::stderr(), "vipd demo: {why}");
            1
        }
    }
}

/// Where kept hosts of this user are. To be asked before entering a user namespace.
pub(crate) fn kept_place() -> Place {
    let runtime_folder = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    Place::of_user(geteuid().as_raw(), runtime_folder)
}

/// Whether every step held. An error is a reason why there was no story, or no end of it.
fn play(arguments: &Arguments, place: &Place, out: &mut dyn Write) -> Result<bool, String> {
    if arguments.keep && !place.list().map_err(text)?.is_empty() {
        return Err("hosts of an earlier demo are still there (stop them: vipd lab stop)".into());
    }
    let scene = match arguments.config.as_deref() {
        Some([a, b]) => own::scene(a, b)?,
        _ => built_in::scene(),
    };
    become_root_if_needed().map_err(text)?;
    let mut timeline = Timeline::new(out);
    timeline.say(&scene.introduction)?;
    // This very program, whatever has become of its file.
    let lab = Lab::new("/proc/self/exe").map_err(text)?;
    let mut story = prepare(&lab, scene)?;
    let mut all_held = true;
    timeline.head()?;
    for act in story.acts() {
        timeline.begin(act, story.subject(act))?;
        let step = story.play(act).map_err(text)?;
        timeline.end(&step)?;
        if step.failure.is_some() {
            all_held = false;
            timeline.last_words(&story.last_words(8))?;
            break;
        }
    }
    timeline.verdict(all_held)?;
    if arguments.keep {
        place.keep(&story.hosts()).map_err(text)?;
        timeline.say(KEPT)?;
    }
    Ok(all_held)
}

fn prepare(lab: &Lab, scene: Scene) -> Result<Story, String> {
    let mut pair = scene.pair;
    for node in &mut pair.nodes {
        node.links.push((PROGRAM.to_owned(), DAEMON.to_owned()));
    }
    let arguments = |configuration: String| {
        let words = ["-n", "-l", "-D", "-f", &configuration];
        words.map(str::to_owned).to_vec()
    };
    let daemon = Daemon {
        program: DAEMON.to_owned(),
        arguments: scene.configurations.map(arguments),
    };
    Story::prepare(lab, pair, daemon).map_err(text)
}

/// What to do with hosts that are kept.
const KEPT: &str = "
The hosts are still running. Look around in them:
    vipd lab list                       names of the hosts
    vipd lab exec a -- ip addr          any command in any host
    vipd lab exec a -- tail -f /var/log/keepalived.log
    vipd lab exec a -- keepalived --version
    vipd lab stop                       end them all
";

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
