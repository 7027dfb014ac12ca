//! Which processor cores the load generator and the system under test run on: apart, where there are enough of them.

use super::SutError;

/// With fewer cores than this, a core for the generator alone would be taken from the system.
const FEWEST_CORES: usize = 3;

/// Cores dealt out: one for the load generator, the others for the system under test. Linux only; elsewhere there is none.
#[derive(Debug, Clone)]
pub struct SpareCore {
    #[cfg(target_os = "linux")]
    all: rustix::thread::CpuSet,
    #[cfg(target_os = "linux")]
    generator: rustix::thread::CpuSet,
    #[cfg(target_os = "linux")]
    system: rustix::thread::CpuSet,
}

#[cfg(target_os = "linux")]
impl SpareCore {
    /// Finds a core to spare among those that this thread may use.
    pub fn find() -> Option<Self> {
        use rustix::thread::{CpuSet, sched_getaffinity};
        let all = sched_getaffinity(None).ok()?;
        let (mut generator, mut system) = (CpuSet::new(), all);
        if (all.count() as usize) < FEWEST_CORES {
            return None;
        }
        // The last one: interrupts and other people's programs prefer the first.
        let last = (0..CpuSet::MAX_CPU).rev().find(|&core| all.is_set(core))?;
        generator.set(last);
        system.unset(last);
        Some(Self { all, generator, system })
    }

    /// Does something on the system's cores: what it starts inherits them. Afterwards this thread is the generator's core's.
    pub fn start<R>(&self, start: impl FnOnce() -> Result<R, SutError>) -> Result<R, SutError> {
        move_to(&self.system)?;
        let started = start();
        move_to(&self.generator)?;
        started
    }

    /// Keeps this thread off the generator's core from now on.
    pub fn make_room(&self) -> Result<(), SutError> {
        move_to(&self.system)
    }

    /// Gives this thread all cores back.
    pub fn give_back(&self) -> Result<(), SutError> {
        move_to(&self.all)
    }
}

#[cfg(target_os = "linux")]
fn move_to(cores: &rustix::thread::CpuSet) -> Result<(), SutError> {
    rustix::thread::sched_setaffinity(None, cores)
        .map_err(|error| super::process::system("choosing processor cores")(error.into()))
}

#[cfg(not(target_os = "linux"))]
impl SpareCore {
    /// There is none.
    pub fn find() -> Option<Self> {
        None
    }

    /// Does it where it is.
    pub fn start<R>(&self, start: impl FnOnce() -> Result<R, SutError>) -> Result<R, SutError> {
        start()
    }

    /// Nothing to do.
    pub fn make_room(&self) -> Result<(), SutError> {
        Ok(())
    }

    /// Nothing to do.
    pub fn give_back(&self) -> Result<(), SutError> {
        Ok(())
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_spare_core_is_found_only_where_there_are_enough_and_everything_is_given_back() {
        let before = rustix::thread::sched_getaffinity(None).unwrap();
        let found = SpareCore::find();
        assert_eq!(found.is_some(), before.count() as usize >= FEWEST_CORES);
        if let Some(spare) = found {
            let during = spare.start(|| Ok(rustix::thread::sched_getaffinity(None).unwrap())).unwrap();
            assert_eq!(during.count() + 1, before.count());
            assert_eq!(rustix::thread::sched_getaffinity(None).unwrap().count(), 1);
            spare.give_back().unwrap();
        }
        assert_eq!(rustix::thread::sched_getaffinity(None).unwrap(), before);
    }
}
