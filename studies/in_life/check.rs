//! A check: a scratch repository of two commits, and the real program over it.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use perfgate::vcs::ScratchRepository;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use serde::{Deserialize, Serialize};

use super::amounts::Amounts;
use super::journal;
use super::layout::lay_out;
use super::workload::{Extra, Workload};

/// How many checks of which kind, and of which program.
#[derive(clap::Args)]
pub struct Wish {
    /// Checks of identical code, for each workload and threshold
    #[arg(long, default_value_t = 10)]
    same: usize,
    /// Checks of slower code, for each workload and slowdown
    #[arg(long, default_value_t = 40)]
    slower: usize,
    /// Checks of identical code with all seven workloads in one configuration, for each threshold
    #[arg(long, default_value_t = 10)]
    together: usize,
    /// Stop after so many checks
    #[arg(long, default_value_t = usize::MAX, hide_default_value = true)]
    at_most: usize,
    /// What each check may take
    #[arg(long, default_value = "2m")]
    budget: String,
    /// The program [default: the perfgate beside this one]
    #[arg(long)]
    perfgate: Option<PathBuf>,
    /// More arguments for `perfgate check`, after `--`
    #[arg(last = true)]
    arguments: Vec<String>,
}

/// A kind of check. Ordered as it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Case {
    pub extra: Extra,
    /// In percent.
    pub threshold: u8,
    /// `None`: all of them together.
    pub workload: Option<Workload>,
}

/// What came of a check.
#[derive(Debug, Serialize, Deserialize)]
pub struct Entry {
    #[serde(flatten)]
    pub case: Case,
    pub seed: u64,
    /// The exit status.
    pub exit: i32,
    /// The document's verdict.
    pub verdict: String,
    /// Wall clock of the whole check.
    pub seconds: f64,
    /// How many others wanted the processor before it, where the system says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load: Option<f64>,
    pub rows: Vec<Row>,
}

/// A row of the document, as far as the study needs it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Row {
    pub benchmark: String,
    #[serde(default)]
    pub metric: String,
    #[serde(default)]
    pub rounds: Vec<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ci: Option<[f64; 2]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p_adjusted: Option<f64>,
    pub verdict: String,
}

#[derive(Deserialize)]
struct Document {
    verdict: String,
    rows: Vec<Row>,
}

/// Slowdowns, and the threshold at which each is to be found.
const SLOWER: [(Extra, u8); 3] = [(Extra(5), 3), (Extra(10), 5), (Extra(20), 10)];
const THRESHOLDS: [u8; 3] = [3, 5, 10];

/// Runs what is still to be done, and appends each check to the file as soon as it is over.
pub fn run(
    file: &Path,
    workloads: &[Workload],
    wish: &Wish,
    seed: u64,
    amounts: &Amounts,
) -> Result<(), Box<dyn Error>> {
    let own = std::env::current_exe()?;
    let perfgate = match &wish.perfgate {
        Some(program) => program.canonicalize().map_err(|error| format!("`{}`: {error}", program.display()))?,
        None => {
            own.ancestors().nth(2).map(|folder| folder.join("perfgate")).filter(|program| program.is_file()).ok_or(
                "there is no perfgate beside this program: run `cargo build --release`, or name one with --perfgate",
            )?
        }
    };
    let done = journal::read::<Entry>(file)?;
    // Another order and other seeds after an interruption, all of them known from what was asked for.
    let mut random = Pcg64Mcg::seed_from_u64(seed.wrapping_add(done.len() as u64));
    let to_do = to_do(&wish.cases(workloads), &done, &mut random);
    let count = to_do.len().min(wish.at_most);
    eprintln!("{} checks are recorded, {count} are to do, each within {}", done.len(), wish.budget);
    // perfgate hears of Ctrl-C too and ends; this program then leaves no folders behind.
    let stop = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(signal_hook::consts::SIGINT, Arc::clone(&stop))?;
    for (number, case) in to_do.into_iter().take(count).enumerate() {
        let entry = one(case, workloads, wish, random.random_range(0..1_000_000), [&perfgate, &own], amounts);
        if let Ok(entry) = &entry {
            let Entry { exit, verdict, seconds, .. } = entry;
            eprintln!("{} of {count}: {case}: {verdict} (exit status {exit}) after {seconds:.0} s", number + 1);
            journal::append(file, entry)?;
        }
        if stop.load(Ordering::Relaxed) {
            return Err("interrupted; the same command goes on from here".into());
        }
        entry?;
    }
    Ok(())
}

