//! The same trial with many seeds, on all processors, with the same outcome on any number of them.

use std::num::NonZeroUsize;
use std::thread;

/// The outcomes of so many trials, in their order. Each gets a seed of its own.
pub fn trials<T: Send>(count: u64, seed: u64, trial: impl Fn(u64) -> T + Sync) -> Vec<T> {
    let workers = thread::available_parallelism().map_or(1, NonZeroUsize::get) as u64;
    let share = |worker: u64| (count * worker / workers)..(count * (worker + 1) / workers);
    let trial = &trial;
    thread::scope(|scope| {
        let run =
            |worker| scope.spawn(move || share(worker).map(|number| trial(scatter(seed, number))).collect::<Vec<T>>());
        let running: Vec<_> = (0..workers).map(run).collect();
        running.into_iter().flat_map(|worker| worker.join().unwrap_or_default()).collect()
    })
}

/// Seeds that have nothing to do with each other (the mixer of SplitMix64).
fn scatter(seed: u64, number: u64) -> u64 {
    let mixed = seed.wrapping_add((number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
