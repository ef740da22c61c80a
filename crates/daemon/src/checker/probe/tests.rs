//! Looks at servers that behave, and at servers that do not, over the loopback interface.

use std::net::SocketAddr;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio_rustls::TlsAcceptor;
use vipd_config::model::lvs::{DnsCheck, DnsType, HttpCheck, HttpVersion, Tls, UdpCheck, Url};

use super::*;

const CERTIFICATE: &[u8] = include_bytes!("tests/certificate.pem");
const KEY: &[u8] = include_bytes!("tests/key.pem");

/// Long enough for a machine that is busy, short enough to wait for in a test.
const STEP: Duration = Duration::from_millis(300);

fn run<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(test)
}

fn connection(to: SocketAddr) -> Connection {
    Connection {
        to,
        timeout: STEP,
        binding: None,
    }
}

fn probe(kind: &CheckerKind) -> Probe {
    let (tls, trouble) = TlsSettings::new(&Material::default()).unwrap();
    assert_eq!(trouble, None);
    Probe::new(kind, &tls).unwrap()
}

/// A server that does this with each connection.
async fn server<F: Future<Output = ()> + 'static>(
    serve: impl Fn(TcpStream) -> F + 'static,
) -> (SocketAddr, impl Future<Output = ()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let work = async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            serve(stream).await;
        }
    };
    (address, work)
}

/// Looks once while the server works.
async fn look(probe: &Probe, server: impl Future<Output = ()>) -> Outcome {
    tokio::select! {
        outcome = probe.look(0) => outcome,
        () = server => unreachable!("servers work for ever"),
    }
}

fn why(outcome: Outcome) -> String {
    match outcome {
        Outcome::Success => panic!("the outcome is good"),
        Outcome::Failure(why) => why,
        Outcome::Script(_) => unreachable!("there is no script"),
    }
}

fn url() -> Url {
    Url {
        path: "/".into(),
        virtualhost: Some("www.example.org".into()),
        status_codes: Vec::new(),
        digest: None,
        regex: None,
        tls_compliant: false,
    }
}

fn http(to: SocketAddr, tls: Option<Tls>, url: Url) -> Probe {
    probe(&CheckerKind::Http(Box::new(HttpCheck {
        connection: connection(to),
        tls,
        version: HttpVersion::V10,
        fast_recovery: false,
        urls: vec![url],
    })))
}

/// Reads a request and sends this.
async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin, bytes: &[u8]) {
    let mut buffer = [0; 1024];
    let _ = stream.read(&mut buffer).await;
    let _ = stream.write_all(bytes).await;
}

#[test]
fn a_port_that_takes_connections_is_good_and_a_closed_one_is_not() {
    run(async {
        let (address, work) = server(|_| std::future::ready(())).await;
        let tcp = probe(&CheckerKind::Tcp(connection(address)));
        assert_eq!(look(&tcp, work).await, Outcome::Success);
        // The listener is gone with its work.
        let refused = why(tcp.look(0).await);
        assert!(refused.starts_with("connect: "), "{refused}");
    });
}

/// Ten thousand of them may be under way.
#[test]
fn a_check_that_only_connects_is_small() {
    let tcp = probe(&CheckerKind::Tcp(connection(([127, 0, 0, 1], 80).into())));
    let size = size_of_val(&tcp.look(0));
    assert!(size <= 1024, "{size} bytes");
}

#[test]
fn an_answer_over_http_is_judged() {
    run(async {
        let (address, work) =
            server(|stream| answer(stream, b"HTTP/1.0 200 OK\r\n\r\nhello")).await;
        assert_eq!(
            look(&http(address, None, url()), work).await,
            Outcome::Success
        );
        let (address, work) = server(|stream| answer(stream, b"HTTP/1.0 500 no\r\n\r\n")).await;
        let outcome = look(&http(address, None, url()), work).await;
        assert_eq!(why(outcome), "status 500");
    });
}

#[test]
fn a_server_that_sends_a_byte_now_and_then_is_given_up() {
    run(async {
        let (address, work) = server(async |mut stream: TcpStream| {
            let mut pause = tokio::time::interval(STEP / 10);
            while stream.write_all(b"H").await.is_ok() {
                pause.tick().await;
            }
        })
        .await;
        let outcome = look(&http(address, None, url()), work).await;
        assert!(why(outcome).starts_with("not done after"));
    });
}