impl Wish {
    /// Every kind of check, and how many of it are wanted.
    fn cases(&self, workloads: &[Workload]) -> Vec<(Case, usize)> {
        let mut cases = Vec::new();
        for workload in workloads.iter().copied().map(Some) {
            cases.extend(SLOWER.map(|(extra, threshold)| (Case { extra, threshold, workload }, self.slower)));
            cases.extend(THRESHOLDS.map(|threshold| (Case { extra: Extra::NONE, threshold, workload }, self.same)));
        }
        if workloads.len() < Workload::ALL.len() {
            return cases;
        }
        let together = |threshold| (Case { extra: Extra::NONE, threshold, workload: None }, self.together);
        cases.extend(THRESHOLDS.map(together));
        cases
    }
}

/// What is missing: one of each kind in random order, then another one of each, so that whoever stops has about as many of all.
fn to_do(cases: &[(Case, usize)], done: &[Entry], random: &mut Pcg64Mcg) -> Vec<Case> {
    let mut counts: BTreeMap<Case, usize> = BTreeMap::new();
    for entry in done {
        *counts.entry(entry.case).or_default() += 1;
    }
    let missing = |&(case, wanted): &(Case, usize)| {
        let already = counts.get(&case).copied().unwrap_or(0);
        // Spread over the whole study, also where fewer are wanted than of others.
        (already..wanted).map(move |number| ((number as f64 + 0.5) / wanted as f64, case))
    };
    let mut all: Vec<(f64, Case)> = cases.iter().flat_map(missing).collect();
    all.shuffle(random);
    all.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    all.into_iter().map(|(_, case)| case).collect()
}

fn one(
    case: Case,
    workloads: &[Workload],
    wish: &Wish,
    seed: u64,
    [perfgate, own]: [&Path; 2],
    amounts: &Amounts,
) -> Result<Entry, Box<dyn Error>> {
    let chosen = case.workload.map_or_else(|| workloads.to_vec(), |workload| vec![workload]);
    let folder = tempfile::Builder::new().prefix("in-life-").tempdir()?;
    let repository = ScratchRepository::create(folder.path())?;
    for (extra, told) in [(Extra::NONE, "the base"), (case.extra, "the candidate")] {
        lay_out(folder.path(), &chosen, own, extra, amounts)?;
        // So that there is something to commit though the code is the same.
        fs::write(folder.path().join("README.md"), format!("This is {told}.\n"))?;
        repository.commit_all(told)?;
    }
    let output = tempfile::tempdir()?;
    let document = output.path().join("comparison.json");
    let load = load();
    let begun = Instant::now();
    let ended = Command::new(perfgate)
        .current_dir(folder.path())
        .args(["check", "--against", "HEAD~1", "--no-progress", "--format", "json", "--budget", &wish.budget])
        .args(["--threshold", &format!("{}%", case.threshold), "--seed", &seed.to_string(), "--output"])
        .arg(&document)
        .args(&wish.arguments)
        .output()?;
    let seconds = (1e3 * begun.elapsed().as_secs_f64()).round() / 1e3;
    let told = String::from_utf8_lossy(&ended.stderr);
    // Anything but a verdict ends the study: a system that fails in a study of systems that do not is a mistake to look at.
    let exit = ended.status.code().filter(|code| [0, 1, 5].contains(code));
    let exit = exit.ok_or_else(|| format!("{case}: perfgate ended with {}\n{told}", ended.status))?;
    let Document { verdict, rows } = serde_json::from_slice(&fs::read(&document)?)?;
    Ok(Entry { case, seed, exit, verdict, seconds, load, rows })
}

/// Linux: the load average of the last minute.
fn load() -> Option<f64> {
    fs::read_to_string("/proc/loadavg").ok()?.split(' ').next()?.parse().ok()
}

impl Case {
    /// What the candidate is.
    pub fn code(&self) -> String {
        if self.extra == Extra::NONE { "identical".to_owned() } else { format!("+{} %", self.extra.0) }
    }
}

impl std::fmt::Display for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let workload = self.workload.map_or("all together", Workload::name);
        write!(f, "{workload}, {} at {} %", self.code(), self.threshold)
    }
}
