//! Whether the machine has other work.

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
