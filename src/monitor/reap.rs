//! The end of a process, with what it has used up.

use std::io;
use std::process::{Child, ExitStatus};
use std::time::Duration;

use nix::sys::resource::{Usage, UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use nix::time::ClockId;
use wait4::Wait4;

use super::nanos;
use crate::usage::Spent;

/// What is told of a process that has ended.
pub struct Reaped {
    pub status: ExitStatus,
    /// With all that it has waited for.
    pub spent: Spent,
    /// The largest memory of one of these processes, or of perfgate as it started this one, in bytes.
    pub peak: Option<u64>,
}

/// Waits for the end of a process.
///
/// `wait4` tells the times. The counts come from the accounts of all processes that perfgate has waited for, before and after: they
/// are this one's if their times are, for then no other was waited for meanwhile.
pub fn reap(child: Child) -> io::Result<Reaped> {
    let before = waited_for();
    let wait4::ResUse { status, rusage } = child.wait4()?;
    let after = waited_for();
    let times = Spent::of_time(nanos(rusage.utime), nanos(rusage.stime));
    let counted = before.zip(after).map(|(before, after)| after.since(&before));
    let spent = match counted.filter(|counted| agrees(counted.time(), times.time())) {
        Some(counted) => Spent { user: times.user, system: times.system, ..counted },
        None => times,
    };
    Ok(Reaped { status, spent, peak: Some(rusage.maxrss).filter(|&peak| peak > 0) })
}

/// Each of the times is rounded to whole microseconds.
fn agrees(counted: u64, told: u64) -> bool {
    const ROUNDING: u64 = 4_000;
    counted.abs_diff(told) <= ROUNDING
}

/// What all processes have used up that perfgate has waited for.
fn waited_for() -> Option<Spent> {
    getrusage(UsageWho::RUSAGE_CHILDREN).ok().map(|usage| spent(&usage))
}

fn spent(usage: &Usage) -> Spent {
    // Linux counts what went to and came from storage in these; others count operations.
    const BLOCK: u64 = 512;
    let time = |time: nix::sys::time::TimeVal| number(time.num_microseconds()).saturating_mul(1000);
    let count = |count: i64| Some(number(count));
    let bytes = |blocks: i64| cfg!(target_os = "linux").then(|| number(blocks).saturating_mul(BLOCK));
    Spent {
        user: time(usage.user_time()),
        system: time(usage.system_time()),
        minor_faults: count(usage.minor_page_faults()),
        major_faults: count(usage.major_page_faults()),
        voluntary_switches: count(usage.voluntary_context_switches()),
        involuntary_switches: count(usage.involuntary_context_switches()),
        disk_read: bytes(usage.block_reads()),
        disk_written: bytes(usage.block_writes()),
    }
}

fn number(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

/// Processor time of this thread; zero where it is not known.
pub fn thread_time() -> Duration {
    ClockId::CLOCK_THREAD_CPUTIME_ID.now().map(Duration::from).unwrap_or_default()
}

/// Processor time of this process; zero where it is not known.
pub fn process_time() -> Duration {
    ClockId::CLOCK_PROCESS_CPUTIME_ID.now().map(Duration::from).unwrap_or_default()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn counts_that_somebody_elses_process_is_in_are_not_ones_own() {
        assert!(agrees(1_000_000, 1_003_999) && agrees(0, 0));
        assert!(!agrees(1_000_000, 1_005_000) && !agrees(5_000, 0));
    }
}
