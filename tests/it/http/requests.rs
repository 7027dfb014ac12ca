//! What is asked: method, address, headers, body.

use std::sync::Arc;

use perfgate::config::{Http, Scenario};
use perfgate::sut::HttpSut;
use perfgate::sut::http::check;

use super::serving::{Http1, ok};
use super::{Asked, counts, data, number, one_by_one, patient, posting, service};

#[test]
fn a_plain_request_says_what_a_client_is_expected_to_say() {
    let server = Http1::start(|_| ok("hello"));
    let record = one_by_one(3).of_service(&service(server.url("/a?b=c")));
    assert_eq!(counts(&record), (3, 0));
    let seen = server.seen();
    assert_eq!((seen.len(), server.connections()), (3, 1), "one connection for all");
    let head = seen[0].head.to_lowercase();
    assert!(head.starts_with("get /a?b=c http/1.1\r\n"), "{head}");
    assert!(head.contains(&format!("\r\nhost: {}\r\n", server.address)), "{head}");
    assert!(head.contains("\r\nuser-agent: perfgate/"), "{head}");
    assert!(!head.contains("content-"), "no body, no word about one: {head}");
}

#[test]
fn method_headers_and_body_are_those_of_the_configuration() {
    let server = Http1::start(|_| ok(""));
    let headers = [("X-Key", "secret"), ("Host", "elsewhere"), ("x-key", "second")];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let http = Http { method: "PUT".to_owned(), headers, ..posting(server.url("/"), "{\"a\": {}}") };
    one_by_one(1).of_service(&http);
    let seen = &server.seen()[0];
    let head = seen.head.to_lowercase();
    assert!(head.starts_with("put / http/1.1\r\n"), "{head}");
    for line in ["x-key: secret", "x-key: second", "host: elsewhere", "content-type: application/json"] {
        assert!(head.contains(&format!("\r\n{line}\r\n")), "no `{line}` in {head}");
    }
    assert_eq!(head.matches("host:").count(), 1);
    assert_eq!(seen.body, "{\"a\": {}}");
}

#[test]
fn a_method_that_usually_has_a_body_says_that_it_has_none() {
    let server = Http1::start(|_| ok(""));
    one_by_one(2).of_service(&Http { method: "POST".to_owned(), ..service(server.url("/")) });
    assert!(server.seen().iter().all(|seen| seen.head.to_lowercase().contains("\r\ncontent-length: 0\r\n")));
}

#[test]
fn a_big_body_is_sent_to_its_end() {
    let server = Http1::start(|seen| ok(&seen.body.len().to_string()));
    let body = "x".repeat(20_000_000);
    assert_eq!(counts(&one_by_one(2).of_service(&posting(server.url("/"), &body))), (2, 0));
    assert!(server.seen().iter().all(|seen| seen.body == body));
    assert_eq!(server.connections(), 1);
}

#[test]
fn url_and_body_are_filled_in_from_the_dataset() {
    let server = Http1::start(|_| ok(""));
    let rows = data("x,y,label\n1.5,2,0\n3,4,1\n");
    let url = server.url("/p/{sample}?x={x}&all={inputs}");
    let http = posting(url, "{\"rows\":{inputs},\"y\":{y},\"n\":{sample},\"as is\":\"{{y}}\"}");
    let mut sut = HttpSut::new(http, patient(), Some(Arc::clone(&rows)));
    Asked { dataset: Some(&rows), ..one_by_one(2) }.of(&mut sut).unwrap();
    let mut seen: Vec<(String, String)> = server.seen().into_iter().map(|seen| (seen.head, seen.body)).collect();
    seen.sort();
    assert!(seen[0].0.starts_with("POST /p/0?x=1.5&all=%5B%5B1.5,2.0%5D%5D HTTP"), "{}", seen[0].0);
    assert_eq!(seen[0].1, "{\"rows\":[[1.5,2.0]],\"y\":2,\"n\":0,\"as is\":\"{y}\"}");
    assert!(seen[1].0.starts_with("POST /p/1?x=3&"), "{}", seen[1].0);
    assert_eq!(seen[1].1, "{\"rows\":[[3.0,4.0]],\"y\":4,\"n\":1,\"as is\":\"{y}\"}");
}

#[test]
fn a_query_of_several_samples_has_all_their_rows() {
    let server = Http1::start(|_| ok(""));
    let rows = data("x\n1\n2\n3\n");
    let mut sut = HttpSut::new(posting(server.url("/"), "{inputs}"), patient(), Some(Arc::clone(&rows)));
    let scenario = Scenario::MultiStream { samples_per_query: number(2) };
    let record = Asked { scenario, dataset: Some(&rows), ..one_by_one(4) }.of(&mut sut).unwrap();
    assert_eq!((counts(&record), record.samples), ((4, 0), 8));
    let known = ["[[1.0],[2.0]]", "[[2.0],[3.0]]", "[[3.0],[1.0]]"];
    assert!(server.seen().iter().all(|seen| known.contains(&seen.body.as_str())), "{:?}", server.seen());
}

#[test]
fn samples_without_a_dataset_are_counted() {
    let server = Http1::start(|_| ok(""));
    one_by_one(3).of_service(&service(server.url("/{sample}")));
    let paths: Vec<String> = server.seen().iter().map(|seen| seen.head[..6].to_owned()).collect();
    assert_eq!(paths, ["GET /0", "GET /1", "GET /2"]);
}

#[test]
fn what_cannot_be_sent_is_found_before_anything_runs() {
    let rows = data("x\n1\n");
    let problem = |http: Http| check(&http, Some(&rows)).unwrap_err().to_string();
    let good = posting("http://127.0.0.1:{port}/{x}", "{inputs}");
    check(&good, Some(&rows)).unwrap();
    assert!(check(&good, None).unwrap_err().to_string().starts_with("url: `{x}` is filled in from the dataset"));
    let two = data("x\n1\n2\n");
    let problem_of_two = check(&service("http://h{x}/"), Some(&two)).unwrap_err().to_string();
    assert!(problem_of_two.contains("expected the same server for every query"), "{problem_of_two}");
    assert!(problem(posting("http://h/", "{z}")).starts_with("body: `{z}` is not known: expected `{sample}`"));
    for (url, why) in [
        ("ftp://h/", "`http://` or `https://`"),
        ("h/x", "`http://` or `https://`"),
        ("http://", "not a URL"),
        ("http://a b/", "not a URL"),
        ("http://h/a b", "not a URL"),
        ("http://me:word@h/", "`authorization` header"),
    ] {
        let problem = problem(service(url));
        assert!(problem.starts_with(&format!("http = \"{url}\": ")) && problem.contains(why), "{problem}");
    }
    let headers =
        |name: &str, value: &str| Http { headers: vec![(name.to_owned(), value.to_owned())], ..service("http://h/") };
    assert!(problem(headers("a b", "x")).starts_with("header `a b`: "));
    assert!(problem(headers("a", "x\ny")).starts_with("header `a`: "));
    assert!(problem(headers("Content-Length", "3")).contains("perfgate sets it itself"));
    assert!(problem(Http { method: "G T".to_owned(), ..service("http://h/") }).starts_with("method = \"G T\": "));
}
