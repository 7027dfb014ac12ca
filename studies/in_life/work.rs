//! The work itself, in units: so many of them take so long, and a tenth more of them are a tenth more work.

use std::fs::File;
use std::hint::black_box;
use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::os::unix::fs::FileExt;

use super::workload::Workload;

/// What a query of a workload does, set up once a process.
pub enum Work {
    /// A step is a multiplication that waits for the one before it.
    Arithmetic,
    /// A step is a load from a place that only the load before it knows.
    Walk { table: Vec<Node>, at: usize },
    /// A step is a block written to a file and read back: two system calls.
    Blocks { file: File, block: Vec<u8> },
    /// A step is a byte sent to another thread, which sends it back: four system calls, and two threads that wake up.
    PingPong { there: PipeWriter, back: PipeReader },
}

/// Fills a cache line, so that each step needs another one.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub struct Node {
    next: u32,
}

/// 64 MiB of nodes: more than the caches of one core.
const NODES: usize = 1 << 20;
const BLOCK: usize = 4096;
/// 4 MiB: it stays in the page cache.
const BLOCKS: u64 = 1024;

impl Work {
    /// Sets up what the workload's process works with.
    pub fn prepare(workload: Workload) -> io::Result<Self> {
        Ok(match workload {
            Workload::Cpu | Workload::Spawn | Workload::Http | Workload::Model => Self::Arithmetic,
            Workload::Memory => Self::Walk { table: cycle(), at: 0 },
            Workload::File => Self::Blocks { file: tempfile::tempfile()?, block: vec![7; BLOCK] },
            Workload::Pipe => ping_pong()?,
        })
    }

    /// Does so many units.
    pub fn run(&mut self, units: u64) -> io::Result<()> {
        match self {
            Self::Arithmetic => {
                black_box(mix(units));
            }
            Self::Walk { table, at } => {
                for _ in 0..units {
                    *at = table.get(*at).map_or(0, |node| node.next as usize);
                }
                black_box(at);
            }
            Self::Blocks { file, block } => {
                for unit in 0..units {
                    let place = unit % BLOCKS * BLOCK as u64;
                    file.write_all_at(block, place)?;
                    file.read_exact_at(block, place)?;
                }
            }
            Self::PingPong { there, back } => {
                let mut byte = [1];
                for _ in 0..units {
                    there.write_all(&byte)?;
                    back.read_exact(&mut byte)?;
                }
            }
        }
        Ok(())
    }
}

/// Each step needs the last one's result, so that no processor does two at a time.
fn mix(steps: u64) -> u64 {
    (0..steps).fold(black_box(1), |state: u64, step| (state ^ step).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29))
}

/// A cycle through all nodes in an order that no prefetcher foresees: a linear congruential generator of full period.
fn cycle() -> Vec<Node> {
    let next = |place: usize| (place.wrapping_mul(1_664_525).wrapping_add(1_013_904_223) % NODES) as u32;
    (0..NODES).map(|place| Node { next: next(place) }).collect()
}

fn ping_pong() -> io::Result<Work> {
    let (mut from_here, there) = io::pipe()?;
    let (back, mut to_here) = io::pipe()?;
    // It ends with the process, or when the other end of its pipe is closed.
    std::thread::spawn(move || {
        let mut byte = [0];
        while from_here.read_exact(&mut byte).is_ok() && to_here.write_all(&byte).is_ok() {}
    });
    Ok(Work::PingPong { there, back })
}
