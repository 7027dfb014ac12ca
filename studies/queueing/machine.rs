//! Whether the machine has other work, and who runs on which of its cores.

use std::fs;
use std::time::Duration;

/// Others may use this share of all cores.
const QUIET: f64 = 0.05;

/// Watches the machine for so long, and says whether others left it alone. Where there is no `/proc`, they are taken to do so.
pub fn is_quiet(watched: Duration) -> bool {
    let before = ticks();
    std::thread::sleep(watched);
    let (Some((busy, all)), Some((busy_now, all_now))) = (before, ticks()) else { return true };
    busy_now - busy <= QUIET * (all_now - all)
}

/// Processor time since the machine started: what was used, and all there was.
fn ticks() -> Option<(f64, f64)> {
    let text = fs::read_to_string("/proc/stat").ok()?;
    let fields: Vec<f64> = text.lines().next()?.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    // Guests are counted as users already.
    let [user, nice, system, idle, waiting, interrupts, soft, stolen, ..] = fields.as_slice() else { return None };
    let busy = user + nice + system + interrupts + soft + stolen;
    Some((busy, busy + idle + waiting))
}

/// One core for the server, the others for who asks. Where there is only one, or another system than Linux, they share.
pub struct Cores {
    #[cfg(target_os = "linux")]
    split: Option<[rustix::thread::CpuSet; 3]>,
}

#[cfg(target_os = "linux")]
impl Cores {
    /// Those of this thread. The last is the server's: interrupts and other people's programs prefer the first.
    pub fn split() -> Self {
        use rustix::thread::{CpuSet, sched_getaffinity};
        let split = sched_getaffinity(None).ok().filter(|all| all.count() > 1).and_then(|all| {
            let last = (0..CpuSet::MAX_CPU).rev().find(|&core| all.is_set(core))?;
            let (mut server, mut others) = (CpuSet::new(), all);
            server.set(last);
            others.unset(last);
            Some([all, server, others])
        });
        Self { split }
    }

    /// Gives this thread the server's core.
    pub fn take_one(&self) {
        self.move_to(|[_, server, _]| server);
    }

    /// Keeps this thread off it.
    pub fn leave_one(&self) {
        self.move_to(|[_, _, others]| others);
    }

    /// Gives this thread all cores back.
    pub fn give_back(&self) {
        self.move_to(|[all, _, _]| all);
    }

    fn move_to(&self, which: impl Fn(&[rustix::thread::CpuSet; 3]) -> &rustix::thread::CpuSet) {
        if let Some(split) = &self.split {
            // A wish: without it the table tells of the disturbance.
            let _ = rustix::thread::sched_setaffinity(None, which(split));
        }
    }
}

#[cfg(not(target_os = "linux"))]
impl Cores {
    /// Nothing is split.
    pub fn split() -> Self {
        Self {}
    }

    /// Nothing to do.
    pub fn take_one(&self) {}

    /// Nothing to do.
    pub fn leave_one(&self) {}

    /// Nothing to do.
    pub fn give_back(&self) {}
}
