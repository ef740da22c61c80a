use vipd_config::model::lvs::Pattern;

use super::*;

fn url() -> Url {
    Url {
        path: "/".into(),
        virtualhost: None,
        status_codes: Vec::new(),
        digest: None,
        regex: None,
        tls_compliant: false,
    }
}

fn read(url: &Url, answer: &[u8], piece: usize) -> Result<(), String> {
    let pattern = url.regex.as_deref().map(|p| Compiled::new(p).unwrap());
    let mut reader = ReplyReader::new(url, pattern.as_ref());
    for bytes in answer.chunks(piece) {
        reader.push(bytes)?;
    }
    reader.finish()
}

fn says(url: &Url, answer: &[u8], expected: Result<(), &str>) {
    for piece in [1, 2, 7, answer.len().max(1)] {
        let seen = read(url, answer, piece);
        let seen = seen.as_ref().copied().map_err(String::as_str);
        assert_eq!(
            seen,
            expected,
            "{:?} in pieces of {piece}",
            answer.escape_ascii().to_string()
        );
    }
}

#[test]
fn the_status_decides() {
    let one = url();
    says(&one, b"HTTP/1.0 200 OK\r\n\r\nhello", Ok(()));
    says(&one, b"HTTP/1.1 299 \r\nServer: x\r\n\r\n", Ok(()));
    // As the real keepalived took them.
    says(&one, b"ICY 200 OK\r\n\r\n", Ok(()));
    says(
        &one,
        b"HTTP/1.1 200\r\n\r\n",
        Err("the answer has no status"),
    );
    says(
        &one,
        b"HTTP/1.0 200 OK\nServer: x\n\nhello",
        Err("the answer ends within its header"),
    );
    says(
        &one,
        b"HTTP/1.1 301 Moved\r\nLocation: /x\r\n\r\n",
        Err("status 301"),
    );
    let listed = Url {
        status_codes: vec![(301, 301), (500, 599)],
        ..url()
    };
    says(&listed, b"HTTP/1.1 301 Moved\r\n\r\n", Ok(()));
    says(&listed, b"HTTP/1.1 503 no\r\n\r\n", Ok(()));
    says(&listed, b"HTTP/1.1 200 OK\r\n\r\n", Err("status 200"));
}

#[test]
fn what_is_no_answer_is_a_failure() {
    let one = url();
    says(&one, b"", Err("the server hung up"));
    says(
        &one,
        b"HTTP/1.0 200 OK\r\nServer: ",
        Err("the answer ends within its header"),
    );
    says(
        &one,
        b"\xff\xfe\x00\r\n\r\n",
        Err("the answer has no status"),
    );
}

#[test]
fn the_digest_is_that_of_the_announced_body() {
    let hello = Md5::digest(b"hello").into();
    let one = Url {
        digest: Some(hello),
        ..url()
    };
    says(&one, b"HTTP/1.0 200 OK\r\n\r\nhello", Ok(()));
    says(
        &one,
        b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello and more",
        Ok(()),
    );
    says(
        &one,
        b"HTTP/1.0 200 OK\r\ncontent-length: 50\r\n\r\nhello",
        Ok(()),
    );
    says(
        &one,
        b"HTTP/1.0 200 OK\r\n\r\nhello\n",
        Err("digest b1946ac92492d2347c6235b4d2611184"),
    );
}

#[test]
fn the_pattern_is_looked_for_in_the_body_only() {
    let one = Url {
        regex: Some(Box::new(Pattern {
            text: "^Server".into(),
            ..Pattern::default()
        })),
        ..url()
    };
    says(&one, b"HTTP/1.0 200 OK\r\nServer: x\r\n\r\nServer", Ok(()));
    says(
        &one,
        b"HTTP/1.0 200 OK\r\nServer: x\r\n\r\n",
        Err("the body does not match the regex"),
    );
}

#[test]
fn endless_headers_end() {
    let one = url();
    let mut answer = b"HTTP/1.0 200 OK\r\n".to_vec();
    answer.extend(b"X: y\r\n".repeat(HEAD_BYTES_MAX / 6 + 1));
    assert_eq!(
        read(&one, &answer, 1000),
        Err("the header of the answer is too long".into())
    );
}

/// Every answer that differs from a good one by a few bytes gives a verdict.
#[test]
fn mutations_of_an_answer_are_all_judged() {
    let digest = Md5::digest(b"hello").into();
    let one = Url {
        digest: Some(digest),
        regex: Some(Box::new(Pattern {
            text: "h(?=e)".into(),
            ..Pattern::default()
        })),
        ..url()
    };
    let good = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nServer: x\r\n\r\nhello";
    assert_eq!(read(&one, good, 3), Ok(()));
    let mut state = 1_u32;
    for at in 0..good.len() {
        for _ in 0..16 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let [byte, other, ..] = state.to_be_bytes();
            let mut answer = good.to_vec();
            answer[at] = byte;
            answer.truncate(good.len() - usize::from(other) % 4);
            answer.insert(usize::from(other) % answer.len(), byte);
            let _ = read(&one, &answer, 5);
        }
    }
}
