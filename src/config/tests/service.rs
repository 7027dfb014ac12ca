//! HTTP services.

use super::*;

const SERVICE: &str = "[[benchmark]]\nname = \"x\"\nhttp = \"http://localhost:80/a\"\n";

/// The service with these lines.
fn service(lines: &str) -> Http {
    match config(&format!("{SERVICE}{lines}\n")).benchmarks.remove(0).system {
        System::Http(service) => service,
        other => panic!("{other:?}"),
    }
}

/// The only problem of a service with these lines.
#[track_caller]
fn told(lines: &str) -> String {
    problem(&format!("{SERVICE}{lines}\n"))
}

fn line(words: &[&str]) -> CommandLine {
    let mut words = words.iter().map(|word| (*word).to_owned());
    CommandLine { program: words.next().unwrap(), arguments: words.collect() }
}

#[test]
fn a_service_is_asked_as_usual() {
    let usual = Http {
        url: "http://localhost:80/a".to_owned(),
        method: "GET".to_owned(),
        headers: Vec::new(),
        body: None,
        start: None,
        ready: None,
        protocol: HttpProtocol::Http1,
        connections: NonZeroU32::MIN,
    };
    assert_eq!(service(""), usual);
    assert_eq!(service("body = \"b\"").method, "POST");
}

#[test]
fn everything_about_a_service_can_be_said() {
    let found = service(
        "method = \"PUT\"\nbody = '{\"i\": {sample}}'\nstart = [\"./s\", \"-v\"]\nready = \"https://localhost/up\"\n\
         protocol = \"http2\"\nconnections = 3\n[benchmark.headers]\nB = \"2\"\na = \"\"",
    );
    assert_eq!((found.method.as_str(), found.body.as_deref()), ("PUT", Some("{\"i\": {sample}}")));
    assert_eq!((found.start, found.ready.as_deref()), (Some(line(&["./s", "-v"])), Some("https://localhost/up")));
    assert_eq!((found.protocol, found.connections.get()), (HttpProtocol::Http2, 3));
    let headers: Vec<(&str, &str)> =
        found.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(headers, [("B", "2"), ("a", "")], "in the order of the file");
}

#[test]
fn the_usual_connections_depend_on_the_scenario() {
    let connections = |lines: &str| service(lines).connections.get();
    assert_eq!(connections("scenario = \"multi-stream\""), 1);
    assert_eq!(connections("scenario = \"offline\""), 8);
    assert_eq!(connections("scenario = \"server\"\ntarget_qps = 5"), 8);
    assert_eq!(connections("scenario = \"server\"\ntraffic = { shape = \"closed\", users = 50 }"), 50);
    assert_eq!(connections("scenario = \"offline\"\nconnections = 2"), 2);
    let both = config(&format!("{SERVICE}scenario = [\"single-stream\", \"offline\"]\n"));
    let each = both.benchmarks.iter().map(|benchmark| match &benchmark.system {
        System::Http(service) => service.connections.get(),
        other => panic!("{other:?}"),
    });
    assert_eq!(each.collect::<Vec<_>>(), [1, 8]);
    has(&told("connections = 0"), &["too small"]);
    has(&told("connections = 10_001"), &["from 1 to 10_000", "out of bounds"]);
}

#[test]
fn addresses_are_checked() {
    let http = |url: &str| problem(&format!("[[benchmark]]\nname = \"x\"\nhttp = {url}\n"));
    has(&http("\"localhost:80\""), &["\"localhost:80\" | `http` must be a URL", "write \"http://localhost:80\""]);
    has(&http("\"http://a/{sample}\""), &["it has braces"]);
    has(&http("5"), &["this is a whole number"]);
    has(&told("ready = \"/healthz\""), &["`ready` must be a URL", "does not begin with `http://`"]);
}

