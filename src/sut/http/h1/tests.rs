use super::*;

/// Reads a response that comes in pieces of this size, and then the end of the connection.
fn read_in_pieces(bytes: &[u8], size: usize, answers_head: bool) -> Result<(Reading, usize), Malformed> {
    let mut reading = Reading::new(answers_head);
    let (mut used, mut there) = (0, 0);
    while there < bytes.len() && !reading.is_done() {
        there = (there + size).min(bytes.len());
        used += reading.take(&bytes[used..there])?;
    }
    if used == bytes.len() {
        reading.end();
    }
    Ok((reading, used))
}

/// Reads a response; however it comes, the result is the same.
fn read(text: &str) -> Reading {
    let whole = read_in_pieces(text.as_bytes(), text.len(), false).unwrap();
    for size in 1..text.len() {
        let (reading, used) = read_in_pieces(text.as_bytes(), size, false).unwrap();
        assert_eq!((format!("{reading:?}"), used), (format!("{:?}", whole.0), whole.1), "in pieces of {size}");
    }
    whole.0
}

fn problem(text: &str) -> Malformed {
    let whole = read_in_pieces(text.as_bytes(), text.len(), false).unwrap_err();
    assert_eq!(read_in_pieces(text.as_bytes(), 1, false).unwrap_err(), whole);
    whole
}

/// Whether it was read to its end, its body, and whether the connection goes on.
fn said(text: &str) -> (bool, String, bool) {
    let reading = read(text);
    (reading.is_done(), String::from_utf8(reading.body).unwrap(), reading.keeps_alive)
}

fn body(text: &str) -> (bool, String, bool) {
    (true, text.to_owned(), true)
}

#[test]
fn a_length_is_counted() {
    assert_eq!(said("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"), body("hello"));
    assert_eq!(said("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"), body(""));
    assert_eq!(said("HTTP/1.1 200 \r\ncontent-length: 2, 2\r\ncontent-length: 2\r\n\r\nhi"), body("hi"));
    assert!(!said("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nhello").0, "one is missing");
}

#[test]
fn what_comes_after_the_end_is_left() {
    let two = b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\naHTTP/1.1 404";
    let (reading, used) = read_in_pieces(two, two.len(), false).unwrap();
    assert_eq!((reading.body.as_slice(), &two[used..]), (&b"a"[..], &b"HTTP/1.1 404"[..]));
}

#[test]
fn chunks_are_put_together_and_trailers_are_headers() {
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\ncontent-length: 3\r\nserver-timing: a;dur=1\r\n\r\n\
                   4;name=value\r\nab\r\n\r\nA\r\n0123456789\r\n0\r\nServer-Timing: b;dur=2\r\n\r\n";
    assert_eq!(said(chunked), body("ab\r\n0123456789"));
    assert_eq!(read(chunked).timings, ["a;dur=1", "b;dur=2"]);
    assert_eq!(said("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"), body(""));
    assert!(!said("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n").0);
}

#[test]
fn without_a_length_the_end_of_the_connection_is_the_end_of_the_body() {
    assert_eq!(said("HTTP/1.1 200 OK\r\n\r\nall of it"), (true, "all of it".to_owned(), false));
    assert_eq!(said("HTTP/1.1 200 OK\r\n\r\n"), (true, String::new(), false));
    assert_eq!(said("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked, gzip\r\n\r\nx"), (true, "x".to_owned(), false));
    let mut reading = Reading::new(false);
    reading.take(b"HTTP/1.1 200 OK\r\n\r\nx").unwrap();
    assert!(!reading.is_done() && reading.is_in_body(), "before it ends");
}

#[test]
fn some_responses_have_no_body_whatever_they_say() {
    for status in ["204 No Content", "304 Not Modified"] {
        assert_eq!(said(&format!("HTTP/1.1 {status}\r\ncontent-length: 5\r\n\r\n")), body(""));
        assert_eq!(said(&format!("HTTP/1.1 {status}\r\n\r\n")), body(""));
    }
    let head = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n";
    let (reading, used) = read_in_pieces(head, 7, true).unwrap();
    assert!(reading.is_done() && reading.keeps_alive && used == head.len());
}

#[test]
fn responses_that_announce_others_are_passed_over() {
    let early = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n";
    let reading = read(&format!("{early}HTTP/1.1 201 Created\r\ncontent-length: 1\r\n\r\nx"));
    assert_eq!((reading.status, reading.body.as_slice()), (StatusCode::CREATED, &b"x"[..]));
    let reading = read("HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\n\r\n");
    assert!(reading.is_done() && !reading.keeps_alive);
}

#[test]
fn a_connection_goes_on_unless_one_side_says_otherwise() {
    let keeps_alive = |version: &str, connection: &str| {
        said(&format!("HTTP/{version} 200 OK\r\ncontent-length: 1\r\n{connection}\r\nx")).2
    };
    assert!(keeps_alive("1.1", ""));
    assert!(keeps_alive("1.1", "connection: upgrade\r\n"));
    assert!(!keeps_alive("1.1", "Connection: Upgrade, Close\r\n"));
    assert!(!keeps_alive("1.0", ""));
    assert!(keeps_alive("1.0", "connection: Keep-Alive\r\n"));
}

#[test]
fn bytes_that_are_no_response_are_refused() {
    let with = |headers: &str| problem(&format!("HTTP/1.1 200 OK\r\n{headers}\r\n\r\n"));
    for length in ["1, 2", "-1", "+1", "x", "", "1\r\ncontent-length: 2", "99999999999999999999"] {
        assert_eq!(with(&format!("content-length: {length}")), Malformed::Length, "{length:?}");
    }
    for chunks in ["x\r\n", "1\r\nabc", "11111111111111111\r\n"] {
        assert_eq!(with(&format!("transfer-encoding: chunked\r\n\r\n{chunks}")), Malformed::Chunk, "{chunks:?}");
    }
    assert_eq!(problem("220 mail.example ESMTP\r\n").to_string(), "invalid HTTP version");
    assert!(matches!(with("a b: c"), Malformed::Head(httparse::Error::HeaderName)));
    assert!(matches!(with(&"a: b\r\n".repeat(200)), Malformed::Head(httparse::Error::TooManyHeaders)));
}
