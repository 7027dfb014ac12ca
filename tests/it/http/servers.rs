//! Servers that perfgate starts.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use perfgate::config::{CommandLine, Http};
use perfgate::sut::http::Limits;
use perfgate::sut::{HttpSut, RoundSetting, Sut};

use super::serving::{Act, Http1, ok, response};
use super::{Asked, counts, data, impatient, limits, one_by_one, patient, service};
use crate::bad_input::assert_gone;
use crate::support::Project;

fn in_folder(folder: &Path, timeout: Duration) -> Limits {
    Limits { directory: folder.to_owned(), ..limits(timeout) }
}

fn started(command: &[&str], http: Http) -> Http {
    let (program, arguments) = command.split_first().unwrap();
    let arguments = arguments.iter().map(|&word| word.to_owned()).collect();
    Http { start: Some(CommandLine { program: (*program).to_owned(), arguments }), ..http }
}

/// A server in Python, with a child of its own. `answer` is run for each request, with `path` and `count` set, and sets `status`.
pub fn python(answer: &str) -> String {
    format!(
        "import http.server, os, signal, subprocess, sys, time\n\
         count = 0\n\
         class Handler(http.server.BaseHTTPRequestHandler):\n\
         \x20   protocol_version = 'HTTP/1.1'\n\
         \x20   def log_message(self, *words): pass\n\
         \x20   def do_GET(self):\n\
         \x20       global count\n\
         \x20       count, path, status = count + 1, self.path, 200\n\
         \x20       {answer}\n\
         \x20       self.send_response(status)\n\
         \x20       self.send_header('content-length', '0')\n\
         \x20       self.end_headers()\n\
         child = subprocess.Popen(['sleep', '600'])\n\
         open('pids', 'a').write('%s %s\\n' % (os.getpid(), child.pid))\n\
         http.server.ThreadingHTTPServer(('127.0.0.1', int(os.environ['PORT'])), Handler).serve_forever()\n"
    )
}

/// A project with this server, and the service that it offers.
fn project(script: &str) -> (Project, Http) {
    let project = Project::bare();
    project.write("server.py", script);
    (project, started(&["python3", "server.py"], service("http://127.0.0.1:{port}/")))
}

#[test]
fn a_server_is_started_on_a_free_port_and_stopped() {
    let project = Project::bare();
    project.write("hello.txt", "hello");
    let http = service("http://127.0.0.1:{port}/hello.txt");
    let http = started(&["python3", "-m", "http.server", "--bind", "127.0.0.1", "{port}"], http);
    let mut sut = HttpSut::new(http, in_folder(project.path(), patient().timeout), None);
    for _ in 0..2 {
        assert_eq!(counts(&one_by_one(3).of(&mut sut).unwrap()), (3, 0));
    }
}

#[test]
fn the_port_is_in_the_environment_and_the_end_is_announced() {
    let (project, http) = project(&format!(
        "import signal, sys\n\
             def end(*_):\n\
             \x20   open('ended', 'w').write('by SIGTERM')\n\
             \x20   sys.exit(3)\n\
             signal.signal(signal.SIGTERM, end)\n{}",
        python("pass")
    ));
    let mut sut = HttpSut::new(http, in_folder(project.path(), patient().timeout), None);
    assert_eq!(counts(&one_by_one(3).of(&mut sut).unwrap()), (3, 0));
    assert_eq!(project.read("ended"), "by SIGTERM");
    assert_gone(&project.read("pids"));
}

#[test]
fn a_server_is_asked_until_it_is_ready() {
    let (project, http) = project(&python("status = 503 if path == '/healthz' and count < 4 else 200"));
    let http = Http { ready: Some("http://127.0.0.1:{port}/healthz".to_owned()), ..http };
    let mut sut = HttpSut::new(http, in_folder(project.path(), patient().timeout), None);
    assert_eq!(counts(&one_by_one(3).of(&mut sut).unwrap()), (3, 0));
}

#[test]
fn a_server_that_is_never_ready_is_stopped() {
    let busy = Http1::start(|_| Act::Send(response("503 Service Unavailable", "", "")));
    let project = Project::bare();
    let script = "echo loading >&2; sleep 600 & echo $! $$ > pids; wait";
    let http = started(&["sh", "-c", script], service("http://127.0.0.1:{port}/"));
    let http = Http { ready: Some(busy.url("/healthz")), ..http };
    let mut sut = HttpSut::new(http, in_folder(project.path(), Duration::from_secs(1)), None);
    let problem = sut.start(&RoundSetting::default()).unwrap_err().to_string();
    let late = format!("took longer than 1s to become ready (`{}`: status 503 Service", busy.url("/healthz"));
    assert!(problem.contains(&late), "{problem}");
    assert!(problem.contains("loading"), "{problem}");
    assert_gone(&project.read("pids"));
}