#[test]
fn a_server_that_says_nothing_is_given_up() {
    run(async {
        let (address, work) = server(async |_stream| std::future::pending().await).await;
        let outcome = look(&http(address, None, url()), work).await;
        assert!(why(outcome).starts_with("read answer: no answer within"));
    });
}

#[test]
fn headers_and_bodies_without_end_are_given_up() {
    for (start, more, expected) in [
        (
            "HTTP/1.0 200 OK\r\n",
            "X: y\r\n",
            "the header of the answer is too long",
        ),
        ("HTTP/1.0 200 OK\r\n\r\n", "body", "the answer is too long"),
    ] {
        run(async {
            let (address, work) = server(move |mut stream: TcpStream| async move {
                let mut sent = stream.write_all(start.as_bytes()).await;
                let more = more.repeat(16 * 1024);
                while sent.is_ok() {
                    sent = stream.write_all(more.as_bytes()).await;
                }
            })
            .await;
            let why = why(look(&http(address, None, url()), work).await);
            // On a slow machine the time is over before the bytes are.
            assert!(
                why == expected || why.starts_with("not done after"),
                "{why}"
            );
        });
    }
}

/// Answers that are compressed, or no text at all, are bytes like others: nothing is unpacked.
#[test]
fn bombs_and_what_is_no_text_are_only_bytes() {
    // A gigabyte of zeros begins so when it is packed; the rest is as dull.
    let mut bomb = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08".to_vec();
    bomb.extend(vec![0; 1 << 20]);
    let noise = b"HTTP/1.1 200 \xff\xfe\r\nX-\xc3\x28: \x00\x80\r\n\r\n\xf0\x28\x8c\x28".to_vec();
    let status = b"HTTP/1.1 \xff\xfe OK\r\n\r\n".to_vec();
    let wants_text = Url {
        regex: Some(Box::new(vipd_config::model::lvs::Pattern {
            text: "caf\u{e9}$".into(),
            options: vec!["utf".into()],
            ..Default::default()
        })),
        ..url()
    };
    let no_match = Err("the body does not match the regex".to_owned());
    for (bytes, url, expected) in [
        (bomb.clone(), url(), Ok(())),
        (bomb, wants_text.clone(), no_match.clone()),
        (noise.clone(), url(), Ok(())),
        (noise, wants_text, no_match),
        (status, url(), Err("the answer has no status".to_owned())),
    ] {
        run(async {
            let bytes = std::rc::Rc::new(bytes);
            let (address, work) = server(move |mut stream: TcpStream| {
                let bytes = std::rc::Rc::clone(&bytes);
                async move {
                    let mut buffer = [0; 1024];
                    let _ = stream.read(&mut buffer).await;
                    let _ = stream.write_all(&bytes).await;
                }
            })
            .await;
            let outcome = match look(&http(address, None, url), work).await {
                Outcome::Success => Ok(()),
                failed @ (Outcome::Failure(_) | Outcome::Script(_)) => Err(why(failed)),
            };
            assert_eq!(outcome, expected);
        });
    }
}

