//! What the processors did between two moments, by the kernel's accounts. Linux only; elsewhere it is not known.
//!
//! Used are accounts that tell perfgate's own processes from others. The load average and the pressure of `/proc/pressure` do
//! not: a system under test with more threads than processors raises both. Nor does the present frequency of a processor, which
//! between two rounds is that of one with nothing to do; the limit on it does.

use std::fs;
use std::path::PathBuf;

use crate::result::{MachineUse, QuotaUse};

/// The accounts at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    processors: Processors,
    /// Of this process and of its children that have ended and were waited for, in ticks.
    own: u64,
    throttles: Option<u64>,
    frequency_cap: Option<u64>,
    quota: Option<QuotaUse>,
}

/// Times since the machine started, in ticks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Processors {
    count: u32,
    all: u64,
    busy: u64,
    stolen: u64,
}

impl Snapshot {
    /// The accounts now; `None` where there are none.
    pub fn take() -> Option<Self> {
        if !cfg!(target_os = "linux") {
            return None;
        }
        Some(Self {
            processors: processors(&fs::read_to_string("/proc/stat").ok()?, may_use())?,
            own: own(&fs::read_to_string("/proc/self/stat").ok()?)?,
            throttles: throttles(),
            frequency_cap: number_of_each_processor("cpufreq/scaling_max_freq").map(|caps| caps.iter().sum()),
            quota: quota(),
        })
    }

    /// What happened from this moment to a later one.
    pub fn until(&self, later: &Self) -> MachineUse {
        let (before, after) = (&self.processors, &later.processors);
        let quotas = self.quota.zip(later.quota);
        MachineUse {
            rounds: 1,
            processors: after.count,
            // The kernel's accounts of idle time may run backwards by a little.
            capacity: after.all.saturating_sub(before.all),
            busy: after.busy.saturating_sub(before.busy),
            own: later.own.saturating_sub(self.own),
            stolen: after.stolen.saturating_sub(before.stolen),
            throttles: self.throttles.zip(later.throttles).map(|(before, after)| after.saturating_sub(before)),
            frequency_caps: self.frequency_cap.zip(later.frequency_cap).map(|(a, b)| [a.min(b), a.max(b)]),
            quota: quotas.map(|(before, after)| QuotaUse {
                periods: after.periods.saturating_sub(before.periods),
                stopped: after.stopped.saturating_sub(before.stopped),
            }),
        }
    }
}

/// Whether perfgate may use the processor of this number.
#[cfg(target_os = "linux")]
fn may_use() -> impl Fn(usize) -> bool {
    use rustix::thread::{CpuSet, sched_getaffinity};
    let allowed = sched_getaffinity(None).ok();
    move |number| allowed.is_none_or(|set| number < CpuSet::MAX_CPU && set.is_set(number))
}

#[cfg(not(target_os = "linux"))]
fn may_use() -> impl Fn(usize) -> bool {
    |_| true
}

/// The lines `cpuN` of `/proc/stat`, of the processors that are ours. A sandbox that shows a machine without time has none.
fn processors(stat: &str, is_ours: impl Fn(usize) -> bool) -> Option<Processors> {
    let mut sum = Processors::default();
    for line in stat.lines() {
        let Some((number, times)) = line.strip_prefix("cpu").and_then(|rest| rest.split_once(' ')) else { continue };
        if !number.parse().is_ok_and(&is_ours) {
            continue;
        }
        let times: Vec<u64> = times.split_whitespace().map_while(|time| time.parse().ok()).collect();
        // Guests' time, the two columns after these, is part of user and nice.
        let [user, nice, system, idle, iowait, irq, softirq, rest @ ..] = times.as_slice() else { return None };
        let stolen = rest.first().copied().unwrap_or(0);
        let busy = user + nice + system + irq + softirq;
        sum.count += 1;
        sum.all += busy + idle + iowait + stolen;
        sum.busy += busy;
        sum.stolen += stolen;
    }
    (sum.all > 0).then_some(sum)
}

/// `utime`, `stime`, `cutime` and `cstime` of `/proc/self/stat`. The program's name before them may hold anything.
fn own(stat: &str) -> Option<u64> {
    const UTIME: usize = 11;
    let (_, fields) = stat.rsplit_once(')')?;
    let times: Vec<u64> = fields.split_whitespace().skip(UTIME).take(4).map_while(|time| time.parse().ok()).collect();
    (times.len() == 4).then(|| times.iter().sum())
}

