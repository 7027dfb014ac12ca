//! The processes of a round, added up from looks at those that run and from what the system says about those that have ended.
//!
//! A process that is waited for hands all that it has used up to whoever waits for it: perfgate to the sum here, a process of the
//! tree to its own, which is read with it. So whatever ends between two looks is in the next one, to within the ticks that the
//! system counts waited-for time in. What nobody waits for counts as it was last seen.

use std::collections::HashSet;

use super::observed::{Peak, Sample};
use super::{Kin, Kinship, Process, Spent};

/// A process that perfgate started. No two of a round are the same, whatever their numbers are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Root(u32);

/// Looks that are kept: beyond these, every second one is dropped.
const MOST_SAMPLES: usize = 4096;

/// The processes of a round, and what they have used up.
#[derive(Debug, Clone)]
pub struct Tree {
    started: u32,
    roots: Vec<Running>,
    /// Those that the last look saw.
    members: Vec<Kin>,
    /// By those that have ended, as far as no process of the tree has waited for them.
    ended: Spent,
    /// The most processor time that was known of at any moment, in nanoseconds.
    time: u64,
    threads: u32,
    /// The most memory together of all processes that two looks in a row saw.
    together: u64,
    /// The largest memory of a single process that the system remembers, as it was seen while the process ran.
    seen_peak: u64,
    /// The same as it was told when the process had ended, which may be somebody else's.
    told_peak: Option<u64>,
    /// Whether processes have ended whose largest memory was not seen while they ran.
    unseen: bool,
    samples: Vec<Sample>,
    /// Every how many looks one is kept, and how many were left out since.
    every: u32,
    left_out: u32,
}

/// A process that perfgate started and has not reaped.
#[derive(Debug, Clone)]
struct Running {
    root: Root,
    pid: u32,
    /// Set when it and its children are about to be killed: what was seen of all of them, and what of that is counted already
    /// because it still runs and nobody will wait for it.
    leaving: Option<Leaving>,
    /// Whether its largest memory was asked for and told.
    peak_seen: bool,
}

#[derive(Debug, Clone)]
struct Leaving {
    seen: Spent,
    counted: Spent,
}

/// What is told at the end may be this much less than what was seen, in nanoseconds: both are rounded.
const ROUNDING: u64 = 1_000_000;

impl Default for Tree {
    fn default() -> Self {
        Self {
            started: 0,
            roots: Vec::new(),
            members: Vec::new(),
            ended: Spent::NOTHING,
            time: 0,
            threads: 0,
            together: 0,
            seen_peak: 0,
            told_peak: None,
            unseen: false,
            samples: Vec::new(),
            every: 1,
            left_out: 0,
        }
    }
}

impl Tree {
    /// perfgate has started a process.
    pub fn start(&mut self, pid: u32) -> Root {
        let root = Root(self.started);
        self.started += 1;
        self.roots.push(Running { root, pid, leaving: None, peak_seen: false });
        root
    }

    /// Whether any process was ever started.
    pub fn has_started(&self) -> bool {
        self.started > 0
    }

    /// What is known of who belongs together.
    pub fn kinship(&self) -> Kinship {
        Kinship {
            roots: self.roots.iter().map(|running| (running.pid, running.root)).collect(),
            members: self.members.iter().map(|kin| ((kin.process.pid, kin.process.started), kin.root)).collect(),
        }
    }

    /// Takes in all processes that a look saw, at so many nanoseconds since the round began.
    pub fn look(&mut self, at: u64, mut seen: Vec<Kin>) {
        seen.retain(|kin| {
            let running = self.roots.iter().find(|running| running.root == kin.root);
            running.is_some_and(|running| running.pid == kin.process.pid || running.leaving.is_none())
        });
        self.lose(&seen);
        for running in &mut self.roots {
            let own = seen.iter().find(|kin| kin.root == running.root && kin.process.pid == running.pid);
            running.peak_seen |= own.is_some_and(|kin| kin.process.peak.is_some());
        }
        let sum = |of: fn(&Process) -> u64| seen.iter().map(|kin| of(&kin.process)).fold(0, u64::saturating_add);
        let resident = sum(|process| process.resident);
        let settled = self.settled(&seen);
        let threads = u32::try_from(sum(|process| u64::from(process.threads))).unwrap_or(u32::MAX);
        let peak = seen.iter().filter_map(|kin| kin.process.peak).max();
        self.members = seen;
        self.together = self.together.max(settled);
        self.seen_peak = self.seen_peak.max(peak.unwrap_or(0));
        self.threads = self.threads.max(threads);
        self.time = self.time.max(self.present().time());
        self.keep(Sample { at, time: self.time, resident });
    }

    /// The memory of those that the last look saw, too. A process that has only just been forked still has its parent's memory,
    /// which would count twice, and a root has perfgate's.
    fn settled(&self, seen: &[Kin]) -> u64 {
        let before: HashSet<(u32, u64)> =
            self.members.iter().map(|kin| (kin.process.pid, kin.process.started)).collect();
        let known = seen.iter().filter(|kin| before.contains(&(kin.process.pid, kin.process.started)));
        known.map(|kin| kin.process.resident).fold(0, u64::saturating_add)
    }

