//! Files of the `SSL` block, which the checker process does not open itself.

use vipd_config::model::lvs;

use crate::checker::probe::Material;

/// Longest file that is read, bytes.
const MATERIAL_BYTES_MAX: u64 = 1 << 20;

/// Reads what the `SSL` block names.
pub(super) fn material(ssl: &lvs::Ssl, messages: &mut Vec<String>) -> Material {
    let mut read = |what: &str, path: &Option<String>| {
        let path = path.as_deref()?;
        match read_material(path) {
            Ok(bytes) => Some(bytes),
            Err(error) => {
                messages.push(format!("SSL {what} {path} is not used: {error}"));
                None
            }
        }
    };
    Material {
        certificate: read("certificate", &ssl.certificate),
        key: read("key", &ssl.key),
        password: ssl.password.clone(),
        authorities: read("authorities", &ssl.ca),
    }
}

fn read_material(path: &str) -> std::io::Result<Vec<u8>> {
    use std::io::Read as _;
    let file = std::fs::File::open(path)?;
    if !file.metadata()?.is_file() {
        return Err(std::io::Error::other("it is no regular file"));
    }
    let mut bytes = Vec::new();
    file.take(MATERIAL_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(bytes)
}
