//! Connections: how many, when they are opened, and what happens when a server closes them.

use std::sync::Barrier;

use perfgate::config::Http;
use perfgate::sut::{HttpSut, RoundSetting, Sut};

use super::serving::{Act, Http1, Http2, Http2Act, ok, response};
use super::{counts, http2, number, one_by_one, patient, service, users};

#[test]
fn http1_has_as_many_queries_on_the_wire_as_connections_and_no_more() {
    // Each answer waits until a second query is on the wire; with one connection nothing would ever be answered.
    let both = Barrier::new(2);
    let server = Http1::start(move |_| {
        both.wait();
        ok("")
    });
    let record = users(6, 40).of_service(&Http { connections: number(2), ..service(server.url("/")) });
    assert_eq!(counts(&record), (40, 0));
    assert_eq!(server.connections(), 2, "more would have meant more on the wire");
}

#[test]
fn http2_has_them_all_on_one_connection() {
    let server = Http2::start(None, |_| Http2Act::Gather(8));
    let record = users(8, 40).of_service(&http2(server.url("/x")));
    assert_eq!((counts(&record), server.connections()), ((40, 0), 1));
    assert_eq!(server.seen()[0].head, format!("GET {}", server.url("/x")));
}

#[test]
fn http2_spreads_them_over_its_connections() {
    let server = Http2::start(None, |_| Http2Act::Send("hello".to_owned()));
    let record = users(4, 40).of_service(&Http { connections: number(2), ..http2(server.url("/")) });
    assert_eq!((counts(&record), server.connections()), ((40, 0), 2));
    let firsts = server.seen().iter().filter(|seen| seen.on_connection == 0).count();
    assert_eq!(firsts, 2, "both have queries");
}

#[test]
fn all_connections_are_open_before_the_first_query() {
    let server = Http1::start(|_| ok(""));
    let mut sut = HttpSut::new(Http { connections: number(3), ..service(server.url("/")) }, patient(), None);
    sut.start(&RoundSetting::default()).unwrap();
    // The kernel has accepted them; a fourth, which the server takes after them, shows that it has seen them.
    one_by_one(1).of_service(&service(server.url("/")));
    assert_eq!((server.connections(), server.seen().len()), (4, 1));
    sut.stop().unwrap();
}

#[test]
fn a_connection_that_is_announced_to_close_is_opened_again() {
    let server = Http1::start(|_| Act::SendAndClose(response("200 OK", "connection: close\r\n", "bye")));
    let mut sut = HttpSut::new(service(server.url("/")), patient(), None);
    let record = one_by_one(5).of(&mut sut).unwrap();
    assert_eq!(counts(&record), (5, 0));
    assert_eq!((server.connections(), sut.reconnects()), (5, 4));
}

#[test]
fn a_connection_that_is_closed_without_a_word_is_opened_again_and_the_query_asked_again() {
    let server = Http1::start(|seen| match seen.on_connection {
        1 => Act::SendAndClose(response("200 OK", "", "bye")),
        _ => ok("hello"),
    });
    let mut sut = HttpSut::new(service(server.url("/")), patient(), None);
    let record = one_by_one(6).of(&mut sut).unwrap();
    assert_eq!(counts(&record), (6, 0));
    assert_eq!((server.connections(), sut.reconnects()), (3, 2));
}

#[test]
fn a_server_that_says_goodbye_in_http2_is_connected_to_again() {
    let server = Http2::start(None, |seen| match seen.on_connection {
        1 => Http2Act::SendAndLeave,
        _ => Http2Act::Send("hello".to_owned()),
    });
    let mut sut = HttpSut::new(http2(server.url("/")), patient(), None);
    let record = one_by_one(6).of(&mut sut).unwrap();
    assert_eq!(counts(&record), (6, 0), "{record:?}");
    assert_eq!((server.connections(), sut.reconnects()), (3, 2));
}

#[test]
fn every_round_is_a_fresh_start() {
    let server = Http1::start(|_| ok(""));
    let mut sut = HttpSut::new(service(server.url("/")), patient(), None);
    for _ in 0..3 {
        assert_eq!(counts(&one_by_one(2).of(&mut sut).unwrap()), (2, 0));
    }
    assert_eq!((server.connections(), sut.reconnects()), (3, 0));
}
