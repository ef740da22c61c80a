//! The private key of a client certificate, from its file: as it is, or encrypted with the
//! `password` of the `SSL` block.
//!
//! Two forms of encryption are in use: PKCS #8 (`ENCRYPTED PRIVATE KEY`), and the older one of
//! OpenSSL with `Proc-Type` and `DEK-Info` lines above the key itself.

use aes::{Aes128, Aes192, Aes256};
use cbc::Decryptor;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockCipherDecrypt, BlockModeDecrypt, InnerIvInit, KeyInit};
use des::TdesEde3;
use md5::{Digest, Md5};
use pkcs8::{EncryptedPrivateKeyInfoRef, SecretDocument};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;

/// What stands above a key that is encrypted in the older way.
const OLD_MARK: &str = "Proc-Type: 4,ENCRYPTED";
/// Which cipher, and its initial vector in hexadecimal digits.
const OLD_CIPHER: &str = "DEK-Info:";
/// How a key in PKCS #8 begins that is encrypted.
const NEW_MARK: &str = "-----BEGIN ENCRYPTED PRIVATE KEY-----";

/// Reads the key in a PEM file. The text says why there is none.
pub(super) fn private_key(
    pem: &[u8],
    password: Option<&[u8]>,
) -> Result<PrivateKeyDer<'static>, String> {
    let text = std::str::from_utf8(pem).unwrap_or_default();
    let is_old = text.contains(OLD_MARK);
    if !is_old && !text.contains(NEW_MARK) {
        return PrivateKeyDer::from_pem_slice(pem).map_err(|error| error.to_string());
    }
    let password = password.ok_or("it is encrypted, and there is no `password`")?;
    if is_old {
        decrypt_old(text, password)
    } else {
        decrypt_new(text, password)
    }
}

/// PKCS #8.
fn decrypt_new(text: &str, password: &[u8]) -> Result<PrivateKeyDer<'static>, String> {
    let start = text.find(NEW_MARK).unwrap_or(0);
    let (_, document) =
        SecretDocument::from_pem(&text[start..]).map_err(|error| error.to_string())?;
    let encrypted = EncryptedPrivateKeyInfoRef::try_from(document.as_bytes())
        .map_err(|error| error.to_string())?;
    let plain = encrypted
        .decrypt(password)
        .map_err(|error| format!("it cannot be decrypted with this `password`: {error}"))?;
    Ok(PrivateKeyDer::Pkcs8(plain.as_bytes().to_vec().into()))
}

/// The older form.
fn decrypt_old(text: &str, password: &[u8]) -> Result<PrivateKeyDer<'static>, String> {
    let cipher = text.lines().find_map(|line| line.strip_prefix(OLD_CIPHER));
    let (cipher, vector) = cipher
        .and_then(|line| line.trim().split_once(','))
        .ok_or("it does not say how it is encrypted")?;
    let vector = hexadecimal(vector.trim()).ok_or("its initial vector is none")?;
    // Without these lines it is a PEM file like any other, of bytes that mean nothing yet.
    let body: Vec<&str> = text.lines().filter(|line| !line.contains(':')).collect();
    let sealed = PrivateKeyDer::from_pem_slice(body.join("\n").as_bytes())
        .map_err(|error| error.to_string())?;
    let bytes = sealed.secret_der();
    let plain = match cipher {
        "AES-128-CBC" => open::<Aes128>(password, &vector, bytes),
        "AES-192-CBC" => open::<Aes192>(password, &vector, bytes),
        "AES-256-CBC" => open::<Aes256>(password, &vector, bytes),
        "DES-EDE3-CBC" => open::<TdesEde3>(password, &vector, bytes),
        other => return Err(format!("{other} is no cipher for keys that is known here")),
    };
    let plain = plain.ok_or("it cannot be decrypted with this `password`")?;
    if matches!(sealed, PrivateKeyDer::Sec1(_)) {
        return Ok(PrivateKeyDer::Sec1(plain.into()));
    }
    // Keys of the newer kind are encrypted in the newer way.
    Ok(PrivateKeyDer::Pkcs1(plain.into()))
}

/// Decrypts with the key that OpenSSL makes of a password: digests of the digest before, the
/// password, and the first eight bytes of the initial vector, in a row.
fn open<C: KeyInit + BlockCipherDecrypt>(
    password: &[u8],
    vector: &[u8],
    sealed: &[u8],
) -> Option<Vec<u8>> {
    let salt = vector.get(..8)?;
    let mut key: Vec<u8> = Vec::new();
    let mut last: Vec<u8> = Vec::new();
    while key.len() < C::key_size() {
        let digest = Md5::new().chain_update(&last);
        let digest = digest.chain_update(password).chain_update(salt);
        last = digest.finalize().to_vec();
        key.extend(&last);
    }
    let cipher = C::new_from_slice(key.get(..C::key_size())?).ok()?;
    let opener = Decryptor::<C>::inner_iv_slice_init(cipher, vector).ok()?;
    opener.decrypt_padded_vec::<Pkcs7>(sealed).ok()
}

fn hexadecimal(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    let byte = |pair: &[u8]| {
        let pair = std::str::from_utf8(pair).ok().filter(|p| p.len() == 2)?;
        u8::from_str_radix(pair, 16).ok()
    };
    pairs.map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &[u8] = include_bytes!("tests/client-key.pem");

    /// The key in all the forms, as OpenSSL writes them; the password is `foo`.
    const ENCRYPTED: [(&str, &[u8]); 5] = [
        ("PKCS #8", include_bytes!("tests/client-key-pkcs8.pem")),
        (
            "PKCS #8 with DES",
            include_bytes!("tests/client-key-pkcs8-des.pem"),
        ),
        ("AES-128", include_bytes!("tests/client-key-aes128.pem")),
        ("AES-256", include_bytes!("tests/client-key-aes256.pem")),
        ("DES", include_bytes!("tests/client-key-des.pem")),
    ];

    #[test]
    fn keys_are_read_in_every_form_with_their_password_only() {
        let sign = |key| rustls::crypto::ring::sign::any_supported_type(&key).unwrap();
        let wanted = sign(private_key(PLAIN, None).unwrap());
        for (form, pem) in ENCRYPTED {
            let key = private_key(pem, Some(b"foo")).expect(form);
            assert_eq!(sign(key).public_key(), wanted.public_key(), "{form}");
            assert!(private_key(pem, None).is_err(), "{form}");
            assert!(private_key(pem, Some(b"bar")).is_err(), "{form}");
        }
        // One that needs none is read with one as well.
        assert!(private_key(PLAIN, Some(b"foo")).is_ok());
    }

    #[test]
    fn what_is_no_key_is_said_to_be_none() {
        let cut = String::from_utf8(ENCRYPTED[3].1.to_vec()).unwrap();
        for text in [
            String::new(),
            cut.replace("AES-256-CBC", "ROT-13"),
            cut.replace("DEK-Info: AES-256-CBC,", "DEK-Info: AES-256-CBC,x"),
            cut.replace("DEK-Info", "Other"),
            cut[..cut.len() / 2].to_owned(),
            NEW_MARK.to_owned(),
        ] {
            assert!(
                private_key(text.as_bytes(), Some(b"foo")).is_err(),
                "{text}"
            );
        }
    }
}
