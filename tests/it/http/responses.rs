//! What responses mean: answers, failures, labels, stages.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;

use perfgate::config::Http;
use perfgate::sut::HttpSut;

use super::serving::{Act, Http1, Http2, Http2Act, ok, response};
use super::{Asked, counts, data, first_failure, http2, one_by_one, patient, posting, service};

#[test]
fn any_status_but_success_is_a_failed_query_with_the_beginning_of_its_body() {
    let server = Http1::start(|_| Act::Send(response("500 Internal Server Error", "", "no model\nloaded")));
    let record = one_by_one(2).of_service(&posting(server.url("/p"), "{}"));
    assert_eq!(counts(&record), (0, 2));
    let expected =
        format!("`POST {}` was answered with status 500 Internal Server Error: `no model\\nloaded`", server.url("/p"));
    assert_eq!(first_failure(&record), expected);
}

#[test]
fn a_redirect_is_not_followed() {
    let server = Http1::start(|_| Act::Send(response("302 Found", "location: /elsewhere\r\n", "")));
    let record = one_by_one(1).of_service(&service(server.url("/")));
    assert!(first_failure(&record).contains("status 302 Found (perfgate follows no redirects): an empty body"));
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn half_of_the_answers_may_be_errors() {
    let server = Http1::start(|seen| match seen.number % 2 {
        0 => Act::Send(response("503 Service Unavailable", "", "busy")),
        _ => Act::Send(response("204 No Content", "", "")),
    });
    assert_eq!(counts(&one_by_one(10).of_service(&service(server.url("/")))), (5, 5));
    assert_eq!(server.connections(), 1, "an error is an answer, not the end of a connection");
}

#[test]
fn what_is_not_http_is_a_failed_query() {
    let server = Http1::start(|_| Act::SendAndClose(b"220 mail.example ESMTP\r\n".to_vec()));
    let record = one_by_one(3).of_service(&service(server.url("/")));
    assert_eq!(counts(&record), (0, 3));
    assert!(first_failure(&record).contains("what came back is not HTTP/1.1"), "{}", first_failure(&record));
}

#[test]
fn speaking_the_wrong_protocol_is_told() {
    let server = Http2::start(None, |_| Http2Act::Send(String::new()));
    let record = one_by_one(1).of_service(&service(server.url("/")));
    assert!(first_failure(&record).contains("set `protocol = \"http2\"`"), "{}", first_failure(&record));
    let server = Http1::start(|_| Act::Send(response("400 Bad Request", "", "")));
    let record = one_by_one(1).of_service(&http2(server.url("/")));
    assert_eq!(counts(&record), (0, 1));
    assert!(first_failure(&record).contains("set `protocol = \"http1\"`"), "{}", first_failure(&record));
}

#[test]
fn a_connection_that_is_closed_instead_of_an_answer_is_a_failed_query() {
    let server = Http1::start(|seen| match seen.number {
        1 => Act::SendAndClose(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf".to_vec()),
        2 => Act::SendAndClose(Vec::new()),
        _ => ok(""),
    });
    let record = one_by_one(5).of_service(&service(server.url("/")));
    assert_eq!(counts(&record), (3, 2), "the round goes on");
    assert!(first_failure(&record).contains("in the middle of the body"), "{}", first_failure(&record));
    assert_eq!(server.seen().len(), 5, "a query on a fresh connection is asked only once");
}

#[test]
fn a_stream_that_is_reset_is_a_failed_query_and_the_connection_goes_on() {
    let server = Http2::start(None, |seen| match seen.number {
        1 => Http2Act::Reset,
        _ => Http2Act::Send("x".to_owned()),
    });
    let record = one_by_one(4).of_service(&http2(server.url("/")));
    assert_eq!((counts(&record), server.connections()), ((3, 1), 1), "{record:?}");
}

#[test]
fn bodies_of_every_kind_are_read_to_their_end() {
    let big = "x".repeat(20_000_000);
    let server = Http1::start(move |seen| match seen.number {
        0 => ok(&big),
        1 => Act::Send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n".to_vec()),
        2 => Act::Send(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx".to_vec()),
        3 => Act::SendAndClose(b"HTTP/1.0 200 OK\r\n\r\nuntil the end".to_vec()),
        _ => ok(""),
    });
    assert_eq!(counts(&one_by_one(5).of_service(&service(server.url("/")))), (5, 0));
    assert_eq!(server.connections(), 2, "only the fourth ends with its connection");
}

#[test]
fn the_answer_to_head_has_no_body_whatever_it_says() {
    let server = Http1::start(|_| Act::Send(b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n".to_vec()));
    let record = one_by_one(3).of_service(&Http { method: "HEAD".to_owned(), ..service(server.url("/")) });
    assert_eq!((counts(&record), server.connections()), ((3, 0), 1));
}

#[test]
fn an_answer_counts_though_the_server_did_not_want_to_read_the_whole_request() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let server = thread::spawn(move || {
        let mut stream = listener.accept().unwrap().0;
        stream.read_exact(&mut [0; 100]).unwrap();
        stream.write_all(&response("413 Payload Too Large", "connection: close\r\n", "")).unwrap();
        stream
    });
    let record = one_by_one(1).of_service(&posting(url, &"x".repeat(20_000_000)));
    assert_eq!(counts(&record), (0, 1));
    assert!(first_failure(&record).contains("status 413 Payload Too Large"), "{}", first_failure(&record));
    drop(server.join().unwrap());
}

#[test]
fn a_connection_on_which_more_comes_than_was_asked_for_is_not_used_again() {
    let server = Http1::start(|_| {
        let mut answer = response("200 OK", "", "x");
        answer.extend(b"HTTP/1.1 200 OK\r\n");
        Act::Send(answer)
    });
    let record = one_by_one(3).of_service(&service(server.url("/")));
    assert_eq!((counts(&record), server.connections()), ((3, 0), 3));
}

#[test]
fn a_head_without_end_is_a_failed_query() {
    let server = Http1::start(|_| {
        let endless = format!("HTTP/1.1 200 OK\r\na: {}", "b".repeat(100_000));
        Act::Send(endless.into_bytes())
    });
    let record = one_by_one(2).of_service(&service(server.url("/")));
    assert_eq!(counts(&record), (0, 2));
    assert!(first_failure(&record).contains("longer than 64 KiB"), "{}", first_failure(&record));
}

#[test]
fn a_big_body_over_http2() {
    let big = "x".repeat(20_000_000);
    let server = Http2::start(None, move |_| Http2Act::Send(big.clone()));
    assert_eq!(counts(&one_by_one(2).of_service(&http2(server.url("/")))), (2, 0));
}

#[test]
fn outputs_are_held_against_the_labels() {
    let rows = data("x,label\n1,0\n2,1\n3,0\n4,0\n");
    for body in [r#"{"outputs":[[0.9,0.1]]}"#, "[0]", r#"["0"]"#] {
        let server = Http1::start(move |_| ok(body));
        let mut sut = HttpSut::new(posting(server.url("/"), "{inputs}"), patient(), Some(Arc::clone(&rows)));
        let record = Asked { dataset: Some(&rows), ..one_by_one(4) }.of(&mut sut).unwrap();
        assert_eq!((record.judged, record.correct), (4, 3), "{body}");
    }
}

#[test]
fn other_bodies_are_answers_that_say_nothing() {
    let (labelled, plain) = (data("x,label\n1,0\n"), data("x\n1\n"));
    for (rows, body) in [(&labelled, "ok"), (&labelled, "{\"class\":1}"), (&plain, "[1,2,3]")] {
        let server = Http1::start(move |_| ok(body));
        let mut sut = HttpSut::new(service(server.url("/")), patient(), Some(Arc::clone(rows)));
        let record = Asked { dataset: Some(rows), ..one_by_one(1) }.of(&mut sut).unwrap();
        assert_eq!((counts(&record), record.judged), ((1, 0), 0), "{body}");
    }
}

#[test]
fn another_number_of_outputs_than_samples_ends_the_round() {
    let rows = data("x,label\n1,0\n");
    let server = Http1::start(|_| ok(r#"{"outputs":[1,2]}"#));
    let mut sut = HttpSut::new(service(server.url("/")), patient(), Some(Arc::clone(&rows)));
    let problem = Asked { dataset: Some(&rows), ..one_by_one(1) }.of(&mut sut).unwrap_err().to_string();
    let expected = format!(
        "`GET {}` answered query 0 with `{{\\\"outputs\\\":[1,2]}}`, expected 1 outputs, one for each sample (it gave 2)",
        server.url("/")
    );
    assert_eq!(problem, expected);
}

#[test]
fn stages_come_from_the_server_timing_header() {
    let headers = "server-timing: decode;dur=0.5, infer;dur=2\r\nServer-Timing: infer;dur=1, hit\r\n";
    let server = Http1::start(move |_| Act::Send(response("200 OK", headers, "")));
    let record = one_by_one(2).of_service(&service(server.url("/")));
    assert_eq!(record.stages.reported("decode").collect::<Vec<_>>(), [500_000, 500_000]);
    assert_eq!(record.stages.reported("infer").collect::<Vec<_>>(), [3_000_000, 3_000_000]);
    assert_eq!(record.stages.names().count(), 2);
}