/// Slow-downs because of heat: those of each core, and those of the package, which every core of it counts.
fn throttles() -> Option<u64> {
    let cores = number_of_each_processor("thermal_throttle/core_throttle_count");
    let packages = number_of_each_processor("thermal_throttle/package_throttle_count");
    let package = packages.map(|counts| counts.into_iter().max().unwrap_or(0));
    cores.map(|counts| counts.iter().sum::<u64>() + package.unwrap_or(0))
}

/// A number that every processor has in `/sys`; `None` where none has it.
fn number_of_each_processor(name: &str) -> Option<Vec<u64>> {
    let folders = fs::read_dir("/sys/devices/system/cpu").ok()?.flatten();
    let is_processor = |name: &str| name.strip_prefix("cpu").is_some_and(|rest| rest.parse::<usize>().is_ok());
    let processors = folders.filter(|folder| folder.file_name().to_str().is_some_and(is_processor));
    let numbers: Vec<u64> = processors.filter_map(|folder| number(folder.path().join(name))).collect();
    (!numbers.is_empty()).then_some(numbers)
}

fn number(path: PathBuf) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

/// The quota of the group that this process is in, or of the container's, which looks like the root from inside.
fn quota() -> Option<QuotaUse> {
    let group = fs::read_to_string("/proc/self/cgroup").ok()?;
    let path = group.lines().find_map(|line| line.strip_prefix("0::"))?;
    let file = format!("/sys/fs/cgroup/{}/cpu.stat", path.trim_start_matches('/'));
    quota_use(&fs::read_to_string(file).ok()?)
}

fn quota_use(cpu_stat: &str) -> Option<QuotaUse> {
    let count = |name: &str| {
        let line = cpu_stat.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
        line.trim().parse::<u64>().ok()
    };
    Some(QuotaUse { periods: count("nr_periods")?, stopped: count("nr_throttled")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAT: &str = "cpu  31 0 20 360 4 1 2 5 3 0\ncpu0 10 0 5 180 1 0 2 2 3 0\ncpu1 21 0 15 180 3 1 0 3 0 0\n\
                        intr 7 0 1\nctxt 99\n";

    #[test]
    fn only_processors_that_may_be_used_count() {
        let all = processors(STAT, |_| true).unwrap();
        assert_eq!(all, Processors { count: 2, all: 423, busy: 54, stolen: 5 });
        let second = processors(STAT, |number| number == 1).unwrap();
        assert_eq!(second, Processors { count: 1, all: 223, busy: 37, stolen: 3 });
    }

    #[test]
    fn accounts_that_a_sandbox_leaves_empty_are_not_known() {
        assert_eq!(processors("cpu  0 0 0 0 0 0 0 0 0 0\ncpu0 0 0 0 0 0 0 0 0 0 0\n", |_| true), None);
        assert_eq!(processors("cpu0 1 2\n", |_| true), None);
        assert_eq!(processors("", |_| true), None);
        assert_eq!(own("1 (x) S 1 2 3"), None);
        assert_eq!(quota_use("usage_usec 12\nuser_usec 10\n"), None);
    }

    #[test]
    fn the_programs_name_does_not_shift_the_columns() {
        let fields = "S 1 1 1 0 -1 4194304 99 0 0 0 100 20 3 4 20 0 1 0 77 9 9";
        assert_eq!(own(&format!("7 (a) b (c 1 2) {fields}")), Some(127));
    }

    #[test]
    fn a_groups_quota_is_read_where_it_has_one() {
        let text = "usage_usec 9\nnr_periods 120\nnr_throttled 7\nthrottled_usec 5000\nnr_bursts 0\n";
        assert_eq!(quota_use(text), Some(QuotaUse { periods: 120, stopped: 7 }));
    }

    #[test]
    fn between_two_moments_lies_their_difference() {
        let at = |busy, own, cap| Snapshot {
            processors: Processors { count: 2, all: 10 * busy, busy, stolen: busy / 10 },
            own,
            throttles: Some(busy),
            frequency_cap: Some(cap),
            quota: None,
        };
        let between = at(100, 20, 3000).until(&at(150, 60, 2500));
        assert_eq!((between.capacity, between.busy, between.own, between.others()), (500, 50, 40, 10));
        assert_eq!((between.stolen, between.throttles, between.quota), (5, Some(50), None));
        assert_eq!(between.frequency_caps, Some([2500, 3000]));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_work_of_a_child_is_ours_once_it_has_ended() {
        let before = Snapshot::take().unwrap();
        let loops = "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done";
        assert!(std::process::Command::new("sh").args(["-c", loops]).status().unwrap().success());
        let between = before.until(&Snapshot::take().unwrap());
        assert!(between.own > 0 && between.capacity > 0 && between.processors > 0, "{between:?}");
    }
}