    /// Counts those that are gone and that no process of the tree can have waited for: their parent was none of it.
    fn lose(&mut self, seen: &[Kin]) {
        let id = |kin: &Kin| (kin.process.pid, kin.process.started);
        let there: HashSet<(u32, u64)> = seen.iter().map(id).collect();
        let before: HashSet<u32> = self.members.iter().map(|kin| kin.process.pid).collect();
        for gone in self.members.iter().filter(|kin| !there.contains(&id(kin))) {
            let is_root = self.roots.iter().any(|running| running.pid == gone.process.pid);
            if !is_root && !before.contains(&gone.process.parent) {
                self.ended = self.ended.and(&gone.process.spent);
            }
        }
    }

    fn keep(&mut self, sample: Sample) {
        self.left_out += 1;
        if self.left_out < self.every {
            return;
        }
        self.left_out = 0;
        self.samples.push(sample);
        if self.samples.len() >= MOST_SAMPLES {
            let mut odd = false;
            self.samples.retain(|_| {
                odd = !odd;
                odd
            });
            self.every = self.every.saturating_mul(2);
        }
    }

    /// Everything that is known to be used up now.
    pub fn present(&self) -> Spent {
        self.members.iter().fold(self.ended, |sum, kin| sum.and(&kin.process.spent))
    }

    /// The processes under a root, without itself, that were last seen running. They are about to be killed, and nobody will wait
    /// for them: what they have used up until now is to be told by [`Self::leave`].
    pub fn left_behind(&self, root: Root) -> Vec<(u32, u64)> {
        let Some(running) = self.roots.iter().find(|running| running.root == root) else { return Vec::new() };
        let others = self.members.iter().filter(|kin| kin.root == root && kin.process.pid != running.pid);
        others.map(|kin| (kin.process.pid, kin.process.started)).collect()
    }

    /// These processes under a root run and are about to be killed. Those that do not run any more were waited for, or their parent
    /// was killed with them.
    pub fn leave(&mut self, root: Root, running: &[Process]) {
        let Some(own) = self.roots.iter_mut().find(|running| running.root == root) else { return };
        let family = self.members.iter().filter(|kin| kin.root == root);
        let seen = family.fold(Spent::NOTHING, |sum, kin| sum.and(&kin.process.spent));
        let counted = running.iter().fold(Spent::NOTHING, |sum, process| sum.and(&process.spent));
        own.leaving = Some(Leaving { seen, counted });
        let pid = own.pid;
        self.members.retain(|kin| kin.root != root || kin.process.pid == pid);
        self.ended = self.ended.and(&counted);
        self.seen_peak = running.iter().filter_map(|process| process.peak).fold(self.seen_peak, u64::max);
    }

    /// A process that perfgate started has ended and was reaped; `spent` is all that it and those that it waited for have used up,
    /// and `peak` the largest memory of any of them in bytes, or that of perfgate if that was larger.
    pub fn end(&mut self, root: Root, spent: &Spent, peak: Option<u64>) {
        let Some(place) = self.roots.iter().position(|running| running.root == root) else { return };
        let running = self.roots.swap_remove(place);
        self.unseen |= !running.peak_seen;
        self.told_peak = self.told_peak.max(peak);
        self.members.retain(|kin| kin.root != root);
        self.ended = self.ended.and(spent);
        if let Some(Leaving { seen, counted }) = running.leaving {
            let known = counted.and(spent);
            // Somebody was seen who is in neither: a child that ended together with the parent that should have waited for it.
            if seen.time() > known.time().saturating_add(ROUNDING) {
                self.ended = self.ended.and(&seen.since(&known));
            }
        }
        self.time = self.time.max(self.present().time());
    }

    /// Processor time that was used up so far, in nanoseconds.
    pub fn time(&self) -> u64 {
        self.time
    }

    /// The most threads that a look saw.
    pub fn threads(&self) -> Option<u32> {
        (self.threads > 0).then_some(self.threads)
    }

    /// The looks that were kept.
    pub fn into_samples(self) -> Vec<Sample> {
        self.samples
    }

    /// The largest memory. `floor` is the largest that perfgate itself ever had, in bytes, where that may have been told for a
    /// process's own: it is what a process has before it becomes another program.
    pub fn peak(&self, floor: u64) -> Peak {
        let told = self.told_peak.unwrap_or(0);
        let single = match self.told_peak {
            Some(told) if told > floor => told.max(self.seen_peak),
            // What was not seen is at most what was told.
            _ if !self.unseen || (self.told_peak.is_some() && self.seen_peak >= told) => self.seen_peak,
            Some(told) => return Peak::Below(told.max(self.together)),
            None => return Peak::Unknown,
        };
        match single.max(self.together) {
            0 => Peak::Unknown,
            peak => Peak::Known(peak),
        }
    }
}

#[cfg(test)]
impl Root {
    pub(super) fn some() -> [Self; 2] {
        [Self(0), Self(1)]
    }
}

#[cfg(test)]
mod tests;
