//! Watches the processes of a round: what they use, without touching them.
//!
//! Here: the looks into `/proc`, on a thread of their own whose cost is measured, and the end of processes. Not here: what the
//! texts say and how it adds up (`usage`), when a round begins and ends (`measure`).
//!
//! What a process has used up is exact at its end, by `wait4`. In between, Linux alone is looked at; elsewhere there are the ends
//! only. A look takes place every so often, but never so often that the looks use half a percent of a processor.

mod look;
mod reap;

use std::io;
use std::process::{Child, ExitStatus};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use look::Reader;

pub use look::command_of;

use crate::usage::{Cost, Left, Observed, Root, Tree};

/// Between two looks there is at least so many times the processor time that the last one took.
const PAUSE_PER_COST: u32 = 250;

/// Tells about the processes of a round that is watched. Clones watch the same round.
#[derive(Debug, Clone)]
pub struct Monitor(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    begun: Instant,
    tree: Mutex<Tree>,
    /// One look at a time. Whoever starts or ends a process does not wait for it.
    looking: Mutex<Looking>,
    /// Who had left the group of the process that started it, and is not killed with that.
    left: Mutex<Vec<Left>>,
}

#[derive(Debug)]
struct Looking {
    reader: Option<Reader>,
    cost: Cost,
    /// When the last look was, in nanoseconds since the beginning.
    last: u64,
}

/// A round that is watched. Dropping it ends the watching.
#[derive(Debug)]
pub struct Watch {
    monitor: Monitor,
    stop: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    /// When the system was ready, and the processor time that was used up until then.
    ready: Option<(u64, u64)>,
}

/// Processor time of this process, or of all its threads but this one.
#[derive(Debug, Clone, Copy)]
pub struct OwnTime {
    process: Duration,
    thread: Duration,
}

impl PartialEq for Monitor {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Monitor {}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

impl Monitor {
    /// perfgate has started this process.
    pub fn started(&self, pid: u32) -> Root {
        lock(&self.0.tree).start(pid)
    }

    /// The process and all of its group, which has this number, are about to be killed, if they still run.
    pub fn leaving(&self, root: Root, group: u32) {
        // Mostly there are none, and nothing is read.
        let left = lock(&self.0.tree).left_behind(root);
        lock(&self.0.left).extend(look::outside_of(group, &left));
        let running: Vec<_> = left.into_iter().filter_map(|(pid, started)| look::again(pid, started)).collect();
        lock(&self.0.tree).leave(root, &running);
    }

    /// Waits for the end of the process and for what it has used.
    pub fn reap(&self, root: Root, child: Child) -> io::Result<ExitStatus> {
        let reap::Reaped { status, spent, peak } = reap::reap(child)?;
        lock(&self.0.tree).end(root, &spent, peak);
        Ok(status)
    }

    fn now(&self) -> u64 {
        nanos(self.0.begun.elapsed())
    }

    /// Looks at all processes, and says what that cost.
    fn look(&self, peaks: bool) -> Duration {
        let looking = &mut *lock(&self.0.looking);
        let Some(reader) = &mut looking.reader else { return Duration::ZERO };
        let begun = reap::thread_time();
        let kinship = lock(&self.0.tree).kinship();
        let seen = reader.look(&kinship, peaks);
        let at = self.now();
        lock(&self.0.tree).look(at, seen);
        let gap = at.saturating_sub(looking.last);
        looking.last = at;
        looking.cost.looks = looking.cost.looks.saturating_add(1);
        looking.cost.longest_gap = looking.cost.longest_gap.map(|longest| longest.max(gap));
        let cost = reap::thread_time().saturating_sub(begun);
        looking.cost.time = looking.cost.time.saturating_add(nanos(cost));
        cost
    }

    /// Looks every so often, until somebody says that it is enough.
    fn look_until(&self, enough: &mpsc::Receiver<()>, period: Duration) {
        let mut pause = period;
        while enough.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
            pause = period.max(self.look(false).saturating_mul(PAUSE_PER_COST));
        }
        lock(&self.0.looking).cost.meanwhile = nanos(reap::thread_time());
    }
}

impl Watch {
    /// Begins to watch, before any process is started. With a `period` something looks so often in between.
    pub fn begin(period: Option<Duration>) -> io::Result<Self> {
        let begun = Instant::now();
        let before = reap::thread_time();
        let reader = Reader::begin();
        let sampled = period.filter(|_| reader.is_some());
        let time = nanos(reap::thread_time().saturating_sub(before));
        let cost = Cost { time, longest_gap: sampled.map(|_| 0), ..Cost::default() };
        let looking = Mutex::new(Looking { reader, cost, last: 0 });
        let monitor = Monitor(Arc::new(Shared { begun, tree: Mutex::default(), looking, left: Mutex::default() }));
        let mut watch = Self { monitor, stop: None, thread: None, ready: None };
        if let Some(period) = sampled {
            let (stop, enough) = mpsc::channel();
            let monitor = watch.monitor.clone();
            let looks = move || monitor.look_until(&enough, period);
            watch.thread = Some(std::thread::Builder::new().name("monitor".to_owned()).spawn(looks)?);
            watch.stop = Some(stop);
        }
        Ok(watch)
    }

    /// What tells this watch about processes.
    pub fn monitor(&self) -> Monitor {
        self.monitor.clone()
    }

    /// The system is ready for its first query.
    pub fn ready(&mut self) {
        self.monitor.look(false);
        self.ready = Some((self.monitor.now(), lock(&self.monitor.0.tree).time()));
    }

    /// The system has answered its last query, and what is left of it still runs. The processor time since it was ready, in
    /// nanoseconds; `None` where nobody said when that was, or what runs cannot be looked at.
    pub fn answered(&mut self) -> Option<u64> {
        self.monitor.look(true);
        let (_, before) = self.ready?;
        let looks = lock(&self.monitor.0.looking).cost.looks;
        (looks > 0).then(|| lock(&self.monitor.0.tree).time().saturating_sub(before))
    }

    fn stop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has looked for as long as it could.
            let _ = thread.join();
        }
    }

    /// Ends the watching, after the last process has ended. `None` if there was no process.
    pub fn finish(mut self) -> Option<Observed> {
        self.stop();
        let floor = look::own_peak();
        let tree = std::mem::take(&mut *lock(&self.monitor.0.tree));
        let looking = lock(&self.monitor.0.looking);
        let span = self.monitor.now();
        let longest_gap = looking.cost.longest_gap.map(|longest| longest.max(span.saturating_sub(looking.last)));
        let cost = Cost { span, longest_gap, ..looking.cost };
        tree.has_started().then(|| Observed {
            spent: tree.present(),
            peak: tree.peak(floor),
            threads: tree.threads(),
            ready: self.ready.map(|(at, _)| at),
            samples: tree.into_samples(),
            left: std::mem::take(&mut lock(&self.monitor.0.left)),
            cost,
        })
    }
}

impl OwnTime {
    /// From now on.
    pub fn start() -> Self {
        Self { process: reap::process_time(), thread: reap::thread_time() }
    }

    /// What the process has used since then, in nanoseconds; without this thread if somebody else does the work.
    pub fn elapsed(self, without_this_thread: bool) -> u64 {
        let process = reap::process_time().saturating_sub(self.process);
        let thread = reap::thread_time().saturating_sub(self.thread);
        nanos(if without_this_thread { process.saturating_sub(thread) } else { process })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.stop();
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests;
