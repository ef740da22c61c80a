//! Interfaces that must exist on the machine.

use std::fmt;

use crate::complete::Scene;
use crate::interpret::report::Report;
use crate::interpret::statement::At;
use crate::interpret::suggest::nearest;
use crate::interpret::value;

/// Says so when the interface is not there. With `dynamic_interfaces` it need not be.
pub(super) fn exists(
    name: &At<String>,
    role: fmt::Arguments<'_>,
    scene: &Scene<'_>,
    report: &mut Report,
) {
    if scene.draft.global.global.dynamic_interfaces || !scene.host.lacks(&name.value) {
        return;
    }
    let problem = report.unusable(
        "unknown-interface",
        name.span,
        format!(
            "there is no interface `{}` on this machine, and {role}; the daemon refuses to start",
            name.value
        ),
    );
    let Some(interfaces) = &scene.host.interfaces else {
        return;
    };
    let names = || {
        interfaces
            .keys()
            .map(String::as_str)
            .filter(|name| *name != "lo")
    };
    let letters = name.value.replace(['o', 'O'], "0");
    let near = names()
        .find(|known| *known == letters)
        .or_else(|| nearest(&name.value, names()));
    if let Some(near) = near {
        problem.help = Some(format!("did you mean `{near}`?"));
        problem.fix = value::likely(name.span, near);
    } else if interfaces.len() < 12 {
        let listed: Vec<&str> = names().collect();
        problem.help = Some(format!("interfaces here: {}", listed.join(", ")));
    }
}