fn acceptor() -> TlsAcceptor {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let certificate = CertificateDer::from_pem_slice(CERTIFICATE).unwrap();
    let key = PrivateKeyDer::from_pem_slice(KEY).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

#[test]
fn a_certificate_signed_by_nobody_will_do() {
    run(async {
        for sends_sni in [false, true] {
            let (address, work) = server(move |stream| async move {
                let mut stream = acceptor().accept(stream).await.unwrap();
                let (_, session) = stream.get_ref();
                let name = session.server_name().map(ToOwned::to_owned);
                assert_eq!(name.is_some(), sends_sni);
                answer(&mut stream, b"HTTP/1.0 200 OK\r\n\r\nhello").await;
                stream.shutdown().await.unwrap();
            })
            .await;
            let tls = Tls {
                sends_sni,
                sni_name: None,
            };
            let compliant = Url {
                tls_compliant: true,
                ..url()
            };
            let probe = http(address, Some(tls), compliant);
            assert_eq!(look(&probe, work).await, Outcome::Success);
        }
    });
}

#[test]
fn a_connection_over_tls_that_is_cut_fails_only_who_wants_it_closed() {
    for tls_compliant in [false, true] {
        run(async {
            let (address, work) = server(async |stream| {
                let mut stream = acceptor().accept(stream).await.unwrap();
                answer(&mut stream, b"HTTP/1.0 200 OK\r\n\r\nhello").await;
                stream.flush().await.unwrap();
            })
            .await;
            let url = Url {
                tls_compliant,
                ..url()
            };
            let outcome = look(&http(address, Some(Tls::default()), url), work).await;
            assert_eq!((outcome == Outcome::Success), !tls_compliant, "{outcome:?}");
        });
    }
}

#[test]
fn a_handshake_that_never_ends_is_given_up() {
    run(async {
        let (address, work) = server(async |mut stream: TcpStream| {
            // The start of a record that is announced and never comes whole.
            let mut pause = tokio::time::interval(STEP / 10);
            let _ = stream.write_all(&[22, 3, 3, 0x3f, 0xff]).await;
            while stream.write_all(&[2]).await.is_ok() {
                pause.tick().await;
            }
        })
        .await;
        let outcome = look(&http(address, Some(Tls::default()), url()), work).await;
        assert!(why(outcome).starts_with("TLS handshake: no answer within"));
    });
}

#[test]
fn what_is_no_tls_is_no_handshake() {
    run(async {
        let (address, work) = server(|stream| answer(stream, b"\xff\xfe hello\r\n")).await;
        let outcome = look(&http(address, Some(Tls::default()), url()), work).await;
        assert!(why(outcome).starts_with("TLS handshake: "));
    });
}

/// A mail server that says these lines, the first at once and each other after a line of ours.
fn mail_server(lines: &'static [&'static str]) -> impl Fn(TcpStream) -> MailFuture {
    move |mut stream| {
        Box::pin(async move {
            let mut buffer = [0; 256];
            for (at, line) in lines.iter().enumerate() {
                if at > 0 && stream.read(&mut buffer).await.is_err() {
                    return;
                }
                let _ = stream.write_all(line.as_bytes()).await;
            }
            let _ = stream.read(&mut buffer).await;
        })
    }
}

type MailFuture = std::pin::Pin<Box<dyn Future<Output = ()>>>;

#[test]
fn a_mail_server_greets_and_answers() {
    let cases: &[(&[&str], Result<(), &str>)] = &[
        (&["220 here\r\n", "250 hello\r\n", "221 bye\r\n"], Ok(())),
        (
            &["220-a\r\n220 b\r\n", "250-x\r\n250 y\r\n", "221 z\r\n"],
            Ok(()),
        ),
        (&["554 no\r\n"], Err("greeting: answer 554, not 220")),
        (
            &["220 here\r\n", "500 what\r\n"],
            Err("HELO: answer 500, not 250"),
        ),
        (
            &["\u{fe}\u{ff}\r\n"],
            Err("greeting: the answer is not SMTP"),
        ),
    ];
    for (lines, expected) in cases {
        run(async {
            let (address, work) = server(mail_server(lines)).await;
            let smtp = probe(&CheckerKind::Smtp(Box::new(SmtpCheck {
                connections: vec![connection(address)],
                helo_name: "me.example.org".into(),
            })));
            let expected =
                expected.map_or_else(|why| Outcome::Failure(why.into()), |()| Outcome::Success);
            assert_eq!(look(&smtp, work).await, expected, "{lines:?}");
        });
    }
}

#[test]
fn replies_of_mail_servers_are_bounded_and_never_guessed() {
    let mut reply = smtp::Reply::default();
    for _ in 0..10_000 {
        reply.push(b"220-x");
    }
    assert_eq!(reply.take(), Some(Err("the answer is too long")));
    let good = b"220-one\r\n220 two\r\n";
    for at in 0..good.len() {
        for byte in 0..=255 {
            let mut bytes = good.to_vec();
            bytes[at] = byte;
            let mut reply = smtp::Reply::default();
            for byte in bytes {
                reply.push(&[byte]);
                let _ = reply.take();
            }
        }
    }
}

