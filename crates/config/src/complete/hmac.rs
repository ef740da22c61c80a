//! `auth_hmac`: keys that can be used, and what it excludes.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::complete::Scene;
use crate::diagnostic::{Class, Diagnostic};
use crate::interpret::draft::InstanceDraft;
use crate::interpret::report::Report;
use crate::interpret::statement::At;
use crate::load::KeyFile;
use crate::model::{AuthHmac, HmacMode, Instance, Secret};

/// Least and most bytes of a key.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 32..=64;

/// Makes the extension of a draft, if there is a key to sign with.
pub(super) fn complete(
    draft: &InstanceDraft,
    instance: &mut Instance,
    scene: &Scene<'_>,
    report: &mut Report,
) {
    let Some(block) = &draft.hmac else { return };
    let mut keys = BTreeMap::new();
    for (id, text) in &block.keys {
        if let Some(secret) = secret(*id, text, scene, report) {
            keys.insert(*id, secret);
        }
    }
    let active = block.active_key.filter(|id| keys.contains_key(&id.value));
    let Some(active) = active else {
        let span = block.active_key.map_or(block.span, |id| id.span);
        report.general(
            "hmac-without-key",
            span,
            "`active_key` is not among the keys; adverts are neither signed nor checked",
        );
        return;
    };
    let mut mode = block.mode.map_or(HmacMode::Enforce, |mode| mode.value);
    if instance.strict && mode != HmacMode::Enforce {
        let span = block.mode.map_or(block.span, |mode| mode.span);
        report.general(
            "not-strict",
            span,
            "strict mode: `mode` of `auth_hmac` is enforce",
        );
        mode = HmacMode::Enforce;
    }
    if instance.authentication.take().is_some() {
        report.general(
            "hmac-replaces-password",
            block.span,
            "`auth_hmac` takes the place of `authentication`, which is not used",
        );
    }
    let window = (instance.advert_interval * 3).max(Duration::from_secs(5));
    instance.hmac = Some(AuthHmac {
        keys,
        active_key: active.value,
        time_window: block.time_window.unwrap_or(window),
        anti_replay: block.anti_replay,
        mode,
    });
}

/// The bytes of a key, if they are such.
fn secret(id: u8, text: &At<String>, scene: &Scene<'_>, report: &mut Report) -> Option<Secret> {
    let bytes = if let Some(path) = text.value.strip_prefix("file:") {
        from_file(id, path, text, scene, report)?
    } else {
        match from_text(text.value.as_bytes()) {
            Some(bytes) => bytes,
            None => {
                return invalid(
                    id,
                    text,
                    "is not made of pairs of hexadecimal digits",
                    report,
                );
            }
        }
    };
    if KEY_BYTES.contains(&bytes.len()) {
        return Some(Secret(bytes));
    }
    let why = format!("has {} bytes; 32 to 64 are needed", bytes.len());
    invalid(id, text, &why, report)
}

fn invalid(id: u8, text: &At<String>, why: &str, report: &mut Report) -> Option<Secret> {
    report.general(
        "hmac-key-invalid",
        text.span,
        format!("key {id} {why}; it is ignored"),
    );
    None
}

/// A key as written: `hex:` and digits, or the bytes themselves.
fn from_text(text: &[u8]) -> Option<Vec<u8>> {
    let Some(digits) = text.strip_prefix(b"hex:") else {
        return Some(text.to_vec());
    };
    let value = |digit: u8| {
        char::from(digit)
            .to_digit(16)
            .and_then(|d| u8::try_from(d).ok())
    };
    let (pairs, rest) = digits.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs
        .iter()
        .map(|[high, low]| Some(value(*high)? << 4 | value(*low)?))
        .collect()
}

/// A key in a file that only its owner may read. Its last line end does not count.
fn from_file(
    id: u8,
    path: &str,
    text: &At<String>,
    scene: &Scene<'_>,
    report: &mut Report,
) -> Option<Vec<u8>> {
    let bytes = match scene.host.key_file(path) {
        KeyFile::Read(bytes) => bytes,
        // Of a machine that is not known: something that all who name this file agree on.
        KeyFile::Unknown => {
            let stand_in = path.bytes().cycle().take(*KEY_BYTES.start());
            return (!path.is_empty()).then(|| stand_in.collect());
        }
        KeyFile::Insecure => {
            let message =
                format!("`{path}` can be read by others than its owner; key {id} is ignored");
            let diagnostic = Diagnostic::new("hmac-key-insecure", Class::Security, message);
            report.add(diagnostic.at(text.span)).help = Some(format!("chmod 600 {path}"));
            return None;
        }
        KeyFile::Unreadable(why) => {
            invalid(
                id,
                text,
                &format!("cannot be read from `{path}`: {why}"),
                report,
            );
            return None;
        }
    };
    let line = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if let Some(bytes) = from_text(line) {
        return Some(bytes);
    }
    invalid(
        id,
        text,
        "is not made of pairs of hexadecimal digits",
        report,
    );
    None
}
