//! `HTTP_GET` and `SSL_GET`: one request, and an answer that is read to its end.

pub mod reply;

use std::io;
use std::net::IpAddr;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use vipd_config::model::lvs::{HttpCheck, HttpVersion, Url};

use super::pattern::Compiled;
use super::tls::TlsSettings;
use super::{Failed, socket, step};
use reply::ReplyReader;

/// Bytes of an answer that are read at once.
const PIECE_BYTES: usize = 16 * 1024;

/// A check over HTTP, with what can be prepared.
#[derive(Debug)]
pub struct HttpProbe {
    check: HttpCheck,
    /// The patterns of the URLs.
    patterns: Vec<Option<Result<Compiled, String>>>,
    tls: TlsSettings,
}

impl HttpProbe {
    /// Prepares the check.
    pub fn new(check: &HttpCheck, tls: &TlsSettings) -> Self {
        let patterns = check
            .urls
            .iter()
            .map(|url| url.regex.as_deref().map(Compiled::new))
            .collect();
        Self {
            check: check.clone(),
            patterns,
            tls: tls.clone(),
        }
    }

    /// Patterns that are none.
    pub(super) fn troubles(&self) -> Vec<String> {
        self.patterns
            .iter()
            .flatten()
            .filter_map(|pattern| pattern.as_ref().err().cloned())
            .collect()
    }

    /// Longest time for one step.
    pub(super) fn step(&self) -> Duration {
        self.check.connection.timeout
    }

    /// Makes one request and judges the answer.
    pub(super) async fn look(&self, part: usize) -> Result<(), Failed> {
        let (Some(url), Some(pattern)) = (self.check.urls.get(part), self.patterns.get(part))
        else {
            return Err(format!("there is no URL {part}"));
        };
        let pattern = match pattern {
            Some(Err(why)) => return Err(why.clone()),
            Some(Ok(compiled)) => Some(compiled),
            None => None,
        };
        let reader = ReplyReader::new(url, pattern);
        let stream = socket::connect(&self.check.connection).await?;
        let Some(tls) = &self.check.tls else {
            return self.exchange(url, stream, reader).await;
        };
        let host = tls
            .sends_sni
            .then(|| tls.sni_name.as_deref().or(url.virtualhost.as_deref()))
            .flatten();
        let (connector, name) = self.tls.connector(host, self.check.connection.to.ip());
        // On the heap: who speaks no TLS takes no room for it.
        Box::pin(async {
            let handshake = connector.connect(name, stream);
            let stream = step("TLS handshake", self.step(), handshake).await?;
            self.exchange(url, stream, reader).await
        })
        .await
    }

    async fn exchange(
        &self,
        url: &Url,
        mut stream: impl AsyncRead + AsyncWrite + Unpin,
        mut reader: ReplyReader<'_>,
    ) -> Result<(), Failed> {
        let request = request(&self.check, url);
        let limit = self.step();
        step("send request", limit, stream.write_all(request.as_bytes())).await?;
        step("send request", limit, stream.flush()).await?;
        let mut buffer = Vec::with_capacity(PIECE_BYTES);
        loop {
            buffer.clear();
            let read = async {
                match stream.read_buf(&mut buffer).await {
                    // A TLS connection that was cut rather than closed.
                    Err(error)
                        if error.kind() == io::ErrorKind::UnexpectedEof && !url.tls_compliant =>
                    {
                        Ok(0)
                    }
                    result => result,
                }
            };
            match step("read answer", limit, read).await? {
                0 => return reader.finish(),
                _ => reader.push(&buffer)?,
            }
        }
    }
}

/// The request, as keepalived words it: servers may be configured for just that.
fn request(check: &HttpCheck, url: &Url) -> String {
    let (version, close) = match check.version {
        HttpVersion::V10 => ("1.0", ""),
        HttpVersion::V10Close => ("1.0", "Connection: close\r\n"),
        HttpVersion::V11 => ("1.1", "Connection: close\r\n"),
    };
    let to = check.connection.to;
    let host = match (&url.virtualhost, to.ip()) {
        (Some(host), _) => host.clone(),
        (None, IpAddr::V4(address)) => format!("{address}:{}", to.port()),
        (None, IpAddr::V6(address)) => format!("[{address}]:{}", to.port()),
    };
    let path = &url.path;
    format!(
        "GET {path} HTTP/{version}\r\nUser-Agent: KeepAliveClient\r\n{close}Host: {host}\r\n\r\n"
    )
}

#[cfg(test)]
mod tests {
    use vipd_config::model::lvs::Connection;

    use super::*;

    #[test]
    fn requests_are_worded_as_keepalived_does() {
        let url = |virtualhost: Option<&str>| Url {
            path: "/up?x=1".into(),
            virtualhost: virtualhost.map(Into::into),
            status_codes: Vec::new(),
            digest: None,
            regex: None,
            tls_compliant: false,
        };
        let check = |to: &str, version| HttpCheck {
            connection: Connection {
                to: to.parse().unwrap(),
                timeout: Duration::from_secs(1),
                binding: None,
            },
            tls: None,
            version,
            fast_recovery: false,
            urls: Vec::new(),
        };
        let cases = [
            (
                request(&check("192.0.2.1:80", HttpVersion::V10), &url(None)),
                "GET /up?x=1 HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nHost: 192.0.2.1:80\r\n\r\n",
            ),
            (
                request(
                    &check("[2001:db8::1]:8080", HttpVersion::V10Close),
                    &url(None),
                ),
                "GET /up?x=1 HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nConnection: close\r\nHost: [2001:db8::1]:8080\r\n\r\n",
            ),
            (
                request(&check("192.0.2.1:80", HttpVersion::V11), &url(Some("www"))),
                "GET /up?x=1 HTTP/1.1\r\nUser-Agent: KeepAliveClient\r\nConnection: close\r\nHost: www\r\n\r\n",
            ),
        ];
        for (seen, wanted) in cases {
            assert_eq!(seen, wanted);
        }
    }
}