/// A server that answers each datagram with what this makes of it.
async fn datagram_server(
    answers: impl Fn(&[u8]) -> Vec<Vec<u8>>,
) -> (SocketAddr, impl Future<Output = ()>) {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    let work = async move {
        let mut buffer = [0; 1024];
        loop {
            let (length, from) = socket.recv_from(&mut buffer).await.unwrap();
            for answer in answers(&buffer[..length]) {
                socket.send_to(&answer, from).await.unwrap();
            }
        }
    };
    (address, work)
}

fn dns(to: SocketAddr) -> Probe {
    probe(&CheckerKind::Dns(Box::new(DnsCheck {
        connection: connection(to),
        record: DnsType::Aaaa,
        name: "www.example.org".into(),
    })))
}

#[test]
fn an_answer_to_another_question_is_waited_over() {
    run(async {
        let (address, work) = datagram_server(|query| {
            let with = |at: usize, bits: u8| {
                let mut answer = query.to_vec();
                answer[2] |= 0x80;
                answer[at] ^= bits;
                answer
            };
            // No answer, another id, too short, right.
            vec![query.to_vec(), with(0, 1), vec![0; 3], with(3, 0)]
        })
        .await;
        assert_eq!(look(&dns(address), work).await, Outcome::Success);
    });
}

#[test]
fn an_answer_that_says_an_error_is_a_failure() {
    run(async {
        let (address, work) = datagram_server(|query| {
            // The question, in the words of RFC 1035: AAAA and IN at its end, recursion wanted.
            assert!(query.ends_with(b"\x03www\x07example\x03org\0\0\x1c\0\x01"));
            assert_eq!(query[2..6], [1, 0, 0, 1]);
            let mut answer = query.to_vec();
            answer[2] |= 0x80;
            answer[3] |= 2;
            vec![answer]
        })
        .await;
        let outcome = look(&dns(address), work).await;
        assert_eq!(why(outcome), "the answer to the query is error 2");
    });
}

fn udp(to: SocketAddr, reply: Option<Vec<(u8, u8)>>) -> UdpCheck {
    UdpCheck {
        connection: connection(to),
        payload: b"ask".to_vec(),
        requires_reply: reply.is_some(),
        reply: reply.unwrap_or_default(),
        min_reply_bytes: 2,
        max_reply_bytes: 4,
    }
}

#[test]
fn answers_over_udp_must_fit_where_one_is_wanted() {
    run(async {
        let wanted = vec![(b'o', 0xff), (0x60, 0xf0)];
        for (answer, expected) in [
            ("ok", true),
            ("okay", true),
            ("o", false),
            ("okay!", false),
            ("oK", false),
            ("no", false),
        ] {
            let (address, work) = datagram_server(move |_| vec![answer.into()]).await;
            let check = udp(address, Some(wanted.clone()));
            let probe = probe(&CheckerKind::Udp(Box::new(check)));
            assert_eq!(
                (look(&probe, work).await == Outcome::Success),
                expected,
                "{answer}"
            );
        }
        let (address, work) = datagram_server(|_| Vec::new()).await;
        let silent = probe(&CheckerKind::Udp(Box::new(udp(address, None))));
        assert_eq!(look(&silent, work).await, Outcome::Success);
        // The socket is closed now: the kernel refuses.
        let refused = why(silent.look(0).await);
        assert!(refused.starts_with("receive: "), "{refused}");
    });
}

#[test]
fn datagrams_of_any_kind_are_judged() {
    let check = udp(([127, 0, 0, 1], 1).into(), Some(vec![(1, 0xff); 3]));
    let mut state = 7_u32;
    for length in 0..64 {
        let mut bytes = Vec::new();
        for _ in 0..length {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            bytes.push(state.to_be_bytes()[0]);
        }
        let _ = udp::judge(&check, &bytes);
        let _ = dns::judge(0x1234, &bytes);
        assert!(!ping::is_answer(
            [127, 0, 0, 1].into(),
            7,
            &bytes[..length.min(7)]
        ));
    }
    let answer = [0, 0, 1, 2, 3, 4, 0, 7];
    assert!(ping::is_answer([127, 0, 0, 1].into(), 7, &answer));
    assert!(!ping::is_answer([127, 0, 0, 1].into(), 8, &answer));
}
