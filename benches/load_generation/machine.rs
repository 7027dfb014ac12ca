//! How busy the machine was with the work of others: their work is in every figure.

use std::fs;

/// Processor time since the machine started, in ticks of the kernel's.
#[derive(Debug, Clone, Copy)]
pub struct Ticks {
    all: f64,
    busy: f64,
    own: f64,
}

impl Ticks {
    /// Up to now; `None` where there is no `/proc`.
    pub fn now() -> Option<Self> {
        let machine = numbers(fs::read_to_string("/proc/stat").ok()?.lines().next()?);
        let [user, nice, system, idle, waiting, interrupts, soft, stolen, ..] = machine.as_slice() else { return None };
        let busy = user + nice + system + interrupts + soft + stolen;
        let process = fs::read_to_string("/proc/self/stat").ok()?;
        // The name, in parentheses, may hold anything; the times are the 12th to the 15th field after it.
        let fields = numbers(process.rsplit_once(')')?.1);
        let own = fields.iter().skip(10).take(4).sum();
        Some(Self { all: busy + idle + waiting, busy, own })
    }

    /// The share of the machine that others have used since then.
    pub fn used_by_others_since(self, then: Self) -> f64 {
        let others = (self.busy - then.busy) - (self.own - then.own);
        (others / (self.all - then.all).max(1.0)).clamp(0.0, 1.0)
    }
}

fn numbers(line: &str) -> Vec<f64> {
    line.split_whitespace().filter_map(|word| word.parse().ok()).collect()
}
