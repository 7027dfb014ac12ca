//! The whole program with `http` benchmarks, and the whole measurement without the program.

use std::process::Stdio;

use perfgate::config::System;
use perfgate::measure::{Measured, Subject, Surroundings, prepare, run};
use perfgate::plan::plan;
use perfgate::sut::Interrupt;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use super::posting;
use super::servers::python;
use super::serving::{Act, Authority, Http1, ok, response};
use crate::bad_input::assert_gone;
use crate::support::Project;

const LOAD: &str = "queries = 4\nwarmup = 1\nmin_duration = \"0s\"\nrounds = 2\n";

/// A project with four labelled samples.
fn project(service: &str) -> Project {
    let project = Project::bare();
    project.write("data.csv", "x,label\n1,0\n2,1\n3,0\n4,0\n");
    project.write("perfgate.toml", &format!("[[benchmark]]\nname = \"h\"\n{service}\n{LOAD}"));
    project
}

/// A metric of the first benchmark in a result document.
#[track_caller]
fn metric<'a>(document: &'a Value, name: &str) -> &'a Value {
    let metrics = document["benchmarks"][0]["metrics"].as_array().unwrap();
    let found = metrics.iter().find(|metric| metric["name"] == name);
    &found.unwrap_or_else(|| panic!("no {name} in {document:#}"))["rounds"]
}