#[test]
fn the_port_of_a_service_that_is_started_is_known_to_both_sides() {
    let with_port = SERVICE.replace(":80", ":{port}");
    let start = "start = [\"./s\", \"--port={port}\"]\n";
    config(&format!("{with_port}{start}"));
    config(&format!("{with_port}{start}ready = \"http://localhost:{{port}}/up\"\n"));
    config(&format!("{with_port}{start}ready = \"http://localhost:81/up\"\n"));
    config(&format!("{SERVICE}start = [\"./s\"]\n"));
    has(&problem(&with_port), &["\"http://localhost:{port}/a\" | ", "there is no `start`"]);
    // The environment tells the service its port too.
    config(&format!("{with_port}start = [\"./s\"]\n"));
    has(&told(start), &["\"http://localhost:80/a\" | `{port}` must be in `http` if it is in `start`"]);
    has(&told("ready = \"http://localhost:{port}/up\""), &["`{port}` must be in `http` if it is in `ready`"]);
    let misspelt = problem(&format!("{with_port}strat = [\"./s\", \"{{port}}\"]\n"));
    has(&misspelt, &["did you mean `start`?"]);
}

#[test]
fn methods_are_those_of_http() {
    has(&told("method = \"get\""), &["methods are in capital letters", "write \"GET\""]);
    has(&told("method = \"CONNECT\""), &["opens a tunnel"]);
    has(&told("method = \"GET /\""), &["`GET /` is none", "for example `method = \"POST\"`"]);
    has(&told("method = \"\""), &["`` is none"]);
    has(&told("method = true"), &["this is a boolean"]);
    assert_eq!(service("method = \"M-SEARCH\"").method, "M-SEARCH");
}

#[test]
fn headers_are_names_and_texts_that_can_be_sent() {
    let headers = |table: &str| told(&format!("headers = {{ {table} }}"));
    has(&headers("\"a b\" = \"x\""), &["\"a b\" | `a b` is not a header's name"]);
    has(&headers("\"\" = \"x\""), &["`` is not a header's name"]);
    has(&headers("a = \"x\\r\\nHost: y\""), &["the value of the header `a` cannot be sent", "it has a line break"]);
    has(&headers("a = \"é\""), &["\"é\" | the value of the header `a` cannot be sent"]);
    has(&headers("a = 5"), &["5 | the value of the header `a` must be a string", "this is a whole number"]);
    has(&headers("a = \"1\", A = \"2\""), &["A | the header `A` is set twice"]);
    has(&headers("Content-Length = \"5\""), &["`Content-Length` cannot be set", "perfgate sets it itself"]);
    has(&told("headers = [\"a: b\"]"), &["this is a list", "for example `headers = { content-type ="]);
    has(&told("[benchmark.headers]\nrounds = 5"), &["write it above the `[benchmark.headers]` line"]);
    let all = problems(&format!("{SERVICE}headers = {{ a = 1, \"b b\" = \"x\" }}\n"));
    assert_eq!(all.len(), 2, "{all:#?}");
}

#[test]
fn a_body_may_have_the_values_of_a_sample_if_there_is_one() {
    has(
        &told("body = \"{inputs}\""),
        &["\"{inputs}\" | `{inputs}` stands for the values of a sample", "add a `dataset`"],
    );
    assert_eq!(service("body = \"{inputs}\"\ndataset = \"d.csv\"").body.as_deref(), Some("{inputs}"));
    has(&told("body = 5"), &["`body` must be a string"]);
}

#[test]
fn keys_of_a_service_are_refused_for_other_systems() {
    for line in [
        "method = \"GET\"",
        "headers = {}",
        "body = \"\"",
        "start = [\"a\"]",
        "ready = \"http://a\"",
        "protocol = \"http1\"",
        "connections = 1",
    ] {
        has(&problem_with(line), &["belongs to `http` benchmarks", "this is a `command` benchmark"]);
    }
    has(&told("protocol = \"h2\""), &["`protocol` must be \"http1\" or \"http2\""]);
    has(&told("command = [\"a\"]"), &["not both `http` and `command`"]);
}
