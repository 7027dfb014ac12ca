//! Rounds of two sides in turn, measured by perfgate's own library, without a verdict.

use std::error::Error;
use std::fs;
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use perfgate::config::{self, Benchmark, System};
use perfgate::dataset::Dataset;
use perfgate::measure::{RoundRequest, Subject, round_here};
use perfgate::plan::Step;
use perfgate::scenario::RoundRecord;
use perfgate::stats::{mean, percentile_occurred};
use perfgate::sut::Interrupt;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use super::amounts::Amounts;
use super::layout::lay_out;
use super::workload::{Extra, Workload};

/// Where the latencies of a round lie, in nanoseconds.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Locations {
    pub min: f64,
    pub p25: f64,
    pub p50: f64,
    pub mean: f64,
    pub p90: f64,
}

/// A round of either side, one right after the other.
#[derive(Debug, Clone, Copy)]
pub struct Pair {
    pub base_first: bool,
    /// When it began, in seconds since the first pair did.
    pub at: f64,
    pub base: Locations,
    pub candidate: Locations,
}

/// Measures pair after pair, without end.
pub struct Pairs {
    sides: [Side; 2],
    random: Pcg64Mcg,
    base_first: bool,
    round: u32,
    begun: Instant,
    program: PathBuf,
}

/// A revision, laid out.
struct Side {
    folder: TempDir,
    benchmark: Benchmark,
    dataset: Option<Arc<Dataset>>,
}

impl Side {
    fn new(workload: Workload, extra: Extra, amounts: &Amounts, program: &Path) -> Result<Self, Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        lay_out(folder.path(), &[workload], program, extra, amounts)?;
        let text = fs::read_to_string(folder.path().join("perfgate.toml"))?;
        let config = config::parse(&text).map_err(|problems| {
            let told = problems.iter().map(|problem| problem.message.as_str());
            format!("the study's own configuration: {}", told.collect::<Vec<_>>().join("; "))
        })?;
        let benchmark = config.benchmarks.into_iter().next().ok_or("no benchmark")?;
        let dataset = match &benchmark.dataset {
            Some(file) => Some(Arc::new(Dataset::from_csv(&fs::read(folder.path().join(file))?)?)),
            None => None,
        };
        Ok(Self { folder, benchmark, dataset })
    }

    fn round(&self, step: &Step, program: &Path) -> Result<Locations, Box<dyn Error>> {
        let directory = self.folder.path().to_owned();
        let subject = Subject { benchmark: self.benchmark.clone(), directory, variables: Vec::new(), slowdown: None };
        let request = RoundRequest::new(&subject, None, step, 1);
        let record = match &self.benchmark.system {
            System::Onnx(_) => in_own_process(&request, program)?,
            system => round_here(&request, system, self.dataset.clone(), &Interrupt::default())?,
        };
        if record.failed > 0 {
            return Err(format!("{} queries failed", record.failed).into());
        }
        Locations::of(&record.latencies)
    }
}

impl Pairs {
    /// Rounds of a workload with these amounts of work, in turn.
    pub fn between(workload: Workload, sides: [(Extra, &Amounts); 2], seed: u64) -> Result<Self, Box<dyn Error>> {
        let program = std::env::current_exe()?;
        let [base, candidate] = sides.map(|(extra, amounts)| Side::new(workload, extra, amounts, &program));
        let random = Pcg64Mcg::seed_from_u64(seed);
        Ok(Self { sides: [base?, candidate?], random, base_first: false, round: 0, begun: Instant::now(), program })
    }

    fn pair(&mut self) -> Result<Pair, Box<dyn Error>> {
        // As perfgate does: drawn for every other pair, and turned round in the next.
        self.base_first = if self.round.is_multiple_of(2) { self.random.random() } else { !self.base_first };
        let at = self.begun.elapsed().as_secs_f64();
        let [base, candidate] = &self.sides;
        let round = self.round;
        self.round += 1;
        let mut run = |side: &Side| {
            let padding = self.random.random_range(0..=256) * 16;
            side.round(&Step { subject: 0, round, padding }, &self.program)
        };
        let (base, candidate) = if self.base_first {
            let base = run(base)?;
            (base, run(candidate)?)
        } else {
            let candidate = run(candidate)?;
            (run(base)?, candidate)
        };
        Ok(Pair { base_first: self.base_first, at, base, candidate })
    }
}

impl Iterator for Pairs {
    type Item = Result<Pair, Box<dyn Error>>;

    fn next(&mut self) -> Option<Self::Item> {
        Some(self.pair())
    }
}

impl Locations {
    fn of(latencies: &[u64]) -> Result<Self, Box<dyn Error>> {
        let mut values: Vec<f64> = latencies.iter().map(|&latency| latency as f64).collect();
        values.sort_by(f64::total_cmp);
        let at = |share| percentile_occurred(&values, share).ok_or("a round without latencies");
        Ok(Self { min: at(0.0)?, p25: at(0.25)?, p50: at(0.5)?, mean: mean(&values), p90: at(0.9)? })
    }
}

/// A round of the embedded engine in a process of its own, which is this program again.
fn in_own_process(request: &RoundRequest, program: &Path) -> Result<RoundRecord, Box<dyn Error>> {
    let mut child = Command::new(program)
        .arg("round")
        .env("PERFGATE_PADDING", "x".repeat(request.padding))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    if let Some(mut input) = child.stdin.take() {
        serde_json::to_writer(&mut input, request)?;
        input.write_all(b"\n")?;
    }
    let output = child.wait_with_output()?;
    if !output.status.success() {
        return Err(format!("the engine's process ended with {}", output.status).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// The child's side: a request comes in, its record goes out.
pub fn serve_round(input: &mut dyn BufRead, output: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let mut line = String::new();
    input.read_line(&mut line)?;
    let request: RoundRequest = serde_json::from_str(&line)?;
    let model = request.model.clone().ok_or("no model")?;
    let dataset = request.dataset.as_ref().ok_or("no dataset")?;
    let dataset = Arc::new(Dataset::from_csv(&fs::read(request.directory.join(dataset))?)?);
    let record = round_here(&request, &System::Onnx(model), Some(dataset), &Interrupt::default())?;
    Ok(serde_json::to_writer(output, &record)?)
}