#[test]
fn a_measurement_has_accuracy_and_stages() {
    let server =
        Http1::start(|_| Act::Send(response("200 OK", "server-timing: infer;dur=2\r\n", r#"{"outputs":[[0.9,0.1]]}"#)));
    let project = Project::bare();
    project.write("data.csv", "x,label\n1,0\n2,1\n3,0\n4,0\n");
    let text = format!("[[benchmark]]\nname = \"h\"\ncommand = [\"true\"]\ndataset = \"data.csv\"\n{LOAD}");
    let mut benchmark = perfgate::config::parse(&text).unwrap().benchmarks.remove(0);
    benchmark.system = System::Http(posting(server.url("/"), "{inputs}"));
    let plan = plan(std::slice::from_ref(&benchmark), 1);
    let prepared = prepare(vec![Subject {
        benchmark,
        directory: project.path().to_owned(),
        variables: Vec::new(),
        slowdown: None,
    }])
    .unwrap();
    let surroundings = Surroundings { interrupt: Interrupt::default(), isolation: None, deadline: None };
    let mut results = run(&prepared, &plan, &surroundings, &mut |_| {}).unwrap();
    let Measured::Fully(result) = results.remove(0) else { panic!("not measured") };
    let found = |name: &str| result.metrics.iter().find(|metric| metric.name == name).unwrap();
    let values = |name: &str| found(name).rounds.as_slice().to_vec();
    assert_eq!(values("accuracy"), [0.75, 0.75]);
    assert_eq!(values("stage_infer_p50"), [2e6, 2e6]);
    assert_eq!(server.seen().len(), 2 * (4 + 1), "warm-up included");
    assert_eq!(server.connections(), 2, "one a round");
    assert!(result.warnings.iter().all(|warning| warning.code != "reconnected"), "{:?}", result.warnings);
}

#[test]
fn a_profile_has_the_stages_of_the_server_timing_header() {
    let headers = "server-timing: queue;dur=0.0005, infer;dur=0.002, cache\r\n";
    let server = Http1::start(move |_| Act::Send(response("200 OK", headers, "")));
    let project = project(&format!("http = \"{}\"", server.url("/")));
    let document = project.perfgate(&["profile", "h", "--format", "json"]).expect(0).json();
    assert_eq!(document["bottleneck_finding"]["stage"], "infer");
    let stages = document["stages"].as_array().unwrap();
    let found: Vec<(&Value, &Value)> = stages.iter().map(|stage| (&stage["name"], &stage["p50"])).collect();
    assert_eq!(found, [(&json!("infer"), &json!(2000)), (&json!("queue"), &json!(500))]);
    assert_eq!(document["resources"], json!({}), "perfgate did not start it");
    let said = project.perfgate(&["profile", "h"]).expect(0);
    said.out_has("12 metrics of what processes use are not known: perfgate did not start the service");
}

#[test]
fn connections_that_the_server_closes_are_told() {
    let run = |headers: &'static str| {
        let server = Http1::start(move |_| Act::SendAndClose(response("200 OK", headers, "")));
        let project = project(&format!("http = \"{}\"", server.url("/")));
        let document = project.perfgate(&["run", "--format", "json"]).expect(0).json();
        document["benchmarks"][0]["warnings"].as_array().cloned().unwrap_or_default()
    };
    // Whether the server announces it or not.
    for headers in ["connection: close\r\n", ""] {
        let warnings = run(headers);
        let told = warnings.iter().find(|warning| warning["code"] == "reconnected").unwrap();
        let message = told["message"].as_str().unwrap();
        assert!(message.contains("opened again 8 times for 8 queries"), "not for the warm-up: {message}");
    }
}

#[test]
fn a_body_that_cannot_be_filled_in_is_wrong_input() {
    let text = "[[benchmark]]\nname = \"b\"\ncommand = [\"true\"]\ndataset = \"data.csv\"\n";
    let mut benchmark = perfgate::config::parse(text).unwrap().benchmarks.remove(0);
    benchmark.system = System::Http(posting("http://127.0.0.1:1/", "{\"x\":{pixel}}"));
    let project = Project::bare();
    project.write("data.csv", "x,label\n1,0\n");
    let subject = Subject { benchmark, directory: project.path().to_owned(), variables: Vec::new(), slowdown: None };
    let problem = prepare(vec![subject]).err().unwrap().to_string();
    assert!(problem.starts_with("benchmark `b`: body: `{pixel}` is not known: expected `{sample}`"), "{problem}");
    assert!(problem.contains("(`x`)"), "{problem}");
}

#[test]
fn a_service_that_runs_already_is_measured() {
    let server = Http1::start(|_| ok(r#"{"outputs":[0]}"#));
    let project =
        project(&format!("http = \"{}\"\nbody = '{{inputs}}'\ndataset = \"data.csv\"", server.url("/predict")));
    let document = project.perfgate(&["run", "--format", "json"]).expect(0).json();
    assert_eq!(metric(&document, "accuracy"), &json!([0.75, 0.75]));
    assert!(server.seen().iter().all(|seen| seen.head.starts_with("POST /predict ")), "a body makes it a POST");
}

#[test]
fn a_server_is_started_for_each_round() {
    let project = project(
        "http = \"http://127.0.0.1:{port}/\"\nready = \"http://127.0.0.1:{port}/healthz\"\n\
         start = [\"python3\", \"server.py\"]",
    );
    project.write("server.py", &python("path == '/healthz' and open('starts', 'a').write('x')"));
    project.perfgate(&["run"]).expect(0);
    assert_eq!(project.read("starts"), "xx");
    assert_gone(&project.read("pids"));
}

#[test]
#[cfg(target_os = "linux")]
fn what_a_started_server_uses_is_what_it_says_itself() {
    let project = project("http = \"http://127.0.0.1:{port}/\"\nstart = [\"python3\", \"server.py\"]");
    // With whatever `python3` itself starts where it is a script.
    let used = "sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))";
    let server = python(&format!(
        "[None for _ in iter(lambda: time.process_time() < 1, False)]; \
         open('said', 'w').write(str({used}) + ' ' + open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"
    ));
    project.write("server.py", &format!("import resource\nmemory = bytearray(b'x') * (50 << 20)\n{server}"));
    let document = project.perfgate(&["run", "--rounds", "1", "--queries", "1", "--format", "json"]).expect(0).json();
    let said = project.read("said");
    let (time, peak) = said.split_once(' ').unwrap();
    let within = |name: &str, said: f64| {
        let measured = metric(&document, name)[0].as_f64().unwrap();
        assert!((measured - said).abs() <= 0.05 * said, "{name}: measured {measured}, said {said}");
    };
    within("cpu_time", 1e9 * time.parse::<f64>().unwrap());
    within("rss_peak", 1024.0 * peak.parse::<f64>().unwrap());
}

#[test]
fn of_a_service_that_perfgate_did_not_start_no_use_is_told() {
    let server = Http1::start(|_| ok(""));
    let project = project(&format!("http = \"{}\"", server.url("/")));
    let document = project.perfgate(&["run", "--format", "json"]).expect(0).json();
    let benchmark = &document["benchmarks"][0];
    let names: Vec<&Value> = benchmark["metrics"].as_array().unwrap().iter().map(|metric| &metric["name"]).collect();
    assert!(!names.iter().any(|name| *name == "cpu_time" || *name == "rss_peak"), "{names:?}");
    let unavailable = &benchmark["resources"]["unavailable"][0];
    assert!(unavailable["why"].as_str().unwrap().contains("did not start the service"), "{unavailable}");
    assert_eq!(benchmark["resources"].get("watching"), None);
}

#[test]
fn what_cannot_be_filled_in_is_exit_status_2() {
    let said = project("http = \"http://127.0.0.1:1/\"\nbody = '{pixel}'\ndataset = \"data.csv\"").perfgate(&["run"]);
    said.expect(2).err_has("body: `{pixel}` is not known");
}

#[test]
fn nobody_there_is_exit_status_4() {
    project("http = \"http://127.0.0.1:1/\"").perfgate(&["run"]).expect(4).out_has("is the server running?");
}

#[test]
fn an_authority_of_ones_own_is_named_by_the_environment() {
    let authority = Authority::new();
    let server = Http1::start_tls(authority.server(&[]), |_| ok(""));
    let project = project(&format!("http = \"https://localhost:{}/\"", server.address.port()));
    let run = |file: &str| {
        let output = project.command(&["run"]).env("SSL_CERT_FILE", file).output().unwrap();
        crate::support::Said::from(output)
    };
    run(&authority.file().display().to_string()).expect(0);
    run("").expect(4).out_has("SSL_CERT_FILE");
}

#[test]
fn an_interrupt_leaves_no_server_running() {
    let project = project("http = \"http://127.0.0.1:{port}/\"\nstart = [\"python3\", \"server.py\"]");
    project.write("server.py", &python("open('asked', 'w').write('yes'); time.sleep(3600)"));
    let mut child = project.command(&["run"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let begun = std::time::Instant::now();
    while !project.file("asked").exists() {
        assert!(child.try_wait().unwrap().is_none(), "perfgate ended before the server was asked");
        assert!(begun.elapsed() < std::time::Duration::from_secs(60), "the server was never asked");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_gone(&project.read("pids"));
}

#[test]
fn side_by_side_a_fixed_port_serves_one_side_at_a_time() {
    let project = Project::git();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    project.write(
        "perfgate.toml",
        &format!("[[benchmark]]\nname = \"h\"\nhttp = \"http://127.0.0.1:{port}/\"\nstart = [\"python3\", \"server.py\"]\n{LOAD}\
             [benchmark.metrics]\nstage_side_p50.gate = true\n"),
    );
    let server = python("").replace(
        "        self.end_headers",
        "        self.send_header('server-timing', 'side;dur=' + open('side').read())\n        self.end_headers",
    );
    project.write("server.py", &server.replace("os.environ['PORT']", &format!("'{port}'")));
    project.write("side", "1");
    project.commit();
    project.write("side", "2");
    let pids = project.file("pids");
    let mut command = project.command(&["check", "--against", "HEAD", "--threshold", "1", "--format", "json"]);
    let said = crate::support::Said::from(command.output().unwrap());
    let document = said.json();
    let side = crate::support::row(&document, "h", "stage_side_p50");
    assert_eq!((&side["baseline"], &side["candidate"]), (&json!(1e6), &json!(2e6)), "{}", said.err);
    assert_gone(&std::fs::read_to_string(pids).unwrap());
}
