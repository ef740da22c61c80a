//! TLS of `SSL_GET`: any certificate will do, as with keepalived; what is checked is the service.
//!
//! rustls speaks TLS 1.2 and 1.3 and nothing older, and no cipher without forward secrecy.

use std::net::IpAddr;
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use serde::{Deserialize, Serialize};
use tokio_rustls::TlsConnector;
use vipd_config::model::Secret;

use super::key::private_key;

/// What the `SSL` block names, as it is in the files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Material {
    /// `certificate`: PEM.
    pub certificate: Option<Vec<u8>>,
    /// `key`: PEM.
    pub key: Option<Vec<u8>>,
    /// `password` of the key.
    pub password: Option<Secret>,
    /// `ca`: PEM.
    pub authorities: Option<Vec<u8>>,
}

/// How checks over TLS are made.
#[derive(Clone, Debug)]
pub struct TlsSettings {
    with_sni: Arc<ClientConfig>,
    without_sni: Arc<ClientConfig>,
}

impl TlsSettings {
    /// Settings that show a client certificate if there is one. The text says why there is none
    /// although one was wanted; checks are made without it then.
    pub fn new(material: &Material) -> Result<(Self, Option<String>), rustls::Error> {
        let (identity, trouble) = match identity(material) {
            Ok(identity) => (identity, None),
            Err(why) => (None, Some(why)),
        };
        let (mut config, trouble) = match client_config(identity) {
            Err(why) if trouble.is_none() => (client_config(None)?, Some(why.to_string())),
            config => (config?, trouble),
        };
        let trouble = trouble.or_else(|| authorities(material).err());
        // Each check is to see a whole handshake.
        config.resumption = Resumption::disabled();
        let mut without_sni = config.clone();
        without_sni.enable_sni = false;
        let settings = Self {
            with_sni: Arc::new(config),
            without_sni: Arc::new(without_sni),
        };
        Ok((settings, trouble))
    }

    /// A connector, and the name it is to be used with. `host` is sent by SNI if it is given and
    /// is a name; a port behind it is not part of it.
    pub(super) fn connector(
        &self,
        host: Option<&str>,
        address: IpAddr,
    ) -> (TlsConnector, ServerName<'static>) {
        let name = host.and_then(|host| {
            let bare = host.rsplit_once(':').map_or(host, |(bare, _)| bare);
            [host, bare]
                .into_iter()
                .find_map(|name| ServerName::try_from(name.to_owned()).ok())
        });
        match name {
            Some(name) => (TlsConnector::from(Arc::clone(&self.with_sni)), name),
            None => (
                TlsConnector::from(Arc::clone(&self.without_sni)),
                ServerName::from(address),
            ),
        }
    }
}

/// Certificates with their key.
type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn identity(material: &Material) -> Result<Option<Identity>, String> {
    let (Some(certificate), Some(key)) = (&material.certificate, &material.key) else {
        return Ok(None);
    };
    let chain: Vec<_> = CertificateDer::pem_slice_iter(certificate)
        .collect::<Result<_, _>>()
        .map_err(|error| format!("the client certificate cannot be read: {error}"))?;
    let password = material.password.as_ref();
    let key = private_key(key, password.map(|password| &password.0[..]))
        .map_err(|error| format!("the key of the client certificate cannot be read: {error}"))?;
    Ok(Some((chain, key)))
}

/// Those that are named are read, and nothing is verified with them, as with keepalived.
fn authorities(material: &Material) -> Result<(), String> {
    let Some(pem) = &material.authorities else {
        return Ok(());
    };
    match CertificateDer::pem_slice_iter(pem).next() {
        Some(Ok(_)) => Ok(()),
        Some(Err(error)) => Err(format!("the file of `ca` cannot be read: {error}")),
        None => Err("there is no certificate in the file of `ca`".to_owned()),
    }
}

fn client_config(identity: Option<Identity>) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyCertificate(provider)));
    match identity {
        Some((chain, key)) => builder.with_client_auth_cert(chain, key),
        None => Ok(builder.with_no_client_auth()),
    }
}

/// Takes every certificate. That the server has its key is still checked.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
