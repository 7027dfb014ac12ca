//! What `perfgate export openmetrics` writes, read by Prometheus itself: its linter, its scraper in both formats, its import of
//! history, and the queries of the dashboard. They need Prometheus (Debian's package `prometheus`).

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::export::{dashboard, queries};
use crate::support::Project;

/// Longer than Prometheus takes to start and to scrape on any machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// Two commits of a benchmark and a comparison, of the golden cases.
fn case(name: &str, file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cases").join(name).join(file);
    assert!(path.is_file(), "{}", path.display());
    path.display().to_string()
}

fn export(arguments: &[&str]) -> String {
    Project::bare().perfgate(&[&["export", "openmetrics"], arguments].concat()).expect(0).out
}

fn promtool(arguments: &[&str], input: &str) -> String {
    let mut child = Command::new("promtool")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("these tests need Prometheus: apt-get install prometheus");
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap()).concat();
    assert!(output.status.success(), "promtool {arguments:?}: {said}\n{input}");
    said
}

#[test]
fn the_linter_finds_nothing() {
    let text = export(&[&case("export-openmetrics", "result.json"), &case("export-openmetrics", "check.json")]);
    assert_eq!(promtool(&["check", "metrics"], &text), "");
}

/// A Prometheus that ends with the value.
struct Prometheus {
    child: Child,
    port: u16,
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Prometheus {
    /// Over a folder of data, scraping these ports as jobs of these names.
    fn start(folder: &Path, jobs: &[(&str, u16)]) -> Self {
        let jobs: String = jobs
            .iter()
            .map(|(name, port)| {
                format!("  - job_name: {name}\n    static_configs: [{{targets: [\"127.0.0.1:{port}\"]}}]\n")
            })
            .collect();
        let configuration = folder.join("prometheus.yml");
        fs::write(&configuration, format!("global: {{scrape_interval: 1s}}\nscrape_configs:\n{jobs}")).unwrap();
        // It wants to be told its port; nobody else takes this one meanwhile, as a rule.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = Command::new("prometheus")
            .arg(format!("--config.file={}", configuration.display()))
            .arg(format!("--storage.tsdb.path={}", folder.join("data").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            // The history of the cases is older than what is kept by default.
            .arg("--storage.tsdb.retention.time=100y")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("these tests need Prometheus: apt-get install prometheus");
        Self { child, port }
    }

    /// What a query finds: one entry for each series. `None` while there is nobody to ask.
    fn ask(&self, query: &str, time: Option<&str>) -> Option<Vec<Value>> {
        let time = time.map(|time| format!("&time={time}")).unwrap_or_default();
        let answer = get(self.port, &format!("/api/v1/query?query={}{time}", escaped(query)))?;
        let answer: Value = serde_json::from_str(&answer).ok()?;
        assert_eq!(answer["status"], "success", "{query}: {answer:#}");
        Some(answer["data"]["result"].as_array().unwrap().clone())
    }

    /// The same, once there is something.
    fn found(&self, query: &str, time: Option<&str>) -> Vec<Value> {
        let begun = Instant::now();
        loop {
            match self.ask(query, time) {
                Some(series) if !series.is_empty() => return series,
                _ => assert!(begun.elapsed() < PATIENCE, "nothing for {query}"),
            }
            std::thread::park_timeout(Duration::from_millis(50));
        }
    }

    fn value(&self, query: &str, time: Option<&str>) -> f64 {
        let found = self.found(query, time);
        assert_eq!(found.len(), 1, "{query}: {found:#?}");
        found[0]["value"][1].as_str().unwrap().parse().unwrap()
    }
}

/// The body of an answer to a GET on this machine.
fn get(port: u16, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    write!(stream, "GET {path} HTTP/1.0\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned())
}

fn escaped(query: &str) -> String {
    query.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Serves a text under this type to whoever asks, and says on which port.
fn serve(text: String, content_type: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let request = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
            let _ = request.take_while(|line| !line.is_empty()).count();
            let length = text.len();
            let head = format!("HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n");
            let _ = write!(stream, "{head}Connection: close\r\n\r\n{text}");
        }
    });
    port
}

#[test]
fn it_is_scraped_in_both_formats_and_answers_the_queries_of_the_dashboard() {
    let text = export(&[&case("export-openmetrics", "result.json"), &case("export-openmetrics", "check.json")]);
    let folder = tempfile::tempdir().unwrap();
    let openmetrics = serve(text.clone(), "application/openmetrics-text; version=1.0.0; charset=utf-8");
    let older = serve(text, "text/plain; version=0.0.4; charset=utf-8");
    let prometheus = Prometheus::start(folder.path(), &[("openmetrics", openmetrics), ("older", older)]);
    for job in ["openmetrics", "older"] {
        let of = |name: &str, labels: &str| format!("{name}{{job=\"{job}\",{labels}}}");
        let latency = of("perfgate_benchmark_latency_seconds", "benchmark=\"digits/server\",metric=\"latency_p50\"");
        assert_eq!(prometheus.value(&latency, None), 0.000_275_87);
        assert_eq!(prometheus.value(&of("perfgate_comparison_exit_code", ""), None), 4.0);
        let hostile = prometheus.found(&of("perfgate_benchmark_requests_total_value", ""), None);
        assert_eq!(hostile[0]["metric"]["benchmark"], "hostile \"} 1\n# EOF");
        assert_eq!(prometheus.value(&format!("up{{job=\"{job}\"}}"), None), 1.0, "the whole of it was read");
    }
    let dashboard = dashboard();
    for query in queries(&dashboard) {
        let variables = [("$machine", ".*"), ("$benchmark", ".*"), ("$metric", ".*"), ("$__interval", "1h")];
        let filled = variables.iter().fold(query.clone(), |query, (name, value)| query.replace(name, value));
        // The variables ask for the values of a label.
        let filled = match filled.strip_prefix("label_values(").and_then(|rest| rest.rsplit_once(',')) {
            Some((of, label)) => format!("count by ({}) ({of})", label.trim_end_matches(')')),
            None => filled,
        };
        assert!(!filled.contains('$'), "{filled}");
        prometheus.found(&filled, None);
    }
}

#[test]
fn history_is_imported_and_found_at_its_time() {
    let text = export(&["--timestamps", &case("export-history", "old.json"), &case("export-history", "new.json")]);
    let folder = tempfile::tempdir().unwrap();
    let (file, data) = (folder.path().join("history.om"), folder.path().join("data"));
    fs::write(&file, text).unwrap();
    let (file, data) = (file.display().to_string(), data.display().to_string());
    promtool(&["tsdb", "create-blocks-from", "openmetrics", &file, &data], "");
    let prometheus = Prometheus::start(folder.path(), &[]);
    let latency = "perfgate_benchmark_latency_seconds{metric=\"latency_p50\"}";
    assert_eq!(prometheus.value(latency, Some("2026-01-30T12:00:01Z")), 0.000_205);
    assert_eq!(prometheus.value(latency, Some("2026-01-31T12:00:01Z")), 0.000_305);
    let info = prometheus.found("perfgate_baseline_info", Some("2026-01-31T12:00:01Z"));
    assert_eq!(info[0]["metric"]["commit"], "3f2a91c07d5e4b8a9c1d2e3f405162738495a6b7");
}
