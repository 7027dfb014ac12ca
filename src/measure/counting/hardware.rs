//! The processor's own counters, through the kernel's perf events. Linux only.
//!
//! A counter is opened on this thread, switched off, and inherited by every process that this thread starts from then on; it
//! is switched on as such a process begins to execute its program. So perfgate's own work is not in the count, and whatever
//! the process starts itself is.

use std::io::Error;

/// Why a count is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doubt {
    /// The counter saw nothing.
    Nothing,
    /// The counter was lent to somebody else for a part of the time.
    Shared,
}

impl Doubt {
    fn told(self) -> &'static str {
        match self {
            Self::Nothing => "they count nothing here, as in many virtual machines",
            Self::Shared => "somebody else uses them at the same time",
        }
    }
}

/// What a counter says, if it saw everything: it must have run as long as it was switched on.
fn whole(count: u64, enabled: u64, running: u64) -> Result<u64, Doubt> {
    if count == 0 {
        Err(Doubt::Nothing)
    } else if running < enabled {
        Err(Doubt::Shared)
    } else {
        Ok(count)
    }
}

/// Why a counter cannot be opened, and what to do about it. `paranoid` is the kernel's setting.
fn obstacle(error: &Error, paranoid: Option<&str>) -> String {
    const NOT_PERMITTED: [i32; 2] = [rustix::io::Errno::PERM.raw_os_error(), rustix::io::Errno::ACCESS.raw_os_error()];
    const ABSENT: [i32; 3] = [
        rustix::io::Errno::NOENT.raw_os_error(),
        rustix::io::Errno::NODEV.raw_os_error(),
        rustix::io::Errno::OPNOTSUPP.raw_os_error(),
    ];
    match error.raw_os_error() {
        Some(code) if NOT_PERMITTED.contains(&code) => {
            match paranoid.and_then(|level| level.trim().parse::<i32>().ok()) {
                Some(level) if level > 2 => format!(
                    "not permitted: kernel.perf_event_paranoid is {level}; `sysctl kernel.perf_event_paranoid=2` permits it"
                ),
                _ => "not permitted, probably by the container".to_owned(),
            }
        }
        Some(code) if ABSENT.contains(&code) => "the machine has none, as many virtual machines".to_owned(),
        Some(code) if code == rustix::io::Errno::NOSYS.raw_os_error() => "the kernel has no perf events".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(target_os = "linux")]
mod kernel {
    use std::fs;
    use std::process::{Command, Stdio};

    use perf_event::events::{Event, Hardware};
    use perf_event::{Builder, Counter};

    use super::{obstacle, whole};

    fn open(event: impl Into<Event>) -> Result<Counter, String> {
        let mut builder = Builder::new().kind(event).observe_self();
        builder.inherit(true).enable_on_exec(true);
        builder.build().map_err(|error| {
            let paranoid = fs::read_to_string("/proc/sys/kernel/perf_event_paranoid").ok();
            obstacle(&error, paranoid.as_deref())
        })
    }

    /// What processes do that `work` starts on this thread and that have ended when it returns. A fresh counter every time: one
    /// that was inherited before does not always follow.
    pub(super) fn count_events<T>(event: impl Into<Event>, work: impl FnOnce() -> T) -> Result<(T, u64), String> {
        let mut counter = open(event)?;
        let done = work();
        let seen = counter.read_count_and_time().map_err(|error| error.to_string())?;
        let count = whole(seen.count, seen.time_enabled, seen.time_running).map_err(|doubt| doubt.told().to_owned())?;
        Ok((done, count))
    }

    /// Instructions outside the kernel.
    pub fn count<T>(work: impl FnOnce() -> T) -> Result<(T, u64), String> {
        count_events(Hardware::INSTRUCTIONS, work)
    }

    /// Whether there are counters that count.
    pub fn check() -> Result<(), String> {
        let nothing = || Command::new("sh").args(["-c", ":"]).stdin(Stdio::null()).status();
        count(nothing).map(drop)
    }
}

#[cfg(not(target_os = "linux"))]
mod kernel {
    const ABSENT: &str = "perfgate uses them on Linux only";

    /// Refuses.
    pub fn count<T>(_: impl FnOnce() -> T) -> Result<(T, u64), String> {
        Err(ABSENT.to_owned())
    }

    /// Refuses.
    pub fn check() -> Result<(), String> {
        Err(ABSENT.to_owned())
    }
}

pub use kernel::{check, count};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_the_way_is_told_with_a_remedy() {
        let of = |code: rustix::io::Errno| Error::from_raw_os_error(code.raw_os_error());
        let forbidden = obstacle(&of(rustix::io::Errno::ACCESS), Some("4\n"));
        assert!(forbidden.contains("is 4; `sysctl kernel.perf_event_paranoid=2`"), "{forbidden}");
        assert!(obstacle(&of(rustix::io::Errno::PERM), Some("1\n")).contains("container"));
        assert!(obstacle(&of(rustix::io::Errno::NOENT), None).contains("virtual machines"));
        assert!(obstacle(&of(rustix::io::Errno::NOSYS), None).contains("no perf events"));
        assert!(obstacle(&of(rustix::io::Errno::MFILE), None).contains("open files"));
    }

    #[test]
    fn a_counter_that_did_not_see_everything_has_no_count() {
        assert_eq!(whole(7, 100, 100), Ok(7));
        assert_eq!(whole(7, 100, 99), Err(Doubt::Shared));
        assert_eq!(whole(0, 0, 0), Err(Doubt::Nothing));
    }

    /// The processor's counters are rare in virtual machines; the kernel's own take the same way into a process.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_counter_follows_processes_and_their_children_and_leaves_this_one_out() {
        use perf_event::events::Software;
        let faults = |script: &str| {
            let work = || std::process::Command::new("sh").args(["-c", script]).status().unwrap().success();
            kernel::count_events(Software::PAGE_FAULTS, work)
        };
        // Where the kernel permits no perf events at all, that is what is told.
        let (one, three) = match (faults(":"), faults("sh -c :; sh -c :; sh -c :")) {
            (Ok((true, one)), Ok((true, three))) => (one, three),
            (told, _) => {
                let told = told.expect_err("both work or none does");
                assert!(!told.is_empty());
                return;
            }
        };
        assert!(three > 2 * one, "{one} and {three}");
        let own: Vec<u8> = (0..64 << 20).map(|byte: usize| byte as u8).collect();
        let busy = kernel::count_events(Software::PAGE_FAULTS, || own.iter().map(|byte| u64::from(*byte)).sum::<u64>());
        assert_eq!(busy.unwrap_err(), Doubt::Nothing.told());
    }

    #[test]
    fn counters_that_are_there_count_and_others_say_why_not() {
        match check() {
            Ok(()) => {
                let nothing = || std::process::Command::new("sh").args(["-c", ":"]).status().unwrap();
                assert!(count(nothing).unwrap().1 > 10_000);
            }
            Err(why) => assert!(!why.is_empty()),
        }
    }
}
