//! Actions in the words of the timeline language, so that what is printed can be read back.

use std::fmt::Write as _;
use std::time::Duration;

use crate::action::Action;
use crate::network::Quality;
use crate::node::Node;
use crate::record::span_in_words;

/// An action as one would write it in a timeline.
pub fn action(nodes: &[Node], action: &Action) -> String {
    let names: Vec<&str> = nodes.iter().map(|node| node.name.as_str()).collect();
    spell(&names, action)
}

/// As [`action`], with the names of the nodes in order.
pub fn spell(names: &[&str], action: &Action) -> String {
    let name = |node: &usize| names.get(*node).copied().unwrap_or("?");
    match action {
        Action::Start(node) => format!("start {}", name(node)),
        Action::Stop(node) => format!("stop {}", name(node)),
        Action::Crash(node) => format!("crash {}", name(node)),
        Action::PowerOff(node) => format!("power-off {}", name(node)),
        Action::KillProcess(node) => format!("kill-process {}", name(node)),
        Action::Reload(node) => format!("reload {}", name(node)),
        Action::Reconfigure(node, _) => format!("reload {} with changes", name(node)),
        Action::Pause(node, span) => format!("pause {} for {}", name(node), span_in_words(*span)),
        Action::SetClock(node, millis) => {
            let sign = if *millis < 0 { "-" } else { "" };
            let span = Duration::from_millis(millis.unsigned_abs());
            format!("set-clock {} by {sign}{}", name(node), span_in_words(span))
        }
        Action::Down(node, nic) => format!("down {} {nic}", name(node)),
        Action::Up(node, nic) => format!("up {} {nic}", name(node)),
        Action::Remove(node, nic) => format!("remove {} {nic}", name(node)),
        Action::Create(node, nic) => format!("create {} {nic}", name(node)),
        Action::Fail(node, script) => format!("fail {} {script}", name(node)),
        Action::Recover(node, script) => format!("recover {} {script}", name(node)),
        Action::Set(node, kind, watched, reading) => {
            format!("set {} {} {watched} {reading}", name(node), kind.word())
        }
        Action::DeleteAddress(node, address) => format!("delete {} {address}", name(node)),
        Action::Partition(a, b) => format!("partition {} {}", name(a), name(b)),
        Action::PartitionOneWay(a, b) => format!("partition {} -> {}", name(a), name(b)),
        Action::Isolate(node) => format!("isolate {}", name(node)),
        Action::Rejoin(a, b) => format!("rejoin {} {}", name(a), name(b)),
        Action::HealNode(node) => format!("heal {}", name(node)),
        Action::Heal => "heal".to_owned(),
        Action::Network(quality) => format!("network {}", quality_in_words(quality)),
    }
}

fn quality_in_words(quality: &Quality) -> String {
    let mut words = format!("delay {}", span_in_words(quality.delay));
    if !quality.jitter.is_zero() {
        let _ = write!(words, " jitter {}", span_in_words(quality.jitter));
    }
    if quality.loss_percent > 0 {
        let _ = write!(words, " loss {}%", quality.loss_percent);
    }
    if quality.duplicate_percent > 0 {
        let _ = write!(words, " duplicate {}%", quality.duplicate_percent);
    }
    if quality.corrupt_percent > 0 {
        let _ = write!(words, " corrupt {}%", quality.corrupt_percent);
    }
    if quality.reorders {
        words += " reorder";
    }
    words
}
