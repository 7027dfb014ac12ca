//! Looks into `/proc`.

use std::collections::HashSet;
use std::fs;

use crate::usage::proc::{Stat, disk, peak};
use crate::usage::{Kin, Kinship, Left, Process, Units};

/// Reads who runs, and what those use that belong to the round.
#[derive(Debug)]
pub struct Reader {
    units: Units,
    /// Processes that do not belong to it, by number.
    strangers: HashSet<u32>,
    /// Those that were seen once and did not seem to belong. perfgate may have started one and not told yet.
    doubtful: HashSet<u32>,
}

impl Reader {
    /// Whoever runs now is a stranger. `None` where there is no `/proc` that could be read.
    pub fn begin() -> Option<Self> {
        let units = units()?;
        // What perfgate had in memory before does not hide what the processes of this round have: they begin with its memory.
        let _ = fs::write("/proc/self/clear_refs", "5");
        let reader = Self { units, strangers: processes()?.into_iter().collect(), doubtful: HashSet::new() };
        // Where processes have other numbers than here, or do not tell, nothing can be said about them.
        let own = Stat::read(&fs::read_to_string("/proc/self/stat").ok()?)?;
        (own.pid == std::process::id()).then_some(reader)
    }

    /// Everybody who belongs to the round, with the largest memory if `peaks` asks for it.
    pub fn look(&mut self, kinship: &Kinship, peaks: bool) -> Vec<Kin> {
        let Some(there) = processes() else { return Vec::new() };
        let there: HashSet<u32> = there.into_iter().collect();
        self.strangers.retain(|pid| there.contains(pid));
        self.doubtful.retain(|pid| there.contains(pid));
        // A number that was a stranger's may be a new process's, if it is perfgate that tells so.
        let stats = there.iter().filter(|pid| kinship.is_root(**pid) || !self.strangers.contains(pid));
        let stats: Vec<Stat> = stats.filter_map(|&pid| stat(pid)).collect();
        let mut kin = Vec::new();
        for (stat, root) in stats.iter().zip(kinship.of(&stats)) {
            match root {
                Some(root) => kin.push(Kin { root, process: process(stat, self.units, peaks) }),
                None if self.doubtful.remove(&stat.pid) => drop(self.strangers.insert(stat.pid)),
                None => drop(self.doubtful.insert(stat.pid)),
            }
        }
        kin
    }
}

/// The process of this number, if it is still the same and runs.
pub fn again(pid: u32, started: u64) -> Option<Process> {
    let stat = stat(pid).filter(|stat| stat.started == started)?;
    Some(process(&stat, units()?, true))
}

/// Those of these processes that run and are in another group.
pub fn outside_of(group: u32, all: &[(u32, u64)]) -> Vec<Left> {
    let is_outside = |&&(pid, started): &&(u32, u64)| {
        stat(pid).is_some_and(|stat| stat.started == started && stat.group != group && !stat.has_ended)
    };
    all.iter().filter(is_outside).map(|&(pid, started)| Left { pid, started }).collect()
}

/// The command line of a process, if it still is the same and runs.
pub fn command_of(left: Left) -> Option<String> {
    stat(left.pid).filter(|stat| stat.started == left.started && !stat.has_ended)?;
    let text = fs::read(format!("/proc/{}/cmdline", left.pid)).ok()?;
    let words: Vec<_> = text.split(|&byte| byte == 0).map(String::from_utf8_lossy).collect();
    Some(words.join(" ").trim_end().to_owned())
}

/// The largest memory that perfgate itself ever had, in bytes; 0 where nobody takes it for another's.
pub fn own_peak() -> u64 {
    if !cfg!(target_os = "linux") {
        return 0;
    }
    fs::read_to_string("/proc/self/status").ok().and_then(|status| peak(&status)).unwrap_or(u64::MAX)
}

fn process(stat: &Stat, units: Units, peaks: bool) -> Process {
    let read = |name: &str| fs::read_to_string(format!("/proc/{}/{name}", stat.pid)).ok();
    // The bytes of storage are told at the end; only of whom nobody waits for they are needed before.
    let disk = if peaks { read("io").and_then(|text| disk(&text)) } else { None };
    let peak = if peaks { read("status").and_then(|text| peak(&text)) } else { None };
    Process::of(stat, units, clock(stat.pid), disk, peak)
}

fn stat(pid: u32) -> Option<Stat> {
    Stat::read(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// The numbers of all processes.
fn processes() -> Option<Vec<u32>> {
    let entries = fs::read_dir("/proc").ok()?.flatten();
    Some(entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect())
}

#[cfg(target_os = "linux")]
fn units() -> Option<Units> {
    let ticks = rustix::param::clock_ticks_per_second();
    let tick = 1_000_000_000_u64.checked_div(ticks)?;
    Some(Units { tick, page: u64::try_from(rustix::param::page_size()).ok()? })
}

#[cfg(not(target_os = "linux"))]
fn units() -> Option<Units> {
    None
}

/// Processor time of a process in nanoseconds, without its children.
#[cfg(target_os = "linux")]
fn clock(pid: u32) -> Option<u64> {
    let clock = nix::time::ClockId::pid_cpu_clock_id(nix::unistd::Pid::from_raw(i32::try_from(pid).ok()?)).ok()?;
    clock.now().ok().map(|time| super::nanos(time.into()))
}

#[cfg(not(target_os = "linux"))]
fn clock(_: u32) -> Option<u64> {
    None
}