#[test]
fn a_service_that_somebody_else_runs_is_waited_for_too() {
    let server = Http1::start(|seen| {
        let is_early = seen.head.starts_with("GET /healthz") && seen.number < 3;
        Act::Send(response(if is_early { "503 Service Unavailable" } else { "200 OK" }, "", ""))
    });
    let http = Http { ready: Some(server.url("/healthz")), ..service(server.url("/")) };
    assert_eq!(counts(&one_by_one(2).of_service(&http)), (2, 0));
    let server = Http1::start(|_| Act::Send(response("503 Service Unavailable", "", "")));
    let http = Http { ready: Some(server.url("/healthz")), ..service(server.url("/")) };
    let problem = HttpSut::new(http, impatient(), None).start(&RoundSetting::default()).unwrap_err().to_string();
    let expected = format!("`{}` was not ready within 300ms: status 503 Service Unavailable", server.url("/healthz"));
    assert_eq!(problem, expected);
}

#[test]
fn a_server_that_ends_before_it_is_ready_has_the_last_word() {
    let (project, http) = project("import sys\nsys.exit('the model is missing')\n");
    let mut sut = HttpSut::new(http, in_folder(project.path(), patient().timeout), None);
    let problem = sut.start(&RoundSetting::default()).unwrap_err().to_string();
    assert!(problem.starts_with("`python3 server.py` exited with status 1 before it was ready"), "{problem}");
    assert!(problem.contains("the model is missing"), "{problem}");
}

#[test]
fn a_server_that_cannot_be_started_at_all() {
    let http = started(&["./no-such-server"], service("http://127.0.0.1:{port}/"));
    let problem = HttpSut::new(http, patient(), None).start(&RoundSetting::default()).unwrap_err().to_string();
    assert!(problem.starts_with("cannot start `./no-such-server` in"), "{problem}");
}

#[test]
fn a_server_that_dies_in_the_middle_ends_the_round_with_its_last_words() {
    let die = "count == 5 and (sys.stderr.write('out of memory\\n'), sys.stderr.flush(), os._exit(7))";
    let (project, http) = project(&python(die));
    let mut sut = HttpSut::new(http, in_folder(project.path(), patient().timeout), None);
    // So many that the end is noticed, however long the system takes to tell of it.
    let problem = one_by_one(1_000_000).of(&mut sut).unwrap_err().to_string();
    assert!(problem.starts_with("`python3 server.py` exited with status 7 instead of answering query"), "{problem}");
    assert!(problem.contains("out of memory"), "{problem}");
}

#[test]
fn a_server_that_dies_at_the_end_is_noticed_too() {
    let (project, http) = project(&python("count == 3 and os._exit(7)"));
    let mut sut = HttpSut::new(http, in_folder(project.path(), patient().timeout), None);
    let problem = one_by_one(3).of(&mut sut).unwrap_err().to_string();
    assert!(problem.starts_with("`python3 server.py` exited with status 7 "), "{problem}");
}

#[test]
fn a_server_that_never_answers_is_stopped_with_all_its_children() {
    let (project, http) = project(&python("sys.stderr.write('thinking\\n'); sys.stderr.flush(); time.sleep(3600)"));
    let mut sut = HttpSut::new(http, in_folder(project.path(), patient().timeout), None);
    let timeout = Duration::from_secs(1);
    let problem = Asked { timeout, ..one_by_one(1) }.of(&mut sut).unwrap_err().to_string();
    assert!(problem.starts_with("`python3 server.py` took longer than"), "{problem}");
    assert!(problem.contains("to answer query 0 (`GET http://127.0.0.1:"), "{problem}");
    assert!(problem.contains("thinking"), "{problem}");
    assert_gone(&project.read("pids"));
}

#[test]
fn what_listens_already_is_not_measured_in_the_servers_place() {
    let squatter = Http1::start(|_| ok(""));
    let http = started(&["true"], service(squatter.url("/")));
    let problem = HttpSut::new(http, patient(), None).start(&RoundSetting::default()).unwrap_err().to_string();
    assert!(problem.starts_with(&format!("something listens on {} already", squatter.address)), "{problem}");
}

#[test]
fn a_wrong_answer_of_a_server_comes_with_its_last_words() {
    let answer = "self.wfile.write(b'HTTP/1.1 200 OK\\r\\ncontent-length: 5\\r\\n\\r\\n[1,2]')";
    let script = python(&format!("sys.stderr.write('hm\\n'); sys.stderr.flush(); {answer}; return"));
    let (project, http) = project(&script);
    let rows = data("x,label\n1,0\n");
    let mut sut = HttpSut::new(http, in_folder(project.path(), patient().timeout), Some(Arc::clone(&rows)));
    let problem = Asked { dataset: Some(&rows), ..one_by_one(1) }.of(&mut sut).unwrap_err().to_string();
    assert!(problem.contains("answered query 0 with `[1,2]`, expected 1 outputs"), "{problem}");
    assert!(problem.contains("hm"), "{problem}");
    assert_gone(&project.read("pids"));
}
