//! MLPerf's LoadGen with a system that answers at once: fetched from PyPI, built, and run in a process of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Failure, succeed};

const VERSION: &str = "6.0.17";
/// Of the source package.
const SHA256: &str = "a2e85d09e3cc0c606f89bfe1fbf97537c8b5b238ae0afbd923ad9c710fcf2ca8";

/// Its sources, less the Python bindings.
const SOURCES: [&str; 9] = [
    "early_stopping.cc",
    "generated/version_generated.cc",
    "issue_query_controller.cc",
    "loadgen.cc",
    "logging.cc",
    "results.cc",
    "test_settings_internal.cc",
    "utils.cc",
    "version.cc",
];

/// A program that was built.
pub struct LoadGen {
    program: PathBuf,
    logs: PathBuf,
}

/// What a run says.
pub struct Run {
    /// From the first query to the end of issuing, in nanoseconds.
    pub issuing: f64,
    /// The whole test, in nanoseconds.
    pub all: f64,
    summary: String,
}

impl LoadGen {
    /// Fetches and builds what is not there yet, in the folder of the build.
    pub fn build() -> Result<Self, Failure> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("loadgen-{VERSION}"));
        let sources = folder.join(format!("mlcommons_loadgen-{VERSION}"));
        let (program, logs) = (folder.join("null_sut"), folder.join("logs"));
        fs::create_dir_all(&logs)?;
        if !sources.is_dir() {
            fetch(&folder)?;
        }
        let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/load_generation/null_sut.cc");
        if !is_newer(&program, &ours) {
            eprintln!("building LoadGen {VERSION}");
            let mut compiler = Command::new("g++");
            // As its own setup.py has it.
            compiler.args(["-std=c++14", "-O3", "-pthread", "-DMAJOR_VERSION=6", "-DMINOR_VERSION=0"]);
            compiler.arg("-I").arg(&sources).arg("-o").arg(&program).arg(ours);
            compiler.args(SOURCES.map(|source| sources.join(source)));
            succeed(&mut compiler)?;
        }
        Ok(Self { program, logs })
    }

    /// Its scenario single-stream.
    pub fn single_stream(&self, queries: u32) -> Result<Run, Failure> {
        self.run(&["single-stream", &queries.to_string()])
    }

    /// Its scenario server, at this rate in queries per second.
    pub fn server(&self, rate: u32, queries: u32) -> Result<Run, Failure> {
        self.run(&["server", &rate.to_string(), &queries.to_string()])
    }

    fn run(&self, arguments: &[&str]) -> Result<Run, Failure> {
        let said = succeed(Command::new(&self.program).args(arguments).arg(&self.logs))?;
        let mut times = said.split_whitespace().map(str::parse::<f64>);
        let (Some(Ok(issuing)), Some(Ok(all))) = (times.next(), times.next()) else {
            return Err(format!("LoadGen said `{said}`, expected two numbers").into());
        };
        let summary = fs::read_to_string(self.logs.join("mlperf_log_summary.txt"))?;
        Ok(Run { issuing, all, summary })
    }
}

impl Run {
    /// A percentile of the latency, in nanoseconds, by the name that the summary has for it: `99.90`.
    pub fn percentile(&self, name: &str) -> Result<f64, Failure> {
        let label = format!("{name} percentile latency (ns)");
        let line = self.summary.lines().find_map(|line| line.strip_prefix(&label)?.split_once(':'));
        let (_, value) = line.ok_or_else(|| format!("LoadGen's summary has no line `{label}`"))?;
        Ok(value.trim().parse()?)
    }
}

fn fetch(folder: &Path) -> Result<(), Failure> {
    eprintln!("fetching LoadGen {VERSION}");
    let requirements = folder.join("requirements.txt");
    fs::write(&requirements, format!("mlcommons-loadgen=={VERSION} --hash=sha256:{SHA256}\n"))?;
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip", "download", "--quiet", "--no-deps", "--no-binary=:all:", "--require-hashes", "--dest"]);
    succeed(pip.arg(folder).arg("--requirement").arg(requirements))?;
    let package = folder.join(format!("mlcommons_loadgen-{VERSION}.tar.gz"));
    succeed(Command::new("tar").arg("xzf").arg(package).arg("-C").arg(folder))?;
    Ok(())
}

fn is_newer(built: &Path, source: &Path) -> bool {
    let modified = |path: &Path| fs::metadata(path).and_then(|facts| facts.modified());
    matches!((modified(built), modified(source)), (Ok(built), Ok(source)) if built > source)
}
