use std::time::SystemTime;

use expect_test::expect;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use super::*;

fn settings(port: u16) -> model::Mail {
    model::Mail {
        to: vec!["a@x.test".into(), "b@x.test".into()],
        from: Some("from@x.test".into()),
        server: Some(("127.0.0.1".into(), port)),
        helo_name: Some("node1".into()),
        timeout: Duration::from_mins(1),
    }
}

fn mail() -> notify::Mail {
    notify::Mail {
        subject: "[RID] VRRP Instance A - Entering MASTER state".into(),
        body: "=> VRRP Instance is now owning VRRP VIPs <=".into(),
    }
}

/// Answers one conversation; lines that begin with a word of `refused` get the answer beside it.
/// Returns what the client said, the date taken out.
async fn converse(listener: &TcpListener, refused: &[(&str, &str)]) -> String {
    let (stream, _) = listener.accept().await.unwrap();
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    let mut said = String::new();
    let mut in_data = false;
    writer.write_all(b"220 sink\r\n").await.unwrap();
    while let Ok(Some(line)) = lines.next_line().await {
        let shown = if line.starts_with("Date: ") {
            "Date: ..."
        } else {
            line.as_str()
        };
        said.push_str(shown);
        said.push('\n');
        let answer = match refused.iter().find(|(word, _)| line.starts_with(word)) {
            _ if in_data && line != "." => continue,
            Some((_, answer)) => answer,
            None if line == "DATA" => "354 go",
            None if line == "QUIT" => "221 bye",
            None => "250 ok",
        };
        in_data = line == "DATA";
        // The client may leave without waiting for the last answer.
        if writer
            .write_all(format!("{answer}\r\n").as_bytes())
            .await
            .is_err()
        {
            break;
        }
    }
    said
}

#[tokio::test]
async fn one_mail_goes_to_all_recipients_with_the_headers_of_keepalived() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (inbox, mut arrivals) = mpsc::channel(10);
    let mut mailer = Mailer::start(inbox);
    assert_eq!(mailer.send(&settings(port), "host", &mail()), None);
    assert!(!mailer.is_idle());
    let said = converse(&listener, &[]).await;
    expect![[r"
        EHLO node1
        MAIL FROM:<from@x.test>
        RCPT TO:<a@x.test>
        RCPT TO:<b@x.test>
        DATA
        Date: ...
        From: from@x.test
        Subject: [RID] VRRP Instance A - Entering MASTER state
        X-Mailer: Keepalived
        To: a@x.test, b@x.test

        => VRRP Instance is now owning VRRP VIPs <=

        .
        QUIT
    "]]
    .assert_eq(&said);
    let told = arrivals.recv().await;
    assert!(
        matches!(&told, Some(Happening::Mail(text)) if text == "SMTP alert successfully sent."),
        "{told:?}"
    );
    mailer.finished();
    assert!(mailer.is_idle());
}

#[tokio::test]
async fn a_server_that_is_busy_is_asked_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (inbox, mut arrivals) = mpsc::channel(10);
    let mut mailer = Mailer::start(inbox);
    mailer.send(&settings(port), "host", &mail());
    converse(&listener, &[("MAIL", "451 later")]).await;
    let said = converse(&listener, &[]).await;
    assert!(said.contains("\n.\n"), "{said}");
    let told = arrivals.recv().await;
    assert!(
        matches!(&told, Some(Happening::Mail(text)) if text.contains("successfully")),
        "{told:?}"
    );
}

#[tokio::test]
async fn a_refusal_is_final_and_told() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (inbox, mut arrivals) = mpsc::channel(10);
    let mut mailer = Mailer::start(inbox);
    mailer.send(&settings(port), "host", &mail());
    converse(&listener, &[("RCPT TO:<b", "550 no such user")]).await;
    let told = arrivals.recv().await;
    assert!(
        matches!(&told, Some(Happening::Mail(text)) if text.contains("not sent") && text.contains("550")),
        "{told:?}"
    );
}

#[tokio::test]
async fn a_dead_server_costs_its_timeout_and_no_more() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let mut settings = settings(port);
    settings.timeout = Duration::ZERO;
    let (inbox, mut arrivals) = mpsc::channel(10);
    let mut mailer = Mailer::start(inbox);
    mailer.send(&settings, "host", &mail());
    let told = arrivals.recv().await;
    assert!(
        matches!(&told, Some(Happening::Mail(text)) if text.contains("not sent")),
        "{told:?}"
    );
}

#[tokio::test]
async fn without_server_or_recipients_there_is_no_mail() {
    let (inbox, _arrivals) = mpsc::channel(10);
    let mut mailer = Mailer::start(inbox);
    let mut settings = settings(25);
    settings.to.clear();
    assert_eq!(mailer.send(&settings, "host", &mail()), None);
    assert!(mailer.is_idle());
    assert_eq!(mailer.send(&model::Mail::default(), "host", &mail()), None);
    assert!(mailer.is_idle());
}

#[tokio::test]
async fn a_wrong_address_is_told() {
    let (inbox, _arrivals) = mpsc::channel(10);
    let mut mailer = Mailer::start(inbox);
    let mut settings = settings(25);
    settings.to = vec!["nobody".into()];
    let complaint = mailer.send(&settings, "host", &mail()).unwrap();
    assert!(complaint.contains("`nobody`"), "{complaint}");
}

#[test]
fn names_and_missing_settings_are_dealt_with() {
    let mut settings = settings(25);
    settings.to = vec!["Operator <op@x.test>".into()];
    settings.from = None;
    settings.helo_name = None;
    let mut mail = mail();
    mail.subject = "two\r\nlines".into();
    let now = LocalTime::at(SystemTime::UNIX_EPOCH);
    let letter = compose(&settings, "node2", &mail, &now).unwrap().unwrap();
    assert_eq!(letter.helo, "node2");
    assert_eq!(letter.envelope.to()[0].to_string(), "op@x.test");
    assert_eq!(letter.envelope.from().unwrap().to_string(), "root@node2");
    assert!(letter.text.contains("\r\nSubject: two  lines\r\n"));
    assert!(letter.text.contains("\r\nTo: Operator <op@x.test>\r\n"));
}
