//! The texts that Linux has about a process in `/proc/PID`: `stat`, `status` and `io`.

use super::Spent;

/// What the system counts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Units {
    /// A tick of the clock that `stat` counts processor time in, in nanoseconds.
    pub tick: u64,
    /// A page of memory, in bytes.
    pub page: u64,
}

/// The line in `stat`, as far as it is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stat {
    /// The process's number.
    pub pid: u32,
    /// That of its parent.
    pub parent: u32,
    /// That of its process group.
    pub group: u32,
    /// When it was started, in ticks since the machine was: with the number, no other process has the same.
    pub started: u64,
    /// Its threads.
    pub threads: u32,
    /// Whether it has ended, and only waits for its parent to hear of it.
    pub has_ended: bool,
    /// Ticks in user mode and in the kernel.
    times: [u64; 2],
    /// The same of children that have ended and were waited for.
    waited: [u64; 2],
    /// Faults, minor and major, those of such children included.
    faults: [u64; 2],
    /// Pages in memory.
    resident: u64,
}

/// A process at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// With the number, no other process has the same.
    pub started: u64,
    /// The number of its parent.
    pub parent: u32,
    /// What it has used up, with its children that have ended and were waited for.
    pub spent: Spent,
    /// Its memory, in bytes.
    pub resident: u64,
    /// The most that its memory ever was, in bytes, where that was asked for and is known.
    pub peak: Option<u64>,
    /// Its threads.
    pub threads: u32,
}

impl Stat {
    /// Reads the line. The program's name in it may hold anything, blanks and brackets too.
    pub fn read(text: &str) -> Option<Self> {
        let (before, rest) = text.rsplit_once(") ")?;
        let pid = before.split_once(" (")?.0.trim().parse().ok()?;
        let fields: Vec<&str> = rest.split_whitespace().collect();
        let number = |position: usize| fields.get(position)?.parse::<u64>().ok();
        // Times of children may have been negative in old kernels; a count never is.
        let pair = |first: usize, second: usize| Some([number(first)?, number(second)?]);
        let ([minor, minor_waited], [major, major_waited]) = (pair(7, 8)?, pair(9, 10)?);
        Some(Self {
            pid,
            parent: u32::try_from(number(1)?).ok()?,
            group: u32::try_from(number(2)?).ok()?,
            faults: [minor.saturating_add(minor_waited), major.saturating_add(major_waited)],
            times: pair(11, 12)?,
            waited: pair(13, 14)?,
            threads: u32::try_from(number(17)?).ok()?,
            has_ended: matches!(fields.first(), Some(&("Z" | "X"))),
            started: number(19)?,
            resident: number(21)?,
        })
    }
}

impl Process {
    /// From its line in `stat`. `clock` is the processor time of the process itself in nanoseconds, where something more exact
    /// than ticks knows it; `disk` are the bytes read from and written to storage, and `peak` those of the largest memory, where
    /// that was asked for.
    pub fn of(stat: &Stat, units: Units, clock: Option<u64>, disk: Option<[u64; 2]>, peak: Option<u64>) -> Self {
        let [user, system] = stat.times.map(|ticks| ticks.saturating_mul(units.tick));
        let own = match clock {
            // The clock knows the sum, the ticks know the shares.
            Some(sum) => shared(sum, user, system),
            None => [user, system],
        };
        let waited = stat.waited.map(|ticks| ticks.saturating_mul(units.tick));
        let [minor, major] = stat.faults;
        Self {
            pid: stat.pid,
            started: stat.started,
            parent: stat.parent,
            spent: Spent {
                minor_faults: Some(minor),
                major_faults: Some(major),
                disk_read: disk.map(|[read, _]| read),
                disk_written: disk.map(|[_, written]| written),
                ..Spent::of_time(own[0].saturating_add(waited[0]), own[1].saturating_add(waited[1]))
            },
            resident: stat.resident.saturating_mul(units.page),
            peak,
            threads: stat.threads,
        }
    }
}

/// A sum in two parts that are to each other as these two.
fn shared(sum: u64, user: u64, system: u64) -> [u64; 2] {
    let all = u128::from(user) + u128::from(system);
    let of_user = match all {
        0 => sum,
        all => u64::try_from(u128::from(sum) * u128::from(user) / all).unwrap_or(sum),
    };
    [of_user, sum.saturating_sub(of_user)]
}

/// The largest memory ever, in bytes, from `status`. A process that has ended has none.
pub fn peak(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

/// Bytes that came from storage and that went there, from `io`, those of children that were waited for included.
pub fn disk(io: &str) -> Option<[u64; 2]> {
    let of = |name: &str| {
        let line = io.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        line.trim().parse().ok()
    };
    Some([of("read_bytes")?, of("write_bytes")?])
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNITS: Units = Units { tick: 10_000_000, page: 4096 };

    #[test]
    fn a_process_is_read_whatever_its_program_is_called() {
        let text = include_str!("../../fixtures/proc/stat-odd-name");
        let stat = Stat::read(text).unwrap();
        assert_eq!((stat.pid, stat.parent, stat.group, stat.threads), (22_341, 22_300, 22_341, 3));
        let process = Process::of(&stat, UNITS, None, None, None);
        assert_eq!(process.spent.user, (152 + 40) * UNITS.tick);
        assert_eq!(process.spent.system, (31 + 9) * UNITS.tick);
        assert_eq!(process.spent.minor_faults, Some(5_120 + 700));
        assert_eq!(process.spent.major_faults, Some(2 + 1));
        assert_eq!((process.spent.disk_read, process.spent.voluntary_switches), (None, None), "not asked for");
        assert_eq!((process.started, process.resident), (1_234_567, 2_560 * 4096));
    }

    #[test]
    fn a_process_that_has_ended_and_is_not_reaped_keeps_its_times_and_has_no_memory() {
        let stat = Stat::read(include_str!("../../fixtures/proc/stat-ended")).unwrap();
        let process = Process::of(&stat, UNITS, None, None, peak(include_str!("../../fixtures/proc/status-ended")));
        assert_eq!((process.spent.user, process.resident, process.peak), (77 * UNITS.tick, 0, None));
    }

    #[test]
    fn the_clock_knows_the_sum_and_the_ticks_the_shares() {
        let stat = Stat::read(include_str!("../../fixtures/proc/stat-odd-name")).unwrap();
        let exact = Process::of(&stat, UNITS, Some(1_837_654_321), None, None).spent;
        assert_eq!(exact.time(), 1_837_654_321 + 49 * UNITS.tick);
        assert_eq!(exact.user, 1_837_654_321 * 152 / 183 + 40 * UNITS.tick);
        assert_eq!(shared(900, 0, 0), [900, 0], "below a tick nobody knows the shares");
    }

    #[test]
    fn the_largest_memory_and_the_bytes_of_storage_are_read() {
        assert_eq!(peak(include_str!("../../fixtures/proc/status")), Some(215_044 * 1024));
        assert_eq!(disk(include_str!("../../fixtures/proc/io")), Some([4_096, 1_048_576]));
    }

    #[test]
    fn what_is_cut_off_or_empty_is_not_known() {
        let whole = include_str!("../../fixtures/proc/stat-odd-name").trim_end();
        let needed = whole.find(" 2560 ").unwrap();
        for length in 0..=needed {
            assert_eq!(Stat::read(&whole[..length]), None, "{}", &whole[..length]);
        }
        assert_eq!(
            (peak(""), peak("VmHWM:\t kB\n"), disk(""), disk("rchar: 1\nread_bytes: x\n")),
            (None, None, None, None)
        );
    }
}
